"""The journal as a CSV file: out of one clinic's store, into another's."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from pipelines import arrays, spreadsheet
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.ingest import identifiers
from pipelines.ingest.plausible import EARLIEST
from pipelines.journal.store import COLUMNS, Contact, Entry, Journal, problem_of, row_of

# Notes stay behind, because identities leak through free text.
_KEPT = tuple(column for column in COLUMNS if column.name != "note")
HEADER = [column.name for column in _KEPT]
# Columns that hold any text; all others hold one of a few words, or a day.
_LOOKED_AT = ("entry_id", "client_id", "who", "corrects")
# People who sign in are noted by e-mail address or sign-in name: dana.reyes, CLINIC\dana.reyes. By itself it says only
# which colleague made the contact.
_SIGN_IN = re.compile(r"\S*[^\W\d_]\S*")

_Line = tuple[int, Mapping[str, str]]  # where it is in the file, and its cells by their columns


class NoJournalFileError(ActionableError):
    """A file that is no journal; the message is a sentence."""


@dataclass(frozen=True)
class Taken:
    """What became of a file's entries: added, known already, or not taken, each with its line and the reason."""

    added: int
    known: int
    problems: list[str]


def write(journal: Journal, path: Path) -> int:
    """Write every entry, oldest first, and give how many there are. Raises JournalUnavailableError or OSError."""
    entries = journal.everything()[::-1]
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = map(row_of, entries)
        spreadsheet.write(stream, [HEADER, *([_cell(row[name]) for name in HEADER] for row in rows)])
    return len(entries)


def read(journal: Journal, path: Path) -> Taken:
    """Add a file's entries to a journal. Raises NoJournalFileError, JournalUnavailableError or OSError."""
    found: list[Entry] = []
    problems = []
    rows = _rows(path)
    _refuse_identifiers(path, rows)
    for line, row in rows:
        try:
            entry = _entry(row)
        except (ValueError, TypeError, KeyError, OverflowError):
            problems.append(f"line {line}: a date, time or yes/no cannot be read")
            continue
        problem = problem_of(entry.contact) or _problem_of_day(entry.written_at)
        if problem:
            problems.append(f"line {line}: {problem}")
        else:
            found.append(entry)
    added = journal.take_in(found)
    return Taken(added, len(found) - added, problems)


def _rows(path: Path) -> Sequence[_Line]:
    """The lines of a file, each with all its cells. Raises NoJournalFileError or OSError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if list(reader.fieldnames or []) != HEADER:
                raise NoJournalFileError(f"{path.name} is not a journal: its header is not {', '.join(HEADER)}.")
            rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError:
        raise NoJournalFileError(f"{path.name} is not text in UTF-8.") from None
    except csv.Error as error:
        raise NoJournalFileError(f"{path.name} cannot be read as CSV: {error}. Nothing was taken.") from None
    for line, row in rows:
        if None in row or None in row.values():  # cells too many, or too few
            raise NoJournalFileError(
                f"{path.name}, line {line}: the line does not have {len(HEADER)} cells; the file may be cut off. "
                "Nothing was taken."
            )
    return rows


def _refuse_identifiers(path: Path, rows: Sequence[_Line]) -> None:
    """Raise NoJournalFileError if the gate that guards the exports would refuse the file."""
    texts = {column: [row[column] for _, row in rows] for column in _LOOKED_AT}
    texts["who"] = ["" if _SIGN_IN.fullmatch(who) else who for who in texts["who"]]
    with Engine() as engine:
        columns = {column: arrays.column(values) for column, values in texts.items()}
        engine.load("journal", pa.table({"line": arrays.column((line for line, _ in rows), pa.int64()), **columns}))
        findings = identifiers.in_values(engine, "journal", _LOOKED_AT, _LOOKED_AT)
    if findings:
        found = "; ".join(map(str, findings))
        raise NoJournalFileError(f"{path.name} may identify a person: {found}. Nothing was taken.")


def _problem_of_day(written_at: datetime) -> str | None:
    """What is wrong with the time of an entry: a future one would keep a client off the worklist until then."""
    if written_at > datetime.now(UTC).replace(tzinfo=None):
        return "The time at which it was written lies in the future."
    return f"It was written before {EARLIEST.year}." if written_at.date() < EARLIEST else None


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else value


def _value(text: str, column: sa.Column[Any]) -> Any:
    kind = column.type.python_type
    if not text and column.nullable:
        return None
    if kind is bool:
        return {"yes": True, "no": False}[text]
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return kind.fromisoformat(text) if issubclass(kind, date) else spreadsheet.from_text(text)


def _entry(row: Mapping[str, str]) -> Entry:
    """Raises ValueError, TypeError, KeyError or OverflowError if a cell cannot be read."""
    values = {column.name: _value(row[column.name], column) for column in _KEPT}
    if not 1 <= len(values["entry_id"]) <= 36:
        raise ValueError
    return Entry(values.pop("entry_id"), values.pop("written_at"), Contact(**values, note=None), corrected=False)
