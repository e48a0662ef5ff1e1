"""The whole clinic's figures that may be shown after all, where what they hang together with is withheld.

A figure that is not small may be shown as long as, for every small number that hangs together with it, there could
be another clinic: alike in all that is shown of the whole, and with enough in that number. Only the whole is shown: how
the members share in it stays withheld, and they may share in it in any way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from pipelines.report.cells import WHOLE, Cell, Counts, joined, too_small

Tables = Mapping[str, Mapping[Cell, Counts]]
CRUMB = 1e-7  # what is less is nothing


def shown_after_all(
    tables: Tables, hidden: Collection[str], seen: Sequence[Tables], flows: Collection[str], smallest: int
) -> list[str]:
    """The tables, of those whose whole is `hidden`, of which it may be shown; the first tables first.

    `seen`: what was told of this month and of months before, in as many cells as there are, without what there were no
    data of: it shows which numbers hang together by what they mean. `flows`: tables whose difference is known.
    """
    names = [name for name in tables if seen and all(WHOLE in each for each in (tables[name], seen[-1].get(name, {})))]
    owners = [name for name in names for _ in _numbers(tables[name][WHOLE])]
    truth = np.array([number for name in names for number in _numbers(tables[name][WHOLE])])
    rows = [row for month in seen for row in _rows(month, names, len(owners))]
    if not names or len(rows) < len(owners):
        return []
    relations = _relations(np.array(rows))
    if len(led := [owners.index(name) for name in flows if name in names]) > 1:
        relations = np.vstack([relations, np.eye(len(owners))[led[0]] - np.eye(len(owners))[led[1]]])
    unknown = np.array([owner in hidden for owner in owners], dtype=bool)
    if any(too_small((n,), smallest) for n in truth[unknown][~_nothing(relations[:, unknown]).any(axis=0)]):
        return []
    groups = _together(relations, unknown)
    shown = []
    for name in names:
        its = {n for n, owner in enumerate(owners) if owner == name}
        if name not in hidden or name in flows or too_small(tables[name][WHOLE], smallest):
            continue
        left = sorted(set[int]().union(*(group for group in groups if group & its)) - its)
        if _safe(relations[:, left], truth[left], [owners[n] for n in left], smallest):
            unknown[list(its)] = False
            groups = _together(relations, unknown)
            shown.append(name)
    return shown


def _numbers(told: Counts) -> tuple[float, ...]:
    """The numbers that make up what a cell tells: of a share its part and the rest, else all of them."""
    return (told[0], told[-1]) if len(told) > 1 else told


def _rows(month: Tables, names: Sequence[str], many: int) -> Iterator[list[float]]:
    """The numbers of the cells of a month of which all is known."""
    for cell in sorted(month.get(names[0], {})):
        if all(cell in month.get(name, {}) for name in names):
            numbers = [number for name in names for number in _numbers(month[name][cell])]
            if len(numbers) == many:
                yield numbers


def _relations(rows: np.ndarray) -> np.ndarray:
    """Sums of the numbers that come to nothing in every row."""
    size = np.maximum(np.abs(rows).max(axis=0), 1)
    found: np.ndarray = _nothing(rows / size) / size
    return found


def _reduced(rows: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The rows brought to as few numbers each as may be (reduced row echelon form), and where each begins."""
    rows, begins = rows.copy(), list[int]()
    for column in range(rows.shape[1]):
        top = len(begins)
        if top == len(rows):
            break
        most = top + int(np.abs(rows[top:, column]).argmax())
        if abs(rows[most, column]) > CRUMB:
            rows[[top, most]] = rows[[most, top]]
            rows[top] /= rows[top, column]
            others = np.arange(len(rows)) != top
            rows[others] -= np.outer(rows[others, column], rows[top])
            begins.append(column)
        rows[np.abs(rows) < CRUMB] = 0
    return rows[: len(begins)], begins


def _nothing(rows: np.ndarray) -> np.ndarray:
    """The vectors that every row brings to nothing."""
    reduced, begins = _reduced(rows)
    free = np.setdiff1d(np.arange(rows.shape[1]), begins)
    found = np.zeros((len(free), rows.shape[1]))
    found[np.arange(len(free)), free] = 1
    found[:, begins] = -reduced[:, free].T
    return found


def _together(relations: np.ndarray, unknown: np.ndarray) -> list[set[int]]:
    """The unknown numbers, in groups that hang together."""
    places = np.flatnonzero(unknown)
    rows, _ = _reduced(relations[:, places])
    return joined(
        [*({int(place)} for place in places), *({int(n) for n in places[np.flatnonzero(row)]} for row in rows)]
    )


def _safe(relations: np.ndarray, truth: np.ndarray, owners: Sequence[str], smallest: int) -> bool:
    """Whether each small number could as well be none of few, all else that is shown being as it is."""
    basis = _nothing(relations[relations.any(axis=1)])
    ways = [*basis, *(one + sign * other for one, other in combinations(basis, 2) for sign in (1, -1))]
    return all(
        any(_most(truth, sign * way, of) + CRUMB >= smallest for way in ways for sign in (1, -1))
        for of in _sums(owners)
        if too_small((float(of @ truth),), smallest)
    )


def _sums(owners: Sequence[str]) -> Iterator[np.ndarray]:
    """What a table tells that must not be small: each of its numbers, and the two of a share together."""
    yield from np.eye(len(owners))
    for name in dict.fromkeys(owners):
        yield np.array([float(owner == name) for owner in owners])


def _most(truth: np.ndarray, way: np.ndarray, of: np.ndarray) -> float:
    """How large a sum can become along a way on which no number falls below nothing."""
    falling = way < -CRUMB
    if not falling.any():
        return float(np.inf if of @ way > CRUMB else of @ truth)
    return float(of @ (truth + way * (truth[falling] / -way[falling]).min()))
