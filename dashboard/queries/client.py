"""One client: the state now, the weeks, and every event with a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.history import Event, Week
from dashboard.queries.snapshot import Caseload, Snapshot, records

LEAST = 12  # weeks on the axis of time, so that a new client's are not drawn as wide as a year's


@dataclass(frozen=True)
class Client:
    """The state of a client now, as client.sql gives it.

    Not `in_care`: care ended on `left_on`, for the reason `left_why` (of the contract's codes, or `ended`); `site` and
    `therapist_id` are the last ones, and much is None.
    """

    client_id: str
    in_care: bool
    therapist_id: str | None
    site: str | None
    program: str | None
    level_of_care: str | None
    primary_addiction: str | None
    in_care_since: date | None
    left_on: date | None
    left_why: str | None
    flagged: bool
    flag_kind: str | None
    flag_week: date | None
    weeks_since_flag: int
    reason: str | None
    judged: bool
    judge_reason: str | None
    usual: float | None
    recent: float | None
    recent_weeks: int | None
    near_usual: bool | None
    days_without_meeting: int | None
    agreed_meetings: float | None
    not_started_usual: float | None
    sobriety_status: str | None
    sober_since: date | None
    sober_days: int | None
    sober_basis: str | None
    sober_confirmed_days: int | None
    sober_declared_days: int | None
    sober_unknown_days: int | None
    sober_carried_days: int | None
    declared_sobriety_date: date | None
    declared_conflict: str | None
    confirmed_through: date | None
    last_use_on: date | None
    longest_sober_days: int | None
    longest_sober_confirmed_days: int | None
    pda_90: float | None
    pda_90_low: float | None
    pda_90_high: float | None
    known_90: float | None
    has_sponsor: bool | None
    sponsor_is_therapist: bool | None
    step: int | None
    open_crises: int
    crisis_kind: str | None
    crisis_since: date | None
    away_since: date | None
    away_until: date | None
    away_reason: str | None
    contract_status: str | None
    last_checkin: date | None
    last_session: date | None
    last_meeting: date | None
    as_of: date


@dataclass(frozen=True)
class Flag:
    """A flag, after how many weeks involvement was back (None: not yet), what was done, what a correction did to it.

    See client_flags.sql.
    """

    week: date
    kind: str
    weeks_to_clear: int | None
    days_to_act: int | None
    revision: str | None
    revised_on: date | None


def client(snapshot: Snapshot, whose: Caseload, client_id: str) -> Client | None:
    """The client, None if the caseload holds none of that name. Raises SnapshotError."""
    rows = records(snapshot, "client", client_id=client_id, therapist_id=whose.therapist_id)
    return Client(**rows[0]) if rows else None


def weeks(snapshot: Snapshot, client_id: str, count: int | None) -> list[Week]:
    """The last weeks in care, this many or all, oldest first. Raises SnapshotError.

    A client who came recently has only the weeks so far, but at least LEAST of them.
    """
    (span,) = records(snapshot, "client_span", client_id=client_id)
    shown = max(span["weeks"], LEAST)
    count = shown if count is None else min(count, shown)
    return [Week(**row) for row in records(snapshot, "client_weeks", client_id=client_id, weeks=count)]


def events(snapshot: Snapshot, client_id: str, since: date) -> list[Event]:
    """The events that had not ended before that day. Raises SnapshotError."""
    return [Event(**row) for row in records(snapshot, "client_events", client_id=client_id, since=since)]


def flags(snapshot: Snapshot, client_id: str) -> list[Flag]:
    """The client's flags, the newest first. Raises SnapshotError."""
    return [Flag(**row) for row in records(snapshot, "client_flags", client_id=client_id)]
