"""A caseload: whom to call first, and everyone else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dashboard.queries.snapshot import EVERYONE, Caseload, Snapshot, records
from pipelines.worklist import Reasons

# A page shows at most this many clients, and says how many there are.
SHOWN = 400
CARDS = 20  # of those to call, until somebody asks for all: each is drawn again whenever a contact is noted
# The orders in which the list can be read, by their names on the screen.
SORTS = {
    "To call first": "priority",
    "Furthest below usual": "fall",
    "Longest not seen": "seen",
    "Fewest sober days": "sober",
    "Client ID": "client_id",
}


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
    primary_addictions: list[str]
    programs: list[str]


@dataclass(frozen=True)
class Filters:
    """Which clients of the caseload are wanted; the default is all. `no_sponsor`: known to have none, not unknown.

    `find`: a part of the client_id.
    """

    find: str | None = None
    flagged: bool = False
    sobriety_unknown: bool = False
    no_sponsor: bool = False
    new_in_care: bool = False  # in the first 30 days
    not_started: bool = False  # no meeting yet, where meetings are expected
    flag_kind: str | None = None
    site: str | None = None
    level_of_care: str | None = None
    primary_addiction: str | None = None
    program: str | None = None


@dataclass(frozen=True)
class Client:
    """A client in care, as caseload.sql gives them: days are counted up to the as-of date, meetings are a week.

    `days_without_meeting`, `agreed_meetings` and `not_started_usual` are those of the table `not_started`; null for a
    client who has been to a meeting or is not expected at one yet.
    """

    client_id: str
    therapist_id: str | None
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
    near_usual: bool | None
    days_without_meeting: int | None
    agreed_meetings: float | None
    not_started_usual: float | None
    sobriety_status: str
    sober_since: date | None
    sober_days: int | None
    sober_confirmed_days: int | None
    confirmed_through: date | None
    open_crises: int
    crisis_kind: str | None
    crisis_since: date | None
    has_sponsor: bool | None
    sponsor_is_therapist: bool | None
    step: int | None
    open_tasks: int
    task: str | None
    task_due_on: date | None
    task_overdue: bool
    last_use_on: date | None
    last_session: date | None
    last_checkin: date | None
    away_since: date | None
    away_until: date | None
    away_reason: str | None
    as_of: date
    meetings: list[int | None]
    exposure: list[float | None]
    clients_matching: int


@dataclass(frozen=True)
class Reassessment:
    """A window for a reassessment that is open and has had none. `left_on`: None while the client is in care."""

    client_id: str
    admitted_on: date
    left_on: date | None
    window_closes: date


@dataclass(frozen=True)
class News:
    """What became known of a client after a day: one of `wording.worklist.EVENTS`."""

    client_id: str
    event: str


def client_ids(snapshot: Snapshot) -> list[str]:
    """Every client in the snapshot, in care now or before. Raises SnapshotError."""
    return [row["client_id"] for row in records(snapshot, "client_ids")]


def therapists(snapshot: Snapshot, whose: Caseload = EVERYONE) -> list[Therapist]:
    """The therapists of the caseload, or of all. Raises SnapshotError."""
    return [Therapist(**row) for row in records(snapshot, "therapists", therapist_id=whose.therapist_id)]


def counts(snapshot: Snapshot, whose: Caseload) -> Counts:
    """The caseload in numbers. Raises SnapshotError."""
    (row,) = records(snapshot, "caseload_counts", therapist_id=whose.therapist_id)
    return Counts(**row)


def in_care(snapshot: Snapshot, whose: Caseload) -> list[str]:
    """The clients in care, in the order in which to call them. Raises SnapshotError."""
    return [row["client_id"] for row in records(snapshot, "caseload_in_care", therapist_id=whose.therapist_id)]


def news(snapshot: Snapshot, whose: Caseload, after: date) -> list[News]:
    """What became known of the clients after a day to which earlier data went. Raises SnapshotError."""
    return [News(**row) for row in records(snapshot, "caseload_news", therapist_id=whose.therapist_id, after=after)]


def standing(snapshot: Snapshot, whose: Caseload, also: Collection[str]) -> list[Reasons]:
    """Why clients have to be called, however many, in the order in which to call them; and those of `also` in any case.

    Raises SnapshotError.
    """
    rows = records(snapshot, "caseload_standing", therapist_id=whose.therapist_id, also=list(also))
    return [Reasons(**row) for row in rows]


def caseload(
    snapshot: Snapshot,
    whose: Caseload,
    filters: Filters,
    sort: str = "priority",
    limit: int | None = None,
    also: Collection[str] = (),
) -> list[Client]:
    """The clients of the caseload that the filters want, in one of SORTS, and those of `also` wherever they are in it.

    `limit`: how many at most, beside those of `also`; SHOWN if it is not given. Raises SnapshotError.
    """
    rows = records(
        snapshot,
        "caseload",
        therapist_id=whose.therapist_id,
        find=filters.find,
        sort=sort,
        flagged=filters.flagged,
        sobriety_unknown=filters.sobriety_unknown,
        no_sponsor=filters.no_sponsor,
        new_in_care=filters.new_in_care,
        not_started=filters.not_started,
        flag_kind=filters.flag_kind,
        site=filters.site,
        level_of_care=filters.level_of_care,
        primary_addiction=filters.primary_addiction,
        program=filters.program,
        limit=SHOWN if limit is None else limit,
        also=list(also),
    )
    return [Client(**row) for row in rows]


def reassessments(snapshot: Snapshot, whose: Caseload) -> list[Reassessment]:
    """The reassessments due, the window that closes first on top. Raises SnapshotError."""
    return [Reassessment(**row) for row in records(snapshot, "reassessments", therapist_id=whose.therapist_id)]


def response(snapshot: Snapshot, whose: Caseload) -> tuple[int, int]:
    """Of the flags of the last weeks: how many were acted on in time, and for how many this is known.

    Raises SnapshotError.
    """
    (row,) = records(snapshot, "caseload_response", therapist_id=whose.therapist_id)
    return row["acted"], row["flags"]
