"""Trends: the clinic over time, whole or by group; the same four questions each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import phrases
from dashboard.charts import trend as charts
from dashboard.heading import heading
from dashboard.markup import render
from dashboard.measure import Measure
from dashboard.queries import published
from dashboard.queries import trends as queries

BY: dict[str, queries.Kind] = {"Week": "week", "Month": "month"}
BACK = {"week": [26, 13, 52, 104], "month": [12, 6, 24, 36]}
BREAKDOWNS = {title: name for name, title in phrases.BREAKDOWNS.items()}
COLUMNS = {2: 2, 3: 3, 5: 3, 6: 3, 9: 3}  # so that few groups fill their rows; 4 for any other number
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def page(snapshot: Path) -> None:
    """Draw the page."""
    heading("Trends")
    with st.container(horizontal=True, gap="medium"):
        by = st.segmented_control("By", list(BY), default="Month", required=True, key="by", **KEPT) or "Month"
        kind = BY[by]
        periods = st.selectbox(f"{by}s back", BACK[kind], key=f"{kind}s", width=140, **KEPT)
        split = st.selectbox("Broken down by", list(BREAKDOWNS), key="split", width=200, **KEPT)
    breakdown = BREAKDOWNS[split]
    measures = published.measures(snapshot)
    found = queries.trends(snapshot, kind, breakdown, periods)
    if not found.groups:
        st.html(
            render(
                "notice",
                title=f"No complete {kind} yet",
                text=f"Trends begin with the first complete {kind} of the data.",
                command="",
            )
        )
        return

    names = [name for name in queries.shown(breakdown) if name != "sobriety_known"]
    if breakdown == "all":
        with st.grid(2, min_column_width=340, gap="medium", key="whole"):
            for name in names:
                draw(found, found.groups[0], name, measures, kind, title=measures[name].title)
    else:
        if found.groups_in_all > len(found.groups):
            st.caption(f"The {len(found.groups)} largest of {found.groups_in_all} groups, largest first.")
        for name in names:
            st.html(render("measure", measure=measures[name]))
            with st.grid(COLUMNS.get(len(found.groups), 4), min_column_width=240, gap="small", key=f"groups-{name}"):
                for group in found.groups:
                    draw(found, group, name, measures, kind, title=phrases.member(group.member, breakdown), small=True)
        if breakdown == "therapist":
            st.caption("Therapists do not choose their clients, so outcomes are not compared between therapists.")
    with st.expander("What these measures mean"):
        st.html(render("measures", measures=[measures[name] for name in queries.shown(breakdown)]))


def draw(
    found: queries.Trends,
    group: queries.Group,
    name: str,
    measures: dict[str, Measure],
    kind: queries.Kind,
    *,
    title: str,
    small: bool = False,
) -> None:
    """One measure of one group, on the scale of all groups."""
    measure = measures[name]
    known = (group.measures["sobriety_known"], measures["sobriety_known"]) if name == "sober" else None
    top = charts.WHOLE if known else charts.scale_top([each.measures[name] for each in found.groups], measure.scale)
    with st.container(border=True):
        chart = charts.trend(
            group.measures[name],
            measure,
            kind=kind,
            title=title,
            top=top,
            span=found.span,
            small=small,
            known=known,
        )
        # Charts are checked against the schema of Vega-Lite in the tests; here that would be most of the page's time.
        st.vega_lite_chart(chart.to_dict(validate=False))


page(st.session_state["snapshot"])
