"""The store: one typed, keyed table per export, where each row came from, and what became of every file.

It is attached to the engine as `store`; models read it by that name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.ingest import checked_by, replaced
from pipelines.ingest.intake import Run

# The version of the tables. Raise it in a release that removes a column or changes its meaning.
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
        "checked_by": "VARCHAR", "file_number": "BIGINT", "name_key": "VARCHAR",
    },
    "rejected_rows": {
        "run_id": "BIGINT", "file": "VARCHAR", "export": "VARCHAR", "line": "BIGINT", "column_name": "VARCHAR",
        "reason": "VARCHAR", "digest": "VARCHAR",
    },
    "replaced": {"export": "VARCHAR", "client_id": "VARCHAR", "content": "VARCHAR", "key": "VARCHAR", **ORIGIN},
    "forgotten": {"salt": "VARCHAR", "digest": "VARCHAR", "forgotten_on": "DATE"},
}  # fmt: skip

# The origin of an arriving line: that of its file, or of an earlier delivery of the row.
_ORIGIN_OF_LINE = (
    "coalesce(returned.origin, struct_pack("
    "delivered := $delivered::BIGINT, file_number := $file_number::BIGINT, file := $file::VARCHAR, line := line))"
)

_COLUMNS_THERE = (
    "SELECT table_name, column_name FROM duckdb_columns()"
    " WHERE 'store' IN (database_name, schema_name) AND NOT internal"
)


class NewerStoreError(ActionableError):
    """A store that a newer version of Meshwork wrote: this version does not know what its columns mean."""


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
    """Raises NewerStoreError if a store says that it has a layout that this version does not know."""
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
    """Statements that create a table, or add the new columns to one of an earlier contract."""
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


def take(
    engine: Engine, export: Export, accepted: str, delivery: Delivery, present: replaced.Present | None = None
) -> tuple[int, int]:
    """Put the rows of the table or view `accepted` into the store. Returns how many were new, how many known.

    A row is known if it repeats the version of its key before it; one that restates the key differently replaces that
    version. A row that has been replaced since its first delivery counts as of that delivery, and is new only if
    nothing as late as itself is stored for its key. `present`: this file among those of the run; None if the content
    was read before.

    Most keys come once and are not stored yet, which their hashes show: only rows whose hash comes twice, or is that of
    a stored row, need to be compared.
    """
    key = f"hash({', '.join(export.key)})"
    whole = f"FROM {accepted}"
    origin: dict[str, Any] = delivery._asdict()
    come_back = replaced.find_returned(engine, export, accepted, origin, present)
    returned = f"UNION ALL SELECT {key} AS key, NULL AS stored_row {whole} WHERE line IN (SELECT line FROM returned)"
    met = engine.value(f"""
        CREATE OR REPLACE TEMP TABLE met AS
        SELECT {key} AS key, CAST(NULL AS BIGINT) AS stored_row {whole} GROUP BY key HAVING count(*) > 1
        UNION ALL
        SELECT {key} AS key, rowid AS stored_row FROM store.{export.name} WHERE {key} IN (SELECT {key} {whole})
        {returned if come_back else ""}
    """)
    arriving = f"SELECT *, {', '.join(f'${name} AS {name}' for name in origin)} {whole}"
    if not met:
        return _insert(engine, export, arriving, origin), 0
    among_met = f"{key} IN (SELECT key FROM met)"
    fresh = _insert(engine, export, f"{arriving} WHERE NOT {among_met}", origin)
    _compare(engine, export, f"{whole} WHERE {among_met}", origin | {"again": present is None})
    compared, known, restated = engine.rows(
        "SELECT count(DISTINCT nth), count(DISTINCT nth) FILTER (known), count(stored_row) FILTER (restates)"
        " FROM compared"
    )[0]
    if restated:
        these = "rowid IN (SELECT stored_row FROM compared WHERE restates)"
        replaced.note(engine, export, these)
        engine.run(f"DELETE FROM store.{export.name} WHERE {these}")
    these = "SELECT nth FROM compared GROUP BY nth HAVING bool_and(restates)"
    in_force = f"SELECT DISTINCT ON (nth) * FROM compared WHERE nth IN ({these})"
    if _insert(engine, export, in_force):
        replaced.clear(engine, export, in_force)
    if present is not None:
        replaced.note_otherwise(engine, export, accepted, origin, present.this)
    return fresh + int(compared - known), int(known)


def _insert(engine: Engine, export: Export, rows: str, parameters: dict[str, Any] | None = None) -> int:
    """Store the rows of a query, which also gives their origin. Returns how many."""
    columns = ", ".join((*export.header, *ORIGIN))
    return int(engine.value(f"INSERT INTO store.{export.name} ({columns}) SELECT {columns} FROM ({rows})", parameters))


def _compare(engine: Engine, export: Export, arriving: str, parameters: dict[str, Any]) -> None:
    """Make the table `compared`: arriving rows beside those before of their key, in their file and in the store.

    `arriving`: the rows, as what follows a SELECT's columns. If a further column joins the key (`also`), rows that
    differ in it are all kept; a row in which it does not join restates all rows of its key, including those in the
    store.
    """
    columns, key = ", ".join(export.header), ", ".join(export.key)
    also = export.key_also.term if export.key_also else "NULL"
    same_key = " AND ".join(f"lines.{term} IS NOT DISTINCT FROM stored.{term}" for term in export.key)
    same_kind = "(last_of_all > 0 OR stored.also IS NULL OR stored.also = lines.also)"
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        WITH arriving AS (
            SELECT row_number() OVER () AS nth, line, {columns}, {also} AS also, hash({columns}) AS content {arriving}
        ),
        lines AS (
            SELECT
                *,
                lag(content) OVER of_kind AS before_content,
                coalesce(max(line) FILTER (also IS NULL) OVER of_key, 0) AS last_of_all,
                lead(line) OVER (of_key ORDER BY line) IS NULL AS last_of_key,
                lead(line) OVER of_kind IS NULL AS last_of_kind
            FROM arriving
            WINDOW of_key AS (PARTITION BY {key}), of_kind AS (PARTITION BY {key}, also ORDER BY line)
        ),
        stored AS (
            SELECT
                {key}, {also} AS also, hash({columns}) AS content, struct_pack({", ".join(ORIGIN)}) AS origin,
                rowid AS stored_row
            FROM store.{export.name}
            WHERE rowid IN (SELECT stored_row FROM met)
        ),
        side_by_side AS (
            SELECT
                lines.* EXCLUDE (content),
                before_content IS NOT DISTINCT FROM lines.content AS repeats_line,
                last_of_key OR (last_of_kind AND line > last_of_all) AS in_force,
                CASE WHEN {same_kind} THEN stored_row END AS stored_row,
                coalesce(stored.content = lines.content, false) AS repeats_stored,
                lines.also IS NOT NULL AND last_of_all > 0 AS restated_before,
                {_ORIGIN_OF_LINE} AS arriving_origin,
                coalesce(stored.origin >= arriving_origin, false) AS is_later,
                returned.origin IS NOT NULL OR coalesce(stored.also = lines.also, true) AS disagree
            FROM lines
            LEFT JOIN returned USING (line)
            LEFT JOIN stored
                ON {same_key} AND (returned.origin IS NOT NULL OR {same_kind})
        )
        SELECT
            nth, {columns}, unnest(arriving_origin),
            CASE WHEN NOT is_later THEN stored_row END AS stored_row,
            (is_later AND disagree) OR repeats_line OR repeats_stored AS known,
            in_force AND NOT (is_later AND disagree) AND ($again OR restated_before OR NOT repeats_stored) AS restates
        FROM side_by_side
        """,
        parameters,
    )


