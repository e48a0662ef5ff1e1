"""A measure over time as an XmR control chart: the points, their mean, and the range chance keeps them in."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from pipelines.wording import amounts
from pipelines.wording.control import READINGS, Signal, named, sentence
from pipelines.wording.measure import Measure

# Inks for paper, as the NHS charts have them: blue and orange, which the colour-blind tell apart. On the dark page
# the style sheet gives each its own. A shape for each, so that nothing hangs on colour alone.
COMMON, SOFT, BAND = "#7d8583", "#5a6767", "#6f8f8c"
INKS = {
    "improvement": "#0a6ebd",
    "concern": "#b85a00",
    "no_direction": "#1d2a2b",
    "common_cause": COMMON,
    "too_few": COMMON,
}
SHAPES = {
    "improvement": "circle",
    "concern": "square",
    "no_direction": "diamond",
    "common_cause": "circle",
    "too_few": "circle",
}
AXIS = {
    "share": "format(100 * datum.value, '.0f') + ' %'",
    "rate": "format(datum.value, '.1f')",
    "count": "format(datum.value, ',.0f')",
}
MONTHS = "timeFormat(datum.value, month(datum.value) == 0 ? '%Y' : '%b')"
WEEKS = "timeFormat(datum.value, '%-d %b')"
LEAST = {"share": 0.1, "rate": 1.0, "count": 5.0}  # a quiet measure must not look like a busy one


def scale(series: Iterable[pd.DataFrame], measure: Measure) -> tuple[float, float]:
    """The one scale on which several series and their limits are drawn.

    It begins at zero, unless all that is drawn lies in the upper half of it: then it is cut, and the chart says so.
    """
    lows, highs = zip(*(_extent(points) for points in series), strict=True)
    low, high = min(lows), max(max(highs), LEAST[measure.scale])
    low = low if low > high / 2 else 0.0
    room = 0.12 * (high - low)
    top = min(high + room, 1.0) if measure.scale == "share" else high + room
    return max(low - room, 0.0) if low else 0.0, top


def _extent(points: pd.DataFrame) -> tuple[float, float]:
    drawn = points[["value", "lower", "upper", "target"]].astype(float)
    lowest, highest = drawn.min().min(), drawn.max().max()
    return (0.0, 0.0) if pd.isna(lowest) else (max(float(lowest), 0.0), float(highest))


def control(
    points: pd.DataFrame,
    measure: Measure,
    signal: Signal | None,
    *,
    kind: str,
    title: str,
    domain: tuple[float, float],
) -> alt.LayerChart:
    """A measure's control chart. `points`: rows of `control_point`, oldest first; a missing value breaks the line."""
    month = kind == "month"
    shown = points["value"].last_valid_index()
    rows = points.assign(
        said=[amounts.amount(value, measure.scale) for value in points["value"]],
        usual=[between(low, high, measure) for low, high in zip(points["lower"], points["upper"], strict=True)],
        read=[READINGS.get(reading, "") for reading in points["reading"].fillna("")],
        lower=points["lower"].clip(lower=0),
        counted=points["denominator"] * (measure.denominator_in or 1),
        ends=points.index == shown,
    )
    x = alt.X(
        "period:T",
        title=None,
        axis=alt.Axis(labelExpr=MONTHS if month else WEEKS, grid=False, labelOverlap=True, tickCount=6),
    )
    tooltip = [
        alt.Tooltip("period:T", title="Month" if month else "Week of", format="%B %Y" if month else "%-d %B %Y"),
        alt.Tooltip("said:N", title=measure.title),
        alt.Tooltip("usual:N", title="usual range"),
        alt.Tooltip("read:N", title="reading"),
    ]
    if measure.denominator:
        tooltip += [
            alt.Tooltip("numerator:Q", title=measure.numerator, format=",.0f"),
            alt.Tooltip("counted:Q", title=f"of {measure.counted_over}", format=",.0f"),
        ]
    line = alt.Chart().encode(x, _up("value", measure, domain))
    point = line.transform_filter("isValid(datum.value)")
    limits = alt.Chart().encode(x, detail="phase:N")
    return alt.LayerChart(
        data=rows,
        layer=[
            limits.mark_area(color=BAND, opacity=0.16).encode(_up("lower", measure, domain), y2="upper:Q"),
            limits.mark_line(color=SOFT, strokeWidth=1, strokeDash=[5, 4]).encode(_up("mean", measure, domain)),
            limits.transform_filter("isValid(datum.target)")
            .mark_line(color=INKS["no_direction"], strokeWidth=1, strokeDash=[1, 3])
            .encode(_up("target", measure, domain)),
            line.mark_line(color=COMMON, strokeWidth=1.5),
            point.mark_point(filled=True, opacity=1, size=55).encode(
                color=alt.Color("reading:N", legend=None, scale=alt.Scale(domain=[*INKS], range=[*INKS.values()])),
                shape=alt.Shape("reading:N", legend=None, scale=alt.Scale(domain=[*SHAPES], range=[*SHAPES.values()])),
            ),
            point.mark_circle(size=260, opacity=0).encode(tooltip=tooltip),
            point.transform_filter("datum.ends")
            .mark_text(align="right", dx=5, dy=-15, fontSize=14, fontWeight=700, color=INKS["no_direction"])
            .encode(text="said:N"),
        ],
        width="container",
        height=280,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 0, "top": 0, "right": 6, "bottom": 4},
        title=alt.Title(title, subtitle=_beneath(signal, measure, domain), anchor="start", frame="bounds", offset=18),
        description=alternative(signal, measure, title=title),
    )


