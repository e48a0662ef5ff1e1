"""The work beside the meetings, in sentences: what is shown on the client's page below the story."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.context import Context
from dashboard.links import client_link
from dashboard.markup import render
from dashboard.queries import work as queries
from dashboard.queries.work import Task, Work
from pipelines.definitions import rules
from pipelines.wording import amounts, dates

LISTS = {"preoccupation": "preoccupation", "control_attempts": "attempts to control", "consequences": "consequences"}
PLACES = {"ahead": "ahead of the step", "behind": "of an earlier step", "in step": "the current step", None: ""}


def work_beside(context: Context, client_id: str, *, away: bool) -> None:
    """Draw the section of a client in care, `away` or not. Raises SnapshotError."""
    snapshot, about = context.snapshot, context.published
    work = queries.work(snapshot, client_id)
    tasks = queries.tasks(snapshot, client_id)
    explains = work.days_in_care < rules()["newcomer_days"] and "sessions" in about.came_in
    topics = queries.topics(snapshot, client_id) if explains else []
    # If dates are shifted, they cannot be compared with today.
    today = about.as_of if about.date_basis == "shifted" else date.today()
    st.html(
        render(
            "work",
            sponsor=sponsor(work, away=away),
            warning=boundary(work),
            step=step(work, tasks),
            tasks=[(task.task, of_step(task), due(task, today), overdue(task, today)) for task in tasks],
            no_task="No open tasks." if about.was_exported("tasks") else not_exported("tasks"),
            of_client=client_link(context.home, client_id).partition("?")[2],
            sheet_step=work.step if work.step is not None else 1,
            contract=(
                contract(work) if about.was_exported("contracts") or work.agreed_meetings else not_exported("contracts")
            ),
            crises=[
                f"{each.kind.capitalize()}, open since {dates.short_date(each.opened_on)}"
                for each in queries.crises(snapshot, client_id)
            ],
            no_crisis="None open." if about.was_exported("crises") else not_exported("crises"),
            explained=[topic.title for topic in topics if topic.explained_on],
            to_explain=[topic.title for topic in topics if not topic.explained_on],
        )
    )


def not_exported(export: str) -> str:
    """That nothing is known, because the export never came in."""
    return f"Not known: there is no {export} export."


def sponsor(work: Work, *, away: bool = False) -> str:
    """Whether there is a sponsor, and how the contact goes; for a client who is away, the weeks before."""
    if work.has_sponsor is None:
        return "Not known whether there is a sponsor."
    if not work.has_sponsor:
        # Up to the last answer, because nothing is known of the days after it.
        long = f" for {amounts.count(work.days_without_sponsor, 'day')}" if work.days_without_sponsor else ""
        answered = f", as answered on {dates.short_date(work.sponsor_answered_on)}" if work.sponsor_answered_on else ""
        return f"No sponsor{long}{answered}."
    usual, recent = work.contacts_usual, work.contacts_recent
    lately = f"in the last {rules()['recent_weeks']} weeks"
    if recent is None:
        return f"Has a sponsor. No check-in {lately} says how often they spoke."
    now = amounts.meetings_a_week(recent)
    if usual is None:
        return f"Has a sponsor: {now} contacts a week {lately}."
    if away:
        return f"Has a sponsor: {amounts.meetings_a_week(usual)} contacts a week before the client went away."
    sentence = f"{now} contacts a week {lately}, {amounts.meetings_a_week(usual)} before"
    if usual > 0 and recent < rules()["sponsor_contacts_dried_up_share"] * usual:
        if not recent and work.last_sponsor_contact:
            often, last = amounts.meetings_a_week(usual), dates.short_date(work.last_sponsor_contact)
            return f"Has a sponsor, but no contact since {last} (usually {often} a week)."
        return f"Has a sponsor, but much less contact: {sentence}."
    return f"Has a sponsor: {sentence}."


def boundary(work: Work) -> str:
    """The warning if therapist and sponsor are one person; else nothing."""
    if not work.sponsor_is_therapist:
        return ""
    return (
        "The sponsor is recorded as the client’s therapist. Therapists do not sponsor their clients: the two roles "
        "need different boundaries. Talk it over, and help the client find a sponsor in the fellowship."
    )


def step(work: Work, tasks: list[Task]) -> str:
    """The step, how the open tasks relate to it, and early on the step-one lists."""
    sentence = "Step not known." if work.step is None else f"On step {work.step}."
    if work.step is not None and tasks and not any(task.place == "in step" for task in tasks):
        sentence += " No open task belongs to this step."
    if work.early:
        lists = [(name, getattr(work, key)) for key, name in LISTS.items()]
        done = [name for name, state in lists if state.startswith("done")]
        begun = [f"{name} ({state})" for name, state in lists if state in ("open", "overdue")]
        missing = [name for name, state in lists if state == "not set"]
        parts = [
            f"done: {', '.join(done)}" if done else "",
            f"set: {', '.join(begun)}" if begun else "",
            f"not set yet: {', '.join(missing)}" if missing else "",
        ]
        sentence += f" Step-one lists {'; '.join(filter(None, parts))}."
    return sentence


def of_step(task: Task) -> str:
    """`step 1, the current step`; nothing if no step is known."""
    if task.step is None:
        return ""
    return ", ".join(filter(None, [f"step {task.step}", PLACES[task.place]]))


def due(task: Task, today: date) -> str:
    """When a task is due, or that no date was given."""
    if task.due_on is None:
        return "no due date"
    return f"{'was due' if overdue(task, today) else 'due'} {dates.short_date(task.due_on)}"


def overdue(task: Task, today: date) -> bool:
    """Whether a task was due before today, as far as the data say, which may end earlier."""
    return task.due_on is not None and task.due_on < today


def contract(work: Work) -> str:
    """The contract signed last, and the meetings agreed against those attended."""
    what = f" on {work.behaviour}" if work.behaviour else ""
    if work.contract_status == "none":
        sentence = "No contract."
    elif work.contract_status == "broken" and work.broken_on:
        sentence = f"The contract{what} was broken on {dates.short_date(work.broken_on)}."
    elif work.contract_status == "ended" and work.ends_on:
        sentence = f"The contract{what} ended on {dates.short_date(work.ends_on)}."
    else:
        signed = f", signed {dates.short_date(work.signed_on)}" if work.signed_on else ""
        sentence = f"Active contract{what}{signed}, no breach recorded."
        if work.last_use_on and work.signed_on and work.last_use_on >= work.signed_on:
            used_on = dates.short_date(work.last_use_on)
            sentence += f" The last known use was on {used_on}: check whether it breaks the contract."
        left = work.days_to_contract_end
        if work.ends_on and left is not None and left <= rules()["contract_ending_soon_days"]:
            sentence += f" It ends on {dates.short_date(work.ends_on)}."
        if work.accountability:
            sentence += f" Accountable to: {work.accountability}."
    if work.agreed_meetings is None:
        return sentence
    attended = work.attended_meetings
    came = "not known" if attended is None else f"{amounts.meetings_a_week(attended)} a week"
    agreed = amounts.agreed(work.agreed_meetings)
    meetings = "meeting" if work.agreed_meetings == 1 else "meetings"
    lately = f"attended in the last {rules()['recent_weeks']} weeks"
    return f"{sentence} Agreed: {agreed} {meetings} a week; {lately}: {came}."
