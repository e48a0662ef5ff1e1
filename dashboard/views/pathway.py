"""Pathway: from admission to a first meeting, a sponsor and day 90: how many, how soon, and where they leave."""

from __future__ import annotations

import streamlit as st

from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import pathway as queries
from dashboard.sections.heading import heading
from dashboard.sections.notice import command, notice
from pipelines.wording.associations import retained_with_sponsor

STAGES = {
    "admitted": "Admitted",
    "first_meeting": "First meeting",
    "sponsor": "Sponsor",
    "retained": "All three, and in care on day 90",
}


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Pathway", needs=("sessions",))
    if "episodes" not in context.published.came_in:
        notice(
            "Nobody knows yet when clients were admitted",
            "The pathway begins on the day of admission, and only the episodes export says when that was. "
            "What clients do from their first record on is on the other pages. "
            "Put an episodes file beside the other exports (docs/exports.md lists its columns), and run "
            "again, with the folder that holds your exports in place of FOLDER:",
            command(context.home, "run --exports FOLDER"),
        )
        return
    found = queries.pathway(context.snapshot)
    if not found:
        notice(
            "No admission is 90 days ago yet",
            "This page starts with the first admission in the exports that is at least 90 days ago.",
        )
        return
    (_, whole), *quarters = found
    most = max(whole[1:], key=lambda step: step.left_care)
    landmark = retained_with_sponsor(**queries.landmark(context.snapshot))
    st.html(render("pathway", steps=whole, stages=STAGES, most=most, landmark=landmark))
    st.html(render("pathway_quarters", quarters=quarters, stages=STAGES))
