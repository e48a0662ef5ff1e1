"""What a measure of a caseload is: queries return it, charts draw it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A measure of a caseload, as `measures` defines it. `scale`: count, rate or share (0 to 1).

    `plural`: the title takes "have", not "has". `by_therapist`: it may be shown by therapist. `theme`: what it is
    about. `stock`: it counts those present, most of whom were there the time before. `denominator_in`: 100 if the
    denominator counts in hundreds. `denominator_unit`: what it counts one by one, in short.
    """

    name: str
    title: str
    unit: str
    scale: str
    good: str
    definition: str
    numerator: str
    denominator: str
    source: str
    plural: bool = False
    by_therapist: bool = False
    theme: str = ""
    stock: bool | None = None
    denominator_in: int | None = None
    denominator_unit: str | None = None

    @property
    def counted_over(self) -> str:
        """What the denominator is a number of, counted one by one."""
        return self.denominator_unit or self.denominator

    @property
    def numbered(self) -> tuple[str, str]:
        """What numerator and denominator are numbers of, in a word or two: `meetings`, `client-weeks`."""
        return _noun(self.numerator), _noun(self.counted_over)

    def one_by_one(self, denominator: float) -> float:
        """A denominator counted one by one, as a reader counts."""
        return denominator * (self.denominator_in or 1)


def _noun(what: str) -> str:
    """What is counted, without what else is said of it: `days` of `days from admission to the first session`."""
    return re.split(r" (?:attended|from|that|with|without)\b", what, maxsplit=1)[0]
