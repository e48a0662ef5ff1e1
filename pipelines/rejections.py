"""The rows that were not taken: where each is found and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pipelines import snapshots
from pipelines.engine.duckdb import Engine

COLUMNS = "file, export, line, column_name, reason"


class Rejection(NamedTuple):
    """A rejected row: its file, export and physical line, the first column that is wrong, and all that is wrong."""

    file: str
    export: str
    line: int
    column_name: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


def of_run(engine: Engine) -> list[Rejection]:
    """The rejected rows in the store attached to the engine."""
    return [Rejection(*row) for row in engine.rows(f"SELECT {COLUMNS} FROM store.rejected_rows ORDER BY file, line")]


def published(home: Path, export: str | None = None) -> list[Rejection]:
    """The rejected rows in the snapshot in force, of one export or of all. Raises NothingPublishedError."""
    snapshot = snapshots.readable(home)
    with Engine(snapshot, read_only=True) as engine:
        rows = engine.rows(
            f"SELECT {COLUMNS} FROM rejected_rows WHERE export = coalesce(?, export) ORDER BY file, line", [export]
        )
    return [Rejection(*row) for row in rows]
