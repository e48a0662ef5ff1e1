"""The last look before a report leaves: an attack on every small number, from this report and those before it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import combinations

from pipelines.errors import ActionableError
from pipelines.report.control.attack import Equation, pinned
from pipelines.report.control.cells import WHOLE, Cell, joined
from pipelines.report.control.groups import is_rest
from pipelines.report.control.knowledge import Number, numbers
from pipelines.report.figures import Figure


class GivesAwayError(ActionableError):
    """A report from which a withheld number can be worked out; the message names the measures."""


def check_groups(
    true: Sequence[Figure], shown: Sequence[Figure], occurring: Collection[Mapping[str, str]], smallest: int
) -> set[str]:
    """The measures of which a small number of a group can be worked out, from what is shown of one window.

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
