"""The figures of a report, as they stand in the snapshot, with what may not be shown withheld."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

from pipelines.measure import Measure
from pipelines.report import disclosure
from pipelines.report.disclosure import SMALLEST, Cell, Counts, Layout

# Outcomes of therapists are never published.
BREAKDOWNS = {"all": "The clinic", "site": "By site", "program": "By program", "level_of_care": "By level of care"}
WITHHELD = "–"
NO_DATA = "no data"
REPEATED = {"census_opening", "census_closing"}  # the census, which stands beside last month's
FLOWS = ("admissions", "discharges")  # between the census of one month and the next
Ask = Callable[[str, dict[str, Any]], list[dict[str, Any]]]  # a snapshot that answers a query: rows as column → value
CHARTED = 24  # months back, at most


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
        whole = self.denominator == int(self.denominator)
        return (
            f"{self.numerator:,.0f} of {self.denominator:,.0f}"
            if whole
            else f"{self.numerator:,.0f} in {self.denominator:,.1f}"
        )


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
    trial: bool
    special: str | None
    direction: str | None
    reading: str | None
    since: date | None
    runs: int | None


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
        if last.mean is None:
            return (
                "No range is given, for months that it is made of are withheld."
                if self.gaps
                else "Too few months to tell."
            )
        if last.special is None:
            said = "Within its usual range: no more than chance"
        else:
            way = {"up": ("above", "rising"), "down": ("below", "falling")}[last.direction or "up"]
            said = {
                "outside": f"{way[0].capitalize()} its usual range",
                "near": f"Often near the {'upper' if way[0] == 'above' else 'lower'} end of its usual range",
                "trend": f"{way[1].capitalize()} for {last.runs} months in a row",
                "run": f"{way[0].capitalize()} its average for {last.runs} months in a row",
            }[last.special]
            if last.since is not None and last.since < last.period:
                said += f", since {last.since:%B %Y}"
        better = {"improvement": ": an improvement", "concern": ": a concern"}.get(last.reading or "", "")
        return f"{said}{better}{' (trial limits: fewer than 12 months)' if last.trial else ''}."

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
        return sorted({f.member for f in self.figures if f.breakdown == breakdown and f.month == self.month})

    def shown(self, measure: Measure, breakdown: str = "all", member: str = "all") -> bool:
        """Whether a row of a table shows anything, in any of the months."""
        row = [self.figure(measure, breakdown, member, month) for month in self.months]
        return any(figure is not None and not figure.withheld and figure.value is not None for figure in row)

    @cached_property
    def _by_place(self) -> dict[tuple[date, str, str, str], Figure]:
        return {(f.month, f.breakdown, f.member, f.measure.name): f for f in self.figures}

    def figure(
        self, measure: Measure, breakdown: str = "all", member: str = "all", month: date | None = None
    ) -> Figure | None:
        """A figure, or None where nothing is published of it."""
        return self._by_place.get((month or self.month, breakdown, member, measure.name))

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
    def signals(self) -> list[str]:
        """What stands out this month by the control charts, in sentences; concerns first."""
        order = {"concern": 0, "improvement": 1}
        special = [series for series in self.series if series.points[-1].special]
        whole = {(series.measure, series.points[-1].reading) for series in special if series.breakdown == "all"}
        told = [s for s in special if s.breakdown == "all" or (s.measure, s.points[-1].reading) not in whole]
        told.sort(key=lambda s: (s.breakdown != "all", order.get(s.points[-1].reading or "", 2), s.measure.title))
        return [
            f"{s.measure.title}{'' if s.breakdown == 'all' else f', {s.member}'}: {_uncapital(s.said)}" for s in told
        ]

    @property
    def charts(self) -> list[Series]:
        """The control charts of the whole clinic, without those of which most is withheld or missing."""
        whole = (series for series in self.series if series.breakdown == "all")
        return [s for s in whole if 2 * sum(point.value is not None for point in s.points) > len(s.points)]


def _uncapital(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


_SENTENCES = {
    "census": "{shown} clients were in care on the last day of the month",
    "meetings_per_client_week": "Clients went to {shown} mutual-help meetings a week",
    "any_meeting": "{shown} of the clients went to a meeting at all",
    "sessions_kept": "{shown} of the therapy sessions that were scheduled took place",
    "checkin_completion": "{shown} of the check-ins were completed",
    "flagged": "{shown} of the clients had a standing flag of declining involvement on the last day",
    "sobriety_known": "The sobriety of {shown} of the clients was known on the last day",
    "sober": "Of those of whom it was known, {shown} were sober",
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
        for row in ask(f"SELECT {columns} FROM measures ORDER BY rowid", {})
        if row["name"] not in REPEATED
    }
    rows = ask(
        "SELECT period AS month, breakdown, member, measure, numerator, denominator, value FROM caseload_month"
        " WHERE list_contains($breakdowns, breakdown) AND list_contains($measures, measure)"
        " ORDER BY period, breakdown, measure, member",
        {"breakdowns": list(BREAKDOWNS), "measures": list(measures)},
    )
    figures: list[Figure] = []
    stock: set[Cell] = set()  # withheld at the end of the month before
    for period, its in groupby(rows, key=itemgetter("month")):
        found = [Figure(**{**row, "measure": measures[row["measure"]]}) for row in its]
        controlled = list(_controlled(found, _occurring(ask, period), stock, smallest))
        stock = {(f.breakdown, f.member) for f in controlled if f.withheld and f.measure.name == "census"}
        figures += controlled
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


def _occurring(ask: Ask, month: date) -> list[dict[str, str]]:
    """Which combinations of members have clients in the weeks of a month."""
    return ask(
        "SELECT DISTINCT coalesce(site, 'unknown') AS site, coalesce(program, 'unknown') AS program,"
        " coalesce(level_of_care, 'unknown') AS level_of_care"
        " FROM client_week WHERE week BETWEEN $month - INTERVAL 6 DAY AND last_day($month)",
        {"month": month},
    )


def _controlled(
    figures: list[Figure], occurring: list[dict[str, str]], stock: Collection[Cell], smallest: int
) -> Iterable[Figure]:
    """A month's figures, with what may not be shown withheld. `stock`: the cells withheld at its beginning."""
    tables: dict[str, dict[Cell, Counts]] = {}
    for f in figures:
        told = disclosure.counts(f.numerator, f.denominator, share=f.measure.scale == "share")
        tables.setdefault(f.measure.name, {})[f.breakdown, f.member] = told
    seen = tables["any_meeting"]
    clients = {cell: (in_care, seen[cell][disclosure.OF]) for cell, (in_care, *_) in tables["census"].items()}
    hidden = disclosure.control(tables, Layout.of(clients, occurring), smallest, flows=FLOWS, stock=stock)
    for f in figures:
        if (f.breakdown, f.member) in hidden[f.measure.name]:
            yield replace(f, numerator=None, denominator=None, value=None, withheld=True)
        else:
            yield f


