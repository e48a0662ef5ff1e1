"""A backup: whole while the home is in use, compared byte by byte on its way back, and for its owner only."""

from __future__ import annotations

import multiprocessing
import re
import tarfile
import time
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from pipelines import backup
from pipelines.cli import main
from pipelines.journal.store import Contact, Journal
from pipelines.lock import HomeLockedError
from pipelines.settings import Settings

CALL = Contact("c-001", date(2026, 6, 1), "contacted", None, None, False, None, "t1")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "snapshots").mkdir(parents=True)
    (home / "snapshots" / "000001.duckdb").write_bytes(b"published" * 1000)
    (home / "CURRENT").write_text("snapshots/000001.duckdb\n")
    (home / "store.duckdb").write_bytes(b"stored" * 1000)
    (home / "settings.toml").write_text('name = "Clinic"\n')
    Journal.of(home, Settings()).write(CALL)
    return home


def contents(home: Path) -> dict[str, bytes]:
    journal = {entry.entry_id: repr(entry).encode() for entry in Journal.of(home, Settings()).everything()}
    files = (path for path in sorted(home.rglob("*")) if path.is_file() and "journal.db" not in path.name)
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files if path.name != "lock"} | journal


def test_a_home_comes_back_as_it_was_and_only_its_owner_may_read_it(home: Path, tmp_path: Path):
    before = contents(home)
    (home / "tables" / "000001-0123456789ab").mkdir(parents=True)  # what Spark builds follows from the store
    (home / "tables" / "CURRENT").write_text("000001-0123456789ab\n")
    made = backup.write(home, tmp_path / "backup.tar")
    assert made.files == 5
    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0
    backup.restore(tmp_path / "backup.tar", tmp_path / "new")
    assert contents(tmp_path / "new") == before
    assert [path.name for path in (tmp_path / "new").rglob("*") if path.stat().st_mode & 0o077] == []


def write_for_a_while(home: Path, seconds: float) -> None:
    journal = Journal.of(home, Settings())
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        journal.write(CALL)


@pytest.mark.thorough
@pytest.mark.slow
def test_a_backup_made_while_contacts_are_noted_holds_a_whole_journal(home: Path, tmp_path: Path):
    writer = multiprocessing.get_context("spawn").Process(target=write_for_a_while, args=(home, 6.0))
    writer.start()
    while len(Journal.of(home, Settings()).everything()) < 3:
        time.sleep(0.05)
    before = {entry.entry_id for entry in Journal.of(home, Settings()).everything()}
    backup.write(home, tmp_path / "backup.tar")
    writer.join()
    backup.restore(tmp_path / "backup.tar", tmp_path / "new")
    restored = {entry.entry_id for entry in Journal.of(tmp_path / "new", Settings()).everything()}
    assert before <= restored <= {entry.entry_id for entry in Journal.of(home, Settings()).everything()}


def test_no_backup_is_made_while_a_run_works(home: Path, tmp_path: Path):
    with FileLock(home / "lock"), pytest.raises(HomeLockedError, match="Another run, or a backup, is working"):
        backup.write(home, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


def test_a_home_that_holds_something_is_never_replaced(home: Path, tmp_path: Path):
    backup.write(home, tmp_path / "backup.tar")
    before = contents(home)
    with pytest.raises(backup.BackupError, match="is not empty"):
        backup.restore(tmp_path / "backup.tar", home)
    assert contents(home) == before


@pytest.mark.parametrize("name", ["backup.tar", "reports/../backup.tar", "snapshots/backup.tar"])
def test_no_backup_is_written_into_the_home_itself(home: Path, name: str):
    before = contents(home)
    with pytest.raises(backup.BackupError, match="is in the home: a backup there"):
        backup.write(home, home / name)
    assert contents(home) == before


@pytest.mark.parametrize("at", range(0, 40, 3))
def test_a_damaged_backup_restores_nothing(home: Path, tmp_path: Path, at: int):
    path = tmp_path / "backup.tar"
    backup.write(home, path)
    damaged = bytearray(path.read_bytes())
    place = len(damaged) * at // 40
    damaged[place : place + 4] = bytes(255 - byte for byte in damaged[place : place + 4])
    path.write_bytes(damaged)
    try:
        backup.restore(path, tmp_path / "new")
    except backup.BackupError:
        assert not (tmp_path / "new").exists()
        assert not [each for each in tmp_path.iterdir() if each.name.startswith(".new")]
    else:  # the damage lay in padding
        assert contents(tmp_path / "new") == contents(home)


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside-of-the-home"])
def test_a_backup_made_by_someone_else_writes_nothing_outside_the_home(tmp_path: Path, name: str):
    path = tmp_path / "backup.tar"
    with tarfile.open(path, "w") as archive:
        (tmp_path / "file").write_text("x")
        archive.add(tmp_path / "file", arcname=name)
    with pytest.raises(backup.BackupError, match="Nothing was restored"):
        backup.restore(path, tmp_path / "new")
    assert not (tmp_path / "outside").exists()


def test_the_commands_say_what_they_did(home: Path, tmp_path: Path):
    run = CliRunner().invoke
    made = run(main, ["backup", "--home", str(home), "--out", str(tmp_path / "b.tar")])
    files = re.search(r"(\d+ files) of", made.output)
    assert (made.exit_code, files is not None) == (0, True)
    back = run(main, ["restore", "--home", str(tmp_path / "new"), "--from", str(tmp_path / "b.tar")])
    assert (back.exit_code, f"{files[1]} were restored" in back.output) == (0, True)
    refused = run(main, ["restore", "--home", str(home), "--from", str(tmp_path / "b.tar")])
    assert (refused.exit_code, "is not empty" in refused.output) == (2, True)
