"""What came in: the files of the last run, the rows that were not taken, and the weeks that sites reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.queries.snapshot import NO_LIMIT, Snapshot, frame, records

# A page shows at most this many rejected rows, and says how many there are.
SHOWN = 200


@dataclass(frozen=True)
class File:
    """A file of the last run: rows_read = accepted + known + rejected. `status`: read or refused; `note` says why."""

    file: str
    export: str | None
    rows_read: int
    accepted: int
    known: int
    rejected: int
    status: str
    note: str | None


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not taken: its file and physical line (the header is line 1), and all that is wrong with it."""

    file: str
    export: str
    line: int
    column_name: str | None
    reason: str
    rejected_in_all: int


@dataclass(frozen=True)
class Reason:
    """A reason why rows of an export were rejected: how many rows, in how many files."""

    export: str
    column_name: str | None
    reason: str
    rejected: int
    files: int


@dataclass(frozen=True)
class Filled:
    """A column that may be blank, and in how many of its export's rows it is filled."""

    export: str
    column_name: str
    rows_stored: int
    filled: int


@dataclass(frozen=True)
class FlagSetting:
    """What the decline flag works with. `fitted_on`: None if the clinic has too few weeks and uses the defaults.

    `meetings_expected`: a week, of a client not seen before; `dispersion`: variance over mean of weekly meetings.
    """

    false_alerts_per_year: float
    caseload_share: float
    fitted_on: date | None
    client_weeks: int | None
    meetings_expected: float
    dispersion: float
    holiday_factor: float
    step_down_factor: float


def flag_setting(snapshot: Snapshot) -> FlagSetting | None:
    """What the decline flag works with; None before there is a week to judge. Raises SnapshotError."""
    rows = records(snapshot, "flag_setting")
    return FlagSetting(**rows[0]) if rows else None


def files(snapshot: Snapshot) -> list[File]:
    """The files of the last run, those with something wrong first. Raises SnapshotError."""
    return [File(**row) for row in records(snapshot, "files")]


def rejected(snapshot: Snapshot, export: str | None = None, limit: int | None = SHOWN) -> list[RejectedRow]:
    """The rows that were not taken, of one export or of all. Raises SnapshotError."""
    return [RejectedRow(**row) for row in records(snapshot, "rejected", export=export, limit=limit or NO_LIMIT)]


def reasons(snapshot: Snapshot, export: str | None = None, limit: int = 20) -> list[Reason]:
    """Why rows were rejected, the most frequent reason first. Raises SnapshotError."""
    return [Reason(**row) for row in records(snapshot, "rejected_reasons", export=export, limit=limit)]


def columns_filled(snapshot: Snapshot) -> list[Filled]:
    """The columns that may be blank, by export, the least filled first. Raises SnapshotError."""
    return [Filled(**row) for row in records(snapshot, "columns_filled")]


def coverage(snapshot: Snapshot) -> pd.DataFrame:
    """Site, week, clients, rows_received and reported over the last 52 complete weeks, from the first on that any site
    reported. Raises SnapshotError.
    """
    return frame(snapshot, "coverage")
