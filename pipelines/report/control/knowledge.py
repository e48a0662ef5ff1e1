"""What a reader of reports knows, as equations: what is shown, what the definitions say, and how windows overlap.

A number is `part`, `rest` or `of` (their sum) of a share, `part` or `over` of a rate, `part` of a count. If the measure
counts what happened, a number of a window is the sum of its months'.

If one number counts some of those that another counts, the difference is a count, too: the clients served, less those
in care at the end, are the clients who left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from pipelines.contract import exports
from pipelines.report import change
from pipelines.report.control.attack import Equation, Reader
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


class Left(NamedTuple):
    """The members of a group whom one number counts and another, of the same window or of one within it, does not."""

    whole: Number
    window: Window
    part: Number
    within: Window
    place: Cell


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
CENSUS, SERVED = Number("census", "part"), Number("served", "part")
ADMISSIONS, DISCHARGES = Number("admissions", "part"), Number("discharges", "part")
# From the clients in care before a window to those in it and to those at its end; True: at the end of the month before.
FLOWS: tuple[Mapping[tuple[Number, bool], float], ...] = (
    {(CENSUS, False): 1, (ADMISSIONS, False): -1, (DISCHARGES, False): 1, (CENSUS, True): -1},
    {(SERVED, False): 1, (CENSUS, False): -1, (DISCHARGES, False): -1},
    {(SERVED, False): 1, (CENSUS, True): -1, (ADMISSIONS, False): -1},
)
# If only this few were discharged on a month's last day, or came twice, a flow still shows how many came and how many
# left.
CLOSE = 2
# In a window, those whom the first number counts are some of those whom the second counts.
WITHIN: tuple[tuple[Number, Number], ...] = (
    (Number("sobriety_known", "of"), SERVED),
    (Number("sober", "of"), SERVED),
    (Number("any_meeting", "of"), SERVED),
    (Number("online_only", "of"), Number("any_meeting", "part")),
    (Number("at_home_group", "of"), Number("any_meeting", "part")),
    (Number("meetings_30_none", "of"), CENSUS),
    (Number("meetings_30_none", "of"), SERVED),
    (Number("open_crises", "part"), CENSUS),
    (Number("follow_ups_overdue", "part"), CENSUS),
    (Number("to_call", "part"), CENSUS),
    (Number("open_crises", "part"), Number("to_call", "part")),
    (Number("flagged", "part"), Number("to_call", "part")),
    (Number("sober", "rest"), Number("to_call", "part")),
    (Number("flags_waiting", "part"), Number("flagged", "part")),
    (Number("sponsor_30", "of"), Number("continued", "of")),
    (Number("sponsor_90", "of"), Number("retained_90", "of")),
    (Number("use_90", "of"), Number("retained_90", "of")),
    (Number("admitted_meetings_none", "of"), DISCHARGES),
    (Number("contact_abstinent", "of"), DISCHARGES),
    (Number("contact_lower_level", "of"), DISCHARGES),
    (Number("no_show_rate", "of"), Number("sessions_kept", "of")),
    (Number("active_participation", "of"), Number("meetings_per_client_week", "part")),
    (Number("in_person_meetings", "of"), Number("meetings_per_client_week", "part")),
)


def linked(names: Iterable[str]) -> list[set[str]]:
    """The measures, grouped so that those whose numbers the definitions link are together."""
    groups = [{number.measure for number in identity} for identity in (*DEFINED, *OF_A_MONTH)]
    groups += [{number.measure for number, _ in flow} for flow in FLOWS]
    groups += [{part.measure, whole.measure} for part, whole in WITHIN]
    names = set(names)
    return joined([*({name} for name in names), *(group & names for group in groups if group & names)])


@dataclass(frozen=True)
class Reading:
    """What is known of a group of measures: the reader, and the figures, windows and sums that this covers."""

    reader: Reader = field(default_factory=Reader)
    figures: dict[tuple[str, Cell, str], list[Figure]] = field(default_factory=dict)
    places: set[tuple[Window, Cell]] = field(default_factory=set)
    sums: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Reading:
        """The same, to go on from."""
        figures = {series: list(its) for series, its in self.figures.items()}
        return Reading(self.reader, figures, set(self.places), dict(self.sums))


@dataclass
class Knowledge:
    """A reader's knowledge of some measures. `additive`: those whose windows are the sums of their months."""

    additive: frozenset[str]
    true: Mapping[tuple[Window, Cell, str], Figure]
    shown: list[Figure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids: dict[Unknown | Left, int] = {}
        self._values: dict[tuple[Window, Cell, str], dict[str, float]] = {}
        self._sums: dict[str, list[Equation]] = {}
        self._identities: dict[tuple[frozenset[str], Window, Cell], list[Equation]] = {}
        self._targets: dict[tuple[frozenset[str], int], dict[object, list[int]]] = {}

    def number(self, number: Number, place: Cell, window: Window) -> int:
        """The unknown that a number of a window is, numbered."""
        unknown = Unknown(number, place, window)
        if unknown not in self._ids:
            its: dict[object, float] = {self._id(unknown): -1.0}
            if number.what == "of":
                its |= {self.number(Number(number.measure, what), place, window): 1.0 for what in ("part", "rest")}
            elif number.measure in self.additive and LENGTHS[window.kind] > 1:
                its |= {self.number(number, place, Window("month", month)): 1.0 for month in window.months}
            if len(its) > 1:
                self._sums.setdefault(number.measure, []).append((its, 0.0))
        return self._ids[unknown]

    def equations(self, names: set[str], smallest: int) -> list[Equation]:
        """All that is known of these measures, see `reading`."""
        return list(self._told(self.shown, names, smallest, Reading()))

    def reading(self, figures: Iterable[Figure], names: set[str], smallest: int, before: Reading) -> Reading:
        """What is known of these measures with some figures more. `smallest`: fewer are a small number."""
        told = list(self._told(figures, names, smallest, after := before.copy()))
        return replace(after, reader=before.reader.knowing(told))

    def _told(self, shown: Iterable[Figure], names: set[str], smallest: int, so_far: Reading) -> Iterator[Equation]:
        """What figures say that is not yet known; it is known from then on."""
        figures = [figure for figure in shown if figure.measure.name in names]
        for figure in figures:
            yield from self.of_figure(figure)
            so_far.figures.setdefault((figure.measure.name, figure.place, figure.window.kind), []).append(figure)
        for series in {(figure.measure.name, figure.place, figure.window.kind) for figure in figures}:
            yield from self.overlaps(so_far.figures[series])
        places = {(figure.window, figure.place) for figure in figures}
        places |= {(Window("month", month), place) for window, place in places for month in window.months}
        for window, place in places - so_far.places:
            key = frozenset(names), window, place
            if key not in self._identities:
                self._identities[key] = list(self._defined(names, window, place, smallest))
            yield from self._identities[key]
        so_far.places.update(places)
        for name in names & self._sums.keys():
            yield from self._sums[name][so_far.sums.get(name, 0) :]
            so_far.sums[name] = len(self._sums[name])

    def of_figure(self, figure: Figure) -> Iterator[Equation]:
        """The equations that a figure gives."""
        place, window, name = figure.place, figure.window, figure.measure.name
        if figure.informs and figure.numerator is not None:
            for number, to in numbers(figure):
                yield {self.number(number, place, window): 1.0}, to
        true = self.true.get((window, place, name))
        for bound, what in ((figure.over, "rest"), (figure.under, "part")):
            if bound is not None and true is not None and true.denominator is not None:
                # As if the denominator were known: the rest is at most this.
                most = true.denominator * (1 - bound if what == "rest" else bound)
                its = self.number(Number(name, what), place, window)
                yield {its: 1.0, (name, what, place, window, "and more"): 1.0}, most

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
                            terms[self.number(number, place, Window("month", month))] = sign
                    yield terms, values[other] - values[one]

    def _defined(self, names: set[str], window: Window, place: Cell, smallest: int) -> Iterator[Equation]:
        for identity in (*DEFINED, *(OF_A_MONTH if window.kind == "month" else ())):
            if {number.measure for number in identity} <= names:
                yield {self.number(number, place, window): sign for number, sign in identity.items()}, 0.0
        for flow in FLOWS:
            if {number.measure for number, _ in flow} <= names:
                yield from self._flowing(flow, window, place)
        for left in self._left(names, window, place, smallest):
            whole, part = self.number(left.whole, place, left.window), self.number(left.part, place, left.within)
            yield {whole: 1.0, part: -1.0, self._id(left): -1.0}, 0.0

    def _flowing(self, flow: Mapping[tuple[Number, bool], float], window: Window, place: Cell) -> Iterator[Equation]:
        """From the clients in care before a window to those at its end; it holds except for a few, because a client
        discharged on a month's last day was in care on it. We assume that the reader knows about these few.
        """
        ends = {False: Window("month", window.period), True: Window("month", months_on(window.from_period, -1))}
        terms: dict[object, float] = {}
        total = 0.0
        for (number, earlier), sign in flow.items():
            at = ends[earlier] if number == CENSUS else window
            value = self._value(number, place, at)
            if value is None:
                return
            total += sign * value
            terms[self.number(number, place, at)] = sign
        if abs(total) <= CLOSE:
            yield terms, total

    def _left(self, names: set[str], window: Window, place: Cell, smallest: int) -> Iterator[Left]:
        """The small counts of those whom one number counts and another does not."""
        for part, within, whole in _within(names, window):
            some, of = self._value(part, place, within), self._value(whole, place, window)
            if some is not None and of is not None and 0 < round(of - some, 6) < smallest:
                yield Left(whole, window, part, within, place)

    def _value(self, number: Number, place: Cell, window: Window) -> float | None:
        key = window, place, number.measure
        if key not in self._values:
            true = self.true.get(key)
            counted = true is not None and true.numerator is not None
            self._values[key] = {each.what: value for each, value in numbers(true)} if true and counted else {}
        return self._values[key].get(number.what)

    def _id(self, unknown: Unknown | Left) -> int:
        return self._ids.setdefault(unknown, len(self._ids))

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
                        found[number, place, window] = [self.number(number, place, window)]
        for window, place in {(window, place) for window, place, _ in self.true}:
            for left in self._left(names, window, place, smallest):
                found[left] = [self._id(left)]
        return found


def _within(names: set[str], window: Window) -> Iterator[tuple[Number, Window, Number]]:
    """Which numbers count some of those whom another counts in a window: anyone in care in a part of it was served."""
    for part, whole in WITHIN:
        if {part.measure, whole.measure} <= names:
            yield part, window, whole
    if SERVED.measure in names:
        if CENSUS.measure in names:
            for month in (months_on(window.from_period, -1), *window.months):
                yield CENSUS, Window("month", month), SERVED
        for kind in LENGTHS:
            for shorter in dict.fromkeys(Window.ending(kind, month) for month in window.months):
                if shorter != window and set(shorter.months) <= set(window.months):
                    yield SERVED, shorter, SERVED


def numbers(figure: Figure) -> list[tuple[Number, float]]:
    """The counts behind a figure."""
    name = figure.measure.name
    part, *others = figure.cell_counts
    if figure.measure.scale == "share" and others:
        of, rest = others
        return [(Number(name, "part"), part), (Number(name, "rest"), rest), (Number(name, "of"), of)]
    return [(Number(name, "part"), part), *((Number(name, "over"), each) for each in others)]
