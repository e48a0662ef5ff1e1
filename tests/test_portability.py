"""The models use no SQL that only one engine understands: the dialects of DuckDB and Spark read each alike."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from pipelines.build import CHECKS
from pipelines.engine.duckdb import WORDS
from pipelines.model import MODELS, models, tables_read

FIT = CHECKS.parent / "fit"
QUERIES = {name: model.text for name, model in models().items() if model.is_query}
EVERY = QUERIES | {path.stem: path.read_text("utf-8") for path in CHECKS.glob("*.sql")}


def tree(sql: str, dialect: str = "duckdb") -> exp.Expr:
    return sqlglot.parse_one(sql, dialect=dialect)


@pytest.mark.parametrize("name", EVERY)
def test_a_model_is_read_alike_in_both_dialects(name):
    here = tree(EVERY[name])
    there = tree(sqlglot.transpile(EVERY[name], read="duckdb", write="spark")[0], "spark")
    assert there.named_selects == here.named_selects
    for read in (there, tree(EVERY[name], "spark")):
        assert {table.name for table in read.find_all(exp.Table) if table.name} >= tables_read(EVERY[name], models())


@pytest.mark.parametrize("path", [*MODELS.rglob("*.sql"), *CHECKS.glob("*.sql"), *FIT.glob("*.sql")], ids=str)
def test_the_tables_that_a_query_reads_are_those_that_a_parser_finds(path):
    sql = path.read_text("utf-8")
    named = {cte.alias for cte in tree(sql).find_all(exp.CTE)}
    read = {table.name for table in tree(sql).find_all(exp.Table) if not table.db}
    assert tables_read(sql, models()) == (read - named) & models().keys()


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("SELECT * FROM stay JOIN care_week USING (client_id)", {"stay", "care_week"}),
        ("WITH stay AS (SELECT * FROM care_week) SELECT * FROM stay", {"care_week"}),
        ("WITH a AS (SELECT 1), stay AS (SELECT 2) SELECT * FROM a, stay", set()),
        ("SELECT * FROM store.attendance -- FROM stay", set()),
        ("SELECT 'FROM stay' FROM outcomes", {"outcomes"}),
        ("SELECT a IS DISTINCT FROM stay FROM outcomes", {"outcomes"}),
        ("SELECT * FROM (SELECT * FROM stay) AS s CROSS JOIN clock", {"stay", "clock"}),
        ("SELECT * FROM unknown_here", set()),
    ],
)
def test_the_tables_that_a_query_reads(sql, reads):
    assert tables_read(sql, models()) == reads


@pytest.mark.parametrize("name", EVERY)
def test_a_model_uses_no_spelling_of_one_engine(name):
    code = "\n".join(line.partition("--")[0] for line in EVERY[name].splitlines())
    assert "::" not in code, "CAST(x AS type)"
    assert not re.search(r"\browid\b", code), "a key of its own"
    assert not re.search(r"\b(EXCLUDE|ASOF|BY NAME|strftime|arg_max|quantile_cont|list_\w+)\b", code), "a word"
    assert not re.search(r"\bVARCHAR\b", code), "STRING"
    assert not re.search(r"LATERAL\s*\(", code), "UNION ALL, or a join with a table of the cases"
    assert not re.search(r"\bunnest\((?![\w.]+\))", code), "a list that is a column of a CTE"
    assert not re.search(r"\bOVER\s*\(\s*\w+\s+(ROWS|RANGE)\b", code), "the whole window, written out"


def test_every_word_is_spelled_for_every_engine():
    def words(engine: str) -> set[str]:
        return set(
            re.findall(r"^CREATE OR REPLACE [A-Z ]+ (\w+)\(", (WORDS.parent / f"{engine}.sql").read_text(), re.M)
        )

    assert words("spark") == words("duckdb")


@pytest.mark.parametrize("name", EVERY)
def test_a_window_is_not_used_by_its_alias_in_the_same_select(name):
    for select in tree(EVERY[name]).find_all(exp.Select):
        windows = {each.alias for each in select.expressions if each.alias and each.find(exp.Window)}
        for each in select.expressions:
            used = {column.name for column in each.find_all(exp.Column) if not column.table}
            assert not (windows - {each.alias}) & used, "in a SELECT of its own"
