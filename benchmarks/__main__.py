"""`make bench`: what a run costs against bare parsing of the same files, and how soon a page has its rows.

The floor is the engine reading every value of every CSV file as text and doing nothing with it. Figures are seconds of
one run on this machine; only the ratios can be compared between machines.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipelines import sample, snapshots
from pipelines.engine.duckdb import Engine
from pipelines.run import run
from tests.dashboard.conftest import served
from tests.dashboard.wire import Visitor

CLIENTS, WEEKS = 10_000, 52


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def parse_everything(folder: Path) -> int:
    """The floor: every value of every CSV file read as text."""
    rows = 0
    with Engine() as engine:
        for path in folder.glob("*.csv"):
            columns = ", ".join(f"max({name})" for name in path.open(encoding="utf-8").readline().strip().split(","))
            query = f"SELECT count(*), {columns} FROM read_csv('{path}', header = true, all_varchar = true)"
            rows += engine.rows(query)[0][0]
    return rows


def main(clients: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        exports, home = Path(name) / "exports", Path(name) / "home"
        made = seconds(lambda: sample.write(exports, clients=clients, weeks=WEEKS, seed=1))
        rows = parse_everything(exports)
        floor = min(seconds(lambda: parse_everything(exports)) for _ in range(3))
        print(f"{clients:,} clients, {WEEKS} weeks: {rows:,} rows (written in {made:.1f} s)")
        print(f"{'':<46} {'seconds':>8} {'x floor':>8}")

        def line(what: str, took: float) -> None:
            print(f"{what:<46} {took:>8.2f} {took / floor:>8.1f}")

        line("floor: every value parsed as text", floor)
        line("first run: read, check, build, publish", seconds(lambda: run(exports, home)))
        line("second run, nothing new", seconds(lambda: run(exports, home)))
        delivered = sorted(exports.glob("attendance*.csv"))[0].read_text("utf-8").splitlines(keepends=True)[:1001]
        (exports / "attendance_zz.csv").write_text("".join(delivered).replace(",listened,", ",shared,"), "utf-8")
        line("third run, a thousand rows new", seconds(lambda: run(exports, home)))
        shutil.rmtree(exports)

        snapshot = snapshots.current(home)
        assert snapshot is not None
        with Engine(snapshot, read_only=True) as engine:
            therapist = engine.value("SELECT therapist_id FROM client_now GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
            queries = {
                "page: a therapist's caseload": "SELECT * FROM client_now WHERE therapist_id = $t ORDER BY priority",
                "page: 26 weeks of a therapist's clients": "SELECT * FROM client_week WHERE client_id IN"
                " (SELECT client_id FROM client_now WHERE therapist_id = $t) AND week > DATE '2026-05-01'",
                "page: a trend by site": "SELECT * FROM caseload_week WHERE measure = 'census' AND breakdown = 'site'"
                " AND $t IS NOT NULL",
            }
            for what, query in queries.items():
                line(what, min(seconds(lambda query=query: engine.rows(query, {"t": therapist})) for _ in range(5)))
        with served(home, Path(name) / "log") as address:
            pages_served(address, {"therapist": therapist}, line)


def pages_served(address: str, caseload: dict[str, str], line: Callable[[str, float], None]) -> None:
    """Each page as the server answers for it, in bytes and seconds, and once more out of its memory."""
    everyone = {"therapist": "All therapists"}
    pages = [("", caseload), ("", everyone), *((page, {}) for page in ("director", "trends", "sobriety", "pathway"))]
    for page, query in pages:
        visitor = Visitor(address)
        for time_ in ("first", "again"):
            visitor.received.clear()
            took = seconds(lambda visitor=visitor, page=page, query=query: visitor.open(page, **query))
            if visitor.failures():
                raise RuntimeError(f"The page {page or 'my caseload'} shows an exception.")
            size = sum(map(len, visitor.received)) / 1e6
            line(f"served {time_}: {page or 'my caseload'} {query.get('therapist', '')}, {size:.1f} MB", took)
        visitor.leave()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLIENTS)
