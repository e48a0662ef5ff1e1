"""Tables are made after those that they read, one by one or at once, by queries and by code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest

from pipelines import build
from pipelines.build import Step
from pipelines.engine import Builder
from pipelines.engine.duckdb import Engine, EngineError
from pipelines.model import Model

QUERIES = {
    "sum_of_both": ("SELECT one.n + two.n AS n FROM one CROSS JOIN two", {"one", "two"}),
    "one": ("SELECT 1 AS n", set()),
    "two": ("SELECT n + 1 AS n FROM one", {"one"}),
    "by_code": ("SELECT error('the code makes it') AS n", set()),
    "after_code": ("SELECT n * 10 AS n FROM by_code", {"by_code"}),
    "wrong": ("SELECT error('a value of a row') AS n", set()),
    "after_wrong": ("SELECT n FROM wrong", {"wrong"}),
}


@pytest.fixture(autouse=True)
def queries(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {name: Model(name, Path(f"{name}.sql"), text, frozenset(reads)) for name, (text, reads) in QUERIES.items()}
    monkeypatch.setattr(build, "models", lambda: made)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


@pytest.fixture(params=[False, True], ids=["one by one", "at once"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with Engine(at_once=request.param) as engine:
        yield engine


def seven(engine: Builder) -> None:
    engine.load("by_code", pa.table({"n": [7 * engine.value("SELECT n FROM sum_of_both")]}))


SEVEN = Step(("by_code",), frozenset({"sum_of_both"}), seven)


def test_each_table_is_made_after_those_that_it_reads(engine):
    begun: list[str] = []
    built = build.build(engine, only=["after_code"], by_code=[SEVEN], progress=begun.append)
    assert begun == ["one", "two", "sum_of_both", "by_code", "after_code"]
    assert built == set(begun)
    assert engine.rows("SELECT one.n, two.n, after_code.n FROM one, two, after_code") == [(1, 2, 210)]


def test_what_is_given_is_not_made(engine):
    engine.load("one", pa.table({"n": [5]}))
    assert build.build(engine, given=["one"], only=["sum_of_both"]) == {"two", "sum_of_both"}
    assert engine.value("SELECT n FROM sum_of_both") == 11


def test_what_fails_ends_the_build_and_its_message_has_no_value(engine):
    with pytest.raises(EngineError) as failed:
        build.build(engine, only=["after_wrong"])
    assert "a value of a row" not in str(failed.value)
    assert engine.rows("SELECT table_name FROM duckdb_tables()") == []


def test_tables_that_do_not_wait_for_each_other_are_made_at_once():
    together = Barrier(2, timeout=20)  # of one after the other, the first would wait in vain
    steps = [Step((name,), frozenset(), lambda engine: together.wait()) for name in ("one", "by_code")]
    with Engine(at_once=True) as engine:
        assert build.build(engine, only=["one", "by_code"], by_code=steps) == {"one", "by_code"}


def test_what_is_done_besides_follows_the_table_that_it_reads(engine):
    def double(builder: Builder) -> None:
        builder.make("doubled", "SELECT 2 * n AS n FROM two")

    doubling = Step(("doubled",), frozenset({"two"}), double)
    assert build.build(engine, only=["two"], besides=[doubling]) == {"one", "two"}
    assert engine.value("SELECT n FROM doubled") == 4


def test_what_is_done_besides_may_read_what_is_given(engine):
    engine.load("two", pa.table({"n": [5]}))
    seen: list[int] = []
    reading = Step(("seen",), frozenset({"two"}), lambda engine: seen.append(engine.value("SELECT n FROM two")))
    build.build(engine, given=["one", "two"], only=[], besides=[reading])
    assert seen == [5]


def test_other_tables_are_made_while_something_is_done_with_one():
    together = Barrier(2, timeout=20)
    made = Step(("by_code",), frozenset({"one"}), lambda engine: together.wait())
    besides = Step(("copied",), frozenset({"one"}), lambda engine: together.wait())
    with Engine(at_once=True) as engine:
        assert build.build(engine, only=["by_code"], by_code=[made], besides=[besides]) == {"one", "by_code"}


def test_a_statement_has_one_thread_where_tables_are_made_at_once():
    with Engine(at_once=True) as engine:
        assert engine.value("SELECT current_setting('threads')") == 1
