"""The store: one typed, keyed table an export, where each row came from, and what became of every file.

It is attached to the engine as `store`; models read it by that name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.ingest.intake import Run

# Of the tables. A release that changes what a column means, or takes one away, counts it up.
LAYOUT = 1

# Where a row came from. A later delivery of its key replaces it; the order is that of these columns. `file_number`: of
# the file among those of its run, by their real names; `file` is the name that is shown. Earlier versions kept none.
ORIGIN = {"delivered": "BIGINT", "file_number": "BIGINT", "file": "VARCHAR", "line": "BIGINT"}

LEDGERS = {
    "runs": {
        "run_id": "BIGINT", "as_of": "DATE", "started": "TIMESTAMP", "finished": "TIMESTAMP", "status": "VARCHAR",
    },
    "files": {
        "run_id": "BIGINT", "file": "VARCHAR", "export": "VARCHAR", "rows_read": "BIGINT", "accepted": "BIGINT",
        "known": "BIGINT", "rejected": "BIGINT", "status": "VARCHAR", "note": "VARCHAR", "digest": "VARCHAR",
        "checked_by": "VARCHAR", "file_number": "BIGINT",
    },
    "rejected_rows": {
        "run_id": "BIGINT", "file": "VARCHAR", "export": "VARCHAR", "line": "BIGINT", "column_name": "VARCHAR",
        "reason": "VARCHAR", "digest": "VARCHAR",
    },
    "forgotten": {"salt": "VARCHAR", "digest": "VARCHAR", "forgotten_on": "DATE"},
}  # fmt: skip

_COLUMNS_THERE = (
    "SELECT table_name, column_name FROM duckdb_columns()"
    " WHERE 'store' IN (database_name, schema_name) AND NOT internal"
)


class NewerStoreError(ActionableError):
    """A store that a newer version of Meshwork wrote: what its columns mean is not known here."""


def open_in(engine: Engine, exports: Mapping[str, Export], path: Path | None = None) -> None:
    """Attach the store's file as `store` (in memory without a path) and create what it lacks.

    Raises NewerStoreError.
    """
    if path is None:
        engine.run("CREATE SCHEMA IF NOT EXISTS store")
    else:
        engine.attach(path, "store")
    require_known_layout(engine, "store.layout")
    tables = {export.name: {column.name: column.sql_type for column in export.columns} for export in exports.values()}
    there: dict[str, set[str]] = defaultdict(set)
    for name, column in engine.rows(_COLUMNS_THERE):
        there[name].add(column)
    lacking = [
        *(_lacking(name, columns | ORIGIN, there[name]) for name, columns in tables.items()),
        *(_lacking(name, columns, there[name]) for name, columns in LEDGERS.items()),
    ]
    engine.run("".join(lacking) + f"CREATE OR REPLACE TABLE store.layout AS SELECT {LAYOUT} AS version")


def require_known_layout(engine: Engine, table: str) -> None:
    """Raises NewerStoreError where the table of a store says that the store is laid out as no version knew so far."""
    database = table.rpartition(".")[0] or "main"
    there = (
        "SELECT count(*) FROM duckdb_tables()"
        f" WHERE table_name = 'layout' AND '{database}' IN (database_name, schema_name)"
    )
    if engine.value(there) and engine.value(f"SELECT max(version) FROM {table}") > LAYOUT:
        raise NewerStoreError(
            "A newer version of Meshwork wrote the store. Install that version again; nothing was changed."
        )


def _lacking(name: str, columns: Mapping[str, str], there: Collection[str]) -> str:
    """Statements that create a table, or add to one of an earlier contract the columns that are new."""
    if not there:
        return f"CREATE TABLE store.{name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())});\n"
    added = (item for item in columns.items() if item[0] not in there)
    return "".join(f"ALTER TABLE store.{name} ADD COLUMN {column} {kind};\n" for column, kind in added)


class Delivery(NamedTuple):
    """Where the rows of a file come from: the run that first delivered this content, the number of the file among those
    of that run, and its name then.
    """

    delivered: int
    file_number: int | None
    file: str


def take(engine: Engine, export: Export, accepted: str, delivery: Delivery, *, again: bool) -> tuple[int, int]:
    """Put the rows of the table or view `accepted` into the store. Gives how many were new, how many known.

    A row is known where it repeats the version of its key before it; one that restates its key otherwise replaces it.
    `again`: the content was read before, so that a row is new only where nothing as late as the row itself has been
    stored for its key.

    Most keys come once and are not stored yet. Their hashes show it: only rows whose hash comes twice, or is that of a
    stored row, need be compared.
    """
    key = f"hash({', '.join(_key(export))})"
    whole = f"FROM {accepted}"
    met = engine.value(f"""
        CREATE OR REPLACE TEMP TABLE met AS
        SELECT {key} AS key, CAST(NULL AS BIGINT) AS stored_row {whole} GROUP BY key HAVING count(*) > 1
        UNION ALL
        SELECT {key} AS key, rowid AS stored_row FROM store.{export.name} WHERE {key} IN (SELECT {key} {whole})
    """)
    origin = delivery._asdict()
    if not met:
        return _insert(engine, export, whole, origin), 0
    among_met = f"{key} IN (SELECT key FROM met)"
    fresh = _insert(engine, export, f"{whole} WHERE NOT {among_met}", origin)
    _compare(engine, export, f"{whole} WHERE {among_met}", {**origin, "again": again})
    new, known, replaced = engine.rows(
        "SELECT count(*) FILTER (NOT known), count(*) FILTER (known), count(stored_row) FILTER (to_store) FROM compared"
    )[0]
    if replaced:
        engine.run(f"DELETE FROM store.{export.name} WHERE rowid IN (SELECT stored_row FROM compared WHERE to_store)")
    _insert(engine, export, "FROM compared WHERE to_store", origin)
    return fresh + int(new), int(known)


def _key(export: Export) -> list[str]:
    """The terms of an export's key, as expressions of its columns."""
    terms = [*export.key]
    if also := export.key_also:
        terms.append(f"CASE WHEN {also.where_column} = '{also.equals}' THEN {also.column} END")
    return terms


