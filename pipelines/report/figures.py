"""The figures of a report, as they stand in the snapshot, with what is too small withheld."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from pipelines.engine.duckdb import Engine
from pipelines.report.disclosure import may_leave

# Outcomes of therapists are never published.
BREAKDOWNS = {"all": "The clinic", "site": "By site", "program": "By program", "level_of_care": "By level of care"}
WITHHELD = "–"


@dataclass(frozen=True)
class Measure:
    """A measure, as `measures` defines it. `scale`: count, rate or share."""

    name: str
    title: str
    unit: str
    scale: str
    definition: str
    numerator: str
    denominator: str
    source: str


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
    def is_share(self) -> bool:
        """Whether the numerator counts a part of the denominator."""
        return self.measure.scale == "share"

    @property
    def shown(self) -> str:
        """The value as a reader sees it; a dash where it is withheld, `none` where there is nothing to divide by."""
        if self.withheld:
            return WITHHELD
        if self.value is None:
            return "none"
        return {"share": f"{100 * self.value:.1f} %", "count": f"{self.value:,.0f}"}.get(
            self.measure.scale, f"{self.value:.2f}"
        )

    @property
    def counts(self) -> str:
        """Numerator and denominator as a reader sees them."""
        if self.withheld or self.numerator is None or self.denominator is None:
            return ""
        return (
            f"{self.numerator:,.0f} of {self.denominator:,.0f}"
            if self.is_share
            else f"{self.numerator:,.0f} in {self.denominator:,.1f}"
        )


@dataclass(frozen=True)
class Report:
    """A month's figures, with those of the month before and of the same month a year before."""

    clinic: str
    date_basis: str
    month: date
    as_of: date
    snapshot: str
    rows_rejected: int
    measures: tuple[Measure, ...]
    figures: tuple[Figure, ...]

    @property
    def months(self) -> tuple[date, date, date]:
        """The month, the one before, and the same a year before."""
        before = (self.month - timedelta(days=1)).replace(day=1)
        return self.month, before, self.month.replace(year=self.month.year - 1)

    def members(self, breakdown: str) -> list[str]:
        """The members of a breakdown in the month."""
        return sorted({f.member for f in self.figures if f.breakdown == breakdown and f.month == self.month})

    def figure(
        self, measure: Measure, breakdown: str = "all", member: str = "all", month: date | None = None
    ) -> Figure | None:
        """A figure, or None where nothing is published of it."""
        wanted = (month or self.month, breakdown, member, measure.name)
        return next((f for f in self.figures if (f.month, f.breakdown, f.member, f.measure.name) == wanted), None)

    @property
    def summary(self) -> list[str]:
        """The month in sentences, made from the figures by rule."""
        sentences = []
        for name, words in _SENTENCES.items():
            measure = next(each for each in self.measures if each.name == name)
            now, before = self.figure(measure), self.figure(measure, month=self.months[1])
            if now is None or now.withheld or now.value is None:
                continue
            text = words.format(shown=now.shown)
            if before is not None and not before.withheld and before.value is not None:
                text += f" The month before it was {before.shown}."
            sentences.append(text)
        return sentences


_SENTENCES = {
    "census": "{shown} clients were in care on the last day of the month.",
    "meetings_per_client_week": "Clients went to {shown} mutual-help meetings a week.",
    "sessions_kept": "{shown} of the therapy sessions that were scheduled took place.",
    "flagged": "{shown} of the clients had a standing flag of declining involvement on the last day.",
    "sobriety_known": "The sobriety of {shown} of the clients was known on the last day.",
}


def read(engine: Engine, month: date, snapshot: str) -> Report:
    """Read the figures of a month (its first day) from a snapshot that is open in the engine."""
    (about,) = engine.records(
        "SELECT clinic.name AS clinic, date_basis, runs.as_of,"
        " (SELECT count(*) FROM rejected_rows) AS rows_rejected"
        " FROM clinic CROSS JOIN runs ORDER BY run_id DESC LIMIT 1"
    )
    measures = {
        row["name"]: Measure(**row)
        for row in engine.records(
            "SELECT name, title, unit, scale, definition, numerator, denominator, source FROM measures"
        )
    }
    report = Report(month=month, snapshot=snapshot, measures=tuple(measures.values()), figures=(), **about)
    rows = engine.records(
        "SELECT period AS month, breakdown, member, measure, numerator, denominator, value FROM caseload_month"
        " WHERE list_contains($months, period) AND list_contains($breakdowns, breakdown)"
        " ORDER BY period, breakdown, measure, member",
        {"months": list(report.months), "breakdowns": list(BREAKDOWNS)},
    )
    figures = [Figure(**{**row, "measure": measures[row["measure"]]}) for row in rows]
    kept: list[Figure] = []
    for _, table in groupby(figures, key=lambda f: (f.month, f.breakdown, f.measure.name)):
        members = list(table)
        shown = may_leave(members)
        kept += (
            members
            if shown
            else [replace(f, numerator=None, denominator=None, value=None, withheld=True) for f in members]
        )
    return replace(report, figures=tuple(kept))
