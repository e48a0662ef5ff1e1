"""One client: why now, what was done, the story on one axis of time, and the work beside the meetings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st

from dashboard.access import noting
from dashboard.charts.story import story
from dashboard.context import Context
from dashboard.history import Week
from dashboard.links import client_link, client_of, list_link
from dashboard.markup import render
from dashboard.queries import caseload
from dashboard.queries import client as queries
from dashboard.sections import outreach
from dashboard.sections.records import MARK
from dashboard.sections.saving import saving
from dashboard.sections.suggestions import meetings_to_suggest
from dashboard.sections.work import work_beside
from dashboard.sheet import Row, Sheet
from pipelines.journal.store import SNOOZED, Entry, Journal, day_of
from pipelines.wording import dates, exported, freshness, labels
from pipelines.wording import worklist as words
from pipelines.worklist import Done, follow_up_settled

NEEDS = ("attendance", "checkins", "episodes", "sessions", "absences")
OF_WEEK = (
    *("meetings", "active", "stated", "in_person", "placed", "home_group"),
    *("exposure", "usual", "usual_low", "usual_high", "reported"),
)
SPANS: dict[str, int | None] = {"26 weeks": 26, "52 weeks": 52, "All": None}


def page(context: Context) -> None:
    """Draw the page of the client whose token is in the address."""
    home, snapshot = context.home, context.snapshot
    client_id = client_of(home, snapshot, st.query_params.get("c"))
    client = queries.client(snapshot, context.viewer.caseload, client_id) if client_id else None
    if client is None:
        st.html(render("no_client", back=context.caseload_at))
        return
    noting.seen(context, "view_client", client.client_id)
    go_through(context, client)
    outreach.announcement()
    weeks = queries.weeks(snapshot, client.client_id, SPANS["26 weeks"])
    journal = outreach.open_journal(home)
    done = outreach.done(journal, client.client_id)
    head(context, client, weeks, writable=journal is not None)
    week_by_week(context, client, weeks, done)
    contacts(context, journal, client, done)
    flags = queries.flags(snapshot, client.client_id)
    if flags:
        st.html(render("flag_history", flags=flags))
    if client.in_care:
        work_beside(context, client.client_id, away=bool(client.away_until))
        meetings_to_suggest(context, client.client_id)
        who = context.viewer.who or client.therapist_id or labels.UNKNOWN
        outreach.dialogs(context, journal, {client.client_id: outreach.Known.of(client)}, who, noted)
    st.html(render("names"))


def head(context: Context, client: queries.Client, weeks: Sequence[Week], *, writable: bool) -> None:
    """Who the client is, why now, the facts, and the buttons to note a contact."""
    about = context.published
    st.html(
        render(
            "client",
            client=client,
            exposure=[week.exposure for week in weeks],
            lacks=exported.not_known(NEEDS, about.came_in, about.came_empty),
            inferred="episodes" not in about.came_in,
            freshness=freshness.freshness(about.as_of, about.published, context.snapshot.number),
            stale=freshness.stale(about.as_of, date.today(), about.date_basis),
            links={client.client_id: client_link(context.home, client.client_id)} if writable else {},
        )
    )


def noted(entry: Entry) -> None:
    """After something was written: what is read out, and where the focus goes."""
    contact = entry.contact
    text = "Snoozed." if contact.outcome == SNOOZED else f"Noted: {words.what(contact.outcome, contact.reason)}."
    outreach.announce(text, ".st-key-undo button")


def contacts(context: Context, journal: Journal | None, client: queries.Client, done: Done) -> None:
    """The contacts so far; one of today with a text for the record and Undo."""
    st.html(render("contacts", entries=[contact_line(entry, done, client.last_session) for entry in done.contacts]))
    entry = done.snoozed.get(client.client_id) or done.last.get(client.client_id)
    today = date.today()
    if journal is None or entry is None or day_of(entry.written_at) != today:
        return
    contact = entry.contact
    if contact.outcome == SNOOZED:
        text, copied = f"Snoozed {words.snoozed(contact.follow_up_on or today, contact.reason, today)}", ""
    else:
        text = words.contact(contact.outcome, contact.reason, today, contact.follow_up_on, today)
        copied = outreach.Known.of(client).record_line(entry)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(render("done_line", client_id="", text=text, copied=copied, links={"": ""}), width="content")
        st.button(
            "Undo",
            key="undo",
            on_click=outreach.take_back,
            args=(journal, entry, context.viewer.who or contact.who, "#client"),
            type="tertiary",
        )


def week_by_week(context: Context, client: queries.Client, weeks: list[Week], done: Done) -> None:
    """The story on one axis of time, over the weeks that the reader chooses."""
    chosen = st.segmented_control(
        "Show", list(SPANS), default="26 weeks", key="span", bind="query-params", label_visibility="collapsed"
    )
    if chosen and chosen != "26 weeks":
        weeks = queries.weeks(context.snapshot, client.client_id, SPANS[chosen])
    events = queries.events(context.snapshot, client.client_id, weeks[0].week)
    made = [
        (day_of(entry.written_at), words.what(entry.contact.outcome, entry.contact.reason)) for entry in done.contacts
    ]
    drawn = story(weeks, events, made, context.published.as_of)
    with st.container(key="story"):
        st.html(render("story", story=drawn))
    saving(context, "story", "Weeks of a client", partial(of_weeks, weeks), drawn.words, client.client_id)


def of_weeks(weeks: Sequence[Week]) -> Sheet:
    """The weeks drawn, as a table of records."""
    rows = [Row([f"{week.week}"], [getattr(week, column) for column in OF_WEEK]) for week in weeks]
    meaning = (
        "Meetings; those with an active part; those whose participation is recorded; those in person; those whose mode "
        "is recorded; whether the client came to the home group; the share that counts."
    )
    return Sheet("Weeks of a client", meaning, ["week", *OF_WEEK], rows, MARK)


def go_through(context: Context, client: queries.Client) -> None:
    """Links back to the list, and to the clients before and after this one in it."""
    order = st.session_state.get("order", [])
    if client.client_id not in order and client.in_care:
        whose = context.viewer.caseload.of(client.therapist_id or labels.UNKNOWN)
        order = caseload.in_care(context.snapshot, whose)
    here = order.index(client.client_id) if client.client_id in order else None
    around = {
        n: client_link(context.home, order[n]) for n in range(len(order)) if here is not None and abs(n - here) == 1
    }
    chosen = {"therapist": labels.therapist(client.therapist_id or labels.UNKNOWN)} if client.in_care else {}
    back = st.session_state.get("list_address", chosen)
    st.html(
        render(
            "go_through",
            back=list_link(context.caseload_at, back),
            place=0 if here is None else here + 1,
            of=0 if here is None else len(order),
            before=None if here is None else around.get(here - 1),
            after=None if here is None else around.get(here + 1),
        )
    )


def contact_line(entry: Entry, done: Done, seen_on: date | None) -> tuple[date, str, str, str | None]:
    """The day, what was done and when to follow up, by whom, and the note if the clinic keeps notes.

    A later contact or a session, the last of them on `seen_on`, settles a follow-up.
    """
    contact = entry.contact
    settled = entry != done.last.get(contact.client_id) or follow_up_settled(entry, seen_on)
    day = contact.follow_up_on
    follow = f", {words.follow_up(dates.short_date(day), settled=settled)}" if day else ""
    return day_of(entry.written_at), words.what(contact.outcome, contact.reason) + follow, contact.who, contact.note
