"""A meeting directory, in the Meeting Guide format or of BMLT, as websites, spreadsheets and downloads give it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pipelines.contract import Export
from pipelines.ingest import bounds
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import bmlt
from pipelines.ingest.read.content import Content
from pipelines.ingest.read.delimited import encoding_of
from pipelines.ingest.read.reading import (
    MARK,
    Batch,
    Broken,
    Reading,
    UnreadableError,
    as_text,
    naming_damage,
    open_bytes,
)

# Control characters within a text are accepted: notes are pasted with their line breaks.
_JSON = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
_BETWEEN = re.compile(r"[\s,]*")
# What is read if an object or a list is where a text or a number should be.
_NESTED = "?"
# A list of meetings within an object, as some services wrap it.
_WRAPPED = re.compile(r'"(meetings|data|results|items)"\s*:\s*(?=\[)')
# After this many places at which an entry might begin and none does, the rest of a list counts as damaged.
_MOST_TRIES = 2_000

# Texts that directories write as the name of a place that has none.
_NO_PLACE = re.compile(
    r"(on ?line|virtual|zoom|teams|skype|web|internet|phone|tele(phone|conference)|remote)"
    r"([-/(),: ]+(only|on ?line|meeting|group|call|zoom|virtual))*[) ]*|n/?a|tb[ad]|none|-+|\?+",
    re.IGNORECASE,
)
# Parts of a link that let people in without being asked.
_PASSWORDS = re.compile(r"pwd|tk|pass(word|code|wd)?|pw|pin|secret|token", re.IGNORECASE)
_TEAMS = re.compile(r"(.*\.)?teams\.(microsoft|live)\.com")
_OPTIONS = {"in_person", "online", "hybrid", "inactive"}
# Fellowships whose abbreviation in a file's name means nothing else, such as a state.
_IN_NAMES = ("AA", "NA", "CMA", "OA", "SAA", "SLAA", "SMART", "Al-Anon", "Recovery Dharma", "LifeRing")


def read(path: Path, export: Export, layout: Layout, content: Content, name: str) -> Reading:
    """Open a directory for reading. Raises UnreadableError.

    A JSON list of objects, whose contacts and notes are never read. What cannot be read becomes a broken row, and the
    other entries go on. An entry's line is its number if the whole directory is on one line.
    """
    if content.size > bounds.DIRECTORY_BYTES:
        raise UnreadableError(f"is larger than {bounds.DIRECTORY_BYTES >> 20} MB: no meeting directory is")
    with open_bytes(path) as stream, naming_damage():
        text = stream.read().decode(encoding_of(path, content).name, errors="replace").strip().strip("\ufeff")
    first_line = 1
    wrapped = False
    if not text.startswith("["):
        whole, _ = _decoded(text, 0)
        found = _WRAPPED.search(text)
        if found is None or not (text.startswith("{") and (whole is None or isinstance(whole, dict))):
            raise UnreadableError(
                "is not JSON" if whole is None else "is not a meeting directory: it must be a list of meetings"
            )
        first_line += text.count("\n", 0, found.end())
        text, wrapped = text[found.end() :], True
    entries = list(_entries(text, first_line, wrapped))
    damage = [entry for _, entry in entries if isinstance(entry, Broken)]
    if entries and len(damage) == len(entries):
        raise UnreadableError("is not JSON")
    if not entries:
        raise UnreadableError("lists no meeting, which no directory does: the list before it stays in force")
    if "\n" not in text:
        entries = list(enumerate((entry for _, entry in entries), 1))

    of_na = any(_is_bmlt(entry) for _, entry in entries)
    entries = [(line, bmlt.as_entry(entry) if _is_bmlt(entry) else entry) for line, entry in entries]
    faults = [_entry_fault(entry) for _, entry in entries]
    kept = [(line, entry) for (line, entry), fault in zip(entries, faults, strict=True) if fault is None]
    broken = [Broken(line, fault) for (line, _), fault in zip(entries, faults, strict=True) if fault is not None]
    days = {day for _, entry in kept for day in _listed(entry.get("day"))}
    if "7" in days and "0" not in days:
        raise UnreadableError("counts its days up to 7: in the Meeting Guide format 0 is Sunday and 6 is Saturday")

    about = {
        "source": source_of(name, layout),
        "fellowship": layout.constants.get("fellowship") or _fellowship_in(name),
    }
    if of_na and not about["fellowship"]:
        about["fellowship"] = bmlt.FELLOWSHIP
    rows = [
        (line, tuple(about[column] if column in about else _entry_text(entry, column) for column in export.header))
        for line, entry in kept
    ]
    cells = list(zip(*(row for _, row in rows), strict=True)) if rows else [()] * len(export.header)
    remarks = ["some of the list cannot be read, so that no meeting is withdrawn by it"] if damage else []
    return Reading(export.header, iter([Batch(cells, [line for line, _ in rows], broken)]), remarks, whole=not damage)


def source_of(name: str, layout: Layout) -> str:
    """Which directory a file is a version of: the profile's word, or the file's name without its dates and numbers."""
    if layout.source:
        return layout.source
    stem = name.lower().removesuffix(".json")
    stem = re.sub(r"\(\d+\)|(19|20)\d\d[-_.]?\d{2}([-_.]?\d{2}([-_t.]?\d{4,6}z?)?)?", "", stem)
    stem = re.sub(r"\d{1,2}[-_.]\d{1,2}[-_.](19|20)\d\d|(19|20)\d\d", "", stem)
    return re.sub(r"[-_. ]+", "-", stem).strip("-/") or "meetings"


def _fellowship_in(name: str) -> str | None:
    words = " ".join(re.split("[^a-z]+", name.lower()))
    for fellowship in _IN_NAMES:
        if re.search(rf"\b{fellowship.lower().replace('-', ' ?')}\b", words):
            return fellowship
    return None


def _decoded(text: str, position: int) -> tuple[Any, int]:
    """The JSON value that begins there and where it ends; (None, position) if none can be read."""
    try:
        return _JSON.raw_decode(text, position)
    except (ValueError, RecursionError):
        return None, position


def _entries(text: str, first_line: int, wrapped: bool) -> Iterator[tuple[int, Any]]:
    """Each entry of a JSON list, with the physical line on which it begins; a Broken where the list is damaged."""
    position, line, seen, tries = 1, first_line, 0, 0
    while True:
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]
        line += text.count("\n", seen, position)
        seen = position
        if position == len(text):
            yield line, Broken(line, "the list breaks off here: the file may have been cut short")
            return
        if text[position] == "]":
            if position + 1 < len(text) and not wrapped:
                yield line, Broken(line, "the list of meetings ends here: what follows was not read")
            return
        entry, end = _decoded(text, position)
        if end > position:
            yield line, entry
        else:
            yield line, Broken(line, "the entry cannot be read: it is not written as JSON")
            end, tries = _next_entry(text, position + 1, tries)
        position = end


def _next_entry(text: str, position: int, tries: int) -> tuple[int, int]:
    """Where the next object begins that is an entry of its own rather than a part of the damaged one; else the text's
    end.
    """
    for brace in re.compile("{").finditer(text, position):
        tries += 1
        if tries > _MOST_TRIES:
            break
        entry, _ = _decoded(text, brace.start())
        if isinstance(entry, dict) and {"slug", "name", "weekday_tinyint"} & entry.keys():
            return brace.start(), tries
    return len(text), tries


def _is_bmlt(entry: Any) -> bool:
    return isinstance(entry, dict) and bmlt.is_meeting(entry)


def _entry_fault(entry: Any) -> str | None:
    """Why an entry is left out before its texts are looked at."""
    if isinstance(entry, Broken):
        return entry.reason
    return None if isinstance(entry, dict) else "the entry is not a meeting"


def _entry_text(entry: dict[str, Any], column: str) -> str | None:
    """An entry's value for one of the contract's columns; null if there is none that can be read."""
    match column:
        case "day" | "time" | "types":
            return ",".join(_listed(entry.get(column)))
        case "end_time":
            # A meeting that lasts until midnight.
            return "00:00" if entry.get(column) == "24:00" else _plain(entry.get(column))
        case "region":
            parts = _listed(entry.get("regions"), ">") or [
                *_listed(entry.get("region"), ">"),
                *_listed(entry.get("sub_region"), ">"),
            ]
            return " > ".join(part for part in parts if part != _NESTED)
        case "location" | "formatted_address" if _only_online(entry):
            return None
        case "location":
            place = _plain(entry.get(column))
            return None if place and _NO_PLACE.fullmatch(place) else place
        case "formatted_address":
            return _address(entry)
        case "attendance_option":
            return _option(entry) or None
        case "approximate":
            return {True: "yes", False: "no", None: None}[_approximate(entry)]
        case "conference_url":
            return _link(_plain(entry.get(column)) or "")
        case _:
            return _plain(entry.get(column))


def _option(entry: dict[str, Any]) -> str:
    """How to attend, if the entry says so in the format's words, in any case."""
    words = re.split("[-_ ]+", (_plain(entry.get("attendance_option")) or "").lower())
    option = "_".join(word for word in words if word)
    return option if option in _OPTIONS else ""


