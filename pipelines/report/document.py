"""A report: its content, made from its figures and series, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from pipelines.definitions import rules
from pipelines.report import change
from pipelines.report.change import CHANGES, MOMENTS, Change
from pipelines.report.control.groups import is_rest
from pipelines.report.figures import BREAKDOWNS, NO_DATA, Figure
from pipelines.report.outcomes import NAMES, OUTCOMES, Outcome
from pipelines.report.series import READING, Series
from pipelines.report.source import Intake
from pipelines.report.windows import NAMES as KINDS
from pipelines.report.windows import Window, months_on
from pipelines.wording.dates import short_date
from pipelines.wording.measure import Measure

MOST_SIGNALS = 5  # sentences of what stands out
LATER = {"days_abstinent": "checkin_covers_days"}  # the rule that says how long after a month a measure is published
FUNDERS = "For funders"  # the theme of the measures that they ask for
ALSO_FUNDERS = ("served", "initiated", "engaged")
FUNDERS_NOTE = (
    "These figures, from the clinic's own exports, help to fill in the forms named beside them; they are not the "
    "submission."
)
NOTHING_CHANGED = "No measure has moved more than chance would explain."
NOTHING_JUDGED = "No measure could be judged: there are too few months or too few clients, or months are withheld."
NOTHING_JUDGED_ROUNDED = (
    "Whether a measure has moved more than chance would explain is not judged, because counts are rounded."
)


@dataclass(frozen=True)
class Report:
    """A month's report. `windows`: for each measure, the window in which the clinic's figure is shown.

    `group_window`: that of the breakdowns. `rounded_to`: what counts are rounded to (1: they are not). `site`: the
    site, if the report is of one. `corrections`: if the report was published before, the exports that have brought rows
    since; `changed`: whether figures of the clinic would now differ.
    """

    clinic: str
    date_basis: str
    month: date
    as_of: date
    snapshot: str
    smallest: int
    measures: tuple[Measure, ...]
    windows: dict[str, Window]
    group_window: Window | None
    figures: tuple[Figure, ...]
    series: tuple[Series, ...]
    intake: tuple[Intake, ...]
    unreported: tuple[tuple[str, int], ...]
    rounded_to: int = 1
    site: str = ""
    published_before: bool = False
    corrections: tuple[str, ...] = ()
    changed: bool = False

    @cached_property
    def _by_place(self) -> dict[tuple[Window, str, str, str], Figure]:
        return {(f.window, f.breakdown, f.member, f.measure.name): f for f in self.figures}

    def measure(self, name: str) -> Measure | None:
        """A measure by its name."""
        return next((measure for measure in self.measures if measure.name == name), None)

    def window(self, measure: Measure, breakdown: str = "all") -> Window | None:
        """The window in which a measure is shown."""
        return self.windows.get(measure.name) if breakdown == "all" else self.group_window

    def figure(
        self, measure: Measure, breakdown: str = "all", member: str = "all", window: Window | None = None
    ) -> Figure | None:
        """A figure, in the window in which its measure is shown; None if nothing is published of it."""
        at = window or self.window(measure, breakdown)
        return self._by_place.get((at, breakdown, member, measure.name)) if at else None

    def row(
        self, measure: Measure, breakdown: str = "all", member: str = "all"
    ) -> tuple[Figure | None, Figure | None, Figure | None]:
        """A figure, the one of the window before, and that of the same window a year before."""
        window = self.window(measure, breakdown)
        if window is None:
            return None, None, None
        now, before, year_before = (self.figure(measure, breakdown, member, each) for each in window.compared)
        return now, before, year_before

    def shown(self, measure: Measure, breakdown: str = "all", member: str = "all") -> bool:
        """Whether a row has anything to show for its window."""
        figure = self.figure(measure, breakdown, member)
        return figure is not None and figure.is_legible

    def groups(self, breakdown: str) -> list[str]:
        """The members that a breakdown has."""
        members = {f.member for f in self.figures if f.breakdown == breakdown and f.window == self.group_window}
        return sorted(members, key=lambda member: (is_rest(member), member))

    def rows(self, breakdown: str) -> Iterator[tuple[Measure, str]]:
        """The rows of a table, from top to bottom, without the empty ones."""
        groups = ["all"] if breakdown == "all" else self.groups(breakdown)
        return ((m, group) for m in self.measures for group in groups if self.shown(m, breakdown, group))

    def shows(self, breakdown: str) -> bool:
        """Whether anything of a breakdown is shown."""
        return any(True for _ in self.rows(breakdown))

    @property
    def clinic_rows(self) -> list[Measure]:
        """The measures of the clinic's table; those that only funders ask for have tables of their own."""
        return [measure for measure, _ in self.rows("all") if measure.theme != FUNDERS]

    @property
    def funders(self) -> list[Measure]:
        """The measures of the clinic that funders ask for, as far as they are shown."""
        asked = [
            m for m in self.measures if (m.theme == FUNDERS and m.name not in change.NAMES) or m.name in ALSO_FUNDERS
        ]
        return [measure for measure in asked if self.shown(measure)]

    @property
    def changes(self) -> list[tuple[Change, list[Figure | None]]]:
        """The lines from admission to discharge, as far as they are shown, each with a figure per moment."""
        measures = {measure.name: measure for measure in self.measures}
        found = []
        for line in CHANGES:
            figures = [
                self.figure(measure) if (measure := measures.get(line.measure(moment))) else None for moment in MOMENTS
            ]
            if any(figure is not None and figure.is_legible for figure in figures):
                found.append((line, figures))
        return found

    @property
    def measures_shown(self) -> list[Measure]:
        """The measures that are shown anywhere, except those that the table of changes explains."""
        shown = {measure for name in BREAKDOWNS for measure, _ in self.rows(name)}
        return [measure for measure in self.measures if measure in shown and measure.name not in change.NAMES]

    @property
    def withheld(self) -> list[tuple[str, str]]:
        """What is withheld, or without data: measures of the clinic and breakdowns, each with why."""
        found = []
        for measure in self.measures:
            if not self.shown(measure) and measure.name not in change.NAMES:
                figure = self.figure(measure)
                found.append((measure.title, self.reason(measure, figure)))
        changes = [measure for measure in self.measures if measure.name in change.NAMES]
        if changes and not self.changes:
            found.append((change.TITLE, self.reason(changes[0], self.figure(changes[0]))))
        for name, title in BREAKDOWNS.items():
            if name != "all" and not self.shows(name):
                found.append((title, "Too few clients in its groups, or it would give away those of another."))
        return found

    def reason(self, measure: Measure, figure: Figure | None) -> str:
        """Why a measure is not shown."""
        if figure is None or (not figure.withheld and figure.numerator is None):
            if measure.name in LATER:
                ready = months_on(self.month, 1) + timedelta(days=rules()[LATER[measure.name]])
                if ready > self.as_of:
                    return f"Available from {short_date(ready)}."
            return "No data."
        if figure.withheld:
            return f"Withheld: fewer than {self.smallest}, or it would give such a figure away."
        return "Nothing to count."

    def cell(self, figure: Figure | None) -> str:
        """A figure as a reader sees it in a table."""
        return figure.shown if figure else NO_DATA

    @property
    def outcomes(self) -> list[tuple[Outcome, Measure]]:
        """The outcomes of the first page whose measure the clinic has."""
        found = [(outcome, self.measure(outcome.measure)) for outcome in OUTCOMES]
        return [(outcome, measure) for outcome, measure in found if measure is not None]

    def outcome_sentence(self, outcome: Outcome, measure: Measure) -> str:
        """An outcome with what it was in the window before and a year before."""
        window = self.windows.get(measure.name)
        figure = self.figure(measure)
        if window is None or figure is None or not figure.is_legible:
            return self.reason(measure, figure)
        text = outcome.words.format(shown=figure.shown, within=window.within, **rules())
        sentences = [text[0].upper() + text[1:]]
        other = self.measure(outcome.beside) if outcome.beside else None
        if other is not None:
            beside = self.figure(other, window=window)
            if beside is not None and beside.is_legible:
                sentences.append(outcome.beside_words.format(shown=beside.shown))
            else:
                sentences.append("How many it was not known for is withheld.")
        _, before, year_before = self.row(measure)
        compared = [] if before is None or not before.is_legible else [f"{before.window.label}: {before.shown}"]
        if year_before is not None and year_before.is_legible and year_before is not before:
            compared.append(f"{year_before.window.label}: {year_before.shown}")
        if compared:
            sentences.append(f"{'; '.join(compared)}.")
        return " ".join(sentences)

    @property
    def standing_out(self) -> list[Series]:
        """What stands out this month: concerns first, then improvements; what is largest and most certain first."""
        telling = [series for series in self.series if series.reading]
        names = list(NAMES)
        return sorted(
            telling,
            key=lambda s: (READING.index(s.reading or ""), s.measure.name not in names, -s.size),
        )[:MOST_SIGNALS]

    @property
    def signals(self) -> list[str]:
        """What stands out, in sentences with their figures, and where."""
        return [" ".join(filter(None, (series.sentence, self._most_at(series)))) for series in self.standing_out]

    @property
    def changed_most(self) -> str:
        """What changed most, and where; or that nothing did, or that nothing could be judged."""
        if any(series.is_judged for series in self.series):
            return next(iter(self.signals), NOTHING_CHANGED)
        return NOTHING_JUDGED_ROUNDED if any(series.is_rounded for series in self.series) else NOTHING_JUDGED

    def _most_at(self, series: Series) -> str:
        """Where a measure moved most in the direction of its signal, as far as groups are shown."""
        last = series.points[-1]
        sign = 1 if last.value is not None and last.mean is not None and last.value > last.mean else -1
        moves = []
        for breakdown in BREAKDOWNS:
            for group in self.groups(breakdown) if breakdown != "all" else ():
                now, before, _ = self.row(series.measure, breakdown, group)
                if now is not None and before is not None and now.is_shown and before.is_shown:
                    move = sign * ((now.value or 0.0) - (before.value or 0.0))
                    moves.append((move, group, before, now))
        if len(moves) < 2:
            return ""
        move, group, before, now = max(moves, key=lambda each: each[0])
        return (
            f"Most at {group}: {before.shown} {before.window.within}, {now.shown} {now.window.within}."
            if move > 0
            else ""
        )

    def of_site(self, site: str) -> Report:
        """The report of one site: its part of this report and the clinic's outcomes, nothing else."""
        its = tuple(f for f in self.figures if f.breakdown == "all" or (f.breakdown, f.member) == ("site", site))
        return replace(self, figures=its, site=site)

    def rounded(self) -> Report:
        """The report as it leaves: its counts rounded, and without the limits, which come from counts that are not
        rounded.
        """
        if self.rounded_to == 1:
            return self
        figures = tuple(figure.rounded(self.rounded_to) for figure in self.figures)
        return replace(self, figures=figures, series=tuple(s.rounded({f.key: f for f in figures}) for s in self.series))

    @property
    def foremost(self) -> Series | None:
        """The most telling chart of the month: that of the strongest signal, else that of the meetings."""
        meetings = [s for s in self.charts if s.measure.name == "meetings_per_client_week"]
        return next(iter([*self.standing_out, *meetings]), None)

    @property
    def charts(self) -> list[Series]:
        """The control charts of the clinic, without those of which most is withheld or missing."""
        charted = (s for s in self.series if s.is_mostly_shown and s.points[-1].window.kind == "month")
        return sorted(charted, key=lambda s: self.measures.index(s.measure))

    def line(self, measure: Measure) -> Series | None:
        """The series of a measure, if there is something to draw."""
        return next((s for s in self.series if s.measure == measure and s.is_mostly_shown), None)

    @property
    def kinds(self) -> str:
        """Which windows the figures of the clinic cover, in a sentence."""
        there = {window.kind: window for window in self.windows.values()}
        parts = [f"{KINDS[kind]} ({there[kind].label})" for kind in KINDS if kind in there]
        return f"Each figure is of the shortest time in which it can be shown: {', '.join(parts)}."
