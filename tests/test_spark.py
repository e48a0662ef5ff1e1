"""The same models on Apache Spark: every row of every table is the one that DuckDB makes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipelines import distributed, publish, snapshots
from pipelines.build import build
from pipelines.cli import main
from pipelines.contract import exports
from pipelines.definitions import rules
from pipelines.engine import spark
from pipelines.engine.duckdb import Engine
from pipelines.home import STORE
from pipelines.ingest import store
from pipelines.model import given, models
from pipelines.owner_only import OTHERS
from pipelines.sample import LAST_DAY
from tests.conftest import SAMPLE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

needs_spark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (find_spec("pyspark") and shutil.which("java")),
        reason="pyspark (requirements-spark.lock) or Java is missing, so the models were not run on Spark.",
    ),
]
EXACT = 1e-9
STAGED = [name for name, model in models().items() if model.is_staged]
SETTINGS = """
[targets]
census = 100
[[rebase]]
measure = "census"
period = 2026-06-01
"""
# Nothing in the sample makes a row of these, and no run over it looks back.
EMPTY = {"questionnaires", "decline_withdrawn", "withdrawn_published"}
EMPTY |= {name for name in models() if name.endswith("_set_aside")}
# What came late: meetings of weeks that an earlier run had published, and a client who has not come to any.
LATE = {
    "attendance_late.csv": "client_id,meeting_date,fellowship\n{client},2026-09-22,AA\n{client},2026-09-23,NA\n",
    "episodes_late.csv": "client_id,start_date,site,meetings_per_week\nquiet-one,2026-09-21,{site},3\n",
}


@pytest.fixture(autouse=True, scope="module")
def quick_start(tmp_path_factory) -> Iterator[None]:
    """Spark prepares each query for a long run over many rows. Here all are short, so it prepares as little as it can."""
    folder = tmp_path_factory.mktemp("conf")
    (folder / "spark-defaults.conf").write_text(
        "spark.sql.codegen.wholeStage false\nspark.sql.codegen.factoryMode NO_CODEGEN\nspark.sql.adaptive.enabled false\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(spark.LOCAL, "spark.sql.shuffle.partitions", "2")
        patch.setenv("SPARK_CONF_DIR", str(folder))
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


def meshwork(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def rows_of(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted(folder.glob("*.parquet"))])


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def in_order(table: pa.Table, numbers: list[str]) -> pd.DataFrame:
    """The rows in an order of their own: by what is exact, then by numbers so far as they are."""
    rows = pd.DataFrame({name: table[name].to_pandas() for name in table.column_names})
    exact = [name for name in rows if name not in numbers]
    rows[exact] = rows[exact].map(str)
    rows[numbers] = rows[numbers].astype(float)
    keys = rows.assign(**{name: rows[name].round(6) for name in numbers})
    return rows.loc[keys.sort_values([*exact, *numbers], kind="stable").index].reset_index(drop=True)


def difference(here: pa.Table, there: pa.Table) -> str:
    """In what the first of two tables differs from the other; nothing if they are the same."""
    if here.column_names != there.column_names:
        return f"columns {here.column_names} and {there.column_names}"
    if here.num_rows != there.num_rows:
        return f"{here.num_rows} and {there.num_rows} rows"
    numbers = [name for name in here.column_names if is_number(here.schema.field(name).type)]
    kinds = [name for name in here.column_names if is_number(there.schema.field(name).type) != (name in numbers)]
    if kinds:
        return f"the types of {', '.join(kinds)}"
    ours, theirs = in_order(here, numbers), in_order(there, numbers)
    wrong = {
        name: int(
            (~np.isclose(ours[name], theirs[name], rtol=EXACT, atol=EXACT, equal_nan=True)).sum()
            if name in numbers
            else (ours[name] != theirs[name]).sum()
        )
        for name in here.column_names
    }
    return ", ".join(f"{count} values of {name}" for name, count in wrong.items() if count)


@pytest.fixture
def keep_every_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder into which a run on DuckDB writes every table that it built, whether it is published or not."""
    folder = tmp_path / "kept"
    folder.mkdir()
    complete = publish.complete

    def kept(engine: Engine, path: Path, built_from: str) -> None:
        for name in models():
            engine.write_parquet(name, folder / name)
        complete(engine, path, built_from)

    monkeypatch.setattr(publish, "complete", kept)
    return folder


