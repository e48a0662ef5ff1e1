"""Reading: any file that clinics really send → rows of text, each with its physical line (the header is line 1)."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from pipelines.contract import Export
from pipelines.ingest.layout import Layout

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx", ".json")
DELIMITERS = (",", ";", "\t", "|")
BATCH = 50_000
# A quoted cell may hold line breaks; one that spans more lines than this was never closed.
LONGEST_CELL_LINES = 200

csv.field_size_limit(1 << 24)


class UnreadableError(Exception):
    """A file that cannot be read at all; the message says why, and holds no value of the file."""


@dataclass(frozen=True)
class Broken:
    """A row that cannot be told apart into cells."""

    line: int
    reason: str


@dataclass(frozen=True)
class Batch:
    """Rows of text: a list of cells for each header, the rows' lines, and the broken rows between them."""

    cells: Sequence[Sequence[str | None]]
    lines: Sequence[int]
    broken: Sequence[Broken] = ()

    def table(self) -> pa.Table:
        """As an Arrow table with columns `line`, `c0`, `c1`, …"""
        columns = {"line": pa.array(self.lines, pa.int64())}
        columns |= {f"c{n}": pa.array(cells, pa.string()) for n, cells in enumerate(self.cells)}
        return pa.table(columns)


@dataclass(frozen=True)
class Reading:
    """A file being read: its headers as they stand there, and its rows, batch by batch."""

    headers: tuple[str, ...]
    batches: Iterator[Batch]


def digest(path: Path) -> str:
    """What a file is known by: the SHA-256 of its content, decompressed. Raises UnreadableError."""
    found = hashlib.sha256()
    with _bytes(path) as stream, _damage_told():
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def read(path: Path, export: Export, layout: Layout) -> Reading:
    """Open a file for reading as an export. Raises UnreadableError, also while its batches are read."""
    name = path.name.lower()
    if export.format == "meeting_guide":
        return _meeting_guide(path, export)
    if name.endswith(".parquet"):
        return _parquet(path)
    if name.endswith(".xlsx"):
        return _xlsx(path)
    return _delimited(path, export, layout)


class _damage_told:  # noqa: N801 - reads as a phrase in `with`
    """Turns what a damaged file raises into a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EOFError):
            raise UnreadableError("is damaged: its compressed data ends too early") from None
        if isinstance(error, (zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)):
            raise UnreadableError("is damaged: it is not the kind of file that its name says") from None
        if isinstance(error, OSError):
            raise UnreadableError(f"cannot be opened ({error.strerror or error.__class__.__name__})") from None


def _bytes(path: Path) -> BinaryIO:
    with _damage_told():
        return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


# --- delimited text ---


def _delimited(path: Path, export: Export, layout: Layout) -> Reading:
    encoding = layout.encoding or _encoding(path)
    with _damage_told():
        try:
            lines = io.TextIOWrapper(_bytes(path), encoding, errors="replace", newline="")
        except LookupError:
            raise UnreadableError(f"cannot be read: there is no encoding {encoding!r}") from None
        first = 1
        opening = lines.readline()
        delimiter = layout.delimiter
        if opening.lower().startswith("sep=") and len(opening.strip()) == 5:
            delimiter = delimiter or opening.strip()[-1]
            opening = lines.readline()
            first += 1
        while opening and not opening.strip():
            opening = lines.readline()
            first += 1
        while opening.count('"') % 2 and first < LONGEST_CELL_LINES and (more := lines.readline()):
            opening += more
            first += 1
    if not opening:
        raise UnreadableError("is empty: not even a header line")
    wanted = {theirs.strip().lower() for theirs in layout.columns.values()} or set(export.header)
    delimiter = delimiter or _delimiter(opening, wanted)
    (cells,) = _parsed([opening], delimiter) or [[]]
    if not cells:
        raise UnreadableError("has a header line whose quotation marks do not close")
    headers = tuple(cell.strip() for cell in cells)
    return Reading(headers, _text_batches(lines, delimiter, len(headers), first))


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is; UTF-16 by its mark or its zero bytes; else Windows-1252."""
    with _bytes(path) as stream, _damage_told():
        start = stream.read(4096)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        first, second = start[0::2].count(0), start[1::2].count(0)
        if max(first, second) > len(start) // 4 and min(first, second) == 0:
            return "utf-16-le" if second else "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        block, encoding = start, "utf-8-sig"
        while block:
            if b"\0" in block:
                raise UnreadableError("is not a text file")
            if encoding == "utf-8-sig":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "cp1252"
            block = stream.read(1 << 20)
        return encoding


