"""Which site reported in which week."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.theme import CLAY, GREEN, LARGE, in_lines, names_axis, tall, titled
from pipelines.wording import dates

REPORTED, MISSING = GREEN, CLAY
ROW = 30  # pixels a site


def coverage(weeks: pd.DataFrame) -> alt.LayerChart:
    """A square for each site and week: filled if the site reported, hollow with a cross if it did not.

    `weeks`: site, week (timestamp), clients, rows_received, reported.
    """
    weeks = weeks.assign(name=in_lines((site,) for site in weeks["site"]))
    missing = weeks[~weeks["reported"].astype(bool)]
    tooltip = [
        alt.Tooltip("site:N", title="Site"),
        alt.Tooltip("week:T", title="Week of", format=dates.on_axis(full=True)),
        alt.Tooltip("clients:Q", title="clients in care", format=",.0f"),
        alt.Tooltip("rows_received:Q", title="attendance and check-in rows", format=",.0f"),
    ]
    x = alt.X(
        "yearmonthdate(week):O",
        title=None,
        axis=alt.Axis(
            format=dates.on_axis(), labelOverlap=True, labelBound=True, labelAngle=0, ticks=False, domain=False
        ),
        scale=alt.Scale(paddingInner=0.12),
    )
    y = alt.Y(
        "name:N",
        title=None,
        sort=None,  # as they come: by the site
        axis=names_axis(list(weeks["name"])),
        scale=alt.Scale(paddingInner=0.15),
    )
    squares = (
        alt.Chart(weeks)
        .mark_rect(cornerRadius=2, stroke=MISSING)
        .encode(
            x=x,
            y=y,
            tooltip=tooltip,
            color=alt.condition("datum.reported", alt.value(REPORTED), alt.value("transparent")),
            strokeWidth=alt.condition("datum.reported", alt.value(0), alt.value(1.5)),
            opacity=alt.condition("datum.reported", alt.value(0.55), alt.value(1)),
        )
    )
    crosses = (
        alt.Chart(missing)
        .mark_text(text="×", color=MISSING, fontSize=LARGE, fontWeight=700)
        .encode(x=x, y=y, tooltip=tooltip)
    )
    return alt.LayerChart(layer=[squares, crosses]).properties(
        width="container",
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        height=tall(weeks["name"], ROW) * max(weeks["site"].nunique(), 1),
        title=titled("Weeks reported, by site"),
        description=alternative(weeks),
    )


def alternative(weeks: pd.DataFrame) -> str:
    """What the chart shows, in a sentence, for anyone who cannot see it."""
    missing = weeks[~weeks["reported"].astype(bool)]
    if missing.empty:
        return "Weeks reported, by site: every site reported in every week."
    first = zip(missing["site"].head(12), missing["week"].head(12), strict=True)
    listed = "; ".join(f"{site}, week of {dates.full_date(week)}" for site, week in first)
    return f"Weeks reported, by site: nothing came from {listed}{' and others' if len(missing) > 12 else ''}."
