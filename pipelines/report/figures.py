"""A report's figures: a measure of a group in a window, as a reader sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pipelines.report.control.cells import Cell, Counts, counts
from pipelines.report.windows import Window
from pipelines.wording import labels
from pipelines.wording.amounts import amount
from pipelines.wording.measure import Measure

# Outcomes of therapists are never published.
BREAKDOWNS = {"all": "The clinic"} | {
    name: f"By {labels.BREAKDOWNS[name].lower()}" for name in ("site", "program", "level_of_care")
}
WITHHELD = "–"
NO_DATA = "no data"
Ask = Callable[[str, dict[str, Any]], list[dict[str, Any]]]  # a snapshot that answers a query: rows as column → value


@dataclass(frozen=True)
class Figure:
    """A measure of a group in a window; its numbers are None if it is withheld or there are no data.

    `over`, `under`: for a withheld share, what it is more or less than, if that much can be shown.
    """

    window: Window
    breakdown: str
    member: str
    measure: Measure
    numerator: float | None
    denominator: float | None
    value: float | None
    withheld: bool = False
    over: float | None = None
    under: float | None = None

    @property
    def place(self) -> Cell:
        """The group: a breakdown and a member of it."""
        return self.breakdown, self.member

    @property
    def key(self) -> tuple[Window, Cell, str]:
        """What the figure is of."""
        return self.window, self.place, self.measure.name

    def rounded(self, to: int) -> Figure:
        """The figure with its counts rounded, and its value made of the rounded counts."""
        if self.withheld or self.numerator is None:
            return self
        part = to * round(self.numerator / to)
        if self.denominator is None:
            return replace(self, numerator=part, value=part)
        one = self.measure.one_by_one(1.0)
        of = to * round(self.denominator * one / to) / one
        return replace(self, numerator=part, denominator=of, value=part / of if of else None)

    @property
    def hidden(self) -> Figure:
        """The figure withheld, without its numbers."""
        return replace(self, numerator=None, denominator=None, value=None, withheld=True)

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to read."""
        return not self.withheld and self.value is not None

    @property
    def is_legible(self) -> bool:
        """Whether there is a number or a range to read."""
        return self.is_shown or self.over is not None or self.under is not None

    @property
    def informs(self) -> bool:
        """Whether a reader learns a number from it, even that there was nothing to count."""
        return self.is_legible or (not self.withheld and self.numerator is not None)

    @property
    def shown(self) -> str:
        """The value as a reader sees it; a dash if it is withheld, `none` if there is nothing to divide by."""
        if self.over is not None:
            return f"over {amount(self.over, 'share')}"
        if self.under is not None:
            return f"under {amount(self.under, 'share')}"
        if self.withheld:
            return WITHHELD
        if self.numerator is None:
            return NO_DATA
        return "none" if self.value is None else amount(self.value, self.measure.scale)

    @property
    def counts(self) -> str:
        """Numerator and denominator as a reader sees them: `30 of 200`, `57 days, 28 clients`.

        Empty for a count, which is its own numerator.
        """
        if self.withheld or self.numerator is None or self.denominator is None:
            return ""
        of = round(self.measure.one_by_one(self.denominator), 6)
        over = f"{of:,.{0 if of == int(of) else 1}f}"
        if self.measure.scale == "share":
            return f"{self.numerator:,.0f} of {over}"
        what, of_what = self.measure.numbered
        return f"{self.numerator:,.0f} {what}, {over} {of_what}"

    @property
    def cell_counts(self) -> Counts:
        """The counts that must not be small."""
        of = None if self.denominator is None else round(self.measure.one_by_one(self.denominator), 6)
        return counts(self.numerator, of, share=self.measure.scale == "share")


def span(lower: float, upper: float, measure: Measure) -> str:
    """A range as a reader sees it: `4–9 %`; `100 %` if both its ends are that."""
    low = amount(lower, measure.scale)
    high = amount(min(upper, 1.0) if measure.scale == "share" else upper, measure.scale)
    return high if low == high else f"{low.removesuffix(' %')}–{high}"
