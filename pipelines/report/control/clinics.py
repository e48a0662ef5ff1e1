"""Which figures of several clinics may be shown side by side, and which totals of the network with them.

Each clinic's own figures are chosen separately, as for its report and in view of what its reports showed, so they do
not depend on which clinics lie beside it; nothing is shown of a clinic with too few clients in care. A total gives way,
never a clinic. Anyone who sees that a figure is withheld knows that it is small, so a total is shown only if that
reader learns nothing else from it: each small number may still be anything from 1 on. So it takes three withheld
clinics, or two whose sum says nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import fsum

from pipelines.report.control.attack import Equation, pinned
from pipelines.report.control.cells import PART, WHOLE, Cell, too_small
from pipelines.report.control.choice import Choice
from pipelines.report.control.knowledge import Knowledge, Number, linked, numbers
from pipelines.report.figures import Figure
from pipelines.report.windows import Window

CLIENTS = "census"  # the measure that counts a clinic's clients
worked_out = partial(pinned, thorough=False)  # for clinics that only add up, solving programs finds no more
NOTHING_SUMMED: frozenset[str] = frozenset()  # each measure is shown in windows of one kind that do not overlap


@dataclass(frozen=True)
class Told:
    """What a clinic's reports showed and withheld, and its figures in all windows that they cover.

    `additive`: the measures of which windows are the sums of their months.
    """

    published: Sequence[Figure] = ()
    true: Sequence[Figure] = ()
    additive: frozenset[str] = NOTHING_SUMMED

    def as_shown(self, figures: Iterable[Figure]) -> list[Figure]:
        """Figures as they were when a report showed them, which may have been corrected since."""
        before = {figure.key: figure for figure in self.published if figure.informs and not figure.withheld}
        return [before.get(figure.key, figure) for figure in figures]


def of_clinic(figures: Sequence[Figure], smallest: int, told: Told | None = None) -> list[Figure]:
    """A clinic's figures, those that may not leave it withheld; the first in order is shown first.

    `told`: what its reports showed; what they withheld is withheld here, too.
    """
    if _is_few(figures, smallest):
        return [_withheld(figure) for figure in figures]
    told = told or Told()
    true = {figure.key: figure for figure in (*told.true, *figures)}
    published = {figure.key: figure for figure in told.published}
    names = {figure.measure.name for figure in true.values()}
    choice = Choice(true, published, Knowledge(told.additive, true), names, smallest)
    for figure in figures:
        if not choice.publish(figure.measure, [figure.window]):
            choice.publish_range(figure.measure, figure.window)
    choice.withdraw()
    chosen = [choice.figure(figure.measure, figure.window) or figure for figure in figures]
    return [_withheld(figure) if too_small(figure.cell_counts, smallest) else figure for figure in chosen]


def of_network(
    true: Mapping[str, Sequence[Figure]], shown: Mapping[str, Sequence[Figure]], smallest: int
) -> list[Figure]:
    """The totals of the measures that every clinic has; one is withheld if it would give a small number away.

    `true`: the figures of each clinic; `shown`: the same as they are shown. Numerators and denominators are added, and
    what is shown is made of the sums.
    """
    reader = _Reader(true, shown, smallest)
    may_all = not any(_is_few(its, smallest) for its in true.values())
    found = []
    for total in reader.totals:
        of_clients = total.measure.name == CLIENTS  # first; where it may not be shown, nothing about those few may
        may = (may_all or of_clients) and not too_small(total.cell_counts, smallest) and reader.may_learn(total)
        may_all = may_all or (of_clients and may)
        found.append(total if may else _withheld(total))
    return found


class _Reader:
    """Somebody who sees the clinics' figures and the totals that are shown so far."""

    def __init__(
        self, true: Mapping[str, Sequence[Figure]], shown: Mapping[str, Sequence[Figure]], smallest: int
    ) -> None:
        self._smallest = smallest
        self._clinics = [_of(name, figure) for name, its in true.items() for figure in its]
        seen = [_of(name, figure) for name, its in shown.items() for figure in its]
        self._hidden = {figure.key for figure in seen if figure.withheld}
        self.totals = _added(self._clinics, len(true))
        every = {figure.key: figure for figure in (*self._clinics, *self.totals)}
        self._knowledge = Knowledge(NOTHING_SUMMED, every, seen)
        self._without_totals: dict[str, set[tuple[Hashable, float]]] = {}
        self._linked = {name: group for group in linked({key[2] for key in every}) for name in group}

    def may_learn(self, total: Figure) -> bool:
        """Whether a total gives nothing away; if so, the reader knows it from now on."""
        group = self._linked[total.measure.name]
        if total.measure.name not in self._without_totals:
            self._without_totals |= dict.fromkeys(group, self._learned(group))
        self._knowledge.shown.append(total)
        if self._learned(group) == self._without_totals[total.measure.name]:
            return True
        self._knowledge.shown.pop()
        return False

    def _learned(self, group: set[str]) -> set[tuple[Hashable, float]]:
        """The small numbers about which the reader knows more than that they are small, and how much more."""
        small: list[Equation] = []
        room: dict[Hashable, list[Hashable]] = {}
        for number, place, window, value in self._small(group):
            its: dict[Hashable, float] = {self._knowledge.number(number, place, window): 1.0}
            for end, sign, bound in (("more", 1.0, max(value, self._smallest - 1)), ("less", -1.0, min(value, 1.0))):
                small.append(({**its, (end, number, place, window): sign}, bound))
                room[end, number, place, window] = [(end, number, place, window)]
        targets = self._knowledge.targets(group, self._smallest)
        known = [*self._sums(group), *self._knowledge.equations(group, self._smallest)]
        found = worked_out(known, targets, self._smallest)
        narrowed = worked_out([*known, *small], room, self._smallest)
        return {(each.target, round(each.least, 3)) for each in (*found, *narrowed)}

    def _small(self, group: set[str]) -> Iterator[tuple[Number, Cell, Window, float]]:
        """The small numbers behind the figures that are withheld."""
        for (number, window), its in self._numbers(group).items():
            for place, value in its.items():
                if (window, place, number.measure) in self._hidden and 0 < value < self._smallest:
                    yield number, place, window, value

    def _sums(self, group: set[str]) -> Iterator[Equation]:
        """The equations that the clinics add up to the network."""
        for (number, window), its in self._numbers(group & {total.measure.name for total in self.totals}).items():
            terms: dict[Hashable, float] = {}
            for place, sign in (*dict.fromkeys(its, 1.0).items(), (WHOLE, -1.0)):
                terms[self._knowledge.number(number, place, window)] = sign
            yield terms, 0.0

    def _numbers(self, group: set[str]) -> dict[tuple[Number, Window], dict[Cell, float]]:
        """What each clinic has of the numbers behind these measures."""
        found: dict[tuple[Number, Window], dict[Cell, float]] = {}
        for figure in self._clinics:
            if figure.measure.name in group and figure.numerator is not None:
                for number, value in numbers(figure):
                    found.setdefault((number, figure.window), {})[figure.place] = value
        return found


