"""What no run publishes: a figure that cannot be, whichever published table it is in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.build import CHECKS
from pipelines.engine.duckdb import Engine

FIGURES = "(measure VARCHAR, breakdown VARCHAR, member VARCHAR, numerator DOUBLE, denominator DOUBLE, value DOUBLE)"
OF_PERIODS = ("caseload_week", "caseload_month", "caseload_window")
TABLES = (*OF_PERIODS, "control_point", "flag_response_group")
SOUND = [("flagged", 3, 10, 0.3), ("census", 40, None, 40), ("meetings", 0, 0, None), ("flagged", None, None, None)]


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Tables of figures, each with sound ones."""
    with Engine() as engine:
        engine.run("CREATE TABLE measures AS FROM (VALUES ('flagged', 'share'), ('census', 'count')) AS m(name, scale)")
        for table in TABLES:
            engine.run(f"CREATE TABLE {table} {FIGURES}")
            for measure, numerator, denominator, value in SOUND:
                add(engine, table, measure, numerator, denominator, value)
        yield engine


def add(engine: Engine, table: str, measure: str, numerator: float | None, denominator: float | None, value: object):
    engine.run(f"INSERT INTO {table} VALUES (?, 'all', 'all', ?, ?, ?)", [measure, numerator, denominator, value])


def found(engine: Engine, check: str) -> int:
    return len(engine.rows((CHECKS / f"{check}.sql").read_text("utf-8")))


@pytest.mark.parametrize(("numerator", "denominator"), [(11, 10), (-1, 10)])
@pytest.mark.parametrize("table", [*OF_PERIODS, "flag_response_group"])
def test_a_share_of_more_than_all_or_less_than_none_is_found(engine, table, numerator, denominator):
    check = "shares_lie_between_none_and_all"
    assert found(engine, check) == 0
    add(engine, table, "flagged", numerator, denominator, 1.1)
    assert found(engine, check) == 1


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN"])
@pytest.mark.parametrize("table", TABLES)
def test_a_figure_without_bounds_is_found(engine, table, value):
    check = "no_figure_is_infinite"
    assert found(engine, check) == 0
    add(engine, table, "flagged", 1, 0, value)
    assert found(engine, check) == 1
