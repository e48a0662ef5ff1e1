"""The distinct texts of a table's columns: few, where the rows are many, so that each is looked at once."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.engine.duckdb import Engine

# The table of a file's distinct texts, made where its rows are staged.
TEXTS = "distinct_texts"
# Columns that one statement looks through.
AT_ONCE = 60


def gather(engine: Engine, table: str, columns: Sequence[str], into: str) -> None:
    """Make the table `into`: each distinct text, null among them, of each of the columns of a table that has `line`.

    `place`: which of the columns it is. `text`, `rows`, `line`: the text, the rows that hold it, and the first line.
    """
    for first in range(0, len(columns), AT_ONCE):
        of_each = "\nUNION ALL\n".join(
            f"SELECT CAST({place} AS INTEGER) AS place, {column} AS text, count(*) AS rows, min(line) AS line"
            f" FROM {table} GROUP BY {column}"
            for place, column in enumerate(columns[first : first + AT_ONCE], first)
        )
        engine.run(f"INSERT INTO {into} {of_each}" if first else f"CREATE OR REPLACE TEMP TABLE {into} AS {of_each}")
