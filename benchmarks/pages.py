"""How soon a page is there: a few of its queries on the snapshot of a home, and each page as the server answers for it.

`python -m benchmarks.pages HOME` prints a line each: what, a tab, seconds. Of a query they are the least of several, in
processor time; of a page by the clock, for the first visitor and for the next, as the server has it in memory.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dashboard.pages import VIEWS
from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from tests.dashboard.conftest import served
from tests.dashboard.wire import Visitor

SHOWN = ("director", "trends", "sobriety", "pathway")
QUERIES = {
    "page: a therapist's caseload": "SELECT * FROM client_now WHERE therapist_id = $t ORDER BY priority",
    "page: 26 weeks of a therapist's clients": "SELECT * FROM client_week WHERE client_id IN"
    " (SELECT client_id FROM client_now WHERE therapist_id = $t) AND week > DATE '2026-05-01'",
    "page: a trend by site": "SELECT * FROM caseload_week WHERE measure = 'census' AND breakdown = 'site'"
    " AND $t IS NOT NULL",
}


def main(home: Path) -> None:
    with Engine(snapshots.readable(home), read_only=True) as engine:
        therapist = engine.value("SELECT therapist_id FROM client_now GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        for what, query in QUERIES.items():
            times = []
            for _ in range(5):
                started = time.process_time()
                engine.rows(query, {"t": therapist})
                times.append(time.process_time() - started)
            print(f"{what}\t{min(times)}")
    with tempfile.TemporaryDirectory() as name, served(home, Path(name) / "log") as address:
        for what, seconds in pages_served(address, {"therapist": therapist}):
            print(f"{what}\t{seconds}")


def pages_served(address: str, caseload: dict[str, str]) -> Iterator[tuple[str, float]]:
    """Each page as the server answers for it, in bytes and seconds, and once more out of its memory."""
    everyone = {"therapist": "All therapists"}
    pages: list[tuple[str, str, dict[str, str]]] = [
        ("my caseload, one therapist", "", caseload),
        ("my caseload, all therapists", "", everyone),
        *((label.lower(), page, {}) for page, (label, _) in VIEWS.items() if page in SHOWN),
    ]
    for label, page, query in pages:
        visitor = Visitor(address)
        for time_ in ("first", "again"):
            visitor.received.clear()
            started = time.perf_counter()
            visitor.open(page, **query)
            took = time.perf_counter() - started
            if visitor.failures():
                raise RuntimeError(f"The page {label} shows an exception.")
            size = sum(map(len, visitor.received)) / 1e6
            yield f"served {time_}: {label}, {size:.1f} MB", took
        visitor.leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
