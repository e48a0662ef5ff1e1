"""An attacker: everything that a reader of reports knows, as linear equations, and what follows for a withheld number.

The unknowns are counts, so none is negative. With SciPy (`pip install meshwork[attack]`) the attack is a linear
program, which finds whatever arithmetic can find. Without it the bounds of each unknown are narrowed, equation by
equation, until nothing moves: weaker, but it finds every sum and difference that leads to a number step by step.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Unknown = Hashable
Equation = tuple[Mapping[Unknown, float], float]  # a weighted sum of unknowns, and what it comes to
TOLERANCE = 0.001  # of a count
CRUMB = TOLERANCE / 10  # by which sums of fractions of days that are rounded may differ
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
    if not targets:
        return []
    column: dict[Unknown, int] = {}
    sums = [[column.setdefault(unknown, len(column)) for unknown in its] for its in targets.values()]
    system = _System.of(known, column)
    values = system.settle(len(column))
    rows, cells = system.about({n for its in sums for n in its if np.isnan(values[n])}, values)
    at = {n: place for place, n in enumerate(sorted(cells))}
    left = [({at[n]: c for n, c in terms.items()}, to) for terms, to in rows]
    open_sums = [[at[n] for n in its if np.isnan(values[n])] for its in sums]
    settled = np.array([sum(values[n] for n in its if not np.isnan(values[n])) for its in sums])
    use = find_spec("scipy") is not None if with_library is None else with_library
    bounds = _by_programs if use else _by_narrowing
    least, most = bounds(left, open_sums, settled, smallest) if left else (settled, _most(settled, open_sums))
    return [
        Pinned(target, max(low, 0.0), high)
        for target, low, high in zip(targets, least, most, strict=True)
        if high < smallest - TOLERANCE and low > TOLERANCE
    ]


def _most(settled: Numbers, sums: Sequence[Sequence[int]]) -> Numbers:
    """The upper ends of sums of which no equation says anything more."""
    return np.array([np.inf if its else value for value, its in zip(settled, sums, strict=True)])


@dataclass(frozen=True)
class _System:
    """Equations as arrays: of each term its equation, its unknown and its weight; and what each equation comes to."""

    row: npt.NDArray[np.intp]
    col: npt.NDArray[np.intp]
    by: Numbers
    to: Numbers

    @classmethod
    def of(cls, known: Iterable[Equation], column: dict[Unknown, int]) -> _System:
        """`column`: the numbers of the unknowns so far; those that are new are added."""
        row: list[int] = []
        col: list[int] = []
        by: list[float] = []
        to: list[float] = []
        for terms, comes_to in known:
            for unknown, weight in terms.items():
                if weight:
                    row.append(len(to))
                    col.append(column.setdefault(unknown, len(column)))
                    by.append(weight)
            to.append(comes_to)
        return cls(np.array(row, dtype=np.intp), np.array(col, dtype=np.intp), np.array(by), np.array(to, dtype=float))

    def settle(self, width: int) -> Numbers:
        """The unknowns that follow at once, NaN for the others: one that is alone, and those whose sum is nothing."""
        values = np.full(width, np.nan)
        while len(self.row):
            is_open = np.isnan(values[self.col])
            row, col, by = self.row[is_open], self.col[is_open], self.by[is_open]
            taken = self.by[~is_open] * values[self.col[~is_open]]
            left = self.to - np.bincount(self.row[~is_open], weights=taken, minlength=len(self.to))
            terms = np.bincount(row, minlength=len(self.to))
            up = np.bincount(row, weights=by > 0, minlength=len(self.to))
            nothing = (np.abs(left) < CRUMB) & ((up == 0) | (up == terms))
            follows = (terms == 1) | nothing
            found = follows[row]
            if not found.any():
                break
            values[col[found]] = np.where(nothing[row[found]], 0.0, np.maximum(left[row[found]] / by[found], 0.0))
        return values

    def about(self, wanted: Collection[int], values: Numbers) -> tuple[list[tuple[dict[int, float], float]], set[int]]:
        """The equations of all open unknowns that hang together with those wanted, without the settled terms."""
        is_open = np.isnan(values[self.col]) if len(self.col) else np.zeros(0, dtype=bool)
        row, col, by = self.row[is_open], self.col[is_open], self.by[is_open]
        taken = self.by[~is_open] * values[self.col[~is_open]]
        left = self.to - np.bincount(self.row[~is_open], weights=taken, minlength=len(self.to))
        reached = np.zeros(len(values), dtype=bool)
        reached[list(wanted)] = True
        rows = np.zeros(len(self.to), dtype=bool)
        while True:
            before = int(reached.sum())
            rows[row[reached[col]]] = True
            reached[col[rows[row]]] = True
            if int(reached.sum()) == before:
                break
        chosen = rows[row] if len(row) else np.zeros(0, dtype=bool)
        equations: dict[int, dict[int, float]] = {}
        for r, n, weight in zip(row[chosen].tolist(), col[chosen].tolist(), by[chosen].tolist(), strict=True):
            equations.setdefault(r, {})[n] = weight
        return [(terms, float(left[r])) for r, terms in equations.items()], set(np.flatnonzero(reached).tolist())


def _by_programs(
    known: list[tuple[dict[int, float], float]], sums: list[list[int]], settled: Numbers, smallest: int
) -> tuple[Numbers, Numbers]:
    """Bounds of the sums, as far as is needed: one world may prove many of them safe at once.

    `settled`: of each sum, what its other unknowns come to.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    width = 1 + max((n for its in (*(terms for terms, _ in known), *sums) for n in its), default=0)
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
            options={"primal_feasibility_tolerance": CRUMB},
        )
        if found.status == 3:  # without a bound
            return np.full(width, np.inf)
        if found.status != 0:
            raise ArithmeticError(f"The attack on the report could not be carried out: {found.message}")
        world: Numbers = found.x[:width]
        values = settled + np.array([world[its].sum() for its in sums])
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
    known: list[tuple[dict[int, float], float]], sums: list[list[int]], settled: Numbers, smallest: int
) -> tuple[Numbers, Numbers]:
    """Bounds of the sums from the bounds of their unknowns, which every equation narrows by what its others allow.

    `settled`: of each sum, what its other unknowns come to.
    """
    width = 1 + max((n for its in (*(terms for terms, _ in known), *sums) for n in its), default=0)
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
    there = np.array([bool(its) for its in sums])
    return settled + np.where(there, low[at], 0.0), settled + np.where(there, high[at], 0.0)
