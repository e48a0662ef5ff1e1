"""The tasks of a step on a sheet to print and take along."""

from __future__ import annotations

import re

import streamlit as st

from dashboard.context import Context
from dashboard.links import client_link, client_of
from dashboard.markup import render
from dashboard.queries import client as clients
from dashboard.queries import work as queries
from dashboard.sections.heading import heading
from dashboard.sections.notice import notice

NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}
LINES, MOST_LINES = 2, 20


def page(context: Context) -> None:
    """Draw the page."""
    client_id = client_of(context.home, context.snapshot, st.query_params.get("c"))
    if client_id and clients.client(context.snapshot, context.viewer.caseload, client_id):
        st.html(render("back_to_client", link=client_link(context.home, client_id), client_id=client_id))
    heading(context, "Task sheet")
    catalogue = queries.catalogue(context.snapshot)
    steps = sorted({task.step for task in catalogue})
    step = st.pills(
        "Step", [str(step) for step in steps], default="1" if 1 in steps else None, key="step", bind="query-params"
    )
    chosen = [task for task in catalogue if str(task.step) == step]
    if not chosen:
        notice("Choose a step", "The sheet shows its tasks.")
        return
    st.html(render("task_sheet", step=step, tasks=chosen, lines=lines))


def lines(prompt: str) -> int:
    """How many lines a prompt gets: as many as it asks for (ten for `Ten examples …`), else enough for a sentence."""
    asked = (NUMBERS.get(word) or (int(word) if word.isdigit() else 0) for word in re.findall(r"\w+", prompt.lower()))
    return next((number for number in asked if 1 < number <= MOST_LINES), LINES)
