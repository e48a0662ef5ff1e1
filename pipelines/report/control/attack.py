"""An attacker: everything that a reader of reports knows, as linear equations, and what follows for a withheld number.

The unknowns are counts, so none is negative. First the bounds of each unknown are narrowed, equation by equation, until
nothing moves: that is quick, and finds every sum and difference that leads to a number step by step. The rest is
searched by linear programs, which find whatever arithmetic can find.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Unknown = Hashable
Equation = tuple[Mapping[Unknown, float], float]  # a weighted sum of unknowns, and what it comes to
TOLERANCE = 0.001  # of a count
CRUMB = TOLERANCE / 10  # by which sums of rounded fractions of days may differ
MOST_ROUNDS = 200  # of narrowing


@dataclass(frozen=True)
class Pinned:
    """A withheld number that the reader can place between `least` and `most`, which reveals few people."""

    target: Unknown
    least: float
    most: float

    @property
    def is_exact(self) -> bool:
        """Whether it can be only one number: counts are whole."""
        return self.most - self.least < 1

    def is_closer(self, other: Pinned) -> bool:
        """Whether it lies between ends that are closer than another's."""
        return self.most - self.least < other.most - other.least - TOLERANCE


class _NoWorldError(Exception):
    """No counts agree with all equations: figures were published before the exports corrected others."""


class Reader:
    """Somebody who knows some equations, and what follows from them at once."""

    def __init__(self, known: Iterable[Equation] = ()) -> None:
        self._column: dict[Unknown, int] = {}
        self._system = _System.of((), self._column)
        self._values = np.zeros(0)
        self._learn(known)

    def knowing(self, more: Iterable[Equation]) -> Reader:
        """A reader who knows more; this one stays as it was. Both number the unknowns alike."""
        other = copy(self)
        other._learn(more)
        return other

    def _learn(self, known: Iterable[Equation]) -> None:
        system = self._system.beside(_System.of(known, self._column))
        self._system, self._values = system.settled(self._wide(self._values))

    def _wide(self, values: Numbers) -> Numbers:
        """With the unknowns that were numbered since."""
        return np.concatenate([values, np.full(len(self._column) - len(values), np.nan)])

    def pinned(
        self, targets: Mapping[Hashable, Sequence[Unknown]], smallest: int, *, thorough: bool = True
    ) -> list[Pinned]:
        """The targets, each the sum of some unknowns, that are pinned within 1 to `smallest` − 1.

        A target is safe if it may be `smallest` or more, and may be none. `thorough`: whether to solve linear programs
        too; without them, it takes a small part of the time.
        """
        if not targets:
            return []
        sums = _Sums.of(targets.values(), self._column)
        values = self._wide(self._values)
        known = values[sums.col]
        is_open = np.isnan(known)
        settled = sums.added(np.where(is_open, 0.0, known))
        part, cells = self._system.about(sums.col[is_open], len(values))
        left = _Sums(sums.of_sum[is_open], np.searchsorted(cells, sums.col[is_open]), sums.count)
        least, most = settled, np.where(left.terms > 0, np.inf, settled)
        if len(part.to):
            least, most = _by_narrowing(part, len(cells), left, settled, smallest)
        more = np.flatnonzero(~_few(least, most, smallest) & (left.terms > 0))
        if thorough and len(part.to) and len(more):
            with suppress(_NoWorldError):
                asked = left.chosen(more), settled[more], smallest
                least[more], most[more] = _by_programs(part, len(cells), *asked)
        names = list(targets)
        return [
            Pinned(names[n], max(least[n], 0.0), most[n]) for n in np.flatnonzero(_few(least, most, smallest)).tolist()
        ]


def _few(least: Numbers, most: Numbers, smallest: int) -> Flags:
    """Which bounds leave nothing but a small number."""
    return (most < smallest - TOLERANCE) & (least > TOLERANCE)


def pinned(
    known: Iterable[Equation],
    targets: Mapping[Hashable, Sequence[Unknown]],
    smallest: int,
    *,
    thorough: bool = True,
) -> list[Pinned]:
    """The targets that the known equations pin within 1 to `smallest` − 1, see `Reader`."""
    return Reader(known).pinned(targets, smallest, thorough=thorough) if targets else []


