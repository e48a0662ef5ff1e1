"""My caseload: what changed, whom to call first and why, and what was done about it; then everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.charts.sparkline import scale_top, weekly_meetings
from dashboard.context import Context
from dashboard.links import client_link
from dashboard.markup import render
from dashboard.queries import caseload as queries
from dashboard.queries.caseload import Client
from dashboard.queries.snapshot import Scope
from dashboard.sections import outreach
from dashboard.sections.heading import heading
from pipelines.journal.store import Journal
from pipelines.wording import amounts, clients, dates, flags, labels

FIRST = 6  # cards at the top; the table holds everyone
FLAGGED, SOBRIETY_UNKNOWN, NO_SPONSOR, NEW = "Flagged", "Sobriety unknown", "No sponsor", "First 30 days"
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}  # a value that no one knows is ignored


@dataclass(frozen=True)
class Desk:
    """What the parts of the page share: whose it is, the day by the clinic's clock, and what was done about whom."""

    therapist: str
    today: date
    journal: Journal | None
    done: outreach.Done
    links: dict[str, str]

    def last_contact(self, client: Client) -> str:
        """The day of the last contact of any kind: a check-in or session in the data, or one noted in the journal."""
        days = [day for day in (client.last_contact, self.done.reached_on.get(client.client_id)) if day]
        return dates.on(max(days, default=None), self.today)

    def contact_form(self, client_id: str, flag_week: date | None, part: str) -> None:
        """The form of a client in a part of the page."""
        if self.journal:
            last = self.done.last.get(client_id)
            outreach.contact_form(self.journal, client_id, flag_week, self.therapist, f"{part}-{client_id}", last)


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "My caseload")
    home, snapshot = context.home, context.snapshot
    therapists = queries.therapists(snapshot, context.viewer.scope)
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

    scope, filters, counts = chosen(context, therapists)
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
            note=flags.response(*queries.response(snapshot, scope)),
        )
    )
    mine = queries.in_care(snapshot, scope)
    journal = outreach.open_journal(home)
    desk = Desk(
        scope.therapist_id or labels.UNKNOWN,
        date.today(),
        journal,
        outreach.done(journal, mine),
        {client_id: client_link(home, client_id) for client_id in mine},
    )
    since_last_visit(context, scope, desk)
    follow_ups(desk)
    the_list(clients, counts, filters, desk)


def the_list(clients: Sequence[Client], counts: queries.Counts, filters: queries.Filters, desk: Desk) -> None:
    """The cards of those to call first, and the table of everyone."""
    if not clients:
        st.html(
            render("notice", title="No client fits these filters", text="Clear one of them to see more.", command="")
        )
        return
    top = scale_top([client.meetings for client in clients])
    weeks = {client.client_id: weeks_of(client, top) for client in clients}
    call_first([client for client in clients if client.call_first][:FIRST], weeks, desk)
    matching = clients[0].clients_matching
    st.html(render("priority"))
    st.html(
        render(
            "caseload",
            clients=clients,
            matching=matching,
            weeks=weeks,
            top=top,
            links=desk.links,
            last_contact={client.client_id: desk.last_contact(client) for client in clients},
            outreach={client_id: outreach.said(entry) for client_id, entry in desk.done.last.items()},
            title="The whole caseload" if filters == queries.Filters() else "Filtered",
            subtitle=f"{matching:,} of {amounts.count(counts.clients, 'client')}, in the order to call",
        )
    )


