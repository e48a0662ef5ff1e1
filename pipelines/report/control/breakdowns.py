"""What is shown of groups: the outcomes by site, program and level of care, in one kind of window.

The kind is the month or the quarter if three of four of its cells are not small, else the year. Once a report was
published, the kind stays, and so do the breakdowns: if windows of different kinds overlap, one gives the other away. A
breakdown shows a measure only if the clinic's own figure for the window is shown. disclosure.py decides which figures
of a window may be shown; and if a window overlaps others that were published, nobody may find out a group's count for a
single month.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from pipelines.report.control.attack import pinned
from pipelines.report.control.cells import WHOLE, Cell, Counts, too_small
from pipelines.report.control.disclosure import Layout, control
from pipelines.report.control.groups import FOLDED, Apart, apart, rest
from pipelines.report.control.knowledge import Knowledge
from pipelines.report.figures import BREAKDOWNS, Figure
from pipelines.report.windows import LENGTHS

ENOUGH = 0.75  # of the cells that are not small
CLIENTS = "served"  # the measure that counts a group's clients


def finest(candidates: Mapping[str, Sequence[Figure]], smallest: int) -> str:
    """The kind of window to break down by; `candidates`: for each kind, the cells of its last window."""
    for kind, cells in candidates.items():
        large = sum(not too_small(figure.cell_counts, smallest) for figure in cells)
        if cells and large >= ENOUGH * len(cells):
            return kind
    return "year"


def controlled(
    figures: Sequence[Figure],
    clients: Sequence[Mapping[Cell, Counts]],
    occurring: Collection[Mapping[str, str]],
    smallest: int,
    gives_away: Callable[[Figure], bool] = lambda figure: False,
    of: Collection[str] = FOLDED,
) -> list[Figure]:
    """A window's figures, with small groups joined into one, and what may not be shown withheld.

    `figures`: of the clinic and all groups, ordered by measure and breakdown. `clients`: of the windows up to this one,
    the clients of each group. `occurring`: the combinations of groups that occur in the window. `gives_away`: whether a
    figure, together with published windows, gives a month away. `of`: the breakdowns with small groups that may be
    shown.
    """
    alone = apart(clients, occurring, smallest, of)
    telling = {breakdown for breakdown, _ in alone} | (BREAKDOWNS.keys() - set(FOLDED))
    left = [figure for figure in figures if figure.breakdown in telling]
    tables = _tables(left)
    layout = Layout.of({cell: its for cell, its in clients[-1].items() if cell[0] in telling}, occurring)
    small = {cell for cell in layout.clients if cell[0] in FOLDED and cell not in alone}
    hidden = control(tables, layout, smallest, also=small)
    # Also for a group without data: anyone who knew that it adds nothing would know more about those withheld beside
    # it.
    found = [f.hidden if f.place in hidden[f.measure.name] else f for f in left]
    away = {f.measure.name for f in found if f.is_shown and f.place != WHOLE and gives_away(f)}
    # The figure that would give a month away is of one group; the measure's breakdowns go with it, the clinic's figure
    # stays.
    return list(_folded(left, without(found, away), alone))


def months_given_away(knowledge: Knowledge, smallest: int) -> Callable[[Figure], bool]:
    """Whether a figure gives a month of its group away; `knowledge`: the months of groups, and what was published."""

    def gives_away(figure: Figure) -> bool:
        if figure.measure.name not in knowledge.additive or LENGTHS[figure.window.kind] == 1:
            return False
        months = set(figure.window.months)
        others = [
            each
            for each in knowledge.shown
            if each.place == figure.place
            and each.measure.name == figure.measure.name
            and each.window != figure.window
            and not months.isdisjoint(each.window.months)
        ]
        if not others:
            return False
        names = {figure.measure.name}
        own = [e for e in knowledge.shown if e.place == figure.place and e.measure.name == figure.measure.name]
        months_of_group = {key: true for key, true in knowledge.true.items() if key[1:] == (figure.place, *names)}
        reader = Knowledge(knowledge.additive, months_of_group, [*own, figure])
        targets = reader.targets(names, smallest)
        return bool(pinned(reader.equations(names, smallest), targets, smallest, thorough=False))

    return gives_away


def clients_of(figures: Iterable[Figure]) -> dict[Cell, Counts]:
    """The clients of each group, from the figures that count them."""
    return {f.place: f.cell_counts for f in figures if f.measure.name == CLIENTS}


def without(figures: Iterable[Figure], names: Collection[str]) -> list[Figure]:
    """Figures, those of groups withheld of the measures named."""
    return [f.hidden if f.measure.name in names and f.place != WHOLE else f for f in figures]


def _tables(figures: Iterable[Figure]) -> dict[str, dict[Cell, Counts]]:
    """What the figures reveal, by measure and cell."""
    tables: dict[str, dict[Cell, Counts]] = {}
    for figure in figures:
        tables.setdefault(figure.measure.name, {})[figure.place] = figure.cell_counts
    return tables


def _folded(figures: list[Figure], found: list[Figure], alone: Apart) -> Iterator[Figure]:
    """The figures of the groups reported separately, and after them those of the rest as one.

    The rest is shown if all the others and the whole are, so that it reveals no more than they do. `figures`: the same
    with nothing withheld.
    """
    whole_withheld = {f.measure.name for f in found if f.place == WHOLE and f.withheld}
    pairs = zip(figures, found, strict=True)
    for (measure, breakdown), its in groupby(pairs, key=lambda pair: (pair[0].measure.name, pair[0].breakdown)):
        row = list(its)
        if breakdown not in FOLDED:
            yield from (after for _, after in row)
            continue
        large = [after for before, after in row if before.place in alone]
        yield from large
        if small := [before for before, _ in row if before.place not in alone]:
            hidden = measure in whole_withheld or any(f.withheld for f in large)
            yield _added(small, rest([f.member for f in large]), withheld=hidden)


def _added(figures: list[Figure], member: str, *, withheld: bool) -> Figure:
    def total(numbers: Iterable[float | None]) -> float | None:
        known = [number for number in numbers if number is not None]
        return sum(known) if known and not withheld else None

    part, of = total(f.numerator for f in figures), total(f.denominator for f in figures)
    ratio = part / of if part is not None and of else None
    value = part if figures[0].measure.scale == "count" else ratio
    return replace(figures[0], member=member, numerator=part, denominator=of, value=value, withheld=withheld)
