"""A second reader of a report: all that one knows, as a linear programme, and what follows for a withheld number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from pipelines.report.control.attack import pinned
from pipelines.report.control.cells import PART, REST, WHOLE, Cell, Counts

Number = tuple[str, int]  # a table, and which of its counts
Unknown = tuple[str, int, Cell]  # of a table and a cell: the part, or the rest


@dataclass
class Reader:
    """Knows that counts add up and are never negative, how the breakdowns lie in one another, and what is shown.

    `pairs`: the members of different breakdowns that occur together. `shown`: of each table, the cells that are shown,
    with what they reveal. `nothing`: sums of numbers, and the cells in which they are known to come to nothing. `of_before`:
    tables of the month before, whose members lay otherwise.
    """

    pairs: set[frozenset[Cell]]
    cells: list[Cell]
    shown: Mapping[str, Mapping[Cell, Counts]]
    nothing: Iterable[tuple[Mapping[Number, int], Iterable[Cell]]] = ()
    of_before: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.known = [*self._shown(), *self._sums(), *self._told_to_be_nothing()]

    def _shown(self) -> Iterator[tuple[Mapping[Unknown, float], float]]:
        for name, table in self.shown.items():
            for cell, told in table.items():
                yield {(name, PART, cell): 1}, told[PART]
                yield {(name, REST, cell): 1}, _rest(told)

    def _sums(self) -> Iterator[tuple[Mapping[Unknown, float], float]]:
        """The members of a breakdown come to the whole; where two breakdowns count the same clients, to the same."""
        ways = sorted({cell[0] for cell in self.cells} - {"all"})
        for name, table in self.shown.items():
            for which in (PART, REST):
                empty = {cell for cell, told in table.items() if (told[PART], _rest(told))[which == REST] == 0}
                for way in ways:
                    yield {(name, which, WHOLE): -1, **{(name, which, c): 1 for c in self.cells if c[0] == way}}, 0
                for one, other in combinations(ways, 2):
                    for block in self._blocks({one, other}, empty) if name not in self.of_before else ():
                        yield {(name, which, cell): 1 if cell[0] == one else -1 for cell in block}, 0

    def _blocks(self, ways: set[str], empty: set[Cell]) -> list[set[Cell]]:
        blocks = [{cell} for cell in self.cells if cell[0] in ways and cell not in empty]
        for pair in self.pairs:
            if {way for way, _ in pair} == ways and not pair & empty:
                blocks = [*(b for b in blocks if not b & pair), set().union(*(b for b in blocks if b & pair))]
        return blocks

    def _told_to_be_nothing(self) -> Iterator[tuple[Mapping[Unknown, float], float]]:
        for numbers, cells in self.nothing:
            for cell in cells:
                terms: Counter[Unknown] = Counter()
                for number, sign in numbers.items():
                    terms.update(dict.fromkeys(self._made_of(number, cell), sign))
                yield terms, 0

    def _made_of(self, number: Number, cell: Cell) -> list[Unknown]:
        name, which = number
        return [(name, each, cell) for each in ((which,) if which in (PART, REST) else (PART, REST))]

    def pins(self, numbers: Iterable[tuple[Number, Cell]], smallest: int) -> list[str]:
        """The small numbers that the reader can narrow to a range of few people."""
        targets = {(number, cell): self._made_of(number, cell) for number, cell in numbers}
        return [f"{each.target}: {each.least:.1f} to {each.most:.1f}" for each in pinned(self.known, targets, smallest)]


def _rest(told: Counts) -> float:
    return told[REST] if len(told) > REST else 0.0
