"""Publishing: what a snapshot holds, and how it is written. `snapshots` decides where they lie."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.build import Step
from pipelines.engine import Builder
from pipelines.engine.duckdb import Engine, UnknownNameError, value_in
from pipelines.errors import ActionableError
from pipelines.model import models

AGAIN = "Run again: `meshwork run` publishes a new one."
# What the runs themselves keep, and the order in which a snapshot holds it.
LEDGERS = {"files": "run_id, file", "runs": "run_id", "rejected_rows": "file, line"}
# What else a rebuilt store needs; no page shows it.
RECALLED = LEDGERS | {"replaced": "export, content"}


class AnotherVersionError(ActionableError):
    """A snapshot that lacks tables or columns of this version; the message says what to do."""


def published() -> dict[str, str]:
    """The tables of a snapshot, and the order of their rows: what a reader asks for lies together."""
    return {model.name: model.ordered_by for model in models().values() if model.ordered_by} | LEDGERS


def begin(engine: Engine, path: Path) -> list[Step]:
    """Begin a snapshot in a new database file. Returns the steps that copy each published table into it.

    In a build, each is taken as soon as its table is there, while others are still being made.
    """
    engine.attach(path, "snapshot")
    return [_copying(engine, table, order) for table, order in published().items() if table not in LEDGERS]


def begin_again(engine: Engine, path: Path, before: Path) -> None:
    """Begin a snapshot with a copy of the one before, of which only the ledgers are out of date."""
    shutil.copyfile(before, path)
    engine.attach(path, "snapshot")


def complete(engine: Engine, path: Path, built_from: str) -> None:
    """Copy the ledgers into a snapshot that was begun, and read every row of it once.

    `built_from`: a digest of the inputs; a later run with the same digest does not build the tables again.
    """
    for table, order in RECALLED.items():
        engine.run(f"CREATE OR REPLACE TABLE snapshot.{table} AS SELECT * FROM store.{table} ORDER BY {order}")
    engine.run("CREATE OR REPLACE TABLE snapshot.built AS SELECT $word AS built_from", {"word": built_from})
    engine.detach("snapshot")
    engine.attach(path, "written", read_only=True)
    rows = (f"SELECT bit_xor(hash(rows)) FROM written.{table} AS rows" for table in published())
    engine.rows(" UNION ALL ".join(rows))
    engine.detach("written")


def built_from(snapshot: Path) -> str | None:
    """The digest of a snapshot's inputs (`built_from`); None if it is missing or the file is damaged."""
    word: str | None = value_in(snapshot, "SELECT built_from FROM built")
    return word


def made_by_another(snapshot: Path) -> str:
    """That a snapshot lacks tables which this version publishes, in a sentence; nothing if it has them all."""
    with Engine() as engine:  # others may hold the file open otherwise
        engine.attach(snapshot, "there", read_only=True)
        lacking = published().keys() - set(engine.tables("there"))
    return _of_another(snapshot) if lacking else ""


@contextmanager
def reading(snapshot: Path) -> Iterator[Engine]:
    """A snapshot, open to be read. Raises EngineError, or AnotherVersionError if another version made it."""
    other = AnotherVersionError(f"{_of_another(snapshot)} {AGAIN}")
    if made_by_another(snapshot):
        raise other
    try:
        with Engine(snapshot, read_only=True) as engine:
            yield engine
    except UnknownNameError as error:
        raise other from error


def _of_another(snapshot: Path) -> str:
    return f"Another version of Meshwork made snapshot {snapshot.stem}."


def _copying(engine: Engine, table: str, order: str) -> Step:
    def copy(_: Builder) -> None:
        engine.run(f"CREATE TABLE snapshot.{table} AS SELECT * FROM {table} ORDER BY {order}")

    return Step((f"snapshot.{table}",), frozenset({table}), copy)
