"""Disclosure control: which figures may leave the clinic.

A figure is too small where its numerator, its denominator, or (for a share) the difference of the two is 1 to 10: the
cell-size rule of the CMS (ResDAC, 2024). Where any member of a breakdown has a figure that is too small, the whole
breakdown of that measure and month is withheld: no total, percentage or neighbouring cell is then left to work it out
from. Zero is shown; a withheld figure is shown as a dash and never as zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

THRESHOLD = 11


class Counted(Protocol):
    """A figure with its counts."""

    @property
    def numerator(self) -> float | None: ...  # noqa: D102

    @property
    def denominator(self) -> float | None: ...  # noqa: D102

    @property
    def is_share(self) -> bool: ...  # noqa: D102


def too_small(figure: Counted) -> bool:
    """Whether a figure stands for so few that they might be known."""
    counts = [figure.numerator, figure.denominator]
    if figure.is_share and figure.numerator is not None and figure.denominator is not None:
        counts.append(figure.denominator - figure.numerator)
    return any(count is not None and 0 < count < THRESHOLD for count in counts)


def may_leave(figures: Iterable[Counted]) -> bool:
    """Whether the members of one breakdown, of one measure in one month, may all be shown."""
    return not any(too_small(figure) for figure in figures)
