"""`make bench`: what the commands cost, against bare parsing of the same files in the same minutes.

`python -m benchmarks [CLIENTS ...]` makes a clinic of each size over a year, and writes docs/speed.md. Each command is
a process of its own, as a user starts it, and costs the processor time of all its threads. Only the ratios can be
compared between machines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SIZES, WEEKS = (180, 10_000), 52
QUICK, LONG = 5, 3  # how often a command is measured
PAGE = Path(__file__).parents[1] / "docs" / "speed.md"
HEAD = """# Speed

What the commands cost, in seconds of processor time of all their threads, so that other work on the machine counts
little: the least and the median of several. The floor is the engine reading every value of every CSV file as text and
doing nothing with it, measured in the same minutes; compare the ratios, not the seconds. `python -m benchmarks` writes
this page. Pages that the server answers for are in seconds by the clock.
"""
TABLE = "| | least | median | × floor | most memory, MB |\n|---|---:|---:|---:|---:|"


@dataclass(frozen=True)
class Cost:
    """Of a process: seconds of processor time, and the most memory that it held, in MB; and what it printed."""

    seconds: float
    memory: float
    printed: str = ""


def cost(*arguments: object) -> Cost:
    """What a Python process costs. Raises RuntimeError where it ends with an error.

    This process holds little itself: the system counts what a process held before it became another.
    """
    command = [sys.executable, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        printed = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):  # 1: some rows were not taken
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed)


def line(what: str, costs: Sequence[Cost], floor: float) -> str:
    """A row of the table."""
    seconds = [each.seconds for each in costs]
    ratio = f"{min(seconds) / floor:,.1f}" if floor else ""
    memory = max(each.memory for each in costs)
    return f"| {what} | {min(seconds):,.2f} | {median(seconds):,.2f} | {ratio} | {memory:,.0f} |"


def start_up() -> list[str]:
    """The lines of what every command costs before it does anything."""
    cases = {
        "Python, doing nothing": ("-c", "pass"),
        "`meshwork --version`": ("-m", "meshwork", "--version"),
        "`meshwork --help`": ("-m", "meshwork", "--help"),
    }
    return [line(what, [cost(*command) for _ in range(QUICK)], 0) for what, command in cases.items()]


def runs(clients: int, folder: Path) -> list[str]:
    """The lines of a clinic of that size."""
    exports = folder / "exports"
    cost("-m", "meshwork", "sample", "--out", exports, "--clients", clients, "--weeks", WEEKS, "--seed", 1)
    floors = [cost("-m", "benchmarks.floor", exports) for _ in range(QUICK)]
    floor = min(each.seconds for each in floors)

    def run(home: Path) -> Cost:
        return cost("-m", "meshwork", "run", "--exports", exports, "--home", home)

    checked = [cost("-m", "meshwork", "check", "--exports", exports) for _ in range(LONG)]
    first = [run(folder / f"home{n}") for n in range(LONG)]
    home = folder / "home0"
    again = [run(home) for _ in range(QUICK)]
    looked_again = []
    for _ in range(QUICK):
        for path in exports.iterdir():
            path.touch()
        looked_again.append(run(home))
    news = []
    head, *delivered = sorted(exports.glob("attendance*.csv"))[0].read_text("utf-8").splitlines(keepends=True)
    for n in range(LONG):
        corrected = "".join([head, *delivered[n::LONG][:1000]]).replace(",listened,", ",shared,")
        (exports / f"attendance_zz{n}.csv").write_text(corrected, "utf-8")
        news.append(run(home))
    pages = [row.split("\t") for row in cost("-m", "benchmarks.pages", home).printed.splitlines()]
    return [
        f"\n## {clients:,} clients over a year, {int(floors[0].printed):,} rows\n",
        TABLE,
        line("floor: every value read as text", floors, floor),
        line("`meshwork check`: read and check, build nothing", checked, floor),
        line("first run: read, check, build, publish", first, floor),
        line("nothing new", again, floor),
        line("nothing new, each file with a new time: all bytes are compared", looked_again, floor),
        line("a thousand rows corrected", news, floor),
        *(f"| {what} | {float(seconds):.3f} | | {float(seconds) / floor:.2f} | |" for what, seconds in pages),
    ]


def main(sizes: Sequence[int]) -> None:
    lines = [HEAD, "## Before anything is done\n", TABLE, *start_up()]
    for clients in sizes:
        with tempfile.TemporaryDirectory() as name:
            lines += runs(clients, Path(name))
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or SIZES)
