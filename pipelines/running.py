"""A run: what it is asked to do, how it reports progress, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipelines.ingest.intake import Intake


@dataclass(frozen=True)
class Watcher:
    """Hears how far a run is: the file being read and its rows so far, and the model being built."""

    reading: Callable[[str, int], None] = lambda file, rows: None
    building: Callable[[str], None] = lambda model: None


@dataclass(frozen=True)
class Asked:
    """A run as it was asked for. `private`: a folder for unfinished work. `as_of`: None for the latest day in the data.

    `from_ledgers`: begin with an empty store that knows the files of the last whole snapshot, and read them all again.
    `spark`: the master of the Spark that builds the tables, None if this machine builds them.
    """

    folder: Path
    home: Path
    private: Path
    started: datetime
    as_of: date | None = None
    profile: Path | None = None
    accept_words: Path | None = None
    watcher: Watcher = Watcher()
    from_ledgers: bool = False
    spark: str | None = None


@dataclass(frozen=True)
class Finished:
    """A run that is done. `published`: whether the snapshot is this run's own; if nothing is new, it is the last one.

    `journal_problem`: why the outreach journal could not be read, or a note of lost entries; `clock_problem`: a warning
    if the data go past the machine's clock. Both are empty if all is well.
    """

    run_id: int
    intake: Intake
    snapshot: Path
    published: bool = True
    journal_problem: str = ""
    clock_problem: str = ""


def clock_problem(latest: date, today: date) -> str:
    """A warning if the data of some run go past this machine's clock; empty otherwise."""
    if latest <= today:
        return ""
    return (
        f"This machine's clock says {today.day} {today:%B %Y}, but a run was made with data to {latest.day} "
        f"{latest:%B %Y}. Is the clock right? Rows of days after the as-of date are left out."
    )
