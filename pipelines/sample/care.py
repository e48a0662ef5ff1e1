"""What the clinic records of a client's care: episodes, contracts, crises, absences, sessions and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from pipelines.sample.client import Client
from pipelines.sample.clinic import DAYS, Row

_PROGRAMS = {
    "3.5": "Residential", "3.1": "Recovery residence", "2.5": "Day program", "2.1": "Intensive outpatient",
    "1.7": "Medication outpatient", "OTP": "Medication outpatient", "1.5": "Outpatient", "1": "Outpatient",
}  # fmt: skip
_TASKS: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = (
    (0, (("Daily plan", "behaviour"), ("List of people to call", "relationships"))),
    (1, (("List of preoccupation", "denial"), ("Attempts to control", "denial"), ("List of consequences", "denial"))),
    (2, (("What has helped before", "mood"), ("Letter of hope", "mood"))),
    (3, (("Evening review", "behaviour"), ("Asking for help", "relationships"))),
    (4, (("Resentments inventory", "relationships"), ("Fears inventory", "mood"), ("Losses inventory", "trauma"))),
    (5, (("Sharing the inventory", "relationships"),)),
    (6, (("List of old habits", "behaviour"), ("What each habit costs", "denial"))),
    (8, (("People to make amends to", "relationships"),)),
    (9, (("Amends plan", "relationships"), ("Letter of amends", "relationships"))),
    (10, (("Daily inventory", "behaviour"), ("Relapse prevention plan", "behaviour"))),
)  # fmt: skip
_TOPICS = ("meetings", "sponsorship", "cravings", "the steps", "family", "sleep", "relapse prevention", "feelings")
_BEHAVIOURS = {
    "alcohol": ("alcohol", "bars and parties"),
    "opioids": ("opioids", "contact with dealers"),
    "stimulants": ("stimulants", "contact with dealers"),
    "cannabis": ("cannabis", "nights out"),
    "sedatives": ("sedatives", "more than one prescriber"),
    "gambling": ("betting sites", "casinos"),
    "sex": ("dating apps", "pornography"),
    "food": ("binge eating", "eating alone"),
}


def care_rows(client: Client) -> Iterator[Row]:
    """The rows of a client in all exports but attendance and check-ins."""
    chance = client.chance("care")
    yield from _episodes(client, chance)
    yield from _contracts(client, chance)
    if client.crisis is not None:
        yield (
            "crises",
            {
                "client_id": client.client_id,
                "opened_on": client.crisis.first,
                "kind": client.crisis.kind,
                "resolved_on": client.crisis.last,
            },
        )
    if client.absence is not None:
        yield (
            "absences",
            {
                "client_id": client.client_id,
                "start_date": client.absence.first,
                "end_date": client.absence.last,
                "reason": client.absence.kind,
            },
        )
    for monday in client.mondays:
        yield from _sessions(client, chance, monday)
    yield from _tasks(client, chance)


def _episodes(client: Client, chance: Random) -> Iterator[Row]:
    agreed = max(1, round(client.rate)) if chance.random() < 0.6 else None
    for episode in client.episodes:
        yield (
            "episodes",
            {
                "client_id": client.client_id,
                "start_date": episode.start,
                "end_date": episode.end,
                "therapist_id": client.therapist,
                "site": client.site,
                "program": _PROGRAMS[episode.level],
                "level_of_care": episode.level,
                "asam_edition": episode.edition,
                "end_reason": episode.end_reason,
                "primary_addiction": client.addiction,
                "sobriety_date": client.sobriety_date if client.declares_sobriety else None,
                "meetings_per_week": agreed,
            },
        )


def _contracts(client: Client, chance: Random) -> Iterator[Row]:
    """Contracts of three or six months, most renewed as they end."""
    if chance.random() > 0.45:
        return
    signed = max(client.admitted, client.clinic.first_day) + timedelta(days=chance.randint(5, 40))
    while client.is_in_care(signed):
        ends = signed + timedelta(days=chance.choice((90, 180)))
        broken = signed + timedelta(days=chance.randint(10, 80))
        is_broken = chance.random() < 0.2 and client.is_in_care(broken)
        yield (
            "contracts",
            {
                "client_id": client.client_id,
                "signed_on": signed,
                "ends_on": ends,
                "behaviour": chance.choice(_BEHAVIOURS[client.addiction]),
                "meetings_per_week": max(1, round(client.rate)),
                "accountability": chance.choice(("sponsor", "sponsor", "group", "family", "therapist")),
                "broken_on": broken if is_broken else None,
            },
        )
        if chance.random() < 0.25:
            return
        signed = (broken if is_broken else ends) + timedelta(days=chance.randint(1, 14))


def _sessions(client: Client, chance: Random, monday: date) -> Iterator[Row]:
    weeks_in_care = (monday - client.admitted).days // 7
    own = client.session_weekday
    kinds = [("individual", own)]
    if client.level(monday)[:1] in ("2", "3"):
        kinds += [("group", (own + 1) % 5), ("group", (own + 3) % 5)]
    elif client.number % 3 == 0:
        kinds.append(("group", (own + 2) % 5))
    if weeks_in_care < 8:
        kinds.append(("psychoeducation", (own + 4) % 5))
    if client.number % 5 == 0 and weeks_in_care % 4 == 3:
        kinds.append(("family", own))
    for kind, weekday in kinds:
        day = monday + DAYS[weekday]
        if not client.is_in_care(day) or client.is_away(day):
            continue
        if day in client.closed_days:
            status = "cancelled_clinic"
        elif chance.random() < 0.06:
            status = chance.choice(("cancelled_client", "cancelled_client", "cancelled_clinic"))
        else:
            keeps = client.keeps_sessions * client.week(monday).keeps_sessions
            status = "attended" if chance.random() < keeps else "no_show"
        yield (
            "sessions",
            {
                "client_id": client.client_id,
                "session_date": day,
                "status": status,
                "kind": kind,
                "topic": _TOPICS[weeks_in_care % len(_TOPICS)] if kind == "psychoeducation" else None,
            },
        )


def _tasks(client: Client, chance: Random) -> Iterator[Row]:
    """A task about every third week, of those that go with the step; most are done, some late, a few never."""
    given = client.number
    for monday, on_step in zip(client.mondays, client.steps, strict=True):
        assigned = monday + DAYS[client.session_weekday]
        if chance.random() > 0.35 or not client.is_seen(assigned):
            continue
        step, tasks = next(entry for entry in reversed(_TASKS) if entry[0] <= on_step)
        task, focus = tasks[given % len(tasks)]
        given += 1
        fate = chance.random()
        if fate < 0.86:
            done: date | None = assigned + timedelta(days=chance.randint(3, 14))
        elif fate < 0.98:
            done = assigned + timedelta(days=chance.randint(15, 35))
        else:
            done = None
        yield (
            "tasks",
            {
                "client_id": client.client_id,
                "task": task,
                "assigned_on": assigned,
                "due_on": assigned + timedelta(days=14),
                "completed_on": done if done is not None and client.is_in_care(done) else None,
                "step": step,
                "focus": focus,
            },
        )
