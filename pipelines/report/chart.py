"""A control chart as an SVG drawing, the same in the PDF and on the page, and in words for anyone who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor

from pipelines.report.series import Point, Series
from pipelines.wording.amounts import amount

WIDTH, HEIGHT = 340, 150  # units of the drawing
LEFT, RIGHT, TOP, BOTTOM = 56, 66, 12, 22  # around the plot: the scale and the last value, each up to "over 99 %"
SMALL_WIDTH, SMALL_HEIGHT, SMALL_EDGE = 150, 40, 4
LEAST_SPAN = {"share": 0.1, "rate": 0.5, "count": 5.0}  # so that little does not look like much
ROOM = 0.1  # of the span, above and below


@dataclass(frozen=True)
class Dot:
    """A point and its place in the drawing. `kind`: usual, better, worse, other; a gap's `y` is None."""

    x: float
    y: float | None
    kind: str
    withheld: bool
    label: str


@dataclass(frozen=True)
class Level:
    """The mean and the limits of months in which they are the same, from `start` to `end`."""

    start: float
    end: float
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Sparkline:
    """The small line of a series, without a scale: its dots joined, broken at the gaps; the last dot, if any."""

    lines: tuple[tuple[tuple[float, float], ...], ...]
    last: tuple[float, float] | None
    alternative: str


@dataclass(frozen=True)
class Drawing:
    """A control chart, ready for its template; coordinates in units of the drawing, from its upper left corner."""

    dots: tuple[Dot, ...]
    levels: tuple[Level, ...]
    months: tuple[tuple[float, str], ...]
    scale: tuple[tuple[float, str], ...]
    alternative: str

    @property
    def lines(self) -> list[list[Dot]]:
        """The dots that a line joins, broken at the gaps."""
        return [list(its) for drawn, its in groupby(self.dots, key=lambda dot: dot.y is not None) if drawn]


def draw(series: Series) -> Drawing:
    """The drawing of a series of months."""
    points = series.points
    bottom, top = _span(series)

    def x(n: int) -> float:
        return round(LEFT + (n + 0.5) * (WIDTH - LEFT - RIGHT) / len(points), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (max(value, 0.0) - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM), 1)

    def levels() -> Iterator[Level]:
        half = (x(1) - x(0)) / 2 if len(points) > 1 else 0.0
        alike = groupby(enumerate(points), key=lambda each: (each[1].phase, each[1].mean, each[1].lower, each[1].upper))
        for (_, mean, lower, upper), its in alike:
            numbered = [n for n, _ in its]
            if mean is not None and lower is not None and upper is not None:
                yield Level(x(numbered[0]) - half, x(numbered[-1]) + half, y(mean), y(lower), y(upper))

    return Drawing(
        dots=tuple(
            Dot(
                x(n),
                None if point.value is None else y(point.value),
                _kind(point),
                point.withheld,
                "" if point.value is None else amount(point.value, series.measure.scale),
            )
            for n, point in enumerate(points)
        ),
        levels=tuple(levels()),
        months=tuple((x(n), points[n].window.label) for n in sorted({0, len(points) - 1})),
        scale=tuple((y(each), amount(each, series.measure.scale)) for each in (bottom, (bottom + top) / 2, top)),
        alternative=alternative(series),
    )


def sparkline(series: Series) -> Sparkline:
    """The small line of a series."""
    filled = [point.value for point in series.points if point.value is not None]
    low, high = min(filled), max(filled)
    room = max(high - low, LEAST_SPAN[series.measure.scale])
    bottom = (low + high - room) / 2
    step = (SMALL_WIDTH - 2 * SMALL_EDGE) / max(len(series.points) - 1, 1)

    def place(n: int, value: float) -> tuple[float, float]:
        up = (value - bottom) / room
        return round(SMALL_EDGE + n * step, 1), round(
            SMALL_HEIGHT - SMALL_EDGE - up * (SMALL_HEIGHT - 2 * SMALL_EDGE), 1
        )

    lines = [
        tuple(place(n, point.value) for n, point in its if point.value is not None)
        for drawn, its in groupby(enumerate(series.points), key=lambda each: each[1].value is not None)
        if drawn
    ]
    last = series.points[-1].value
    return Sparkline(tuple(lines), None if last is None else place(len(series.points) - 1, last), alternative(series))


def _span(series: Series) -> tuple[float, float]:
    """The values at the bottom and top of the drawing: the months and their usual range, with some room."""
    drawn = [
        v
        for p in series.points
        for v in (p.value, p.upper, None if p.lower is None else max(p.lower, 0))
        if v is not None
    ]
    low, high = min(drawn, default=0.0), max(drawn, default=0.0)
    lacking = max(LEAST_SPAN[series.measure.scale] - (high - low), 0) / 2
    room = lacking + ROOM * (high - low)
    most = 1.0 if series.measure.scale == "share" else float("inf")
    bottom, top = max(low - room, 0.0), min(high + room, most)
    if series.measure.scale == "count":
        bottom, top = float(floor(bottom)), float(ceil(top))
    return bottom, top


def _kind(point: Point) -> str:
    if point.signal is None or point.signal.special is None:
        return "usual"
    return {"improvement": "better", "concern": "worse"}.get(point.signal.reading, "other")


def alternative(series: Series) -> str:
    """What the chart shows, in sentences."""
    first, last = series.points[0], series.points[-1]
    filled = [point for point in series.points if point.value is not None]
    sentences = [f"{series.measure.title}, {first.window.label} to {last.window.label}"]
    if filled:
        lowest, highest = (
            amount(each, series.measure.scale)
            for each in (min(p.value or 0.0 for p in filled), max(p.value or 0.0 for p in filled))
        )
        sentences.append(f"{last.window.kind}s between {lowest} and {highest}")
    if last.value is not None:
        sentences.append(f"the last {amount(last.value, series.measure.scale)}")
    if last.mean is not None and last.lower is not None and last.upper is not None:
        limits = f"{amount(max(last.lower, 0.0), series.measure.scale)} to {amount(last.upper, series.measure.scale)}"
        sentences.append(f"mean {amount(last.mean, series.measure.scale)}, usual range {limits}")
    if series.gaps:
        kind = last.window.kind
        sentences.append(f"{series.gaps} {f'{kind} is' if series.gaps == 1 else f'{kind}s are'} withheld")
    return f"{'; '.join(sentences)}. {series.verdict}".strip()
