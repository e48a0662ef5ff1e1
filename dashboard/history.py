"""What a client's history is made of: weeks and events. Queries return them, charts draw them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Week:
    """A week of the calendar; outside care, everything but the week is None. See client_weeks.sql."""

    week: date
    exposure: float | None
    complete: bool | None
    meetings: int | None
    active: int | None
    stated: int | None
    placed: int | None
    in_person: int | None
    home_group: bool | None
    usual: float | None
    usual_low: float | None
    usual_high: float | None
    reported: bool


@dataclass(frozen=True)
class Event:
    """Something that has a day or a stretch of days; `end_date` is None while it goes on. See client_event.sql."""

    lane: str
    start_date: date
    end_date: date | None
    label: str
    state: str
