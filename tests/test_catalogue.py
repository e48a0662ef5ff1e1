"""A clinic's own catalogue of tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import catalogue
from pipelines.model import models
from pipelines.settings import SettingsError

WALK = '[walk]\nstep = 3\ntitle = "A walk"\npurpose = "To think."\nmatches = "walk"\nprompts = ["Where", "With whom"]\n'


def test_without_a_file_the_one_that_comes_along_serves(tmp_path: Path):
    assert catalogue.load(tmp_path) is None


def test_a_clinics_own_takes_its_place(tmp_path: Path):
    (tmp_path / "tasks.toml").write_text(WALK, "utf-8")
    own = catalogue.load(tmp_path)
    assert own is not None
    assert own.to_pylist() == [
        {"name": "walk", "place": 1, "step": 3, "title": "A walk", "purpose": "To think.", "matches": "walk",
         "prompts": ["Where", "With whom"]}
    ]  # fmt: skip
    assert own.schema == models()["task_catalogue"].rows().schema


def test_the_one_that_comes_along_could_be_a_clinics_own(tmp_path: Path):
    (tmp_path / "tasks.toml").write_text(models()["task_catalogue"].text, "utf-8")
    assert catalogue.load(tmp_path) is not None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no task"),
        ("[walk", "cannot be read as TOML"),
        ("walk = 3", r"\[walk\]: a task has step"),
        (WALK + "due = 3", "and nothing else"),
        (WALK.replace("step = 3\n", ""), "a task has step"),
        (WALK.replace("3", "13"), "step must be a whole number from 0 to 12"),
        (WALK.replace("3", "true"), "step must be a whole number"),
        (WALK.replace('"A walk"', "3"), "must be texts"),
        (WALK.replace('["Where", "With whom"]', "[]"), "prompts must be a list of texts"),
        (WALK.replace('"walk"', '"("'), "matches is not a regular expression"),
    ],
)
def test_what_cannot_be_used_gives_a_clear_error(tmp_path: Path, text: str, sentence: str):
    (tmp_path / "tasks.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=sentence):
        catalogue.load(tmp_path)
