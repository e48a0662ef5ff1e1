"""What was done about clients: the journal, the dialog that notes a contact, and the one that snoozes a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import streamlit as st

from dashboard.context import Context
from dashboard.links import client_of
from dashboard.markup import render
from dashboard.queries import caseload
from dashboard.queries import client as queries
from pipelines import settings
from pipelines.journal.store import (
    SNOOZED,
    Contact,
    ContactError,
    Entry,
    Journal,
    JournalUnavailableError,
    Visit,
    day_of,
)
from pipelines.wording import dates
from pipelines.wording import worklist as words
from pipelines.worklist import Done

NOT_NEEDED = "no_contact_needed"
ANOTHER_DAY = "Another day"
NOTE, SNOOZE = "note", "snooze"  # in the address: whose dialog is open, by the token of the client's link


@dataclass(frozen=True)
class Known:
    """What a contact with a client is about: for the journal, and for the line to paste into the health record."""

    client_id: str
    flag_week: date | None
    flag_kind: str | None
    open_crises: int
    recent_use: bool
    usual: float | None
    recent: float | None

    @classmethod
    def of(cls, client: caseload.Client | queries.Client) -> Known:
        """What is known of a client in a list, or on a page of the client's own."""
        return cls(
            client.client_id,
            client.flag_week if client.flagged else None,
            client.flag_kind if client.flagged else None,
            client.open_crises,
            client.sobriety_status == "recent_use",
            client.usual,
            client.recent,
        )

    def record_line(self, entry: Entry) -> str:
        """The line for the health record that says what was done."""
        contact = entry.contact
        about = words.about(self.flag_kind, self.open_crises, self.recent_use)
        return words.record_line(
            day_of(entry.written_at), contact.outcome, contact.reason, about, self.usual, self.recent
        )


def open_journal(home: Path) -> Journal | None:
    """The journal of a home; None, and the reason in a message on the page, if it cannot be used."""
    try:
        return _journal(home)
    except (JournalUnavailableError, settings.SettingsError) as error:
        st.warning(str(error))
        return None


@lru_cache(maxsize=4)
def _journal(home: Path) -> Journal:
    return Journal.of(home, settings.load(home))


def done(journal: Journal | None, client_id: str) -> Done:
    """What was done about a client; a message on the page if the journal cannot be read."""
    return _done(lambda: journal.entries([client_id]) if journal else [])


def done_last(journal: Journal | None, client_ids: Sequence[str] | None) -> Done:
    """The same, but only what was done last about each of these clients, or about each of the clinic's."""
    return _done(lambda: journal.latest(client_ids) if journal else [])


def _done(entries: Callable[[], Sequence[Entry]]) -> Done:
    try:
        return Done.of(entries())
    except JournalUnavailableError as error:
        st.warning(f"{error} This page is shown without the contacts.")
        return Done()


def last_visit(journal: Journal | None, who: str, snapshot: int, as_of: date) -> Visit | None:
    """The last visit to earlier data, and this one is noted; None on a first visit, or without the journal."""
    if journal is None:
        return None
    try:
        before = journal.last_visit(who, as_of)
        _note_visit(journal, who, snapshot, as_of)
    except JournalUnavailableError:  # the page says so beside the contacts
        return None
    return before


@lru_cache(maxsize=1024)  # looking at the same data is one visit, however often the page is drawn
def _note_visit(journal: Journal, who: str, snapshot: int, as_of: date) -> None:
    journal.visited(who, snapshot, as_of)


def take_back(journal: Journal, entry: Entry, who: str, focus: str) -> None:
    """Take an entry back, and move the focus to what `focus` selects; or say on the page why it stays."""
    try:
        journal.withdraw(entry, who)
    except JournalUnavailableError as error:
        st.session_state["trouble"] = str(error)
    else:
        announce("Taken back.", focus)


def announce(text: str, focus: str = "") -> None:
    """Have a screen reader say a text when the page is next drawn, and move the focus to what `focus` selects."""
    number = st.session_state.get("announced", (0, "", ""))[0] + 1
    st.session_state["announced"] = (number, text, focus)


def announcement() -> None:
    """Draw what `announce` asked for, and what could not be taken back; once a page."""
    trouble = st.session_state.pop("trouble", "")
    if trouble:
        st.error(trouble)
    number, text, focus = st.session_state.get("announced", (0, "", ""))
    st.html(render("announcement", number=number, text=text, focus=focus))


@dataclass
class _Form:
    """A dialog that was opened for a client: whether it has written what it is for, and why it could not."""

    client_id: str
    kind: str
    written: bool = False
    problem: str = ""