def _delimiter(header: str, wanted: set[str]) -> str:
    """The delimiter that finds the most of the wanted columns in the header, then the most cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        (cells,) = _parsed([header], delimiter) or [[]]
        return len({normal(cell) for cell in cells} & {normal(cell) for cell in wanted}), len(cells)

    return max(DELIMITERS, key=fit)


def normal(header: str) -> str:
    """A header as it is compared: lower case, blanks and hyphens as underscores."""
    return "_".join(header.replace("-", " ").replace("_", " ").replace("\ufeff", "").lower().split())


def _text_batches(lines: io.TextIOWrapper, delimiter: str, width: int, header_line: int) -> Iterator[Batch]:
    line = header_line + 1
    waiting: list[str] = []
    with lines, _damage_told():
        while waiting := waiting + list(islice(lines, BATCH + LONGEST_CELL_LINES - len(waiting))):
            starts, texts, taken = _whole_records(waiting, delimiter, width)
            yield _batch([line + start for start in starts], texts, delimiter, width)
            line += taken
            waiting = waiting[taken:]


def _whole_records(lines: list[str], delimiter: str, width: int) -> tuple[Sequence[int], list[str], int]:
    """Join the lines of each record that has a quoted line break; a quote that never closes costs its own line only.

    Gives where the records start, their texts, and how many lines they took: the last lines wait for the next call,
    unless the file ends with them, because a cell may go on beyond them.
    """
    if not any(text.count('"') % 2 for text in lines):
        return range(len(lines)), lines, len(lines)
    starts, texts = [], []
    n = 0
    while n < min(len(lines), BATCH):
        length = 1
        if lines[n].count('"') % 2:
            quotes = 0
            for last in range(n, min(n + LONGEST_CELL_LINES, len(lines))):
                quotes += lines[last].count('"')
                if last > n and quotes % 2 == 0:
                    joined = "".join(lines[n : last + 1])
                    if [len(record) for record in _parsed([joined], delimiter)] == [width]:
                        length = last - n + 1
                    break
        starts.append(n)
        texts.append("".join(lines[n : n + length]))
        n += length
    return starts, texts, n


def _parsed(texts: Iterable[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(texts, delimiter=delimiter))
    except csv.Error:
        return []


def _batch(lines: list[int], texts: Sequence[str], delimiter: str, width: int) -> Batch:
    records = _parsed(texts, delimiter)
    if {len(record) for record in records} == {width} and len(records) == len(texts) and not _doubtful(records, texts):
        return Batch(list(zip(*records, strict=True)), lines)
    if len(records) != len(texts):  # a stray quote swallowed a line: read each record for itself
        records = [alone[0] if (alone := _parsed([text], delimiter)) else [text] for text in texts]
    kept: list[list[str]] = []
    kept_lines: list[int] = []
    broken: list[Broken] = []
    for line, text, record in zip(lines, texts, records, strict=True):
        if len(record) == width and "\n" not in record[-1] and any(record):
            kept.append(record)
            kept_lines.append(line)
        elif text.strip():
            reason = _fault(record, width, text)
            if reason:
                broken.append(Broken(line, reason))
            else:
                kept.append(record[:width])
                kept_lines.append(line)
    cells: list[Sequence[str]] = list(zip(*kept, strict=True)) if kept else [()] * width
    return Batch(cells, kept_lines, broken)


def _doubtful(records: list[list[str]], texts: Sequence[str]) -> bool:
    """Whether some of these records of the right width must be looked at one by one: a blank one, or an open quote."""
    return [""] * len(records[0]) in records or any(text.count('"') % 2 for text in texts)


def _fault(record: list[str], width: int, text: str) -> str | None:
    if not any(cell.strip() for cell in record):
        return "the row is empty"
    if text.count('"') % 2:
        return "a quotation mark opens here and does not close"
    if len(record) < width:
        return f"the row has {len(record)} columns, the header has {width}"
    if any(cell.strip() for cell in record[width:]):
        return f"the row has {len(record)} columns, the header has {width}"
    return None


# --- other formats ---


def _parquet(path: Path) -> Reading:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise UnreadableError("is damaged: it is not the kind of file that its name says") from None

    def batches() -> Iterator[Batch]:
        line = 2
        try:
            for batch in file.iter_batches(BATCH):
                yield Batch(
                    [[_text(value) for value in column.to_pylist()] for column in batch.columns],
                    range(line, line + batch.num_rows),
                )
                line += batch.num_rows
        except (pa.ArrowException, OSError):
            raise UnreadableError("is damaged: its rows cannot be read") from None

    return Reading(tuple(file.schema_arrow.names), batches())


def _xlsx(path: Path) -> Reading:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows()
        header = [_cell_text(cell) or "" for cell in next(rows, ())]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError, IndexError, EOFError):
        raise UnreadableError("is damaged: it is not the kind of file that its name says") from None
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise UnreadableError("is empty: the first row of its first sheet holds no header")
    width = len(header)

    def batches() -> Iterator[Batch]:
        line = 2
        while chunk := list(islice(rows, BATCH)):
            cells = [[_cell_text(cell) for cell in row] for row in chunk]
            lines = [n for n, row in enumerate(cells, line) if any(row)]
            cells = [(row + [None] * width)[:width] for row in cells if any(row)]
            line += len(chunk)
            yield Batch(list(zip(*cells, strict=True)) if cells else [()] * width, lines)
        book.close()

    return Reading(tuple(cell.strip() for cell in header), batches())


def _cell_text(cell: Any) -> str | None:
    """A spreadsheet cell as the sheet shows it: a number formatted `0.0` keeps its decimal, as a level of care must."""
    value = cell.value
    if isinstance(value, float | int) and not isinstance(value, bool):
        shown = str(cell.number_format)
        if shown.startswith("0.") and set(shown[2:]) == {"0"}:
            return f"{value:.{len(shown) - 2}f}"
    return _text(value)


def _text(value: object) -> str | None:
    """A typed cell as an export would write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


# --- a meeting directory ---

# Control characters within a text are let pass: notes are pasted with their line breaks.
_JSON = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
_BETWEEN = re.compile(r"[\s,]*")
# What is read where a text or a number should stand, and an object or a list does.
_NESTED = "?"


def _meeting_guide(path: Path, export: Export) -> Reading:
    """A directory in the Meeting Guide format: a JSON list of objects, of which contacts and notes are never read.

    What cannot be read is told as a broken row, and the other entries go on. An entry's line is its number where the
    whole directory stands on one line.
    """
    with _bytes(path) as stream, _damage_told():
        text = stream.read().decode(_encoding(path), errors="replace").strip()
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
    text = html.unescape(str(_text(value))).encode("utf-8", "replace").decode()
    return " ".join(text.replace("\0", "").split())
