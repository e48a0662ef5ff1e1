"""The ledger of replaced rows: a row that a later delivery has replaced is known when a file brings it again.

An export that is written over each week repeats its old rows, even those that another file has since corrected. For
each replaced row, a digest is kept, and where it came from. A file that has meanwhile said otherwise no longer repeats
an old row: it has changed its answer back. So for each file that restates the key of a replaced row, the ledger also
holds from which run on it did; such an entry has no line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine

_ORIGIN = "struct_pack(delivered, file_number, file, line := ledger.line) AS origin"


class Present(NamedTuple):
    """What a file of this run, and the others that are there, may be called in the ledgers."""

    this: frozenset[str]
    others: frozenset[str]


def begin(engine: Engine) -> bool:
    """Begin a run. What it reads again is judged by what was replaced before the run, so it may read the files in any
    order. Returns whether anything was replaced.
    """
    engine.run(
        "CREATE OR REPLACE TEMP TABLE replaced_before AS FROM store.replaced;"
        f" CREATE OR REPLACE TEMP TABLE returned AS SELECT line, {_ORIGIN} FROM store.replaced AS ledger WHERE false"
    )
    return bool(engine.value("SELECT count(*) FROM replaced_before"))


def find_returned(
    engine: Engine, export: Export, accepted: str, delivery: Mapping[str, Any], present: Present | None
) -> bool:
    """Fill the table `returned`: the lines of `accepted` that were replaced before, and where they came from then.
    Returns whether there may be any.

    `delivery`: where the rows come from. `present`: None for a content that was read before. A file that has grown
    since an earlier run brings them back while another file that is present contradicts them. A new file always has the
    last word.
    """
    table = "replaced_before" if present is None else "store.replaced"
    engine.run("DELETE FROM returned")
    if not engine.value(f"SELECT count(*) FROM {table} WHERE export = $export", {"export": export.name}):
        return False
    parameters: dict[str, object] = {"export": export.name, "run": delivery["delivered"]}
    parameters["this"] = [_name_of(engine, delivery)] if present is None else list(present.this)
    otherwise = ""
    if present is not None:
        same_key = " AND ".join(f"stored.{term} IS NOT DISTINCT FROM arriving.{term}" for term in export.key)
        others = f"SELECT 1 FROM {_named(f'store.{export.name}')} AS stored WHERE {same_key}"
        grown = f"SELECT 1 FROM store.files WHERE export = $export AND run_id < $run AND list_contains($this, {_NAME})"
        otherwise = f"WHERE EXISTS ({grown}) AND EXISTS ({others} AND list_contains($others, stored.name))"
        parameters["others"] = list(present.others)
    engine.run(
        f"""
        INSERT INTO returned
        WITH said_otherwise AS (
            SELECT content
            FROM {_named(table)}
            WHERE export = $export AND line IS NULL AND delivered < $run AND list_contains($this, name)
        ),
        ledger AS (
            SELECT *
            FROM {table}
            WHERE export = $export AND line IS NOT NULL AND content NOT IN (FROM said_otherwise)
        )
        SELECT arriving.line, {_ORIGIN}
        FROM (SELECT *, {_digest(export.header)} AS content FROM {accepted}) AS arriving
        JOIN ledger USING (content)
        {otherwise}
        """,
        parameters,
    )
    return True


def note(engine: Engine, export: Export, stored: str) -> None:
    """Note stored rows that are about to be replaced; `stored`: which, as a condition."""
    if export.format != "table":  # the last of several lists of meetings is in force
        return
    engine.run(
        "INSERT INTO store.replaced BY NAME"
        f" SELECT '{export.name}' AS export, {_client(export)} AS client_id, {_digest(export.header)} AS content,"
        f" {_digest(export.key)} AS key, delivered, file_number, file, line"
        f" FROM store.{export.name} WHERE {stored}"
    )


def note_otherwise(
    engine: Engine, export: Export, accepted: str, delivery: Mapping[str, Any], this: Collection[str]
) -> None:
    """Note of which replaced rows a file says otherwise: it has a row of the key, and that row no more.

    `this`: what the file may be called in the ledgers.
    """
    if not engine.value("SELECT count(*) FROM store.replaced WHERE export = $export", {"export": export.name}):
        return
    # To make digests is slow, and most clients have no replaced row.
    some = f"{_client(export)} IS NULL OR {_client(export)} IN (SELECT client_id FROM store.replaced)"
    restated = f"SELECT {_digest(export.key)} AS key, {_digest(export.header)} AS content FROM {accepted} WHERE {some}"
    engine.run(f"CREATE OR REPLACE TEMP TABLE restated AS {restated}")
    these = "line IS NOT NULL AND key IN (SELECT key FROM restated) AND content NOT IN (SELECT content FROM restated)"
    _note_otherwise(engine, export, these, {}, delivery, this)
    engine.run("DROP TABLE restated")


def note_as_before(
    engine: Engine, export: Export, before: tuple[int, int | None], delivery: Mapping[str, Any], this: Collection[str]
) -> None:
    """The same for a file that is not read, because its content was delivered in a run before; `before`: in which, and
    the number of the file there.
    """
    these = "line IS NULL AND delivered = $run_before AND file_number = $number_before"
    parameters = {"run_before": before[0], "number_before": before[1]}
    _note_otherwise(engine, export, these, parameters, delivery, this)


def _note_otherwise(
    engine: Engine,
    export: Export,
    these: str,
    parameters: Mapping[str, Any],
    delivery: Mapping[str, Any],
    this: Collection[str],
) -> None:
    """Note that a file says otherwise of these rows of the ledger, unless that is noted of it already."""
    origin = "$delivered::BIGINT AS delivered, $file_number::BIGINT AS file_number, $file::VARCHAR AS file"
    noted = f"SELECT content FROM {_named('store.replaced')} WHERE line IS NULL AND list_contains($this, name)"
    engine.run(
        "INSERT INTO store.replaced BY NAME"
        f" SELECT DISTINCT export, client_id, content, key, {origin} FROM store.replaced"
        f" WHERE export = $export AND {these} AND content NOT IN ({noted})",
        {"export": export.name, "this": list(this), **parameters, **delivery},
    )


def clear(engine: Engine, export: Export, rows: str) -> None:
    """Take the rows of a query out of the ledger: they are stored again."""
    if not engine.value("SELECT count(*) FROM store.replaced"):
        return
    these = f"SELECT {_digest(export.header)} FROM ({rows})"
    engine.run(f"DELETE FROM store.replaced WHERE export = '{export.name}' AND content IN ({these})")


# By what a file is recognised in later runs: its name, or what stands for a name of which a part is not kept.
_NAME = "coalesce(name_key, file)"


def _named(table: str) -> str:
    """The rows of a table with the `name` of the file that each came from."""
    files = f"SELECT run_id, file_number, {_NAME} AS name FROM store.files"
    return (
        f"(SELECT rows.*, coalesce(files.name, rows.file) AS name FROM {table} AS rows"
        f" LEFT JOIN ({files}) AS files ON rows.delivered = files.run_id AND rows.file_number = files.file_number)"
    )


def _name_of(engine: Engine, delivery: Mapping[str, Any]) -> str:
    row = "SELECT $delivered AS delivered, $file_number AS file_number, $file AS file"
    return str(engine.value(f"SELECT name FROM {_named(f'({row})')}", dict(delivery)))


def _client(export: Export) -> str:
    return "client_id" if "client_id" in export.header else "NULL"


def _digest(columns: Iterable[str]) -> str:
    """How a row, or its key, is recognised again, in SQL. No other version of the engine and no new column changes
    it.
    """
    filled = ", ".join(f"'{column}=' || CAST({column} AS VARCHAR)" for column in sorted(columns))
    return f"sha256(concat_ws(chr(31), {filled}))"
