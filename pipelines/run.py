"""One run: exports in, models built, snapshot published. All or nothing: until the end it works on private copies.

Most scheduled runs find nothing new. That is found out first, before anything is loaded or copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from pipelines import last_run, settings, snapshots
from pipelines.home import RUNNING
from pipelines.ingest.intake import Run
from pipelines.last_run import Seen, Sight
from pipelines.lock import locked
from pipelines.running import Asked, Finished, Watcher, clock_problem


def run(
    folder: Path,
    home: Path,
    *,
    as_of: date | None = None,
    profile: Path | None = None,
    accept_words: Path | None = None,
    watcher: Watcher | None = None,
    from_ledgers: bool = False,
    spark: str | None = None,
) -> Finished:
    """Take in what is new in the folder. If anything is, rebuild the tables and publish a snapshot in the home.

    `accept_words`: a file of words that are not names, for this run and those after it. `from_ledgers`: begin with an
    empty store that knows the files of the last whole snapshot, and read them all again. `spark`: the master of the
    Spark that builds the tables; they are built here if there is none. Raises HomeLockedError, ChecksFailedError,
    MissingExportError, ProfileError, SettingsError, WordsError, EngineError, SparkError or OSError; then what was
    published and stored before is unchanged.
    """
    started = datetime.now().replace(microsecond=0)
    if spark:
        from pipelines.engine.spark import require

        require(spark)
    with working_in(home) as private:
        watcher = watcher or Watcher()
        asked = Asked(folder, home, private, started, as_of, profile, accept_words, watcher, from_ledgers, spark)
        clinic = settings.load(home)
        sight = last_run.look(asked, clinic)
        seen = None if from_ledgers else last_run.same_as_before(home, sight, date.today())
        if seen is not None:
            return _nothing_new(home, sight, seen, started)
        from pipelines.refresh import refresh

        return refresh(asked, clinic, sight)


def _nothing_new(home: Path, sight: Sight, seen: Seen, started: datetime) -> Finished:
    """Note a run that finds what the last one found. Raises OSError."""
    earlier = last_run.runs_since(home)
    run_id = 1 + max(seen.run_id, *(run.run_id for run in earlier), 0)
    finished = datetime.now().replace(microsecond=0)
    this = Run(run_id, seen.intake.as_of, started, finished, seen.intake.status)
    if seen.looked_again:
        last_run.keep(home, sight, seen, [*earlier, this])
    else:
        last_run.note(home, this)
    snapshot = snapshots.current(home)
    assert snapshot is not None  # what was seen before holds only while it is there
    problem = clock_problem(seen.latest, date.today())
    return Finished(run_id, seen.intake, snapshot, published=False, clock_problem=problem)


@contextmanager
def working_in(home: Path) -> Iterator[Path]:
    """Lock the home, and provide a private folder in it for unfinished work. Raises HomeLockedError or OSError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = home / RUNNING
    with locked(home):
        try:
            shutil.rmtree(private, ignore_errors=True)  # of a run that was killed
            private.mkdir(mode=0o700)
            yield private
        finally:
            shutil.rmtree(private, ignore_errors=True)