@dataclass(frozen=True)
class _Sums:
    """Sums of unknowns as arrays: for each term, its sum and its unknown; and how many sums there are."""

    of_sum: Ints
    col: Ints
    count: int

    @classmethod
    def of(cls, sums: Collection[Sequence[Unknown]], column: dict[Unknown, int]) -> _Sums:
        """`column`: the numbers of the unknowns so far; those that are new are added."""
        col = [column.setdefault(unknown, len(column)) for its in sums for unknown in its]
        of_sum = np.repeat(np.arange(len(sums)), [len(its) for its in sums])
        return cls(of_sum, np.array(col, dtype=np.intp), len(sums))

    @property
    def terms(self) -> Ints:
        """How many terms each sum has."""
        return np.bincount(self.of_sum, minlength=self.count)

    def added(self, values: Numbers) -> Numbers:
        """What the sums come to; `values`: of each term."""
        return np.bincount(self.of_sum, weights=values, minlength=self.count).astype(np.float64)

    def chosen(self, some: Collection[int]) -> _Sums:
        """Some of the sums, numbered anew."""
        at = np.full(self.count, -1, dtype=np.intp)
        at[list(some)] = np.arange(len(some))
        its = at[self.of_sum] >= 0
        return _Sums(at[self.of_sum[its]], self.col[its], len(some))


@dataclass(frozen=True)
class _System:
    """Equations as arrays: for each term, its equation, its unknown and its weight; and what each equation comes to."""

    row: Ints
    col: Ints
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

    def beside(self, other: _System) -> _System:
        """The equations of both."""
        return _System(
            np.concatenate([self.row, other.row + len(self.to)]),
            np.concatenate([self.col, other.col]),
            np.concatenate([self.by, other.by]),
            np.concatenate([self.to, other.to]),
        )

    def settled(self, values: Numbers) -> tuple[_System, Numbers]:
        """Without the unknowns that follow at once (one alone, or those whose sum is zero); and their values.

        `values`: what is known of the unknowns already, NaN where nothing is.
        """
        left, values = self, values.copy()
        while True:
            left = left._without(values)
            terms = np.bincount(left.row, minlength=len(left.to))
            up = np.bincount(left.row, weights=left.by > 0, minlength=len(left.to))
            nothing = (np.abs(left.to) < CRUMB) & ((up == 0) | (up == terms))
            found = ((terms == 1) | nothing)[left.row]
            if not found.any():
                return left, values
            row, col, by = left.row[found], left.col[found], left.by[found]
            values[col] = np.where(nothing[row], 0.0, np.maximum(left.to[row] / by, 0.0))

    def _without(self, values: Numbers) -> _System:
        """The terms whose values are not known, in the equations that have such terms."""
        is_open = np.isnan(values[self.col])
        taken = self.by[~is_open] * values[self.col[~is_open]]
        left = self.to - np.bincount(self.row[~is_open], weights=taken, minlength=len(self.to))
        return _System(self.row[is_open], self.col[is_open], self.by[is_open], left)._compact()

    def _compact(self) -> _System:
        """The equations that have terms, numbered from 0."""
        rows, row = np.unique(self.row, return_inverse=True)
        return _System(row.astype(np.intp), self.col, self.by, self.to[rows])

    def about(self, wanted: Ints, width: int) -> tuple[_System, Ints]:
        """The equations of all unknowns connected with those wanted, and these unknowns, numbered anew."""
        reached = np.zeros(width, dtype=bool)
        reached[wanted] = True
        rows = np.zeros(len(self.to), dtype=bool)
        while True:
            before = int(reached.sum())
            rows[self.row[reached[self.col]]] = True
            reached[self.col[rows[self.row]]] = True
            if int(reached.sum()) == before:
                break
        cells = np.flatnonzero(reached)
        at = np.zeros(width, dtype=np.intp)
        at[cells] = np.arange(len(cells))
        chosen = rows[self.row]
        part = _System(self.row[chosen], at[self.col[chosen]], self.by[chosen], self.to)
        return part._compact(), cells


