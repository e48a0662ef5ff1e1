"""A server that is up for long: what it serves while snapshots are published under it, and what it holds in memory."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dashboard.server import why_unwell
from pipelines import snapshots
from tests.dashboard.conftest import served, serving
from tests.dashboard.wire import Visitor

pytestmark = pytest.mark.slow

# The dashboard with a clock that goes ten minutes further at each signal: `time` as every part of the server sees it.
# The first word of the command line is where to write the number of the process.
HURRIED = """
import os, pathlib, signal, sys, time
pathlib.Path(sys.argv.pop(1)).write_text(str(os.getpid()))
ahead = 0
monotonic, wall = time.monotonic, time.time
time.monotonic, time.time = lambda: monotonic() + ahead, lambda: wall() + ahead
def hurry(*_):
    global ahead
    ahead += 600
signal.signal(signal.SIGUSR1, hurry)
from pipelines.cli import main
main(sys.argv[1:])
"""
PAGES = (("", {"therapist": "All therapists"}), ("trends", {}), ("sobriety", {}), ("data", {}))


def in_memory(pid: int) -> int:
    """The bytes of memory that a process holds."""
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def open_files(pid: int) -> list[str]:
    return [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]


def publish_a_copy(home: Path) -> int:
    new = shutil.copyfile(snapshots.current(home), home / "new.duckdb")
    return snapshots.number(snapshots.publish(home, new))


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read where Linux says it")
def test_fifty_publications_in_eight_hours_are_each_served_whole_and_leave_nothing_in_memory(home, tmp_path):
    own = shutil.copytree(home, tmp_path / "own")
    command = [sys.executable, "-c", HURRIED, str(tmp_path / "pid"), "dashboard", "--home", str(own)]
    with serving(command, tmp_path / "log") as address:
        pid = int((tmp_path / "pid").read_text())
        visitor, held = Visitor(address), []
        for n in range(50):
            number = publish_a_copy(own)
            os.kill(pid, signal.SIGUSR1)
            page, query = PAGES[n % len(PAGES)]
            came = (visitor.open if n % 3 == 0 else visitor.ask)(page, **query)  # some come anew, others stay
            assert visitor.failures() == []
            assert set(re.findall(r"snapshot (\d+)", came)) == {str(number)}
            held.append(in_memory(pid))
            visitor.received.clear()
        visitor.leave()
        assert held[-1] < held[15] + 60_000_000
        assert len([path for path in open_files(pid) if path.endswith("(deleted)") and ".duckdb" in path]) <= 2


@pytest.mark.thorough
def test_whatever_bit_of_a_snapshot_flips_no_page_shows_it_and_the_last_whole_one_is_there_within_a_second(
    home, tmp_path
):
    own, chance = shutil.copytree(home, tmp_path / "own"), random.Random(17)
    newest = own / "snapshots" / f"{publish_a_copy(own):06d}.duckdb"
    newest.chmod(0o600)
    whole = newest.read_bytes()
    took = []
    with served(own, tmp_path / "log") as address:
        visitor = Visitor(address)
        visitor.open("data")
        for n in range(20):
            bit = chance.randrange(8 * len(whole))
            with newest.open("r+b") as file:
                file.seek(bit // 8)
                file.write(bytes([whole[bit // 8] ^ 1 << bit % 8]))
            began = time.monotonic()
            came = visitor.ask("data") if n % 2 else visitor.open("data")
            took.append(time.monotonic() - began)
            assert visitor.failures() == []
            assert set(re.findall(r"snapshot (\d+) is shown|· snapshot (\d+)", came)) == {("1", ""), ("", "1")}, bit
            newest.write_bytes(whole)
            assert set(re.findall(r"snapshot (\d+)", visitor.ask("data"))) == {"2"}
            visitor.received.clear()
        visitor.leave()
    assert min(took) < 1, "the others had a busy machine in their way"


def asked(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_a_monitor_learns_whether_the_newest_snapshot_is_served_and_a_page_where_its_server_is(home, tmp_path):
    own = shutil.copytree(home, tmp_path / "own")
    with served(own, tmp_path / "log") as address:
        assert asked(f"{address}/health") == (200, "ok")
        for path in ("", "trends", "my_caseload"):
            page = asked(f"{address}/{path}")[1]
            scripts = re.findall(r'<script[^>]* src="(.*?)"', page)
            assert scripts[:2] == ["./app/static/root.js", "./app/static/desk.js"], path  # before Streamlit's own
        newest = own / "snapshots" / f"{publish_a_copy(own):06d}.duckdb"
        newest.chmod(0o600)
        newest.write_bytes(newest.read_bytes()[:-1])
        assert asked(f"{address}/health") == (503, "The newest snapshot is damaged or missing.")


def test_a_home_without_a_snapshot_is_unwell(tmp_path):
    assert why_unwell([tmp_path]) == "No snapshot can be shown."
