"""The loop closed: what was done about a client, noted in the journal in two clicks from wherever a flag is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import streamlit as st

from dashboard.markup import render
from pipelines import settings
from pipelines.journal.store import (
    OUTCOMES,
    REASONS,
    Contact,
    ContactError,
    Entry,
    Journal,
    JournalUnavailableError,
    Visit,
)
from pipelines.wording import dates

NOT_NEEDED = "no_contact_needed"
REACHED = ("contacted", "talked_in_session")  # the outcomes in which client and therapist spoke


def open_journal(home: Path) -> Journal | None:
    """The journal of a home; None, and why in a message on the page, where it cannot be had."""
    try:
        return _journal(home)
    except (JournalUnavailableError, settings.SettingsError) as error:
        st.warning(str(error))
        return None


@lru_cache(maxsize=4)
def _journal(home: Path) -> Journal:
    return Journal.of(home, settings.load(home))


@dataclass(frozen=True)
class Done:
    """What was done about clients: the entries that stand, newest first; each client's last, and when last reached."""

    standing: list[Entry] = field(default_factory=list)
    last: dict[str, Entry] = field(default_factory=dict)
    reached_on: dict[str, date] = field(default_factory=dict)

    def due(self, today: date) -> list[Entry]:
        """The entries that ask to be reminded of a follow-up today or before, those due longest first."""
        due = [
            (entry.contact.follow_up_on, client_id, entry)
            for client_id, entry in self.last.items()
            if entry.contact.remind and entry.contact.follow_up_on and entry.contact.follow_up_on <= today
        ]
        return [entry for *_, entry in sorted(due, key=lambda each: each[:2])]


def done(journal: Journal | None, client_ids: Sequence[str]) -> Done:
    """What was done about these clients, as the journal says now; a message on the page where it cannot be read."""
    try:
        entries = journal.entries(client_ids) if journal else []
    except JournalUnavailableError as error:
        st.warning(f"{error} This page stands without what was done.")
        return Done()
    oldest_first = [entry for entry in reversed(entries) if not entry.corrected]
    return Done(
        standing=oldest_first[::-1],
        last={entry.contact.client_id: entry for entry in oldest_first},
        reached_on={
            entry.contact.client_id: day_of(entry.written_at)
            for entry in oldest_first
            if entry.contact.outcome in REACHED
        },
    )


def day_of(moment: datetime) -> date:
    """The day of a moment of the journal (UTC), by the clock of the clinic."""
    return moment.replace(tzinfo=UTC).astimezone().date()


def last_visit(journal: Journal | None, who: str, snapshot: int, as_of: date) -> Visit | None:
    """The last visit to earlier data, and this one is noted; None on a first visit, or without the journal."""
    if journal is None:
        return None
    try:
        before = journal.last_visit(who, as_of)
        _note_visit(journal, who, snapshot, as_of)
    except JournalUnavailableError:  # the page says so where it tells what was done
        return None
    return before


@lru_cache(maxsize=1024)  # one look at the same data is one visit, however often the page is drawn
def _note_visit(journal: Journal, who: str, snapshot: int, as_of: date) -> None:
    journal.visited(who, snapshot, as_of)


def said(entry: Entry) -> str:
    """What was done, and when: `Left a message 20 Nov, follow up on 26 Nov`."""
    contact = entry.contact
    when = dates.on(day_of(entry.written_at), date.today())
    then = f", follow up on {contact.follow_up_on.day} {contact.follow_up_on:%b}" if contact.follow_up_on else ""
    return f"{what(contact)} {when}{then}"


def what(contact: Contact) -> str:
    """What was done: `No contact needed (work shift)`."""
    return OUTCOMES[contact.outcome] + (f" ({REASONS[contact.reason].lower()})" if contact.reason else "")


@dataclass
class _Form:
    """How far a form is: open or not, what it has written, and why it could not write."""

    open: bool = False
    written: Entry | None = None
    problem: str = ""
    is_news: bool = False  # the journal holds what the page does not show yet


def noted_here(key: str, last: Entry | None) -> bool:
    """Whether it was the form of this key, in this session, that noted what was done last: there it can be undone."""
    form: _Form | None = st.session_state.get(f"{key}-form")
    return form is not None and form.written is not None and form.written == last


@st.fragment
def contact_form(
    journal: Journal, client_id: str, flag_week: date | None, who: str, key: str, last: Entry | None = None
) -> None:
    """A button that opens what may have been done; a second click, on what was, writes it into the journal.

    `who`: the therapist who did it. `key` tells the forms of a page apart. `last`: what was done last, told beside the
    button. After a write the whole page is drawn anew.
    """
    form: _Form = st.session_state.setdefault(f"{key}-form", _Form())
    if form.is_news:
        form.is_news = False
        st.rerun()

    def write(outcome: str, reason: str | None = None) -> None:
        if not form.open:  # the second click of a hasty double click
            return
        typed = st.session_state
        try:
            form.written = journal.write(
                Contact(
                    client_id=client_id,
                    flag_week=flag_week,
                    outcome=outcome,
                    reason=reason,
                    follow_up_on=typed[f"{key}-follow-up"],
                    remind=typed[f"{key}-remind"],
                    note=typed.get(f"{key}-note") or None,
                    who=who,
                )
            )
        except (ContactError, JournalUnavailableError) as error:
            form.problem = str(error)  # the form stays as it is, with all that was typed
        else:
            form.open, form.problem, form.is_news = False, "", True

    def undo(written: Entry) -> None:
        try:
            journal.withdraw(written, who)
        except JournalUnavailableError as error:
            form.problem = str(error)
        else:
            form.written, form.problem, form.is_news = None, "", True

    def turn() -> None:
        form.open, form.problem = not form.open, ""

    with st.container(key=f"{key}-outcomes", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            icon = ":material/expand_less:" if form.open else ":material/expand_more:"
            st.button("Note a contact", key=f"{key}-turn", on_click=turn, icon=icon, icon_position="right")
            if last is not None:
                st.html(render("last_done", said=said(last), is_new=noted_here(key, last)), width="content")
            if noted_here(key, last):
                st.button("Undo", key=f"{key}-undo", on_click=undo, args=(last,), type="tertiary")
        if form.problem:
            st.error(form.problem)
        if form.open:
            _choices(journal, key, write)


def _choices(journal: Journal, key: str, write: Callable[..., None]) -> None:
    """What may have been done, each a button that writes; before it, whether to come back to it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.date_input(
            "Follow up on", value=None, min_value="today", format="YYYY-MM-DD", key=f"{key}-follow-up", width=180
        )
        st.checkbox(
            "Remind me",
            key=f"{key}-remind",
            help="From that day on the client stands under “Follow-ups due”, at the top of the caseload.",
        )
        if journal.notes:
            st.text_input("Note", key=f"{key}-note", placeholder="No names, nothing that tells who it is", width=320)
    with st.container(horizontal=True, gap="small"):
        for outcome, label in OUTCOMES.items():
            if outcome != NOT_NEEDED:
                st.button(label, key=f"{key}-{outcome}", on_click=write, args=(outcome,))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(render("not_needed", label=OUTCOMES[NOT_NEEDED]), width="content")
        for reason, label in REASONS.items():
            st.button(label, key=f"{key}-{reason}", on_click=write, args=(NOT_NEEDED, reason))
