"""A meeting of BMLT, the toolbox in which Narcotics Anonymous publishes its meetings, as a Meeting Guide entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FELLOWSHIP = "NA"
_VENUES = {"1": "in_person", "2": "online", "3": "hybrid"}
# Formats that describe a meeting's place rather than how to attend.
_VIRTUAL, _HYBRID = "VM", "HY"


def is_meeting(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is one of BMLT."""
    return "weekday_tinyint" in entry


def as_entry(meeting: Mapping[str, Any]) -> dict[str, Any]:
    """The meeting as an entry: BMLT counts its days from 1, Sunday, and gives a meeting's duration."""

    def text(key: str) -> str:
        value = meeting.get(key)
        return "" if value is None or isinstance(value, dict | list) else str(value).strip()

    formats = [code for code in text("formats").split(",") if code]
    day = text("weekday_tinyint")
    return {
        "slug": text("id_bigint"),
        "name": text("meeting_name"),
        "day": int(day) - 1 if re.fullmatch("[1-7]", day) else f"weekday {day}",
        "time": text("start_time"),
        "end_time": _end(text("start_time"), text("duration_time")),
        "timezone": text("time_zone"),
        "types": [code for code in formats if code.upper() not in (_VIRTUAL, _HYBRID)],
        "attendance_option": "inactive" if text("published") == "0" else _option(text("venue_type"), formats),
        "location": text("location_text"),
        "address": text("location_street"),
        "city": text("location_municipality"),
        "state": text("location_province"),
        "postal_code": text("location_postal_code_1"),
        "country": text("location_nation"),
        "regions": [part for part in (text("location_sub_province"), text("location_municipality")) if part],
        "conference_url": text("virtual_meeting_link"),
        "conference_phone": text("phone_meeting_number"),
        "updated": text("lastchange"),
    }


def _option(venue: str, formats: list[str]) -> str:
    given = {code.upper() for code in formats}
    return _VENUES.get(venue) or ("hybrid" if _HYBRID in given else "online" if _VIRTUAL in given else "")


def _end(start: str, duration: str) -> str:
    begins, takes = (re.match(r"(\d{1,2}):(\d\d)", each) for each in (start, duration))
    if begins is None or takes is None:
        return ""
    minutes = (60 * (int(begins[1]) + int(takes[1])) + int(begins[2]) + int(takes[2])) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"
