"""A meeting directory in the Meeting Guide format, as websites and spreadsheets give it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.contract import Export
from pipelines.ingest.layout import Layout
from pipelines.ingest.read.content import Content
from pipelines.ingest.read.delimited import encoding_of
from pipelines.ingest.read.reading import Batch, Broken, Reading, UnreadableError, as_text, damage_told, open_bytes

# Control characters within a text are let pass: notes are pasted with their line breaks.
_JSON = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
_BETWEEN = re.compile(r"[\s,]*")
# What is read where a text or a number should stand, and an object or a list does.
_NESTED = "?"


def read(path: Path, export: Export, layout: Layout, content: Content, name: str) -> Reading:
    """A directory in the Meeting Guide format: a JSON list of objects, of which contacts and notes are never read.

    What cannot be read is told as a broken row, and the other entries go on. An entry's line is its number where the
    whole directory stands on one line.
    """
    with open_bytes(path) as stream, damage_told():
        text = stream.read().decode(encoding_of(path, content)[0], errors="replace").strip()
    if not text.startswith("["):
        whole, _ = _decoded(text, 0)
        raise UnreadableError(
            "is not JSON" if whole is None else "is not a meeting directory: it must be a list of meetings"
        )
    entries = list(_entries(text))
    if entries and all(isinstance(entry, Broken) for _, entry in entries):
        raise UnreadableError("is not JSON")
    if "\n" not in text:
        entries = list(enumerate((entry for _, entry in entries), 1))

    faults = [_entry_fault(entry) for _, entry in entries]
    kept = [(line, entry) for (line, entry), fault in zip(entries, faults, strict=True) if fault is None]
    broken = [Broken(line, fault) for (line, _), fault in zip(entries, faults, strict=True) if fault is not None]
    days = {day for _, entry in kept for day in _listed(entry.get("day"))}
    if "7" in days and "0" not in days:
        raise UnreadableError("counts its days up to 7: in the Meeting Guide format 0 is Sunday and 6 is Saturday")

    rows = [(line, tuple(_entry_text(entry, column) for column in export.header)) for line, entry in kept]
    cells = list(zip(*(row for _, row in rows), strict=True)) if rows else [()] * len(export.header)
    return Reading(export.header, iter([Batch(cells, [line for line, _ in rows], broken)]))


def _decoded(text: str, position: int) -> tuple[Any, int]:
    """The JSON value that begins there and where it ends; (None, position) where none can be read."""
    try:
        return _JSON.raw_decode(text, position)
    except (ValueError, RecursionError):
        return None, position


def _entries(text: str) -> Iterator[tuple[int, Any]]:
    """Each entry of a JSON list, with the physical line on which it begins; a Broken where the list is damaged."""
    position, line, seen = 1, 1, 0
    while True:
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]
        line += text.count("\n", seen, position)
        seen = position
        if position == len(text):
            yield line, Broken(line, "the list breaks off here: the file may have been cut short")
            return
        if text[position] == "]":
            if position + 1 < len(text):
                yield line, Broken(line, "the list of meetings ends here: what follows was not read")
            return
        entry, end = _decoded(text, position)
        if end > position:
            yield line, entry
        else:
            yield line, Broken(line, "the entry cannot be read: it is not written as JSON")
            end = _next_entry(text, position + 1)
        position = end


def _next_entry(text: str, position: int) -> int:
    """Where the next object begins that is an entry of its own, and no part of the damaged one; else the text's end."""
    for brace in re.compile("{").finditer(text, position):
        entry, _ = _decoded(text, brace.start())
        if isinstance(entry, dict) and {"slug", "name"} & entry.keys():
            return brace.start()
    return len(text)


def _entry_fault(entry: Any) -> str | None:
    """Why an entry is left out before its texts are looked at."""
    if isinstance(entry, Broken):
        return entry.reason
    if not isinstance(entry, dict):
        return "the entry is not a meeting"
    if entry.get("attendance_option") == "inactive":
        return "the meeting is marked inactive: it is not held for now"
    return None


def _entry_text(entry: dict[str, Any], column: str) -> str | None:
    """What an entry says of one of the contract's columns; null where it says nothing that can be read."""
    match column:
        case "day" | "time" | "types":
            return ",".join(_listed(entry.get(column)))
        case "end_time":
            # A meeting that goes on until midnight.
            return "00:00" if entry.get(column) == "24:00" else _plain(entry.get(column))
        case "region":
            parts = _listed(entry.get("regions"), ">") or [
                *_listed(entry.get("region"), ">"),
                *_listed(entry.get("sub_region"), ">"),
            ]
            return " > ".join(part for part in parts if part != _NESTED)
        case "location" | "formatted_address" if _only_online(entry):
            return None
        case "formatted_address":
            of_address = (_plain(entry.get(part)) for part in ("address", "city", "state", "postal_code", "country"))
            return _plain(entry.get(column)) or ", ".join(filter(None, of_address))
        case "conference_url":
            # Without its query, which often holds the room's password.
            link = (_plain(entry.get(column)) or "").partition("?")[0].partition("#")[0]
            return link if "." in link and " " not in link else None
        case _:
            return _plain(entry.get(column))


def _only_online(entry: dict[str, Any]) -> bool:
    """Whether the address is no place to go to, but says where an online meeting hails from."""
    online = bool(entry.get("conference_url") or entry.get("conference_phone"))
    return entry.get("attendance_option") == "online" or (online and entry.get("approximate") in ("yes", True))


def _listed(value: Any, separator: str = ",") -> list[str]:
    """The parts of a list, also of one written as a text, or as an object that numbers its parts as PHP's do."""
    if isinstance(value, dict) and all(key.isdigit() for key in value):
        value = list(value.values())
    parts = value if isinstance(value, list) else value.split(separator) if isinstance(value, str) else [value]
    texts = [_NESTED if isinstance(part, dict | list) else _plain(part) for part in parts]
    return [text for text in texts if text]


def _plain(value: Any) -> str | None:
    """A text or a number as a text on one line, without HTML's way of writing signs; null for an object or a list."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict | list) or value is None:
        return None
    text = html.unescape(str(as_text(value))).encode("utf-8", "replace").decode()
    return " ".join(text.replace("\0", "").split())
