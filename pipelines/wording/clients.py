"""The sentences about a client on a card, in a row of the caseload and on the client's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.definitions import rules
from pipelines.wording import amounts
from pipelines.wording.amounts import amount, count
from pipelines.wording.dates import ago, brief, day_and_month, on, stretch
from pipelines.wording.involvement import not_judged, why
from pipelines.wording.labels import AWAY, UNKNOWN


def away(since: date | None, until: date | None, reason: str | None, as_of: date) -> str:
    """A planned absence, or a closure of the site, that goes on: `Away 19 Oct to 5 Nov (vacation).`"""
    if since is None or until is None:
        return ""
    if reason == "closure":
        return f"The site is closed {stretch(since, until, as_of)}."
    return f"Away {stretch(since, until, as_of)}{f' ({AWAY[reason]})' if reason in AWAY else ''}."


def crisis(open_crises: int, kind: str | None, since: date | None, as_of: date) -> str:
    """The crisis that has been open longest, in a sentence; nothing if none is."""
    if not open_crises or since is None:
        return "A crisis is open." if open_crises else ""
    what = f"{kind} crisis" if kind not in (None, "other") else "crisis"
    return f"A {what} has been open since {day_and_month(since, as_of)}."


def first_call(open_crisis: str, reason: str | None, judged: bool, judge_reason: str | None) -> str:
    """Why a client is among those to call first, in a sentence or two."""
    if reason:
        return f"{open_crisis} {why(reason)[0]}".strip()
    event = open_crisis or f"Use was reported in the last {rules()['recent_use_days']} days."
    return f"{event} {'Meetings are not flagged.' if judged else not_judged(judge_reason)}"


def sponsor(has_sponsor: bool | None) -> str:
    """Whether the client has a sponsor, by the last check-in that answers."""
    return {True: "has a sponsor", False: "no sponsor", None: "sponsor unknown"}[has_sponsor]


def sober_for(status: str, sober_days: int | None, days_since_use: int | None) -> str:
    """Sobriety in a few words, for a row: `82 days`, `used 11 days ago`, `unknown`."""
    if status == "recent_use":
        return f"used {ago(days_since_use)}"
    return UNKNOWN if status == "unknown" or not sober_days else count(sober_days, "day")


def work(has_sponsor: bool | None, sponsor_is_therapist: bool | None, step: int | None, overdue: bool) -> str:
    """The work beside the meetings in a few words, for a row: `sponsor, step 2, task overdue`."""
    has = {True: "sponsor", False: "no sponsor", None: "sponsor unknown"}[has_sponsor]
    parts = ["therapist is the sponsor" if sponsor_is_therapist else has]
    parts += [f"step {step}"] if step is not None else []
    parts += ["task overdue"] if overdue else []
    return ", ".join(parts)


def not_first(
    judged: bool, judge_reason: str | None, sobriety_status: str, exposure: Sequence[float | None], away_now: str
) -> str:
    """The status of a client who is not to be called first. `exposure`: of each week, oldest first."""
    if away_now:
        return away_now
    off = next((back for back, share in enumerate(reversed(exposure)) if share != 0), len(exposure))
    if off:
        weeks = "Last week does" if off == 1 else f"The last {off} weeks do"
        return f"{weeks} not count: away, closed or not reported."
    if not judged:
        return not_judged(judge_reason)
    return "Sobriety unknown." if sobriety_status == "unknown" else "Not flagged."


def not_started(days: int | None, agreed: float | None, usual_share: float | None) -> str:
    """That no meeting is recorded since care began, of `days` that count; nothing where `days` is None.

    `agreed`: meetings a week. `usual_share`: of new clients here, those who had no meeting in their first days either.
    """
    if days is None:
        return ""
    beside = f"; {amounts.agreed(agreed)} a week were agreed" if agreed else ""
    others = ""
    if usual_share is not None:
        first = f"in their first {rules()['not_started_days']} days"
        others = f" Of new clients here, {amount(usual_share, 'share')} had none {first}."
    return f"No meeting yet in {count(days, 'day')} of care{beside}.{others}"


def seen(last_session: date | None, last_checkin: date | None, today: date) -> str:
    """When somebody last saw the client or heard from them, and how: `30 Oct (session)`; `no record`."""
    days = [(day, how) for day, how in ((last_session, "session"), (last_checkin, "check-in")) if day]
    if not days:
        return "no record"
    day, how = max(days, key=lambda each: each[0])
    return f"{on(day, today)} ({how})"


def next_task(task: str | None, due_on: date | None, days_overdue: int | None, open_tasks: int, as_of: date) -> str:
    """The open task that is due first: `Phone list, 9 days overdue, 1 more open`; nothing if none is open."""
    if task is None:
        return ""
    due_by = f", due {brief(due_on, as_of)}" if due_on else ""
    when = f", {count(days_overdue, 'day')} overdue" if days_overdue else due_by
    more = f", {open_tasks - 1} more open" if open_tasks > 1 else ""
    return f"{task}{when}{more}"