def _added(figures: Sequence[Figure], clinics: int) -> list[Figure]:
    """The figures of all so many clinics together, in the order of the clinics' own."""
    apart: dict[tuple[Window, str], list[Figure]] = {}
    for figure in figures:
        if figure.numerator is not None:
            apart.setdefault((figure.window, figure.measure.name), []).append(figure)
    return [_sum(its) for its in apart.values() if len(its) == clinics]


def _sum(figures: Sequence[Figure]) -> Figure:
    part = round(fsum(figure.numerator or 0.0 for figure in figures), 9)
    parts = [figure.denominator for figure in figures if figure.denominator is not None]
    of = round(fsum(parts), 9) if parts else None
    value = part if of is None else part / of if of else None
    breakdown, member = WHOLE
    return replace(figures[0], breakdown=breakdown, member=member, numerator=part, denominator=of, value=value)


def _of(clinic: str, figure: Figure) -> Figure:
    return replace(figure, breakdown="clinic", member=clinic)


def _is_few(figures: Sequence[Figure], smallest: int) -> bool:
    """Whether a clinic has so few clients in care that nothing of it is shown, or an unknown number."""
    known = [figure for figure in figures if figure.measure.name == CLIENTS and figure.numerator is not None]
    return not known or any(too_small((figure.cell_counts[PART],), smallest) for figure in known)


def _withheld(figure: Figure) -> Figure:
    return figure if figure.numerator is None else figure.hidden