def note(engine: Engine, ledger: str, row: Mapping[str, Any]) -> None:
    """Add a row, column by column, to one of the ledgers."""
    marks = ", ".join(f"${column}" for column in row)
    engine.run(f"INSERT INTO store.{ledger} ({', '.join(row)}) VALUES ({marks})", dict(row))


def note_runs(engine: Engine, runs: Iterable[Run]) -> None:
    """Add runs that the store does not know yet, in the order of their numbers."""
    last = engine.value("SELECT coalesce(max(run_id), 0) FROM store.runs")
    for run in runs:
        if run.run_id > last:
            note(engine, "runs", asdict(run))


def same_files_again(engine: Engine, run_id: int) -> bool:
    """Whether a run found the files of the one before it that read any, each with the same rows and rejections."""
    columns = f"file, export, rows_read, accepted + known, rejected, status, digest, {checked_by.WITHOUT_DAY}"
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
        note(engine, "forgotten", {"salt": salt, "digest": digest, "forgotten_on": on})


def refuse_forgotten(engine: Engine, typed: str, rejected: str) -> None:
    """Put the rows of `typed` about a forgotten client into `rejected`: they must not come in again."""
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
    """Remove the rows that an earlier reading of a file, by other rules, stored from lines that this one rejects.

    `but`: what the fault of lines that stay says, because they only wait for their day.
    """
    engine.run(
        f"DELETE FROM store.{export.name} WHERE (delivered, file_number, file) IS NOT DISTINCT FROM"
        " ($delivered::BIGINT, $file_number::BIGINT, $file::VARCHAR)"
        f" AND line IN (SELECT line FROM {rejected} WHERE NOT contains(fault, $but))",
        {**delivery._asdict(), "but": but},
    )


def withdraw(engine: Engine, export: Export, accepted: str, rejected: str, source: str) -> tuple[int, int]:
    """Remove the meetings of a directory (`source`) that its latest list does not name, or names in a rejected entry,
    because what was known of them no longer holds. Returns how many of each.

    `accepted`, `rejected`: the rows of the list that were taken and those that were not.
    """
    same_key = " AND ".join(f"stored.{term} IS NOT DISTINCT FROM listed.{term}" for term in export.key)
    gone = f"stored.source = $source AND NOT EXISTS (SELECT 1 FROM {accepted} AS listed WHERE {same_key})"
    named = f"stored.slug IN (SELECT slug FROM {rejected} WHERE slug IS NOT NULL)"
    unlisted, of_rejected = engine.rows(
        f"SELECT count(*) FILTER (NOT {named}), count(*) FILTER ({named})"
        f" FROM store.{export.name} AS stored WHERE {gone}",
        {"source": source},
    )[0]
    if unlisted or of_rejected:
        engine.run(f"DELETE FROM store.{export.name} AS stored WHERE {gone}", {"source": source})
    return int(unlisted), int(of_rejected)
