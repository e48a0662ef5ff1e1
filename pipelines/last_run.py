"""What the last run found and left: a run that finds the same has nothing to do, and this is known without the engine.

`HOME/last_run.jsonl` holds it in its first line. Each line after it is a run since then that found the same; the next
run that publishes takes them into the store. The file may be deleted at any time; the next run then looks at
everything.

Anything that cannot be known for certain counts as changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines import own_code, settings, snapshots
from pipelines.contract import names
from pipelines.home import ACCEPTED_WORDS, POINTER, STORE, TABLES, TASKS
from pipelines.ingest.entries import Look, entries, holds, stamp
from pipelines.ingest.intake import REFUSED, FileCount, Intake, NotRead, Run
from pipelines.journal import state
from pipelines.owner_only import write_whole
from pipelines.running import Asked

FILE = "last_run.jsonl"


@dataclass(frozen=True)
class Sight:
    """What a run finds before it reads anything.

    `follows_from`: a digest of everything that its outcome depends on except the files and the store, None if it cannot
    be known. `entries`: each entry of the folder, by a digest of its name, and what it is if it is no file; `paths`:
    where it lies.
    """

    follows_from: str | None
    entries: Mapping[str, str]
    paths: Mapping[str, Path]


@dataclass(frozen=True)
class Seen:
    """What the last run took in, as another that finds the same would say it. `latest`: the latest as-of date of all
    runs. `waiting`: today, if rows were left out because their day has not come; else None. `looked_again`: whether a
    file had to be read to know that it is the same.
    """

    run_id: int
    intake: Intake
    latest: date
    waiting: date | None
    looked_again: bool = False


@dataclass(frozen=True)
class _Noted:
    """What the first line of the file holds: what the run found, took in and left. Entries have the digests of their
    names; `seen` lacks the files by their paths.
    """

    follows_from: str
    left: Mapping[str, Any]
    entries: Mapping[str, str]
    looks: Mapping[str, Look]
    unopened: Sequence[str]
    seen: Seen


def look(asked: Asked, clinic: settings.Settings) -> Sight:
    """Look at everything that a run follows from, without reading an export. Raises OSError."""
    contacts = state.digest(asked.home, clinic)
    own = (asked.home / TASKS, asked.home / ACCEPTED_WORDS, asked.profile, asked.accept_words)
    files = [_digest_of(path) for path in own]
    parts = (
        own_code.digest(),
        clinic,
        clinic.journal_url,
        contacts,
        time.tzname,
        asked.as_of,
        asked.spark is None,
        files,
    )
    found = [(_key(asked.folder, path), path, kind) for path, kind in entries(asked.folder, names())]
    return Sight(
        hashlib.sha256(repr(parts).encode()).hexdigest() if contacts is not None else None,
        {key: kind for key, _, kind in found},
        {key: path for key, path, _ in found},
    )


def same_as_before(home: Path, sight: Sight, today: date) -> Seen | None:
    """What the last run took in, if this one would find the same; None if it might not, or nothing is known."""
    noted = _noted(home)
    if noted is None or noted.follows_from != sight.follows_from or noted.entries != sight.entries:
        return None
    if noted.seen.waiting not in (None, today):
        return None
    intake, looked_again = noted.seen.intake, False
    try:
        if noted.left != _left(home):
            return None
        for key, known in noted.looks.items():
            path = sight.paths[key]
            intake.looks[path] = known
            if stamp(path) != known.stamp or not known.shows_changes:
                now = _looked_again(path, known)
                if now is None:
                    return None
                intake.looks[path], looked_again = now, True
    except (OSError, EOFError, zlib.error):  # what cannot be read now
        return None
    intake.unopened.update(sight.paths[key] for key in noted.unopened)
    return replace(noted.seen, looked_again=looked_again)


def keep(home: Path, sight: Sight, seen: Seen, runs: Iterable[Run] = ()) -> None:
    """Note what a run found and left; `runs`: those since the one that published what is in force.

    If a file could not be read this time, or one appeared or disappeared meanwhile, the next run has to look at
    everything.
    """
    first: dict[str, Any] = {"run_id": seen.run_id, "follows_from": None}
    keys = {path: key for key, path in sight.paths.items()}
    looks, unopened = seen.intake.looks, seen.intake.unopened
    known = looks.keys() | unopened
    unmoved = known <= keys.keys() and len(known) + len(seen.intake.not_read) == len(keys)
    if unmoved and not seen.intake.unsure:
        first |= {
            "follows_from": sight.follows_from,
            "left": _left(home),
            "entries": dict(sight.entries),
            "looks": {keys[path]: asdict(each) for path, each in looks.items()},
            "unopened": sorted(keys[path] for path in unopened),
            "as_of": seen.intake.as_of.isoformat(),
            "latest": seen.latest.isoformat(),
            "waiting": seen.waiting.isoformat() if seen.waiting else "",
            "files": [asdict(_known(count)) for count in seen.intake.files],
            "not_read": [asdict(entry) for entry in seen.intake.not_read],
        }
    _write(home, [first, *map(_as_line, runs)])


def keep_runs_only(home: Path) -> None:
    """Discard what the last run found, so that the next one looks at everything; the runs since then stay."""
    runs = runs_since(home)
    if (home / FILE).exists():
        _write(home, [{"follows_from": None}, *map(_as_line, runs)])


def note(home: Path, run: Run) -> None:
    """Note a run that found the same. Raises OSError."""
    with (home / FILE).open("a", encoding="utf-8") as stream:
        stream.write(f"\n{json.dumps(_as_line(run))}")
        stream.flush()
        os.fsync(stream.fileno())


def runs_since(home: Path) -> list[Run]:
    """The runs that found nothing new since the last one that published, oldest first."""
    try:
        return [
            Run(
                each["run_id"],
                date.fromisoformat(each["as_of"]),
                datetime.fromisoformat(each["started"]),
                datetime.fromisoformat(each["finished"]),
                each["status"],
            )
            for each in _lines(home)[1:]
        ]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def _looked_again(path: Path, known: Look) -> Look | None:
    """A file whose bytes are as they were, as it is now; None if they are others. Raises OSError."""
    at, now = time.time_ns(), stamp(path)
    return replace(known, stamp=now, at=at) if holds(path, known) and stamp(path) == now else None


def _known(count: FileCount) -> FileCount:
    """A file's count as the next run would give it: nothing in it is new."""
    if count.status == REFUSED:
        return count
    return replace(count, accepted=0, known=count.accepted + count.known, note="")


