"""What is declared once is what is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.build import declared_rows, models
from pipelines.cli import main
from pipelines.documentation import FOLDER, PAGES

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_declarations_is_up_to_date(name):
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "python -m pipelines.documentation writes it again"


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_stands_in_the_readme(command):
    assert f"meshwork {command}" in (ROOT / "README.md").read_text("utf-8")


def test_every_measure_is_computed_and_every_computed_measure_is_defined():
    computed = set(re.findall(r"^\s+\('(\w+)', grouped\.", models()["caseload_period"].text, re.MULTILINE))
    assert computed == set(declared_rows(models()["measures"].text)["name"].to_pylist())


@pytest.mark.parametrize("name", sorted(name for name, model in models().items() if not model.declared))
def test_every_model_opens_with_what_a_row_is(name):
    assert models()[name].text.startswith("-- A row:")