def late(folder: Path) -> Path:
    folder.mkdir()
    with (SAMPLE / "episodes.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if not row["end_date"])
    for name, text in LATE.items():
        (folder / name).write_text(text.format(client=row["client_id"], site=row["site"]), "utf-8")
    return folder


def published_types(home: Path) -> dict[tuple[str, str], pa.DataType]:
    """The type of each published column."""
    snapshot = snapshots.current(home)
    assert snapshot is not None
    with Engine(snapshot, read_only=True) as engine:
        tables = {name: engine.arrow(f"SELECT * FROM {name} LIMIT 0").schema for name in publish.published()}
    return {(name, column.name): column.type for name, schema in tables.items() for column in schema}


class TestOnSpark:
    pytestmark = needs_spark

    def test_every_row_of_every_table_is_the_same_as_on_duckdb(
        self, published_home: Callable[[], Path], keep_every_table: Path, tmp_path: Path, monkeypatch
    ):
        folder, here, there = late(tmp_path / "late"), published_home(), published_home()
        for home in (here, there):
            (home / "settings.toml").write_text(SETTINGS, "utf-8")
            meshwork("outreach", "import", "--file", SAMPLE / "journal" / "outreach.csv", "--home", home)
        assert meshwork("run", "--exports", folder, "--home", here)[0] == 0
        monkeypatch.undo()
        beside = set(Path.cwd().iterdir())
        code, output = meshwork(
            "run", "--exports", folder, "--home", there, "--engine", "spark", "--master", "local[2]"
        )
        assert code == 0, output
        tables = distributed.current(there)
        assert tables is not None
        differing = {name: difference(rows_of(keep_every_table / name), rows_of(tables / name)) for name in models()}
        assert {name: found for name, found in differing.items() if found} == {}
        assert {name for name in models() if not rows_of(tables / name).num_rows} == EMPTY
        assert published_types(there) == published_types(here)
        assert set(Path.cwd().iterdir()) == beside
        assert [path for path in there.rglob("*") if path.lstat().st_mode & OTHERS] == []

    def test_processes_of_their_own_make_the_same_rows(self, published_home: Callable[[], Path], tmp_path: Path):
        wanted = ["care_week", "sobriety_spells", "survival"]
        with Engine() as here, spark.session("local-cluster[2,1,1024]", tmp_path / "scratch") as session:
            store.open_in(here, exports(), published_home() / STORE)
            here.load("clock", given("clock", [{"as_of": LAST_DAY}]))
            ready = ["clock", *build(here, given=["clock"], only=STAGED)]
            (tmp_path / "tables").mkdir()
            there = spark.Engine(session, tmp_path / "tables")
            for name in ready:
                there.put(name, partial(here.write_parquet, name))
            assert build(here, given=ready, only=wanted) == build(there, given=ready, only=wanted)
            every = {name: f"SELECT * FROM {name}" for name in wanted}
            differing = {name: difference(here.arrow(query), there.arrow(query)) for name, query in every.items()}
            assert {name: found for name, found in differing.items() if found} == {}
            assert executors(session) == 2


def executors(session: SparkSession) -> int:
    """How many processes beside the driver hold rows."""
    return session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1


@pytest.mark.parametrize(
    ("installed", "java", "master", "sentence"),
    [
        (False, True, "local[2]", "Spark's client is not installed"),
        (False, True, "sc://spark.example", "Spark's client is not installed"),
        (True, False, "local[2]", "Spark needs Java 17"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_done(tmp_path, monkeypatch, installed, java, master, sentence):
    monkeypatch.setattr(spark, "find_spec", lambda name: name if installed else None)
    monkeypatch.setattr(spark.shutil, "which", lambda name: name if java else None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    home = tmp_path / "home"
    code, output = meshwork("run", "--exports", SAMPLE, "--home", home, "--engine", "spark", "--master", master)
    assert (code, sentence in output) == (2, True)
    assert not home.exists()


def test_an_unknown_rule_is_an_error_and_never_null():
    assert (
        spark._with_rules("SELECT rule('silent_days') + 1 AS days")
        == f"SELECT {rules()['silent_days']:.0f} + 1 AS days"
    )
    with pytest.raises(spark.SparkError, match="no rule quiet_days"):
        spark._with_rules("SELECT rule('quiet_days')")


def test_spark_connect_needs_no_java_here(monkeypatch):
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    monkeypatch.setattr(spark.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    spark.require("sc://spark.example")


def test_a_master_without_spark_is_refused(tmp_path):
    code, output = meshwork("run", "--exports", SAMPLE, "--home", tmp_path / "home", "--master", "local[2]")
    assert (code, "--master is for --engine spark" in output) == (2, True)


class TestTables:
    """The tables in Parquet: those of a run replace those before in one step."""

    FIRST, SECOND = "a" * 64, "b" * 64

    def build(self, home: Path, built_from: str) -> distributed.Spark:
        cluster = distributed.Spark("local[2]", home)
        (home / "tables" / "new" / "clinic").mkdir(parents=True)
        (home / "tables" / "new" / "clinic" / "rows.parquet").write_text(built_from)
        (home / "tables" / "new" / "clinic" / "rows.parquet").chmod(0o644)  # as Spark leaves it
        cluster.make_current(built_from)
        return cluster

    def test_the_last_run_is_current_and_the_one_before_is_gone(self, tmp_path):
        assert distributed.current(tmp_path) is None
        self.build(tmp_path, self.FIRST)
        cluster = self.build(tmp_path, self.SECOND)
        tables = distributed.current(tmp_path)
        assert tables is not None
        assert (tables / "clinic" / "rows.parquet").read_text() == self.SECOND
        assert [path for path in (tables, *tables.rglob("*")) if path.stat().st_mode & OTHERS] == []
        assert {path.name for path in (tmp_path / "tables").iterdir()} == {"CURRENT", tables.name}
        assert (cluster.holds(self.SECOND), cluster.holds(self.FIRST)) == (True, False)

    def test_a_run_that_was_killed_leaves_the_tables_before_it(self, tmp_path):
        cluster = self.build(tmp_path, self.FIRST)
        (tmp_path / "tables" / "new").mkdir()
        assert cluster.holds(self.FIRST)

    def test_they_may_lie_elsewhere(self, tmp_path):
        (tmp_path / "shared").mkdir()
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "tables").symlink_to(tmp_path / "shared")
        self.build(tmp_path / "home", self.FIRST)
        tables = distributed.current(tmp_path / "home")
        assert tables is not None
        assert tables.parent == tmp_path / "shared"

    def test_who_forgets_a_client_removes_them_all(self, tmp_path):
        cluster = self.build(tmp_path, self.FIRST)
        (tmp_path / "tables" / "new").mkdir()
        distributed.remove(tmp_path)
        assert list((tmp_path / "tables").iterdir()) == []
        assert not cluster.holds(self.FIRST)
