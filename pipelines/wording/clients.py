"""What is said about a client on a card, in a row of the caseload and on the client's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.wording.amounts import count
from pipelines.wording.dates import day_and_month
from pipelines.wording.flags import not_judged, why
from pipelines.wording.labels import AWAY


def away(since: date | None, until: date | None, reason: str | None) -> str:
    """A planned absence, or a closure of the site, that goes on: `Away since 19 Oct (vacation), until 5 Nov.`"""
    if since is None or until is None:
        return ""
    stretch = f"since {since.day} {since:%b}"
    end = f", until {until.day} {until:%b}"
    if reason == "closure":
        return f"The site is closed {stretch}{end}."
    why = f" ({AWAY[reason]})" if reason in AWAY else ""
    return f"Away {stretch}{why}{end}."


def crisis(open_crises: int, kind: str | None, since: date | None) -> str:
    """The crisis that has been open longest, in a sentence; nothing where none is."""
    if not open_crises or since is None:
        return "A crisis is open." if open_crises else ""
    what = f"{kind} crisis" if kind not in (None, "other") else "crisis"
    return f"A {what} has been open since {day_and_month(since)}."


def first_call(open_crisis: str, reason: str | None, judged: bool, judge_reason: str | None) -> str:
    """Why a client is among those to call first, in a sentence or two."""
    if reason:
        return f"{open_crisis} {why(reason)[0]}".strip()
    event = open_crisis or "Use was reported in the last 14 days."
    return f"{event} {'Involvement is not flagged.' if judged else not_judged(judge_reason)}"


def sponsor(has_sponsor: bool | None) -> str:
    """Whether the client has a sponsor, as last said."""
    return {True: "has a sponsor", False: "no sponsor", None: "sponsor unknown"}[has_sponsor]


def nothing_first(
    judged: bool, judge_reason: str | None, sobriety_status: str, exposure: Sequence[float | None], away_now: str
) -> str:
    """What there is to say of a client who is not among those to call first. `exposure`: of each week, oldest first."""
    if away_now:
        return away_now
    off = next((back for back, share in enumerate(reversed(exposure)) if share != 0), len(exposure))
    if off:
        weeks = "last week does" if off == 1 else f"last {off} weeks do"
        return f"The {weeks} not count: away, closed, or nothing reported."
    if not judged:
        return not_judged(judge_reason)
    return "Sobriety unknown." if sobriety_status == "unknown" else "Not flagged."


def next_task(task: str | None, due_on: date | None, days_overdue: int | None, open_tasks: int) -> str:
    """The open task that is due first: `Phone list, overdue by 9 days, 1 more open`; nothing where none is open."""
    if task is None:
        return ""
    due_by = f", due {due_on.day} {due_on:%b}" if due_on else ""
    when = f", overdue by {count(days_overdue, 'day')}" if days_overdue else due_by
    more = f", {open_tasks - 1} more open" if open_tasks > 1 else ""
    return f"{task}{when}{more}"


def news(event: str, clients: int) -> str:
    """What became known since the last visit, of so many clients."""
    if event == "flagged":
        return count(clients, "new flag")
    return f"{count(clients, 'client')} {'back at usual' if event == 'back_at_usual' else 'new in care'}"


def due(follow_up: date, today: date) -> str:
    """How a follow-up stands on its day, and after it."""
    return "due today" if follow_up == today else f"due since {follow_up.day} {follow_up:%b}"
