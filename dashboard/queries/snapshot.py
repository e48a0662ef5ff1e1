"""A published snapshot, opened read-only and asked one question at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

SQL = Path(__file__).parent

# A snapshot is read and nothing else: no other file, no extension, no setting can be reached through it.
_READING: dict[str, Any] = {
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "lock_configuration": True,
}


# Errors that quote the statement or name tables, never a row's values; of all others only the kind is told.
_QUOTABLE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


class SnapshotError(RuntimeError):
    """A snapshot that cannot be read. The message never holds a value of a row."""


@dataclass(frozen=True)
class Scope:
    """Whose clients may be seen: those of one therapist (`unknown`: of none), or all."""

    therapist_id: str | None = None

    def of(self, therapist_id: str) -> Scope:
        """The caseload of one therapist, as far as this scope reaches."""
        return Scope(therapist_id) if self.therapist_id is None else self


EVERYONE = Scope()


# Several are open while sessions move to a new snapshot; one that is dropped closes when its readers are done.
@lru_cache(maxsize=4)
def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True, config=_READING)


@lru_cache
def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def records(snapshot: Path, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows that the statement in `name`.sql gives, each as column → value. Raises SnapshotError."""
    return answers(snapshot, name, _statement(name), parameters)


def answers(snapshot: Path, name: str, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that a statement of another part of the house gives, `name` in errors. Raises SnapshotError."""
    cursor = _asked(snapshot, name, statement, parameters)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def frame(snapshot: Path, name: str, **parameters: Any) -> pd.DataFrame:
    """The rows that the statement in `name`.sql gives, as a table for a chart. Raises SnapshotError."""
    rows: pd.DataFrame = _asked(snapshot, name, _statement(name), parameters).df()
    return rows


def _asked(snapshot: Path, name: str, statement: str, parameters: dict[str, Any]) -> Any:
    try:
        return _connection(snapshot).cursor().execute(statement, parameters)
    except duckdb.Error as error:
        told = f": {error}" if isinstance(error, _QUOTABLE) else ""
        raise SnapshotError(
            f"Snapshot {snapshot.stem}: {name} stopped with {error.__class__.__name__}{told}."
        ) from None
