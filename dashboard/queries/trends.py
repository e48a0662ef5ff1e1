"""The whole clinic over time, by group. Reads the caseload tables only: the cost does not grow with the clients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from dashboard.queries.snapshot import EVERYONE, Scope, frame

Kind = Literal["week", "month"]

SHOWN = ("census", "meetings_per_client_week", "flagged", "sober", "sobriety_known")
# Therapists do not choose their clients, so outcomes of therapists are not compared: only how many, how many flagged.
SHOWN_OF_THERAPISTS = ("census", "flagged")
GROUPS = 12


@dataclass(frozen=True)
class Group:
    """A group of clients and its measures: for each, rows of period, numerator, denominator and value, oldest first."""

    member: str
    measures: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Trends:
    """The largest groups of a breakdown, largest first; how many groups there are in all; the first and last period."""

    groups: list[Group]
    groups_in_all: int
    span: tuple[pd.Timestamp, pd.Timestamp] | None


def shown(breakdown: str) -> tuple[str, ...]:
    """The measures that may be shown of a breakdown."""
    return SHOWN_OF_THERAPISTS if breakdown == "therapist" else SHOWN


def trends(snapshot: Path, kind: Kind, breakdown: str, periods: int, scope: Scope = EVERYONE) -> Trends:
    """The measures of a breakdown's groups over the last complete weeks or months. Raises SnapshotError.

    With the scope of one therapist, the therapist's own caseload is the only group there is.
    """
    rows = frame(
        snapshot,
        "trends",
        kind=kind,
        breakdown=breakdown,
        periods=periods,
        groups=GROUPS,
        measures=list(shown(breakdown)),
        therapist_id=scope.therapist_id,
    )
    groups = [
        Group(str(member), {str(name): series.reset_index(drop=True) for name, series in of_group.groupby("measure")})
        for member, of_group in rows.groupby("member", sort=False)
    ]
    if rows.empty:
        return Trends([], 0, None)
    return Trends(groups, int(rows["groups_in_all"].max()), (rows["period"].min(), rows["period"].max()))
