"""The figures of a report, as they stand in the snapshot, with what may not be shown withheld."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

from pipelines.report.control.cells import OF, SMALLEST, Cell, Counts, counts
from pipelines.report.control.disclosure import Layout, control
from pipelines.report.control.groups import FOLDED, Apart, apart, is_rest, rest
from pipelines.wording.control import Signal, sentence
from pipelines.wording.measure import Measure

# Outcomes of therapists are never published.
BREAKDOWNS = {"all": "The clinic", "site": "By site", "program": "By program", "level_of_care": "By level of care"}
WITHHELD = "–"
NO_DATA = "no data"
REPEATED = {"census_opening", "census_closing"}  # the census, which stands beside last month's
FLOWS = ("admissions", "discharges")  # between the census of one month and the next
Ask = Callable[[str, dict[str, Any]], list[dict[str, Any]]]  # a snapshot that answers a query: rows as column → value
CHARTED = 24  # months back, at most
READING = ("concern", "improvement", "no_direction")  # what stands out, in the order in which it is told
MOST_TOLD = 5  # sentences of what stands out
FEWEST = 2  # months that make a worst one
LONG = 3  # months of 100 % that tell nothing
FIFTH = 0.2
LATER = {"days_abstinent": 30}  # days after a month until a measure of it is told


@dataclass(frozen=True)
class Figure:
    """A measure of a group in a month; its numbers are None where it is withheld."""

    month: date
    breakdown: str
    member: str
    measure: Measure
    numerator: float | None
    denominator: float | None
    value: float | None
    withheld: bool = False

    @property
    def shown(self) -> str:
        """The value as a reader sees it; a dash where it is withheld, `none` where there is nothing to divide by."""
        if self.withheld:
            return WITHHELD
        if self.numerator is None:
            return NO_DATA
        return "none" if self.value is None else amount(self.value, self.measure)

    @property
    def counts(self) -> str:
        """Numerator and denominator as a reader sees them; nothing for a count, which is its own numerator."""
        if self.withheld or self.numerator is None or self.denominator is None:
            return ""
        between = "of" if self.measure.scale == "share" else "over"
        of = round(self.measure.one_by_one(self.denominator), 6)
        return f"{self.numerator:,.0f} {between} {of:,.{0 if of == int(of) else 1}f}"


def span(lower: float, upper: float, measure: Measure) -> str:
    """A range as a reader sees it: `4.1–9.0 %`."""
    low, high = amount(lower, measure), amount(min(upper, 1.0) if measure.scale == "share" else upper, measure)
    return f"{low.removesuffix(' %')}–{high}"


def amount(value: float, measure: Measure) -> str:
    """A value as a reader sees it, with as many digits as it deserves."""
    if measure.scale == "share":
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if measure.scale == "count" else f"{value:,.2f}"


@dataclass(frozen=True)
class Point:
    """A month of a control chart; `value` is None in a gap, and `withheld` says which gaps hide a figure.

    `mean`, `lower`, `upper` are None where a figure that they were made of is withheld.
    """

    period: date
    withheld: bool
    value: float | None
    phase: int
    mean: float | None
    lower: float | None
    upper: float | None
    signal: Signal | None = None


@dataclass(frozen=True)
class Series:
    """A measure of a group over its months up to that of the report."""

    measure: Measure
    breakdown: str
    member: str
    points: tuple[Point, ...]

    @property
    def said(self) -> str:
        """What the last point tells: whether the measure moves more than by chance."""
        last = self.points[-1]
        if last.withheld:
            return "Withheld this month."
        if last.signal is None or last.mean is None:
            return (
                "No range is given, for months that it is made of are withheld."
                if self.gaps
                else "Too few months to tell."
            )
        trial = " The limits are trial limits: fewer than 12 months." if last.signal.trial else ""
        return f"{sentence(last.signal, self.measure)}{trial}"

    @property
    def where(self) -> str:
        """Which group this is, as a sentence begins; nothing for the whole clinic."""
        if self.breakdown == "all":
            return ""
        return f"Level {self.member}: " if self.breakdown == "level_of_care" else f"{self.member}: "

    @property
    def reading(self) -> str | None:
        """Whether the month is a concern, an improvement, or a change of neither kind; None where it is as usual.

        An improvement is none in a month that is worse than the one before. Where a range may not be given, the worst
        of the months shown is a concern if it is worse than the month before by a fifth or more.
        """
        last = self.points[-1]
        before = self.points[-2].value if len(self.points) > 1 else None
        if last.value is None or self._always_whole:
            return None
        up = self.measure.good == "up"
        if last.mean is None:
            if self.measure.good == "neutral" or not self.is_worst or not before:
                return None
            return "concern" if (before - last.value if up else last.value - before) >= FIFTH * before else None
        if last.signal is None or last.signal.special is None or last.signal.reading not in READING:
            return None
        worse = before is not None and (last.value < before if up else last.value > before)
        return None if last.signal.reading == "improvement" and worse else last.signal.reading

    @property
    def _always_whole(self) -> bool:
        return self.measure.scale == "share" and all(p.value in (1, None) for p in self.points[-LONG:])

    @property
    def is_worst(self) -> bool:
        """Whether the month is the worst of those shown, of which there are enough."""
        filled = [point.value for point in self.points if point.value is not None]
        worst = min(filled, default=None) if self.measure.good == "up" else max(filled, default=None)
        return len(filled) >= FEWEST and filled[-1] == worst and filled.count(filled[-1]) == 1

    @property
    def told(self) -> str:
        """The month in a sentence, with this month's figure, last month's and what is usual."""
        last, *before = reversed(self.points)
        value = amount(last.value or 0.0, self.measure)
        beside = [f"{value} this month"]
        if before and before[0].value is not None:
            beside.append(f"{amount(before[0].value, self.measure)} the month before")
        if last.mean is None or last.lower is None or last.upper is None:
            shown = sum(point.value is not None for point in self.points)
            most = "lowest" if self.measure.good == "up" else "highest"
            stand = "stand" if self.measure.plural else "stands"
            usual = ""
            said = f"{self.measure.title} {stand} at the {most} of the {shown} months that can be shown."
        else:
            said = self.said
            usual = f"; usually {span(max(last.lower, 0.0), last.upper, self.measure)}"
        return f"{self.where}{said} {', '.join(beside)}{usual}."

    @property
    def mostly_shown(self) -> bool:
        """Whether there is something to draw."""
        return 2 * sum(point.value is not None for point in self.points) > len(self.points)

    @property
    def gaps(self) -> int:
        """How many months are withheld."""
        return sum(point.withheld for point in self.points)


@dataclass(frozen=True)
class Intake:
    """What became of the rows of an export, over all runs."""

    export: str
    rows_read: int
    accepted: int
    known: int
    rejected: int


@dataclass(frozen=True)
class Report:
    """A month's figures, with those of the month before and of the same month a year before."""

    clinic: str
    date_basis: str
    month: date
    as_of: date
    snapshot: str
    smallest: int
    measures: tuple[Measure, ...]
    figures: tuple[Figure, ...]
    series: tuple[Series, ...]
    intake: tuple[Intake, ...]
    unreported: tuple[tuple[str, int], ...]

    @property
    def months(self) -> tuple[date, date, date]:
        """The month, the one before, and the same a year before."""
        return beside(self.month)

    def groups(self, breakdown: str) -> list[str]:
        """The members that a breakdown has in the month."""
        members = {f.member for f in self.figures if f.breakdown == breakdown and f.month == self.month}
        return sorted(members, key=lambda member: (is_rest(member), member))

    def shown(self, measure: Measure, breakdown: str = "all", member: str = "all") -> bool:
        """Whether a row of a table shows anything, in any of the months."""
        row = [self.figure(measure, breakdown, member, month) for month in self.months]
        return any(figure is not None and not figure.withheld and figure.value is not None for figure in row)

    @property
    def measures_shown(self) -> list[Measure]:
        """The measures of which something is shown anywhere."""
        places = [(breakdown, group) for breakdown in BREAKDOWNS for group in self.groups(breakdown)]
        return [measure for measure in self.measures if any(self.shown(measure, *place) for place in places)]

    def tells(self, breakdown: str) -> bool:
        """Whether anything of a breakdown is shown."""
        return any(
            self.shown(measure, breakdown, group) for measure in self.measures for group in self.groups(breakdown)
        )

    @property
    def withheld(self) -> dict[str, list[str]]:
        """What is withheld in all of the months, or without data: measures of the whole clinic, and breakdowns."""
        breakdowns = [name for name in BREAKDOWNS if name != "all" and not self.tells(name)]
        found = {
            "Measures of the whole clinic": [measure.title for measure in self.measures if not self.shown(measure)],
            "Breakdowns": [BREAKDOWNS[name].removeprefix("By ") for name in breakdowns],
        }
        return {where: what for where, what in found.items() if what}

    @cached_property
    def _by_place(self) -> dict[tuple[date, str, str, str], Figure]:
        return {(f.month, f.breakdown, f.member, f.measure.name): f for f in self.figures}

    def figure(
        self, measure: Measure, breakdown: str = "all", member: str = "all", month: date | None = None
    ) -> Figure | None:
        """A figure, or None where nothing is published of it."""
        return self._by_place.get((month or self.month, breakdown, member, measure.name))

    def cell(self, measure: Measure, breakdown: str, member: str, month: date) -> str:
        """A figure as a reader sees it in a table, with the day from which it is told where that is yet to come."""
        figure = self.figure(measure, breakdown, member, month)
        if (figure is None or figure.numerator is None) and not (figure and figure.withheld):
            ready = (month + timedelta(days=31)).replace(day=1) + timedelta(days=LATER.get(measure.name, 0))
            return f"told from {ready.day} {ready:%b %Y}" if ready > self.as_of and measure.name in LATER else NO_DATA
        return figure.shown if figure else NO_DATA

    @property
    def summary(self) -> list[str]:
        """The month in sentences, made from the figures by rule."""
        sentences = []
        measures = {measure.name: measure for measure in self.measures}
        for name, words in _SENTENCES.items():
            now, before, year_ago = (self.figure(measures[name], month=month) for month in self.months)
            if now is None or now.withheld or now.value is None:
                continue
            text = words.format(shown=now.shown)
            beside = [
                f"{figure.shown} {when}"
                for figure, when in ((before, "the month before"), (year_ago, "a year before"))
                if figure is not None and not figure.withheld and figure.value is not None
            ]
            sentences.append(f"{text} ({'; '.join(beside)})." if beside else f"{text}.")
        return sentences

    @property
    def standing_out(self) -> list[Series]:
        """What stands out this month: concerns first, then improvements, the whole clinic before its groups."""
        telling = [series for series in self.series if series.reading]
        whole = {(s.measure, s.reading) for s in telling if s.breakdown == "all"}
        found = [s for s in telling if s.breakdown == "all" or (s.measure, s.reading) not in whole]
        place = {measure: n for n, measure in enumerate(self.measures)}
        return sorted(
            found, key=lambda s: (READING.index(s.reading or ""), s.breakdown != "all", place.get(s.measure, 0))
        )[:MOST_TOLD]

    @property
    def signals(self) -> list[str]:
        """What stands out, in sentences with their figures."""
        return [series.told for series in self.standing_out]

    @property
    def foremost(self) -> Series | None:
        """The chart that tells most of the month: what stands out first, else that of the meetings."""
        meetings = [s for s in self.charts if s.measure.name == "meetings_per_client_week"]
        charted = [s for s in self.standing_out if s.points[-1].mean is not None]
        return next(iter([*charted, *meetings]), None)

    @property
    def charts(self) -> list[Series]:
        """The control charts of the whole clinic, without those of which most is withheld or missing."""
        whole = (series for series in self.series if series.breakdown == "all")
        return sorted((s for s in whole if s.mostly_shown), key=lambda s: self.measures.index(s.measure))


