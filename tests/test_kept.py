"""A run makes anew only what its news touches, of the tables that the run before kept; and does well without them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from pipelines import kept, refresh
from pipelines.engine.duckdb import Engine
from pipelines.home import KEPT, STORE
from pipelines.kept import Keeper
from pipelines.model import Model, models
from pipelines.refresh import space_needed
from pipelines.run import run
from tests.test_rebuild import DELIVERIES

CLIENTS = "abcdefghij"
# The mark of a row is drawn anew each time that it is made.
QUERIES = {
    "total": (
        "-- Made client by client.\n"
        "SELECT client_id, sum(n) AS n, (SELECT count(*) FROM closure) AS closed, uuid() AS mark"
        " FROM visit GROUP BY client_id"
    ),
    "came": "-- Made client by client.\nSELECT client_id, n > 0 AS came FROM total",
    "note": "-- Made client by client.\nSELECT client_id, came, uuid() AS mark FROM came",
    "all_together": "SELECT sum(n) AS n, uuid() AS mark FROM total",
    "whether_any": "SELECT n > 0 AS any_came FROM all_together",
    "told_all": "-- Made client by client.\nSELECT client_id, any_came, uuid() AS mark FROM came CROSS JOIN whether_any",
    "shown": "SELECT n, uuid() AS mark FROM all_together",
}
READS = {"total": {"visit", "closure"}, "came": {"total"}, "note": {"came"}, "all_together": {"total"}}
READS |= {"whether_any": {"all_together"}, "told_all": {"came", "whether_any"}, "shown": {"all_together"}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    made = {name: Model(name, Path(f"{name}.sql"), text, frozenset(READS[name])) for name, text in QUERIES.items()}
    made |= {name: Model(name, Path(f"{name}.toml"), "", frozenset()) for name in ("visit", "closure")}
    monkeypatch.setattr(kept, "models", lambda: made)
    with Engine() as engine:
        yield engine


def up_to_date(engine: Engine, visits: dict[str, int], closed: str = "") -> dict[str, set[str]]:
    """Bring the tables up to date with the visits of each client. Returns the marks of each marked table."""
    keeper = Keeper(engine)
    keeper.load("visit", pa.table({"client_id": list(visits), "n": list(visits.values())}))
    site = pa.array([None] if closed else [], pa.string())
    keeper.load("closure", pa.table({"client_id": site, "site": pa.array([closed] if closed else [], pa.string())}))
    for name, text in QUERIES.items():
        keeper.make(name, text)
    totals = engine.rows("SELECT client_id, n, closed FROM total ORDER BY ALL")
    assert totals == [(client, n, 1 if closed else 0) for client, n in sorted(visits.items())]
    assert engine.rows("SELECT n FROM shown") == [(sum(visits.values()),)]
    marked = ("total", "note", "all_together", "told_all")
    return {name: {str(mark) for (mark,) in engine.rows(f"SELECT mark FROM {name}")} for name in marked}


FIRST = dict.fromkeys(CLIENTS, 1)


@pytest.mark.parametrize(
    ("second", "closed", "made_anew"),
    [
        (FIRST, "", {"total": 0, "note": 0, "all_together": 0, "told_all": 0}),
        # A client who came more often: the totals change, that the client came at all does not.
        (FIRST | {"a": 3}, "", {"total": 1, "note": 0, "all_together": 1, "told_all": 0}),
        (FIRST | {"a": 0, "b": 0}, "", {"total": 2, "note": 2, "all_together": 1, "told_all": 2}),
        (FIRST | {"k": 1}, "", {"total": 1, "note": 1, "all_together": 1, "told_all": 1}),
        ({name: 1 for name in CLIENTS if name != "c"}, "", {"total": 0, "note": 0, "all_together": 1, "told_all": 0}),
        # More than every third client: all are made at once.
        (FIRST | dict.fromkeys("abcd", 2), "", {"total": 10, "note": 0, "all_together": 1, "told_all": 0}),
        # A row of a site is of no client, and every client's rows may follow from it.
        (FIRST, "north", {"total": 10, "note": 0, "all_together": 1, "told_all": 0}),
        # What is so of all of them together changes for everybody.
        (dict.fromkeys(CLIENTS, 0), "", {"total": 10, "note": 10, "all_together": 1, "told_all": 10}),
    ],
)
def test_only_rows_that_a_change_bears_on_are_made_anew(engine, second, closed, made_anew):
    before = up_to_date(engine, FIRST)
    after = up_to_date(engine, second, closed)
    assert {name: len(after[name] - before[name]) for name in after} == made_anew


def test_nothing_is_kept_that_no_table_made_client_by_client_follows_from(engine):
    up_to_date(engine, FIRST)
    kept_tables = engine.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()")
    assert {name for (name,) in kept_tables} == {*QUERIES, "visit", "closure"} - {"shown"}


def test_the_clients_made_anew_see_the_rows_of_no_client(engine):
    up_to_date(engine, FIRST, "north")
    up_to_date(engine, FIRST | {"a": 3}, "north")


@pytest.fixture(scope="module", autouse=True)
def none_is_small() -> Iterator[None]:
    """Also of the few rows here the tables are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refresh, "IN_MEMORY", -1)
        yield


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports whose first files a run took into a home; the second file is new."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "exports").mkdir()
    for name, text in DELIVERIES[0].items():
        (folder / "exports" / name).write_text(text)
    run(folder / "exports", folder / "home")
    (folder / "exports" / "attendance_a.csv").write_text(DELIVERIES[1]["attendance_a.csv"])
    return folder


