"""How well the identifier gate does, over a committed corpus: the published figures are those that are measured."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest.dictionary import Dictionary
from pipelines.ingest.identifiers import in_header, in_name, in_values

CORPUS = tomllib.loads(Path(__file__).with_name("gate.toml").read_text("utf-8"))
PROSE = {column.name for export in exports().values() for column in export.columns if column.prose}
pytestmark = pytest.mark.slow
USUAL = {"client_id": "C-0001", "meeting_date": "2026-10-05", "fellowship": "AA"}


def stopped(file: str, engine: Engine) -> bool:
    """Whether the file is refused, or its row asked about, so that nothing of the value is stored."""
    header, _, text = file.partition(": ")
    values = text.split(" | ")
    columns = {name: [value] * len(values) for name, value in USUAL.items()} | {header: values}
    names = [f"c{n}" for n in range(len(columns))]
    cells = {name: pa.array(texts, pa.string()) for name, texts in zip(names, columns.values(), strict=True)}
    engine.load("raw", pa.table({"line": pa.array(range(2, len(values) + 2), pa.int64())} | cells))
    headers = list(columns)
    others = [
        name for name, each in zip(names, headers, strict=True) if each != header
    ]  # honest, and the same each time
    found = in_header(headers) or in_values(engine, "raw", headers, names, others)
    return bool(found) or (header in PROSE and all(map(Dictionary().asks, values)))


def named(file: str) -> bool:
    """Whether the name of a file is refused, or kept as a number."""
    return in_name(file) is not None or Dictionary().masked(file, 1) != file


@pytest.fixture(scope="module")
def measured():
    engine = Engine()
    found: Counter[str] = Counter()
    missed: list[str] = []
    for kind, files in CORPUS["identified"].items():
        for file in files:
            hit = named(file) if kind == "file name" else stopped(file, engine)
            found[kind] += hit
            missed += [] if hit else [file]
    refused = [file for file in CORPUS["honest"]["columns"] if stopped(file, engine)]
    refused += [file for file in CORPUS["honest"]["file names"] if named(file)]
    return found, missed, refused


@pytest.mark.thorough
def test_the_published_figures_are_those_measured(measured):
    found, missed, refused = measured
    figures = CORPUS["figures"]
    assert {kind: [found[kind], len(files)] for kind, files in CORPUS["identified"].items()} == figures["found"]
    assert sorted(missed) == sorted(figures["missed"])
    assert sorted(refused) == sorted(figures["falsely_refused"])
