"""A clinic drawn as text: rows in, a model's rows out."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from copy import copy
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any
from weakref import finalize

import pyarrow as pa
import pytest
from filelock import FileLock

from pipelines.build import build
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.home import KEPT
from pipelines.ingest import store
from pipelines.run import run
from pipelines.turns import TURNS
from tests.browser import browser, open_page  # noqa: F401 - fixtures
from tests.postgres import empty_postgres, postgres  # noqa: F401 - fixtures

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def drawn(text: str) -> list[dict[str, str | None]]:
    """The rows of a table drawn as text: a header, then one row per line, cells separated by blanks; `.` is an empty cell."""
    header, *lines = [line.split() for line in text.strip().splitlines() if line.strip()]
    return [dict(zip(header, (None if cell == "." else cell for cell in line), strict=True)) for line in lines]


def of_clients(client: str, *rows: str) -> str:
    """Rows of one client, drawn as text, as rows of one client after the other: `a-0`, `a-1`, …"""
    return "\n".join(re.sub(rf"^{client} ", f"{client}-{n} ", each, flags=re.MULTILINE) for n, each in enumerate(rows))


def _defaults(blank: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The defaults of the cells that a row leaves blank."""
    return {column: value for column, value in blank.items() if row.get(column) is None}


_SPARE: list[Engine] = []


def _with_an_empty_store() -> Engine:
    """An engine with an empty store. To make one takes as long as many a test's own tables: one that no test uses any
    more is lent to the next, and what was done in it is taken back.
    """
    if _SPARE:
        kept = _SPARE.pop()
    else:
        kept = Engine()
        store.open_in(kept, exports())
    kept.run("BEGIN")
    lent = copy(kept)
    finalize(lent, _take_back, kept).atexit = False
    return lent


def _take_back(engine: Engine) -> None:
    engine.run("ROLLBACK")
    _SPARE.append(engine)


class Clinic:
    """Exports as they are in the store, and the models built from them on request."""

    def __init__(self, as_of: str, **tables: str | list[dict[str, Any]]) -> None:
        """`tables`: exports, or models to be taken as given (with `column:TYPE` headers), each drawn as text or rows."""
        declared = exports()
        self.engine = _with_an_empty_store()
        self.engine.run(f"CREATE TABLE clock AS SELECT DATE '{as_of}' AS as_of")
        self._given = {"clock"}
        self._built: set[str] = set()
        for name, content in tables.items():
            rows = drawn(content) if isinstance(content, str) else content
            if name in declared:
                blank = {column.name: column.default for column in declared[name].columns if column.default}
                self._insert(f"store.{name}", [blank | row | _defaults(blank, row) for row in rows])
                continue
            self._given.add(name)
            names = content.strip().splitlines()[0].split() if isinstance(content, str) else list(rows[0])
            columns = ", ".join(f"{c} {t or 'VARCHAR'}" for c, _, t in (column.partition(":") for column in names))
            self.engine.run(f"CREATE TABLE {name} ({columns})")
            self._insert(name, [{column.partition(":")[0]: value for column, value in row.items()} for row in rows])

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Add rows; many by one statement, which costs as much as its plan."""
        for columns, alike in groupby(rows, tuple):
            cells = [tuple(row.values()) for row in alike]
            for some in (cells[start : start + 500] for start in range(0, len(cells), 500)):
                marks = ", ".join([f"({', '.join('?' for _ in columns)})"] * len(some))
                values = [cell for row in some for cell in row]
                self.engine.run(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}", values)

    def give(self, name: str, table: pa.Table) -> None:
        """A model's table to be taken as given, for when it has too many rows to draw."""
        self.engine.load(name, table)
        self._given.add(name)

    def rows(self, model: str, columns: Sequence[str] | str, order_by: str | None = None) -> list[tuple[Any, ...]]:
        """The columns of a model's rows, in the order of the columns or of `order_by`."""
        wanted = columns if isinstance(columns, str) else ", ".join(columns)
        if model not in self._built:
            given = self._given | self._built
            self._built |= build(self.engine, given=given, only=[model], by_code=[TURNS])
        return self.engine.rows(f"SELECT {wanted} FROM {model} ORDER BY {order_by or wanted}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow each test that takes in a folder of exports, or needs a published home, or draws a page."""
    for item in items:
        if {"desk", "made_once", "app"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def clinic() -> type[Clinic]:
    """The class, so that a test draws its own clinic."""
    return Clinic


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Returns the folder of a name, which one of all test processes makes. Tests that change what is in it work on a copy."""
    own = tmp_path_factory.getbasetemp()
    place = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder, made = place / name, place / f"{name}.made"
        with FileLock(f"{folder}.lock"):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that did not come to its end
                folder.mkdir()
                make(folder)
                for kept in folder.rglob(KEPT):
                    kept.unlink()  # it is most of what a copy would take
                made.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def published_home(made_once, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives each test a home of its own that holds the sample."""
    first = made_once("published", lambda home: run(SAMPLE, home))
    return lambda: Path(shutil.copytree(first, tmp_path_factory.mktemp("home") / "home"))


def day(text: str) -> date:
    """A date from `YYYY-MM-DD`."""
    return date.fromisoformat(text)
