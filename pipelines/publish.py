"""Publishing: immutable numbered snapshots, and the pointer `CURRENT` that names the one in force."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.engine.duckdb import Engine

# The tables of a snapshot, and the order in which their rows lie there (what a reader asks for lies together).
PUBLISHED = {
    "client_week": "client_id, week",
    "decline_flags": "week, client_id",
    "client_now": "therapist_id, priority",
    "sobriety_spells": "client_id, start_date",
    "use_pattern": "client_id, start_week",
    "outcomes": "outcome, client_id, start_week",
    "survival": "curve, breakdown, member, time",
    "caseload_week": "measure, breakdown, member, period",
    "caseload_month": "measure, breakdown, member, period",
    "coverage_week": "site, week",
    "measures": "name",
    "outcome_library": "name",
    "clinic": "name",
    "files": "run_id, file",
    "runs": "run_id",
    "rejected_rows": "file, line",
}
KEPT = 5
POINTER = "CURRENT"


class NothingToRollBackError(ValueError):
    """There is no snapshot before the one in force."""


def write_snapshot(engine: Engine, path: Path) -> None:
    """Copy the published tables from the engine into a new database file, and read every row of it once."""
    engine.attach(path, "snapshot")
    for table, order in PUBLISHED.items():
        source = f"store.{table}" if table in ("files", "runs", "rejected_rows") else table
        engine.run(f"CREATE TABLE snapshot.{table} AS SELECT * FROM {source} ORDER BY {order}")
    engine.detach("snapshot")
    with Engine(path, read_only=True) as written:
        for table in PUBLISHED:
            written.rows(f"SELECT bit_xor(hash(rows)) FROM {table} AS rows")


def publish(home: Path, snapshot: Path) -> Path:
    """Move a finished snapshot to its number and point `CURRENT` at it in one step. Gives its path in the home."""
    folder = home / "snapshots"
    folder.mkdir(mode=0o700, exist_ok=True)
    taken = [_number(path) for path in _snapshots(home)]
    target = folder / f"{max(taken, default=0) + 1:06d}.duckdb"
    _to_disk(snapshot)
    snapshot.chmod(0o440)
    snapshot.replace(target)
    _point_at(home, target)
    for path in _snapshots(home)[:-KEPT]:
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
    earlier = [path for path in _snapshots(home) if now is not None and _number(path) < _number(now)]
    if not earlier:
        raise NothingToRollBackError("There is no earlier snapshot to go back to.")
    _point_at(home, earlier[-1])
    return earlier[-1]


def _snapshots(home: Path) -> list[Path]:
    return sorted((home / "snapshots").glob("[0-9][0-9][0-9][0-9][0-9][0-9].duckdb"))


def _number(path: Path) -> int:
    return int(path.stem)


def _point_at(home: Path, snapshot: Path) -> None:
    pointer = home / f"{POINTER}.new"
    pointer.write_text(f"{snapshot.relative_to(home).as_posix()}\n", "utf-8")
    _to_disk(snapshot.parent)
    _to_disk(pointer)
    pointer.replace(home / POINTER)
    _to_disk(home)


def _to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk: a pointer must never outlive what it names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