def _series(ask: Ask, measures: dict[str, Measure], month: date, figures: list[Figure]) -> Iterable[Series]:
    """The control charts that have a point in a month, up to that month. `figures`: those of every month."""
    withheld = {(f.breakdown, f.member, f.measure.name, f.month) for f in figures if f.withheld}
    rows = ask(
        "SELECT breakdown, member, measure, period, value, phase, mean, lower, upper, trial, special, direction,"
        " reading, since, runs FROM control_point WHERE kind = 'month' AND list_contains($breakdowns, breakdown)"
        " AND list_contains($measures, measure) ORDER BY breakdown, measure, member, period",
        {"breakdowns": list(BREAKDOWNS), "measures": list(measures)},
    )
    for place, its in groupby(rows, key=itemgetter(*_PLACE)):
        breakdown, member, name = place
        points = [
            Point(withheld=(*place, row["period"]) in withheld, **{key: row[key] for key in row if key not in _PLACE})
            for row in its
        ]
        if breakdown != "all" and (*place, month) in withheld:
            continue
        # A mean is made of every point of its phase: where one of them is withheld, it would give that one away.
        telling = {point.phase for point in points if point.withheld}
        charted = [_what_may_be_told(point, telling) for point in points if point.period <= month][-CHARTED:]
        if charted and charted[-1].period == month:
            yield Series(measures[name], breakdown, member, tuple(charted))


_PLACE = ("breakdown", "member", "measure")


def _what_may_be_told(point: Point, telling: set[int]) -> Point:
    if point.phase in telling:
        point = replace(point, mean=None, lower=None, upper=None, special=None, direction=None, reading=None)
    return replace(point, value=None) if point.withheld else point
