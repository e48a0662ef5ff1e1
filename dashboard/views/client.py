"""One client: why now, what was done, the story on one axis of time, and the work beside the meetings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from dashboard.charts.story import story
from dashboard.links import client_link, client_of
from dashboard.markup import render
from dashboard.queries import caseload
from dashboard.queries import client as queries
from dashboard.queries.snapshot import EVERYONE, Scope
from dashboard.sections import outreach
from dashboard.sections.suggestions import meetings_to_suggest
from dashboard.sections.work import work_beside
from pipelines.journal.store import Entry
from pipelines.wording import phrases

SPANS: dict[str, int | None] = {"26 weeks": 26, "52 weeks": 52, "All": None}


def page(home: Path, snapshot: Path) -> None:
    """Draw the page of the client whose token stands in the address."""
    client_id = client_of(home, snapshot, st.query_params.get("c"))
    client = queries.client(snapshot, EVERYONE, client_id) if client_id else None
    if client is None:
        st.html(
            render(
                "notice",
                title="No client has this link",
                text="The link may be from another home, or the client is in the exports no more. "
                "My caseload lists everyone.",
                command="",
            )
        )
        st.page_link("views/caseload.py", label="To my caseload")
        return

    go_through(home, snapshot, client)
    weeks = queries.weeks(snapshot, client.client_id, SPANS["26 weeks"])
    exposure = [week.exposure for week in weeks]
    st.html(
        render(
            "client",
            client=client,
            exposure=exposure,
            freshness=st.session_state["freshness"],
            stale=st.session_state["stale"],
        )
    )
    journal = outreach.open_journal(home)
    who = client.therapist_id or phrases.UNKNOWN
    done = outreach.done(journal, [client.client_id])
    if journal and client.in_care:
        flag_week = client.flag_week if client.flagged else None
        outreach.contact_form(journal, client.client_id, flag_week, who, "client", done.last.get(client.client_id))

    if done.standing:
        st.html(render("contacts", entries=[contact_line(entry) for entry in done.standing]))
    flags = queries.flags(snapshot, client.client_id)
    if flags:
        st.html(render("flag_history", flags=flags))

    chosen = st.segmented_control(
        "Show", list(SPANS), default="26 weeks", key="span", bind="query-params", label_visibility="collapsed"
    )
    if chosen and chosen != "26 weeks":
        weeks = queries.weeks(snapshot, client.client_id, SPANS[chosen])
    events = queries.events(snapshot, client.client_id, weeks[0].week)
    contacts = [(outreach.day_of(entry.written_at), outreach.what(entry.contact)) for entry in done.standing]
    st.html(render("story", story=story(weeks, events, contacts, st.session_state["published"].as_of)))
    if client.in_care:
        work_beside(snapshot, client.client_id, away=bool(client.away_until))
        meetings_to_suggest(snapshot, client.client_id)


def go_through(home: Path, snapshot: Path, client: queries.Client) -> None:
    """Links to the caseload, and to the clients before and after this one in its order."""
    with st.container(horizontal=True, vertical_alignment="center", key="go-through"):
        if not client.in_care:
            st.page_link("views/caseload.py", label="My caseload", icon=":material/arrow_back:")
            return
        order = caseload.in_care(snapshot, Scope(client.therapist_id or phrases.UNKNOWN))
        here = order.index(client.client_id)
        around = [(n, order[n]) for n in (here - 1, here + 1) if 0 <= n < len(order)]
        st.html(
            render(
                "go_through",
                therapist=client.therapist_id or phrases.UNKNOWN,
                caseload=f"{client.therapist_id}’s caseload" if client.therapist_id else "Clients without a therapist",
                place=here + 1,
                of=len(order),
                before=next((client_link(home, name) for n, name in around if n < here), None),
                after=next((client_link(home, name) for n, name in around if n > here), None),
            )
        )


def contact_line(entry: Entry) -> tuple[date, str, str, str | None]:
    """The day, what was done and what is to follow, by whom, and the note where the clinic keeps notes."""
    contact = entry.contact
    follow = f", follow up on {phrases.short_date(contact.follow_up_on)}" if contact.follow_up_on else ""
    return outreach.day_of(entry.written_at), outreach.what(contact) + follow, contact.who, contact.note


page(st.session_state["home"], st.session_state["snapshot"])