def chosen(context: Context, therapists: Sequence[queries.Therapist]) -> tuple[Scope, queries.Filters, queries.Counts]:
    """Whose caseload, and which of its clients, as chosen at the top of the page; and the caseload in numbers."""
    asked = st.query_params.get("therapist")
    if asked is not None and asked not in {each.therapist_id for each in therapists}:
        st.info("The link names a therapist who has no client in care in these data. Choose whose caseload to see.")
    with st.container(horizontal=True, gap="small"):
        therapist = st.selectbox(
            "Therapist",
            [each.therapist_id for each in therapists],
            key="therapist",
            format_func=labels.therapist,
            width=136,
            **KEPT,
        )
        scope = context.viewer.scope.of(therapist)
        counts = queries.counts(context.snapshot, scope)
        level = one_of("Level of care", "level", counts.levels_of_care)
        site = one_of("Site", "site", counts.sites)
        kind = one_of("Kind of flag", "kind", list(labels.FLAG_KINDS.values()), width=200)
        shown = st.pills(
            "Show only",
            [FLAGGED, SOBRIETY_UNKNOWN, NO_SPONSOR, NEW],
            selection_mode="multi",
            key="show",
            wrap=True,
            **KEPT,
        )
    filters = queries.Filters(
        flagged=FLAGGED in shown,
        sobriety_unknown=SOBRIETY_UNKNOWN in shown,
        no_sponsor=NO_SPONSOR in shown,
        new_in_care=NEW in shown,
        flag_kind=next((name for name, words in labels.FLAG_KINDS.items() if words == kind), None),
        site=site,
        level_of_care=level,
    )
    return scope, filters, counts


def since_last_visit(context: Context, scope: Scope, desk: Desk) -> None:
    """What became known since the therapist was last here; nothing on a first visit."""
    snapshot, as_of = context.snapshot, context.published.as_of
    visit = outreach.last_visit(desk.journal, desk.therapist, int(snapshot.stem), as_of)
    if visit is None:
        return
    known = queries.news(snapshot, scope, visit.as_of)
    news = {event: [each.client_id for each in known if each.event == event] for event in queries.EVENTS}
    st.html(render("since_visit", visited_on=outreach.day_of(visit.seen_at), news=news, links=desk.links))


def follow_ups(desk: Desk) -> None:
    """The clients whom the therapist asked to be reminded of by today."""
    due = {
        entry.contact.client_id: clients.due(entry.contact.follow_up_on or desk.today, desk.today)
        for entry in desk.done.due(desk.today)
    }
    due |= {
        client_id: "done"
        for client_id, last in desk.done.last.items()
        if client_id not in due and outreach.noted_here(f"due-{client_id}", last)
    }
    if not due:
        return
    with st.container(key="due", gap="small"):
        st.html('<h2 class="mw-section">Follow-ups due</h2>')
        for client_id, words in due.items():
            with st.container(key=f"follow-{client_id}", gap="small"):
                st.html(render("follow_up", client_id=client_id, due=words, links=desk.links))
                desk.contact_form(client_id, desk.done.last[client_id].contact.flag_week, "due")


def call_first(clients: Sequence[Client], weeks: dict[str, Markup], desk: Desk) -> None:
    """A card for each client to call first: why, what was done last, and the form to note what is done now."""
    if not clients:
        st.html(render("nobody_first"))
        return
    with st.container(key="first", gap=None):
        st.html('<h2 id="call-first" class="mw-section">Call first</h2>')
        for client in clients:
            with st.container(key=f"card-{client.client_id}", gap="small"):
                st.html(
                    render(
                        "call_first",
                        client=client,
                        weeks=weeks[client.client_id],
                        last_contact=desk.last_contact(client),
                        links=desk.links,
                    )
                )
                desk.contact_form(client.client_id, client.flag_week if client.flagged else None, "call")


def weeks_of(client: Client, top: int) -> Markup:
    """The client's weeks, on the scale of the page."""
    return weekly_meetings(
        client.meetings,
        client.exposure,
        usual=client.usual,
        recent_weeks=client.recent_weeks,
        top=top,
    )


def one_of(label: str, key: str, choices: list[str], width: int = 136) -> str | None:
    """A filter on one of the choices, where there is more than one to choose from."""
    if len(choices) < 2:
        return None
    return st.selectbox(label, choices, index=None, placeholder="All", key=key, width=width, **KEPT)
