"""The tables of the last run, of which the next one rebuilds only what its news touches.

`HOME/kept.duckdb` holds the last run's tables made client by client, and those that they follow from. A table depends
on those that its query reads: if none of them has changed, it stays as it is. Of a table made client by client, only
the clients whose rows changed in what it reads are rebuilt; any other table is rebuilt whole. The result is compared
with what was kept, so a change that makes no difference goes no further.

Of the other tables, those of the whole caseload, nothing is kept: any news changes them, and it costs less to make them
in memory than to write them and to compare them.

Nothing depends on the file. Without it, or if other models made it, a run builds all tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import build
from pipelines.engine.duckdb import Engine, value_in
from pipelines.home import KEPT
from pipelines.model import models

if TYPE_CHECKING:
    import pyarrow as pa

# A table is made whole if more than one client in so many is touched, because finding the rows of most clients costs
# more.
_ONE_IN = 3

_WITH_CLIENTS = (
    "SELECT table_name FROM duckdb_columns()"
    " WHERE database_name = current_database() AND schema_name = 'main' AND column_name = 'client_id'"
)
_OF_TOUCHED = (
    "SELECT whole.* FROM {} AS whole SEMI JOIN touched ON whole.client_id IS NOT DISTINCT FROM touched.client_id"
)
_DIGEST = "count(*) AS rows, sum(hash(each)) AS digest FROM ({}) AS each"


@contextmanager
def opened(engine: Engine, home: Path, private: Path) -> Iterator[Keeper]:
    """Bring up to date what the last run kept. Until `leave` it is not in the home, so no half of it can stay there."""
    place, these = private / KEPT, build.fingerprint()
    if (home / KEPT).exists():
        (home / KEPT).replace(place)
        if value_in(place, "SELECT models FROM made_by") != these:
            place.unlink()
    with engine.within(place):
        engine.run("CREATE TABLE IF NOT EXISTS made_by AS SELECT $models AS models", {"models": these})
        yield Keeper(engine)


def leave(home: Path, private: Path) -> None:
    """Keep the tables of a run, if it made any, for the next one."""
    if (private / KEPT).exists():
        (private / KEPT).replace(home / KEPT)


def discard(private: Path) -> bool:
    """Clear a run's private folder for a new start, if the tables kept from the last run may have stopped it."""
    if not (private / KEPT).exists():
        return False
    shutil.rmtree(private)
    private.mkdir(mode=0o700)
    return True


def remove(home: Path) -> None:
    """Remove the tables, which hold rows of every client; the next run makes them again."""
    (home / KEPT).unlink(missing_ok=True)


def _worth_keeping() -> set[str]:
    """The tables made client by client, and all that these follow from."""
    found: set[str] = set()
    ahead = [name for name, model in models().items() if model.is_by_client]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(models()[name].reads)
    return found


