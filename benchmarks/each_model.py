"""What each model of a first run costs: `python -m benchmarks.each_model EXPORTS` prints a line each.

The line: the model, a tab, seconds of processor time. Beside the models: reading and checking, publishing, and all else
(the fit of the flags, the tests, the checks).
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from time import process_time

from benchmarks.dearest import PUBLISHING, READING, REST
from pipelines import publish
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.ingest.folder import take_in
from pipelines.ingest.layout import Profile
from pipelines.refresh import MOST_MEMORY, build_tables
from pipelines.settings import Settings


class TimedEngine(Engine):
    """An engine that notes the processor time of each table that it makes."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, memory=MOST_MEMORY)
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def make(self, table: str, query: str) -> None:
        """Create a table, as an engine does."""
        started = process_time()
        super().make(table, query)
        self.seconds[table] += process_time() - started


def seconds(folder: Path) -> dict[str, float]:
    """The processor time of each model, and of what a first run does besides."""
    with tempfile.TemporaryDirectory() as name, TimedEngine(Path(name) / "work.duckdb") as engine:
        started = process_time()
        store.open_in(engine, exports(), Path(name) / "store.duckdb")
        intake = take_in(engine, folder, exports(), Profile(), run_id=1, today=date.today())
        taken = process_time()
        build_tables(engine, intake.as_of, Settings(), {})
        built = process_time()
        for step in publish.begin(engine, Path(name) / "snapshot.duckdb"):
            step.make(engine)
        publish.complete(engine, Path(name) / "snapshot.duckdb", "")
        published = process_time()
        rest = built - taken - sum(engine.seconds.values())
        return engine.seconds | {READING: taken - started, REST: rest, PUBLISHING: published - built}


if __name__ == "__main__":
    print("\n".join(f"{what}\t{its}" for what, its in seconds(Path(sys.argv[1])).items()))
