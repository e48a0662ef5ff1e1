"""`python -m benchmarks.stable_clinic [CLINICS]`: how many charts of a stable clinic signal at their last point.

Clients differ and stay, are admitted and leave at constant rates, and their rows go through the whole pipeline. The
figures of docs/control-charts.md on a whole clinic come from here.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.refresh import build_tables
from pipelines.settings import Settings

BEGIN, AS_OF = date(2024, 7, 1), date(2026, 6, 28)  # of the exports: a Monday and first of a month; a Sunday
BEFORE = 200  # weeks of admissions before them, so that as many leave as come
ADMITTED, STAYS = 3.0, 25.0  # a week; weeks, on average
CLINICS = 10
DAY = timedelta(days=1)
Rows = dict[str, list[dict[str, Any]]]


def clinic(seed: int) -> Rows:
    """The exports of a stable clinic of about 75 clients at two sites."""
    chance, of = Random(seed), defaultdict(list)
    start = BEGIN - 7 * BEFORE * DAY
    number = 0
    while (start := start + max(1, round(chance.expovariate(ADMITTED / 7))) * DAY) <= AS_OF:
        end = start + round(chance.expovariate(1 / (7 * STAYS))) * DAY
        number += 1
        if end >= BEGIN:
            _stay(of, chance, f"C{number:04}", start, end)
    return of


def _stay(of: Rows, chance: Random, who: str, start: date, end: date) -> None:
    of["episodes"].append(
        {
            "client_id": who, "start_date": start, "end_date": end if end <= AS_OF else None,
            "therapist_id": f"T{chance.randint(1, 4)}", "site": chance.choice(["Harbor", "North"]),
            "program": chance.choice(["IOP", "OP"]), "end_reason": chance.choice(["left", "completed"]),
        }
    )  # fmt: skip
    usual, kept, uses = chance.gammavariate(2.0, 1.2) / 7, chance.betavariate(8, 2), chance.betavariate(0.4, 8)
    checkin_on, sponsor = chance.randrange(7), chance.random() < 0.6
    for day in (max(start, BEGIN) + n * DAY for n in range((min(end, AS_OF) - max(start, BEGIN)).days + 1)):
        if chance.random() < usual:
            took_part = "shared" if chance.random() < kept / 2 else "listened"
            row = {"client_id": who, "meeting_date": day, "fellowship": "AA", "participation": took_part}
            of["attendance"].append(row)
        if day.weekday() == checkin_on:
            status = "completed" if chance.random() < kept else "missed"
            row = {"client_id": who, "checkin_date": day, "status": status, "source": "self_report"}
            of["checkins"].append(row | {"used": chance.random() < uses, "has_sponsor": sponsor})
        if day.weekday() == (checkin_on + 2) % 7:
            status = "attended" if chance.random() < kept else "no_show"
            of["sessions"].append({"client_id": who, "session_date": day, "status": status, "kind": "group"})


def signals(rows: Rows) -> dict[tuple[str, str], list[int]]:
    """(week or month, measure) → how many charts signal at their last point, and how many there are."""
    with Engine() as engine:
        declared = exports()
        store.open_in(engine, declared)
        for name, its in rows.items():
            engine.load("made", pa.Table.from_pylist(its))
            engine.run(f"INSERT INTO store.{name} BY NAME SELECT * FROM made")
        build_tables(engine, AS_OF, Settings(), {})
        found: dict[tuple[str, str], list[int]] = {}
        for kind, measure, special, charts in engine.rows(
            """
            SELECT kind, measure, count(special), count(*)
            FROM (
                SELECT *
                FROM control_point
                WHERE value IS NOT NULL AND sigma IS NOT NULL AND NOT trial
                QUALIFY row_number() OVER (
                    PARTITION BY kind, measure, breakdown, member ORDER BY period DESC
                ) = 1
            )
            GROUP BY kind, measure
            """
        ):
            found[kind, measure] = [special, charts]
        return found


def main(clinics: int) -> None:
    """Print the share of charts that signal, by kind of period and for the measures that signal most."""
    total: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for seed in range(clinics):
        for key, (special, charts) in signals(clinic(seed)).items():
            for each in (key, (key[0], "all measures")):
                total[each][0] += special
                total[each][1] += charts
    for (kind, measure), (special, charts) in sorted(total.items(), key=lambda each: -each[1][0] / each[1][1]):
        print(f"{kind:<6} {measure:<28} {special:>5} of {charts:>6,} charts {100 * special / charts:>5.1f} %")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLINICS)
