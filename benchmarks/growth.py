"""How the cost of a run grows with the rows: the exponent, and a chart of both on scales of powers of ten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log, log10
from pathlib import Path
from statistics import linear_regression

WIDTH, HEIGHT = 480, 260  # units of the drawing
LEFT, RIGHT, TOP, BOTTOM = 52, 118, 14, 40  # around the plot; the names of the lines to the right
APART = 14  # between two names
Points = Sequence[tuple[float, float]]  # rows, seconds; the fewest rows first


def exponent(points: Points) -> float:
    """By least squares, the power of the rows with which the seconds grow: 1 is in proportion."""
    return linear_regression(*zip(*((log(rows), log(seconds)) for rows, seconds in points), strict=True)).slope


def draw(lines: Mapping[str, Points]) -> str:
    """The chart, as SVG: the points of each line joined; and what would be in proportion to the first line's last."""
    from jinja2 import Environment, StrictUndefined  # not before commands are measured: this process must hold little

    rows, seconds = ([point[n] for its in lines.values() for point in its] for n in (0, 1))
    left, right = log10(min(rows)), log10(max(rows))
    low, high = floor(log10(min(seconds))), ceil(log10(max(seconds)))

    def x(value: float) -> float:
        return round(LEFT + (log10(value) - left) / (right - left) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    last_rows, last = next(iter(lines.values()))[-1]
    begin = max(min(rows), last_rows * 10**low / last)
    template = Path(__file__).with_suffix(".svg").read_text("utf-8")
    drawing = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return drawing.from_string(template).render(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - BOTTOM,
        lines=[(name, [(x(r), y(s)) for r, s in its]) for name, its in lines.items()],
        names=_apart([(y(its[-1][1]), name) for name, its in lines.items()]),
        proportion=((x(begin), y(last * begin / last_rows)), (x(last_rows), y(last))),
        sizes=[(x(r), _thousands(r)) for r, _ in next(iter(lines.values()))],
        scale=[(y(10**power), f"{10**power:g}") for power in range(low, high + 1)],
        alternative=alternative(lines),
    )


def alternative(lines: Mapping[str, Points]) -> str:
    """What the chart shows, in sentences."""
    return " ".join(
        f"{name[0].upper()}{name[1:]}: {its[0][1]:.2g} s at {_thousands(its[0][0])} rows, {its[-1][1]:.2g} s at"
        f" {_thousands(its[-1][0])}."
        for name, its in lines.items()
    )


def _thousands(rows: float) -> str:
    return f"{rows / 1e6:.1f} million" if rows >= 950_000 else f"{rows / 1e3:,.0f} thousand"


def _apart(places: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The names at their heights, from the top, moved down where they would overlap."""
    moved: list[tuple[float, str]] = []
    for height, name in sorted(places):
        moved.append((max(height, moved[-1][0] + APART) if moved else height, name))
    return moved


def per_row(points: Points) -> float:
    """Microseconds for each row more, between the two largest sizes."""
    (rows_before, before), (rows, seconds) = points[-2:]
    return (seconds - before) / (rows - rows_before) * 1e6
