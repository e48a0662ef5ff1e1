"""Nobody else on the machine can read what Meshwork writes."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.owner_only import close_to_others, secret, write_whole

OPEN = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(autouse=True)
def permissive():
    """A system where new files are open to everyone, as most are."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    return [path.name for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & OPEN]


def test_a_home_that_was_open_is_closed_but_links_are_not_followed(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "snapshots").mkdir(parents=True)
    outside.write_text("of others")
    for name in ("CURRENT", "snapshots/000001.duckdb"):
        (home / name).write_text("records")
    (home / "snapshots/000001.duckdb").chmod(0o440)
    (home / "link").symlink_to(outside)
    assert close_to_others(home) == 4
    assert open_to_others(home) == ["link"]
    assert stat.S_IMODE((home / "snapshots/000001.duckdb").stat().st_mode) == 0o400
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert close_to_others(home) == 0


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_whole(tmp_path / "key", "one")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for name in ("key", "other"):
        with pytest.raises(OSError, match="No space left"):
            write_whole(tmp_path / name, "two")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("key", "one")]


def test_a_secret_is_made_once_and_is_the_owners(tmp_path):
    made = secret(tmp_path / "key")
    assert re.fullmatch(rb"[0-9a-f]{64}\n", made)
    assert secret(tmp_path / "key") == made
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir()] == [("key", 0o600)]


def test_a_secret_that_is_there_is_given_byte_for_byte(tmp_path):
    (tmp_path / "key").write_bytes(b"\n of another version\xff ")
    assert secret(tmp_path / "key") == b"\n of another version\xff "


def test_if_two_make_a_secret_at_once_both_have_the_first_ones(tmp_path, monkeypatch):
    link = os.link

    def after_another(beside: Path, path: Path) -> None:
        path.write_text("of the other")
        link(beside, path)

    monkeypatch.setattr(os, "link", after_another)
    assert secret(tmp_path / "key") == b"of the other"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_secret_is_made_on_a_disk_too_where_a_file_has_one_name(tmp_path, monkeypatch):
    def not_permitted(beside: Path, path: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", not_permitted)
    made = secret(tmp_path / "key")
    assert secret(tmp_path / "key") == made
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.slow
def test_all_that_a_run_and_the_reports_write_is_the_owners(tmp_path):
    def meshwork(*arguments: object) -> str:
        result = CliRunner().invoke(main, [str(each) for each in arguments])
        assert result.exit_code in (0, 1), result.output
        return result.output

    (tmp_path / "all").mkdir(mode=0o700)
    home, exports, out = (tmp_path / "all" / name for name in ("home", "exports", "out"))
    meshwork("sample", "--out", exports, "--clients", 12, "--weeks", 8)
    meshwork("run", "--exports", exports, "--home", home)
    meshwork("rejected", "--home", home, "--csv", tmp_path / "all" / "rejected.csv")
    meshwork("templates", "--out", out)
    meshwork("outreach", "export", "--out", tmp_path / "all" / "journal.csv", "--home", home)
    assert open_to_others(tmp_path / "all") == []
    (home / "CURRENT").chmod(0o644)
    assert "1 of its files and folders could be read" in meshwork("run", "--exports", exports, "--home", home)
    assert open_to_others(tmp_path / "all") == []
