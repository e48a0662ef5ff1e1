"""A caseload: whom to call first, and everyone else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dashboard.queries.snapshot import EVERYONE, Scope, records

# A page shows so many clients at most; it then says how many there are.
SHOWN = 120


@dataclass(frozen=True)
class Therapist:
    """A therapist with clients in care; `unknown` for those without one."""

    therapist_id: str
    clients: int


@dataclass(frozen=True)
class Counts:
    """A caseload in numbers, and the sites and levels of care of the whole clinic."""

    clients: int
    to_call: int
    flagged: int
    sobriety_unknown: int
    not_judged: int
    sites: list[str]
    levels_of_care: list[str]


@dataclass(frozen=True)
class Filters:
    """Which clients of the caseload are wanted; the default is all."""

    flagged: bool = False
    sobriety_unknown: bool = False
    site: str | None = None
    level_of_care: str | None = None


@dataclass(frozen=True)
class Client:
    """A client in care, as caseload.sql gives them: days are counted up to the as-of date, meetings are a week."""

    client_id: str
    priority: int
    call_first: bool
    site: str | None
    program: str | None
    level_of_care: str | None
    primary_addiction: str | None
    in_care_since: date
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
    sobriety_status: str
    sober_since: date | None
    sober_days: int | None
    days_since_use: int | None
    confirmed_through: date | None
    days_since_heard: int | None
    open_crises: int
    has_sponsor: bool | None
    step: int | None
    overdue_tasks: int
    last_contact: date | None
    days_since_contact: int | None
    days_since_meeting: int | None
    meetings: list[int | None]
    exposure: list[float | None]
    clients_matching: int


def therapists(snapshot: Path, scope: Scope = EVERYONE) -> list[Therapist]:
    """The therapists in scope. Raises SnapshotError."""
    return [Therapist(**row) for row in records(snapshot, "therapists", therapist_id=scope.therapist_id)]


def counts(snapshot: Path, scope: Scope) -> Counts:
    """The caseload in scope, in numbers. Raises SnapshotError."""
    (row,) = records(snapshot, "caseload_counts", therapist_id=scope.therapist_id)
    return Counts(**row)


def caseload(snapshot: Path, scope: Scope, filters: Filters, limit: int = SHOWN) -> list[Client]:
    """The clients in scope that the filters want, first to call first. Raises SnapshotError."""
    rows = records(
        snapshot,
        "caseload",
        therapist_id=scope.therapist_id,
        flagged=filters.flagged,
        sobriety_unknown=filters.sobriety_unknown,
        site=filters.site,
        level_of_care=filters.level_of_care,
        limit=limit,
    )
    return [Client(**row) for row in rows]
