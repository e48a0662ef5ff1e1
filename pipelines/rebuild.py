"""Rebuilds a damaged or lost store from the deliveries, and names those that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.engine.duckdb import Engine
from pipelines.run import run
from pipelines.running import Finished, Watcher


@dataclass(frozen=True)
class Rebuilt:
    """A run that read all deliveries again. `missing`: the files that earlier runs read and this one did not find."""

    finished: Finished
    missing: list[str]


def rebuild(
    folder: Path,
    home: Path,
    *,
    as_of: date | None = None,
    profile: Path | None = None,
    watcher: Watcher | None = None,
    spark: str | None = None,
) -> Rebuilt:
    """Make the store anew from a folder with all the deliveries so far, and publish. Raises what a run raises.

    A file is recognised by its content, whatever its name is now and whichever mapping profile it was read with (a
    digest in the ledger is that of the content and that of the layout). The store that was there is set aside.
    """
    finished = run(folder, home, as_of=as_of, profile=profile, watcher=watcher, from_ledgers=True, spark=spark)
    with Engine(finished.snapshot, read_only=True) as engine:
        missing = engine.rows(
            """
            SELECT min_by(file, run_id) FROM files WHERE status = 'read'
            GROUP BY export, left(digest, 64) HAVING max(run_id) < ? ORDER BY min(run_id), 1
            """,
            [finished.run_id],
        )
    return Rebuilt(finished, [file for (file,) in missing])
