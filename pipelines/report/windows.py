"""The windows that a report's figures cover: a month, a calendar quarter, or the twelve months to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

LENGTHS = {"month": 1, "quarter": 3, "year": 12}  # in months, from the finest
NAMES = {"month": "the month", "quarter": "the quarter", "year": "the year to date"}


@cache
def months_on(month: date, by: int) -> date:
    """The first day of the month this many months later (earlier, if `by` is negative)."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True, order=True)
class Window:
    """Whole months up to `period`, the first day of the last of them. `kind`: a key of LENGTHS."""

    kind: str
    period: date

    @classmethod
    def ending(cls, kind: str, month: date) -> Window:
        """The last window of a kind that was over by the end of a month."""
        return cls(kind, months_on(month, -(month.month % 3)) if kind == "quarter" else month)

    @property
    def from_period(self) -> date:
        """The first day of its first month."""
        return months_on(self.period, 1 - LENGTHS[self.kind])

    @property
    def months(self) -> list[date]:
        """The first days of its months."""
        return [months_on(self.period, n + 1 - LENGTHS[self.kind]) for n in range(LENGTHS[self.kind])]

    @property
    def before(self) -> Window:
        """The window of the same kind that ends where this one begins."""
        return Window(self.kind, months_on(self.period, -LENGTHS[self.kind]))

    @property
    def year_before(self) -> Window:
        """The same window a year earlier."""
        return Window(self.kind, months_on(self.period, -12))

    @property
    def compared(self) -> tuple[Window, Window, Window]:
        """This window, the one before it, and the same a year earlier; for a year, the last two are one."""
        return self, self.before, self.year_before

    @property
    def label(self) -> str:
        """`Oct 2026`, `Jul–Sep 2026`, `Nov 2025–Oct 2026`."""
        if self.kind == "month":
            return f"{self.period:%b %Y}"
        if self.from_period.year == self.period.year:
            return f"{self.from_period:%b}–{self.period:%b %Y}"
        return f"{self.from_period:%b %Y}–{self.period:%b %Y}"

    @property
    def within(self) -> str:
        """The window within a sentence: `in October 2026`, `from July to September 2026`."""
        if self.kind == "month":
            return f"in {self.period:%B %Y}"
        if self.from_period.year == self.period.year:
            return f"from {self.from_period:%B} to {self.period:%B %Y}"
        return f"from {self.from_period:%B %Y} to {self.period:%B %Y}"
