"""A client of the fictional clinic: the story, the stay in care, and the habits that stay the same all year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from random import Random

from pipelines.sample.clinic import Clinic
from pipelines.sample.directory import Meeting, meetings
from pipelines.sample.stories import Week, story_of

# The fellowship that a client goes to most, and those gone to now and then.
_FELLOWSHIPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "alcohol": (("AA",) * 8 + ("SMART", "LifeRing"), ("AA", "Recovery Dharma", "SMART")),
    "opioids": (("NA", "NA", "NA", "AA"), ("NA", "Recovery Dharma")),
    "stimulants": (("NA", "CMA", "CA"), ("NA", "AA")),
    "cannabis": (("NA", "NA", "SMART"), ("AA",)),
    "sedatives": (("AA", "NA"), ("NA", "AA")),
    "gambling": (("GA",), ("AA",)),
    "sex": (("SAA", "SLAA"), ("AA",)),
    "food": (("OA",), ("AA",)),
}
_ADDICTIONS = (
    ("alcohol",) * 16 + ("opioids",) * 10 + ("stimulants",) * 6 + ("cannabis", "cannabis", "sedatives", "sedatives")
    + ("gambling", "gambling", "sex", "food")
)  # fmt: skip
_NO_TWELVE_STEPS = ("SMART", "LifeRing", "Recovery Dharma")
_TESTED_FOR = {
    "alcohol": ("ethyl glucuronide",),
    "opioids": ("opioids", "fentanyl"),
    "stimulants": ("methamphetamine", "cocaine"),
    "cannabis": ("THC",),
    "sedatives": ("benzodiazepines",),
}
# Until then the clinic placed clients by the third edition of the ASAM criteria.
_FOURTH_EDITION = date(2025, 1, 1)


@dataclass(frozen=True)
class Episode:
    """A time at one level of care; `end` None while it goes on."""

    start: date
    end: date | None
    level: str
    edition: str
    end_reason: str | None


@dataclass(frozen=True)
class Slot:
    """A meeting on one of its weekdays; 0 is Monday."""

    meeting: Meeting
    weekday: int


@cache
def slots_of(fellowships: tuple[str, ...]) -> tuple[Slot, ...]:
    """The meetings of some fellowships, on each of their weekdays."""
    return tuple(
        Slot(meeting, (day - 1) % 7)
        for meeting in meetings()
        if meeting.fellowship in fellowships
        for day in meeting.days
    )


@dataclass(frozen=True)
class Span:
    """Days of which something is true, for a reason or of a kind; `last` None while it goes on."""

    first: date
    last: date | None
    kind: str

    def covers(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day and (self.last is None or day <= self.last)


class Client:
    """One client, known by number: who it is and what is usual for it."""

    def __init__(self, clinic: Clinic, number: int) -> None:
        chance = clinic.chance("client", number)
        self.clinic = clinic
        self.number = number
        self.story = story_of(number)
        self._weeks: dict[date, Week] = {}
        self.client_id = clinic.pseudonym(number)
        self.therapist = clinic.therapist(number)
        self.site = clinic.site(number)
        self.closed_days = clinic.closed_days(self.site)
        self.addiction = chance.choice(_ADDICTIONS)
        self.tested_for = chance.choice(_TESTED_FOR.get(self.addiction, (None,)))
        self._stay(chance)
        self._usual(chance)
        self.sobriety_date = self.admitted - timedelta(days=int(chance.expovariate(1 / 25)) + 2)
        self.declares_sobriety = chance.random() < 0.35
        self.crisis = self._crisis(chance)
        self.absence = self._absence(chance)

    def chance(self, about: str) -> Random:
        """A source of chance of the client's own for one of its matters."""
        return self.clinic.chance("client", self.number, about)

    def _stay(self, chance: Random) -> None:
        clinic, story = self.clinic, self.story
        least, most = story.admitted or (6, clinic.weeks + 60)
        self.admitted = clinic.last_day - timedelta(days=7 * chance.randint(least, most) + chance.randint(2, 6))
        self.left: date | None = None
        earliest = max(self.admitted, clinic.first_day) + timedelta(days=40)
        days = (clinic.last_day - timedelta(days=10) - earliest).days
        if chance.random() < story.leaves and days > 0:
            self.left = earliest + timedelta(days=chance.randint(0, days))
        self.last_day = self.left or clinic.last_day
        if story.turn == "leaving":
            self._turn = self.last_day - timedelta(days=28)
        elif story.turn == "admission":
            self._turn = self.admitted
        else:
            self._turn = clinic.last_day - timedelta(days=7 * chance.randint(*story.turn) - 1)
        self.episodes = tuple(self._episodes(chance))

    def _episodes(self, chance: Random) -> Iterator[Episode]:
        """The stay by levels of care, from more care to less."""
        edition = "4" if self.admitted >= _FOURTH_EDITION else "3"
        if self.addiction == "opioids":
            levels = ["1.7" if edition == "4" else "OTP"]
        else:
            levels = ["1.5" if edition == "4" else "1"]
        if self.story.steps_down:
            levels = [chance.choice(("3.5", "3.1")), "2.1", *levels]
        elif chance.random() < 0.35:
            levels = ["2.5" if chance.random() < 0.2 else "2.1", *levels]
        start = self.admitted
        for level in levels[:-1]:
            end = start + timedelta(days=chance.randint(21, 42) if level[0] == "3" else chance.randint(45, 84))
            if end >= self.last_day:
                break
            yield Episode(start, end, level, edition, "transferred")
            start = end + timedelta(days=chance.randint(1, 3))
        else:
            level = levels[-1]
        reasons = (
            ("lost_contact",) * 5 + ("left",) * 4 + ("incarcerated",)
            if self.story.turn == "leaving"
            else ("completed",) * 8 + ("administrative", "other")
        )
        yield Episode(start, self.left, level, edition, chance.choice(reasons) if self.left else None)

    def _usual(self, chance: Random) -> None:
        if self.story.rate:
            self.rate = chance.uniform(*self.story.rate)
        else:
            self.rate = min(max(chance.gammavariate(4.5, 0.54), 0.8), 7.0)
        kind = chance.random()
        self.is_regular = kind < 0.3
        self.burstiness = chance.uniform(0.1, 0.4) if kind > 0.75 else 0.0
        self.active = chance.uniform(0.25, 0.75)
        self.answers = chance.uniform(0.80, 0.98)
        self.keeps_sessions = chance.uniform(0.77, 0.98)
        self.checkin_weekday = chance.randrange(5)
        self.session_weekday = chance.randrange(5)
        main, others = _FELLOWSHIPS[self.addiction]
        self.fellowship = chance.choice(main)
        self.slots = self._slots(chance, others)
        self.works_steps = self.fellowship not in _NO_TWELVE_STEPS
        finds_sponsor = self.story.turn != "admission" or chance.random() < 0.75
        self.sponsored_from = (
            self.admitted + timedelta(days=int(chance.expovariate(1 / 40)) + 10)
            if self.works_steps and (finds_sponsor or self.story.sponsored_by_therapist)
            else None
        )
        self.sponsor_role = (
            "therapist" if self.story.sponsored_by_therapist else chance.choice(("peer",) * 11 + ("friend",))
        )
        self.step_pace = chance.uniform(0.03, 0.1)
        self.step_work = chance.uniform(0.5, 0.9)
        self.lapses = chance.choice((0.0, 0.0, 0.02, 0.05, 0.14))

    def _slots(self, chance: Random, others: tuple[str, ...]) -> list[Slot]:
        """The meetings that the client goes to, the favourites first."""

        def of(fellowships: tuple[str, ...]) -> list[Slot]:
            found = list(slots_of(fellowships))
            chance.shuffle(found)
            return found

        favourites = of((self.fellowship,))[:12]
        now_and_then = [slot for slot in of(others) if slot.meeting.fellowship != self.fellowship]
        return [*favourites[:4], *now_and_then[:1], *favourites[4:]]

    def _crisis(self, chance: Random) -> Span | None:
        if chance.random() > 0.3:
            return None
        first = max(self.admitted, self.clinic.first_day)
        last = self.last_day
        opened = first + timedelta(days=chance.randint(0, (last - first).days))
        resolved = opened + timedelta(days=chance.randint(3, 60))
        kind = chance.choice(("housing", "housing", "legal", "medical", "family", "family", "employment", "safety"))
        return Span(opened, resolved if resolved <= last else None, kind)

    def _absence(self, chance: Random) -> Span | None:
        """A planned absence: of the story's own across the last day, of others at any time."""
        if self.story.away_at_end:
            last_day = self.clinic.last_day
            reason = ("hospital", "vacation", "work")[self.number % 3]
            return Span(last_day - timedelta(days=chance.randint(12, 18)), last_day + timedelta(days=4), reason)
        if chance.random() > 0.2:
            return None
        first = max(self.admitted, self.clinic.first_day) + timedelta(days=chance.randint(20, 300))
        reason = chance.choice(("vacation", "vacation", "vacation", "hospital", "illness", "work", "jail"))
        away = Span(first, first + timedelta(days=chance.randint(4, 16)), reason)
        return away if self.is_in_care(first) else None

    def is_in_care(self, day: date) -> bool:
        """Whether a day lies in the stay, as far as the exports go."""
        return self.admitted <= day <= self.last_day

    def is_seen(self, day: date) -> bool:
        """Whether the client could be seen on a day: in care, not away, and the site open."""
        return self.is_in_care(day) and not self.is_away(day) and day not in self.closed_days

    def is_away(self, day: date) -> bool:
        """Whether a day lies in the client's absence."""
        return self.absence is not None and self.absence.covers(day)

    def level(self, day: date) -> str:
        """The level of care on a day of the stay."""
        for episode in reversed(self.episodes):
            if episode.start <= day:
                return episode.level
        return ""

    def week(self, monday: date) -> Week:
        """How a week differs from the usual, as the story has it."""
        if monday not in self._weeks:
            self._weeks[monday] = self.story.week((monday - self._turn).days // 7)
        return self._weeks[monday]

    @cached_property
    def mondays(self) -> tuple[date, ...]:
        """The Mondays of the weeks in care that the exports cover."""
        first, last = self.admitted - timedelta(days=6), self.last_day
        return tuple(monday for monday in self.clinic.mondays if first <= monday <= last)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The step that the client is on in each of those weeks."""
        chance = self.chance("steps")
        weeks_before = (self.clinic.first_day - self.admitted).days / 7
        steps = [max(0, min(9, int(weeks_before * self.step_pace)))]
        for monday in self.mondays[:-1]:
            steps.append(min(12, steps[-1] + (chance.random() < self.step_pace * self.week(monday).sponsor)))
        return tuple(steps[: len(self.mondays)])
