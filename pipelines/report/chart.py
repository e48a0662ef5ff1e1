"""A control chart as an SVG drawing, the same in the PDF and on the page, and in words for who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from pipelines.report.figures import Point, Series, amount

WIDTH, HEIGHT = 340, 150  # units of the drawing
LEFT, RIGHT, TOP, BOTTOM = 6, 54, 12, 22  # around the plot; the last value stands to the right of it
LEAST_TOP = {"share": 0.1, "rate": 1.0, "count": 5.0}


@dataclass(frozen=True)
class Dot:
    """A point where it stands in the drawing. `kind`: usual, better, worse, other; a gap's `y` is None."""

    x: float
    y: float | None
    kind: str
    withheld: bool
    label: str


@dataclass(frozen=True)
class Level:
    """The mean and the limits of a phase, from `start` to `end`."""

    start: float
    end: float
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Drawing:
    """A control chart, ready for its template; coordinates in units of the drawing, from its upper left corner."""

    dots: tuple[Dot, ...]
    levels: tuple[Level, ...]
    months: tuple[tuple[float, str], ...]
    top_label: str
    alternative: str

    @property
    def lines(self) -> list[list[Dot]]:
        """The dots that a line joins, broken at the gaps."""
        return [list(its) for drawn, its in groupby(self.dots, key=lambda dot: dot.y is not None) if drawn]


def draw(series: Series) -> Drawing:
    """The drawing of a series of months."""
    points = series.points
    highest = max((v for p in points for v in (p.value, p.upper) if v is not None), default=0.0)
    top = 1.1 * max(highest, LEAST_TOP[series.measure.scale])
    top = min(top, 1.0) if series.measure.scale == "share" else top

    def x(n: int) -> float:
        return round(LEFT + (n + 0.5) * (WIDTH - LEFT - RIGHT) / len(points), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - max(value, 0.0) / top * (HEIGHT - TOP - BOTTOM), 1)

    def levels() -> Iterator[Level]:
        for _, its in groupby(enumerate(points), key=lambda each: each[1].phase):
            numbered = list(its)
            point = next((p for _, p in numbered if p.mean is not None), None)
            if point is not None and point.mean is not None and point.lower is not None and point.upper is not None:
                ends = x(numbered[0][0]), x(numbered[-1][0])
                yield Level(*ends, *(y(each) for each in (point.mean, point.lower, point.upper)))

    return Drawing(
        dots=tuple(
            Dot(
                x(n),
                None if point.value is None else y(point.value),
                _kind(point),
                point.withheld,
                "" if point.value is None else amount(point.value, series.measure),
            )
            for n, point in enumerate(points)
        ),
        levels=tuple(levels()),
        months=tuple((x(n), f"{points[n].period:%b %Y}") for n in sorted({0, len(points) - 1})),
        top_label=amount(top, series.measure),
        alternative=alternative(series),
    )


def _kind(point: Point) -> str:
    if point.special is None:
        return "usual"
    return {"improvement": "better", "concern": "worse"}.get(point.reading or "", "other")


def alternative(series: Series) -> str:
    """What the chart shows, in sentences."""
    first, last = series.points[0], series.points[-1]
    filled = [point for point in series.points if point.value is not None]
    said = [f"{series.measure.title}, {first.period:%B %Y} to {last.period:%B %Y}"]
    if filled:
        lowest, highest = (
            amount(each, series.measure)
            for each in (min(p.value or 0.0 for p in filled), max(p.value or 0.0 for p in filled))
        )
        said.append(f"months between {lowest} and {highest}")
    if last.value is not None:
        said.append(f"the last {amount(last.value, series.measure)}")
    if last.mean is not None and last.lower is not None and last.upper is not None:
        limits = f"{amount(max(last.lower, 0.0), series.measure)} to {amount(last.upper, series.measure)}"
        said.append(f"mean {amount(last.mean, series.measure)}, usual range {limits}")
    if series.gaps:
        said.append(f"{series.gaps} {'month is' if series.gaps == 1 else 'months are'} withheld")
    return f"{'; '.join(said)}. {series.said}"
