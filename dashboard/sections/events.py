"""What happened at the clinic, to be read beside the charts: `New evening group`. Kept in the journal."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.context import Context
from dashboard.sections.outreach import open_journal
from pipelines.journal.store import Annotation, ContactError, Journal, JournalUnavailableError
from pipelines.wording import dates, labels


def noted_events(context: Context) -> list[Annotation]:
    """What is noted, by its day; nothing if the journal cannot be read."""
    journal = open_journal(context.home)
    try:
        return journal.annotations() if journal else []
    except JournalUnavailableError as error:
        st.warning(str(error))
        return []


def note_events(context: Context, noted: list[Annotation]) -> None:
    """The form that adds an event, and the events with a button to remove each."""
    journal = open_journal(context.home)
    if journal is None:
        return
    who = context.viewer.who or labels.UNKNOWN
    with st.expander("Events on the charts"):
        st.date_input("Day", value="today", max_value="today", format=dates.calendar(), key="event-day", width=180)
        st.text_input("What happened", key="event-text", max_chars=80, placeholder="New evening group", width=360)
        st.button("Add to the charts", key="event-add", on_click=_add, args=(journal, who))
        trouble = st.session_state.pop("event-trouble", "")
        if trouble:
            st.error(trouble)
        for each in noted:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(f"{dates.short_date(each.happened_on)}: {each.text}")
                st.button("Remove", key=f"event-{each.annotation_id}", on_click=_remove, args=(journal, each, who))


def _add(journal: Journal, who: str) -> None:
    day: date = st.session_state["event-day"]
    try:
        journal.annotate(day, st.session_state["event-text"], who)
    except (ContactError, JournalUnavailableError) as error:
        st.session_state["event-trouble"] = str(error)
    else:
        st.session_state["event-text"] = ""


def _remove(journal: Journal, annotation: Annotation, who: str) -> None:
    try:
        journal.remove_annotation(annotation, who)
    except JournalUnavailableError as error:
        st.session_state["event-trouble"] = str(error)
