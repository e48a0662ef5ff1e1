"""Publishing: what a snapshot holds, and how it is written. Where snapshots lie is the work of `snapshots`."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.engine.duckdb import Engine, value_in
from pipelines.model import models

# What the runs themselves keep, and the order in which a snapshot holds it.
LEDGERS = {"files": "run_id, file", "runs": "run_id", "rejected_rows": "file, line"}


def published() -> dict[str, str]:
    """The tables of a snapshot, and the order in which their rows lie there: what a reader asks for lies together."""
    return {model.name: model.ordered_by for model in models().values() if model.ordered_by} | LEDGERS


def write_snapshot(engine: Engine, path: Path, built_from: str) -> None:
    """Copy the published tables from the engine into a new database file, and read every row of it once.

    `built_from`: a digest of the inputs; a later run with the same digest does not build the tables again.
    """
    engine.attach(path, "snapshot")
    engine.run("BEGIN")  # one transaction is written to the disk once
    for table, order in published().items():
        if table not in LEDGERS:
            engine.run(f"CREATE TABLE snapshot.{table} AS SELECT * FROM {table} ORDER BY {order}")
    engine.run("CREATE TABLE snapshot.built AS SELECT $word AS built_from", {"word": built_from})
    _write_ledgers(engine)
    engine.run("COMMIT")
    engine.detach("snapshot")
    with Engine(path, read_only=True) as written:
        _read_every_row(written)


def write_snapshot_again(engine: Engine, before: Path, path: Path) -> None:
    """Copy a snapshot of which only the ledgers are out of date, and bring those up to date."""
    shutil.copyfile(before, path)
    engine.attach(path, "snapshot")
    _write_ledgers(engine)
    engine.detach("snapshot")


def built_from(snapshot: Path) -> str | None:
    """The digest of a snapshot's inputs (`built_from`); None where it is missing or the file is damaged."""
    word: str | None = value_in(snapshot, "SELECT built_from FROM built")
    return word


def _read_every_row(engine: Engine) -> None:
    for table in published():
        engine.rows(f"SELECT bit_xor(hash(rows)) FROM {table} AS rows")


def _write_ledgers(engine: Engine) -> None:
    for table, order in LEDGERS.items():
        engine.run(f"CREATE OR REPLACE TABLE snapshot.{table} AS SELECT * FROM store.{table} ORDER BY {order}")
