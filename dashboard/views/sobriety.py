"""Sobriety: how the clients in care stand, what is not known and where, and how long until an event."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.charts import sobriety as charts
from dashboard.charts.survival import survival
from dashboard.context import Context
from dashboard.curve import Event
from dashboard.markup import render
from dashboard.queries import sobriety as queries
from dashboard.queries.snapshot import Snapshot
from dashboard.sections.heading import heading
from dashboard.sections.notice import notice, quiet
from pipelines.definitions import rules
from pipelines.wording import amounts, labels, sobriety
from pipelines.wording.sobriety import DELAYED_ENTRY

BREAKDOWNS = {
    labels.BREAKDOWNS[name]: name for name in ("all", "site", "program", "level_of_care", "primary_addiction")
} | {"Quarter of admission": "admission_quarter"}
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Sobriety", needs=("episodes",))
    bands = queries.bands(context.snapshot, context.viewer.scope)
    if bands["clients"].sum():
        now(context, bands)
    else:
        notice("Nobody is in care", "The exports hold no client in care on the last day of the data.")
    over_time(context.snapshot)


def now(context: Context, bands: pd.DataFrame) -> None:
    """How the clients in care stand on the as-of date, and where that is not known."""
    snapshot, scope = context.snapshot, context.viewer.scope
    left, right = st.columns(2, gap="medium")
    by_therapist = queries.unknown(snapshot, "therapist", scope)
    named = list(by_therapist["member"]) != [labels.UNKNOWN]
    with left:
        draw(charts.bands(bands))
    with left if named else right:
        draw(charts.unknown(queries.unknown(snapshot, "site", scope), "site"))
    if named:
        with right:
            draw(charts.unknown(by_therapist, "therapist"))
    unknown = int(bands.loc[bands["band"] == "unknown", "clients"].sum())
    if unknown:
        st.html(render("clients_link", text=f"Show the {amounts.count(unknown, 'client')} whose sobriety is unknown"))
    draw(charts.abstinent(queries.abstinent(snapshot, scope)))
    quiet(
        f"Sobriety is unknown where there was no check-in or test in the last {rules()['sobriety_known_days']} days. "
        "Days abstinent are the mean over "
        "clients of their days in care. The dot is left out where fewer than half of the days are known."
    )


def over_time(snapshot: Snapshot) -> None:
    """How long until an event: there is no agreed definition of one, so each is shown with its own."""
    events = {event.title: event for event in queries.events(snapshot)}
    if not events:
        return
    st.html(
        render(
            "section",
            title="Time to an event",
            text="There is no agreed definition of a return to use. Each curve states its definition.",
        )
    )
    with st.container(horizontal=True, gap="medium"):
        event = events[st.selectbox("Event", list(events), key="event", width=320, **KEPT)]
        breakdown = BREAKDOWNS[st.selectbox("Group by", list(BREAKDOWNS), key="group", width=200, **KEPT)]
    st.html(render("event", event=event))
    found = queries.survival(snapshot, event, breakdown)
    if not found.curves:
        notice(
            "Too few clients for a curve",
            f"A curve is drawn while at least {queries.LEAST_AT_RISK} clients are at risk.",
        )
        return
    curves(found, event, breakdown)


def curves(found: queries.Survival, event: Event, breakdown: str) -> None:
    """The curves, with how to read them."""
    if found.log_rank is not None:
        st.markdown(sobriety.log_rank(found.log_rank.p_value))
    if breakdown == "all":
        draw(survival(found.curves[0], unit=event.unit, title=event.title, last_time=found.last_time))
    else:
        with st.grid(3, min_column_width=280, gap="small", key="curves"):
            for curve in found.curves:
                title = labels.member(curve.member, breakdown)
                draw(survival(curve, unit=event.unit, title=title, last_time=found.last_time, small=True))
    left_out = (
        f" {len(found.curves)} of {found.groups_in_all} groups are drawn."
        if found.groups_in_all > len(found.curves)
        else ""
    )
    quiet(
        "The line is the share still without the event (Kaplan-Meier), the band its 95 % interval; the median is given "
        "with its 95 % interval in brackets. "
        f"A curve is drawn while at least {queries.LEAST_AT_RISK} clients are at risk.{left_out} "
        "It describes the clients followed. It predicts nothing about anyone. "
        f"{DELAYED_ENTRY if any(curve.entered for curve in found.curves) else ''}"
    )


def draw(chart: alt.LayerChart) -> None:
    """A chart in its frame."""
    with st.container(border=True):
        # Charts are checked against the schema of Vega-Lite in the tests; here that would be most of the page's time.
        st.vega_lite_chart(chart.to_dict(validate=False))
