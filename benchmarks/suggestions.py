"""Suggestions for one client from so many meetings: `python -m benchmarks.suggestions HOME MEETINGS` prints the time.

The directory of a home is multiplied, under other slugs and at other hours. What is timed is the reading of its entries
and the choice of the meetings that suit the client who attended most.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

from pipelines import build, snapshots
from pipelines.engine.duckdb import Engine
from pipelines.home import STORE
from pipelines.model import given


def suggest(home: Path, meetings: int) -> tuple[list[str], float]:
    """The slugs suggested, the best first, and the processor time of choosing them."""
    with Engine() as engine:
        engine.attach(home / STORE, "store", read_only=True)
        engine.attach(snapshots.readable(home), "snapshot", read_only=True)
        as_of = engine.value("SELECT max_by(as_of, run_id) FROM store.runs")
        engine.load("clock", given("clock", [{"as_of": as_of}]))
        staged = ("attendance", "episodes", "meetings")
        build.build(engine, given={"clock"}, only=staged)
        engine.make(
            "meetings",
            f"""
            SELECT
                entry.* REPLACE (
                    slug || '-' || copy AS slug,
                    right('0' || (CAST(left(time, 2) AS BIGINT) + copy) % 24, 2) || substr(time, 3) AS time
                )
            FROM meetings AS entry, range({meetings}) AS copies(copy)
            ORDER BY copy, slug
            LIMIT {meetings}
            """,
        )
        engine.make(
            "in_care_now",
            """
            SELECT * FROM snapshot.client_now
            WHERE client_id = (
                SELECT client_id FROM attendance JOIN snapshot.client_now USING (client_id)
                GROUP BY client_id ORDER BY count(*) DESC, client_id LIMIT 1
            )
            """,
        )
        started = process_time()
        build.build(engine, given={"clock", "in_care_now", *staged}, only=["meeting_suggestions"])
        took = process_time() - started
        return [slug for (slug,) in engine.rows("SELECT slug FROM meeting_suggestions ORDER BY place")], took


if __name__ == "__main__":
    print(suggest(Path(sys.argv[1]), int(sys.argv[2]))[1])
