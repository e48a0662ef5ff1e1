"""Commands on a disk that is full, or is full before they are done: nothing is lost, and with room they go on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines import refresh
from pipelines.journal.store import Contact, Journal, JournalUnavailableError
from pipelines.settings import Settings
from tests.test_forget import GONE, STAYS, deliver, meshwork, published  # noqa: F401 - a fixture
from tests.test_killed import require_whole

pytestmark = [pytest.mark.slow, pytest.mark.thorough]
CALL = Contact(STAYS, None, "contacted", None, None, False, None, "t1")


@pytest.fixture
def disk(published: Path, tmp_path: Path) -> Iterator[Path]:  # noqa: F811
    """A disk of its own that holds a home with two snapshots, and exports of which some are new."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=128m,mode=0700", "none", str(tmp_path)]
    if os.name == "nt" or os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("No disk can be mounted here, so full ones were not tested.")
    try:
        shutil.copytree(published, tmp_path, dirs_exist_ok=True)
        deliver(tmp_path / "exports", "_2026-10", GONE, STAYS, "c-new1-jkmn-pqrs")
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def fill(disk: Path, free: int) -> None:
    """Fill a disk until so many bytes are free."""
    with (disk / "ballast").open("wb") as ballast:
        ballast.truncate(0)
        os.posix_fallocate(ballast.fileno(), 0, shutil.disk_usage(disk).free - free)


@pytest.mark.parametrize("free", [0, 1_000_000, 4_000_000])
def test_nothing_is_lost_on_a_full_disk_and_with_room_all_goes_on(
    disk: Path, monkeypatch: pytest.MonkeyPatch, free: int
):
    home, exports, out = disk / "home", disk / "exports", disk / "out"
    monkeypatch.setattr(refresh, "LEAST_SPACE", -1_000_000_000)  # a run begins though it will not end
    commands = [
        ("run", "--exports", exports, "--home", home, "--as-of", "2026-09-30"),
        ("report", "--month", "2026-08", "--home", home, "--out", out, "--format", "html"),
        ("forget", GONE, "--home", home),
    ]
    failed = 0
    for command in commands:
        fill(disk, free)
        code, output = meshwork(*command)
        assert code in (0, 1, 2), output
        assert code != 2 or "Traceback" not in output
        failed += code == 2
        require_whole(home)
        (disk / "ballast").unlink()
    assert failed or free
    journal = Journal.of(home, Settings())
    before = journal.everything()
    fill(disk, 100_000)
    with suppress(JournalUnavailableError):
        for day in range(500):
            journal.write(replace(CALL, flag_week=date(2024, 1, 1) + timedelta(weeks=day)))
            before = journal.everything()
    assert len(before) < 500, "a full disk takes no entry"
    (disk / "ballast").unlink()
    assert Journal.of(home, Settings()).everything() == before, "what was told to be noted is noted, and nothing else"
    for command in commands:
        code, output = meshwork(*command)
        assert code in (0, 1) or (command[0] == "forget" and "No such client" in output), output
    require_whole(home)
    assert [entry for entry in journal.everything() if entry.contact.client_id == GONE] == []
