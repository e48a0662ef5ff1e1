"""Publishing: immutable numbered snapshots, and the pointer `CURRENT` that names the one in force."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.engine.duckdb import Engine, EngineError
from pipelines.errors import ActionableError
from pipelines.model import models

# What the runs themselves keep, and the order in which a snapshot holds it.
LEDGERS = {"files": "run_id, file", "runs": "run_id", "rejected_rows": "file, line"}
KEPT = 5
POINTER = "CURRENT"


class NothingToRollBackError(ActionableError):
    """There is no snapshot before the one in force."""


def published() -> dict[str, str]:
    """The tables of a snapshot, and the order in which their rows lie there: what a reader asks for lies together."""
    return {model.name: model.ordered_by for model in models().values() if model.ordered_by} | LEDGERS


def write_snapshot(engine: Engine, path: Path, built_from: str) -> None:
    """Copy the published tables from the engine into a new database file, and read every row of it once.

    `built_from`: what the tables follow from, in a word; a later run with the same need not build them again.
    """
    engine.attach(path, "snapshot")
    for table, order in published().items():
        if table not in LEDGERS:
            engine.run(f"CREATE TABLE snapshot.{table} AS SELECT * FROM {table} ORDER BY {order}")
    engine.run("CREATE TABLE snapshot.built AS SELECT $word AS built_from", {"word": built_from})
    _write_ledgers(engine)
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
    """What a snapshot's tables follow from, in a word; None where it does not say, or is damaged."""
    try:
        with Engine(snapshot, read_only=True) as engine:
            _read_every_row(engine)
            word: str | None = engine.value("SELECT built_from FROM built")
            return word
    except EngineError:
        return None


def _read_every_row(engine: Engine) -> None:
    for table in published():
        engine.rows(f"SELECT bit_xor(hash(rows)) FROM {table} AS rows")


def _write_ledgers(engine: Engine) -> None:
    for table, order in LEDGERS.items():
        engine.run(f"CREATE OR REPLACE TABLE snapshot.{table} AS SELECT * FROM store.{table} ORDER BY {order}")


def publish(home: Path, snapshot: Path) -> Path:
    """Move a finished snapshot to its number and point `CURRENT` at it in one step. Gives its path in the home."""
    folder = home / "snapshots"
    folder.mkdir(mode=0o700, exist_ok=True)
    taken = [_number(path) for path in kept(home)]
    target = folder / f"{max(taken, default=0) + 1:06d}.duckdb"
    to_disk(snapshot)
    snapshot.chmod(0o400)
    snapshot.replace(target)
    _point_at(home, target)
    for path in kept(home)[:-KEPT]:
        path.unlink()
    return target


def current(home: Path) -> Path | None:
    """The snapshot in force, or None before the first."""
    try:
        return home / (home / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def roll_back(home: Path) -> Path:
    """Point `CURRENT` at the snapshot before the one in force. Raises NothingToRollBackError."""
    now = current(home)
    earlier = [path for path in kept(home) if now is not None and _number(path) < _number(now)]
    if not earlier:
        raise NothingToRollBackError("There is no earlier snapshot to go back to.")
    _point_at(home, earlier[-1])
    return earlier[-1]


def kept(home: Path) -> list[Path]:
    """The snapshots that are kept, oldest first."""
    return sorted((home / "snapshots").glob("[0-9][0-9][0-9][0-9][0-9][0-9].duckdb"))


def _number(path: Path) -> int:
    return int(path.stem)


def _point_at(home: Path, snapshot: Path) -> None:
    pointer = home / f"{POINTER}.new"
    pointer.write_text(f"{snapshot.relative_to(home).as_posix()}\n", "utf-8")
    to_disk(snapshot.parent)
    to_disk(pointer)
    pointer.replace(home / POINTER)
    to_disk(home)


def to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk: a pointer must never outlive what it names."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folder, and writes names through by itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
