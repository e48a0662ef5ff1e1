"""The cells of tables on which disclosure control works, and the counts behind each."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from typing import TypeVar

from pipelines.settings import Settings

SMALLEST = Settings().smallest_group  # if the clinic has not set another
Cell = tuple[str, str]  # a breakdown and a member of it
Counts = tuple[float, ...]  # the counts published for a cell, none of which may be small
T = TypeVar("T", bound=Hashable)
WHOLE: Cell = ("all", "all")
PART, OF, REST = range(3)


def counts(numerator: float | None, denominator: float | None, *, share: bool) -> Counts:
    """The counts in a figure: its numerator and denominator, and for a share the difference too."""
    part = numerator or 0.0
    if denominator is None:
        return (part,)
    return (part, denominator, denominator - part) if share else (part, denominator)


def too_small(its: Counts, smallest: int = SMALLEST) -> bool:
    """Whether any count is so small that the clients behind it might be recognised."""
    return any(0 < count < smallest for count in its)


def joined(groups: Iterable[Collection[T]]) -> list[set[T]]:
    """The groups, those with a member in common made one."""
    apart: list[set[T]] = []
    for group in groups:
        touching = [each for each in apart if not each.isdisjoint(group)]
        apart = [*(each for each in apart if each not in touching), set(group).union(*touching)]
    return apart
