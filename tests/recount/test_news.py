"""A run that makes anew only what its news touches publishes what a run that makes all tables does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.kept import Keeper
from pipelines.model import models
from pipelines.refresh import build_tables
from pipelines.settings import Settings
from tests.recount.clinics import ONE, Rows, built, fill, random_clinic
from tests.recount.test_many_runs import BEGINS

pytestmark = pytest.mark.slow

AS_OF = date(2024, 3, 6)
# Their rows follow from other clients' too: places in a queue, shares of a clinic, whether it exports something at all.
OF_ALL_CLIENTS = {"admission", "client_now", "decline_candidate", "not_started", "reassessment"}


def news_of(rows: Rows) -> Iterator[tuple[date, Rows]]:
    """What a clinic's store holds at one run after the other, and the as-of dates: late news, corrections, a way back."""
    clients = sorted({row["client_id"] for row in rows["attendance"]})

    def known(until: dict[object, date], first: date) -> Rows:
        return {
            name: [row for row in its if row[BEGINS[name]] <= until.get(row.get("client_id"), first)]
            for name, its in rows.items()
        }

    day = AS_OF - 30 * ONE
    late = dict.fromkeys(clients[3:5], AS_OF - 90 * ONE)
    yield day, known(late, day)
    yield day + 4 * ONE, known(late | dict.fromkeys(clients[:2], day + 4 * ONE), day)
    yield day + 4 * ONE, known(dict.fromkeys(clients[:5], day + 4 * ONE), day)
    so_far = known({}, day)
    for row in so_far["attendance"]:
        if row["client_id"] in clients[6:9]:
            row["participation"] = "shared" if row.get("participation") != "shared" else "listened"
    so_far["episodes"][0]["end_date"] = day + ONE
    yield day + 4 * ONE, so_far
    closure = {"site": so_far["episodes"][1]["site"], "reason": "closure"}
    so_far["absences"].append(closure | {"start_date": day - 60 * ONE, "end_date": day - 50 * ONE})
    yield day + 4 * ONE, so_far  # touches everybody at the site
    yield day + 12 * ONE, known({}, day + 12 * ONE)
    yield day, known({}, day)


def bring_up_to_date(engine: Engine, rows: Rows, as_of: date, keeper: Keeper | None) -> None:
    for name in rows:
        engine.run(f"DELETE FROM store.{name}")
    fill(engine, rows)
    build_tables(engine, as_of, Settings(), {}, keeper=keeper)


def differing(kept: Engine, whole: Engine) -> list[str]:
    """The tables whose rows differ. Sums of fractions differ in their last digit with the order of adding."""
    names = [name for name, model in models().items() if model.is_query]
    return [name for name in names if digest_of(kept, name) != digest_of(whole, name)]


def digest_of(engine: Engine, table: str, where: str = "true") -> list[tuple]:
    """How many rows a table has, and a digest of them."""
    columns = engine.rows(f"SELECT column_name, column_type FROM (DESCRIBE {table})")
    rounded = [f"round({name}, 9) + 0" if kind == "DOUBLE" else name for name, kind in columns]
    return engine.rows(f"SELECT count(*), sum(hash({', '.join(rounded)})) FROM {table} WHERE {where}")


@pytest.mark.thorough
def test_tables_brought_up_to_date_are_those_made_whole():
    with Engine() as engine:
        store.open_in(engine, exports())
        touched = 0
        for number, (as_of, rows) in enumerate(news_of(random_clinic(3, AS_OF, clients=24))):
            keeper = Keeper(engine)
            bring_up_to_date(engine, rows, as_of, keeper)
            touched += engine.value("SELECT count(*) FROM changed WHERE model = 'sign_week'")
            with Engine() as other:
                store.open_in(other, exports())
                bring_up_to_date(other, rows, as_of, None)
                assert differing(engine, other) == [], f"at run {number}"
        assert touched > 5


@pytest.fixture(scope="module")
def whole() -> Iterator[Engine]:
    with built(random_clinic(5, AS_OF, clients=40), AS_OF) as engine:
        yield engine


@pytest.mark.parametrize("table", [name for name, model in models().items() if model.is_by_client])
def test_rows_made_client_by_client_are_those_of_the_client_alone(whole: Engine, table: str):
    of_clients = [
        name
        for (name,) in whole.rows("SELECT DISTINCT table_name FROM duckdb_columns() WHERE column_name = 'client_id'")
        if name in models()[table].reads
    ]
    for (client,) in whole.rows("SELECT DISTINCT client_id FROM care_span ORDER BY client_id LIMIT 5"):
        for name in of_clients:
            where = f"client_id = '{client}' OR client_id IS NULL"
            whole.run(f"CREATE TEMP VIEW {name} AS FROM memory.main.{name} WHERE {where}")
        whole.run(f"CREATE OR REPLACE TEMP TABLE alone AS {models()[table].text}")
        for name in of_clients:
            whole.run(f"DROP VIEW temp.main.{name}")
        where = f"client_id = '{client}'"
        assert digest_of(whole, "alone", where) == digest_of(whole, table, where)


def test_each_table_of_clients_is_made_client_by_client_unless_it_compares_clients(whole: Engine):
    of_clients = {
        name for (name,) in whole.rows("SELECT table_name FROM duckdb_columns() WHERE column_name = 'client_id'")
    }
    made = {name for name, model in models().items() if model.is_query and not model.is_staged and name in of_clients}
    assert {name for name in made if not models()[name].is_by_client} == OF_ALL_CLIENTS
