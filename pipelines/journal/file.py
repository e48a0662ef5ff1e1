"""The journal as a CSV file: out of one clinic's store, into another's."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipelines import spreadsheet
from pipelines.errors import ActionableError
from pipelines.journal.store import COLUMNS, WITHDRAWN, Contact, Entry, Journal, problem_of, row_of

# Notes stay behind: free text is where identities leak.
_KEPT = tuple(column for column in COLUMNS if column.name != "note")
HEADER = [column.name for column in _KEPT]


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
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if list(rows.fieldnames or []) != HEADER:
                raise NoJournalFileError(f"{path.name} is no journal: its header is not {', '.join(HEADER)}.")
            for row in rows:
                try:
                    found.append(_entry(row))
                except (ValueError, TypeError, KeyError):
                    problems.append(f"line {rows.line_num}: a date, time or yes/no cannot be read")
                    continue
                problem = problem_of(found[-1].contact) if found[-1].contact.outcome != WITHDRAWN else None
                if problem:
                    found.pop()
                    problems.append(f"line {rows.line_num}: {problem}")
    except UnicodeDecodeError:
        raise NoJournalFileError(f"{path.name} is not a text in UTF-8.") from None
    added = journal.take_in(found)
    return Taken(added, len(found) - added, problems)


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
    return kind.fromisoformat(text) if issubclass(kind, date) else spreadsheet.from_text(text)


def _entry(row: Mapping[str, str]) -> Entry:
    """Raises ValueError, TypeError or KeyError where a cell cannot be read."""
    values = {column.name: _value(row[column.name], column) for column in _KEPT}
    if not 1 <= len(values["entry_id"]) <= 36:
        raise ValueError
    return Entry(values.pop("entry_id"), values.pop("written_at"), Contact(**values, note=None), corrected=False)
