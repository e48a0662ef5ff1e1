"""A measure of the clinic over its windows: the control chart of its months, or a line of its quarters or years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.report.control.cells import WHOLE, Cell
from pipelines.report.figures import Figure, span
from pipelines.report.windows import Window
from pipelines.wording.amounts import amount
from pipelines.wording.control import Signal, sentence
from pipelines.wording.measure import Measure

READING = ("concern", "improvement")  # what stands out, in the order in which it is listed


@dataclass(frozen=True)
class Point:
    """A window of a series; `value` is None in a gap, and `withheld` marks the gaps that hide a figure.

    `mean`, `lower`, `upper` are None if a figure that they were made of is withheld, and for quarters and years.
    """

    window: Window
    withheld: bool
    value: float | None
    phase: int = 0
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    signal: Signal | None = None


@dataclass(frozen=True)
class Series:
    """A measure of the clinic over its windows up to that of the report. `is_rounded`: whether its counts are."""

    measure: Measure
    points: tuple[Point, ...]
    is_rounded: bool = False

    def rounded(self, figures: Mapping[tuple[Window, Cell, str], Figure]) -> Series:
        """The series of rounded figures, without limits."""
        kept = [
            Point(point.window, point.withheld, figure.value if figure else None)
            for point in self.points
            for figure in [figures.get((point.window, WHOLE, self.measure.name))]
        ]
        return Series(self.measure, tuple(kept), is_rounded=True)

    @property
    def verdict(self) -> str:
        """The reading of the last point: whether the measure moves more than by chance; empty if it has no chart."""
        last = self.points[-1]
        if last.withheld:
            return "Withheld this month."
        if last.window.kind != "month":
            return ""
        if self.is_rounded:
            return "Not judged, because counts are rounded."
        if self.gaps and last.mean is None:
            return "No range: months are withheld."
        if last.signal is None:
            return ""
        if last.mean is None:
            return "Too few months to judge."
        if last.signal.reading == "common_cause" and any(
            point.signal and point.signal.special for point in self.points
        ):
            # The chart marks earlier months, so that it must not seem to say that there never was a change.
            is_ = "are" if self.measure.plural else "is"
            return f"{self.measure.title} {is_} as usual at the end of {last.window.period:%B}."
        return sentence(last.signal, self.measure)

    @property
    def is_judged(self) -> bool:
        """Whether the month was compared with what is usual."""
        last = self.points[-1]
        return last.mean is not None and last.signal is not None and last.signal.reading != "too_few"

    @property
    def reading(self) -> str | None:
        """Whether the month is a concern or an improvement that stands out, as on the screen; None if it is not."""
        last = self.points[-1]
        if last.value is None or last.mean is None or last.signal is None or not last.signal.stands_out:
            return None
        return last.signal.reading

    @property
    def size(self) -> float:
        """How far the month lies from the mean, in thirds of the way to a limit: how certain the signal is."""
        last = self.points[-1]
        if last.value is None or last.mean is None or last.signal is None or not last.signal.sigma:
            return 0.0
        return abs(last.value - last.mean) / last.signal.sigma

    @property
    def sentence(self) -> str:
        """The month in a sentence, with this month's figure, last month's and what is usual."""
        last, *before = reversed(self.points)
        beside = [f"{amount(last.value, self.measure.scale)} this month"]
        if before and before[0].value is not None:
            beside.append(f"{amount(before[0].value, self.measure.scale)} the month before")
        usual = ""
        if last.lower is not None and last.upper is not None:
            usual = f"; usually {span(max(last.lower, 0.0), last.upper, self.measure)}"
        return f"{self.verdict} {', '.join(beside)}{usual}."

    @property
    def is_mostly_shown(self) -> bool:
        """Whether there is something to draw."""
        shown = sum(point.value is not None for point in self.points)
        return shown > 1 and 2 * shown > len(self.points)

    @property
    def gaps(self) -> int:
        """How many windows are withheld."""
        return sum(point.withheld for point in self.points)
