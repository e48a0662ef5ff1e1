"""The tables that the pipeline makes, each declared in a file named after it.

A table is a query (`.sql`); rows written by hand (`.toml`: each table of the file is a row, its key the column `name`,
and `place` its place in the file); or a table that a run supplies (`.toml` in `models/given`: its columns with their
types, and the row used if a run supplies none). A published table is marked by a line of its file's opening comment:
`Published, ordered by client_id, week.`
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines import arrays

MODELS = Path(__file__).parent / "models"
DEFINITIONS = Path(__file__).parent / "definitions"
GIVEN = MODELS / "given"
STAGING = MODELS / "staging"

_ASIDE = re.compile(r"--[^\n]*|'(?:[^']|'')*'")  # comments and texts
_NAMED_HERE = re.compile(r"(?:\bWITH|,)\s+([a-z_]\w*)\s+AS\s+\(")
_READ = re.compile(r"(?<!DISTINCT )\b(?:FROM|JOIN)\s+([a-z_]\w*)\b(?![.(])")
_PUBLISHED = re.compile(r"^(?:--|#) Published, ordered by ([a-z_]+(?:, [a-z_]+)*)\.$", re.MULTILINE)
_BY_CLIENT = re.compile(r"^-- Made client by client\.$", re.MULTILINE)
_TYPES = {
    "text": pa.string(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


@dataclass(frozen=True)
class Model:
    """A table: its name, its file and the file's text, and the tables that its query reads."""

    name: str
    path: Path
    text: str
    reads: frozenset[str]

    @property
    def is_query(self) -> bool:
        """Whether the table is made by a query; its rows are declared otherwise."""
        return self.path.suffix == ".sql"

    @property
    def is_staged(self) -> bool:
        """Whether the table is taken from the store, which only the engine that keeps it can read."""
        return self.path.parent == STAGING

    @property
    def is_by_client(self) -> bool:
        """Whether a client's rows follow from the rows of that client, and from those that are of no client."""
        return _BY_CLIENT.search(self.text) is not None

    @property
    def ordered_by(self) -> str | None:
        """The order in which a snapshot holds the rows; None if the table is not published."""
        found = _PUBLISHED.search(self.text)
        return found[1] if found else None

    @cached_property
    def schema(self) -> pa.Schema:
        """The declared columns of a table that a run supplies, or those of the table that it names."""
        declared = tomllib.loads(self.text)
        if "columns_of" in declared:
            return models()[declared["columns_of"]].schema
        return pa.schema([(name, _TYPES[kind]) for name, kind in declared["columns"].items()])

    def rows(self) -> pa.Table:
        """The rows that the file itself holds."""
        if self.path.parent != GIVEN:
            return declared_rows(self.text)
        return self.table([row for row in [tomllib.loads(self.text).get("default")] if row])

    def table(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """These rows as the table's columns. Raises ValueError if a row has others than those declared."""
        rows, names = list(rows), set(self.schema.names)
        for row in rows:
            if row.keys() != names:
                raise ValueError(f"A row of {self.name} has {', '.join(row)}, not {', '.join(self.schema.names)}.")
        return arrays.table(rows, self.schema)


def tables_read(sql: str, known: Collection[str]) -> frozenset[str]:
    """Those of the known tables that a query reads; not one that it names itself, nor one of a schema.

    A parser would cost every run half a second for all models; a test compares the two.
    """
    code = _ASIDE.sub(" ", sql)
    return frozenset(_READ.findall(code)).intersection(known) - frozenset(_NAMED_HERE.findall(code))


@cache
def declared_rows(text: str) -> pa.Table:
    """The rows written by hand in a TOML text, in its order; a key that a row leaves out is null."""
    declared = tomllib.loads(text)
    rows = [{"name": name, "place": place, **row} for place, (name, row) in enumerate(declared.items(), start=1)]
    columns = dict.fromkeys(key for row in rows for key in row)
    schema = pa.schema([(column, arrays.kind_of(row.get(column) for row in rows)) for column in columns])
    return arrays.table([columns | row for row in rows], schema)


def given(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows for a table that a run supplies, with the columns and types that its file declares."""
    return models()[name].table(rows)


@cache
def models() -> dict[str, Model]:
    """Every table by name, ordered so that none reads a later one."""
    paths = sorted([*MODELS.rglob("*.*"), *DEFINITIONS.glob("*.toml")])
    names = {path.stem for path in paths}
    found = {}
    for path in paths:
        text = path.read_text("utf-8")
        reads = tables_read(text, names) if path.suffix == ".sql" else frozenset()
        found[path.stem] = Model(path.stem, path, text, reads)
    order = TopologicalSorter({name: sorted(model.reads) for name, model in found.items()})
    return {name: found[name] for name in order.static_order()}