class Keeper:
    """Brings the tables that an engine holds up to date: a `Builder`."""

    def __init__(self, engine: Engine) -> None:
        self.rows, self.value, self.records = engine.rows, engine.value, engine.records
        self.frame, self.arrow = engine.frame, engine.arrow
        self._engine = engine
        self._database = engine.value("SELECT current_database()")
        self._kept = set(engine.tables())
        self._of_clients = {name for (name,) in engine.rows(_WITH_CLIENTS)}
        self._worth_keeping = _worth_keeping()
        self._changed: set[str] = set()  # tables of which rows changed
        self._changed_for_all: set[str] = set()  # and not for single clients, who then are in the table `changed`
        engine.run("CREATE OR REPLACE TEMP TABLE changed (model VARCHAR, client_id VARCHAR)")

    def workers(self) -> AbstractContextManager[int]:
        """Tables are brought up to date one after the other."""
        return nullcontext(1)

    def make(self, table: str, query: str) -> None:
        """Bring a table up to date with the rows of a query. Raises EngineError."""
        model = models()[table]
        changed = self._changed & model.reads
        if table not in self._worth_keeping:
            self._engine.run(f"CREATE OR REPLACE TEMP TABLE {table} AS\n{query}")
        elif table not in self._kept:
            self._engine.make(table, query)
            self._note_for_all(table)
        elif changed and model.is_by_client and self._are_few(changed, table):
            self._make_touched(table, query)
        elif changed or model.is_staged:
            self._engine.make("made", query)
            self._replace(table)

    def load(self, table: str, rows: pa.Table) -> None:
        """Bring a table up to date with an Arrow table's columns and rows."""
        if table in self._kept:
            self._engine.load("made", rows)
            self._replace(table)
        else:
            self._engine.load(table, rows)
            self._note_for_all(table)

    def _note_for_all(self, table: str) -> None:
        self._changed.add(table)
        self._changed_for_all.add(table)

    def _are_few(self, changed: Collection[str], table: str) -> bool:
        """Whether changes affect few of the clients of a table; if so, these are in the table `touched`."""
        if self._changed_for_all & set(changed):
            return False
        named = ", ".join(f"'{each}'" for each in sorted(changed))
        # The null finds rows of no client: a site's, on which every client's rows may depend.
        touched = f"SELECT client_id FROM changed WHERE model IN ({named}) UNION SELECT NULL"
        self._engine.run(f"CREATE OR REPLACE TEMP TABLE touched AS {touched}")
        counts = f"SELECT (SELECT count(*) FROM touched), count(DISTINCT client_id) FROM {table}"
        few, all_of_them = self._engine.rows(counts)[0]
        return bool(few * _ONE_IN <= all_of_them)

    def _make_touched(self, table: str, query: str) -> None:
        """Make the rows of the touched clients. For the duration, views of their rows hide the tables that the query
        reads.
        """
        hidden = sorted(models()[table].reads & self._of_clients)
        for each in hidden:
            rows = _OF_TOUCHED.format(f"{self._database}.main.{each}")
            self._engine.run(f"CREATE TEMP VIEW {each} AS {rows}")
        self._engine.run(f"CREATE TEMP TABLE made AS\n{query}")
        for each in hidden:
            self._engine.run(f"DROP VIEW temp.main.{each}")
        self._compare(table, _OF_TOUCHED.format(table))
        if table in self._changed:
            of_changed = f"client_id IN (SELECT client_id FROM changed WHERE model = '{table}')"
            self._engine.run(
                f"DELETE FROM {table} WHERE {of_changed}; INSERT INTO {table} FROM made WHERE {of_changed}"
            )
        self._engine.run("DROP TABLE made")

    def _replace(self, table: str) -> None:
        """Put all rows that were `made` in the place of those kept, if they differ."""
        self._compare(table, f"FROM {table}")
        if table in self._changed:
            self._engine.run(f"DROP TABLE {table}; ALTER TABLE made RENAME TO {table}")
        else:
            self._engine.run("DROP TABLE made")

    def _compare(self, table: str, before: str) -> None:
        """Note how the rows of `made` differ from those before, a query."""
        if table not in self._of_clients:
            digests = [self._engine.rows(f"SELECT {_DIGEST.format(rows)}") for rows in (before, "FROM made")]
            if digests[0] != digests[1]:
                self._note_for_all(table)
            return
        of_client = f"SELECT client_id, {_DIGEST} GROUP BY client_id"
        self._engine.run(
            f"""
            INSERT INTO changed
            SELECT '{table}', coalesce(before.client_id, after.client_id)
            FROM ({of_client.format(before)}) AS before
            FULL JOIN ({of_client.format("FROM made")}) AS after
                ON before.client_id IS NOT DISTINCT FROM after.client_id
            WHERE before.rows IS DISTINCT FROM after.rows OR before.digest IS DISTINCT FROM after.digest
            """
        )
        counts = f"SELECT count(*), count(client_id) FROM changed WHERE model = '{table}'"
        clients, named = self._engine.rows(counts)[0]
        if clients > named:
            self._note_for_all(table)
        elif clients:
            self._changed.add(table)
