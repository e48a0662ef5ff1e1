"""What is published: whose data, up to which day, and what each measure means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dashboard.queries.snapshot import Snapshot, records
from pipelines.wording.measure import Measure


@dataclass(frozen=True)
class Published:
    """The snapshot's own description. `date_basis`: 'real' or 'shifted'; the counts are those of its last run.

    `came_in`: the exports of which rows have come in, in this run or before.
    """

    clinic: str
    date_basis: str
    as_of: date
    published: datetime
    rows_rejected: int
    rows_later: int
    files_refused: int
    came_in: tuple[str, ...]


def published(snapshot: Snapshot) -> Published:
    """The description of a snapshot. Raises SnapshotError."""
    (row,) = records(snapshot, "published")
    return Published(**row | {"came_in": tuple(row["came_in"] or ())})


def measures(snapshot: Snapshot) -> dict[str, Measure]:
    """Every measure by its name. Raises SnapshotError."""
    return {row["name"]: Measure(**row) for row in records(snapshot, "measures")}
