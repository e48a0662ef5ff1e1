"""The journal as a CSV file: out of one clinic's store, into another's."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipelines.journal.store import WITHDRAWN, Contact, Entry, Journal, problem_of

# Notes stay behind: free text is where identities leak.
COLUMNS = (
    "entry_id",
    "written_at",
    "client_id",
    "flag_week",
    "outcome",
    "reason",
    "follow_up_on",
    "remind",
    "who",
    "corrects",
)


class NoJournalFileError(ValueError):
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
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for entry in entries:
            contact = entry.contact
            writer.writerow(
                [
                    entry.entry_id,
                    entry.written_at.isoformat(),
                    contact.client_id,
                    contact.flag_week or "",
                    contact.outcome,
                    contact.reason or "",
                    contact.follow_up_on or "",
                    "yes" if contact.remind else "no",
                    contact.who,
                    contact.corrects or "",
                ]
            )
    return len(entries)


def read(journal: Journal, path: Path) -> Taken:
    """Add a file's entries to a journal. Raises NoJournalFileError, JournalUnavailableError or OSError."""
    found: list[Entry] = []
    problems = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if list(rows.fieldnames or []) != list(COLUMNS):
                raise NoJournalFileError(f"{path.name} is no journal: its header is not {', '.join(COLUMNS)}.")
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


def _entry(row: Mapping[str, str]) -> Entry:
    contact = Contact(
        client_id=row["client_id"],
        flag_week=date.fromisoformat(row["flag_week"]) if row["flag_week"] else None,
        outcome=row["outcome"],
        reason=row["reason"] or None,
        follow_up_on=date.fromisoformat(row["follow_up_on"]) if row["follow_up_on"] else None,
        remind={"yes": True, "no": False}[row["remind"]],
        note=None,
        who=row["who"],
        corrects=row["corrects"] or None,
    )
    if not 1 <= len(row["entry_id"]) <= 36:
        raise ValueError
    return Entry(row["entry_id"], datetime.fromisoformat(row["written_at"]), contact, corrected=False)
