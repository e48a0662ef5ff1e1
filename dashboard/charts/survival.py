"""Survival curves: the share still without an event, as time goes on."""

from __future__ import annotations

import altair as alt

from dashboard.charts.theme import GREEN, TEXT, titled
from dashboard.curve import Curve
from pipelines.wording import amounts, sobriety

OURS = GREEN


def survival(curve: Curve, *, unit: str, title: str, last_time: float, small: bool = False) -> alt.LayerChart:
    """A group's curve with its 95 % band, from 0 to 100 % and to `last_time`; under the axis, how many are at risk."""
    points = curve.points.assign(
        ends=curve.points.index == len(curve.points) - 1,
        label=[amounts.amount(share, "share") for share in curve.points["survival"]],
        between=[
            f"{amounts.amount(low, 'share')} to {amounts.amount(high, 'share')}"
            for low, high in zip(curve.points["low"], curve.points["high"], strict=True)
        ],
    )
    marks = points[points["is_mark"]]
    beneath = ", ".join(f"'{time:.0f}': '{at_risk:,}'" for time, at_risk in zip(marks.time, marks.at_risk, strict=True))
    x = alt.X(
        "time:Q",
        title=f"{unit}; beneath, how many are at risk",
        scale=alt.Scale(
            domain=[0, (1.2 if small else 1.1) * max(last_time, 1)], nice=False
        ),  # room for the label at its end
        axis=alt.Axis(
            values=[float(time) for time in marks["time"]],
            labelExpr=f"[format(datum.value, ',.0f'), {{{beneath}}}[datum.value]]",
            labelFlush=False,
            grid=False,
            titleFontWeight=400,
        ),
    )
    y = alt.Y(
        "survival:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1.08], nice=False),
        axis=alt.Axis(
            values=[0, 0.5, 1], labelExpr="format(100 * datum.value, '.0f') + ' %'", domain=False, ticks=False
        ),
    )
    tooltip = [
        alt.Tooltip("time:Q", title=unit, format=",.0f"),
        alt.Tooltip("label:N", title="still without the event"),
        alt.Tooltip("between:N", title="95 % band"),
        alt.Tooltip("at_risk:Q", title="at risk", format=",.0f"),
    ]
    steps = alt.Chart().encode(x=x, y=y)
    end = steps.transform_filter("datum.ends")
    return alt.LayerChart(
        data=points,
        layer=[
            steps.mark_area(color=OURS, opacity=0.16, interpolate="step-after").encode(
                y=alt.Y("low:Q"), y2=alt.Y2("high:Q")
            ),
            steps.mark_line(color=OURS, strokeWidth=2.25, interpolate="step-after"),
            steps.mark_circle(color=OURS, size=180, opacity=0).encode(tooltip=tooltip),
            end.mark_circle(color=OURS, size=45, opacity=1),
            end.mark_text(color=OURS, align="left", dx=8, fontSize=TEXT, fontWeight=700).encode(
                text=alt.Text("label:N")
            ),
        ],
        width="container",
        height=120 if small else 260,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        padding={"left": 0, "top": 0, "right": 12, "bottom": 4},
        title=titled(
            title,
            sobriety.followed(curve.followed, curve.entered, curve.events),
            sobriety.median(curve.median, curve.median_low, curve.median_high, unit),
        ),
        description=alternative(curve, unit=unit, title=title),
    )


def alternative(curve: Curve, *, unit: str, title: str) -> str:
    """What the chart shows, in a sentence, for anyone who cannot see it."""
    marks = curve.points[curve.points["is_mark"] & (curve.points["time"] > 0)]
    shares = "; ".join(
        f"{amounts.amount(share, 'share')} at {time:,.0f} {unit}, {at_risk:,} at risk"
        for time, share, at_risk in zip(marks["time"], marks["survival"], marks["at_risk"], strict=True)
    )
    median = sobriety.median(curve.median, curve.median_low, curve.median_high, unit)
    counted = sobriety.followed(curve.followed, curve.entered, curve.events)
    return f"{title}: {counted}; {median}. Still without the event: {shares or 'too short a curve to tell'}."
