"""What is wrong with an installation, and what to do about it. `meshwork doctor` changes nothing.

Each check is a generator of findings; a check that fails is itself a finding. No finding contains a value of a row.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines import audit, last_run, publish, settings, snapshots
from pipelines.definitions import rules
from pipelines.engine.duckdb import Engine, EngineError, NewerFileError
from pipelines.errors import ActionableError
from pipelines.home import JOURNAL, SETTINGS, STORE
from pipelines.ingest.store import NewerStoreError, require_known_layout
from pipelines.journal.store import Journal
from pipelines.owner_only import OTHERS
from pipelines.refresh import REMEDY, space_needed
from pipelines.wording.amounts import count

PARTS = ("duckdb", "pandas", "pyarrow", "streamlit", "altair", "typst")


@dataclass(frozen=True)
class Finding:
    """What a check found of a part of the installation, and what to do if something is wrong."""

    part: str
    sentence: str
    remedy: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be done."""
        return bool(self.remedy)


def examine(home: Path, today: date) -> list[Finding]:
    """Every check of a home, and of what it is served with."""
    found = [*_versions()]
    if not home.is_dir():
        return [
            *found,
            Finding("home", f"There is no folder {home}.", "The first `meshwork run --exports FOLDER` makes it."),
        ]
    checks = (_permissions, _space, _settings, _store, _snapshots, _data, _clock, _journal, _audit)
    for check in checks:
        part = check.__name__.strip("_")
        try:
            found += check(home, today)
        except (ActionableError, OSError) as error:
            reason = str(error) if isinstance(error, ActionableError) else error.strerror or error.__class__.__name__
            sentence = f"This could not be looked at: {reason}"
            if not any(each.sentence == sentence for each in found):  # what hinders one check may hinder others
                found.append(Finding(part, sentence, "Mend that, and look again."))
    return found


def _versions() -> Iterator[Finding]:
    installed = []
    for part in PARTS:
        try:
            installed.append(f"{part} {version(part)}")
        except PackageNotFoundError:
            yield Finding("versions", f"{part} is not installed.", "Install Meshwork again, from its lock file.")
    yield Finding("versions", f"Python {sys.version.split()[0]}, {', '.join(installed)}.")


def _permissions(home: Path, today: date) -> Iterator[Finding]:
    paths = [home, *home.rglob("*")]
    others = [path for path in paths if os.name != "nt" and stat.S_IMODE(path.lstat().st_mode) & OTHERS]
    if others:
        yield Finding(
            "permissions",
            f"Others on this machine can reach {count(len(others), 'file or folder', 'files and folders')} of {home}.",
            "The next run closes them. To close them now: `chmod -R go=` and the folder's name.",
        )
    else:
        yield Finding("permissions", f"Only its owner can reach {home}.")


def _space(home: Path, today: date) -> Iterator[Finding]:
    needed = space_needed(home)
    free = shutil.disk_usage(home).free
    status = f"{free / 1e6:,.0f} MB are free; a run without new files needs {needed / 1e6:,.0f} MB."
    yield Finding("disk", status, "" if free >= needed else "Make room, or move the home to another disk.")


def _settings(home: Path, today: date) -> Iterator[Finding]:
    unnamed = settings.load(home).name == settings.Settings.name
    found = f"{SETTINGS} can be used." if (home / SETTINGS).exists() else "All are defaults."
    yield Finding("settings", f"{found} Reports name no clinic yet: set `name` in {SETTINGS}." if unnamed else found)


def _store(home: Path, today: date) -> Iterator[Finding]:
    path = home / STORE
    if not path.exists():
        missing = bool(snapshots.there(home))
        yield Finding("store", "The store is missing." if missing else "Nothing is stored yet.", REMEDY * missing)
        return
    try:
        with Engine(path, read_only=True) as engine:
            require_known_layout(engine, "layout")
            for table in engine.tables():
                engine.rows(f"SELECT bit_xor(hash(rows)) FROM {table} AS rows")
            files = engine.value("SELECT count(DISTINCT digest) FROM files WHERE status = 'read'")
    except (NewerStoreError, NewerFileError):
        newer = "Install that version again; or go back to a backup of the home from before."
        yield Finding("store", f"A newer version of Meshwork wrote the store {path}.", newer)
    except EngineError:
        yield Finding("store", f"The store {path} is damaged.", REMEDY)
    else:
        yield Finding("store", f"Every row of {path} can be read; it holds {count(files, 'file')}.")


