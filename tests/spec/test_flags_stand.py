"""A published flag is kept: later runs judge later weeks, and change an earlier one only if a delivery corrected it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from pipelines.build import build
from pipelines.engine.duckdb import Engine
from pipelines.model import given, models
from pipelines.turns import TURNS
from tests.spec.test_decline import CARE_WEEK, NO_STAY_IS_INFERRED, STEADY, Row, care, completed, crowd, week

pytestmark = pytest.mark.slow

FLAGS = "client_id, week, kind, score, cleared_week"


def run(
    rows: list[Row], before: Engine | None = None, contacts: list[Row] | None = None, accepted: float = 1.0
) -> Engine:
    """A run over these weeks, after one whose engine is `before`."""
    engine = Engine()
    as_of = max(row["week"] for row in rows) + timedelta(days=6)
    choice = {"false_alerts_per_year": accepted, "caseload_share": 0.1}
    tables = {
        "care_week": completed(pa.Table.from_pylist(rows, schema=CARE_WEEK)),
        "clock": given("clock", [{"as_of": as_of}]),
        "decline_choice": given("decline_choice", [choice]),
        "outreach": given("outreach", contacts or []),
        "stay": NO_STAY_IS_INFERRED,
    }
    if before is not None:
        for name, source in {
            "flag_published": "decline_flags", "withdrawn_published": "decline_withdrawn", "week_published": "care_week"
        }.items():  # fmt: skip
            schema = models()[name].schema
            tables[name] = before.arrow(f"SELECT {', '.join(schema.names)} FROM {source}").cast(schema)
    for name, table in tables.items():
        engine.load(name, table)
    build(engine, given=tables.keys(), only=["decline_withdrawn"], by_code=[TURNS])
    return engine


def rows_of(engine: Engine, columns: str = FLAGS, table: str = "decline_flags") -> list[tuple[Any, ...]]:
    return engine.rows(f"SELECT {columns} FROM {table} ORDER BY client_id, week")


def upto(rows: list[Row], last: date) -> list[Row]:
    return [row for row in rows if row["week"] <= last]


def contact(client: str, flag: date) -> Row:
    blank = dict.fromkeys(models()["outreach"].schema.names)
    return blank | {"entry_id": "e1", "client_id": client, "flag_week": flag, "written_on": flag + timedelta(days=9)}


@pytest.mark.slow
def test_many_runs_come_to_the_flags_of_one():
    rows = crowd(5, 24, 36)
    engine = None
    for last in range(3, 36, 4):
        engine = run(upto(rows, week(last)), engine)
    assert engine is not None
    assert rows_of(engine) == rows_of(run(rows))
    assert rows_of(engine, "revision") == [(None,)] * len(rows_of(engine))
    assert len(rows_of(engine)) > 5


def test_other_thresholds_rewrite_nothing_that_was_published():
    rows = crowd(5, 24, 30)
    first = run(upto(rows, week(24)))
    later = run(rows, first, accepted=0.25)
    old = rows_of(first, "client_id, week, kind, score")
    assert [row for row in rows_of(later, "client_id, week, kind, score") if row[1] <= week(24)] == old
    assert old != [
        row for row in rows_of(run(rows, accepted=0.25), "client_id, week, kind, score") if row[1] <= week(24)
    ]


STOPPED, CAME = care("ann", STEADY + [0] * 4), care("ann", STEADY + [3] * 4)
STEADILY = care("bob", STEADY + [3] * 4)


def test_a_corrected_delivery_withdraws_a_flag_with_the_date():
    first = run(STOPPED + STEADILY)
    ((flagged,),) = rows_of(first, "week")
    corrected = run(CAME + STEADILY, first)
    assert rows_of(corrected) == []
    as_of = week(15) + timedelta(days=6)
    assert rows_of(corrected, "client_id, week, revised_on", "decline_withdrawn") == [("ann", flagged, as_of)]
    once_more = run(CAME + STEADILY, corrected)
    assert rows_of(once_more, "client_id, week, revised_on", "decline_withdrawn") == [("ann", flagged, as_of)]


@pytest.mark.parametrize(("corrected_from", "flags"), [(0, 0), (1, 1)])
def test_a_correction_withdraws_a_flag_of_its_own_week_and_none_of_a_week_before(corrected_from: int, flags: int):
    first = run(STOPPED + STEADILY)
    ((flagged,),) = rows_of(first, "week")
    since = flagged + timedelta(weeks=corrected_from)
    corrected = [came if came["week"] >= since else stopped for came, stopped in zip(CAME, STOPPED, strict=True)]
    assert len(rows_of(run(corrected + STEADILY, first))) == flags


def test_a_contact_never_loses_its_flag():
    first = run(STOPPED + STEADILY)
    ((client, flagged),) = rows_of(first, "client_id, week")
    corrected = run(CAME + STEADILY, first, [contact(client, flagged)])
    columns = "client_id, week, cleared_week, revision, revised_on"
    assert rows_of(corrected, columns) == [("ann", flagged, flagged, "withdrawn", week(15) + timedelta(days=6))]


def test_a_corrected_delivery_adds_a_flag_with_the_date():
    first = run(CAME + STEADILY)
    assert rows_of(first) == []
    corrected = run(STOPPED + STEADILY, first)
    assert rows_of(corrected, "client_id, week, revision, revised_on") == [
        ("ann", week(13), "added", week(15) + timedelta(days=6))
    ]


def test_weeks_that_are_only_gone_withdraw_nothing():
    first = run(STOPPED + STEADILY)
    gone = run([row for row in STOPPED if row["week"] < week(12)] + STEADILY, first)
    assert rows_of(gone, "client_id, week") == rows_of(first, "client_id, week")


def test_a_flag_goes_with_a_client_who_is_forgotten():
    first = run(STOPPED + STEADILY)
    assert rows_of(run(STEADILY, first)) == []
