"""A client's year, week by week, as the rows that the clinic's exports hold of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from pipelines.sample.clinic import Clinic, Row
from pipelines.sample.directory import Meeting, meetings
from pipelines.sample.stories import Week, story_of

_FELLOWSHIPS = {
    "alcohol": ("AA", "AA", "AA", "SMART"),
    "opioids": ("NA", "NA", "AA"),
    "stimulants": ("NA", "CMA"),
    "cannabis": ("NA", "SMART"),
    "sedatives": ("AA", "NA"),
    "gambling": ("GA",),
    "sex": ("SAA",),
    "food": ("OA",),
}
_ADDICTIONS = (
    ("alcohol",) * 8 + ("opioids",) * 5 + ("stimulants",) * 3 + ("cannabis", "sedatives", "gambling", "sex", "food")
)
_PROGRAMS = {"3.5": "Residential", "3.1": "Residential", "2.5": "Day programme", "2.1": "Intensive outpatient",
             "1.7": "Outpatient", "1.5": "Outpatient"}  # fmt: skip
_TASKS = {
    0: (("Daily plan", "behaviour"), ("Letter to a friend", "relationships")),
    1: (("List of preoccupation", "denial"), ("Attempts to control", "denial"), ("List of consequences", "denial")),
    2: (("What has helped before", "mood"),),
    3: (("Evening review", "behaviour"), ("Asking for help", "relationships")),
    4: (("Resentments inventory", "relationships"), ("Fears inventory", "mood")),
    5: (("Sharing the inventory", "relationships"),),
    8: (("People to make amends to", "relationships"),),
    9: (("Amends plan", "relationships"),),
}
_TOPICS = ("meetings", "sponsorship", "cravings", "the steps", "family", "sleep", "relapse prevention", "feelings")
_BEHAVIOURS = ("alcohol", "bars", "betting sites", "contact with dealers", "dating apps", "binge eating")


def poisson(chance: Random, mean: float) -> int:
    """A Poisson draw (Knuth's method; the means here are small)."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


class Life:
    """One client of the clinic, known by number; `rows` tells the client's year."""

    def __init__(self, clinic: Clinic, number: int) -> None:
        self.clinic = clinic
        self.number = number
        self.story = story_of(number, clinic.therapists)
        self.chance = chance = clinic.chance("client", number)
        self.client_id = clinic.pseudonym(number)
        self.site = clinic.site(number)
        self.addiction = chance.choice(_ADDICTIONS)
        least, most = self.story.admitted
        began = clinic.last_day - timedelta(days=7 * chance.randint(least, most) + chance.randint(1, 5))
        self.admitted = began
        self.left: date | None = None
        if self.story.leaves and chance.random() < 0.38:
            earliest = max(began, clinic.first_day) + timedelta(days=30)
            if earliest < clinic.last_day - timedelta(days=14):
                span = (clinic.last_day - timedelta(days=14) - earliest).days
                self.left = earliest + timedelta(days=chance.randint(0, span))
        low, high = self.story.rate or (0.0, 0.0)
        self.rate = chance.uniform(low, high) if high else min(max(chance.gammavariate(5, 0.5), 0.9), 6.5)
        # Some go to meetings as regularly as a clock, others in bursts.
        self.burst = chance.choice((0.0, 0.0, 0.0, 0.15, 0.4))
        self.active = chance.uniform(0.25, 0.75)
        self.keeps_sessions = chance.uniform(0.78, 0.98)
        self.answers = chance.uniform(0.82, 0.98)
        self.favourites = self._favourites()
        self.checkin_day = chance.randrange(5)
        self.session_day = chance.randrange(5)
        self.sponsor_from = began + timedelta(days=int(chance.expovariate(1 / 45)) + 7)
        self.has_no_sponsor_yet = chance.random() < 0.12
        self.sponsor_role = "therapist" if number == 17 else chance.choice(("peer",) * 9 + ("friend",))
        self.lapses = chance.choice((0.0, 0.0, 0.02, 0.05, 0.12))
        self.step_pace = chance.uniform(0.03, 0.09)
        self.step_work = chance.uniform(0.5, 0.9)
        self.substance = "opioids" if self.addiction == "opioids" else None

    def _favourites(self) -> list[Meeting]:
        wanted = _FELLOWSHIPS[self.addiction]
        open_to = [meeting for meeting in meetings() if meeting.fellowship in wanted]
        return self.chance.sample(open_to, min(len(open_to), self.chance.randint(3, 5)))

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Every row of the client, with the export that it belongs to."""
        yield from self._episodes()
        yield from self._contract()
        yield from self._crisis()
        away = self._absence()
        if away is not None:
            yield (
                "absences",
                {"client_id": self.client_id, "start_date": away[0], "end_date": away[1], "reason": away[2]},
            )
        step = 0 if self.admitted > self.clinic.first_day - timedelta(days=120) else self.chance.randint(2, 9)
        for number in range(self.clinic.weeks):
            monday = self.clinic.week(number)
            if monday + timedelta(days=6) < self.admitted or (self.left is not None and monday > self.left):
                continue
            week = self.story.week(self.clinic.weeks - 1 - number, (monday - self.admitted).days // 7)
            days_away = away if away and away[0] <= monday + timedelta(days=6) and away[1] >= monday else None
            reported = self.clinic.unreported != (self.site, monday)
            uses = self._use_days(monday, week)
            attended = list(self._meetings(monday, week, days_away))
            checks = list(self._checkins(monday, week, uses, step, days_away))
            if reported:
                yield from attended
                yield from checks
            yield from self._sessions(monday, number, days_away)
            before, step = step, min(12, step + (self.chance.random() < self.step_pace))
            if step != before or (number % 9 == self.number % 9 and step < 10):
                yield from self._tasks(monday, step)

    def _in_care(self, day: date) -> bool:
        return self.admitted <= day <= (self.left or self.clinic.last_day) and day <= self.clinic.last_day

    def _episodes(self) -> Iterator[tuple[str, Row]]:
        chance, levels = self.chance, ["1.5" if self.chance.random() < 0.7 else "1.7"]
        if self.story.steps_down:
            levels = [chance.choice(("3.5", "3.1")), "2.1", "1.5"]
        elif chance.random() < 0.35:
            levels = ["2.1", *levels]
        self.stepped: list[tuple[date, str]] = []
        start = self.admitted
        end_of_care = self.left or self.clinic.last_day
        for n, level in enumerate(levels):
            last = n == len(levels) - 1
            end = start + timedelta(days=chance.randint(21, 42) if level[0] == "3" else chance.randint(50, 90))
            over = last or end >= end_of_care
            row: Row = {
                "client_id": self.client_id,
                "start_date": start,
                "end_date": self.left if over else end,
                "therapist_id": self.clinic.therapist(self.number),
                "site": self.site,
                "program": _PROGRAMS[level],
                "level_of_care": level,
                "asam_edition": "4",
                "primary_addiction": self.addiction,
                "meetings_per_week": max(1, round(self.rate)) if chance.random() < 0.5 else None,
                "sobriety_date": self.admitted - timedelta(days=chance.randint(3, 20))
                if chance.random() < 0.3
                else None,
            }
            if over and self.left:
                row["end_reason"] = chance.choice(
                    ("completed",) * 6 + ("left", "left", "lost_contact", "administrative")
                )
            elif not over:
                row["end_reason"] = "transferred"
            self.stepped.append((start, level))
            yield "episodes", row
            if over:
                return
            start = end + timedelta(days=chance.randint(0, 3))

    def _level(self, day: date) -> str:
        return next((level for start, level in reversed(self.stepped) if start <= day), self.stepped[0][1])

    def _use_days(self, monday: date, week: Week) -> list[date]:
        often = self.lapses * (3 if (monday - self.admitted).days < 45 else 1)
        if not week.uses and self.chance.random() >= often:
            return []
        return sorted({monday + timedelta(days=self.chance.randrange(7)) for _ in range(2 if week.uses else 1)})

    def _meetings(self, monday: date, week: Week, away: tuple[date, date, str] | None) -> Iterator[tuple[str, Row]]:
        chance = self.chance
        mean = self.rate * week.meetings * (0.6 if self.clinic.is_holiday(monday) else 1.0)
        if self.story.steps_down:
            mean *= {"3": 1.7, "2": 1.25, "1": 0.85}[self._level(monday)[0]]
        if self.burst:
            mean *= chance.gammavariate(1 / self.burst, self.burst)
            count = poisson(chance, mean)
        else:
            count = sum(chance.random() < mean / 9 for _ in range(9))  # steadier than chance alone
        taken = set()
        for _ in range(count):
            meeting = chance.choice(self.favourites)
            day = monday + timedelta(days=(chance.choice(meeting.days) - 1) % 7)
            if (meeting, day) in taken or not self._in_care(day) or (away and away[0] <= day <= away[1]):
                continue
            taken.add((meeting, day))
            took_part = chance.random() < self.active * week.active
            yield (
                "attendance",
                {
                    "client_id": self.client_id,
                    "meeting_date": day,
                    "fellowship": meeting.fellowship,
                    "start_time": meeting.time,
                    "meeting_id": meeting.slug if chance.random() < 0.9 else None,
                    "mode": meeting.mode,
                    "participation": chance.choice(("shared",) * 8 + ("service", "chaired"))
                    if took_part
                    else "listened",
                    "verification": chance.choice(("self_report", "self_report", "signed", "app")),
                    "site": self.site,
                },
            )

    def _checkins(
        self, monday: date, week: Week, uses: list[date], step: int, away: tuple[date, date, str] | None
    ) -> Iterator[tuple[str, Row]]:
        chance, day = self.chance, monday + timedelta(days=self.checkin_day)
        if self._in_care(day):
            excused = away is not None and away[0] <= day <= away[1]
            completed = not excused and week.answers and chance.random() < self.answers
            row: Row = {
                "client_id": self.client_id,
                "checkin_date": day,
                "status": "excused" if excused else "completed" if completed else "missed",
                "source": "clinician" if chance.random() < 0.25 else "self_report",
            }
            yield "checkins", (row | self._answers(day, week, uses, step)) if completed else row
        if (monday.toordinal() // 7 + self.number) % 3 == 0 and week.answers:
            day = monday + timedelta(days=(self.checkin_day + 2) % 6)
            if self._in_care(day) and not (away and away[0] <= day <= away[1]):
                positive = any(0 <= (day - use).days <= 3 for use in uses)
                row = {
                    "client_id": self.client_id,
                    "checkin_date": day,
                    "status": "completed",
                    "source": "toxicology",
                    "used": "yes" if positive else "no",
                    "substance": self.substance,
                }
                yield "checkins", row
                if positive and chance.random() < 0.2:
                    yield "checkins", row | {"used": "no"}

    def _answers(self, day: date, week: Week, uses: list[date], step: int) -> Row:
        chance = self.chance
        known = [use for use in uses if use <= day]
        sponsored = day >= self.sponsor_from and not self.has_no_sponsor_yet
        silent = sponsored and week.sponsor == 0.0
        return {
            "used": ("yes" if known else "no") if chance.random() < 0.96 else None,
            "last_use_date": known[-1] if known and chance.random() < 0.8 else None,
            "craving": min(10, poisson(chance, 4 if known else 2)),
            "mood": max(0, min(10, round(chance.gauss(4 if known else 6.5, 1.5)))),
            "has_sponsor": "yes" if sponsored else "no",
            "sponsor_role": self.sponsor_role if sponsored else None,
            "sponsor_contacts": 0 if silent else poisson(chance, 1.8 * week.sponsor) if sponsored else 0,
            "step": step,
            "step_work": "yes" if chance.random() < self.step_work * max(week.sponsor, 0.15) else "no",
            "crisis": "yes" if chance.random() < 0.01 else "no",
        }

    def _sessions(self, monday: date, number: int, away: tuple[date, date, str] | None) -> Iterator[tuple[str, Row]]:
        chance = self.chance
        early = (monday - self.admitted).days < 56
        kinds = [("individual", self.session_day)]
        if self._level(monday)[0] != "1":
            kinds.append(("group", (self.session_day + 2) % 5))
        if early and number % 2 == 0:
            kinds.append(("psychoeducation", (self.session_day + 1) % 5))
        for kind, weekday in kinds:
            day = monday + timedelta(days=weekday)
            if not self._in_care(day) or (away and away[0] <= day <= away[1]):
                continue
            if chance.random() < 0.06:
                status = chance.choice(("cancelled_client", "cancelled_clinic"))
            else:
                status = "attended" if chance.random() < self.keeps_sessions else "no_show"
            topic = _TOPICS[number // 2 % len(_TOPICS)] if kind == "psychoeducation" else None
            yield (
                "sessions",
                {"client_id": self.client_id, "session_date": day, "status": status, "kind": kind, "topic": topic},
            )

    def _tasks(self, monday: date, step: int) -> Iterator[tuple[str, Row]]:
        chance = self.chance
        day = monday + timedelta(days=self.session_day)
        if not self._in_care(day):
            return
        at = max(key for key in _TASKS if key <= step)
        for task, focus in _TASKS[at]:
            done = day + timedelta(days=chance.randint(3, 25))
            finished = chance.random() < 0.82 and done <= (self.left or self.clinic.last_day)
            yield (
                "tasks",
                {
                    "client_id": self.client_id,
                    "task": task,
                    "assigned_on": day,
                    "due_on": day + timedelta(days=14),
                    "completed_on": done if finished else None,
                    "step": at,
                    "focus": focus,
                },
            )

    def _contract(self) -> Iterator[tuple[str, Row]]:
        chance = self.chance
        if chance.random() > 0.4:
            return
        signed = max(self.admitted, self.clinic.first_day) + timedelta(days=chance.randint(5, 40))
        if not self._in_care(signed):
            return
        broken = signed + timedelta(days=chance.randint(10, 60))
        yield (
            "contracts",
            {
                "client_id": self.client_id,
                "signed_on": signed,
                "ends_on": signed + timedelta(days=chance.choice((90, 180, 270, 365))),
                "behaviour": chance.choice(_BEHAVIOURS),
                "meetings_per_week": max(1, round(self.rate)),
                "accountability": chance.choice(("sponsor", "group", "family", "therapist")),
                "broken_on": broken if chance.random() < 0.15 and self._in_care(broken) else None,
            },
        )

    def _crisis(self) -> Iterator[tuple[str, Row]]:
        chance = self.chance
        if chance.random() > 0.2:
            return
        first = max(self.admitted, self.clinic.first_day)
        opened = first + timedelta(days=chance.randint(0, ((self.left or self.clinic.last_day) - first).days))
        resolved = opened + timedelta(days=chance.randint(2, 40))
        yield (
            "crises",
            {
                "client_id": self.client_id,
                "opened_on": opened,
                "kind": chance.choice(("housing", "legal", "medical", "family", "employment", "safety")),
                "resolved_on": resolved if resolved <= self.clinic.last_day else None,
            },
        )

    def _absence(self) -> tuple[date, date, str] | None:
        """A planned absence: of the story's own near the end, of others at any time."""
        chance = self.chance
        if self.story.name == "away":
            start = self.clinic.last_day - timedelta(days=17)
            return start, self.clinic.last_day + timedelta(days=4), chance.choice(("hospital", "vacation"))
        if chance.random() > 0.15:
            return None
        start = max(self.admitted, self.clinic.first_day) + timedelta(days=chance.randint(20, 300))
        if not self._in_care(start):
            return None
        return (
            start,
            start + timedelta(days=chance.randint(5, 16)),
            chance.choice(("vacation", "vacation", "illness", "work")),
        )
