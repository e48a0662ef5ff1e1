"""A run whose tables Spark builds. The rows taken in go there as Parquet, and the published tables come back.

The tables lie in `HOME/tables`, which Spark's machines must see under the same path: a plain folder if Spark runs on
this machine, otherwise a mount of, or a link to, storage that all of them share. They are written into `new`, which
then gets a name of its own; `CURRENT` names the last whole one and is replaced in one step.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines import publish
from pipelines.engine import Builder
from pipelines.engine.duckdb import Engine
from pipelines.home import POINTER, RUNNING, TABLES
from pipelines.owner_only import close_to_others, write_whole
from pipelines.snapshots import to_disk

_NEW = "new"
_DIGITS = 12  # of the digest of the inputs; there are few runs, so this many tell them apart


@dataclass(frozen=True)
class Spark:
    """Which Spark (`master`, see `engine.spark.session`), and the home whose tables it builds."""

    master: str
    home: Path

    @property
    def _folder(self) -> Path:
        return (self.home / TABLES).resolve()

    def require(self) -> None:
        """Raises SparkError if what Spark needs is not installed."""
        from pipelines.engine import spark

        spark.require(self.master)

    def holds(self, built_from: str) -> bool:
        """Whether the tables that `CURRENT` names follow from these inputs (a digest)."""
        named = current(self.home)
        return named is not None and named.name.endswith(built_from[:_DIGITS])

    @contextmanager
    def builder(self, engine: Engine, given: Collection[str]) -> Iterator[Builder]:
        """Spark, with the engine's given tables. The engine has each published table as soon as Spark has it."""
        from pipelines.engine import spark

        new, published = self._folder / _NEW, publish.published()
        shutil.rmtree(new, ignore_errors=True)  # of a run that was killed
        new.mkdir(mode=0o700, parents=True)

        def bring_back(table: str, folder: Path) -> None:
            if table in published:
                engine.read_parquet(table, folder)

        with spark.session(self.master, self.home / RUNNING) as session:
            builder = spark.Engine(session, new, bring_back)
            for name in given:
                builder.put(name, partial(engine.write_parquet, name))
            yield builder

    def make_current(self, built_from: str) -> None:
        """Point `CURRENT` at the tables just built from these inputs (a digest), and remove those before."""
        last = max((int(path.name[:6]) for path in _kept(self._folder)), default=0)
        place = self._folder / f"{last + 1:06d}-{built_from[:_DIGITS]}"
        close_to_others(self._folder / _NEW)  # Spark opens its files to everybody
        (self._folder / _NEW).rename(place)
        write_whole(self._folder / POINTER, f"{place.name}\n")
        to_disk(self._folder)
        for path in _kept(self._folder):
            if path != place:
                shutil.rmtree(path)


def current(home: Path) -> Path | None:
    """The folder of a home's tables in Parquet, one folder per table; None if Spark has built none."""
    folder = (home / TABLES).resolve()
    try:
        place = folder / (folder / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    return place if place in _kept(folder) else None


def remove(home: Path) -> None:
    """Remove a home's tables in Parquet; the next run with Spark writes them again."""
    folder = (home / TABLES).resolve()
    (folder / POINTER).unlink(missing_ok=True)
    for path in [*_kept(folder), folder / _NEW]:
        shutil.rmtree(path, ignore_errors=True)


def _kept(folder: Path) -> list[Path]:
    return list(folder.glob("[0-9]" * 6 + "-*"))
