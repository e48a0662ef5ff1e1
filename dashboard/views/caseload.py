"""My caseload: whom to call first, and why; then everyone."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import phrases
from dashboard.charts.sparkline import scale_top, weekly_meetings
from dashboard.heading import heading
from dashboard.markup import render
from dashboard.queries import caseload as queries
from dashboard.queries.snapshot import Scope

FIRST = 6  # cards at the top; the table holds everyone
FLAGGED, SOBRIETY_UNKNOWN = "Flagged", "Sobriety unknown"


def one_of(label: str, key: str, choices: list[str]) -> str | None:
    """A filter on one of the choices, where there is more than one to choose from."""
    if len(choices) < 2:
        return None
    return st.selectbox(
        label,
        choices,
        index=None,
        placeholder="All",
        key=key,
        bind="query-params",
        persist_state="session",
        width=160,
    )


def page(snapshot: Path) -> None:
    """Draw the page."""
    heading("My caseload")

    therapists = queries.therapists(snapshot)
    if not therapists:
        st.html(
            render(
                "notice",
                title="Nobody is in care on this day",
                text="The exports hold no client in care on the day the data go to.",
                command="",
            )
        )
        return

    with st.container(horizontal=True, gap="medium"):
        therapist = st.selectbox(
            "Therapist",
            [each.therapist_id for each in therapists],
            key="therapist",
            bind="query-params",
            persist_state="session",
            width=160,
        )
        scope = Scope(therapist)
        counts = queries.counts(snapshot, scope)
        level = one_of("Level of care", "level", counts.levels_of_care)
        site = one_of("Site", "site", counts.sites)
        shown = st.pills(
            "Show only",
            [FLAGGED, SOBRIETY_UNKNOWN],
            selection_mode="multi",
            key="show",
            bind="query-params",
            persist_state="session",
        )

    filters = queries.Filters(FLAGGED in shown, SOBRIETY_UNKNOWN in shown, site, level)
    clients = queries.caseload(snapshot, scope, filters)
    st.html(
        render(
            "counts",
            figures=[
                (counts.clients, "in care"),
                (counts.to_call, "to call first"),
                (counts.flagged, "flagged"),
                (counts.sobriety_unknown, "sobriety unknown"),
                (counts.not_judged, "not judged yet"),
            ],
        )
    )
    if not clients:
        st.html(
            render("notice", title="No client fits these filters", text="Clear one of them to see more.", command="")
        )
        return

    top = scale_top([client.meetings for client in clients])
    weeks = {
        client.client_id: weekly_meetings(
            client.meetings,
            client.exposure,
            usual=client.usual,
            recent_weeks=client.recent_weeks,
            weeks_since=client.weeks_since_flag,
            top=top,
        )
        for client in clients
    }
    matching = clients[0].clients_matching
    st.html(
        render(
            "caseload",
            first=[client for client in clients if client.call_first][:FIRST],
            clients=clients,
            matching=matching,
            weeks=weeks,
            top=top,
            title="The whole caseload" if filters == queries.Filters() else "Filtered",
            subtitle=f"{matching:,} of {phrases.count(counts.clients, 'client')}, first to call first",
        )
    )


page(st.session_state["snapshot"])
