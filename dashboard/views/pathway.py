"""Pathway: from admission to a first meeting, a sponsor and day 90: how many, how soon, and where they leave."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import pathway as queries
from dashboard.sections.heading import heading
from dashboard.sections.notice import command, notice
from dashboard.sections.saving import saving
from dashboard.sheet import Row, Sheet
from pipelines.definitions import rules
from pipelines.wording import amounts
from pipelines.wording.associations import retained_with_sponsor

COLUMNS = ("came", "clients", "median_days", "retained", "left_care", "not_known", "still_in_care")


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Pathway", needs=("attendance", "checkins", "sessions"))
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
        days = rules()["first_quarter_days"]
        notice(
            "There is no admission to follow yet",
            f"This page counts admissions since the exports began, once their first {days} days are over.",
        )
        return
    (_, whole), *quarters = found
    most = max(whole[1:], key=lambda step: step.left_care)
    landmark = retained_with_sponsor(**queries.landmark(context.snapshot))
    with st.container(key="path"):
        st.html(render("pathway", steps=whole, stages=stages(), most=most, landmark=landmark))
    saving(context, "path", "Pathway", partial(of_pathway, [("all", whole)]), in_words(whole))
    with st.container(key="quarters"):
        st.html(render("pathway_quarters", quarters=quarters, stages=stages()))
    saving(context, "quarters", "Pathway by quarter", partial(of_pathway, found), "")


def definition() -> str:
    """What the steps count, in sentences."""
    days = rules()["first_quarter_days"]
    return (
        f"Admissions since the exports began whose first {days} days are over. Each step counts clients who completed "
        f"the step before it (came), within {days} days of admission; the median is in days from admission."
    )


def stages() -> dict[str, str]:
    """The titles of the steps, by their names, in their order."""
    return {
        "admitted": "Admitted",
        "first_meeting": "First meeting",
        "sponsor": "Sponsor",
        "retained": f"All three, and in care on day {rules()['first_quarter_days']}",
    }


def last_stage() -> str:
    """What is said of all admissions, whatever they did before."""
    return f"In care on day {rules()['first_quarter_days']}, of all"


def in_words(steps: Sequence[queries.Step]) -> str:
    """How far the admissions came, in a sentence."""
    admitted, *others = steps
    titles = stages()
    reached = ", ".join(f"{titles[step.stage].lower()} {amounts.of(step.clients, step.came)}" for step in others)
    retained = amounts.of(admitted.retained, admitted.clients)
    return f"Of {amounts.count(admitted.clients, 'admission')}: {reached}. {last_stage()}: {retained}."


def of_pathway(found: Sequence[tuple[str, Sequence[queries.Step]]]) -> Sheet:
    """The steps of all quarters, and of each. If two steps are shown, so is the loss between them."""
    titles = stages()
    rows = [
        Row(
            [quarter, titles[step.stage]],
            [getattr(step, column) for column in COLUMNS],
            [
                *(step.came, step.clients, step.lost, step.retained, step.left_care, step.not_known),
                *(step.still_in_care, before.lost if before else 0),
            ],
            step.stage,
            quarter == "all",
        )
        for quarter, steps in found
        for before, step in zip((None, *steps), steps, strict=False)
    ]
    return Sheet("Pathway", definition(), ["quarter of admission", "step", *COLUMNS], rows)
