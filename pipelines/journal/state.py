"""The state of the journal, by which a run knows whether it has already read it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from pipelines.home import JOURNAL
from pipelines.settings import Settings


def digest(home: Path, clinic: Settings) -> str | None:
    """A digest of every entry, empty without a journal; None if it cannot be read at the moment."""
    if clinic.journal_url:
        from pipelines.journal.store import Journal, JournalUnavailableError

        try:
            entries = Journal.of(home, clinic).everything()
        except JournalUnavailableError:
            return None
        return _digest(map(repr, entries))
    path = home / JOURNAL
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return _digest(map(repr, connection.execute("SELECT * FROM entry ORDER BY entry_id")))
    except sqlite3.Error:
        return None


def _digest(rows: Iterable[str]) -> str:
    found = hashlib.sha256()
    for row in rows:
        found.update(row.encode())
    return found.hexdigest()
