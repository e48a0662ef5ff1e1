"""The monthly report: the published figures of a month, withheld where they are too small, in several formats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines import publish
from pipelines.engine.duckdb import Engine
from pipelines.report.figures import read
from pipelines.report.render import FORMATS

__all__ = ["FORMATS", "NoSuchMonthError", "write"]


class NoSuchMonthError(ValueError):
    """A month of which nothing is published; the message says which there are."""


def write(home: Path, month: date, out: Path, formats: Sequence[str] = tuple(FORMATS)) -> list[Path]:
    """Write the report of a month (its first day) from the snapshot in force; give the files written.

    Raises NoSuchMonthError, or FileNotFoundError where nothing is published yet.
    """
    snapshot = publish.current(home)
    if snapshot is None:
        raise FileNotFoundError(0, "There is no snapshot yet: `meshwork run` publishes the first", str(home))
    with Engine(snapshot, read_only=True) as engine:
        months = [row[0] for row in engine.rows("SELECT DISTINCT period FROM caseload_month ORDER BY period")]
        if month not in months:
            there = f"there are {months[0]:%Y-%m} to {months[-1]:%Y-%m}" if months else "there is no complete month yet"
            raise NoSuchMonthError(f"Nothing is published of {month:%Y-%m}; {there}.")
        report = read(engine, month, snapshot.stem)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in formats:
        path = out / f"meshwork-{month:%Y-%m}.{name}"
        path.write_bytes(FORMATS[name](report))
        written.append(path)
    return written