_SENTENCES = {
    "census": "{shown} clients were in care on the last day of the month",
    "meetings_per_client_week": "Clients went to {shown} mutual-help meetings a week",
    "any_meeting": "{shown} of the clients went to a meeting at all",
    "sessions_kept": "{shown} of the therapy sessions that were scheduled took place",
    "checkin_completion": "{shown} of the check-ins were completed",
    "flagged": "{shown} of the clients had a standing flag of declining involvement on the last day",
    "sobriety_known": "The sobriety of {shown} of the clients was known on the last day",
    "sober": "Of those of whom it was known, {shown} were sober",
    "sober_at_least": "At least {shown} of the clients were sober: so many are known to be",
}


def beside(month: date) -> tuple[date, date, date]:
    """The month, the one before, and the same a year before."""
    return month, (month - timedelta(days=1)).replace(day=1), month.replace(year=month.year - 1)


def months(ask: Ask) -> list[date]:
    """The first days of the months of which there are figures, oldest first."""
    return [row["period"] for row in ask("SELECT DISTINCT period FROM caseload_month ORDER BY period", {})]


def read(ask: Ask, month: date, snapshot: str, smallest: int = SMALLEST) -> Report:
    """Read the report of a month (its first day) from a snapshot.

    `smallest`: the fewest that a figure may stand for.
    """
    (about,) = ask(
        "SELECT clinic.name AS clinic, date_basis, runs.as_of FROM clinic CROSS JOIN runs ORDER BY run_id DESC LIMIT 1",
        {},
    )
    columns = ", ".join(field.name for field in fields(Measure))
    measures = {
        row["name"]: Measure(**row)
        for row in ask(f"SELECT {columns} FROM measures ORDER BY place", {})
        if row["name"] not in REPEATED
    }
    rows = ask(
        "SELECT period AS month, breakdown, member, measure, numerator, denominator, value FROM caseload_month"
        " WHERE list_contains($breakdowns, breakdown) AND list_contains($measures, measure)"
        " ORDER BY period, breakdown, member",
        {"breakdowns": list(BREAKDOWNS), "measures": list(measures)},
    )
    figures = _publishable(ask, measures, rows, smallest)
    return Report(
        month=month,
        snapshot=snapshot,
        smallest=smallest,
        measures=tuple(measures.values()),
        figures=tuple(f for f in figures if f.month in beside(month)),
        series=tuple(_series(ask, measures, month, figures)),
        intake=tuple(
            Intake(**row)
            for row in ask(
                "SELECT export, sum(rows_read)::BIGINT AS rows_read, sum(accepted)::BIGINT AS accepted,"
                " sum(known)::BIGINT AS known, sum(rejected)::BIGINT AS rejected"
                " FROM files WHERE export IS NOT NULL GROUP BY export ORDER BY export",
                {},
            )
        ),
        unreported=tuple(
            (row["site"], row["weeks"])
            for row in ask(
                "SELECT site, count(*) AS weeks FROM coverage_week WHERE NOT reported"
                " AND week BETWEEN $month AND last_day($month) GROUP BY site ORDER BY site",
                {"month": month},
            )
        ),
        **about,
    )


