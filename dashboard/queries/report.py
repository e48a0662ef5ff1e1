"""The monthly report of a snapshot, as the command writes it; its SQL lies in pipelines/report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

from dashboard.queries.snapshot import Snapshot, answers
from pipelines import report
from pipelines.report import Report


def months(snapshot: Snapshot) -> list[date]:
    """The first days of the months that can be reported, oldest first. Raises SnapshotError."""
    return report.months(partial(answers, snapshot, "report"))


def read(snapshot: Snapshot, home: Path, month: date, smallest: int, round_to: int) -> Report:
    """The report of a month, as it was published or as it would be now.

    `smallest`: the fewest clients that a figure may be about. `round_to`: what counts are rounded to.
    Raises SnapshotError or LedgerError.
    """
    return _read(snapshot, home, month, smallest, round_to, report.kept_months(home))


@lru_cache(maxsize=8)
def _read(snapshot: Snapshot, home: Path, month: date, smallest: int, round_to: int, kept: frozenset[date]) -> Report:
    """`kept`: the months with a published report, on which every other report depends."""
    reach = snapshot.reach
    return report.read(
        partial(answers, snapshot, "report"),
        month,
        snapshot.stem,
        home,
        smallest,
        round_to,
        drafts=reach.everything or (reach.groups and reach.counted),
    )


def published(home: Path, made: Callable[[Report], bytes], read: Report) -> bytes:
    """The file of a report that leaves the clinic; the ledger keeps the report from now on."""
    report.keep(home, read)
    return made(read)
