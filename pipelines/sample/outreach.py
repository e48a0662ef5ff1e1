"""What the fictional therapists did about their clients' flags: the outreach journal that goes with the exports."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from pipelines.journal import file as journal_file
from pipelines.journal.store import Contact, Entry, Journal
from pipelines.run import run
from pipelines.sample.care import care_rows
from pipelines.sample.client import Client
from pipelines.sample.clinic import Clinic
from pipelines.sample.stories import USUAL
from pipelines.sample.writing import JOURNAL
from pipelines.settings import Settings

_DAY = timedelta(days=1)
_BY_PHONE = ("contacted",) * 9 + ("left_message",) * 6 + ("not_reached",) * 5
_NO_NEED = ("work_shift", "changed_meeting", "changed_meeting", "other")


@dataclass(frozen=True)
class Flag:
    """A flag of a week, visible from the day `seen` to the day before `gone`."""

    client_id: str
    week: date
    seen: date
    gone: date


def write_journal(out: Path, clinic: Clinic) -> None:
    """Write, beside exports, what was done about the flags that a run of them raises. Raises what `run` does."""
    numbers = {clinic.pseudonym(number): number for number in range(clinic.clients)}
    with TemporaryDirectory() as home:
        run(out, Path(home))
        entries = [
            entry
            for flag in _flags(Path(home), clinic.last_day)
            for entry in _entries(Client(clinic, numbers[flag.client_id]), flag)
        ]
        journal = Journal.of(Path(home), Settings())
        journal.take_in(entries)
        (out / JOURNAL).parent.mkdir(exist_ok=True)
        journal_file.write(journal, out / JOURNAL)


def _flags(home: Path, last_day: date) -> list[Flag]:
    """The flags; one is gone when the week that cleared it is over, or that of the client's next flag."""
    with Engine(snapshots.current(home), read_only=True) as engine:
        rows = engine.rows(
            "SELECT client_id, week, week + 7, coalesce(least(cleared_week, next_week) + 7, $after) "
            "FROM (SELECT *, lead(week) OVER (PARTITION BY client_id ORDER BY week) AS next_week FROM decline_flags) "
            "ORDER BY client_id, week",
            {"after": last_day + _DAY},
        )
    return [Flag(*row) for row in rows]


def _entries(client: Client, flag: Flag) -> Iterator[Entry]:
    """The therapist's actions on a flag: most within days, some late, some never; then the follow-up."""
    chance = client.clinic.chance("outreach", client.client_id, flag.week)
    fate = chance.random()
    if fate < 0.15:
        return
    day = _working(flag.seen + timedelta(days=chance.randint(0, 4) if fate < 0.75 else chance.randint(8, 20)))
    kept = _sessions_kept(client)
    if fate < 0.35:  # it can wait for the week's session, where there is one
        day = min((session for session in kept if day <= session < day + 5 * _DAY), default=day)
    if day >= flag.gone:
        return
    for tries_left in (2, 1, 0):
        if not client.is_in_care(day):
            return
        contact = _contact(client, flag, day, day in kept, chance)
        if not tries_left:
            contact = replace(contact, follow_up_on=None, remind=False)
        # An hour that is of the same day in every zone from the Pacific's to Moscow's.
        entry = _entry(contact, datetime.combine(day, time(chance.randint(15, 19), chance.randint(0, 59))), chance)
        if contact.outcome != "not_reached" and chance.random() < 0.05:
            wrong = replace(contact, outcome="not_reached", reason=None)
            slip = _entry(wrong, entry.written_at - timedelta(minutes=3), chance)
            yield slip
            entry = replace(entry, contact=replace(contact, corrects=slip.entry_id))
        yield entry
        if contact.follow_up_on is None or chance.random() < 0.1:
            return
        day = contact.follow_up_on


def _contact(client: Client, flag: Flag, day: date, in_session: bool, chance: Random) -> Contact:
    """The outcome of one attempt, and when the next is due: soon where the two did not speak."""
    reason, again, away = None, None, client.absence
    if away is not None and away.last is not None and away.first <= day and away.last >= flag.week:
        outcome, reason = "no_contact_needed", "planned_absence"
        again = away.last + _DAY if away.last >= day else None
    elif in_session:
        outcome = "talked_in_session"
    elif client.week(flag.week) == USUAL and chance.random() < 0.25:
        outcome, reason = "no_contact_needed", chance.choice(_NO_NEED)
    else:
        outcome = chance.choice(_BY_PHONE)
    if outcome in ("left_message", "not_reached"):
        again = day + timedelta(days=chance.randint(2, 4))
    elif reason is None and chance.random() < 0.5:
        again = day + timedelta(days=chance.choice((7, 7, 14)))
    follow_up_on = _working(again) if again else None
    return Contact(
        client_id=client.client_id,
        flag_week=flag.week,
        outcome=outcome,
        reason=reason,
        follow_up_on=follow_up_on,
        remind=follow_up_on is not None and chance.random() < 0.6,
        note=None,
        who=client.therapist,
    )


def _entry(contact: Contact, written_at: datetime, chance: Random) -> Entry:
    return Entry(str(uuid.UUID(int=chance.getrandbits(128), version=4)), written_at, contact, corrected=False)


def _sessions_kept(client: Client) -> set[date]:
    """The days on which client and therapist sat together."""
    kept = {"status": "attended", "kind": "individual"}
    return {
        row["session_date"]
        for export, row in care_rows(client)
        if export == "sessions" and kept.items() <= row.items() and isinstance(row["session_date"], date)
    }


def _working(day: date) -> date:
    """The day, or the Monday after it at a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() >= 5 else day
