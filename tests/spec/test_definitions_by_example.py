"""The definitions by example (definitions.toml): the tables that are given, and the rows that a model then holds."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.model import models
from tests.conftest import Clinic, drawn

EXAMPLES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("definitions.toml").read_text("utf-8"))[
    "example"
]


def as_text(value: object) -> str | None:
    """A cell as the examples write it; numbers with three decimals at most."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return str(round(value, 3))
        case date():
            return value.isoformat()
        case _:
            return str(value)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['of']}: {example['sentence']}")
def test_a_definition_by_example(example):
    expected = drawn(example["then"]["rows"])
    columns = list(expected[0])
    clinic = Clinic(example["as_of"].isoformat(), **example["given"])
    clinic.rows(example["model"], "1")
    found = clinic.engine.rows(
        f"SELECT {', '.join(columns)} FROM {example['model']} WHERE {example.get('where', 'true')} ORDER BY ALL"
    )
    rows = [dict(zip(columns, map(as_text, row), strict=True)) for row in found]
    assert sorted(rows, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("row", models()["client_measures"].rows().to_pylist(), ids=lambda row: row["name"])
def test_every_measure_of_a_client_is_published_and_rests_on_rules_that_there_are(row):
    table, _, column = row["published_in"].partition(".")
    assert models()[table].ordered_by is not None
    assert column in models()[table].text or column in models()[row["made_in"]].text
    assert row["made_in"] in models()
    assert set(row["rules"]) <= set(models()["rules"].rows()["name"].to_pylist())


def test_every_example_is_of_a_measure():
    known = {name for table in ("measures", "client_measures") for name in models()[table].rows()["name"].to_pylist()}
    assert {example["of"] for example in EXAMPLES} <= known
