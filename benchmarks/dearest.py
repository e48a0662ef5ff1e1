"""The part of the page on the models of a first run: the dearest, the others together, and what is done besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure import LONG, cost

READING, PUBLISHING, REST = "reading and checking", "publishing", "the fit of the flags, tests and checks"
DEAREST = 10


def table(measured: Sequence[Mapping[str, float]], floor: float) -> list[str]:
    """The dearest models and the sum of the others, each by the least and the median of several; then the rest."""
    beside = (READING, REST, PUBLISHING)
    models = sorted(set(measured[0]) - {*beside}, key=lambda model: -min(each[model] for each in measured))
    rows = {f"`{model}`": [each[model] for each in measured] for model in models[:DEAREST]}
    others = models[DEAREST:]
    if others:
        rows[f"the other {len(others)} models"] = [sum(each[model] for model in others) for each in measured]
    rows["all models"] = [sum(each[model] for model in models) for each in measured]
    rows |= {what: [each[what] for each in measured] for what in beside}
    return [
        "| | least | median | × floor |\n|---|---:|---:|---:|",
        *(f"| {what} | {min(its):,.2f} | {median(its):,.2f} | {min(its) / floor:,.2f} |" for what, its in rows.items()),
    ]


def lines(folder: Path, floor: float) -> list[str]:
    """The table of a folder of exports; each time in a process of its own."""
    printed = [cost("-m", "benchmarks.each_model", folder).printed.splitlines() for _ in range(LONG)]
    return table([{what: float(its) for what, its in (row.split("\t") for row in rows)} for rows in printed], floor)
