"""A measure over time as control charts, of the clinic and of its groups. Reads `control_point` only: the cost does not
grow with the clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from dashboard.queries.snapshot import EVERYONE, Caseload, Snapshot, frame, records
from pipelines.definitions import rules
from pipelines.wording.control import Signal

Kind = Literal["week", "month"]
GROUPS = 12


@dataclass(frozen=True)
class Group:
    """A measure of a group of clients.

    `points`: a row of `control_point` a period, oldest first; where the value is missing there is no point.
    `signal`: the verdict on the last point with a value; None if there is none. `has_few`: whether any point of the
    chart, also of an earlier period, is about few clients or events.
    """

    breakdown: str
    member: str
    points: pd.DataFrame
    signal: Signal | None
    has_few: bool = False


@dataclass(frozen=True)
class Trends:
    """The whole clinic, and the largest groups of a breakdown, largest first; how many groups there are in all.

    `whole` is None, and there are no groups, before the first complete period. A therapist's caseload has no `whole`.
    """

    whole: Group | None
    groups: list[Group]
    groups_in_all: int


def trends(
    snapshot: Snapshot, kind: Kind, measure: str, breakdown: str, periods: int, whose: Caseload = EVERYONE
) -> Trends:
    """A measure over the last complete weeks or months, as control charts. Raises SnapshotError."""
    rows = frame(
        snapshot,
        "trends",
        kind=kind,
        measure=measure,
        breakdown=breakdown,
        periods=periods,
        groups=GROUPS,
        therapist_id=whose.therapist_id,
    )
    few = with_few(snapshot, [measure], breakdown)
    found = [
        group(points, has_few=(measure, kind, *of) in few)
        for of, points in rows.groupby(["breakdown", "member"], sort=False)
    ]
    groups = [each for each in found if each.breakdown != "all"]
    in_all = rows.loc[rows["breakdown"] != "all", "groups_in_all"]
    return Trends(
        next((each for each in found if each.breakdown == "all"), None), groups, int(in_all.max()) if groups else 0
    )


def with_few(snapshot: Snapshot, measures: Sequence[str], breakdown: str = "all") -> set[tuple[str, str, str, str]]:
    """The charts with a point about few clients or events: measure, kind, breakdown and member of each.

    Raises SnapshotError.
    """
    rows = records(snapshot, "few", measures=list(measures), breakdown=breakdown, few=rules()["few_least"])
    return {(row["measure"], row["kind"], row["breakdown"], row["member"]) for row in rows}


def group(points: pd.DataFrame, *, has_few: bool) -> Group:
    """The group whose points these are."""
    first = points.iloc[0]
    filled = points.dropna(subset="value")
    signal = None if filled.empty else Signal.of({str(name): _plain(each) for name, each in filled.iloc[-1].items()})
    return Group(str(first["breakdown"]), str(first["member"]), points.reset_index(drop=True), signal, has_few)


def _plain(value: Any) -> Any:
    """A cell of a data frame as Python knows it: a date, a number, a text, or None."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value
