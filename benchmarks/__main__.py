"""`make bench`: what the commands cost, against bare parsing of the same files in the same minutes.

`python -m benchmarks [CLIENTS ...]` makes a clinic of each size over a year, and writes docs/speed.md and its chart.
Each command is a process of its own, as a user starts it, and costs the processor time of all its threads. Only the
ratios can be compared between machines. What is not measured at each size is measured on the largest clinic.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill

from benchmarks import dearest, growth, runs, tasks
from benchmarks.core import lines as core
from benchmarks.measure import QUICK, TABLE, cost, line
from benchmarks.runs import Clinic, least

SIZES = (180, 1_000, 5_200)
DOCS = Path(__file__).parents[1] / "docs"
PAGE, CHART = DOCS / "speed.md", DOCS / "pictures" / "growth.svg"
HEAD = """# Speed

What the commands cost, in seconds of processor time of all their threads, so that other work on the machine counts
little: the least and the median of several. The floor is the engine reading every value of every CSV file as text and
doing nothing with it, measured in the same minutes; compare the ratios, not the seconds. `python -m benchmarks` writes
this page. Pages that the server answers for are in seconds by the clock.
"""


def start_up() -> list[str]:
    """The lines of what every command costs before it does anything."""
    cases = {
        "Python, doing nothing": ("-c", "pass"),
        "`meshwork --version`": ("-m", "meshwork", "--version"),
        "`meshwork --help`": ("-m", "meshwork", "--help"),
    }
    costs = {what: [cost(*command) for _ in range(QUICK)] for what, command in cases.items()}
    return ["## Before anything is done\n", TABLE, *(line(what, its, 0) for what, its in costs.items())]


def grown(clinics: Sequence[Clinic]) -> list[str]:
    """The part of the page on growth, and its chart; nothing of a single clinic."""
    if len(clinics) < 2:
        return []
    of = {
        "first run": lambda clinic: clinic.first,
        "a day's news": lambda clinic: clinic.news,
        "the floor": lambda clinic: clinic.floors,
        "nothing new": lambda clinic: clinic.again,
    }
    drawn = {
        what: [(clinic.rows, least(costs(clinic))) for clinic in sorted(clinics, key=lambda each: each.rows)]
        for what, costs in of.items()
    }
    CHART.write_text(growth.draw(drawn), "utf-8")
    first = drawn["first run"]
    power, lately = growth.exponent(first), growth.exponent(first[-2:])
    text = (
        f"A first run grows with the rows to the power of {power:.2f}, where 1 is in proportion (least squares on the"
        f" logarithms). Between the two largest sizes it is {lately:.2f}, and each row more costs"
        f" {growth.per_row(first):.0f} µs."
    )
    picture = f"![{growth.alternative(drawn)}]({CHART.relative_to(DOCS).as_posix()})"
    return ["\n## Growth\n", f"{picture}\n", fill(text, 120)]


def main(sizes: Sequence[int]) -> None:
    lines = [HEAD, *start_up()]
    with TemporaryDirectory() as name:
        clinics = [runs.measure(clients, Path(name) / str(clients)) for clients in sizes]
        for clinic in clinics:
            lines += runs.lines(clinic)
        lines += grown(clinics)
        largest = max(clinics, key=lambda clinic: clinic.rows)
        lines += core.lines(largest.exports)
        lines += [
            f"\n## The models of a first run, {largest.rows:,} rows\n",
            *dearest.lines(largest.exports, largest.floor),
        ]
        lines += tasks.lines(largest)
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or SIZES)
