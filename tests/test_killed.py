"""A command that is killed at any moment loses nothing: what was published is whole, and doing it again finishes it.

What a kill leaves is what lies on the disk at that moment. So a command runs once, and at each step that it takes with a
file the folder is copied as it is then; each copy is a home whose command was killed there. Then each command is killed
in earnest, at moments drawn by lot, over and over for some seconds.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import audit, doctor, snapshots
from pipelines.cli import main
from pipelines.journal.store import Journal
from pipelines.settings import Settings
from tests.conftest import day
from tests.test_forget import (  # noqa: F401 - fixtures
    GONE,
    STAYS,
    census,
    deliver,
    files_with,
    meshwork,
    place,
    published,
    rows_of,
)
from tests.test_run import fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.thorough]
ROOT = Path(__file__).parents[1]
SECONDS = 4  # for how long each command is killed over and over
COPYING = """
import os, shutil, sys
from pathlib import Path
place, copies = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
STEPS = ("open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "os.rmdir", "shutil.copyfile", "shutil.rmtree")
last, busy = None, False
def look(event, arguments):
    global last, busy
    if busy or event not in STEPS or not str(arguments[0]).startswith(str(place)):
        return
    busy = True
    try:
        files = [path for path in sorted(place.rglob("*")) if path.is_file() and "running" not in path.parts]
        found = [(str(path), path.stat().st_size, path.stat().st_mtime_ns, path.stat().st_ino) for path in files]
        if found != last:
            last = found
            shutil.copytree(place, copies / f"{len(list(copies.iterdir())):03d}")
    finally:
        busy = False
from pipelines import refresh
from pipelines.cli import main
refresh.IN_MEMORY = -1  # a run that keeps its tables takes more steps
sys.addaudithook(look)
main(sys.argv[1:])
"""


def killed_at_each_step(folder: Path, copies: Path, *command: object) -> list[Path]:
    """Do a command in a folder; gives copies of the folder as it would be had the command been killed at each step."""
    copies.mkdir()
    words = [str(each).replace("PLACE", str(folder)) for each in command]
    done = subprocess.run([sys.executable, "-c", COPYING, str(folder), str(copies), *words], cwd=ROOT, check=False)
    assert done.returncode in (0, 1)
    return sorted(copies.iterdir())


COMMANDS = {
    "first run": ("run --exports PLACE/exports --home PLACE/other --as-of 2026-09-28", "other", 3),
    "run": ("run --exports PLACE/exports --home PLACE/home --as-of 2026-09-30", "home", 5),
    "report": ("report --all-months --home PLACE/home --out PLACE/out --format csv --format html", "home", 3),
    "forget": (f"forget {GONE} --home PLACE/home", "home", 8),
    "rollback": ("rollback --home PLACE/home", "home", 2),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_all_is_whole_at_every_moment_and_the_command_can_be_done_again(place, tmp_path_factory, name):  # noqa: F811
    command, folder, steps = COMMANDS[name]
    if name == "run":
        deliver(place / "exports", "_2026-10", GONE, STAYS, "c-new1-jkmn-pqrs")
    killed = killed_at_each_step(place, tmp_path_factory.mktemp("killed") / "copies", *command.split())
    assert len(killed) >= steps
    for copy in killed:
        # While a client is taken out of a snapshot, it has no digest for a moment (forget.py says why).
        require_whole(copy / folder, may_be_empty=name == "first run", without_digest=name == "forget")
        if name != "first run":
            noted = [entry.contact.client_id for entry in Journal.of(copy / folder, Settings()).everything()]
            assert noted.count(STAYS) == 1
            assert noted.count(GONE) in ({0, 2} if name == "forget" else {2})
        for written in (copy / "out").glob("[!.]*"):
            assert written.read_bytes() == (place / "out" / written.name).read_bytes()
    again = killed[len(killed) // 2]
    code, output = meshwork(*command.replace("PLACE", str(again)).split())
    assert code in (0, 1), output
    require_done(name, again / folder)
    if name != "rollback":  # done again it goes back once more
        assert fingerprint(again / folder) == fingerprint(place / folder)


def do(words: list[str]) -> None:
    """What a process of its own does until it is killed."""
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    main(words)


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_over_and_over_nothing_is_lost_and_the_command_can_be_done_again(place, tmp_path_factory, name):  # noqa: F811
    command, folder, _ = COMMANDS[name]
    if name == "run":
        deliver(place / "exports", "_2026-10", GONE, STAYS, "c-new1-jkmn-pqrs")
    own = tmp_path_factory.mktemp("killed") / "own"
    words = command.replace("PLACE", str(own)).split()
    processes = multiprocessing.get_context("forkserver")  # they begin with everything imported, so most die at work
    processes.set_forkserver_preload(["tests.test_killed", "pipelines.refresh", "pipelines.report", "pipelines.forget"])
    chance, killed, until, longest = random.Random(name), 0, time.monotonic() + SECONDS, 2.0
    while killed < 3 or time.monotonic() < until:
        if not own.exists():
            shutil.copytree(place, own)
        doing = processes.Process(target=do, args=(words,))
        began = time.monotonic()
        doing.start()
        doing.join(chance.uniform(0, longest))
        if doing.is_alive():
            doing.kill()
            doing.join()
            killed += 1
        else:
            longest = time.monotonic() - began
        require_whole(own / folder, may_be_empty=name == "first run")
        if name != "first run":
            noted = [entry.contact.client_id for entry in Journal.of(own / folder, Settings()).everything()]
            assert (noted.count(STAYS), noted.count(GONE)) in {(1, 2), (1, 0 if name == "forget" else 2)}
        has_gone_back = name == "rollback" and snapshots.current(own / folder) != snapshots.current(place / folder)
        if doing.exitcode in (0, 1) or has_gone_back:
            shutil.rmtree(own)  # it was done before it could be killed: once more from the start
    if not own.exists():
        shutil.copytree(place, own)
    code, output = meshwork(*words)
    assert code in (0, 1), output
    if name in ("first run", "run"):  # of the others, what they come to is compared above
        meshwork(*command.replace("PLACE", str(place)).split())
        assert fingerprint(own / folder) == fingerprint(place / folder)
    require_done(name, own / folder)


def test_of_three_runs_at_once_all_end_and_nothing_is_lost_or_taken_twice(place):  # noqa: F811
    deliver(place / "exports", "_2026-10", GONE, STAYS, "c-new1-jkmn-pqrs")
    words = f"run --exports {place}/exports --home {place}/home --as-of 2026-09-30".split()
    command = [sys.executable, "-m", "pipelines", *words]
    three = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate()[1] for process in three]
    for process, output in zip(three, said, strict=True):
        assert process.returncode == 0 or (
            process.returncode == 2 and "Another run, or a backup, is working" in output
        ), output
    assert 0 in [process.returncode for process in three]
    require_whole(place / "home")
    assert rows_of(place / "home" / "store.duckdb", "c-new1-jkmn-pqrs") == 25


def test_a_report_never_reads_a_damaged_snapshot_and_says_so(place):  # noqa: F811
    home, out = place / "home", place / "out"
    damaged = home / "snapshots" / "000002.duckdb"
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    code, output = meshwork("report", "--month", "2026-08", "--home", home, "--out", out, "--format", "csv")
    assert (code, "Snapshot 2 is damaged or missing, so snapshot 1 is shown" in output) == (1, True)
    with (out / "meshwork-2026-08.csv").open(newline="") as stream:
        assert {row["snapshot"] for row in csv.DictReader(stream)} == {"000001"}


def require_whole(home: Path, *, may_be_empty: bool = False, without_digest: bool = False) -> None:
    """What is served, stored and audited in a home is whole. `without_digest`: also a snapshot that has none."""
    served = snapshots.in_force(home)
    assert (served.damaged, served.pointer_lost) == ((), False)
    if served.snapshot is None:
        assert may_be_empty
    else:
        assert census(served.snapshot) in (1, 2, 3)
        for look in (doctor._store, doctor._snapshots, doctor._audit):  # all looks open each file six times
            wrong = [each.sentence for each in look(home, day("2026-09-30")) if each.is_wrong]
            assert [each for each in wrong if not (without_digest and "has no digest" in each)] == []


def require_done(name: str, home: Path) -> None:
    """A command that was killed and done again has come to its end."""
    require_whole(home)
    assert not (home / "running").exists()
    if name == "forget":
        assert files_with(home, GONE) == {audit.FILE}
