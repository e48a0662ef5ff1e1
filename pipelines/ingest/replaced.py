"""The ledger of replaced rows: a row that a later delivery has replaced is known when its own file brings it again.

An export that is written over each week repeats its old rows, even those that another file has since corrected. For
each replaced row, a digest is kept, and where it came from.
"""

from __future__ import annotations

from collections.abc import Collection

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine

_ORIGIN = "struct_pack(delivered, file_number, file, line := ledger.line) AS origin"


def begin(engine: Engine) -> None:
    """Begin a run. What it reads again is judged by what was replaced before the run, so it may read the files in any
    order.
    """
    engine.run(
        "CREATE OR REPLACE TEMP TABLE replaced_before AS FROM store.replaced;"
        f" CREATE OR REPLACE TEMP TABLE returned AS SELECT line, {_ORIGIN} FROM store.replaced AS ledger WHERE false"
    )


def find_returned(
    engine: Engine, export: Export, accepted: str, run_id: int, file: str, present: Collection[str] | None
) -> bool:
    """Fill the table `returned`: the lines of `accepted` that were replaced before, and where they came from then.
    Returns whether there may be any.

    `present`: the names of the run's files; None for a content that was read before. A file that has grown since an
    earlier run brings them back while another file that is present contradicts them. A new file always has the last
    word.
    """
    table = "replaced_before" if present is None else "store.replaced"
    engine.run("DELETE FROM returned")
    if not engine.value(f"SELECT count(*) FROM {table} WHERE export = $export", {"export": export.name}):
        return False
    ledger = f"SELECT * FROM {table} WHERE export = $export"
    parameters: dict[str, object] = {"export": export.name}
    otherwise = ""
    if present is not None:
        same_key = " AND ".join(f"stored.{term} IS NOT DISTINCT FROM arriving.{term}" for term in export.key)
        others = f"SELECT 1 FROM store.{export.name} AS stored WHERE {same_key} AND list_contains($others, stored.file)"
        grown = "$file IN (SELECT file FROM store.files WHERE export = $export AND run_id < $run)"
        ledger, otherwise = f"{ledger} AND {grown}", f"WHERE EXISTS ({others})"
        parameters |= {"run": run_id, "file": file, "others": [name for name in present if name != file]}
    engine.run(
        f"""
        INSERT INTO returned
        SELECT arriving.line, {_ORIGIN}
        FROM (SELECT *, {_digest(export)} AS content FROM {accepted}) AS arriving
        JOIN ({ledger}) AS ledger USING (content)
        {otherwise}
        """,
        parameters,
    )
    return True


def note(engine: Engine, export: Export, stored: str) -> None:
    """Note stored rows that are about to be replaced; `stored`: which, as a condition."""
    if export.format != "table":  # the last of several lists of meetings is in force
        return
    client = "client_id" if "client_id" in export.header else "NULL"
    engine.run(
        "INSERT INTO store.replaced"
        f" SELECT '{export.name}', {client}, {_digest(export)}, delivered, file_number, file, line"
        f" FROM store.{export.name} WHERE {stored}"
    )


def clear(engine: Engine, export: Export, rows: str) -> None:
    """Take the rows of a query out of the ledger: they are stored again."""
    if not engine.value("SELECT count(*) FROM store.replaced"):
        return
    these = f"SELECT {_digest(export)} FROM ({rows})"
    engine.run(f"DELETE FROM store.replaced WHERE export = '{export.name}' AND content IN ({these})")


def _digest(export: Export) -> str:
    """How a row is recognised again, in SQL. No other version of the engine and no new column changes it."""
    filled = ", ".join(f"'{column}=' || CAST({column} AS VARCHAR)" for column in sorted(export.header))
    return f"sha256(concat_ws(chr(31), {filled}))"
