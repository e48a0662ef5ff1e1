"""DuckDB, the embedded engine."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb

from pipelines.definitions import rules
from pipelines.engine import Parameters
from pipelines.errors import ActionableError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

WORDS = Path(__file__).parents[1] / "words" / "duckdb.sql"

# No extension is ever fetched: a mistyped function must not become a request.
CONFIG: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}
# What a reader of a snapshot may do: no other file, no extension and no setting can be reached through it.
SEAL: dict[str, Any] = {"threads": 2, "enable_external_access": False, "lock_configuration": True}
SEALED = CONFIG | SEAL

# How a database file is written: with no log beside it, and in row groups of half the usual size, which makes a run a
# little faster.
WRITTEN = "RECOVERY_MODE no_wal_writes, ROW_GROUP_SIZE 61_440"
STREAMED = 10_000  # rows
MOST_WORKERS = 4  # few models are ready to be made at once


class EngineError(ActionableError):
    """A statement that failed. The message names the kind of failure and never contains a value of a row."""


class UnknownNameError(EngineError):
    """A statement that names a table or column which is not there."""


class DamagedFileError(EngineError):
    """A database file whose bytes are not those that were written."""


class NewerFileError(EngineError):
    """A database file that a newer version of the engine wrote."""


_SIGNS_OF_DAMAGE = ("Corrupt database file", "Could not read enough bytes", "not a valid DuckDB database file")


# Errors that quote the statement or name tables, never a row's values; of all others only the kind is given.
_QUOTABLE = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
_FOUND_NO_NAME = (duckdb.BinderException, duckdb.CatalogException)
_FOUND_IN_DAMAGED_FILES = (duckdb.SerializationException, duckdb.FatalException)


@contextmanager
def _values_withheld() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # all that the engine passes on of an interrupt
            raise KeyboardInterrupt from None
        raise
    except duckdb.Error as error:
        if "No space left" in str(error):
            raise OSError(errno.ENOSPC, "No space left on the disk") from None
        if "newer version of DuckDB" in str(error):
            raise NewerFileError(
                "A newer version of Meshwork wrote a file of the home. Install that version again; nothing was changed."
            ) from None
        if any(sign in str(error) for sign in _SIGNS_OF_DAMAGE) or isinstance(error, _FOUND_IN_DAMAGED_FILES):
            raise DamagedFileError(f"The engine stopped with {error.__class__.__name__}: a file is damaged.") from None
        detail = f": {error}" if isinstance(error, _QUOTABLE) else ""
        kind = UnknownNameError if isinstance(error, _FOUND_NO_NAME) else EngineError
        raise kind(f"The engine stopped with {error.__class__.__name__}{detail}.") from None


# The word `rule('name')` is the value of a rule. It is written into a statement: a macro would have the engine plan all
# rules at each use of one. An unknown name is an error, never null.
_RULE = re.compile(r"\brule\('(\w+)'\)")
_NO_RULE = "CREATE OR REPLACE MACRO rule(name) AS error('There is no rule ' || name)"


@cache
def _rules() -> dict[str, str]:
    return {name: f"CAST({value!r} AS DOUBLE)" for name, value in rules().items()}


def _with_rules(sql: str) -> str:
    return _RULE.sub(lambda used: _rules().get(used[1], used[0]), sql) if "rule('" in sql else sql


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


class Engine:
    """One DuckDB database, in memory or in a file, with the words that models use."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        read_only: bool = False,
        sealed: bool = False,
        memory: str = "",
        at_once: bool = False,
    ) -> None:
        """`sealed`: read-only, nothing but this file can be reached, and several threads may ask at once.

        `memory`: the most memory for rows (`1GB`); anything beyond it goes to a folder beside the file. `at_once`:
        tables that do not follow from each other are made at once, and a statement has one thread, because to share out
        few rows costs more than it gains. Worthwhile without a file, which takes one writer at a time.
        """
        self._most_workers = min(os.cpu_count() or 1, MOST_WORKERS) if at_once else 1
        self._is_shared = sealed
        config = SEALED if sealed else CONFIG | ({"threads": 1} if at_once else {})
        config |= {"memory_limit": memory} if memory else {}
        with _values_withheld():
            self._con = duckdb.connect(str(path or ":memory:"), read_only=read_only or sealed, config=config)
        if not (read_only or sealed):
            self._con.execute(WORDS.read_text("utf-8"))
            self._con.execute(_NO_RULE)

    def seal(self) -> None:
        """From now on only what is attached can be reached, and several threads may ask at once."""
        self.run("; ".join(f"SET {name} = {value}" for name, value in SEAL.items()))
        self._is_shared = True

    @contextmanager
    def workers(self) -> Iterator[int]:
        """For the duration, this many threads may use the engine at once."""
        if self._most_workers == 1:
            yield 1
            return
        self._is_shared = True
        try:
            yield self._most_workers
        finally:
            self._is_shared = False

    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._con.cursor() if self._is_shared else self._con

    def _execute(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
        return self._connection().execute(_with_rules(sql), parameters or [])

    def run(self, sql: str, parameters: Parameters = None) -> None:
        """Execute statements for their effect."""
        self.rows(sql, parameters)

    def rows(self, sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises EngineError."""
        with _values_withheld():
            return self._execute(sql, parameters).fetchall()

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, a few thousand at a time: they may be more than memory holds. Raises EngineError.

        The statement has the connection to itself until its last row was read.
        """
        with _values_withheld():
            cursor = self._con.execute(sql)
        while True:
            with _values_withheld():
                rows = cursor.fetchmany(STREAMED)
            if not rows:
                return
            yield from rows

    def value(self, sql: str, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None without a row."""
        row = self.rows(sql, parameters)[:1]
        return row[0][0] if row else None

    def records(self, sql: str, parameters: Parameters = None) -> list[dict[str, Any]]:
        """The rows of a query, each as column → value."""
        with _values_withheld():
            cursor = self._execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def frame(self, sql: str, parameters: Parameters = None) -> pd.DataFrame:
        """The rows of a query as a data frame."""
        with _values_withheld():
            return self._execute(sql, parameters).df()

    def arrow(self, sql: str, parameters: Parameters = None) -> pa.Table:
        """The rows of a query as an Arrow table."""
        with _values_withheld():
            return self._connection().sql(_with_rules(sql), params=parameters or []).to_arrow_table()

    def tables(self, database: str | None = None) -> list[str]:
        """The names of the tables of a database, by default of the one in use, in the order in which they were made."""
        query = (
            "SELECT table_name FROM duckdb_tables() WHERE database_name = coalesce(?, current_database())"
            " AND schema_name = 'main' ORDER BY table_oid"
        )
        return [name for (name,) in self.rows(query, [database])]

    def attach(self, path: Path, name: str, *, read_only: bool = False) -> None:
        """Attach another database file, made if it is missing unless it is only to be read, under a name.

        What is written goes to the file itself, and to no log beside it: until it is detached, the file is a run's own.
        """
        self.run(f"ATTACH {literal(str(path))} AS {name}({'READ_ONLY' if read_only else WRITTEN})")

    def detach(self, name: str) -> None:
        """Detach a database file; it then holds everything."""
        self.run(f"DETACH {name}")

    @contextmanager
    def within(self, path: Path) -> Iterator[None]:
        """For the duration, tables are made, and looked for first, in another database file."""
        self.attach(path, path.stem)
        home = self.value("SELECT current_database()")
        self.run(f"SET search_path = '{path.stem}.main,{home}.main'")
        with self._ended_by(f"USE {home}; DETACH {path.stem}"):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything done inside takes effect, or nothing if it fails."""
        self.run("BEGIN")
        with self._ended_by("COMMIT", "ROLLBACK"):
            yield

    @contextmanager
    def _ended_by(self, after: str, after_failure: str | None = None) -> Iterator[None]:
        """Execute a statement afterwards, or another after a failure; then what failed first is what is said."""
        try:
            yield
        except BaseException:
            with suppress(EngineError, OSError):
                self.run(after_failure or after)
            raise
        self.run(after)

    def make(self, table: str, query: str) -> None:
        """Create a table, or replace it, with the rows of a query. Raises EngineError."""
        self.run(f"CREATE OR REPLACE TABLE {table} AS\n{query}")

    def load(self, table: str, rows: pa.Table) -> None:
        """Create a table, or replace it, with an Arrow table's columns and rows."""
        self._take_over(rows, f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM arrow_rows")

    def write_parquet(self, table: str, folder: Path) -> None:
        """Write a table into a new folder, as a file of Parquet."""
        folder.mkdir()
        self.run(f"COPY {table} TO {literal(str(folder / 'rows.parquet'))} (FORMAT parquet)")

    def read_parquet(self, table: str, folder: Path) -> None:
        """From now on the table is what a folder's files of Parquet hold; they are read where they lie."""
        rows = f"read_parquet({literal(str(folder / '*.parquet'))})"
        self.run(f"DROP TABLE IF EXISTS {table}; CREATE VIEW {table} AS SELECT * FROM {rows}")

    def append(self, table: str, batch: pa.Table) -> None:
        """Add an Arrow table's rows to a table with the same columns."""
        self._take_over(batch, f"INSERT INTO {table} BY NAME SELECT * FROM arrow_rows")

    def _take_over(self, rows: pa.Table, statement: str) -> None:
        connection = self._connection()
        with _values_withheld():
            connection.register("arrow_rows", rows)
            try:
                connection.execute(statement)
            finally:
                connection.unregister("arrow_rows")

    def close(self) -> None:
        """Close the database; the file then holds everything."""
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def value_in(path: Path, sql: str) -> Any:
    """The first column of the first row of a query on a database file; None without a row, or if it cannot be read."""
    try:
        with Engine(path, read_only=True) as engine:
            return engine.value(sql)
    except EngineError:
        return None