def _publishable(ask: Ask, measures: dict[str, Measure], rows: list[dict[str, Any]], smallest: int) -> list[Figure]:
    """The figures of every month, small groups told as one and what may not be shown withheld."""
    order = list(measures)
    figures: list[Figure] = []
    clients: list[Mapping[Cell, Counts]] = []
    stock: set[Cell] = set()  # withheld at the end of the month before
    for period, its in groupby(rows, key=itemgetter("month")):
        found = sorted(
            (Figure(**{**row, "measure": measures[row["measure"]]}) for row in its),
            key=lambda f: (order.index(f.measure.name), list(BREAKDOWNS).index(f.breakdown)),
        )
        clients.append(_clients(_tables(found)))
        occurring = _occurring(ask, period)
        alone = apart(clients, occurring, smallest)
        telling = {breakdown for breakdown, _ in alone} | (BREAKDOWNS.keys() - set(FOLDED))
        left = [f for f in found if f.breakdown in telling]
        controlled = list(_controlled(left, alone, occurring, stock, smallest))
        stock = {(f.breakdown, f.member) for f in controlled if f.withheld and f.measure.name == "census"}
        stock |= {cell for cell in clients[-1] if cell[0] not in telling}
        figures += _folded(left, controlled, alone)
    return figures


def _folded(figures: list[Figure], controlled: list[Figure], alone: Apart) -> Iterator[Figure]:
    """The figures of the members that are told apart, and after them those of the rest, which is told as one.

    The rest is shown where all the others are, and the whole, so that it tells no more than these do. `figures`: the
    same with nothing withheld.
    """
    whole_withheld = {f.measure.name for f in controlled if f.breakdown == "all" and f.withheld}
    for (breakdown, measure), its in groupby(zip(figures, controlled, strict=True), key=lambda f: _row(f[0])):
        pairs = list(its)
        if breakdown not in FOLDED:
            yield from (after for _, after in pairs)
            continue
        yield from (large := [after for before, after in pairs if (breakdown, before.member) in alone])
        if small := [before for before, _ in pairs if (breakdown, before.member) not in alone]:
            yield _added(
                small,
                rest([f.member for f in large]),
                withheld=measure in whole_withheld or any(f.withheld for f in large),
            )


