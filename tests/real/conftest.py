"""Public, de-identified trial data, if a checkout has them beside it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.build import build
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.ingest.folder import take_in
from pipelines.ingest.intake import Intake
from pipelines.ingest.layout import Profile

REAL = Path(__file__).parents[3] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the public trial data are not beside this checkout")
    return REAL


@pytest.fixture(scope="session")
def expected(real: Path) -> Callable[[str], list[dict[str, str]]]:
    def read(name: str) -> list[dict[str, str]]:
        with (real / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return read


@pytest.fixture(scope="session")
def taken(real: Path) -> Callable[..., tuple[Engine, Intake]]:
    """Take in a folder of the trial data and build the tables asked for."""

    def take(folder: str, *tables: str, as_of: date | None = None) -> tuple[Engine, Intake]:
        engine = Engine()
        store.open_in(engine, exports())
        intake = take_in(engine, real / folder, exports(), Profile(), run_id=1, today=date(2026, 11, 23), as_of=as_of)
        engine.load("clock", pa.table({"as_of": [intake.as_of]}))
        build(engine, given={"clock"}, only=list(tables))
        return engine, intake

    return take
