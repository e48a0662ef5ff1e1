"""The documentation matches the declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import declared, rooms
from pipelines.cli import main
from pipelines.model import models

ROOT = Path(__file__).parents[1]
PAGES = declared.PAGES | rooms.PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_declarations_is_up_to_date(name):
    assert (ROOT / "docs" / name).read_text("utf-8") == PAGES[name](), "`make docs` writes it again"


@pytest.mark.parametrize("command", sorted(main.commands))
def test_the_readme_lists_every_command(command):
    assert f"meshwork {command}" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("row", models()["measures"].rows().to_pylist(), ids=lambda row: row["name"])
def test_every_measure_names_the_file_that_makes_it(row):
    made_in = models()[row["made_in"]]
    texts = [made_in.text, *(models()[name].text for name in made_in.reads if name.endswith("_event"))]
    said = "'discharged_' ||" if row["name"].startswith("discharged_") else f"'{row['name']}'"
    assert any(said in text for text in texts)


@pytest.mark.parametrize("name", sorted(name for name, model in models().items() if model.is_query))
def test_every_model_opens_with_what_a_row_is(name):
    assert models()[name].text.startswith(("-- A row:", "-- One row:"))
