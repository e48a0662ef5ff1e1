"""Scoring so many clients over so many weeks: `python -m benchmarks.scoring CLIENTS WEEKS`.

It prints the processor time, and how many client-weeks were scored. The clients are simulated (`benchmarks.caseload`).
What is timed is the score of each in each week, by the declared constants.
"""

from __future__ import annotations

import sys
from time import process_time

from benchmarks.caseload import simulate
from pipelines import build
from pipelines.engine.duckdb import Engine


def score(clients: int, weeks: int) -> tuple[int, float]:
    """How many client-weeks were scored, and the processor time."""
    with Engine() as engine:
        engine.load("care_week", simulate(1, clients, weeks, "none").care_week(all_exports=True))
        started = process_time()
        build.build(engine, given={"care_week"}, only=["week_score"])
        took = process_time() - started
        return engine.value("SELECT count(*) FROM week_score"), took


if __name__ == "__main__":
    scored, took = score(int(sys.argv[1]), int(sys.argv[2]))
    print(took, scored)
