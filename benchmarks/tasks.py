"""What single tasks cost that a clinic seldom has at such a size: each work alone, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import LONG, TABLE, cost, line, said
from benchmarks.runs import WEEKS, Clinic

CURVES, MEETINGS, SCORED, SCORED_WEEKS, WRITTEN = 100_000, 10_000, 10_000, 104, 1_000


def lines(clinic: Clinic) -> list[str]:
    """The table; of a clinic's own data where a task needs any."""
    curves = [said("-m", "benchmarks.survival", clinic.home, CURVES) for _ in range(LONG)]
    suggested = [said("-m", "benchmarks.suggestions", clinic.home, MEETINGS) for _ in range(LONG)]
    scored = [said("-m", "benchmarks.scoring", SCORED, SCORED_WEEKS) for _ in range(LONG)]
    with TemporaryDirectory() as name:
        sample = ("sample", "--out", name, "--clients", WRITTEN, "--weeks", WEEKS)
        written = [cost("-m", "meshwork", *sample) for _ in range(LONG)]
        rows = int(cost("-m", "benchmarks.floor", Path(name)).printed)
    a_second = f"{rows / min(each.seconds for each in written):,.0f} rows a second"
    return [
        "\n## Single tasks\n",
        f"The floor is that of {clinic.rows:,} rows. Preparation is not counted, but its memory is.\n",
        TABLE,
        line(f"survival curves, medians and tests of {CURVES:,} clients", curves, clinic.floor),
        line(f"suggestions for one client from {MEETINGS:,} meetings", suggested, clinic.floor),
        line(
            f"scoring {SCORED:,} clients over {SCORED_WEEKS} weeks, {int(scored[0].printed):,} weeks in care",
            scored,
            clinic.floor,
        ),
        line(f"the sample generator, {WRITTEN:,} clients: {a_second}", written, clinic.floor),
    ]
