"""The tasks of a step on a sheet to print and take along."""

from __future__ import annotations

import streamlit as st

from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import work as queries
from dashboard.sections.heading import heading


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Task sheet")
    catalogue = queries.catalogue(context.snapshot)
    steps = sorted({task.step for task in catalogue})
    step = st.pills(
        "Step", [str(step) for step in steps], default="1" if 1 in steps else None, key="step", bind="query-params"
    )
    chosen = [task for task in catalogue if str(task.step) == step]
    if not chosen:
        st.html(render("notice", title="Choose a step", text="Its tasks make the sheet.", command=""))
        return
    st.html(render("task_sheet", step=step, tasks=chosen))
