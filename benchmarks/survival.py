"""Survival curves of so many clients: `python -m benchmarks.survival HOME CLIENTS` prints the processor time.

The clients of a home are multiplied, under other pseudonyms, with their stays and known days. What is timed begins with
these: the times to each event, the curves of all groups with their medians, and the log-rank tests.
"""

from __future__ import annotations

import sys
from math import ceil
from pathlib import Path
from time import process_time

from pipelines import build
from pipelines.engine.duckdb import Engine
from pipelines.home import STORE
from pipelines.log_rank import write_survival_test
from pipelines.model import given, models


def curves(home: Path, clients: int) -> tuple[int, float]:
    """How many clients are on the curves, and the processor time of making these."""
    with Engine() as engine:
        engine.attach(home / STORE, "store", read_only=True)
        as_of = engine.value("SELECT max_by(as_of, run_id) FROM store.runs")
        engine.load("clock", given("clock", [{"as_of": as_of}]))
        needed = models()["event_time"].reads
        build.build(engine, given={"clock"}, only=needed)
        times = ceil(clients / engine.value("SELECT count(DISTINCT client_id) FROM stay"))
        for table in needed:
            if engine.value(
                f"SELECT count(*) FROM duckdb_columns WHERE table_name = '{table}' AND column_name = 'client_id'"
            ):
                engine.make(
                    table,
                    "SELECT copied.* REPLACE (client_id || '-' || copy AS client_id)"
                    f" FROM {table} AS copied, range({times}) AS copies(copy)",
                )
        started = process_time()
        build.build(engine, given={"clock", *needed}, only=["survival", "survival_median"])
        write_survival_test(engine)
        took = process_time() - started
        return engine.value("SELECT count(DISTINCT client_id) FROM event_time"), took


if __name__ == "__main__":
    print(curves(Path(sys.argv[1]), int(sys.argv[2]))[1])
