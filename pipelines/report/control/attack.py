"""An attacker: everything that a reader of reports knows, as linear equations, and what follows for a withheld number.

The unknowns are counts, so none is negative. With SciPy (`pip install meshwork[attack]`) the attack is a linear
program, which finds whatever arithmetic can find. Without it the bounds of each unknown are narrowed, equation by
equation, until nothing moves: weaker, but it finds every sum and difference that leads to a number step by step.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Unknown = Hashable
Equation = tuple[Mapping[Unknown, float], float]  # a weighted sum of unknowns, and what it comes to
TOLERANCE = 0.001  # of a count
MOST_ROUNDS = 200  # of narrowing


@dataclass(frozen=True)
class Pinned:
    """A withheld number that the reader can place between `least` and `most`, revealing few."""

    target: Unknown
    least: float
    most: float


def pinned(
    known: Iterable[Equation],
    targets: Mapping[Hashable, Sequence[Unknown]],
    smallest: int,
    *,
    with_library: bool | None = None,
) -> list[Pinned]:
    """The targets, each the sum of some unknowns, that the known equations pin within 1 to `smallest` − 1.

    A target is safe where it may be `smallest` or more, and where it may be none.
    `with_library`: whether to solve linear programs; None: where SciPy is installed.
    """
    known = [({unknown: c for unknown, c in terms.items() if c}, to) for terms, to in known]
    column: dict[Unknown, int] = {}
    for terms in (*(terms for terms, _ in known), *targets.values()):
        for unknown in terms:
            column.setdefault(unknown, len(column))
    if not targets:
        return []
    use = find_spec("scipy") is not None if with_library is None else with_library
    bounds = _by_programs if use else _by_narrowing
    sums = [[column[unknown] for unknown in its] for its in targets.values()]
    least, most = bounds([({column[u]: n for u, n in terms.items()}, to) for terms, to in known], sums, smallest)
    return [
        Pinned(target, max(low, 0.0), high)
        for target, low, high in zip(targets, least, most, strict=True)
        if high < smallest - TOLERANCE and low > TOLERANCE
    ]


def _by_programs(
    known: list[tuple[dict[int, float], float]], sums: list[list[int]], smallest: int
) -> tuple[Numbers, Numbers]:
    """Bounds of the sums, as far as is needed: one world may prove many of them safe at once."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    width = 1 + max(n for its in (*(terms for terms, _ in known), *sums) for n in its)
    count = len(sums)
    entries = [(row, n, c) for row, (terms, _) in enumerate(known) for n, c in terms.items()]
    right = [to for _, to in known]
    seen_least, seen_most = np.full(count, np.inf), np.full(count, -np.inf)

    def solve(cost: Numbers, capped: Sequence[int]) -> Numbers:
        """The unknowns of the world of the least cost; of each capped sum a further column, no more than it."""
        rows, columns, terms = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(known), width + len(capped))
        equal = coo_array((terms, (rows, columns)), shape=shape).tocsr()
        over = [(row, n, -1.0) for row, each in enumerate(capped) for n in sums[each]]
        over += [(row, width + row, 1.0) for row in range(len(capped))]
        limit: Any = None
        if over:
            down, across, its = zip(*over, strict=True)
            limit = coo_array((its, (down, across)), shape=(len(capped), shape[1])).tocsr()
        found = linprog(
            cost,
            A_eq=equal if known else None,
            b_eq=right if known else None,
            A_ub=limit,
            b_ub=np.zeros(len(capped)) if over else None,
            bounds=[(0, None)] * width + [(0, smallest)] * len(capped),
            method="highs",
        )
        if found.status == 3:  # without a bound
            return np.full(width, np.inf)
        if found.status != 0:
            raise ArithmeticError(f"The attack on the report could not be carried out: {found.message}")
        world: Numbers = found.x[:width]
        values = np.array([world[its].sum() for its in sums])
        np.minimum(seen_least, values, out=seen_least)
        np.maximum(seen_most, values, out=seen_most)
        return world

    def unsafe() -> list[int]:
        safe = (seen_least <= TOLERANCE) | (seen_most >= smallest - TOLERANCE)
        return [n for n in range(count) if not safe[n]]

    def cost_of(chosen: Sequence[int], sign: float) -> Numbers:
        cost = np.zeros(width)
        for each in chosen:
            cost[sums[each]] += sign
        return cost

    left = unsafe()
    while left:
        solve(np.concatenate([np.zeros(width), np.full(len(left), -1.0)]), left)
        solve(cost_of(left, 1.0), ())
        after = unsafe()
        if len(after) > len(left) // 2:
            break
        left = after
    for each in unsafe():
        if each in unsafe():
            highest = solve(cost_of([each], -1.0), ())
            if np.isinf(highest).any():
                seen_most[each] = np.inf
            elif seen_most[each] < smallest - TOLERANCE:
                solve(cost_of([each], 1.0), ())
    return seen_least, seen_most


def _by_narrowing(
    known: list[tuple[dict[int, float], float]], sums: list[list[int]], smallest: int
) -> tuple[Numbers, Numbers]:
    """Bounds of the sums from the bounds of their unknowns, which every equation narrows by what its others allow."""
    width = 1 + max(n for its in (*(terms for terms, _ in known), *sums) for n in its)
    # A sum of unknowns is an unknown of its own, in every equation that holds the whole of it.
    named = {width + n: its for n, its in enumerate(sums) if len(its) > 1}
    equations = [*known, *(({**dict.fromkeys(its, 1.0), name: -1.0}, 0.0) for name, its in named.items())]
    holding: dict[int, list[tuple[dict[int, float], float]]] = {}
    for terms, comes_to in known:
        for unknown in terms:
            holding.setdefault(unknown, []).append((terms, comes_to))
    for name, its in named.items():
        for terms, comes_to in holding.get(its[0], []):
            weights = {terms.get(unknown) for unknown in its}
            if None not in weights and len(weights) == 1:
                others = {unknown: weight for unknown, weight in terms.items() if unknown not in its}
                equations.append((others | {name: terms[its[0]]}, comes_to))
    row = np.array([r for r, (terms, _) in enumerate(equations) for _ in terms], dtype=np.intp)
    col = np.array([n for terms, _ in equations for n in terms], dtype=np.intp)
    by = np.array([c for terms, _ in equations for c in terms.values()], dtype=np.float64)
    to = np.array([t for _, t in equations], dtype=np.float64)
    most_found = float(np.abs(to).sum()) + smallest if len(to) else float(smallest)
    low, high = np.zeros(width + len(sums)), np.full(width + len(sums), 2 * most_found)
    for _ in range(MOST_ROUNDS if len(row) else 0):
        at_least, at_most = (
            np.where(by > 0, by * low[col], by * high[col]),
            np.where(by > 0, by * high[col], by * low[col]),
        )
        sum_least, sum_most = np.zeros(len(to)), np.zeros(len(to))
        np.add.at(sum_least, row, at_least)
        np.add.at(sum_most, row, at_most)
        end_one = (to[row] - (sum_most[row] - at_most)) / by
        end_other = (to[row] - (sum_least[row] - at_least)) / by
        before = low.copy(), high.copy()
        np.maximum.at(low, col, np.minimum(end_one, end_other) - 1e-9)
        np.minimum.at(high, col, np.maximum(end_one, end_other) + 1e-9)
        if np.abs(low - before[0]).max() < 1e-6 and np.abs(high - before[1]).max() < 1e-6:
            break
    names = {tuple(its): name for name, its in named.items()}
    at = np.array([names.get(tuple(its), its[0] if its else 0) for its in sums], dtype=np.intp)
    return low[at], high[at]
