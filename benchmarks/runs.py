"""What the runs of a clinic cost: the first, with nothing new, with a day's news, with corrections; and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import LONG, QUICK, TABLE, Cost, cost, line
from benchmarks.news import ONE_IN, SHARE

WEEKS = 52


@dataclass(frozen=True)
class Clinic:
    """A clinic that was measured, and where its exports and its home lie. The lists: what each run of a kind cost."""

    clients: int
    rows: int
    exports: Path
    home: Path
    floors: Sequence[Cost]
    checked: Sequence[Cost]
    first: Sequence[Cost]
    again: Sequence[Cost]
    looked_again: Sequence[Cost]
    news: Sequence[Cost]
    corrected: Sequence[Cost]
    pages: Sequence[tuple[str, float]]

    @property
    def floor(self) -> float:
        """The least that reading every value cost."""
        return least(self.floors)


def least(costs: Sequence[Cost]) -> float:
    """The seconds of the cheapest of several."""
    return min(each.seconds for each in costs)


def measure(clients: int, folder: Path) -> Clinic:
    """Make a clinic of that size in a folder, and run it in every way."""
    exports, held_back = folder / "exports", folder / "news"
    cost("-m", "meshwork", "sample", "--out", exports, "--clients", clients, "--weeks", WEEKS, "--seed", 1)
    cost("-m", "benchmarks.news", exports, held_back, LONG)
    floors = [cost("-m", "benchmarks.floor", exports) for _ in range(QUICK)]

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
    for part in sorted(held_back.iterdir()):
        for path in part.iterdir():
            path.rename(exports / path.name)
        news.append(run(home))
    corrected = []
    head, *delivered = sorted(exports.glob("attendance*.csv"))[0].read_text("utf-8").splitlines(keepends=True)
    for n in range(LONG):
        rows = "".join([head, *delivered[n::LONG][:1000]]).replace(",listened,", ",shared,")
        (exports / f"attendance_zz{n}.csv").write_text(rows, "utf-8")
        corrected.append(run(home))
    pages = [row.split("\t") for row in cost("-m", "benchmarks.pages", home).printed.splitlines()]
    return Clinic(
        clients,
        int(floors[0].printed),
        exports,
        home,
        floors,
        checked,
        first,
        again,
        looked_again,
        news,
        corrected,
        [(what, float(seconds)) for what, seconds in pages],
    )


def lines(clinic: Clinic) -> list[str]:
    """The part of the page on a clinic."""
    floor = clinic.floor
    return [
        f"\n## {clinic.clients:,} clients over a year, {clinic.rows:,} rows\n",
        TABLE,
        line("floor: every value read as text", clinic.floors, floor),
        line("`meshwork check`: read and check, build nothing", clinic.checked, floor),
        line("first run: read, check, build, publish", clinic.first, floor),
        line("nothing new", clinic.again, floor),
        line("nothing new, each file with a new time: all bytes are compared", clinic.looked_again, floor),
        line(f"a day's news: {100 * SHARE:g} % of the rows, of one in {ONE_IN} clients", clinic.news, floor),
        line("a thousand rows corrected", clinic.corrected, floor),
        *(f"| {what} | {seconds:.3f} | | {seconds / floor:.2f} | |" for what, seconds in clinic.pages),
    ]
