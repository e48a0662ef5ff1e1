"""My caseload: today's worklist, which empties as contacts are noted; then everyone in care."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import streamlit as st
from markupsafe import Markup

from dashboard.access import noting
from dashboard.charts.sparkline import weekly_meetings
from dashboard.context import Context
from dashboard.links import EVERYONE, KEPT, SOBRIETY_UNKNOWN, client_link, token_of
from dashboard.markup import render
from dashboard.queries import caseload as queries
from dashboard.queries.caseload import Client
from dashboard.queries.snapshot import NO_LIMIT, Caseload
from dashboard.sections import outreach
from dashboard.sections.heading import heading
from dashboard.sections.records import MARK, as_csv, file_name
from dashboard.sections.saving import saving
from dashboard.sheet import Row, Sheet
from pipelines.definitions import rules
from pipelines.journal.store import SNOOZED, Entry, Journal, day_of
from pipelines.wording import amounts, involvement, labels
from pipelines.wording import worklist as words
from pipelines.worklist import Done, Place, Reasons, follow_up_due, follow_up_settled, place

FLAGGED, NO_SPONSOR = "Flagged", "No sponsor"
NOT_STARTED = "No meeting yet"
EVERY_CARD = "every-card"  # in the session: of whose caseload
NEEDS = ("attendance", "checkins", "episodes", "sessions", "absences", "crises")


@dataclass(frozen=True)
class Desk:
    """What the parts of the page share: whose caseload it is, the day by the clinic's clock, and what was done about
    each client.

    `places`: who is where on the worklist of the day, in the order of the caseload. `cards`: those to call who have a
    card. `clients`: those of whom the page shows more than the name.
    """

    context: Context
    chosen: str
    whose: Caseload
    who: str
    today: date
    journal: Journal | None
    done: Done
    places: Mapping[Place, Sequence[str]]
    cards: Sequence[str]
    clients: Mapping[str, Client]

    def of_several(self) -> bool:
        """Whether the page shows clients of more than one therapist, and so has to say whose each is."""
        return self.whose.therapist_id is None and len({each.therapist_id for each in self.clients.values()}) > 1

    def of(self, client_ids: Sequence[str]) -> list[Client]:
        """The clients with these ids, who are among those shown."""
        return [self.clients[client_id] for client_id in client_ids]

    def links(self, client_ids: Iterable[str]) -> dict[str, str]:
        """The addresses of the pages of these clients."""
        return {client_id: client_link(self.context.home, client_id) for client_id in client_ids}

    def follow_up(self, client: Client) -> str:
        """Since when a follow-up with the client is due; nothing if none is."""
        since = follow_up_due(self.done.last.get(client.client_id), client.last_session, self.today)
        return words.due(since, self.today) if since else ""

    def outreach(self, client: Client) -> str:
        """What was done about the client last, and when."""
        last = self.done.last.get(client.client_id)
        if last is None:
            return ""
        contact, settled = last.contact, follow_up_settled(last, client.last_session)
        on = day_of(last.written_at)
        return words.contact(contact.outcome, contact.reason, on, contact.follow_up_on, self.today, settled=settled)


def page(context: Context) -> None:
    """Draw the page."""
    skips = st.empty()  # filled once there is something to skip to
    heading(context, "My caseload", needs=NEEDS, warns=True)
    therapists = queries.therapists(context.snapshot, context.viewer.caseload)
    if not therapists:
        st.html(render("nobody_in_care"))
        return
    chosen = choose_therapist(context, therapists)
    if chosen is None:
        return
    skips.html(render("skip", skips=[("today", "Skip to today’s calls"), ("everyone", "Skip to everyone in care")]))
    noting.seen(context, "view_caseload", about=chosen)
    desk = at_desk(context, chosen)
    outreach.announcement()
    since_last_visit(desk)
    today(desk)
    reassessments(desk)
    listed = everyone(desk)
    by_id = {client.client_id: outreach.Known.of(client) for client in (*desk.clients.values(), *listed)}
    outreach.dialogs(context, desk.journal, by_id, desk.who, partial(noted, desk))


def choose_therapist(context: Context, therapists: Sequence[queries.Therapist]) -> str | None:
    """Whose caseload; None, and the question on the page, until somebody has chosen."""
    ids = [each.therapist_id for each in therapists]
    if context.viewer.caseload.therapist_id is not None:
        return context.viewer.caseload.therapist_id
    if ids == [labels.UNKNOWN]:  # no export names a therapist, so there is nothing to choose
        return EVERYONE
    asked = st.query_params.get("therapist")
    if asked is not None and asked not in map(labels.therapist, (*ids, EVERYONE)):  # as the choice is written there
        st.info("The link names a therapist who has no client in care. Choose whose caseload to see.")
    chosen = st.selectbox(
        "Therapist",
        [*ids, EVERYONE],
        index=None,
        placeholder="Whose caseload?",
        key="therapist",
        format_func=labels.therapist,
        width=240,
        **KEPT,
    )
    # The browser keeps the choice (static/desk.js), until a sign-in says who somebody is.
    st.html(render("whose", therapist=chosen))
    return chosen


def at_desk(context: Context, chosen: str) -> Desk:
    """The caseload chosen, with what was done about its clients."""
    whose = context.viewer.caseload if chosen == EVERYONE else context.viewer.caseload.of(chosen)
    journal, day = outreach.open_journal(context.home), date.today()
    done = outreach.done_last(journal, None if chosen == EVERYONE else queries.in_care(context.snapshot, whose))
    standing = queries.standing(context.snapshot, whose, done.concerns(day))
    places = placed(standing, done, day)
    due = {each.client_id for each in standing if follow_up_due(done.last.get(each.client_id), each.seen_on, day)}
    room = queries.SHOWN if every_card(chosen) else min(queries.CARDS, queries.SHOWN)
    cards = with_a_card(places[Place.TO_CALL], due, room)
    also = [*cards, *places[Place.DONE_TODAY], *places[Place.SNOOZED]]
    clients = queries.caseload(context.snapshot, whose, queries.Filters(), also=also)
    return Desk(
        context,
        chosen,
        whose,
        context.viewer.who or chosen,
        day,
        journal,
        done,
        places,
        cards,
        {each.client_id: each for each in clients},
    )


def placed(standing: Sequence[Reasons], done: Done, day: date) -> dict[Place, list[str]]:
    """Where each client is on the worklist of a day; see `Desk`."""
    found: dict[Place, list[str]] = {each: [] for each in Place}
    for each in standing:
        found[place(each, done, day)].append(each.client_id)
    return found


def with_a_card(to_call: Sequence[str], due: Collection[str], room: int) -> list[str]:
    """Those to call whom the page has room for, in their order. Those of `due` come in wherever they are in it."""
    return [client_id for at, client_id in enumerate(to_call) if at < room or client_id in due]


def every_card(chosen: str) -> bool:
    """Whether somebody asked for the cards of all who are to be called, of the therapist shown."""
    return bool(st.session_state.get(EVERY_CARD) == chosen)


def draw_every_card(chosen: str, first: str) -> None:
    """Draw them from now on, and go to the `first` of those that were not there, by the token of its link."""
    st.session_state[EVERY_CARD] = chosen
    outreach.announce("Everyone to call is shown.", f"#card-{first}")


def noted(desk: Desk, entry: Entry) -> None:
    """After something was written: what is read out, and where the focus goes."""
    written = entry.contact
    left = [client_id for client_id in desk.places[Place.TO_CALL] if client_id != written.client_id]
    focus = f"#card-{token_of(desk.context.home, left[0])}" if left else "#done-today"
    if written.outcome == SNOOZED:
        outreach.announce(f"Snoozed. {amounts.count(len(left), 'client')} left to call.", focus)
    else:
        outreach.announce(words.announcement(written.outcome, written.reason, len(left)), focus)


def since_last_visit(desk: Desk) -> None:
    """What became known since the therapist was last here; nothing on a first visit."""
    snapshot, as_of = desk.context.snapshot, desk.context.published.as_of
    visit = outreach.last_visit(desk.journal, desk.who, snapshot.number, as_of)
    if visit is None:
        return
    new = queries.news(snapshot, desk.whose, visit.as_of)
    news = {event: [each.client_id for each in new if each.event == event] for event in words.EVENTS}
    st.html(
        render(
            "since_visit",
            visited_on=day_of(visit.seen_at),
            news=news,
            links=desk.links(each.client_id for each in new),
            today=desk.today,
        )
    )


def today(desk: Desk) -> None:
    """The worklist: a card for each client to call; what was done today and who is snoozed, below."""
    places, to_call = desk.places, desk.of(desk.cards)
    response = queries.response(desk.context.snapshot, desk.whose)
    within = rules()["acted_within_days"]
    st.html(
        render(
            "today",
            clients=to_call,
            follow_ups={client.client_id: desk.follow_up(client) for client in to_call},
            outreach={client.client_id: desk.outreach(client) for client in to_call},
            weeks={client.client_id: weeks_of(client) for client in to_call},
            links=desk.links(client.client_id for client in to_call),
            today=desk.today,
            writable=desk.journal is not None,
            progress=words.progress(
                len(places[Place.TO_CALL]), len(places[Place.DONE_TODAY]), len(places[Place.SNOOZED])
            ),
            note=involvement.response(*response, within),
            in_all=len(places[Place.TO_CALL]),
            full=every_card(desk.chosen),
            therapists=desk.of_several(),
        )
    )
    others = [client_id for client_id in places[Place.TO_CALL] if client_id not in desk.cards]
    if others and not every_card(desk.chosen):
        first = token_of(desk.context.home, others[0])
        with st.container(key="every-card"):
            st.button(
                f"Show all {len(places[Place.TO_CALL])} to call", on_click=draw_every_card, args=(desk.chosen, first)
            )
    done_today(desk, desk.of(places[Place.DONE_TODAY]))
    snoozed(desk, desk.of(places[Place.SNOOZED]))
    st.html(
        render(
            "today_foot",
            resting=places[Place.RESTING],
            links=desk.links(places[Place.RESTING]),
            therapists=desk.of_several(),
        )
    )


def reassessments(desk: Desk) -> None:
    """The clients to be asked again half a year after admission who have not been; nothing if there are none."""
    due = queries.reassessments(desk.context.snapshot, desk.whose)
    if due:
        links = desk.links(each.client_id for each in due)
        with st.container(key="reassessments"):
            st.html(render("reassessments", due=due, links=links, as_of=desk.context.published.as_of))
        rows, label = partial(of_reassessments, due), "Save the reassessments due"
        saving(desk.context, "reassessments", "Reassessments due", rows, "", label=label)


def of_reassessments(due: Sequence[queries.Reassessment]) -> Sheet:
    """Who is due, as a table of clients."""
    rows = [Row([each.client_id], [each.admitted_on, each.left_on, each.window_closes]) for each in due]
    meaning = "Clients whose window for a reassessment is open and who have not been reassessed."
    return Sheet("Reassessments due", meaning, ["client_id", "admitted_on", "left_on", "window_closes"], rows, MARK)


def done_today(desk: Desk, clients: Sequence[Client]) -> None:
    """A line for each client who was contacted today, with a text to copy and Undo."""
    if not clients:
        return
    with st.container(key="done", gap="small"):
        st.html('<h2 id="done-today" class="mw-section" tabindex="-1">Done today</h2>')
        for client in clients:
            entry = desk.done.last[client.client_id]
            line(
                desk,
                client,
                desk.outreach(client),
                outreach.Known.of(client).record_line(entry),
                entry,
                "Undo",
            )


def snoozed(desk: Desk, clients: Sequence[Client]) -> None:
    """A line for each client who is off the worklist until a day."""
    if not clients:
        return
    with st.container(key="snoozed", gap="small"):
        st.html('<h2 class="mw-section">Snoozed</h2>')
        for client in clients:
            entry = desk.done.snoozed[client.client_id]
            until = words.snoozed(entry.contact.follow_up_on or desk.today, entry.contact.reason, desk.today)
            line(desk, client, until, "", entry, "Bring back")


def line(desk: Desk, client: Client, text: str, copied: str, entry: Entry, back: str) -> None:
    """A client in one line, and the button that takes back what was written."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line-{client.client_id}"):
        links = desk.links([client.client_id])
        st.html(
            render("done_line", client_id=client.client_id, text=text, copied=copied, links=links),
            width="stretch",
        )
        focus = f"#card-{token_of(desk.context.home, client.client_id)}"  # the client's card is there again
        undo = (desk.journal, entry, desk.who, focus)
        st.button(back, key=f"undo-{client.client_id}", on_click=outreach.take_back, args=undo, type="tertiary")


