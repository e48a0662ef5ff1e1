"""`meshwork doctor`: each thing that can be wrong with an installation is found, with what to do; nothing is changed."""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import audit, snapshots
from pipelines.cli import main
from pipelines.doctor import examine
from pipelines.home import STORE
from pipelines.journal.store import Contact, Journal
from pipelines.run import run
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

AS_OF = date(2026, 3, 9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "attendance.csv").write_text(f"client_id,meeting_date,fellowship\nA-001,{AS_OF},AA\n")
    (folder / "checkins.csv").write_text(f"client_id,checkin_date,used\nA-001,{AS_OF},no\n")
    return folder


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two snapshots, a contact and an audit."""
    home = tmp_path_factory.mktemp("made") / "home"
    run(folder, home)
    Journal.of(home, Settings()).write(Contact("A-001", None, "contacted", None, None, False, None, "t1"))
    audit.note(home, audit.Act("t1", "therapist", "view_client", "A-001"))
    run(folder, home)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    home = Path(shutil.copytree(made, tmp_path / "home"))
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return home


def wrong(home: Path, today: date) -> list[str]:
    return [f"{finding.part}: {finding.sentence}" for finding in examine(home, today) if finding.is_wrong]


def last(home: Path) -> Path:
    snapshot = snapshots.current(home)
    assert snapshot is not None
    return snapshot


def without_the_journal(home: Path) -> None:
    for path in home.glob("journal.db*"):
        path.unlink()


@pytest.mark.parametrize(
    ("harm", "part", "words"),
    [
        (lambda home: None, None, None),
        (lambda home: (home / STORE).chmod(0o644), "permissions", "can reach 1 file or folder"),
        (lambda home: (home / "settings.toml").write_text("nmae = 'x'"), "settings", "there is no setting 'nmae'"),
        (lambda home: (home / STORE).write_bytes(b"x" * 9999), "store", "is damaged"),
        (lambda home: (home / STORE).unlink(), "store", "is missing"),
        (lambda home: (home / "CURRENT").write_bytes(b"\xff"), "snapshots", "CURRENT names no snapshot"),
        (lambda home: last(home).write_bytes(b"x" * 9999), "snapshots", "Snapshot 2 is damaged or missing"),
        (lambda home: snapshots.there(home)[0].write_bytes(b"x"), "snapshots", "Snapshot 1 is damaged or missing"),
        (lambda home: snapshots.digest_file(last(home)).unlink(), "snapshots", "Snapshot 2 has no digest, so a change"),
        (lambda home: (home / "journal.db").write_bytes(b"x" * 9999), "journal", "is damaged"),
        (without_the_journal, "journal", "1 entry of the published contacts are not in it any more"),
        (lambda home: (home / "audit.jsonl").write_text(""), "audit", "cut off"),
    ],
)
def test_what_is_wrong_is_found(home, harm, part, words):
    harm(home)
    if (home / "settings.toml").exists():
        (home / "settings.toml").chmod(0o600)
    found = wrong(home, AS_OF + timedelta(days=7))
    # The runs of these tests finished on the day on which the tests run.
    found = [each for each in found if not each.startswith("clock")]
    if part is None:
        assert found == []
    else:
        assert any(each.startswith(part) and words in each for each in found), found


def test_an_earlier_snapshot_without_a_digest_is_named_and_not_called_whole(home):
    snapshots.digest_file(snapshots.there(home)[0]).unlink()
    found = [finding for finding in examine(home, AS_OF) if finding.part == "snapshots"]
    assert [(finding.sentence, finding.is_wrong) for finding in found] == [
        ("Snapshot 1 has no digest, so a change to it would not be noticed.", False),
        ("Snapshot 000002 is in force; 1 kept ones are whole.", False),
    ]


def test_a_run_puts_one_with_a_digest_in_the_place_of_a_snapshot_without(home, folder):
    snapshots.digest_file(last(home)).unlink()
    assert run(folder, home).published
    assert not any("digest" in each for each in wrong(home, AS_OF))


def test_old_data_and_a_clock_that_is_behind_are_found(home):
    assert any(each.startswith("clock") for each in wrong(home, AS_OF))
    assert [each for each in wrong(home, date.today()) if each.startswith("clock")] == []
    assert not any(each.startswith("data") for each in wrong(home, AS_OF + timedelta(days=7)))
    assert any(each.startswith("data") for each in wrong(home, AS_OF + timedelta(days=8)))


def content(home: Path) -> dict[str, str]:
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.rglob("*") if path.is_file()}
    # SQLite moves what its log holds into its file when the last reader leaves; the entries are the same.
    entries = repr(Journal.of(home, Settings()).everything())
    return {name: digest for name, digest in files.items() if "journal.db" not in name} | {"entries": entries}


def test_nothing_is_changed_and_the_exit_code_shows_whether_something_is_wrong(home):
    before = content(home)
    result = CliRunner().invoke(main, ["doctor", "--home", str(home)])
    assert result.exit_code == 1, "the data of the test are old"
    assert "LOOK data" in result.output
    assert content(home) == before


def test_a_home_that_is_not_there(tmp_path):
    assert any("There is no folder" in each for each in wrong(tmp_path / "none", AS_OF))
    assert os.listdir(tmp_path) == []