def _address(entry: dict[str, Any]) -> str | None:
    of_address = (_plain(entry.get(part)) for part in ("address", "city", "state", "postal_code", "country"))
    return _plain(entry.get("formatted_address")) or ", ".join(filter(None, of_address)) or None


def _approximate(entry: dict[str, Any]) -> bool | None:
    """Whether the address is only a town or a country, not a place to go to; None without an address."""
    answer = (_plain(entry.get("approximate")) or "").lower()
    if answer in ("yes", "true", "1", "y"):
        return True
    if answer in ("no", "false", "0", "n"):
        return False
    address = _address(entry)
    if address is None:
        return None
    return not (_plain(entry.get("address")) or (entry.get("formatted_address") and _has_street(address)))


def _has_street(address: str) -> bool:
    """Whether an address in one text begins with a street or a building: with a house number, or before town, state and
    country. A postal code before a town is not a house number.
    """
    parts = [part.strip() for part in address.split(",") if part.strip()]
    if not any(letter.isalpha() for letter in parts[0]):
        return len(parts) > 1 and not re.fullmatch(r"[-+\d. ]+", parts[1]) and any(map(str.isalpha, parts[1]))
    if len(parts) >= 4:
        return True
    numbered = re.search(r"\d", parts[0]) is not None or re.search(r"&| and | at ", parts[0]) is not None
    return numbered and not (len(parts) <= 2 and re.fullmatch(r"\d{4,5} [^\d]+", parts[0]) is not None)