def _insert(engine: Engine, export: Export, rows: str, origin: dict[str, Any]) -> int:
    """Store rows, given as what follows a SELECT's columns. Gives how many."""
    columns = ", ".join(export.header)
    return int(
        engine.value(
            f"INSERT INTO store.{export.name} ({columns}, delivered, file_number, file, line)"
            f" SELECT {columns}, $delivered, $file_number, $file, line {rows}",
            origin,
        )
    )


def _compare(engine: Engine, export: Export, arriving: str, parameters: dict[str, Any]) -> None:
    """Make the table `compared`: arriving rows beside the one before of their key, in their file and in the store.

    `arriving`: the rows, as what follows a SELECT's columns.
    """
    columns = ", ".join(export.header)
    terms = _key(export)
    keys = [f"key_{n}" for n in range(len(terms))]
    keyed = ", ".join(f"{term} AS {key}" for term, key in zip(terms, keys, strict=True))
    same_key = " AND ".join(f"arriving.{key} IS NOT DISTINCT FROM stored.{key}" for key in keys)
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        WITH arriving AS (
            SELECT line, {columns}, {keyed}, hash({columns}) AS content {arriving}
        ),
        stored AS (
            SELECT {keyed}, hash({columns}) AS content, (delivered, file_number, file, line) AS origin,
                rowid AS stored_row
            FROM store.{export.name}
            WHERE rowid IN (SELECT stored_row FROM met)
        ),
        side_by_side AS (
            SELECT
                arriving.*,
                lag(arriving.content) OVER in_file AS before_content,
                lead(arriving.line) OVER in_file IS NULL AS last_of_key,
                stored.content AS stored_content,
                stored.stored_row,
                coalesce(
                    $again
                    AND stored.origin >= ($delivered::BIGINT, $file_number::BIGINT, $file::VARCHAR, arriving.line),
                    false
                ) AS superseded
            FROM arriving
            LEFT JOIN stored ON {same_key}
            WINDOW in_file AS (PARTITION BY {", ".join(f"arriving.{key}" for key in keys)} ORDER BY arriving.line)
        )
        SELECT
            *,
            superseded OR coalesce(before_content = content, stored_content = content, false) AS known,
            last_of_key AND NOT superseded AND stored_content IS DISTINCT FROM content AS to_store
        FROM side_by_side
        """,
        parameters,
    )


def note_runs(engine: Engine, runs: Iterable[Run]) -> None:
    """Add runs that the store does not know yet, in the order of their numbers."""
    last = engine.value("SELECT coalesce(max(run_id), 0) FROM store.runs")
    for run in runs:
        if run.run_id > last:
            values = [run.run_id, run.as_of, run.started, run.finished, run.status]
            engine.run("INSERT INTO store.runs VALUES (?, ?, ?, ?, ?)", values)


def same_files_again(engine: Engine, run_id: int) -> bool:
    """Whether a run found the files of the one before it that read any, each with the same rows and rejections."""
    columns = "file, export, rows_read, accepted + known, rejected, status, digest, split_part(checked_by, ' on ', 1)"
    before = "(SELECT max(run_id) FROM store.files WHERE run_id < $run)"
    here, there = (f"SELECT {columns} FROM store.files WHERE run_id = {run}" for run in ("$run", before))
    unlike = f"(({here}) EXCEPT ({there})) UNION ALL (({there}) EXCEPT ({here}))"
    return not engine.value(f"SELECT count(*) FROM ({unlike})", {"run": run_id})


def forget(engine: Engine, client_id: str, on: date) -> None:
    """Note that rows of a client must not come in again, by a digest that does not identify the client."""
    if not engine.value(
        "SELECT count(*) FROM store.forgotten WHERE sha256(salt || $client) = digest", {"client": client_id}
    ):
        salt = secrets.token_hex(16)
        digest = hashlib.sha256(f"{salt}{client_id}".encode()).hexdigest()
        engine.run("INSERT INTO store.forgotten VALUES (?, ?, ?)", [salt, digest, on])


def refuse_forgotten(engine: Engine, typed: str, rejected: str) -> None:
    """Put the rows of `typed` that are of a client who was forgotten into `rejected`: they must not come in again."""
    back = (
        f"SELECT line, max(forgotten_on) AS day FROM {typed} JOIN store.forgotten ON sha256(salt || client_id) = digest"
    )
    why = "'the client was forgotten on ' || day || ': take these rows out of the export'"
    engine.run(f"""
        CREATE OR REPLACE TEMP TABLE back AS {back} GROUP BY line;
        DELETE FROM {rejected} WHERE line IN (SELECT line FROM back);
        INSERT INTO {rejected} SELECT line, 'client_id', {why} FROM back;
        DROP TABLE back
    """)


def take_back(engine: Engine, export: Export, rejected: str, delivery: Delivery, *, but: str) -> None:
    """Remove what an earlier reading of a file stored, of the lines that this one rejects: its rules were others.

    `but`: what is in the fault of lines that stay, for they only wait for their day.
    """
    engine.run(
        f"DELETE FROM store.{export.name} WHERE (delivered, file_number, file) IS NOT DISTINCT FROM"
        " ($delivered::BIGINT, $file_number::BIGINT, $file::VARCHAR)"
        f" AND line IN (SELECT line FROM {rejected} WHERE NOT contains(fault, $but))",
        {**delivery._asdict(), "but": but},
    )


def withdraw(engine: Engine, export: Export, accepted: str, source: str) -> int:
    """Take the rows of a source out that the file just taken (`accepted`) does not list. Gives how many."""
    same_key = " AND ".join(f"stored.{term} IS NOT DISTINCT FROM listed.{term}" for term in export.key)
    listed = f"SELECT 1 FROM {accepted} AS listed WHERE {same_key}"
    gone = f"stored.source = ? AND NOT EXISTS ({listed})"
    rows = int(engine.value(f"SELECT count(*) FROM store.{export.name} AS stored WHERE {gone}", [source]))
    engine.run(f"DELETE FROM store.{export.name} AS stored WHERE {gone}", [source])
    return rows
