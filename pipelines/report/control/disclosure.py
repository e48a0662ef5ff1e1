"""Disclosure control: which figures may leave the clinic.

A figure is too small if its numerator, its denominator or (for a share) their difference is 1 to 10: the cell-size rule
of the CMS (ResDAC, 2024). It is withheld, together with as many others as it takes so that nobody can work it out:

1.  Taken together, the withheld members of a breakdown make a figure that could itself be shown, and are two at least.
Anyone who subtracts what is shown from the total then learns a sum, and about each number in it only that it is at most
that sum, which is zero or not small.
2.  Breakdowns that lie in one another give totals of their own (a program that alone has two levels of care), so rule 1
    holds within every block of members that two breakdowns have in common, and among the blocks withheld whole.
3.  A number that several measures share (the sessions attended of those scheduled; the no-shows among those attended or
    missed) is withheld in all of them or in none; so are the parts that add up to the same whole (bands, reasons), and
    what leads from last month's clients in care to this month's. A group of too few clients is withheld in every
    measure.

What is withheld of a month depends on that month and those before it, whichever report repeats it. Zero is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from pipelines.report.control.cells import OF, PART, REST, SMALLEST, WHOLE, Cell, Counts, joined, too_small

Cut = list[tuple[frozenset[Cell], ...]]  # into blocks, each shown as one sum of cells or as two (its sides)
Shape = frozenset[tuple[Cell, float]] | None
MOST_TRIED = 11  # parts of one whole of which every sum is tried; more are taken to add up


@dataclass(frozen=True)
class Layout:
    """A month's groups: how many clients each has, and which members of the breakdowns occur together."""

    clients: Mapping[Cell, Counts]
    occurring: frozenset[frozenset[Cell]]
    _found: dict[frozenset[Cell], list[Cut]] = field(default_factory=dict)

    @classmethod
    def of(cls, clients: Mapping[Cell, Counts], occurring: Iterable[Mapping[str, str]]) -> Layout:
        """`occurring`: the combinations of members that occur, each as breakdown → member."""
        return cls(clients, frozenset(frozenset(clients.keys() & group.items()) for group in occurring))

    def cuts(self, empty: frozenset[Cell]) -> list[Cut]:
        """Ways to cut the clinic into blocks, the finest first. `empty`: cells known to have nothing in them."""
        if empty not in self._found:
            members: dict[str, set[Cell]] = {}
            for cell in sorted(self.clients.keys() - {WHOLE} - empty):
                members.setdefault(cell[0], set()).add(cell)
            cuts: list[Cut] = [[(frozenset(side),)] for side in members.values()]
            groups = [group for group in self.occurring if not group & empty]
            for one, other in combinations(members.values(), 2):
                both = one | other
                blocks = joined([*({cell} for cell in both), *({*(group & both)} for group in groups)])
                cuts.append([(frozenset(block & one), frozenset(block & other)) for block in blocks])
            self._found[empty] = sorted(cuts, key=len, reverse=True)  # what the finest asks for, the others need too
        return self._found[empty]


def withheld(
    table: Mapping[Cell, Counts],
    layout: Layout,
    *,
    also: Collection[Cell] = (),
    slack: Mapping[Cell, float] | None = None,
    smallest: int = SMALLEST,
) -> frozenset[Cell]:
    """The cells of a table that may not be shown.

    `also`: those already withheld because of other tables. `slack`: the number of which the withheld cells must have
    enough; they may have none of all others.
    """
    hidden = {cell for cell, its in table.items() if cell in also or too_small(its, smallest)}
    numbers = [{cell: its[n] for cell, its in table.items()} for n in range(len(table[WHOLE])) if table[WHOLE][n]]
    more: Collection[Cell] | None = hidden
    while more:
        hidden |= table.keys() if WHOLE in more else set(more)
        lacking = (
            each
            for number in [*numbers, *([slack] if slack else [])]
            for each in _lacking(number, layout, hidden, smallest, may_be_none=number is not slack)
        )
        more = None if WHOLE in hidden else next(lacking, None)
    return frozenset(hidden)


def _lacking(
    number: Mapping[Cell, float], layout: Layout, hidden: set[Cell], smallest: int, *, may_be_none: bool
) -> Iterator[Collection[Cell]]:
    """What to withhold next, if the sum of what is shown of a number would give a withheld one away."""

    def total(cells: Iterable[Cell]) -> float:
        return round(sum(number[cell] for cell in cells), 6)  # so that fractions of days leave nothing over

    def safe(unknowns: list[frozenset[Cell]]) -> bool:
        enough = sum(map(total, unknowns)) >= smallest or (may_be_none and not any(map(total, unknowns)))
        return not unknowns or (len(unknowns) > 1 and enough)

    def least(choices: Iterable[frozenset[Cell]]) -> frozenset[Cell]:
        return min(choices, key=lambda cells: (sum(layout.clients[cell][PART] for cell in cells), sorted(cells)))

    empty = frozenset(cell for cell, count in number.items() if count == 0 and cell not in hidden)
    for cut in layout.cuts(empty):
        blocks = [block for block in cut if len({total(side) for side in block}) == 1]
        if len(blocks) < len(cut):  # if the two sides do not add up alike, they are not about the same clients
            rest = [block for block in cut if block not in blocks]
            blocks.append(tuple(frozenset[Cell]().union(*sides) for sides in zip(*rest, strict=True)))
        dark = [block for block in blocks if len(blocks) > 1 and all(side <= hidden for side in block)]
        light = [block for block in blocks if block not in dark]
        if not safe([block[0] for block in dark]):
            yield least(frozenset().union(*block) for block in light) if light else frozenset({WHOLE})
        for block in light:
            for side in block:
                if not safe([frozenset({cell}) for cell in side & hidden]):
                    shown = frozenset().union(*block) - hidden
                    yield least(frozenset({cell}) for cell in side & shown or shown or {WHOLE})


