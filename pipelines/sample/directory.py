"""The meeting directory of a fictional town, in the Meeting Guide format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

FELLOWSHIPS = ("AA", "AA", "AA", "AA", "NA", "NA", "SMART", "CMA", "GA", "SAA", "OA", "Recovery Dharma")
_NAMES = (
    "Early Birds", "Lunch Hour", "Harbor Lights", "Back to Basics", "Step by Step", "Keep It Simple", "Candlelight",
    "Serenity Hour", "New Beginnings", "Happy Hour", "Book Study", "Open Door", "Way of Life", "Living Clean",
    "Saturday Special", "Promises", "Daily Reprieve", "Hill Street Group", "Lakeside", "Quiet Hour",
)  # fmt: skip
_HOURS = ("07:00", "08:00", "12:00", "12:15", "17:30", "18:00", "19:00", "19:30", "20:00")
_KINDS = (["O", "D"], ["C", "D"], ["O", "SP"], ["C", "ST"], ["O", "BE", "D"], ["C", "B"], ["O", "12x12"], ["C", "W"],
          ["C", "M"], ["O", "LGBTQ"], ["O", "Y"], ["O", "MED"], ["O", "X", "D"])  # fmt: skip
_PLACES = (("Community Hall", "Old Town"), ("Library Annex", "Old Town"), ("Riverside Church", "Riverside"),
           ("Recovery Club", "Harbor"), ("Union Hall", "Harbor"), ("Parish House", "Mill District"))  # fmt: skip
MEETINGS = 84


@dataclass(frozen=True)
class Meeting:
    """A meeting that recurs every week; `day` 0 is Sunday, as in the format."""

    slug: str
    name: str
    fellowship: str
    days: tuple[int, ...]
    time: str
    mode: str
    types: tuple[str, ...]
    place: int


@cache
def meetings() -> tuple[Meeting, ...]:
    """Every meeting of the directory."""
    chance = Random("directory")
    found: dict[str, Meeting] = {}
    while len(found) < MEETINGS:
        n = len(found)
        fellowship = FELLOWSHIPS[n % len(FELLOWSHIPS)]
        name = _NAMES[n % len(_NAMES)]
        days = tuple(sorted(chance.sample(range(7), 3 if chance.random() < 0.1 else 1)))
        mode = "online" if chance.random() < 0.25 else "in_person"
        kinds = (*chance.choice(_KINDS), *(["ONL"] if mode == "online" else []))
        slug = f"{name}-{fellowship}-{n // len(_NAMES) + 1}".lower().replace(" ", "-")
        found[slug] = Meeting(slug, name, fellowship, days, chance.choice(_HOURS), mode, kinds, n % len(_PLACES))
    return tuple(found.values())


def write_directory(path: Path) -> None:
    """Write the directory; some entries lack what the format does not require."""
    entries = []
    for n, meeting in enumerate(meetings()):
        entry: dict[str, object] = {
            "slug": meeting.slug,
            "name": meeting.name,
            "day": meeting.days[0] if len(meeting.days) == 1 else list(meeting.days),
            "time": meeting.time,
            "types": list(meeting.types),
            "timezone": "America/New_York",
            "updated": "2026-10-01 09:00:00",
        }
        if n % 3:
            hour, minute = meeting.time.split(":")
            entry["end_time"] = f"{int(hour) + 1:02}:{minute}"
        if meeting.mode == "online":
            entry["conference_url"] = f"https://example.org/{meeting.slug}"
        else:
            place, region = _PLACES[meeting.place]
            entry |= {
                "location": place,
                "formatted_address": f"{n + 1} {region} Road, Elmford, NY",
                "regions": [region],
            }
        entries.append(entry)
    path.write_text(json.dumps(entries, indent=1) + "\n", "utf-8", newline="\n")