def _left(home: Path) -> dict[str, Any]:
    """The store and the published snapshot, by what the system notes of them. Raises OSError."""
    snapshot = snapshots.current(home)
    if snapshot is None:
        raise FileNotFoundError("no snapshot")
    files = {"store": home / STORE, "snapshot": snapshot, "digest": snapshots.digest_file(snapshot)}
    pointer = home / TABLES / POINTER
    files |= {"tables": pointer} if pointer.exists() else {}
    return {"current": snapshot.name} | {name: list(stamp(path)) for name, path in files.items()}


def _digest_of(path: Path | None) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None and path.exists() else ""


def _key(folder: Path, path: Path) -> str:
    """A digest of an entry's name: the name itself may hold something it should not."""
    return hashlib.sha256(os.fsencode(path.relative_to(folder))).hexdigest()[:32]


def _as_line(run: Run) -> dict[str, Any]:
    times = {"as_of": run.as_of, "started": run.started, "finished": run.finished}
    return {"run_id": run.run_id, **{name: each.isoformat() for name, each in times.items()}, "status": run.status}


def _noted(home: Path) -> _Noted | None:
    """What the file's first line holds; None if it holds nothing that can be understood."""
    try:
        first, *_ = _lines(home)
        intake = Intake(
            date.fromisoformat(first["as_of"]),
            [FileCount(**each) for each in first["files"]],
            [NotRead(**each) for each in first["not_read"]],
        )
        waiting = date.fromisoformat(first["waiting"]) if first["waiting"] else None
        noted = _Noted(
            first["follows_from"],
            first["left"],
            dict(first["entries"]),
            {key: Look(**{**values, "stamp": tuple(values["stamp"])}) for key, values in first["looks"].items()},
            first["unopened"],
            Seen(first["run_id"], intake, date.fromisoformat(first["latest"]), waiting),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    names_an_entry = {*noted.looks, *noted.unopened} <= noted.entries.keys()
    return noted if noted.follows_from is not None and names_an_entry else None


def _lines(home: Path) -> list[dict[str, Any]]:
    """What the file holds. A line that was not written to its end counts as not written. Raises OSError, ValueError."""
    first, *others = (home / FILE).read_text("utf-8").split("\n")
    found = [json.loads(first)]
    for line in others:
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def _write(home: Path, lines: Iterable[dict[str, Any]]) -> None:
    write_whole(home / FILE, "\n".join(map(json.dumps, lines)))
