"""Who is on a therapist's worklist today: one rule for the page and for the digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import cache

from pipelines.definitions import rules
from pipelines.journal.store import SNOOZED, Entry, day_of
from pipelines.model import models

_NOT_REACHED = "not_reached"
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Reasons:
    """The reasons in the snapshot for calling a client. `call_first`: there is at least one.

    `flag_week`: the week of a flag in force. `crisis_since`: the start of the crisis open longest. `last_use_on`: the
    last known use, if it is recent. `seen_on`: the last session that the client attended.
    """

    client_id: str
    call_first: bool
    flag_week: date | None = None
    crisis_since: date | None = None
    last_use_on: date | None = None
    seen_on: date | None = None

    def known_on(self) -> date | None:
        """The day from which the newest reason could be seen. A week is judged once it is over."""
        days = [
            self.flag_week + _WEEK if self.flag_week else None,
            self.crisis_since,
            self.last_use_on,
        ]
        return max((day for day in days if day), default=None)


@dataclass(frozen=True)
class Done:
    """What was done about clients: contacts in force, newest first; each client's last one, and when last reached.

    `snoozed`: the entry that puts a client off, if no contact was noted after it.
    """

    contacts: list[Entry] = field(default_factory=list)
    last: dict[str, Entry] = field(default_factory=dict)
    reached_on: dict[str, date] = field(default_factory=dict)
    snoozed: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Done:
        """The contacts recorded in entries of the journal, newest first."""
        done = cls()
        in_force: list[Entry] = []
        for entry in reversed([each for each in entries if not each.corrected]):
            client_id = entry.contact.client_id
            if entry.contact.outcome == SNOOZED:
                done.snoozed[client_id] = entry
                continue
            done.snoozed.pop(client_id, None)
            in_force.append(entry)
            done.last[client_id] = entry
            if entry.contact.outcome in spoken():
                done.reached_on[client_id] = day_of(entry.written_at)
        done.contacts.extend(reversed(in_force))
        return done

    def concerns(self, today: date) -> set[str]:
        """Whom it puts on the worklist of a day or takes off it, without any other reason to call."""
        return {
            *self.snoozed,
            *(
                client_id
                for client_id, entry in self.last.items()
                if entry.contact.follow_up_on or day_of(entry.written_at) == today
            ),
        }


@cache
def spoken() -> frozenset[str]:
    """The outcomes in which client and therapist spoke."""
    return frozenset(models()["spoken_outcome"].rows()["name"].to_pylist())


class Place(Enum):
    """Where a client is on the worklist of a day."""

    TO_CALL = "to call"
    DONE_TODAY = "done today"
    SNOOZED = "snoozed"
    RESTING = "contacted lately"
    NOT_NEEDED = "no reason to call"


def follow_up_due(entry: Entry | None, seen_on: date | None, today: date) -> date | None:
    """The day of the follow-up that was agreed in a client's last contact, if it is still to be made; a date is a
    reminder.

    A session that the client attended on that day or later (`seen_on`) settles it, as a later contact does.
    """
    day = entry.contact.follow_up_on if entry else None
    return day if day is not None and day <= today and not follow_up_settled(entry, seen_on) else None


def follow_up_settled(entry: Entry | None, seen_on: date | None) -> bool:
    """Whether a session settled the follow-up that was agreed in a client's last contact."""
    day = entry.contact.follow_up_on if entry else None
    return day is not None and seen_on is not None and seen_on >= day


def place(reasons: Reasons, done: Done, today: date) -> Place:
    """Where a client is on the worklist of a day."""
    last, snooze = done.last.get(reasons.client_id), done.snoozed.get(reasons.client_id)
    if last and day_of(last.written_at) == today and not (snooze and snooze.contact.follow_up_on == today):
        return Place.DONE_TODAY
    if snooze and snooze.contact.follow_up_on:
        return Place.SNOOZED if snooze.contact.follow_up_on > today else Place.TO_CALL
    if follow_up_due(last, reasons.seen_on, today):
        return Place.TO_CALL
    if not reasons.call_first:
        return Place.NOT_NEEDED
    return Place.RESTING if last and _rests(last, reasons, today) else Place.TO_CALL


def _rests(last: Entry, reasons: Reasons, today: date) -> bool:
    """Whether what was done last is enough for now: it is recent, and nothing newer is known."""
    contacted_on, known_on = day_of(last.written_at), reasons.known_on()
    if known_on is not None and known_on > contacted_on:
        return False
    follow_up = last.contact.follow_up_on
    if follow_up is not None:  # the therapist set a day for the follow-up
        return follow_up > today
    days = rules()["attempt_rests_days" if last.contact.outcome == _NOT_REACHED else "contact_rests_days"]
    return 0 <= (today - contacted_on).days < days  # an entry of a later day says nothing about this one
