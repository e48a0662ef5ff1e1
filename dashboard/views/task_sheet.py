"""The tasks of a step on a sheet to print and take along."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.markup import render
from dashboard.queries import work as queries
from dashboard.sections.heading import heading


def page(snapshot: Path) -> None:
    """Draw the page."""
    heading("Task sheet")
    catalogue = queries.catalogue(snapshot)
    steps = sorted({task.step for task in catalogue})
    step = st.pills(
        "Step", [str(step) for step in steps], default="1" if 1 in steps else None, key="step", bind="query-params"
    )
    chosen = [task for task in catalogue if str(task.step) == step]
    if not chosen:
        st.html(render("notice", title="Choose a step", text="Its tasks make the sheet.", command=""))
        return
    st.html(render("task_sheet", step=step, tasks=chosen))


page(st.session_state["snapshot"])
