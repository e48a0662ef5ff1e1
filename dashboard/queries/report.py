"""The monthly report of a snapshot, as the command writes it; its SQL lies in pipelines/report."""

from __future__ import annotations

from datetime import date
from functools import lru_cache, partial

from dashboard.queries.snapshot import Snapshot, answers
from pipelines import report
from pipelines.report import Report


def months(snapshot: Snapshot) -> list[date]:
    """The first days of the months that can be reported, oldest first. Raises SnapshotError."""
    return report.months(partial(answers, snapshot, "report"))


@lru_cache(maxsize=8)
def read(snapshot: Snapshot, month: date, smallest: int) -> Report:
    """The report of a month; `smallest`: the fewest that a figure may stand for. Raises SnapshotError."""
    return report.read(partial(answers, snapshot, "report"), month, snapshot.stem, smallest)