def dialogs(
    context: Context, journal: Journal | None, clients: Mapping[str, Known], who: str, after: Callable[[Entry], None]
) -> None:
    """The dialog that the address asks for, if any. `after` is called with what was written."""
    for kind, draw in ((NOTE, _note), (SNOOZE, _snooze)):
        client_id = client_of(context.home, context.snapshot, st.query_params.get(kind))
        if journal is None or client_id is None or client_id not in clients:
            continue
        form: _Form | None = st.session_state.get("form")
        if form is None or form.written or (form.client_id, form.kind) != (client_id, kind):
            form = st.session_state["form"] = _Form(client_id, kind)
        draw(journal, clients[client_id], form, who, after)
        return


def _close() -> None:
    for kind in (NOTE, SNOOZE):
        st.query_params.pop(kind, None)
    st.session_state.pop("form", None)


def _writer(
    journal: Journal, known: Known, form: _Form, who: str, after: Callable[[Entry], None]
) -> Callable[..., None]:
    """What the dialogs' buttons call: it writes once, or says in the form why it could not."""

    def write(outcome: str, reason: str | None = None) -> None:
        if form.written:  # the second click of an accidental double click
            return
        typed = st.session_state
        follow_up_on = _chosen_day(form.kind)
        contact = Contact(
            client_id=known.client_id,
            flag_week=known.flag_week,
            outcome=outcome,
            reason=reason,
            follow_up_on=follow_up_on,
            remind=follow_up_on is not None,
            note=(typed.get("contact-note") or None) if outcome != SNOOZED else None,
            who=who,
        )
        try:
            entry = journal.write(contact)
        except (ContactError, JournalUnavailableError) as error:
            form.problem = str(error)  # the dialog stays as it is, with all that was typed
            return
        form.written, form.problem = True, ""
        for kind in (NOTE, SNOOZE):
            st.query_params.pop(kind, None)
        after(entry)

    return write


def days_to_choose(today: date) -> dict[str, date]:
    """The days that are offered for a follow-up or the end of a snooze, by their names."""
    return {
        "Tomorrow": today + timedelta(days=1),
        "In a week": today + timedelta(days=7),
        "Next Monday": today + timedelta(days=7 - today.weekday()),
    }


def _chosen_day(kind: str) -> date | None:
    chosen = st.session_state.get(f"{kind}-chip")
    if chosen == ANOTHER_DAY:
        day: date | None = st.session_state.get(f"{kind}-day")
        return day
    return days_to_choose(date.today()).get(chosen or "")


def _choose_day(label: str, kind: str) -> None:
    """Chips for the usual days, and a calendar for any other."""
    chosen = st.pills(label, [*days_to_choose(date.today()), ANOTHER_DAY], key=f"{kind}-chip")
    if chosen == ANOTHER_DAY:
        st.date_input("Day", value=None, min_value="today", format=dates.calendar(), key=f"{kind}-day", width=180)


def _begun(
    journal: Journal, known: Known, form: _Form, who: str, after: Callable[[Entry], None]
) -> Callable[..., None]:
    """Draw the head of a dialog, which closes once it has written; return what its buttons call."""
    if form.written:
        st.rerun()
    st.html(render("dialog_client", known=known))
    if form.problem:
        st.error(form.problem)
    return _writer(journal, known, form, who, after)


@st.dialog("Note a contact", on_dismiss=_close)
def _note(journal: Journal, known: Known, form: _Form, who: str, after: Callable[[Entry], None]) -> None:
    """What may have been done, each a button that writes it; before it, when to come back to it."""
    write = _begun(journal, known, form, who, after)
    _choose_day("Remind me", NOTE)
    if journal.notes:
        st.text_input("Note", key="contact-note", placeholder="No names, and nothing that could identify anyone")
    with st.container(key="outcomes", gap="small"):
        for number, (outcome, label) in enumerate(words.OUTCOMES.items(), start=1):
            if outcome != NOT_NEEDED:
                st.button(
                    label,
                    key=f"outcome-{outcome}",
                    on_click=write,
                    args=(outcome,),
                    shortcut=str(number),
                    width="stretch",
                )
        st.html(render("not_needed", label=words.OUTCOMES[NOT_NEEDED]))
        with st.container(horizontal=True, gap="small"):
            for reason, label in words.REASONS.items():
                st.button(label, key=f"reason-{reason}", on_click=write, args=(NOT_NEEDED, reason))


@st.dialog("Snooze", on_dismiss=_close)
def _snooze(journal: Journal, known: Known, form: _Form, who: str, after: Callable[[Entry], None]) -> None:
    """Until when the client is off the worklist."""
    write = _begun(journal, known, form, who, after)
    _choose_day("Off the worklist until", SNOOZE)
    with st.container(key="outcomes", horizontal=True, gap="small"):
        st.button("Snooze", key="snooze-plain", on_click=write, args=(SNOOZED,), shortcut="1")
        st.button(
            "We have a session that day", key="snooze-session", on_click=write, args=(SNOOZED, "session"), shortcut="2"
        )
