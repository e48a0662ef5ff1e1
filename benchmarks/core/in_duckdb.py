"""The core in plain DuckDB: rows as text, one query that checks them, and the tables in `in_duckdb.sql`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.core import EXPORTS, TABLES, files
from benchmarks.core.numbers import numbers
from pipelines.contract import Column, Export, exports

CORE = Path(__file__).with_suffix(".sql")


def _typed(column: Column) -> str:
    match column.type:
        case "date" | "integer" | "number":
            return f"TRY_CAST({column.name} AS {column.sql_type})"
        case "boolean":
            return f"CASE {column.name} WHEN 'yes' THEN true WHEN 'no' THEN false END"
        case "code":
            return f"CASE WHEN {column.name} IN {column.codes} THEN {column.name} END"
        case "time":
            return f"CASE WHEN regexp_full_match({column.name}, '([01][0-9]|2[0-3]):[0-5][0-9]') THEN {column.name} END"
    return column.name


def _holds(column: Column) -> str:
    """The condition that nothing is wrong with the column's cell."""
    name, conditions = column.name, []
    if column.type not in ("pseudonym", "text"):
        conditions.append(f"({name}_text IS NULL OR {name} IS NOT NULL)")
    if column.required:
        conditions.append(f"{name} IS NOT NULL")
    if column.min is not None:
        conditions.append(f"coalesce({name} >= {column.min}, true)")
    if column.max is not None:
        conditions.append(f"coalesce({name} <= {column.max}, true)")
    return " AND ".join(conditions) or "true"


def take(con: duckdb.DuckDBPyConnection, folder: Path, export: Export) -> None:
    """Make the table of an export: the rows with nothing wrong, of each key the last."""
    paths = [str(path) for path in files(folder, export.name)]
    typed = ", ".join(
        f"{column.name} AS {column.name}_text, {_typed(column)} AS {column.name}" for column in export.columns
    )
    wanted = ", ".join(
        f"coalesce({column.name}, '{column.default}') AS {column.name}" if column.default else column.name
        for column in export.columns
    )
    holds = " AND ".join([*map(_holds, export.columns), *(f"coalesce({rule.holds}, true)" for rule in export.rules)])
    con.execute(
        f"""
        CREATE TABLE {export.name} AS
        WITH typed AS (SELECT {typed} FROM read_csv(?, header = true, all_varchar = true, union_by_name = true))
        SELECT {wanted} FROM typed WHERE {holds}
        """,
        [paths],
    )
    terms = [*export.key] + ([export.key_also.term] if export.key_also else [])
    last = f"SELECT max(rowid) FROM {export.name} GROUP BY {', '.join(terms)}"
    con.execute(f"DELETE FROM {export.name} WHERE rowid NOT IN ({last})")


def main(folder: Path, out: Path) -> None:
    with duckdb.connect() as con:
        for name in EXPORTS:
            take(con, folder, exports()[name])
        con.execute(CORE.read_text("utf-8").format_map(numbers()))
        con.execute("ALTER TABLE client_week DROP COLUMN site; ALTER TABLE client_week DROP COLUMN in_care_at_end")
        for table in TABLES:
            con.execute(f"COPY {table} TO '{out / table}.parquet'")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
