"""The monthly report: the published figures of a month, withheld where they are too small, in several formats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.report.control.cells import SMALLEST
from pipelines.report.figures import Report, months, read
from pipelines.report.render import FORMATS

__all__ = ["FORMATS", "NoSuchMonthError", "Report", "file_name", "months", "read", "write"]


class NoSuchMonthError(ActionableError):
    """A month of which nothing is published; the message says which there are."""


def write(
    home: Path, month: date | None, out: Path, formats: Sequence[str] = tuple(FORMATS), smallest: int = SMALLEST
) -> list[Path]:
    """Write the report of a month (its first day; None: of every month) from the snapshot in force; give the files.

    `smallest`: the fewest that a figure may stand for. Raises NoSuchMonthError or NothingPublishedError.
    """
    snapshot = snapshots.readable(home)
    written = []
    with Engine(snapshot, read_only=True) as engine:
        there = months(engine.records)
        if not there or month not in (None, *there):
            known = f"there are {there[0]:%Y-%m} to {there[-1]:%Y-%m}" if there else "there is no complete month yet"
            raise NoSuchMonthError(f"Nothing is published of {f'{month:%Y-%m}' if month else 'any month'}; {known}.")
        out.mkdir(parents=True, exist_ok=True)
        for each in [month] if month else there:
            report = read(engine.records, each, snapshot.stem, smallest)
            for name in formats:
                path = out / file_name(each, name)
                path.write_bytes(FORMATS[name](report))
                written.append(path)
    return written


def file_name(month: date, extension: str) -> str:
    """What the file of a month's report is called."""
    return f"meshwork-{month:%Y-%m}.{extension}"
