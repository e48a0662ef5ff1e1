"""The files for cron and systemd work without a PATH, a shell's settings or anybody watching."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import cli

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
CRONTAB = ROOT / "deploy" / "crontab"
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
TIMERS = sorted((ROOT / "deploy" / "systemd").glob("*.timer"))
WEIGHTY = {  # without these a service that is broken into reaches the rest of the machine
    "User": "meshwork",
    "UMask": "0077",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
}


def unit(path: Path) -> dict[str, str]:
    """The settings of a unit's service."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(path, "utf-8")
    return dict(parser["Service"])


@pytest.mark.parametrize(
    ("today", "last"),
    [("2026-11-01", "2026-10-01"), ("2026-01-31", "2025-12-01"), ("2024-03-01", "2024-02-01")],
)
def test_the_last_month_is_the_one_before_today(today, last, monkeypatch):
    class Day(date):
        @classmethod
        def today(cls) -> date:
            return cls.fromisoformat(today)

    monkeypatch.setattr(cli, "date", Day)
    assert cli._Month().convert("last", None, None) == date.fromisoformat(last)


@pytest.mark.parametrize("given", ["2026-13", "October", "2026-10-01", ""])
def test_what_is_no_month_is_refused(given, tmp_path):
    words = ["report", "--month", given, "--out", str(tmp_path), "--home", str(tmp_path)]
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code == 2
    assert "is neither a month (YYYY-MM) nor `last`" in result.stderr


def commands() -> list[tuple[str, str]]:
    """Each command line of the examples, with where it is written."""
    lines = [line.split(None, 6)[6] for line in CRONTAB.read_text("utf-8").splitlines() if not line.startswith("#")]
    found = [(f"crontab {shlex.split(line)[1]}", line) for line in lines]
    return found + [(path.name, unit(path)["ExecStart"]) for path in UNITS if "dashboard" not in path.name]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="cron and systemd are not there")
@pytest.mark.parametrize(("where", "line"), commands(), ids=[where for where, _ in commands()])
def test_it_runs_with_an_empty_path(where, line, installed, published_home, tmp_path):
    (tmp_path / "home").symlink_to(published_home())
    (tmp_path / "exports").symlink_to(SAMPLE)
    line = line.replace("--month last", "--month 2026-10")  # of the sample
    line = line.replace("/opt/meshwork/bin/meshwork", shlex.quote(str(installed.command)))
    line = line.replace("/srv/meshwork", str(tmp_path))
    environment = {"PATH": ""}
    if where.endswith(".service"):
        name, _, value = unit(ROOT / "deploy" / "systemd" / where)["Environment"].partition("=")
        environment[name] = value.replace("/srv/meshwork", str(tmp_path))
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd="/", env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert f"Home: {tmp_path / 'home'}" in done.stderr
    assert "snapshot 000001" in done.stdout if " run " in line else list((tmp_path / "reports").iterdir())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
@pytest.mark.parametrize("setting", WEIGHTY)
def test_a_service_is_shut_in(path, setting):
    assert unit(path)[setting] == WEIGHTY[setting]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_service_writes_only_where_meshwork_keeps_things(path):
    assert set(unit(path)["ReadWritePaths"].split()) <= {"/srv/meshwork/home", "/srv/meshwork/reports"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_a_service_well_shut_in(path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("There is no systemd here, so its own view of the services was not asked.")
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(path)]
    said = subprocess.run(words, capture_output=True, encoding="utf-8", check=False).stdout
    exposure = re.search(r"Overall exposure level .*: ([0-9.]+)", said)
    assert exposure is not None
    assert float(exposure[1]) < 2


@pytest.mark.parametrize("path", [*UNITS, *TIMERS], ids=lambda path: path.name)
def test_systemd_understands_every_line(path, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("There is no systemd here, so the units were not verified by it.")
    command = shutil.which("true")
    for each in (*UNITS, *TIMERS):
        text = each.read_text("utf-8").replace("/opt/meshwork/bin/meshwork", command)
        (tmp_path / each.name).write_text(text, "utf-8")
    words = ["systemd-analyze", "verify", str(tmp_path / path.name)]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    said = [line for line in done.stderr.splitlines() if path.stem in line]
    assert said == []