def _snapshots(home: Path, today: date) -> Iterator[Finding]:
    served = snapshots.in_force(home)
    again = publish.AGAIN
    if served.pointer_lost:
        yield Finding("snapshots", "The file CURRENT names no snapshot.", again)
    not_whole = {snapshots.number(path) for path in snapshots.there(home) if not snapshots.is_whole(path)}
    damaged = not_whole | set(served.damaged)
    for number in sorted(damaged):
        yield Finding("snapshots", f"Snapshot {number} is damaged or missing.", again)
    no_digest = {
        snapshots.number(path) for path in snapshots.there(home) if not snapshots.digest_file(path).exists()
    } - not_whole
    for number in sorted(no_digest):
        newest = served.snapshot is not None and number == snapshots.number(served.snapshot)
        sentence = f"Snapshot {number} has no digest, so a change to it would not be noticed."
        yield Finding("snapshots", sentence, again if newest else "")
    if served.snapshot is None:
        if not damaged:
            yield Finding("snapshots", "Nothing is published yet.", "`meshwork run --exports FOLDER` publishes.")
        return
    another = publish.made_by_another(served.snapshot)
    if another:
        yield Finding("snapshots", another, again)
    else:
        whole = len(snapshots.there(home)) - len(not_whole | no_digest)
        yield Finding("snapshots", f"Snapshot {served.snapshot.stem} is in force; {whole} kept ones are whole.")


def _data(home: Path, today: date) -> Iterator[Finding]:
    snapshot = snapshots.in_force(home).snapshot
    if snapshot is None:
        return
    with Engine(snapshot, read_only=True) as engine:
        as_of = engine.value("SELECT as_of FROM runs ORDER BY run_id DESC LIMIT 1")
        refused = engine.value(
            "SELECT count(*) FROM files WHERE status <> 'read' AND run_id = (SELECT max(run_id) FROM files)"
        )
    days = (today - as_of).days
    shifted = settings.load(home).date_basis == "shifted"
    finished = _last_finish(home, snapshot)
    status = f"The data go to {as_of.day} {as_of:%B %Y}; the last run finished on {finished.day} {finished:%B %Y}."
    old = days > rules()["stale_after_days"] and not shifted
    yield Finding("data", status, f"They are {days} days old: take in newer exports." if old else "")
    if refused:
        yield Finding(
            "data",
            f"{count(refused, 'file')} of the last run could not be read or contained identifiers.",
            "The page “What came in” says which, and why.",
        )


def _clock(home: Path, today: date) -> Iterator[Finding]:
    snapshot = snapshots.in_force(home).snapshot
    if snapshot is None:
        return
    if _last_finish(home, snapshot).date() > today:
        yield Finding("clock", "A run finished on a later day than this machine’s clock says it is.", "Set the clock.")


def _last_finish(home: Path, snapshot: Path) -> datetime:
    """When the last run finished, also one that found nothing new. Raises EngineError."""
    with Engine(snapshot, read_only=True) as engine:
        published: datetime = engine.value("SELECT max(finished) FROM runs")
    return max([published, *(run.finished for run in last_run.runs_since(home))])


def _journal(home: Path, today: date) -> Iterator[Finding]:
    clinic = settings.load(home)
    path = home / JOURNAL
    if not clinic.journal_url and not path.exists():
        yield Finding("journal", "No contact has been noted yet.")
        known: set[str] = set()
    else:
        if not clinic.journal_url:
            try:
                with closing(sqlite3.connect(path)) as connection:
                    whole = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            except sqlite3.DatabaseError:
                whole = False
            if not whole:
                yield Finding("journal", f"{path} is damaged.", "Put its last backup back.")
                return
        known = {entry.entry_id for entry in Journal.of(home, clinic).everything()}
        yield Finding("journal", f"It can be read, and holds {count(len(known), 'entry', 'entries')}.")
    snapshot = snapshots.in_force(home).snapshot
    if snapshot is not None:
        with Engine(snapshot, read_only=True) as engine:
            lost = {entry for (entry,) in engine.rows("SELECT entry_id FROM outreach")} - known
        if lost:
            yield Finding(
                "journal",
                f"{count(len(lost), 'entry', 'entries')} of the published contacts are not in it any more.",
                "Its file was deleted or replaced: put the last backup back. Runs keep the published ones meanwhile.",
            )


def _audit(home: Path, today: date) -> Iterator[Finding]:
    verdict = audit.verify(home)
    for problem in verdict.problems:
        yield Finding("audit", problem, "Find out who changed it; `meshwork audit verify` says more.")
    if not verdict.problems:
        yield Finding("audit", f"It is whole, with {count(verdict.entries, 'entry', 'entries')}.")
