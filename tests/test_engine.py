"""What the engine promises to those who work with it: what is begun comes to an end, also after a failure."""

from __future__ import annotations

import pytest

from pipelines.engine.duckdb import Engine, EngineError


@pytest.fixture
def engine():
    with Engine() as engine:
        engine.run("CREATE TABLE t (n INTEGER)")
        yield engine


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_may_begin(engine):
    with pytest.raises(EngineError, match="ConversionException"), engine.transaction():
        engine.run("INSERT INTO t VALUES (1); SELECT CAST('x' AS INTEGER)")
    assert engine.value("SELECT count(*) FROM t") == 0
    with engine.transaction():
        engine.run("INSERT INTO t VALUES (2)")
    assert engine.rows("SELECT n FROM t") == [(2,)]


def test_what_is_stopped_within_a_transaction_is_undone_too(engine):
    def stopped() -> None:
        engine.run("INSERT INTO t VALUES (1)")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), engine.transaction():
        stopped()
    assert engine.value("SELECT count(*) FROM t") == 0


def test_after_a_failure_within_another_file_tables_are_looked_for_where_they_were_before(engine, tmp_path):
    with pytest.raises(EngineError, match="nowhere"), engine.within(tmp_path / "other.duckdb"):
        engine.run("CREATE TABLE there AS SELECT 1 AS n; SELECT n FROM nowhere")
    assert engine.rows("SELECT table_name FROM duckdb_tables()") == [("t",)]
    with engine.within(tmp_path / "other.duckdb"):
        assert engine.value("SELECT count(*) FROM there") == 1
