"""Sobriety: how the clients in care stand, what is not known and where, and how long until an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.charts import sobriety as charts
from dashboard.charts.survival import survival
from dashboard.context import Context
from dashboard.curve import Curve, Event
from dashboard.links import EVERYONE, KEPT, SOBRIETY_UNKNOWN, list_link
from dashboard.markup import render
from dashboard.queries import sobriety as queries
from dashboard.sections.heading import heading, outline
from dashboard.sections.notice import notice, quiet
from dashboard.sections.saving import saving
from dashboard.sheet import Row, Sheet, of_frame, rests
from pipelines.definitions import rules
from pipelines.wording import amounts, labels, sobriety
from pipelines.wording.sobriety import delayed_entry

BREAKDOWNS = {
    labels.BREAKDOWNS[name]: name for name in ("all", "site", "program", "level_of_care", "primary_addiction")
} | {"Quarter of admission": "admission_quarter"}
EVERYBODY = labels.BREAKDOWNS["all"]
BANDS = "Clients in care, by confirmed sober days."
UNKNOWN = "Clients in care whose sobriety is unknown now, of all in the group."
ABSTINENT = (
    "Days abstinent in the last 90 days, averaged over the clients: low counts unknown days as use, high as "
    "abstinent, value leaves them out; known is the share of days known."
)
COLUMNS = {
    "bands": ("sober days", "clients"),
    "by-site": ("site", "unknown", "clients", "share", "known"),
    "by-therapist": ("therapist", "unknown", "clients", "share", "known"),
    "abstinent": ("site", "clients", "low", "high", "value", "known"),
    "curve": ("group", "time", "at_risk", "without_the_event", "low", "high"),
}


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Sobriety", needs=("checkins", "episodes"))
    bands = queries.bands(context.snapshot, context.viewer.caseload)
    if bands["clients"].sum():
        now(context, bands)
    else:
        notice("Nobody is in care", "The exports hold no client in care on the last day of the data.")
    over_time(context)


def now(context: Context, bands: pd.DataFrame) -> None:
    """How the clients in care stand on the as-of date, and where that is unknown."""
    snapshot, whose = context.snapshot, context.viewer.caseload
    left, right = st.columns(2, gap="medium")
    by_therapist = queries.unknown(snapshot, "therapist", whose)
    named = list(by_therapist["member"]) != [labels.UNKNOWN]
    with left:
        draw(context, "bands", charts.bands(bands), BANDS, partial(of_bands, bands))
    with left if named else right:
        by_site = queries.unknown(snapshot, "site", whose)
        draw(context, "by-site", charts.unknown(by_site, "site"), UNKNOWN, partial(of_unknown, by_site))
    if named:
        with right:
            chart = charts.unknown(by_therapist, "therapist")
            draw(context, "by-therapist", chart, UNKNOWN, partial(of_unknown, by_therapist))
    unknown = int(bands.loc[bands["band"] == "unknown", "clients"].sum())
    if unknown and context.caseload_at:
        text = f"Show the {amounts.count(unknown, 'client')} whose sobriety is unknown"
        to = list_link(context.caseload_at, {"therapist": EVERYONE, "show": SOBRIETY_UNKNOWN})
        st.html(render("clients_link", to=to, text=text))
    abstinent = queries.abstinent(snapshot, whose)
    draw(
        context,
        "abstinent",
        charts.abstinent(abstinent),
        ABSTINENT,
        partial(of_frame, abstinent, ["member"], ["clients"]),
    )
    quiet(
        f"Sobriety is unknown if there was no check-in or test in the last {rules()['sobriety_known_days']} days. "
        "Days abstinent are an average of the clients’ days in care. The dot is left out if fewer than half of the "
        "days are known."
    )


def over_time(context: Context) -> None:
    """How long until an event: there is no agreed definition, so each event is shown with its own."""
    snapshot = context.snapshot
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
            f"A curve is drawn while at least {rules()['few_least']} clients are at risk.",
        )
        return
    curves(context, found, event, breakdown)


def curves(context: Context, found: queries.Survival, event: Event, breakdown: str) -> None:
    """The curves, with how to read them."""
    if found.log_rank is not None:
        st.markdown(sobriety.log_rank(found.log_rank.p_value))
    if breakdown == "all":
        chart = survival(found.curves[0], unit=event.unit, title=event.title, last_time=found.last_time)
        draw(context, "curve", chart, event.definition, partial(of_curves, found.curves[:1], breakdown))
    else:
        with st.grid(3, min_column_width=280, gap="small", key="curves"):
            for curve in found.curves:
                title = labels.member(curve.member, breakdown)
                chart = survival(curve, unit=event.unit, title=title, last_time=found.last_time, small=True)
                key = f"curve-{found.curves.index(curve)}"
                with st.container():  # one cell of the grid
                    draw(context, key, chart, event.definition, partial(of_curves, [curve], breakdown))
    left_out = (
        f" {len(found.curves)} of {found.groups_in_all} groups are drawn."
        if found.groups_in_all > len(found.curves)
        else ""
    )
    quiet(
        "The line is the share still without the event (Kaplan-Meier), the band its 95 % interval; the median is given "
        "with its 95 % interval in brackets. "
        f"A curve is drawn while at least {rules()['few_least']} clients are at risk.{left_out} "
        "It describes the clients followed. It predicts nothing about anyone. "
        f"{delayed_entry() if any(curve.entered for curve in found.curves) else ''}"
    )


def of_bands(bands: pd.DataFrame) -> list[Row]:
    """The bands, and all clients in care. Of how many nothing is known, the table by site says too."""
    total = int(bands["in_care"].iloc[0])
    return [
        Row([EVERYBODY], [total], [total], whole=True),
        *(
            Row([labels.SOBRIETY_BANDS[band]], [clients], [clients], known=band == labels.UNKNOWN)
            for band, clients in zip(bands["band"], bands["clients"], strict=True)
        ),
    ]


def of_unknown(groups: pd.DataFrame) -> list[Row]:
    """All clients and the groups: how many have unknown sobriety, and how many known."""
    if groups.empty:
        return []
    unknown, clients = (int(groups[name].iloc[0]) for name in ("unknown_in_all", "clients_in_all"))
    about = [unknown, clients, clients - unknown]
    counted = groups[["member", "unknown", "clients", "share"]].assign(known=groups["clients"] - groups["unknown"])
    rows = [
        Row([EVERYBODY], [unknown, clients, unknown / clients, clients - unknown], about, whole=True),
        *of_frame(counted, ["member"], ["unknown", "clients", "known"]),
    ]
    return [*rows, *rests(rows)]


def of_curves(found: Sequence[Curve], breakdown: str) -> list[Row]:
    """The curves at their round times. If few had the event, a curve's steps would count them."""
    return [
        Row(
            [labels.member(curve.member, breakdown), f"{mark['time']:.0f}"],
            [mark["at_risk"], mark["survival"], mark["low"], mark["high"]],
            [mark["at_risk"], curve.events],
        )
        for curve in found
        for mark in curve.points[curve.points["is_mark"]].to_dict("records")
    ]


def draw(context: Context, key: str, chart: alt.LayerChart, definition: str, rows: Callable[[], list[Row]]) -> None:
    """A chart in its frame, and what saves it. `definition`: what it shows."""
    drawn = chart.to_dict(validate=False)  # the tests check charts; doing so here would take most of the page's time
    title = drawn["title"]["text"]  # in lines, if it is a long one
    title = title if isinstance(title, str) else " ".join(title)
    with st.container(border=True, key=key):
        outline(title, 3 if key.startswith("curve") else 2)
        st.vega_lite_chart(drawn)
    columns = COLUMNS.get(key, COLUMNS["curve"])
    saving(context, key, title, lambda: Sheet(title, definition, columns, rows()), drawn["description"])
