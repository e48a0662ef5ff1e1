"""What a client does towards recovery outside the clinic, as attendance and check-ins report it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from random import Random

from pipelines.sample.client import Client, Slot
from pipelines.sample.clinic import DAYS, Row
from pipelines.sample.stories import Week

# How many days after a use a test still finds it.
_DETECTED_DAYS = 3
# Meetings against the usual of an outpatient, by the group of the level of care: more care, more meetings.
_BY_LEVEL = {"3": 2.2, "2": 1.5}
_HOLIDAY = 0.65
_MANNERS = ("shared",) * 8 + ("service", "service", "chaired")
_VERIFICATIONS = ("self_report",) * 5 + ("signed",) * 3 + ("app",) * 2


def recovery_rows(client: Client) -> Iterator[Row]:
    """The attendance and check-in rows of a client, week by week; the weeks that the site never sent are left out."""
    chance = client.chance("recovery")
    recent: list[date] = []  # days of use that a test could still find, or that no check-in has reported
    heard = client.admitted
    for monday, step in zip(client.mondays, client.steps, strict=True):
        week = client.week(monday)
        recent += _uses(client, chance, monday, week)
        attendance = list(_attendance(client, chance, monday, week))
        checkins = list(_tests(client, chance, monday, week, recent))
        checkin = _checkin(client, chance, monday, week, recent, heard, step)
        if checkin is not None:
            checkins.append(checkin)
            if checkin[1]["status"] == "completed":
                heard = monday + DAYS[client.checkin_weekday]
        recent = [use for use in recent if use > heard or (monday - use).days <= _DETECTED_DAYS]
        if client.clinic.reports(client.site, monday):
            yield from attendance
            if len(checkins) > 1:
                checkins.sort(key=lambda row: str(row[1]["checkin_date"]))
            yield from checkins


def poisson(chance: Random, mean: float) -> int:
    """A Poisson draw (Knuth's method; the means here are small)."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def _uses(client: Client, chance: Random, monday: date, week: Week) -> list[date]:
    lapses = client.lapses * (3 if (monday - client.admitted).days < 45 else 1)
    count = poisson(chance, lapses + week.uses)
    if count == 0:  # as in most weeks
        return []
    days = {monday + DAYS[chance.randrange(7)] for _ in range(count)}
    return sorted(day for day in days if client.is_in_care(day))


def _attendance(client: Client, chance: Random, monday: date, week: Week) -> Iterator[Row]:
    for slot in sorted(_slots(client, chance, monday, week), key=attrgetter("weekday")):
        day = monday + DAYS[slot.weekday]
        if not client.is_seen(day):
            continue
        meeting = slot.meeting
        takes_part = chance.random() < client.active * week.active
        yield (
            "attendance",
            {
                "client_id": client.client_id,
                "meeting_date": day,
                "fellowship": meeting.fellowship,
                "start_time": meeting.time,
                "meeting_id": meeting.slug if chance.random() < 0.9 else None,
                "mode": chance.choice(meeting.modes),
                "participation": chance.choice(_MANNERS) if takes_part else "listened",
                "verification": chance.choice(_VERIFICATIONS),
                "site": client.site,
            },
        )


def _slots(client: Client, chance: Random, monday: date, week: Week) -> list[Slot]:
    """The meetings of a week: some clients keep to a timetable, others come and go, some in bursts."""
    mean = client.rate * week.meetings * (_HOLIDAY if client.clinic.is_holiday(monday) else 1.0)
    if client.story.steps_down:
        mean *= _BY_LEVEL.get(client.level(monday)[:1], 1.0)
    if client.is_regular:
        timetable = client.slots[: math.ceil(mean / 0.9)]
        return [slot for slot in timetable if chance.random() < mean / len(timetable)]
    if client.burstiness:
        mean *= chance.gammavariate(1 / client.burstiness, client.burstiness)
    count = min(poisson(chance, mean), len(client.slots))
    return chance.sample(client.slots[: count + 2], count)


def _checkin(
    client: Client, chance: Random, monday: date, week: Week, recent: list[date], heard: date, step: int
) -> Row | None:
    day = monday + DAYS[client.checkin_weekday]
    if not client.is_in_care(day):
        return None
    keeps = client.answers * week.answers * (1.0 if day >= client.clinic.reminders_from else 0.92)
    status = "excused" if not client.is_seen(day) else "completed" if chance.random() < keeps else "missed"
    row: dict[str, object] = {
        "client_id": client.client_id,
        "checkin_date": day,
        "status": status,
        "source": "clinician" if chance.random() < 0.25 else "self_report",
    }
    if status == "completed":
        unreported = [use for use in recent if heard < use <= day]
        row |= _answers(client, chance, day, week, unreported, (day - heard).days, step)
    return "checkins", row


def _answers(
    client: Client, chance: Random, day: date, week: Week, unreported: list[date], days: int, step: int
) -> dict[str, object]:
    """The answers to a check-in that covers so many days; what the client leaves open stays blank."""
    sponsored = client.sponsored_from is not None and day >= client.sponsored_from and week.sponsor > 0
    reports_use = bool(unreported) and chance.random() < 0.93
    weeks = min(3, max(1, round(days / 7)))
    in_crisis = client.crisis is not None and client.crisis.covers(day)
    answers: dict[str, object] = {
        "used": None if chance.random() < 0.03 else "yes" if reports_use else "no",
        "last_use_date": unreported[-1] if reports_use and chance.random() < 0.8 else None,
        "substance": client.addiction if reports_use else None,
        "craving": min(10, poisson(chance, 4.5 if unreported else 2.2)) if chance.random() < 0.97 else None,
        "mood": max(0, min(10, round(chance.gauss(4.2 if unreported or in_crisis else 6.6, 1.5)))),
        "has_sponsor": "yes" if sponsored else "no" if chance.random() < 0.95 else None,
        "crisis": "yes" if in_crisis and chance.random() < 0.8 else "no",
    }
    if sponsored:
        answers["sponsor_role"] = client.sponsor_role
        answers["sponsor_contacts"] = poisson(chance, 1.8 * week.sponsor * weeks)
    if client.works_steps:
        answers["step"] = step
        answers["step_work"] = "yes" if chance.random() < client.step_work * max(week.sponsor, 0.15) else "no"
    if not sponsored and client.sponsored_from is not None and day >= client.sponsored_from:
        answers["sponsor_contacts"] = 0
    return answers


def _tests(client: Client, chance: Random, monday: date, week: Week, recent: list[date]) -> Iterator[Row]:
    """A toxicology test every third week, of those in treatment for a substance."""
    if client.tested_for is None or (monday.toordinal() // 7 + client.number) % 3:
        return
    day = monday + DAYS[(client.checkin_weekday + 2) % 6]
    if not client.is_seen(day):
        return
    row: dict[str, object] = {
        "client_id": client.client_id,
        "checkin_date": day,
        "status": "completed" if chance.random() < 0.95 * week.answers else "missed",
        "source": "toxicology",
        "substance": client.tested_for,
    }
    if row["status"] == "missed":
        yield "checkins", row
        return
    positive = any(0 <= (day - use).days <= _DETECTED_DAYS for use in recent)
    yield "checkins", row | {"used": "yes" if positive else "no"}
    if positive and chance.random() < 0.15:  # a second test of the day with the other result
        yield "checkins", row | {"used": "no"}