@pytest.fixture
def exports(delivered: Path, tmp_path: Path) -> Path:
    shutil.copytree(delivered, tmp_path, dirs_exist_ok=True)
    return tmp_path / "exports"


@pytest.fixture(scope="module")
def expected(delivered: Path) -> list[tuple]:
    return attended(run(delivered / "exports", delivered / "other").snapshot)


def attended(tables: Path) -> list[tuple]:
    with Engine(tables, read_only=True) as engine:
        return engine.rows("SELECT client_id, week, meetings FROM client_week ORDER BY ALL")


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["none", "gone", "damaged", "no database", "of other models"])
def test_a_run_does_well_with_and_without_what_was_kept(
    exports: Path, expected: list[tuple], tmp_path: Path, harm: str
):
    home = tmp_path / "home"
    place = home / KEPT
    assert attended(place) != expected
    with Engine(place) as engine:
        engine.run("CREATE TABLE mark AS SELECT 1")
        if harm == "of other models":
            engine.run("UPDATE made_by SET models = 'others'")
    if harm == "gone":
        kept.remove(home)
    elif harm == "damaged":
        bytes_ = bytearray(place.read_bytes())
        bytes_[20_000::400] = bytes(byte ^ 255 for byte in bytes_[20_000::400])
        place.write_bytes(bytes_)
    elif harm == "no database":
        place.write_text("no database")
    assert attended(run(exports, home).snapshot) == attended(place) == expected
    with Engine(place, read_only=True) as engine:
        used = engine.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mark'")
    assert bool(used) == (harm == "none")


@pytest.mark.slow
def test_a_run_that_stops_while_tables_are_made_leaves_none(exports: Path, expected, tmp_path: Path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("pipelines.build.check", fail)
    with pytest.raises(OSError, match="the disk is full"):
        run(exports, tmp_path / "home")
    assert not (tmp_path / "home" / KEPT).exists()
    monkeypatch.undo()
    monkeypatch.setattr(refresh, "IN_MEMORY", -1)
    assert attended(run(exports, tmp_path / "home").snapshot) == expected
    assert (tmp_path / "home" / KEPT).exists()


@pytest.mark.parametrize(
    ("stored", "arriving", "keeps"),
    [(1000, 0, False), (1001, 0, True), (0, 1000, False), (0, 1001, True), (1000, 1000, False)],
)
def test_a_clinic_with_few_rows_keeps_no_tables(tmp_path: Path, monkeypatch, stored: int, arriving: int, keeps: bool):
    monkeypatch.setattr(refresh, "IN_MEMORY", 1000)
    with Engine(tmp_path / STORE) as store:
        store.run(f"CREATE TABLE files AS SELECT {stored} - 1 AS accepted UNION ALL SELECT 1 WHERE {stored} > 0")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "attendance.csv").write_bytes(bytes(65 * arriving))
    assert refresh.keeps_tables(tmp_path, tmp_path / "exports") == keeps


@pytest.mark.slow
def test_tables_kept_while_a_clinic_was_larger_are_removed(exports: Path, expected, tmp_path: Path, monkeypatch):
    assert (tmp_path / "home" / KEPT).exists()
    monkeypatch.setattr(refresh, "IN_MEMORY", 1_000_000)
    assert attended(run(exports, tmp_path / "home").snapshot) == expected
    assert not (tmp_path / "home" / KEPT).exists()


@pytest.mark.slow
def test_what_was_kept_gives_way_where_the_disk_has_no_room(exports: Path, expected, tmp_path: Path, monkeypatch):
    too_little = space_needed(tmp_path / "home", exports) - 1
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=too_little))
    assert attended(run(exports, tmp_path / "home").snapshot) == expected


def tables_under(select: exp.Select, named: dict[str, exp.Expr]) -> set[str]:
    """The tables that a SELECT reads, also by way of the queries that its model names; not those of distinct values."""
    parts = [part for part in (select.args.get("from_"), *(select.args.get("joins") or [])) if part]
    found = {table.name for part in parts for table in part.find_all(exp.Table)}
    queries = [query for name in found & named.keys() for query in named[name].find_all(exp.Select)]
    return (found - named.keys()).union(
        *(tables_under(each, named) for each in queries if not each.args.get("distinct"))
    )


@pytest.mark.parametrize(
    "model", [model for model in models().values() if model.is_by_client], ids=lambda model: model.name
)
def test_what_is_made_client_by_client_sums_up_no_more_than_one_client(model):
    """While the touched clients are made, the others' rows are hidden: a sum over all clients would be a wrong one."""
    of_clients = {each.name for each in models().values() if re.search(r"\bclient_id\b", each.text)}
    query = sqlglot.parse_one(model.text, read="duckdb")
    named = {cte.alias: cte.this for cte in query.find_all(exp.CTE)}
    for select in query.find_all(exp.Select):
        mine = [each for each in select.find_all(exp.AggFunc, exp.Window) if each.parent_select is select]
        windows = [each for each in mine if isinstance(each, exp.Window)]
        sums = [each for each in mine if not isinstance(each, exp.Window) and not each.find_ancestor(exp.Window)]
        shared = [each.args.get("partition_by") for each in windows if not each.args.get("alias")]
        if sums:
            shared.append((select.args.get("group") or exp.Group()).expressions)
        if any(
            "client_id" not in {column.name for by in each or [] for column in by.find_all(exp.Column)}
            for each in shared
        ):
            assert not tables_under(select, named) & of_clients, select.sql()
