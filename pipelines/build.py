"""Builds the models, each a file named after its table, in the order of their references.

A model is a query (`.sql`), or rows declared by hand (`.toml`: each table of the file is a row, and its name the
column `name`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pyarrow as pa
import sqlglot
from sqlglot import exp

from pipelines.engine.duckdb import WORDS, Engine

MODELS = Path(__file__).parent / "models"
CHECKS = Path(__file__).parent / "checks"


@dataclass(frozen=True)
class Model:
    """A model: its table's name, its file's text, and the tables that it reads."""

    name: str
    path: Path
    text: str
    reads: frozenset[str]

    @property
    def declared(self) -> bool:
        """Whether its rows are declared by hand."""
        return self.path.suffix == ".toml"


def tables_read(sql: str) -> frozenset[str]:
    """The tables that a query reads, common table expressions and schemas left out of the names."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table) if not table.db and table.name) - named


def declared_rows(text: str) -> pa.Table:
    """The rows that a `.toml` model declares; a key that a row leaves out is null."""
    rows = [{"name": name, **row} for name, row in tomllib.loads(text).items()]
    columns = dict.fromkeys(key for row in rows for key in row)
    return pa.table({column: pa.array([row.get(column) for row in rows]) for column in columns})


@cache
def models() -> dict[str, Model]:
    """Every model by its table's name, an earlier one never reading a later one."""
    found = {}
    for path in sorted(MODELS.rglob("*.*")):
        text = path.read_text("utf-8")
        reads = tables_read(text) if path.suffix == ".sql" else frozenset()
        found[path.stem] = Model(path.stem, path, text, reads)
    order = TopologicalSorter({name: sorted(model.reads & found.keys()) for name, model in found.items()})
    return {name: found[name] for name in order.static_order()}


def fingerprint() -> str:
    """What tells these models, and the words that they use, from any others."""
    told = hashlib.sha256(WORDS.read_bytes())
    for model in models().values():
        told.update(f"{model.name}\n{model.text}\n".encode())
    return told.hexdigest()


def build(
    engine: Engine,
    *,
    given: Collection[str] = (),
    only: Collection[str] | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> list[str]:
    """Build the models and give their names in the order built.

    `given`: tables that stand already and are not to be built. `only`: the tables wanted; what they need is
    built too. Raises the engine's error where a query fails.
    """
    wanted = models().keys() if only is None else _with_needs(only, given)
    built = [name for name in models() if name in wanted and name not in given]
    for name in built:
        progress(name)
        model = models()[name]
        if model.declared:
            engine.load(name, declared_rows(model.text))
        else:
            engine.run(f"CREATE OR REPLACE TABLE {name} AS\n{model.text}")
    return built


def _with_needs(only: Collection[str], given: Collection[str]) -> set[str]:
    known = models()
    wanted: set[str] = set()
    ahead = list(only)
    while ahead:
        name = ahead.pop()
        if name in wanted or name in given or name not in known:
            continue
        wanted.add(name)
        ahead.extend(known[name].reads)
    return wanted


def check(engine: Engine) -> dict[str, int]:
    """Run every check, a query for rows that must not exist. Gives those that found some, with how many."""
    found = {}
    for path in sorted(CHECKS.glob("*.sql")):
        rows = engine.value(f"SELECT count(*) FROM ({path.read_text('utf-8')})")
        if rows:
            found[path.stem] = int(rows)
    return found
