"""One client: why now, what was done, the story on one axis of time, and the work beside the meetings."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.charts.story import story
from dashboard.context import Context
from dashboard.links import client_link, client_of
from dashboard.markup import render
from dashboard.queries import caseload
from dashboard.queries import client as queries
from dashboard.sections import outreach
from dashboard.sections.suggestions import meetings_to_suggest
from dashboard.sections.work import work_beside
from pipelines.journal.store import Entry
from pipelines.wording import dates, freshness, labels

SPANS: dict[str, int | None] = {"26 weeks": 26, "52 weeks": 52, "All": None}


def page(context: Context) -> None:
    """Draw the page of the client whose token is in the address."""
    home, snapshot = context.home, context.snapshot
    client_id = client_of(home, snapshot, st.query_params.get("c"))
    client = queries.client(snapshot, context.viewer.scope, client_id) if client_id else None
    if client is None:
        st.html(render("no_client"))
        return
    go_through(context, client)
    weeks = queries.weeks(snapshot, client.client_id, SPANS["26 weeks"])
    about = context.published
    st.html(
        render(
            "client",
            client=client,
            exposure=[week.exposure for week in weeks],
            freshness=freshness.freshness(about.as_of, about.published, int(snapshot.stem)),
            stale=freshness.stale(about.as_of, date.today(), about.date_basis),
        )
    )
    done = contacts(context, client)
    flags = queries.flags(snapshot, client.client_id)
    if flags:
        st.html(render("flag_history", flags=flags))
    week_by_week(context, client, weeks, done)
    if client.in_care:
        work_beside(snapshot, client.client_id, away=bool(client.away_until))
        meetings_to_suggest(snapshot, client.client_id)


def contacts(context: Context, client: queries.Client) -> outreach.Done:
    """The form to note a contact, and the contacts made so far."""
    journal = outreach.open_journal(context.home)
    done = outreach.done(journal, [client.client_id])
    if journal and client.in_care:
        flag_week = client.flag_week if client.flagged else None
        who = client.therapist_id or labels.UNKNOWN
        outreach.contact_form(journal, client.client_id, flag_week, who, "client", done.last.get(client.client_id))
    if done.standing:
        st.html(render("contacts", entries=[contact_line(entry) for entry in done.standing]))
    return done


def week_by_week(context: Context, client: queries.Client, weeks: list[queries.Week], done: outreach.Done) -> None:
    """The story on one axis of time, over the weeks that the reader chooses."""
    chosen = st.segmented_control(
        "Show", list(SPANS), default="26 weeks", key="span", bind="query-params", label_visibility="collapsed"
    )
    if chosen and chosen != "26 weeks":
        weeks = queries.weeks(context.snapshot, client.client_id, SPANS[chosen])
    events = queries.events(context.snapshot, client.client_id, weeks[0].week)
    made = [(outreach.day_of(entry.written_at), outreach.what(entry.contact)) for entry in done.standing]
    st.html(render("story", story=story(weeks, events, made, context.published.as_of)))


def go_through(context: Context, client: queries.Client) -> None:
    """Links to the caseload, and to the clients before and after this one in its order."""
    home = context.home
    with st.container(horizontal=True, vertical_alignment="center", key="go-through"):
        if not client.in_care:
            st.html('<nav class="mw-through"><a href="./">← My caseload</a></nav>')
            return
        whose = context.viewer.scope.of(client.therapist_id or labels.UNKNOWN)
        order = caseload.in_care(context.snapshot, whose)
        here = order.index(client.client_id)
        around = [(n, order[n]) for n in (here - 1, here + 1) if 0 <= n < len(order)]
        st.html(
            render(
                "go_through",
                therapist=client.therapist_id or labels.UNKNOWN,
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
    follow = f", follow up on {dates.short_date(contact.follow_up_on)}" if contact.follow_up_on else ""
    return outreach.day_of(entry.written_at), outreach.what(contact) + follow, contact.who, contact.note
