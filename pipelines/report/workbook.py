"""A report as a workbook that reads well and prints well: real numbers and dates, no formula, the same bytes again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import zip_longest
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.report import change
from pipelines.report.document import FUNDERS_NOTE, Report
from pipelines.report.figures import BREAKDOWNS, NO_DATA, WITHHELD, Figure
from pipelines.report.series import Series
from pipelines.report.words import DATES, INTAKE_NOTE, INTAKE_TITLE, SIGNALS, again, footnote, rejected
from pipelines.wording.control import READINGS, Signal
from pipelines.wording.measure import Measure

NUMBER_FORMATS = {"share": "0 %", "rate": "#,##0.0", "count": "#,##0"}
LINE = 15  # points a line is high
# Text stays text: nothing in a workbook becomes a formula, a link or a number by how it begins.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its header, its width in characters, and whether its texts are to the right."""

    title: str
    width: int
    right: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a sheet: lines on top, a header, and rows.

    A cell is a text, a number, a date, or a number with the scale in which it reads.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    top: Sequence[str] = ()


class Book:
    """A workbook being written."""

    def __init__(self, report: Report, stream: io.BytesIO) -> None:
        self.report = report
        self.book = xlsxwriter.Workbook(stream, OPTIONS)
        self.book.set_properties(
            {
                "title": f"{report.clinic}, monthly report, {report.month:%B %Y}",
                "author": "Meshwork",
                "created": datetime.combine(report.as_of, time(), UTC).replace(tzinfo=None),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def style(self, **of: Any) -> Format:
        """A format of cells; texts are wrapped and aligned to the top."""
        key = tuple(sorted(of.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"valign": "top", "text_wrap": True, **of})
        return self._formats[key]

    def sheet(self, title: str, *tables: Table) -> None:
        """Add a sheet of tables one below the other, without those that have no row; nothing if none has."""
        filled = [table for table in tables if table.rows]
        if not filled:
            return
        sheet = self.book.add_worksheet(title)
        self._page(sheet)
        widths = [max(its) for its in zip_longest(*([c.width for c in t.columns] for t in filled), fillvalue=0)]
        for n, width in enumerate(widths):
            sheet.set_column(n, n, width)
        alone = len(filled) == 1
        head = len(filled[0].top)
        sheet.freeze_panes(head + 1 if alone else 0, 1)
        if alone:
            sheet.repeat_rows(head)
        row = 0
        for table in filled:
            row = self._table(sheet, row, table, widths) + 1

    def _table(self, sheet: Worksheet, first: int, table: Table, widths: Sequence[int]) -> int:
        """Write a table from a row on; return the row after it."""
        columns = table.columns
        across = sum(widths[: len(columns)])
        for n, line in enumerate(table.top, start=first):
            of = {"bold": True, "font_size": 16} if n == first else {}
            sheet.merge_range(n, 0, n, len(columns) - 1, "", self.style(**of))
            sheet.write_string(n, 0, line, self.style(**of))
            sheet.set_row(n, 24 if n == first else LINE * ceil(max(len(line), 1) / (across * 0.95)))
        head = first + len(table.top)
        for n, column in enumerate(columns):
            align = "right" if column.right else "left"
            sheet.write_string(head, n, column.title, self.style(bold=True, bottom=1, bg_color="#E8F0EF", align=align))
        sheet.set_row(head, LINE * max(_lines(c.title, w * 0.9) for c, w in zip(columns, widths, strict=False)))
        for n, row in enumerate(table.rows, start=head + 1):
            for m, (cell, column) in enumerate(zip(row, columns, strict=True)):
                self._write(sheet, n, m, cell, column)
            sheet.set_row(n, LINE * max(_lines(_text(cell), w) for cell, w in zip(row, widths, strict=False)))
        return head + 1 + len(table.rows)

    def _page(self, sheet: Worksheet) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        # `&` begins a code in a footer.
        named = f"{self.report.clinic}, {self.report.month:%B %Y}".replace("&", "&&")
        sheet.set_footer(f"&L{named}&RPage &P of &N")

    def _write(self, sheet: Worksheet, row: int, column: int, cell: Any, of: Column) -> None:
        align = {"align": "right"} if of.right else {}
        if cell is None or cell == "":
            sheet.write_blank(row, column, None, self.style())
        elif isinstance(cell, tuple):
            value, scale = cell
            sheet.write_number(row, column, value, self.style(num_format=NUMBER_FORMATS[scale], align="right"))
        elif isinstance(cell, int | float):
            sheet.write_number(
                row, column, cell, self.style(num_format="#,##0.##" if cell % 1 else "#,##0", align="right")
            )
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell, self.style(**align))
        else:
            sheet.write_datetime(
                row, column, datetime.combine(cell, time()), self.style(num_format="yyyy-mm-dd", align="left")
            )


def workbook(report: Report) -> bytes:
    """The report's workbook."""
    stream = io.BytesIO()
    book = Book(report, stream)
    _front(book, report)
    _clinic(book, report)
    _groups(book, report)
    _funders(book, report)
    _months(book, report)
    _rest(book, report)
    book.book.close()
    return stream.getvalue()


def _front(book: Book, report: Report) -> None:
    columns = [
        Column("Outcome", 30),
        Column("Figure", 12, right=True),
        Column("Covers", 20),
        Column("Period before", 15, right=True),
        Column("Year before", 15, right=True),
        Column("In words", 76),
    ]
    rows: list[list[Any]] = []
    for outcome, measure in report.outcomes:
        figure, before, year_before = report.row(measure)
        window = report.window(measure)
        rows.append(
            [
                measure.title,
                _value(figure),
                window.label if window else "",
                _value(before),
                _value(year_before),
                report.outcome_sentence(outcome, measure),
            ]
        )
    rows.append(["What changed, and where", "", "", "", "", report.changed_most])
    rows += [["Also", "", "", "", "", sentence] for sentence in report.signals[1:]]
    of = f", {report.site}" if report.site else ""
    top = [f"{report.clinic}{of}, {report.month:%B %Y}", report.kinds, footnote(report)]
    book.sheet("In short", Table(columns, rows, top))


_SIDES = ("", ", before", ", a year before")
_FIGURES = [
    Column(f"{what}{side}", 12, right=True) for side in _SIDES for what in ("Value", "Numerator", "Denominator")
]


def _clinic(book: Book, report: Report) -> None:
    columns = [Column("Measure", 54), Column("Unit", 28), Column("Covers", 24), *_FIGURES]
    rows = [[m.title, m.unit, *_compared(report, m, "all", "all")] for m in report.clinic_rows]
    book.sheet("The clinic", Table(columns, rows))


def _groups(book: Book, report: Report) -> None:
    columns = [Column("Group", 24), Column("By", 14), Column("Measure", 38), Column("Covers", 20), *_FIGURES]
    rows = [
        [group, title.removeprefix("By "), measure.title, *_compared(report, measure, breakdown, group)]
        for breakdown, title in BREAKDOWNS.items()
        if breakdown != "all"
        for measure, group in report.rows(breakdown)
    ]
    book.sheet("By group", Table(columns, rows))


def _compared(report: Report, measure: Measure, breakdown: str, member: str) -> list[Any]:
    """What a row covers, and its figures: now, before, a year before."""
    window = report.window(measure, breakdown)
    figures = report.row(measure, breakdown, member)
    return [
        window.label if window else "",
        *(cell for figure in figures for cell in (_value(figure), *_counts(figure))),
    ]


def _funders(book: Book, report: Report) -> None:
    form = Column("The form that it serves", 60)
    columns = [
        Column("Measure", 38),
        Column("Covers", 20),
        *(Column(each, 12, right=True) for each in ("Value", "Numerator", "Denominator")),
        *(Column(each, 14, right=True) for each in ("Period before", "Year before")),
        form,
    ]
    rows = []
    for measure in report.funders:
        figure, before, year_before = report.row(measure)
        window = report.window(measure)
        figures = [_value(figure), *_counts(figure), _value(before), _value(year_before)]
        rows.append([measure.title, window.label if window else "", *figures, measure.source])
    of_change = [
        Column("In the days asked about", 38),
        Column("Covers", 20),
        *(Column(each, 12, right=True) for each in change.MOMENTS.values()),
        *(Column(f"Stays, {change.MOMENTS[moment].lower()}", 14, right=True) for moment in ("contact", "ended")),
        form,
    ]
    changes: list[list[Any]] = []
    for line, figures_of in report.changes:
        covers = ", ".join(dict.fromkeys(figure.window.label for figure in figures_of if figure))
        values = [_value(figure) if figure else "" for figure in figures_of]
        stays = [_counts(figure)[1] for figure in figures_of[1:]]
        changes.append([line.title, covers, *values, *stays, line.form])
    book.sheet(
        "For funders",
        Table(columns, rows, ["For funders", FUNDERS_NOTE]),
        Table(of_change, changes, [change.TITLE, change.note()]),
    )


def _value(figure: Figure | None) -> Any:
    if figure is None or not figure.is_shown or figure.value is None:
        return figure.shown if figure else NO_DATA
    return figure.value, figure.measure.scale


def _counts(figure: Figure | None) -> list[Any]:
    if figure is None or figure.numerator is None or figure.withheld:
        return ["", ""] if figure is None or not figure.withheld else [WITHHELD, WITHHELD]
    of = None if figure.denominator is None else round(figure.measure.one_by_one(figure.denominator), 1)
    return [figure.numerator, of]


def _months(book: Book, report: Report) -> None:
    charts = report.charts
    months = sorted({point.window for series in charts for point in series.points})[-13:]
    columns = [
        Column("Measure", 34),
        Column("Mean", 9, right=True),
        Column("Lower limit", 9, right=True),
        Column("Upper limit", 9, right=True),
        Column("Signal", 30),
        *(Column(window.label, 9, right=True) for window in months),
    ]
    book.sheet("Month by month", Table(columns, [_chart_row(series, months) for series in charts]))


def _chart_row(series: Series, months: Sequence[Any]) -> list[Any]:
    scale, last = series.measure.scale, series.points[-1]
    limits = [(each, scale) if each is not None else "" for each in (last.mean, last.lower, last.upper)]
    points = {point.window: point for point in series.points}
    values: list[Any] = []
    for month in months:
        point = points.get(month)
        shown = point is not None and point.value is not None
        values.append((point.value, scale) if point and shown else WITHHELD if point and point.withheld else "")
    return [series.measure.title, *limits, in_words(last.signal), *values]


def in_words(signal: Signal | None) -> str:
    """The reading of a month's point, and the rule that it meets."""
    if signal is None:
        return ""
    above = "above" if signal.direction == "up" else "below"
    rule = SIGNALS[signal.special].format(above) if signal.special else ""
    return "; ".join(filter(None, (READINGS[signal.reading], rule)))


def _rest(book: Book, report: Report) -> None:
    book.sheet(
        "Measures",
        Table(
            [Column("Measure", 34), Column("Definition", 150), Column("Source", 80)],
            [[m.title, m.definition, m.source] for m in report.measures_shown],
        ),
    )
    about: list[list[Any]] = [
        ["Clinic", report.clinic],
        ["Month", report.month],
        ["Data to", report.as_of],
        ["Snapshot", report.snapshot],
        ["Dates", DATES[report.date_basis]],
        ["Smallest reportable count", report.smallest],
        *([["Counts are rounded to", report.rounded_to]] if report.rounded_to > 1 else []),
        *([f"Weeks of {site} without any data", weeks] for site, weeks in report.unreported),
        *([["Published before", again(report)]] if report.published_before else []),
    ]
    book.sheet(
        "About",
        Table([Column("What", 50), Column("Is", 80)], about),
        Table([Column("What is withheld", 50), Column("Why", 80)], report.withheld),
        Table(
            [Column("Export", 50), Column("Rows rejected", 80)],
            [[each.export, rejected(each)] for each in report.intake],
            [INTAKE_TITLE, INTAKE_NOTE],
        ),
    )


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else ""


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column."""
    return max(1, ceil(len(text) * 1.08 / width)) if text else 1
