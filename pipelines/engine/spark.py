"""Apache Spark, the engine for more rows than one machine should hold. Tables are folders of Parquet files.

The folder in which they lie must have the same path on this machine and on Spark's. pyspark is imported only when a
session is asked for, so everything else works without it.
"""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.definitions import rules
from pipelines.engine import Parameters
from pipelines.errors import ActionableError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WORDS = Path(__file__).parents[1] / "words" / "spark.sql"
CONNECT = "sc://"

# What a model means must not depend on how a cluster is set up.
MEANING = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
# Spark's messages quote rows, so nothing is logged, and no page is served.
QUIET = {"spark.log.level": "OFF", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
LOG = Path(__file__).with_name("log4j2.properties")
# On one machine: it alone is listened on, and small tables are not cut into the 200 pieces that suit a cluster.
LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}


class SparkError(ActionableError):
    """Spark cannot be reached, or a statement failed. The message never contains a value of a row."""


def require(master: str) -> None:
    """Raises SparkError if what this machine needs to reach that Spark is not installed."""
    if not find_spec("pyspark"):
        raise SparkError(
            "Spark's client is not installed. It comes with Meshwork's extra `spark`; docs/scale.md says how."
        )
    if not master.startswith(CONNECT) and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise SparkError("Spark needs Java 17 or newer, and there is none on the path or in JAVA_HOME.")


@contextmanager
def session(master: str, scratch: Path) -> Iterator[SparkSession]:
    """A session of Spark, ended after use. Raises SparkError.

    `master`: `local[2]`, `spark://host:7077`, `yarn`, `k8s://…`, or a Spark Connect address (`sc://host`). `scratch`:
    a folder for what does not fit into the memory of a Spark on this machine.
    """
    require(master)
    try:
        with _values_withheld():
            opened = _open(master, scratch)
            for name, value in MEANING.items():
                opened.conf.set(name, value)
    except SparkError as error:
        raise SparkError(f"Spark cannot be started here, or reached at the address given. {error}") from None
    try:
        yield opened
    finally:
        opened.stop()


def _open(master: str, scratch: Path) -> SparkSession:
    # No data frame of pandas is ever made by Spark itself here.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True
    builder = SparkSession.builder.appName("meshwork")
    if master.startswith(CONNECT):
        return builder.remote(master).getOrCreate()
    os.environ.setdefault("LOG4J_CONFIGURATION_FILE", str(LOG))  # from the first line on
    files = {"spark.local.dir": str(scratch), "spark.sql.warehouse.dir": str(scratch)}
    settings = MEANING | QUIET | files | (LOCAL if master.startswith("local") else {})
    return builder.master(master).config(map=settings).getOrCreate()


@contextmanager
def _values_withheld() -> Iterator[None]:
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as error:  # quotes the statement and names columns, never a row
        raise SparkError(f"Spark stopped with {error.getCondition()}: {error}.") from None
    except PySparkException as error:
        raise SparkError(f"Spark stopped with {error.getCondition() or error.__class__.__name__}.") from None


def _statements(sql: str) -> list[str]:
    return [each for each in re.split(r";\s*$", sql, flags=re.MULTILINE) if each.strip()]


def _with_rules(sql: str) -> str:
    """A query with the value of each `rule('name')` in its place, because Spark accepts no function as the bound of a
    frame.

    Raises SparkError if there is no such rule.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in rules():
            raise SparkError(f"There is no rule {found[1]}.")
        rule = rules()[found[1]]
        return str(int(rule)) if rule == int(rule) else f"CAST({rule!r} AS DOUBLE)"

    return re.sub(r"\brule\('(\w+)'\)", value, sql)


class Engine:
    """Tables in a folder, made and read by a session of Spark, with the words that models use."""

    def __init__(
        self, spark: SparkSession, folder: Path, made: Callable[[str, Path], None] = lambda table, folder: None
    ) -> None:
        """`folder`: where the tables lie, seen by this machine and by Spark's under the same path. `made`: hears which
        table is there, and in which folder its files are.
        """
        self._spark, self._made = spark, made
        self._folder = folder
        for statement in _statements(WORDS.read_text("utf-8")):
            self._ask(statement)

    def _ask(self, sql: str, parameters: Parameters = None) -> DataFrame:
        if isinstance(parameters, list):
            raise TypeError("Spark takes named parameters only")
        sql = _with_rules(sql)
        if not parameters:
            return self._spark.sql(sql)
        return self._spark.sql(re.sub(r"\$(\w+)", r":\1", sql), args=parameters)

    def place(self, table: str) -> Path:
        """The folder of the table's files."""
        return self._folder / table

    def put(self, table: str, write: Callable[[Path], None]) -> None:
        """Create a table, or replace it, with the Parquet files that `write` puts into a new folder, which it makes."""
        from pyspark.sql.pandas.types import from_arrow_schema

        place, new = self.place(table), self.place(f"{table}.new")
        write(new)
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
        # Reading the columns here saves Spark a job.
        columns = from_arrow_schema(pq.read_schema(next(place.glob("*.parquet"))))
        with _values_withheld():
            self._spark.read.schema(columns).parquet(str(place)).createOrReplaceTempView(table)
        self._made(table, place)

    def workers(self) -> AbstractContextManager[int]:
        """Spark distributes each table's work itself, so tables are made one after the other."""
        return nullcontext(1)

    def make(self, table: str, query: str) -> None:
        """Create a table, or replace it, with the rows of a query. Raises SparkError."""
        with _values_withheld():
            self.put(table, lambda new: self._ask(query).write.parquet(str(new)))

    def load(self, table: str, rows: pa.Table) -> None:
        """Create a table, or replace it, with an Arrow table's columns and rows."""

        def write(new: Path) -> None:
            new.mkdir()
            pq.write_table(rows, new / "rows.parquet")

        self.put(table, write)

    def rows(self, sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises SparkError."""
        with _values_withheld():
            return [tuple(row) for row in self._ask(sql, parameters).collect()]

    def value(self, sql: str, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None without a row."""
        row = self.rows(sql, parameters)[:1]
        return row[0][0] if row else None

    def records(self, sql: str, parameters: Parameters = None) -> list[dict[str, Any]]:
        """The rows of a query, each as column → value."""
        with _values_withheld():
            return [row.asDict() for row in self._ask(sql, parameters).collect()]

    def arrow(self, sql: str, parameters: Parameters = None) -> pa.Table:
        """The rows of a query as an Arrow table."""
        with _values_withheld():
            return self._ask(sql, parameters).toArrow()

    def frame(self, sql: str, parameters: Parameters = None) -> pd.DataFrame:
        """The rows of a query as a data frame."""
        frame: pd.DataFrame = self.arrow(sql, parameters).to_pandas()
        return frame
