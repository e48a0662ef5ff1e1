"""What a reader of reports knows, as equations: what is shown, what the definitions say, and how windows overlap.

A number is `part`, `rest` or `of` (their sum) of a share, `part` or `over` of a rate, `part` of a count. A number of a
window is the sum of its months' where the measure counts what happened; else it is a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from pipelines.contract import exports
from pipelines.report import change
from pipelines.report.control.attack import Equation
from pipelines.report.control.cells import Cell, joined
from pipelines.report.figures import Figure
from pipelines.report.windows import LENGTHS, Window, months_on


class Number(NamedTuple):
    """A count behind a measure."""

    measure: str
    what: str


class Unknown(NamedTuple):
    """A count of a group in a window."""

    number: Number
    place: Cell
    window: Window


def _equal(one: tuple[str, str], other: tuple[str, str]) -> dict[Number, float]:
    return {Number(*one): 1, Number(*other): -1}


_REASONS = tuple(f"discharged_{end}" for end in (*exports()["episodes"].column("end_reason").codes, "unknown"))
_TIMES = ("meetings_30_none", "meetings_30_times_1_3", "meetings_30_times_4_7", "meetings_30_times_8_30")
_DAYS = ("meetings_30_none", *(f"meetings_30_days_{band}" for band in ("1_3", "4_8", "9_15", "16_30")))
_BANDS = [tuple(f"{moment}_meetings_{band}" for band in ("none", "1_3", "4_7", "8_30")) for moment in change.MOMENTS]

# Sums of numbers that come to nothing in every window, as the definitions of the measures have it.
DEFINED: tuple[Mapping[Number, float], ...] = (
    _equal(("sobriety_known", "part"), ("sober", "of")),
    _equal(("sober_at_least", "part"), ("sober", "part")),
    _equal(("sober_at_most", "rest"), ("sober", "rest")),
    _equal(("sober_at_least", "of"), ("sobriety_known", "of")),
    _equal(("sober_at_most", "of"), ("sobriety_known", "of")),
    _equal(("no_show_rate", "rest"), ("sessions_kept", "part")),
    *(_equal((name, "of"), (_TIMES[0], "of")) for name in (*_TIMES[1:], *_DAYS[1:])),
    *(
        {Number(bands[0], "of"): -1, **{Number(name, "part"): 1 for name in bands}}
        for bands in (_TIMES, _DAYS, *_BANDS)
    ),
    *(_equal((name, "of"), (_BANDS[0][0], "of")) for bands in _BANDS for name in bands if name != _BANDS[0][0]),
    _equal(("admitted_abstinent", "of"), ("contact_abstinent", "of")),
    _equal(("ended_abstinence_known", "of"), ("contact_abstinent", "of")),
    _equal(("ended_abstinence_known", "part"), ("ended_abstinent", "of")),
    _equal(("contact_lower_level", "of"), ("ended_lower_level", "of")),
    *(_equal((name, "of"), ("discharges", "part")) for name in _REASONS),
    {Number("discharges", "part"): -1, **{Number(name, "part"): 1 for name in _REASONS}},
)
# The same of a month only, whose measures count those in care on its last day.
OF_A_MONTH: tuple[Mapping[Number, float], ...] = (
    _equal(("flagged", "of"), ("census", "part")),
    _equal(("sobriety_known", "of"), ("census", "part")),
)
# From the clients in care at the end of one month to those of the next; True: of the month before.
BALANCE: Mapping[tuple[Number, bool], float] = {
    (Number("census", "part"), False): 1,
    (Number("admissions", "part"), False): -1,
    (Number("discharges", "part"), False): 1,
    (Number("census", "part"), True): -1,
}


def linked(names: Iterable[str]) -> list[set[str]]:
    """The measures, those together of which the definitions link the numbers."""
    groups = [{number.measure for number in identity} for identity in (*DEFINED, *OF_A_MONTH)]
    groups.append({number.measure for number, _ in BALANCE})
    names = set(names)
    return joined([*({name} for name in names), *(group & names for group in groups if group & names)])


@dataclass
class Knowledge:
    """A reader's knowledge of some measures. `additive`: those of which windows are the sums of their months."""

    additive: frozenset[str]
    true: Mapping[tuple[Window, Cell, str], Figure]
    shown: list[Figure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids: dict[Unknown, int] = {}
        self._made_of: dict[Unknown, list[int]] = {}
        self._identities: dict[tuple[frozenset[str], Window, Cell], list[Equation]] = {}
        self._targets: dict[tuple[frozenset[str], int], dict[object, list[int]]] = {}

    def made_of(self, number: Number, place: Cell, window: Window) -> list[int]:
        """The unknowns, numbered, that a number of a window is the sum of."""
        key = Unknown(number, place, window)
        if key not in self._made_of:
            whats = ("part", "rest") if number.what == "of" else (number.what,)
            months = [Window("month", month) for month in window.months]
            windows = months if number.measure in self.additive else [window]
            unknowns = [Unknown(Number(number.measure, what), place, each) for what in whats for each in windows]
            self._made_of[key] = [self._ids.setdefault(unknown, len(self._ids)) for unknown in unknowns]
        return self._made_of[key]

    def equations(self, names: set[str]) -> list[Equation]:
        """All that is known of these measures, in the order of what is shown."""
        figures = [figure for figure in self.shown if figure.measure.name in names]
        known = [equation for figure in figures for equation in self.of_figure(figure)]
        known += self.overlaps(figures)
        places = {(figure.window, figure.place) for figure in figures}
        places |= {(Window("month", month), place) for window, place in places for month in window.months}
        for window, place in places:
            key = frozenset(names), window, place
            if key not in self._identities:
                self._identities[key] = list(self._defined(names, window, place))
            known += self._identities[key]
        return known

    def of_figure(self, figure: Figure) -> Iterator[Equation]:
        """The equations that a figure gives."""
        place, window, name = figure.place, figure.window, figure.measure.name
        if figure.informs and figure.numerator is not None:
            for number, to in numbers(figure):
                yield dict.fromkeys(self.made_of(number, place, window), 1.0), to
        true = self.true.get((window, place, name))
        for bound, what in ((figure.over, "rest"), (figure.under, "part")):
            if bound is not None and true is not None and true.denominator is not None:
                # As if the denominator were known: no more of the rest than so much.
                most = true.denominator * (1 - bound if what == "rest" else bound)
                terms: dict[object, float] = dict.fromkeys(self.made_of(Number(name, what), place, window), 1.0)
                yield {**terms, (name, what, place, window, "and more"): 1.0}, most

    def overlaps(self, figures: Iterable[Figure]) -> Iterator[Equation]:
        """The difference of two windows that overlap: the months in, less the months out."""
        series: dict[tuple[Number, Cell, str], dict[Window, float]] = {}
        for figure in figures:
            if figure.is_shown and figure.measure.name in self.additive and LENGTHS[figure.window.kind] > 1:
                for number, value in numbers(figure):
                    series.setdefault((number, figure.place, figure.window.kind), {})[figure.window] = value
        for (number, place, _), values in series.items():
            for one, other in pairwise(sorted(values)):
                gained, lost = set(other.months) - set(one.months), set(one.months) - set(other.months)
                if len(gained) < len(other.months):
                    terms: dict[object, float] = {}
                    for months, sign in ((gained, 1.0), (lost, -1.0)):
                        for month in months:
                            for unknown in self.made_of(number, place, Window("month", month)):
                                terms[unknown] = sign
                    yield terms, values[other] - values[one]

    def _defined(self, names: set[str], window: Window, place: Cell) -> Iterator[Equation]:
        for identity in (*DEFINED, *(OF_A_MONTH if window.kind == "month" else ())):
            if {number.measure for number in identity} <= names:
                terms: dict[object, float] = {}
                for number, sign in identity.items():
                    for unknown in self.made_of(number, place, window):
                        terms[unknown] = terms.get(unknown, 0.0) + sign
                yield terms, 0.0
        if {number.measure for number, _ in BALANCE} <= names:
            yield from self._balance(window, place)

    def _balance(self, window: Window, place: Cell) -> Iterator[Equation]:
        """From the clients in care before a window to those at its end; where it holds: who was discharged on a month's
        last day was in care on it.
        """
        ends = {False: Window("month", window.period), True: Window("month", months_on(window.from_period, -1))}
        terms: dict[object, float] = {}
        total = 0.0
        for (number, earlier), sign in BALANCE.items():
            at = (
                [Window("month", month) for month in window.months]
                if number.measure in self.additive
                else [ends[earlier]]
            )
            for each in at:
                true = self.true.get((each, place, number.measure))
                if true is None or true.numerator is None:
                    return
                total += sign * true.numerator
                terms[self.made_of(number, place, each)[0]] = sign
        if not total:
            yield terms, 0.0

    def targets(self, names: set[str], smallest: int) -> dict[object, list[int]]:
        """The small numbers of these measures, which nobody must work out."""
        key = frozenset(names), smallest
        if key not in self._targets:
            self._targets[key] = self._small(names, smallest)
        return self._targets[key]

    def _small(self, names: set[str], smallest: int) -> dict[object, list[int]]:
        found: dict[object, list[int]] = {}
        for (window, place, name), figure in self.true.items():
            if name in names and figure.numerator is not None:
                for number, value in numbers(figure):
                    if 0 < value < smallest:
                        found[number, place, window] = self.made_of(number, place, window)
        return found


def numbers(figure: Figure) -> list[tuple[Number, float]]:
    """The counts behind a figure."""
    name = figure.measure.name
    part, *others = figure.cell_counts
    if figure.measure.scale == "share" and others:
        of, rest = others
        return [(Number(name, "part"), part), (Number(name, "rest"), rest), (Number(name, "of"), of)]
    return [(Number(name, "part"), part), *((Number(name, "over"), each) for each in others)]