def control(
    tables: Mapping[str, Mapping[Cell, Counts]],
    layout: Layout,
    smallest: int = SMALLEST,
    *,
    also: Collection[Cell] = (),
    flows: Collection[str] = (),
    stock: Collection[Cell] = (),
) -> dict[str, frozenset[Cell]]:
    """What may not be shown of a month's tables, by their names. `tables`: the `counts` of each cell.

    `also`: cells to withhold in every table. `flows`: tables that lead from the clients in care a month before to those
    of this month; `stock`: the cells whose clients a month before are withheld.
    """
    few = withheld(layout.clients, layout, also=also, smallest=smallest)
    in_care = _shape(layout.clients, PART)  # the one number that tables share without being parts of one another
    shapes = {name: tuple(_shape(table, n) for n in (PART, OF, REST)) for name, table in tables.items()}
    linked = [*_sharing(shapes, in_care), *_entangled(tables, shapes), set(flows) & tables.keys()]
    families = sorted(map(sorted, joined([*({name} for name in tables), *filter(None, linked)])))
    hidden: dict[str, frozenset[Cell]] = dict.fromkeys(tables, frozenset())

    def family_withheld(family: list[str]) -> frozenset[Cell]:
        """What is withheld of a family, as far as is known of the other families."""
        wholes = {shapes[name][OF] for name in family} - {None}
        too = few.union(*(hidden[name] for name in tables if wholes & {shapes[name][PART], shapes[name][REST]}))
        too |= hidden[family[0]]
        cells = sorted(frozenset[Cell]().union(*(tables[name] for name in family)))
        nothing = {name: (0.0,) * len(tables[name][WHOLE]) for name in family}
        table = {cell: sum((tables[name].get(cell, nothing[name]) for name in family), ()) for cell in cells}
        slack = None
        if set(family) & set(flows):
            # Anyone who knows by how many a group grew can work out arrivals from departures: both must be able to be
            # larger.
            too |= frozenset(stock)
            slack = {cell: min(tables[name].get(cell, nothing[name])[PART] for name in family) for cell in cells}
        return withheld(table, layout, also=too, slack=slack, smallest=smallest)

    # A table's part may be the whole of another, and that one's part the whole of a third: until nothing changes.
    changed = True
    while changed:
        changed = False
        for family in families:
            found = family_withheld(family)
            if found != hidden[family[0]]:
                changed = True
                hidden |= dict.fromkeys(family, found)
    return hidden


def _shape(table: Mapping[Cell, Counts], n: int) -> Shape:
    """How a number is spread over the cells, whatever its unit; None if the table does not cover it."""
    if n >= len(table[WHOLE]):
        return None
    return frozenset((cell, round(its[n] / table[WHOLE][n], 9)) for cell, its in table.items() if its[n])


def _sharing(shapes: Mapping[str, tuple[Shape, ...]], in_care: Shape) -> Iterable[set[str]]:
    """The tables that are about the same part, or the same rest."""
    sharing: dict[Shape, set[str]] = {}
    for name, (part, _, rest) in shapes.items():
        for shape in {part, rest} - {None, in_care, frozenset()}:
            sharing.setdefault(shape, set()).add(name)
    return sharing.values()


def _entangled(
    tables: Mapping[str, Mapping[Cell, Counts]], shapes: Mapping[str, tuple[Shape, ...]]
) -> Iterator[set[str]]:
    """The tables whose parts of one whole add up to that whole, or to zero, as the bands of a number do."""
    alike: dict[Shape, list[str]] = {}
    for name, (part, of, rest) in shapes.items():
        if part and of and rest is not None:
            alike.setdefault(of, []).append(name)
    for names in alike.values():
        if len(names) > MOST_TRIED:
            yield set(names)
            continue
        cells = sorted(tables[names[0]])
        parts = np.array([[tables[name].get(cell, (0.0,))[PART] for cell in cells] for name in names])
        whole = np.array([tables[names[0]][cell][OF] for cell in cells])
        signs = np.indices((3,) * len(names)).reshape(len(names), -1).T - 1
        sums = signs @ parts
        found = np.isclose(sums, 0).all(axis=1) | np.isclose(sums, whole).all(axis=1)
        for row in signs[found & signs.any(axis=1)]:
            yield {name for name, sign in zip(names, row, strict=True) if sign}
