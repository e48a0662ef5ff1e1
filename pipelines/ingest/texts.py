"""The tables of a file's rows, and the distinct texts of its columns. These are few even if the rows are many, so each
is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.engine.duckdb import Engine

# The distinct texts of the files that are held, in one table, so that one statement can look at all of them.
TEXTS = "distinct_texts"
# How many columns one statement looks through.
AT_ONCE = 60


@dataclass(frozen=True)
class Held:
    """Where a file is held: its rows in the table `raw`, the lines that are none in `broken`, and in TEXTS its distinct
    texts, under the number `file`.
    """

    raw: str = "raw"
    broken: str = "broken"
    file: int = 0

    @classmethod
    def as_number(cls, n: int) -> Held:
        """The tables of one of several files that are held at once."""
        return cls(f"raw_{n}", f"broken_{n}", n)


HELD = Held()


def gather(engine: Engine, table: str, columns: Sequence[str], into: str = TEXTS, file: int = 0) -> None:
    """Put into the table `into` each distinct text, null among them, of each of the columns of a table that has `line`,
    in place of those of the same file.

    `place`: which of the columns it is. `text`, `rows`, `line`: the text, the rows that hold it, and the first line.
    """
    engine.run(f"""
        CREATE TEMP TABLE IF NOT EXISTS {into} (file INTEGER, place INTEGER, text VARCHAR, rows BIGINT, line BIGINT);
        DELETE FROM {into} WHERE file = {file}
    """)
    for first in range(0, len(columns), AT_ONCE):
        of_each = "\nUNION ALL\n".join(
            f"SELECT {file}, {place}, {column}, count(*), min(line) FROM {table} GROUP BY {column}"
            for place, column in enumerate(columns[first : first + AT_ONCE], first)
        )
        engine.run(f"INSERT INTO {into} {of_each}")
