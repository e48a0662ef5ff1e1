"""The sentences of a day's worklist and of the digest: whom to call, what was done, when to come back."""

from __future__ import annotations

from datetime import date, timedelta

from pipelines.definitions import rules
from pipelines.wording.amounts import count, meetings_a_week
from pipelines.wording.dates import brief, on, short_date, weekday_and_day
from pipelines.wording.labels import FLAG_KINDS

OUTCOMES = {
    "contacted": "Contacted",
    "left_message": "Left a message",
    "not_reached": "Not reached",
    "talked_in_session": "Talked in session",
    "no_contact_needed": "No contact needed",
}
REASONS = {
    "planned_absence": "Planned absence",
    "work_shift": "Work shift",
    "changed_meeting": "Changed meeting",
    "other": "Other",
}

# What may become known about a client, in the order in which it is shown.
EVENTS = ("flagged", "back_at_usual", "new_in_care")


def progress(to_call: int, done: int, snoozed: int) -> str:
    """How far the day's worklist has come: `9 to call, 3 done, 1 snoozed`."""
    parts = [f"{to_call} to call" if to_call else "Nobody is left to call"]
    parts += [f"{done} done"] if done else []
    parts += [f"{snoozed} snoozed"] if snoozed else []
    return ", ".join(parts)


def what(outcome: str, reason: str | None) -> str:
    """What was done: `No contact needed (work shift)`."""
    return OUTCOMES[outcome] + (f" ({REASONS[reason].lower()})" if reason else "")


def contact(
    outcome: str, reason: str | None, day: date, follow_up_on: date | None, today: date, *, settled: bool = False
) -> str:
    """What was done, and when: `Left a message 20 Nov, follow up 26 Nov`; `settled`: the follow-up was made."""
    then = f", {follow_up(brief(follow_up_on, today), settled=settled)}" if follow_up_on else ""
    return f"{what(outcome, reason)} {on(day, today)}{then}"


def follow_up(day: str, *, settled: bool) -> str:
    """A follow-up that is to be made or was made: `follow up 26 Nov`, `followed up since`."""
    return "followed up since" if settled else f"follow up {day}"


def record_line(
    day: date, outcome: str, reason: str | None, about: str, usual: float | None, recent: float | None
) -> str:
    """A line for the health record: `26 Nov 2026: contacted about an open crisis; 1.0 meetings a week, usually 3.4`.

    A call may be about a crisis or use, so the meetings are kept apart from it.
    """
    contact = what(outcome, reason)
    topic = f" about {about}" if about and outcome != "no_contact_needed" else f": {about}" if about else ""
    numbers = (
        ""
        if usual is None or recent is None
        else f"; {meetings_a_week(recent)} meetings a week, usually {meetings_a_week(usual)}"
    )
    return f"{short_date(day)}: {contact[:1].lower()}{contact[1:]}{topic}{numbers if about else ''}"


def about(flag_kind: str | None, open_crises: int, recent_use: bool) -> str:
    """What a call is about, in a few words; nothing if there is no reason to call."""
    topics = ["an open crisis"] if open_crises else []
    topics += [FLAG_KINDS[flag_kind].lower()] if flag_kind else []
    topics += ["reported use"] if recent_use else []
    return " and ".join(topics)


def due(follow_up: date, today: date) -> str:
    """Since when a follow-up is due."""
    return "Follow-up due today" if follow_up == today else f"Follow-up due since {brief(follow_up, today)}"


def snoozed(until: date, reason: str | None, today: date) -> str:
    """Until when a client is off the worklist: `seeing Thursday 3 Dec`, `until Monday 30 Nov`."""
    day = "tomorrow" if until - today == timedelta(days=1) else weekday_and_day(until, today)
    return f"seeing {day}" if reason == "session" else f"until {day}"


def resting(clients: int) -> str:
    """How many clients need nothing more for now."""
    were = "client was" if clients == 1 else "clients were"
    days = rules()["contact_rests_days"]
    return f"{clients} more {were} contacted in the last {days} days. They come back here when something new is known."


def news(event: str, clients: int) -> str:
    """What became known about how many clients since the last visit."""
    if event == "flagged":
        return count(clients, "new flag")
    return f"{count(clients, 'client')} {'back at usual' if event == 'back_at_usual' else 'new in care'}"


def announcement(outcome: str, reason: str | None, left: int) -> str:
    """What is read out after a contact was noted."""
    return f"Noted: {what(outcome, reason)}. {count(left, 'client')} left to call."