def everyone(desk: Desk) -> Sequence[Client]:
    """Everyone in care: found, filtered and sorted, a line a client. Returns who is shown."""
    filters, sort, counts = chosen_list(desk)
    everybody = filters == queries.Filters() and sort == "priority"
    clients = (
        list(desk.clients.values())[: queries.SHOWN]
        if everybody
        else queries.caseload(desk.context.snapshot, desk.whose, filters, sort)
    )
    # The client's page goes through this list, and comes back to it with the same filters.
    st.session_state["order"] = [client.client_id for client in clients]
    dialogs = (outreach.NOTE, outreach.SNOOZE)
    st.session_state["list_address"] = {
        name: value for name, value in st.query_params.to_dict().items() if name not in dialogs
    }
    if not clients:
        st.html(render("no_match"))
        return clients
    st.html(
        render(
            "caseload",
            clients=clients,
            matching=clients[0].clients_matching,
            in_all=counts.clients,
            weeks={client.client_id: weeks_of(client) for client in clients},
            on_cards=set(desk.cards),
            links=desk.links(client.client_id for client in clients),
            outreach={client.client_id: desk.outreach(client) for client in clients},
            today=desk.today,
            writable=desk.journal is not None,
            filtered=filters != queries.Filters(),
            therapists=desk.of_several(),
        )
    )
    st.download_button(
        "Save this list (CSV)",
        noting.taken(desk.context, "a caseload as CSV", partial(whole_list, desk, filters, sort)),
        file_name(desk.context, "caseload"),
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        help="Pseudonymised records: keep the file as safely as the dashboard",
    )
    st.html(render("names"))
    return clients