def _by_programs(known: _System, width: int, sums: _Sums, settled: Numbers, smallest: int) -> tuple[Numbers, Numbers]:
    """Bounds of the sums, as far as needed: one world may prove many of them safe at once.

    `settled`: of each sum, what its other unknowns come to.
    """
    # Loaded here: it takes half a second and 35 MB, and most of what imports this module makes no report.
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    count = sums.count
    seen_least, seen_most = np.full(count, np.inf), np.full(count, -np.inf)

    def solve(cost: Numbers, capped: Sequence[int]) -> Numbers:
        """The unknowns of the world with the least cost, with a further column for each capped sum, no more than it."""
        shape = (len(known.to), width + len(capped))
        equal = coo_array((known.by, (known.row, known.col)), shape=shape).tocsr()
        its, numbers = sums.chosen(capped), np.arange(len(capped))
        terms = np.concatenate([np.full(len(its.col), -1.0), np.ones(len(capped))])
        where = np.concatenate([its.of_sum, numbers]), np.concatenate([its.col, width + numbers])
        over = coo_array((terms, where), shape=(len(capped), shape[1])).tocsr() if len(capped) else None
        found = linprog(
            cost,
            A_eq=equal,
            b_eq=known.to,
            A_ub=over,
            b_ub=np.zeros(len(capped)) if len(capped) else None,
            bounds=[(0, None)] * width + [(0, smallest)] * len(capped),
            method="highs",
            options={"primal_feasibility_tolerance": CRUMB},
        )
        if found.status == 3:  # without a bound
            return np.full(width, np.inf)
        if found.status != 0:
            raise _NoWorldError
        world: Numbers = found.x[:width]
        values = settled + sums.added(world[sums.col])
        np.minimum(seen_least, values, out=seen_least)
        np.maximum(seen_most, values, out=seen_most)
        return world

    def unsafe() -> list[int]:
        return np.flatnonzero(_few(seen_least, seen_most, smallest)).tolist()

    def cost_of(chosen: Sequence[int], sign: float) -> Numbers:
        return sign * np.bincount(sums.chosen(chosen).col, minlength=width).astype(float)

    left = unsafe()
    while left:
        solve(np.concatenate([np.zeros(width), np.full(len(left), -1.0)]), left)
        solve(cost_of(left, 1.0), ())
        after = unsafe()
        if len(after) > len(left) // 2:
            break
        left = after
    for each in unsafe():
        if _few(seen_least, seen_most, smallest)[each]:
            highest = solve(cost_of([each], -1.0), ())
            if np.isinf(highest).any():
                seen_most[each] = np.inf
            elif seen_most[each] < smallest - TOLERANCE:
                solve(cost_of([each], 1.0), ())
    return seen_least, seen_most


def _by_narrowing(known: _System, width: int, sums: _Sums, settled: Numbers, smallest: int) -> tuple[Numbers, Numbers]:
    """Bounds of the sums from the bounds of their unknowns, which every equation narrows by what its others allow.

    `settled`: of each sum, what its other unknowns come to.
    """
    terms = sums.terms
    named = {tuple(sums.chosen([n]).col.tolist()): width + n for n in np.flatnonzero(terms > 1).tolist()}
    known = known.beside(_System.of(_of_sums(known, named), {n: n for n in range(width + sums.count)}))
    row, col, by, to = known.row, known.col, known.by, known.to
    most_found = float(np.abs(to).sum()) + smallest
    low, high = np.zeros(width + sums.count), np.full(width + sums.count, 2 * most_found)
    for _ in range(MOST_ROUNDS):
        up, down = np.where(by > 0, low[col], high[col]), np.where(by > 0, high[col], low[col])
        at_least, at_most = by * up, by * down
        sum_least = np.bincount(row, weights=at_least, minlength=len(to))
        sum_most = np.bincount(row, weights=at_most, minlength=len(to))
        end_one = (to[row] - (sum_most[row] - at_most)) / by
        end_other = (to[row] - (sum_least[row] - at_least)) / by
        before = low.copy(), high.copy()
        np.maximum.at(low, col, np.minimum(end_one, end_other) - 1e-9)
        np.minimum.at(high, col, np.maximum(end_one, end_other) + 1e-9)
        if np.abs(low - before[0]).max() < 1e-6 and np.abs(high - before[1]).max() < 1e-6:
            break
    at = np.zeros(sums.count, dtype=np.intp)
    at[sums.of_sum] = np.where(terms[sums.of_sum] > 1, width + sums.of_sum, sums.col)
    return settled + np.where(terms > 0, low[at], 0.0), settled + np.where(terms > 0, high[at], 0.0)


def _of_sums(known: _System, named: Mapping[tuple[int, ...], int]) -> list[Equation]:
    """A sum of unknowns is an unknown of its own, in every equation that holds the whole of it."""
    if not named:
        return []
    equations: dict[int, dict[int, float]] = {}
    for row, n, weight in zip(known.row.tolist(), known.col.tolist(), known.by.tolist(), strict=True):
        equations.setdefault(row, {})[n] = weight
    found: list[Equation] = []
    for its, name in named.items():
        found.append(({**dict.fromkeys(its, 1.0), name: -1.0}, 0.0))
        for row, terms in equations.items():
            weights = {terms.get(unknown) for unknown in its}
            if None not in weights and len(weights) == 1:
                whole: dict[Unknown, float] = {n: weight for n, weight in terms.items() if n not in its}
                found.append((whole | {name: terms[its[0]]}, float(known.to[row])))
    return found
