"""A small control chart of plain elements: many on a page cost no more than one, and they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import itemgetter

import pandas as pd
from markupsafe import Markup


def small_control(
    points: pd.DataFrame,
    *,
    periods: Sequence[pd.Timestamp],
    domain: tuple[float, float],
    words: str,
) -> Markup:
    """A measure's points, line, mean and limits, on the scale `domain` and over the `periods` of its peers.

    `points`: rows of `control_point`, oldest first; a missing value breaks the line. `words`: what it shows.
    """
    place = {period: 100 * n / max(len(periods) - 1, 1) for n, period in enumerate(periods)}
    bottom, top = domain

    def up(value: float) -> float:
        if top <= bottom:  # a scale without extent: everything is in the middle
            return 50.0
        return 100 * min(max((value - bottom) / (top - bottom), 0.0), 1.0)

    # Plain values: a page has a dozen of these charts, and a table of each stretch would take most of its time.
    columns = ("phase", "lower", "mean", "upper", "period")
    limited = [row for row in zip(*(points[column].tolist() for column in columns), strict=True) if row[3] == row[3]]
    parts = []
    for _, phase in groupby(limited, key=itemgetter(0)):
        stretches = [(limits, [row[4] for row in its]) for limits, its in groupby(phase, key=itemgetter(1, 2, 3))]
        ends = [(place[its[0]], place[its[-1]]) for _, its in stretches]
        # If the limits change from one point to the next, the change is drawn halfway between them.
        between = [(before[1] + after[0]) / 2 for before, after in pairwise(ends)]
        lefts, rights = [ends[0][0], *between], [*between, ends[-1][1]]
        for (limits, _), left, right in zip(stretches, lefts, rights, strict=True):
            across = f"left:{left:.1f}%;width:{right - left:.1f}%"
            lower, mean, upper = map(up, limits)
            parts.append(f'<b class="range" style="{across};bottom:{lower:.1f}%;height:{upper - lower:.1f}%"></b>')
            parts.append(f'<b class="mean" style="{across};bottom:{mean:.1f}%"></b>')
    dots = [
        (place[period], up(float(value)), str(reading)) if value == value else None
        for period, value, reading in zip(points["period"], points["value"], points["reading"], strict=True)
    ]
    parts += [_line(stretch) for stretch in _stretches(dots)]
    parts += [
        f'<i class="{reading}" style="left:{x:.1f}%;bottom:{y:.1f}%"></i>' for x, y, reading in filter(None, dots)
    ]
    # The parts hold numbers and fixed words only: nothing in them needs escaping.
    return Markup('<span class="mw-spc" role="img" aria-label="{}">{}</span>').format(words, Markup("".join(parts)))


Dot = tuple[float, float, str]


def _stretches(dots: Sequence[Dot | None]) -> list[list[Dot]]:
    """The runs of dots between the gaps, without single ones, because a line takes two."""
    found: list[list[Dot]] = [[]]
    for dot in dots:
        if dot is None:
            found.append([])
        else:
            found[-1].append(dot)
    return [stretch for stretch in found if len(stretch) > 1]


def _line(stretch: Sequence[Dot]) -> str:
    """A line through dots, cut out of a filled box: there and back, a pixel and a half apart."""
    there = [f"{x:.1f}% calc({100 - y:.1f}% - .75px)" for x, y, _ in stretch]
    back = [f"{x:.1f}% calc({100 - y:.1f}% + .75px)" for x, y, _ in reversed(stretch)]
    return f'<b class="line" style="clip-path:polygon({",".join(there + back)})"></b>'