def _row(figure: Figure) -> tuple[str, str]:
    return figure.breakdown, figure.measure.name


def _added(figures: list[Figure], member: str, *, withheld: bool) -> Figure:
    def total(numbers: Iterable[float | None]) -> float | None:
        known = [number for number in numbers if number is not None]
        return sum(known) if known and not withheld else None

    part, of = total(f.numerator for f in figures), total(f.denominator for f in figures)
    ratio = part / of if part is not None and of else None
    value = part if figures[0].measure.scale == "count" else ratio
    return replace(figures[0], member=member, numerator=part, denominator=of, value=value, withheld=withheld)


def _occurring(ask: Ask, month: date) -> list[dict[str, str]]:
    """Which combinations of members have clients in the weeks of a month."""
    return ask(
        "SELECT DISTINCT coalesce(site, 'unknown') AS site, coalesce(program, 'unknown') AS program,"
        " coalesce(level_of_care, 'unknown') AS level_of_care"
        " FROM client_week WHERE week BETWEEN $month - INTERVAL 6 DAY AND last_day($month)",
        {"month": month},
    )


def _tables(figures: Iterable[Figure]) -> dict[str, dict[Cell, Counts]]:
    """What the figures tell, by measure and cell."""
    tables: dict[str, dict[Cell, Counts]] = {}
    for f in figures:
        of = None if f.denominator is None else round(f.measure.one_by_one(f.denominator), 6)
        its = counts(f.numerator, of, share=f.measure.scale == "share")
        tables.setdefault(f.measure.name, {})[f.breakdown, f.member] = its
    return tables