def _only_online(entry: dict[str, Any]) -> bool:
    """Whether the address is not a place to go to but the home town of an online meeting."""
    option = _option(entry)
    online = bool(entry.get("conference_url") or entry.get("conference_phone"))
    return option == "online" or (option not in ("in_person", "hybrid") and online and _approximate(entry) is True)


def _link(text: str) -> str | None:
    """A link to a room, without the parts that let people in unasked; None if it is not a link."""
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        host = parts.hostname or ""
    except ValueError:
        return None
    if " " in text or parts.scheme not in ("http", "https") or "." not in host or parts.username is not None:
        return None
    if not parts.query and not parts.fragment:
        return text
    query, fragment = (_without_passwords(part, host) for part in (parts.query, parts.fragment))
    kept = urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment if "=" in fragment else ""))
    return kept if "://" in text else kept.removeprefix("https://")


def _without_passwords(query: str, host: str) -> str:
    """A query as it is written, without its passwords; of Teams, `p` is one."""
    names = [(pair, pair.partition("=")[0]) for pair in query.split("&")]
    return "&".join(
        pair
        for pair, name in names
        if not _PASSWORDS.fullmatch(name) and not (name.lower() == "p" and _TEAMS.fullmatch(host))
    )


def _listed(value: Any, separator: str = ",") -> list[str]:
    """The parts of a list, including one written as a text, or as an object that numbers its parts as PHP does."""
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
    return " ".join(text.replace("\0", "").replace(MARK, "").split())
