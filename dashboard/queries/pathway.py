"""How far admissions come on the way into recovery, and where they are lost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from dashboard.queries.snapshot import Snapshot, records


@dataclass(frozen=True)
class Step:
    """A step of a quarter's pathway: of those who `came` to the step before, `clients` took this one.

    `median_days`: from admission to it. `retained`: of those who took it, in care on day 90. Of the others:
    `left_care`, `not_known`, and `still_in_care` without it. `too_soon`: admissions of the quarter whose first 90 days
    are not over; they count nowhere.
    """

    admission_quarter: str
    stage: str
    came: int
    clients: int
    median_days: float | None
    retained: int
    left_care: int
    not_known: int
    still_in_care: int
    too_soon: int

    @property
    def lost(self) -> int:
        """Those who came to the step before and are not known to have taken this one."""
        return self.came - self.clients


def pathway(snapshot: Snapshot) -> list[tuple[str, list[Step]]]:
    """The steps of all quarters together (`all`), then of each quarter, newest first. Raises SnapshotError."""
    steps = [Step(**row) for row in records(snapshot, "pathway")]
    return [(quarter, list(of)) for quarter, of in groupby(steps, key=lambda step: step.admission_quarter)]


def landmark(snapshot: Snapshot) -> dict[str, int]:
    """Those in care on day 30 with and without a sponsor, and of each how many were retained. Raises SnapshotError."""
    found = {"clients_with": 0, "retained_with": 0, "clients_without": 0, "retained_without": 0}
    for row in records(snapshot, "pathway_landmark"):
        group = "with" if row["has_sponsor"] else "without"
        found |= {f"clients_{group}": int(row["clients"]), f"retained_{group}": int(row["retained"])}
    return found