def whole_list(desk: Desk, filters: queries.Filters, sort: str) -> str:
    """The list as a CSV, with every client, including those for whom the page has no room."""
    clients = queries.caseload(desk.context.snapshot, desk.whose, filters, sort, NO_LIMIT)
    return as_csv(desk.context, clients)


def chosen_list(desk: Desk) -> tuple[queries.Filters, str, queries.Counts]:
    """Which clients, in which order, as chosen above the list; and the caseload in numbers."""
    counts = queries.counts(desk.context.snapshot, desk.whose)
    st.html(render("counts", counts=counts))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="finder"):
        find = st.text_input(
            "Find a client",
            key="find",
            type="search",
            live=True,
            persist_state="session",
            placeholder="Part of the ID",
            width=180,
        )
        sort = st.selectbox("Sort by", list(queries.SORTS), key="sort", width=190, **KEPT)
        level = one_of("Level of care", "level", counts.levels_of_care)
        site = one_of("Site", "site", counts.sites)
        addiction = one_of("Primary addiction", "addiction", counts.primary_addictions, width=160)
        program = one_of("Program", "program", counts.programs, width=190)
        kind = one_of("Kind of flag", "kind", list(labels.FLAG_KINDS.values()), width=190)
        new = f"First {rules()['new_in_care_days']} days"
        shown = st.pills(
            "Show only",
            [FLAGGED, SOBRIETY_UNKNOWN, NO_SPONSOR, new, NOT_STARTED],
            selection_mode="multi",
            key="show",
            wrap=True,
            **KEPT,
        )
    filters = queries.Filters(
        find=(find or "").strip() or None,
        flagged=FLAGGED in shown,
        sobriety_unknown=SOBRIETY_UNKNOWN in shown,
        no_sponsor=NO_SPONSOR in shown,
        new_in_care=new in shown,
        not_started=NOT_STARTED in shown,
        flag_kind=next((name for name, title in labels.FLAG_KINDS.items() if title == kind), None),
        site=site,
        level_of_care=level,
        primary_addiction=addiction,
        program=program,
    )
    return filters, queries.SORTS[sort], counts


def weeks_of(client: Client) -> Markup:
    """The client's weeks of meetings, on a scale of the client's own."""
    return weekly_meetings(client.meetings, client.exposure, usual=client.usual, recent_weeks=client.recent_weeks)


def one_of(label: str, key: str, choices: list[str], width: int = 136) -> str | None:
    """A filter on one of the choices, if there is more than one to choose from."""
    if len(choices) < 2:
        return None
    return st.selectbox(label, choices, index=None, placeholder="All", key=key, width=width, **KEPT)