def _up(field: str, measure: Measure, domain: tuple[float, float]) -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        title=None,
        scale=alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True),
        axis=alt.Axis(labelExpr=AXIS[measure.scale], tickCount=4, domain=False, ticks=False),
    )


def _beneath(signal: Signal | None, measure: Measure, domain: tuple[float, float]) -> list[str]:
    """The mean and the usual range, a line each with where a cut scale begins: side by side they leave a phone."""
    if signal is None:
        return ["no value in these periods"]
    target = "" if signal.target is None else f", target {amounts.amount(signal.target, measure.scale)} (dotted)"
    cut = [f"the scale begins at {amounts.amount(domain[0], measure.scale)}"] if domain[0] else []
    return [
        f"{measure.unit}: {_mean(signal, measure)}, {_usual(signal, measure)}{target}",
        *cut,
    ]


def _mean(signal: Signal, measure: Measure) -> str:
    """The centre of the limits: a mean, or of a stock what the period before and the mean change would give."""
    return f"{'expected' if measure.stock else 'mean'} {amounts.amount(signal.mean, measure.scale)}"


def _usual(signal: Signal, measure: Measure) -> str:
    if signal.reading == "too_few":
        return "too few for a usual range"
    return f"usual range {between(signal.lower, signal.upper, measure)}"


def between(lower: float | None, upper: float | None, measure: Measure) -> str:
    """`2.0 to 2.9`: the limits, of which the lower is never under nothing; `not known yet` where there are none."""
    if lower is None or upper is None or pd.isna(lower) or pd.isna(upper):
        return "not known yet"
    return f"{amounts.amount(max(lower, 0.0), measure.scale)} to {amounts.amount(upper, measure.scale)}"


def alternative(signal: Signal | None, measure: Measure, *, title: str) -> str:
    """What the chart shows, in a sentence or two, for who cannot see it."""
    if signal is None:
        return f"{title}: no value in these periods."
    now = f"{amounts.amount(signal.value, measure.scale)} in {named(signal.period, signal)}"
    return f"{title}: {now}; {_mean(signal, measure)}, {_usual(signal, measure)}. {sentence(signal, measure)}"
