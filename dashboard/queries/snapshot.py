"""A published snapshot, opened read-only and asked one question at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.queries.reach import Reach, opened
from pipelines import snapshots
from pipelines.engine.duckdb import Engine, EngineError
from pipelines.errors import ActionableError

SQL = Path(__file__).parent
NO_LIMIT = 2**62  # rows, where a statement asks for a limit


class SnapshotError(ActionableError):
    """A snapshot that cannot be read. The message never holds a value of a row."""


@dataclass(frozen=True)
class Caseload:
    """Whose caseload a page shows: one therapist's (`unknown`: clients of none), or all.

    A filter, not access control: see reach.py.
    """

    therapist_id: str | None = None

    def of(self, therapist_id: str) -> Caseload:
        """The caseload of one therapist, where this is not that of another already."""
        return Caseload(therapist_id) if self.therapist_id is None else self


EVERYONE = Caseload()


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot as far as a viewer sees it. Answers are cached by this, and so by viewer."""

    path: Path
    reach: Reach

    @property
    def stem(self) -> str:
        """The snapshot's number, as its file is called."""
        return self.path.stem

    @property
    def number(self) -> int:
        """The snapshot's number."""
        return snapshots.number(self.path)


# Two snapshots are open while sessions move to a new one, and each is opened once for each reach. One that is dropped
# closes when its readers are done; otherwise a server would in time hold every snapshot since it started.
@lru_cache(maxsize=2)
def _engines(path: Path) -> Callable[[Reach], Engine]:
    return lru_cache(maxsize=64)(partial(opened, path))


@lru_cache
def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def records(snapshot: Snapshot, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows that the statement in `name`.sql gives, each as column → value. Raises SnapshotError."""
    return answers(snapshot, name, _statement(name), parameters)


def answers(snapshot: Snapshot, name: str, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that a statement kept elsewhere gives, `name` in errors. Raises SnapshotError."""
    with _named(snapshot, name):
        return _engines(snapshot.path)(snapshot.reach).records(statement, parameters)


def frame(snapshot: Snapshot, name: str, **parameters: Any) -> pd.DataFrame:
    """The rows that the statement in `name`.sql gives, as a table for a chart. Raises SnapshotError."""
    with _named(snapshot, name):
        return _engines(snapshot.path)(snapshot.reach).frame(_statement(name), parameters)


@contextmanager
def _named(snapshot: Snapshot, name: str) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise SnapshotError(f"Snapshot {snapshot.stem}, {name}: {error}") from None
