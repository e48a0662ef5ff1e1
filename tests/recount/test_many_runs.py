"""The same as-of date is reached by one run, and by six over thirty weeks that each take in what was new: equal tables."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipelines.engine.duckdb import Engine
from pipelines.run import run
from tests.recount.clinics import ONE, Rows, random_clinic

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

AS_OF = date(2024, 3, 6)  # a Wednesday, six days after a leap day
RUNS, EVERY = 6, 42 * ONE
BEGINS = {
    "episodes": "start_date", "attendance": "meeting_date", "checkins": "checkin_date", "sessions": "session_date",
    "tasks": "assigned_on", "contracts": "signed_on", "crises": "opened_on", "absences": "start_date",
}  # fmt: skip
LEARNED_LATER = ("end_date", "sobriety_date", "completed_on", "broken_on", "resolved_on")
OF_A_RUN = {"built", "files", "runs", "rejected_rows", "replaced"}  # what was read and when, which is no figure


def known_on(rows: Rows, day: date) -> Rows:
    """The rows as a clinic would have exported them on a day."""

    def as_known(name: str, row: dict) -> dict:
        later = () if name == "absences" else LEARNED_LATER
        return {column: None if column in later and cell and cell > day else cell for column, cell in row.items()}

    return {name: [as_known(name, row) for row in its if row[BEGINS[name]] <= day] for name, its in rows.items()}


def deliver(folder: Path, tag: str, rows: Rows, before: Rows) -> None:
    """Write what is new or has changed since the delivery before."""
    folder.mkdir(exist_ok=True)
    for name, its in rows.items():
        new = [row for row in its if row not in before.get(name, ())]
        if new:
            columns = list(dict.fromkeys(column for row in its for column in row))
            with (folder / f"{name}_{tag}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, columns)
                writer.writeheader()
                writer.writerows(new)


def test_many_runs_come_to_the_tables_of_one(tmp_path: Path):
    rows, before = random_clinic(21, AS_OF, clients=12), {}
    for number in range(RUNS):
        day = AS_OF - (RUNS - 1 - number) * EVERY
        deliver(tmp_path / "new", f"{day}", known_on(rows, day), before)
        before = known_on(rows, day)
        many = run(tmp_path / "new", tmp_path / "many", as_of=day)
    deliver(tmp_path / "whole", "all", known_on(rows, AS_OF), {})
    one = run(tmp_path / "whole", tmp_path / "one", as_of=AS_OF)
    assert many.run_id == RUNS
    with Engine() as engine:
        engine.attach(many.snapshot, "many", read_only=True)
        engine.attach(one.snapshot, "one", read_only=True)
        assert engine.value("SELECT count(*) FROM one.decline_flags") > 3
        assert differing(engine) == []


def differing(engine: Engine) -> list[str]:
    """The published tables that hold other rows in one snapshot than in the other."""
    names = "SELECT table_name FROM duckdb_tables() WHERE database_name = '{}' ORDER BY 1"
    one, many = ({name for (name,) in engine.rows(names.format(of))} for of in ("one", "many"))
    assert one == many
    either: Callable[[str, str, str], str] = lambda name, a, b: f"(FROM {a}.{name} EXCEPT ALL FROM {b}.{name})"  # noqa: E731
    return [
        name
        for name in sorted(one - OF_A_RUN)
        if engine.rows(f"{either(name, 'one', 'many')} UNION ALL {either(name, 'many', 'one')} LIMIT 1")
    ]
