"""The last look before a report leaves: an attack on every small number, from this report and those before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from itertools import combinations

from pipelines.report.control.attack import Equation, pinned
from pipelines.report.control.cells import WHOLE, Cell, joined
from pipelines.report.control.groups import is_rest
from pipelines.report.control.knowledge import Knowledge, Number, numbers
from pipelines.report.figures import Figure
from pipelines.report.windows import LENGTHS, Window


def check_groups(
    true: Sequence[Figure], shown: Sequence[Figure], occurring: Collection[Mapping[str, str]], smallest: int
) -> set[str]:
    """The measures for which a group's small number can be worked out from what is shown of one window.

    `true`: the figures of the clinic and all groups in the window.
    """
    measures = {figure.measure.name for figure in true}
    given_away = set()
    for name in measures:
        its = {figure.place: dict(numbers(figure)) for figure in true if figure.measure.name == name}
        published = [figure for figure in shown if figure.measure.name == name and figure.is_shown]
        if not any(figure.place != WHOLE for figure in published):
            continue
        for number in {number for each in its.values() for number in each if number.what != "of"}:
            values = {place: each.get(number, 0.0) for place, each in its.items()}
            known = list(_known(number, values, published, occurring))
            targets: dict[Hashable, list[Hashable]] = {
                place: [place] for place, value in values.items() if 0 < value < smallest
            }
            if pinned(known, targets, smallest):
                given_away.add(name)
    return given_away


def check_windows(
    knowledge: Knowledge,
    new: Sequence[Figure],
    occurring: Callable[[Window], Collection[Mapping[str, str]]],
    smallest: int,
) -> set[str]:
    """The measures for which a small number can be worked out from all groups, windows and new figures together.

    Only measures of what happened, whose number for a window is the sum of its months'. `knowledge`: the months of the
    clinic and of its groups, and what is shown of them. `occurring`: the combinations of groups of a month.
    """
    given_away = set()
    for name in {f.measure.name for f in new if f.is_shown and f.place != WHOLE} & knowledge.additive:
        true = {key: figure for key, figure in knowledge.true.items() if key[2] == name}
        shown = [f for f in (*knowledge.shown, *new) if f.measure.name == name and f.informs]
        reader = Knowledge(knowledge.additive, true, [f for f in shown if not is_rest(f.member)])
        targets = reader.targets({name}, smallest)
        known = [*_of_rests(reader, shown), *_of_months(reader, name, occurring)]
        if pinned([*known, *reader.equations({name}, smallest)], targets, smallest):
            given_away.add(name)
    return given_away


def _of_rests(reader: Knowledge, shown: Sequence[Figure]) -> Iterator[Equation]:
    """What is shown of members reported as one: the sum of those that are not shown separately."""
    for figure in shown:
        if is_rest(figure.member):
            beside = {f.place for f in shown if (f.window, f.breakdown) == (figure.window, figure.breakdown)}
            members = {place for _, place, _ in reader.true if place[0] == figure.breakdown} - beside
            for number, value in numbers(figure):
                yield {reader.number(number, place, figure.window): 1.0 for place in members}, value


def _of_months(
    reader: Knowledge, name: str, occurring: Callable[[Window], Collection[Mapping[str, str]]]
) -> Iterator[Equation]:
    """The equations that each month's groups add up to the clinic, as far as they do; a group without a row has
    nothing.
    """
    by_month: dict[Window, dict[Cell, dict[Number, float]]] = {}
    for (window, place, _), figure in reader.true.items():
        if LENGTHS[window.kind] == 1 and figure.numerator is not None:
            by_month.setdefault(window, {})[place] = dict(numbers(figure))
    places = {place for month in by_month.values() for place in month}
    for window, its in by_month.items():
        groups = occurring(window)
        for what in {number.what for each in its.values() for number in each} - {"of"}:
            number = Number(name, what)
            for place in places - its.keys():
                yield {reader.number(number, place, window): 1.0}, 0.0
            values = {place: each.get(number, 0.0) for place, each in its.items()}
            at: dict[Hashable, int] = {place: reader.number(number, place, window) for place in values}
            for terms, comes_to in _known(number, values, (), groups):
                yield {at[place]: by for place, by in terms.items()}, comes_to


def _known(
    number: Number, values: Mapping[Cell, float], published: Sequence[Figure], occurring: Collection[Mapping[str, str]]
) -> Iterator[Equation]:
    ways: dict[str, list[Cell]] = {}
    for cell in values:
        if cell != WHOLE:
            ways.setdefault(cell[0], []).append(cell)
    for figure in published:
        value = dict(numbers(figure)).get(number)
        if value is None:
            continue
        if is_rest(figure.member):
            apart = {each.place for each in published if each.breakdown == figure.breakdown}
            cells = [cell for cell in ways.get(figure.breakdown, []) if cell not in apart]
            yield dict.fromkeys(cells, 1.0), value
        elif figure.place in values:
            one_cell: dict[Hashable, float] = {figure.place: 1.0}
            yield one_cell, value
    for cells in ways.values():
        if sum(values[cell] for cell in cells) == values.get(WHOLE):
            sums: dict[Hashable, float] = {WHOLE: -1.0, **dict.fromkeys(cells, 1.0)}
            yield sums, 0.0
    nothing = {figure.place for figure in published if dict(numbers(figure)).get(number) == 0}
    for one, other in combinations(sorted(ways), 2):
        both = {cell for cell in (*ways[one], *ways[other]) if cell not in nothing}
        pairs = [both & set(group.items()) for group in occurring if not nothing & set(group.items())]
        for block in joined([*({cell} for cell in both), *(pair for pair in pairs if pair)]):
            terms: dict[Hashable, float] = {cell: 1.0 if cell[0] == one else -1.0 for cell in block}
            if not sum(
                (1.0 if cell[0] == one else -1.0) * values[cell] for cell in block
            ):  # else they are not of the same clients
                yield terms, 0.0
