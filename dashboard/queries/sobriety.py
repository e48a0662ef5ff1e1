"""Sobriety, as far as it is known: now, over the last 90 days, and as time to an event."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.curve import Curve, Event, LogRank
from dashboard.queries.snapshot import EVERYONE, Caseload, Snapshot, frame, records
from pipelines.definitions import rules

GROUPS = 12
# The distance between the round times of a curve, by its unit.
STEPS = {
    "days": [7, 14, 30, 60, 90, 180, 360, 720, 1440, 2880],
    "weeks": [1, 2, 4, 8, 13, 26, 52, 104, 208, 416],
}


@dataclass(frozen=True)
class Survival:
    """The curves of a breakdown's largest groups; how many groups there are in all; the last time of any; the test."""

    curves: list[Curve]
    groups_in_all: int
    last_time: float
    log_rank: LogRank | None = None


def bands(snapshot: Snapshot, whose: Caseload = EVERYONE) -> pd.DataFrame:
    """Band, clients and in_care (clients of all bands), fewest sober days first. Raises SnapshotError."""
    return frame(snapshot, "sobriety_bands", therapist_id=whose.therapist_id)


def unknown(snapshot: Snapshot, breakdown: str, whose: Caseload = EVERYONE) -> pd.DataFrame:
    """Member, unknown, clients and share by `site` or `therapist`, most first; and of all. Raises SnapshotError."""
    return frame(snapshot, "sobriety_unknown", breakdown=breakdown, groups=GROUPS, therapist_id=whose.therapist_id)


def abstinent(snapshot: Snapshot, whose: Caseload = EVERYONE) -> pd.DataFrame:
    """Member, clients, low, high, value and known (shares) of all clients and of each site. Raises SnapshotError."""
    return frame(snapshot, "sobriety_abstinent", therapist_id=whose.therapist_id)


def events(snapshot: Snapshot) -> list[Event]:
    """The events whose times were followed, those of trials last. Raises SnapshotError."""
    return [Event(**row) for row in records(snapshot, "survival_curves")]


def survival(snapshot: Snapshot, event: Event, breakdown: str) -> Survival:
    """An event's survival curves by group, the largest first but quarters in their order. Raises SnapshotError."""
    rows = frame(
        snapshot,
        "survival",
        curve=event.name,
        breakdown=breakdown,
        least=rules()["few_least"],
        groups=GROUPS,
        steps=STEPS[event.unit],
    )
    if rows.empty:
        return Survival([], 0, 0.0)
    curves = [_curve(str(member), points) for member, points in rows.groupby("member", sort=False)]
    tests = [LogRank(**row) for row in records(snapshot, "survival_test", curve=event.name, breakdown=breakdown)]
    return Survival(curves, int(rows["groups_in_all"].max()), float(rows["time"].max()), tests[0] if tests else None)


def _curve(member: str, points: pd.DataFrame) -> Curve:
    said = points.iloc[0]
    median, low, high = (
        None if pd.isna(said[column]) else float(said[column]) for column in ("median", "median_low", "median_high")
    )
    columns = ["time", "is_mark", "at_risk", "survival", "low", "high"]
    followed, entered, events = (int(said[column]) for column in ("followed", "entered", "events"))
    return Curve(member, followed, entered, events, median, low, high, points[columns].reset_index(drop=True))
