"""Which folder is the home."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest
from click.testing import CliRunner

from pipelines import home
from pipelines.cli import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("MESHWORK_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_variable_comes_first(elsewhere, monkeypatch):
    (elsewhere / "var").mkdir()
    (elsewhere / "var" / "CURRENT").touch()
    monkeypatch.setenv("MESHWORK_HOME", "there")
    assert home.default() == elsewhere / "there"


@pytest.mark.parametrize("name", ["CURRENT", "journal.db", "settings.toml", "store.duckdb"])
def test_then_var_where_it_is_a_home(elsewhere, name):
    (elsewhere / "var").mkdir()
    (elsewhere / "var" / name).touch()
    assert home.default() == elsewhere / "var"


def test_a_var_of_somebody_else_is_not_taken(elsewhere):
    (elsewhere / "var" / "log").mkdir(parents=True)
    assert home.default() == platformdirs.user_data_path("meshwork", appauthor=False)


@pytest.mark.skipif(os.name != "posix", reason="where the system is told of the folder by XDG_DATA_HOME")
def test_else_the_users_own_folder_for_data(elsewhere):
    assert home.default() == elsewhere / "data" / "meshwork"


@pytest.mark.parametrize(
    "words",
    [["run", "--exports", "."], ["rejected"], ["report", "--all-months", "--out", "out"], ["rollback"]],
    ids=lambda words: words[0],
)
def test_every_command_prints_the_full_path_even_where_it_fails(elsewhere, words):
    result = CliRunner().invoke(main, [*words, "--home", "klinik süd"])
    assert f"Home: {elsewhere / 'klinik süd'}" in result.stderr.replace("\n", "")
