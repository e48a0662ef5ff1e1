"""What a director asks first: how the clinic is doing, what changed and where, how fresh the data are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.queries.snapshot import Snapshot, frame, records
from dashboard.queries.trends import Group, group, with_few
from pipelines.definitions import rules
from pipelines.wording.control import Signal

FIGURES = ("census", "meetings_per_client_week", "flagged", "sessions_kept", "sober", "retained_90")
WEEKS, MONTHS = 26, 12
CHANGES, GROUPS = 3, 5


@dataclass(frozen=True)
class Change:
    """A measure of the whole clinic that changed, and the groups in which it changed the same way, the most first."""

    clinic: Signal
    groups: list[Signal]
    everywhere: list[str]  # the breakdowns of which every group changed


@dataclass(frozen=True)
class Reported:
    """A site with clients in care: the last week that it reported (None: none), the last for which all meetings seem to
    have come, and the last complete week.
    """

    site: str
    last_reported: date | None
    attended_until: date | None
    last_week: date


@dataclass(frozen=True)
class Journal:
    """Whether anything is noted in it, and the flags that are still open; see director_noted.sql."""

    noted: bool
    still_open: int


@dataclass(frozen=True)
class Reassessments:
    """How many open windows have no reassessment yet, and when the first closes; None if there is none."""

    number: int
    first_closes: date | None


@dataclass(frozen=True)
class Response:
    """What was done about a group's flags, and what came after, in counts; see director_response.sql."""

    member: str
    breakdown: str
    acted: int
    flags: int
    back_4: int
    of_4: int
    back_4_without: int
    of_4_without: int
    back_8: int
    of_8: int
    back_8_without: int
    of_8_without: int


def responses(snapshot: Snapshot) -> list[Response]:
    """The whole clinic, then its sites. Raises SnapshotError."""
    return [Response(**row) for row in records(snapshot, "director_response")]


def journal(snapshot: Snapshot) -> Journal:
    """What the outreach journal holds of flags as a whole. Raises SnapshotError."""
    (row,) = records(snapshot, "director_noted")
    return Journal(**row)


def reassessments(snapshot: Snapshot) -> Reassessments:
    """How many reassessments are due. Raises SnapshotError."""
    (row,) = records(snapshot, "director_reassessments")
    return Reassessments(**row)


def figures(snapshot: Snapshot) -> list[Group]:
    """The six figures of the whole clinic, in their order. Raises SnapshotError."""
    rows = frame(snapshot, "director", figures=list(FIGURES), weeks=WEEKS, months=MONTHS)
    few = with_few(snapshot, FIGURES)
    return [
        group(points, has_few=(*of, "all", "all") in few)
        for of, points in rows.groupby(["measure", "kind"], sort=False)
    ]


def changes(snapshot: Snapshot) -> list[Change]:
    """What changed most, by rule, the most important first. Raises SnapshotError."""
    found: list[Change] = []
    for row in records(snapshot, "director_changes", changes=CHANGES, groups=GROUPS, few=rules()["few_least"]):
        signal = Signal.of(row)
        if signal.breakdown == "all":
            found.append(Change(signal, [], []))
            continue
        change = found[-1]
        change.groups.append(signal)
        if row["moved"] == row["members"] > 1 and signal.breakdown not in change.everywhere:
            change.everywhere.append(signal.breakdown)
    return found


def looked_at(snapshot: Snapshot) -> tuple[int, float]:
    """How many charts of the whole clinic were checked, and how many would signal by chance. Raises SnapshotError."""
    (row,) = records(snapshot, "director_looked")
    return int(row["charts"]), float(row["by_chance"])


def reported(snapshot: Snapshot) -> list[Reported]:
    """The sites, those longest silent first. Raises SnapshotError."""
    return [Reported(**row) for row in records(snapshot, "director_reported")]
