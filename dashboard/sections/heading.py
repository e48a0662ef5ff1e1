"""The head of every page: its title, how fresh the data are, and what was not taken."""

from __future__ import annotations

import streamlit as st

from dashboard.markup import render
from dashboard.queries.published import Published
from pipelines.wording import phrases


def heading(title: str) -> None:
    """Draw the head of a page."""
    about: Published = st.session_state["published"]
    not_taken = [
        phrases.count(about.files_refused, "file") if about.files_refused else "",
        phrases.count(about.rows_rejected, "row") if about.rows_rejected else "",
    ]
    label = f"{' and '.join(filter(None, not_taken))} not taken" if any(not_taken) else ""
    if about.rows_later:
        label = ", ".join(filter(None, [label, f"{phrases.count(about.rows_later, 'row')} of days after the data"]))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="heading"):
        st.html(render("head", title=title, freshness=st.session_state["freshness"], stale=st.session_state["stale"]))
        if label:
            st.page_link("views/data.py", label=label, width="content")
