"""What is published: whose data, up to which day, and what each measure means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dashboard.queries.snapshot import Snapshot, records
from pipelines.wording.measure import Measure


@dataclass(frozen=True)
class Published:
    """The snapshot's own description. `date_basis`: 'real' or 'shifted'; the counts are those of its last run.

    `came_in`: the exports that have brought rows, in this run or before; `came_empty`: those that came without any.
    """

    clinic: str
    date_basis: str
    as_of: date
    published: datetime
    rows_rejected: int
    rows_later: int
    files_refused: int
    came_in: tuple[str, ...]
    came_empty: tuple[str, ...] = ()

    def was_exported(self, export: str) -> bool:
        """Whether an export has come in, with or without rows; if so, what it does not hold was not recorded."""
        return export in (*self.came_in, *self.came_empty)


def published(snapshot: Snapshot) -> Published:
    """The description of a snapshot. Raises SnapshotError."""
    (row,) = records(snapshot, "published")
    return Published(**row | {name: tuple(row[name] or ()) for name in ("came_in", "came_empty")})


def measures(snapshot: Snapshot) -> dict[str, Measure]:
    """Every measure by its name. Raises SnapshotError."""
    return {row["name"]: Measure(**row) for row in records(snapshot, "measures")}
