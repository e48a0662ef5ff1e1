"""Meetings to suggest to a client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.queries.snapshot import Snapshot, records


@dataclass(frozen=True)
class Suggestion:
    """A meeting that suits a client. `day`: 0 Sunday … 6; `time`: HH:MM, its own; `zone`: if it is not the usual one.

    Shares, 0 to 1: of the client's meetings of this fellowship; on this day and around this hour against the client's
    fullest; taking place this way; in this region. `went_until`: the last time, if the client went there before.
    """

    place: int
    name: str
    fellowship: str | None
    day: int
    time: str
    zone: str | None
    mode: str | None
    region: str | None
    location: str | None
    address: str | None
    conference_url: str | None
    conference_phone: str | None
    types: str | None
    fellowship_share: float
    day_share: float
    hour_share: float
    mode_share: float
    region_share: float
    kept_kind: str | None
    fits: bool
    newcomer: bool
    open_to_all: bool
    others_stayed: bool
    went_until: date | None


def suggestions(snapshot: Snapshot, client_id: str) -> list[Suggestion]:
    """Ten at most, the best first. Raises SnapshotError."""
    return [Suggestion(**row) for row in records(snapshot, "suggestions", client_id=client_id)]


def type_names(snapshot: Snapshot) -> dict[str, str]:
    """The names of the types of meetings, by code. Raises SnapshotError."""
    return {row["name"]: row["title"] for row in records(snapshot, "meeting_types")}
