"""A measure over time: one line, one question; the numbers it is made of in the tooltip."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from dashboard import phrases
from dashboard.measure import Measure

# Inks for paper; on the dark page the style sheet gives these two its own.
OURS, BESIDE = "#17635f", "#5a6767"
AXIS = {
    "share": "format(100 * datum.value, '.0f') + ' %'",
    "rate": "format(datum.value, '.1f')",
    "count": "format(datum.value, ',.0f')",
}
WHOLE = 1.08  # the top of a scale of shares that goes up to all
HEADROOM = 1.2  # above the highest value, so that the label at the line's end has room


def scale_top(series: Iterable[pd.DataFrame], scale: str) -> float:
    """The top of the one scale, from zero, on which several series are drawn."""
    highest = max((float(rows["value"].max()) for rows in series if rows["value"].notna().any()), default=0.0)
    least = {"share": 0.1, "rate": 1.0, "count": 5.0}[scale]
    top = HEADROOM * max(highest, least)
    return min(top, WHOLE) if scale == "share" else top


def trend(
    series: pd.DataFrame,
    measure: Measure,
    *,
    kind: str,
    title: str,
    top: float,
    span: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    small: bool = False,
    known: tuple[pd.DataFrame, Measure] | None = None,
) -> alt.LayerChart:
    """A measure of a group over periods, on a scale from zero to `top` and over the `span` of periods of its peers.

    `series`: period (timestamp), numerator, denominator, value; a missing value breaks the line. `known`: the share of
    the group for whom the measure is known, drawn beside it in grey and labelled where it ends.
    """
    axes = _axes(measure, kind, top, span)
    if known is None:
        rows = _labelled(series, measure)
        layers = _line(axes, measure, kind, OURS, label=(_last(series), 16 if _falls(series) else -11))
    else:
        of_known, known_measure = known
        rows = pd.concat(
            [_labelled(of_known, known_measure, "known for "), _labelled(series, measure, "sober ")], ignore_index=True
        )
        # Two lines that end close together: their labels stand in a pair where the chart has room.
        low, high = sorted([_last(series), _last(of_known)])
        beneath = low > top / 2
        layers = [
            *_line(axes, known_measure, kind, BESIDE, dashed=True, label=(low, 36) if beneath else (high, -11)),
            *_line(axes, measure, kind, OURS, label=(low, 19) if beneath else (high, -28)),
        ]
    subtitle = _made_of(series, measure) if small else _ends_in_words(series, measure, kind)
    return alt.LayerChart(
        data=rows,
        layer=layers,
        width="container",
        height=100 if small else 180,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 0, "top": 0, "right": 6, "bottom": 4},
        title=alt.Title(title, subtitle=subtitle, anchor="start", frame="bounds", offset=10),
        description=alternative(series, measure, kind=kind, title=title),
    )


def alternative(series: pd.DataFrame, measure: Measure, *, kind: str, title: str) -> str:
    """What the chart shows, in a sentence, for who cannot see it."""
    filled = series.dropna(subset="value")
    if filled.empty:
        return f"{title}: no value in these periods."
    lowest, highest = (phrases.amount(float(value), measure.scale) for value in _ends(filled["value"]))
    ends = "; ".join(_ends_in_words(series, measure, kind))
    return f"{title}, {measure.title.lower()}: {ends}; between {lowest} and {highest}."


def _labelled(series: pd.DataFrame, measure: Measure, label: str = "") -> pd.DataFrame:
    said = [phrases.amount(value, measure.scale) for value in series["value"]]
    ends = series.index == series["value"].last_valid_index()
    return series.assign(line=measure.name, said=said, label=[f"{label}{value}" for value in said], ends=ends)


def _axes(
    measure: Measure, kind: str, top: float, span: tuple[pd.Timestamp, pd.Timestamp] | None
) -> tuple[alt.X, alt.Y]:
    by_month = "timeFormat(datum.value, month(datum.value) == 0 ? '%Y' : '%b')"
    names = by_month if kind == "month" else "timeFormat(datum.value, '%-d %b')"
    across = alt.Undefined if span is None else alt.Scale(domain=[_day(day) for day in span])
    x = alt.X(
        "period:T",
        title=None,
        scale=across,
        axis=alt.Axis(labelExpr=names, grid=False, labelOverlap=True, tickCount=6),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(domain=[0, top], nice=False, clamp=True),
        axis=alt.Axis(labelExpr=AXIS[measure.scale], tickCount=3, domain=False, ticks=False),
    )
    return x, y


def _day(day: pd.Timestamp) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def _line(
    axes: tuple[alt.X, alt.Y],
    measure: Measure,
    kind: str,
    colour: str,
    *,
    label: tuple[float, int],
    dashed: bool = False,
) -> list[alt.Chart]:
    """A line, a dot and a label where it ends, and under the pointer what each value is made of.

    `label`: the value at whose height the label stands, and by how many pixels it is moved.
    """
    month = kind == "month"
    tooltip = [
        alt.Tooltip("period:T", title="Month" if month else "Week of", format="%B %Y" if month else "%-d %B %Y"),
        alt.Tooltip("said:N", title=measure.title),
    ]
    if measure.denominator:
        tooltip += [
            alt.Tooltip("numerator:Q", title=measure.numerator, format=",.0f"),
            alt.Tooltip("denominator:Q", title=f"of {measure.denominator}", format=",.0f"),
        ]
    line = alt.Chart().transform_filter(f"datum.line == '{measure.name}'").encode(*axes)
    end = line.transform_filter("datum.ends")
    return [
        line.mark_line(color=colour, strokeWidth=1.5 if dashed else 2.25, strokeDash=[4, 3] if dashed else [1, 0]),
        line.mark_circle(color=colour, size=220, opacity=0).encode(tooltip=tooltip),
        end.mark_circle(color=colour, size=0 if dashed else 55, opacity=1),
        end.mark_text(
            color=colour, align="right", dx=4, dy=label[1], fontSize=13, fontWeight=400 if dashed else 700
        ).encode(text="label:N", y=alt.YDatum(label[0])),
    ]


def _falls(series: pd.DataFrame) -> bool:
    """Whether the line comes down to its end, so that its label has room under it only."""
    filled = series["value"].dropna()
    return len(filled) > 1 and bool(filled.iloc[-1] < filled.iloc[-2])


def _last(series: pd.DataFrame) -> float:
    filled = series["value"].dropna()
    return float(filled.iloc[-1]) if len(filled) else 0.0


def _ends(values: pd.Series) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _made_of(series: pd.DataFrame, measure: Measure) -> str:
    filled = series.dropna(subset="value")
    if filled.empty or measure.scale != "share":
        return " "  # keeps the height of its peers
    last = filled.iloc[-1]
    return f"{last['numerator']:,.0f} of {last['denominator']:,.0f}"


def _ends_in_words(series: pd.DataFrame, measure: Measure, kind: str) -> list[str]:
    """The last value and the first, a line each: side by side they do not fit on a phone."""
    filled = series.dropna(subset="value")
    if filled.empty:
        return ["no value in these periods"]
    the = "the " if kind == "week" else ""
    first, last = (
        f"{phrases.amount(float(row['value']), measure.scale)} in {the}{phrases.period(row['period'].date(), kind)}"
        for row in (filled.iloc[0], filled.iloc[-1])
    )
    return [last] if len(filled) == 1 else [last, f"{first}, the first shown"]