def _clients(tables: Mapping[str, Mapping[Cell, Counts]]) -> dict[Cell, Counts]:
    """Of each cell its clients in care on the last day, and those of whom some of the month counts."""
    return {cell: (in_care, tables["any_meeting"][cell][OF]) for cell, (in_care, *_) in tables["census"].items()}


def _controlled(
    figures: list[Figure],
    alone: Apart,
    occurring: list[dict[str, str]],
    stock: Collection[Cell],
    smallest: int,
) -> Iterable[Figure]:
    """A month's figures, with what may not be shown withheld. `stock`: the cells withheld at its beginning."""
    tables = _tables(figures)
    layout = Layout.of(_clients(tables), occurring)
    small = {cell for cell in layout.clients if cell[0] in FOLDED and cell not in alone}
    hidden = control(tables, layout, smallest, also=small, flows=FLOWS, stock=stock)
    for f in figures:
        if (f.breakdown, f.member) in hidden[f.measure.name]:
            yield replace(f, numerator=None, denominator=None, value=None, withheld=True)
        else:
            yield f


def _series(ask: Ask, measures: dict[str, Measure], month: date, figures: list[Figure]) -> Iterable[Series]:
    """The control charts that have a point in a month, up to that month. `figures`: those of every month."""
    shown = {(f.breakdown, f.member, f.measure.name, f.month) for f in figures if not f.withheld}
    rows = ask(
        f"SELECT {', '.join(_SIGNAL)}, phase FROM control_point"
        " WHERE kind = 'month' AND list_contains($breakdowns, breakdown)"
        " AND list_contains($measures, measure) ORDER BY breakdown, measure, member, period",
        {"breakdowns": list(BREAKDOWNS), "measures": list(measures)},
    )
    for place, its in groupby(rows, key=itemgetter(*_PLACE)):
        breakdown, member, name = place
        points = [
            Point(
                withheld=(*place, row["period"]) not in shown,
                signal=Signal(**{name: row[name] for name in _SIGNAL}) if row["value"] is not None else None,
                **{name: row[name] for name in ("period", "value", "phase", "mean", "lower", "upper")},
            )
            for row in its
        ]
        if breakdown != "all" and (*place, month) not in shown:
            continue
        # A mean is made of every point of its phase: where one of them is withheld, it would give that one away.
        telling = {point.phase for point in points if point.withheld}
        charted = [_what_may_be_told(point, telling) for point in points if point.period <= month][-CHARTED:]
        if charted and charted[-1].period == month:
            yield Series(measures[name], breakdown, member, tuple(charted))


_SIGNAL = tuple(field.name for field in fields(Signal))
_PLACE = ("breakdown", "member", "measure")


def _what_may_be_told(point: Point, telling: set[int]) -> Point:
    if point.phase in telling:
        point = replace(point, mean=None, lower=None, upper=None, signal=None)
    return replace(point, value=None) if point.withheld else point
