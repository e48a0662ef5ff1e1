"""Encryption was asked for and is not available: commands stop with a reason and a remedy, and never show the key."""

from __future__ import annotations

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.at_rest import VARIABLES
from pipelines.cli import main

KEY = "correct-horse-battery-staple-0123456789"


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(
    "command", ["run --exports .", "dashboard", "rejected", "report --all-months --out out", "rollback"]
)
def test_a_key_is_refused_before_anything_is_done_and_never_shown(tmp_path, monkeypatch, variable, command):
    key_file = tmp_path / "key"
    key_file.write_text(KEY)
    monkeypatch.setenv(variable, str(key_file) if variable.endswith("FILE") else KEY)
    result = CliRunner().invoke(main, [*command.split(), "--home", str(tmp_path / "home")])
    assert result.exit_code == 2
    assert "encrypted volume" in result.output
    assert KEY not in result.output
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_this_version_of_the_engine_writes_no_encrypted_file(tmp_path):
    """When this fails, encrypted snapshots have become possible: see pipelines/at_rest.py."""
    with duckdb.connect() as con, pytest.raises(duckdb.Error, match="read-only crypto module"):
        con.execute(f"ATTACH '{tmp_path / 'secret.duckdb'}' AS secret (ENCRYPTION_KEY 'key')")
