"""The meeting directory of a fictional town, in the Meeting Guide format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

# How many meetings each fellowship holds.
_MEETINGS = {
    "AA": 30, "NA": 15, "CA": 5, "CMA": 5, "GA": 5, "OA": 5, "SAA": 5, "SLAA": 4, "SMART": 6, "LifeRing": 3,
    "Recovery Dharma": 4,
}  # fmt: skip
_NAMES = (
    "Early Birds", "Lunch Hour", "Back to Basics", "Step by Step", "Keep It Simple", "Candlelight", "Serenity Hour",
    "New Beginnings", "Happy Hour", "Book Study", "Open Door", "Way of Life", "Clean Start", "Promises",
    "Daily Reprieve", "Hill Street Group", "Lakeside", "Quiet Hour", "One Day at a Time", "Home Group",
)  # fmt: skip
_HOURS = ("07:00", "08:00", "10:00", "12:00", "12:15", "17:30", "18:00", "19:00", "19:30", "20:00")
_KINDS = (
    ("O", "D"), ("C", "D"), ("O", "SP"), ("C", "ST"), ("O", "BE", "D"), ("C", "B"), ("O", "12x12"), ("C", "W"),
    ("C", "M"), ("O", "LGBTQ"), ("O", "Y"), ("O", "MED"), ("O", "X", "D"), ("O", "POA"), ("O", "S"), ("C", "SEN"),
)  # fmt: skip
_MODES = (("in_person",),) * 13 + (("online",),) * 4 + (("in_person", "online"), ("phone",))
_PLACES = (
    ("Community Hall", "Old Town"), ("Library Annex", "Old Town"), ("Riverside Church", "Riverside"),
    ("Recovery Club", "Harbor"), ("Union Hall", "Harbor"), ("Parish House", "Mill District"),
)  # fmt: skip


@dataclass(frozen=True)
class Meeting:
    """A meeting that recurs every week; `days` count from 0, Sunday, as in the format. `modes`: how one can attend."""

    slug: str
    name: str
    fellowship: str
    days: tuple[int, ...]
    time: str
    modes: tuple[str, ...]
    types: tuple[str, ...]


@cache
def meetings() -> tuple[Meeting, ...]:
    """Every meeting of the directory; the town does not depend on a seed."""
    return tuple(_meetings())


def _meetings() -> Iterator[Meeting]:
    chance = Random("directory")
    for fellowship, count in _MEETINGS.items():
        for n in range(count):
            name = _NAMES[n % len(_NAMES)]
            again = "" if n < len(_NAMES) else f" {n // len(_NAMES) + 1}"
            yield Meeting(
                slug=f"{fellowship} {name}{again}".lower().replace(" ", "-"),
                name=name + again,
                fellowship=fellowship,
                days=tuple(sorted(chance.sample(range(7), chance.choice((1, 1, 1, 1, 2, 3))))),
                time=chance.choice(_HOURS),
                modes=chance.choice(_MODES),
                types=chance.choice(_KINDS),
            )


def write_directory(path: Path) -> None:
    """Write the directory; some entries lack what the format does not require."""
    entries = [_entry(n, meeting) for n, meeting in enumerate(meetings())]
    path.write_text(json.dumps(entries, indent=1) + "\n", "utf-8", newline="\n")


def _entry(n: int, meeting: Meeting) -> dict[str, object]:
    entry: dict[str, object] = {
        "slug": meeting.slug,
        "name": meeting.name,
        "day": meeting.days[0] if len(meeting.days) == 1 else list(meeting.days),
        "time": meeting.time,
        "timezone": "America/New_York",
    }
    if n % 3:
        hour, minute = meeting.time.split(":")
        entry["end_time"] = f"{int(hour) + 1:02}:{minute}"
    if n % 11:
        entry["types"] = list(meeting.types)
    if "in_person" in meeting.modes:
        place, region = _PLACES[n % len(_PLACES)]
        entry |= {
            "location": place,
            "formatted_address": f"{n + 1} {region} Road, Elmford, NY",
            "regions": ["Elmford", region],
        }
    if "online" in meeting.modes:
        entry["conference_url"] = f"https://example.org/{meeting.slug}"
    if "phone" in meeting.modes:
        entry["conference_phone"] = f"+1 555 555 01{n:02}"  # numbers kept for fiction
    if n % 7:
        entry["updated"] = "2026-10-01 09:00:00"
    return entry
