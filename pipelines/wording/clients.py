"""The sentences about a client on a card, in a row of the caseload and on the client's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.definitions import rules
from pipelines.wording import amounts
from pipelines.wording.amounts import amount, count
from pipelines.wording.dates import brief, day_and_month, on, stretch
from pipelines.wording.involvement import meetings_now, not_judged, when_flagged, why
from pipelines.wording.labels import AWAY, FLAG_KINDS, UNKNOWN

NOT_FLAGGED = "Not flagged."


def away(since: date | None, until: date | None, reason: str | None, as_of: date) -> str:
    """A planned absence, or a closure of the site, that is going on: `Away 19 Oct to 5 Nov (vacation).`"""
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
    return f"{'An' if what[0] in 'aeiou' else 'A'} {what} has been open since {day_and_month(since, as_of)}."


def marks(
    open_crises: int,
    flag_kind: str | None,
    sobriety_status: str,
    last_use_on: date | None,
    away_until: date | None,
    as_of: date,
) -> list[tuple[str, str]]:
    """What stands out about a client, in a few words each, and how it is shown: `strong`, `plain` or `quiet`."""
    crises = "Open crisis" if open_crises == 1 else count(open_crises, "open crisis", "open crises")
    found = [(crises, "strong")] if open_crises else []
    found += [(FLAG_KINDS[flag_kind], "strong")] if flag_kind else []
    found += [(f"Used {brief(last_use_on, as_of)}", "plain")] if last_use_on and sobriety_status == "recent_use" else []
    found += [(f"Away until {day_and_month(away_until, as_of)}", "quiet")] if away_until else []
    return found


def last_use(day: date | None, as_of: date) -> str:
    """The last day of use that is known of, in a sentence; nothing if none is."""
    return f"The last known use was on {day_and_month(day, as_of)}." if day else ""


def first_call(event: str, reason: str | None, judged: bool, judge_reason: str | None) -> str:
    """Why a client is among those to call first, in a sentence or two. `event`: an open crisis, or else use."""
    meetings = why(reason)[0] if reason else "Meetings are not flagged." if judged else not_judged(judge_reason)
    return f"{event} {meetings}".strip()


def flagged_before(
    event: str,
    reason: str,
    usual: float | None,
    recent: float | None,
    recent_weeks: int | None,
    flag_week: date,
    as_of: date,
    *,
    near_usual: bool | None,
) -> tuple[str, str]:
    """The same of a client with a flag of an earlier week: how things are now, and how they were then."""
    now = meetings_now(usual, recent, recent_weeks, near_usual=near_usual)
    return f"{event} {now}".strip(), as_flagged(reason, flag_week, as_of)


def as_flagged(reason: str, flag_week: date, as_of: date) -> str:
    """A flag of an earlier week as it was then: its weeks are not those of now."""
    then = why(reason)[0]
    return f"{when_flagged(flag_week, as_of)} {then[:1].lower()}{then[1:]}"


def sponsor(has_sponsor: bool | None) -> str:
    """Whether the client has a sponsor, by the last check-in that answers."""
    return {True: "has a sponsor", False: "no sponsor", None: "sponsor unknown"}[has_sponsor]


def sober_for(status: str, sober_days: int | None, last_use_on: date | None, as_of: date) -> str:
    """Sobriety in a few words, for a row: `82 days`, `used 30 Oct`, `unknown`."""
    if status == "recent_use" and last_use_on:
        return f"used {brief(last_use_on, as_of)}"
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
    return "Sobriety unknown." if sobriety_status == "unknown" else NOT_FLAGGED


def in_cell(sentence: str) -> str:
    """A sentence for a cell of a table: without its full stop, unless there are several."""
    return sentence if ". " in sentence else sentence.removesuffix(".")


def not_started(days: int | None, agreed: float | None, usual_share: float | None) -> str:
    """That no meeting is recorded since care began, of `days` that count; nothing if `days` is None.

    `agreed`: meetings a week. `usual_share`: the share of new clients here who had no meeting in their first days
    either.
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


def next_task(task: str | None, due_on: date | None, open_tasks: int, as_of: date) -> str:
    """The open task that is due first: `Phone list, was due 9 Oct, 1 more open`; nothing if none is open."""
    if task is None:
        return ""
    when = f", {'was due' if due_on < as_of else 'due'} {brief(due_on, as_of)}" if due_on else ""
    more = f", {open_tasks - 1} more open" if open_tasks > 1 else ""
    return f"{task}{when}{more}"
