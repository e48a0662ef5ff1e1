"""A measure over time as an XmR control chart: the points, their mean, and the range chance keeps them in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import altair as alt
import pandas as pd

from dashboard.charts.theme import BAND, BETTER, COMMON, GREEN, INK, SOFT, TEXT, WORSE, titled
from pipelines.wording import amounts, dates
from pipelines.wording.control import READINGS, Signal, named, sentence
from pipelines.wording.measure import Measure

# A shape for each reading, so that nothing depends on colour alone.
INKS = {
    "improvement": BETTER,
    "concern": WORSE,
    "no_direction": INK,
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
UNKNOWN = "not known yet"
LEAST = {"share": 0.1, "rate": 1.0, "count": 5.0}  # a quiet measure must not look like a busy one


def scale(series: Iterable[pd.DataFrame], measure: Measure) -> tuple[float, float]:
    """The one scale on which several series and their limits are drawn.

    It begins at zero, unless everything drawn lies in its upper half: then it is cut, and the chart says so.
    """
    extents = [_extent(points) for points in series]
    low = min((low for low, _ in extents), default=0.0)
    high = max([LEAST[measure.scale], *(high for _, high in extents)])
    low = low if low > high / 2 else 0.0
    room = max(0.12 * (high - low), 0.12 * LEAST[measure.scale])  # a series that does not move needs a scale, too
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
    annotations: Sequence[tuple[date, str]] = (),
) -> alt.LayerChart:
    """A measure's control chart. `points`: rows of `control_point`, oldest first; a missing value breaks the line.

    `annotations`: days and what happened on them, each a line across the chart.
    """
    shown = points["value"].last_valid_index()
    rows = points.assign(
        label=[amounts.amount(value, measure.scale) for value in points["value"]],
        usual=[between(low, high, measure) for low, high in zip(points["lower"], points["upper"], strict=True)],
        read=[READINGS.get(reading, "") for reading in points["reading"].fillna("")],
        lower=points["lower"].clip(lower=0),
        counted=points["denominator"] * (measure.denominator_in or 1),
        ends=points.index == shown,
    )
    x = alt.X("period:T", title=None, axis=_axis(kind))
    tooltip = [
        _of_period(kind),
        alt.Tooltip("label:N", title=measure.title),
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
    limits = alt.Chart().encode(x, detail=alt.Detail("phase:N"))
    # A layer without a row has no extent of time, of which the browser complains: so there is none.
    aims = limits.transform_filter("isValid(datum.target)").mark_line(color=INK, strokeWidth=1, strokeDash=[1, 3])
    target = [aims.encode(_up("target", measure, domain))] if points["target"].notna().any() else []
    dots = _points(point, tooltip) if shown is not None else []
    return alt.LayerChart(
        data=rows,
        layer=[
            limits.mark_area(color=BAND, opacity=0.16).encode(_up("lower", measure, domain), y2=alt.Y2("upper:Q")),
            limits.mark_line(color=SOFT, strokeWidth=1, strokeDash=[5, 4]).encode(_up("mean", measure, domain)),
            *target,
            line.mark_line(color=COMMON, strokeWidth=1.5),
            *dots,
            *_events(points, annotations),
        ],
        width="container",
        height=280,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 0, "top": 0, "right": 6, "bottom": 4},
        title=titled(title, *_beneath(signal, measure, domain), offset=18),
        description=alternative(signal, measure, title=title),
    )


def _points(point: alt.Chart, tooltip: list[alt.Tooltip]) -> list[alt.Chart]:
    """The points by their readings, what is said of each, and the last value."""
    return [
        point.mark_point(filled=True, opacity=1, size=55).encode(
            color=alt.Color("reading:N", legend=None, scale=alt.Scale(domain=[*INKS], range=[*INKS.values()])),
            shape=alt.Shape("reading:N", legend=None, scale=alt.Scale(domain=[*SHAPES], range=[*SHAPES.values()])),
        ),
        point.mark_circle(size=260, opacity=0).encode(tooltip=tooltip),
        point.transform_filter("datum.ends")
        .mark_text(align="right", dx=5, dy=-15, fontSize=TEXT, fontWeight=700, color=INK)
        .encode(text=alt.Text("label:N")),
    ]


def _events(points: pd.DataFrame, annotations: Sequence[tuple[date, str]]) -> list[alt.Chart]:
    """A line on the day of each annotation within the axis, with its text."""
    if points.empty:
        return []
    first, last = points["period"].min(), points["period"].max() + pd.Timedelta(days=31)
    within = [(pd.Timestamp(day), text) for day, text in annotations if first <= pd.Timestamp(day) <= last]
    if not within:
        return []
    rows = pd.DataFrame(within, columns=["period", "event"])
    late = rows["period"] > first + (last - first) / 2
    sides: list[tuple[pd.DataFrame, Literal["left", "right"], int]] = [
        (rows[~late], "left", 4),
        (rows[late], "right", -4),
    ]
    line = alt.Chart(rows).encode(alt.X("period:T"))
    when = alt.Tooltip("period:T", title="on", format=dates.on_axis(full=True))
    tooltip = [alt.Tooltip("event:N", title="what happened"), when]
    return [
        line.mark_rule(color=INK, strokeWidth=1, strokeDash=[2, 2]).encode(tooltip=tooltip),
        *(  # the text is on the side with more room
            alt.Chart(its)
            .encode(alt.X("period:T"))
            .mark_text(color=INK, align=align, baseline="top", dx=dx, y=2)
            .encode(text=alt.Text("event:N"))
            for its, align, dx in sides
            if len(its)
        ),
    ]


def compare(
    series: Sequence[tuple[str, pd.DataFrame]], measure: Measure, *, kind: str, domain: tuple[float, float]
) -> alt.LayerChart:
    """Two groups on one chart, distinguished by colour, by line and by their names at the end. No verdict is meant."""
    rows = pd.concat([points.assign(group=name) for name, points in series], ignore_index=True)
    rows["label"] = [amounts.amount(value, measure.scale) for value in rows["value"]]
    rows["ends"] = rows.index.isin(rows.dropna(subset="value").drop_duplicates("group", keep="last").index)
    names = [name for name, _ in series]
    x = alt.X("period:T", title=None, axis=_axis(kind))
    colour = alt.Color("group:N", legend=None, scale=alt.Scale(domain=names, range=[GREEN, WORSE]))
    dash = alt.StrokeDash("group:N", legend=None, scale=alt.Scale(domain=names, range=[[1, 0], [6, 4]]))
    line = alt.Chart().encode(x, _up("value", measure, domain), colour)
    tooltip = [
        alt.Tooltip("group:N", title="group"),
        _of_period(kind),
        alt.Tooltip("label:N", title=measure.title),
    ]
    return alt.LayerChart(
        data=rows,
        layer=[
            line.mark_line(strokeWidth=2).encode(dash),
            line.mark_circle(size=40, opacity=1).encode(tooltip=tooltip),
            line.transform_filter("datum.ends")
            .mark_text(align="right", dy=-14, fontWeight=600)
            .encode(text=alt.Text("group:N")),
        ],
        width="container",
        height=240,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        title=titled(f"{measure.title}: {' and '.join(names)}", measure.unit),
        description=f"{measure.title} of {' and '.join(names)}.",
    )


def _axis(kind: str) -> alt.Axis:
    """The axis of time, with a name or a day here and there."""
    names = MONTHS if kind == "month" else f"timeFormat(datum.value, '{dates.on_axis()}')"
    return alt.Axis(labelExpr=names, grid=False, labelOverlap=True, tickCount=6)


def _of_period(kind: str) -> alt.Tooltip:
    if kind == "month":
        return alt.Tooltip("period:T", title="Month", format="%B %Y")
    return alt.Tooltip("period:T", title="Week of", format=dates.on_axis(full=True))


def _up(field: str, measure: Measure, domain: tuple[float, float]) -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        title=None,
        scale=alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True),
        axis=alt.Axis(labelExpr=AXIS[measure.scale], tickCount=4, domain=False, ticks=False),
    )


def _beneath(signal: Signal | None, measure: Measure, domain: tuple[float, float]) -> list[str]:
    """The mean, the usual range, and where a cut scale begins: one per line, because side by side they do not fit a
    phone.
    """
    if signal is None:
        return ["no value in these periods"]
    target = "" if signal.target is None else f", target {amounts.amount(signal.target, measure.scale)} (dotted)"
    cut = [f"the scale begins at {amounts.amount(domain[0], measure.scale)}"] if domain[0] else []
    return [f"{measure.unit}: {_mean(signal, measure)}", f"{_usual(signal, measure)}{target}", *cut]


def _mean(signal: Signal, measure: Measure) -> str:
    """The centre of the limits: a mean, or for a stock the value of the period before plus the mean change."""
    return f"{'expected' if measure.stock else 'mean'} {amounts.amount(signal.mean, measure.scale)}"


def _usual(signal: Signal, measure: Measure) -> str:
    if signal.reading == "too_few":
        return "too few for a usual range"
    usual = between(signal.lower, signal.upper, measure)
    if " to " in usual or usual == UNKNOWN:
        return f"usual range {usual}"
    return f"{'always' if signal.lower == signal.upper else 'usually'} {usual}"


def between(lower: float | None, upper: float | None, measure: Measure) -> str:
    """`2.0 to 2.9`: the limits, the lower one never below zero, or the one that they are; UNKNOWN if there are none."""
    if lower is None or upper is None or pd.isna(lower) or pd.isna(upper):
        return UNKNOWN
    low, high = amounts.amount(max(lower, 0.0), measure.scale), amounts.amount(upper, measure.scale)
    return low if low == high else f"{low} to {high}"


def alternative(signal: Signal | None, measure: Measure, *, title: str) -> str:
    """What the chart shows, in a sentence or two, for anyone who cannot see it."""
    if signal is None:
        return f"{title}: no value in these periods."
    now = f"{amounts.amount(signal.value, measure.scale)} in {named(signal.period, signal)}"
    return f"{title}: {now}; {_mean(signal, measure)}, {_usual(signal, measure)}. {sentence(signal, measure)}"
