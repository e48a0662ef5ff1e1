"""A report's formats: each a function from the report to the bytes of a file, the same bytes for the same report."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.report import chart
from pipelines.report.figures import BREAKDOWNS, NO_DATA, WITHHELD, Report, Series
from pipelines.wording.control import READINGS, Signal
from pipelines.wording.measure import Measure

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = ("month", "breakdown", "member", "measure", "numerator", "denominator", "value", "withheld")
NUMBER_FORMATS = {"share": "0.0%", "rate": "#,##0.00", "count": "#,##0"}
DATES = {"real": "real dates of service", "shifted": "all shifted by one secret offset for the whole clinic"}
SIGNALS = {
    "outside": "{} the usual range",
    "trend": "moving one way for months, now {} where it was",
    "near": "two of three months far {} the mean",
    "run": "months in a row {} the mean",
}
NARROWEST, WIDEST = 8, 70  # columns of a sheet, in characters

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def footnote(report: Report) -> str:
    """What the dash in a table means."""
    return (
        f"{WITHHELD} is a figure withheld, never zero: it stands for fewer than {report.smallest} clients or events, "
        f"or all but fewer than {report.smallest} of those it is a part of, or it would give such a figure away."
    )


def _csv(report: Report) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((*COLUMNS, "snapshot"))
    for f in report.figures:
        numbers = [WITHHELD] * 3 if f.withheld else [f.numerator, f.denominator, f.value]
        where = (f.month, f.breakdown, f.member, f.measure.name)
        writer.writerow((*where, *numbers, str(f.withheld).lower(), report.snapshot))
    return stream.getvalue().encode()


def _xlsx(report: Report) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, (header, rows) in _sheets(report).items():
        sheet = book.create_sheet(title)
        sheet.append(header)
        for row in rows:
            sheet.append(row)
        _lay_out(sheet)
    for breakdown, title in BREAKDOWNS.items():
        for row, measure in zip(book[title].iter_rows(min_row=2), _measures_down(report, breakdown), strict=True):
            for cell in row[5::3]:
                cell.number_format = NUMBER_FORMATS[measure.scale]
    stream = io.BytesIO()
    book.save(stream)
    return _without_times(stream)


def _sheets(report: Report) -> dict[str, tuple[list[Any], list[list[Any]]]]:
    """The workbook's tables, by the names of their sheets: a header, and rows of numbers, dates and texts."""
    months = [f"{month:%b %Y}" for month in report.months]
    across = [f"{month}, {what}" for month in months for what in ("numerator", "denominator", "value")]
    return {
        "In short": (
            [f"{report.clinic}, {report.month:%B %Y}"],
            [[sentence] for sentence in (*report.signals, *report.summary, footnote(report))],
        ),
        **{
            title: (["Group", "Measure", "Unit", *across], list(_down(report, breakdown)))
            for breakdown, title in BREAKDOWNS.items()
        },
        "Control charts": (
            ["Measure", "Month", "Value", "Mean", "Lower limit", "Upper limit", "Limits", "Signal", "Reading"],
            [
                [
                    series.measure.title,
                    p.period,
                    WITHHELD if p.withheld else p.value,
                    *(WITHHELD if series.gaps and each is None else each for each in (p.mean, p.lower, p.upper)),
                    *_in_words(p.signal),
                ]
                for series in report.charts
                for p in series.points
            ],
        ),
        "Measures": (
            ["Measure", "Title", "Unit", "Definition", "Numerator", "Denominator", "Source"],
            [
                [m.name, m.title, m.unit, m.definition, m.numerator, m.denominator, m.source]
                for m in report.measures_shown
            ],
        ),
        "Withheld": (
            ["Where", "What is withheld, or without data, in all of these months"],
            [[where, ", ".join(what)] for where, what in report.withheld.items()],
        ),
        "Data quality": (
            ["Export", "Rows read", "Accepted", "Known already", "Rejected"],
            [[each.export, each.rows_read, each.accepted, each.known, each.rejected] for each in report.intake],
        ),
        "About": (
            ["What", "Is"],
            [
                ["Clinic", report.clinic],
                ["Month", report.month],
                ["Data to", report.as_of],
                ["Snapshot", report.snapshot],
                ["Dates", DATES[report.date_basis]],
                ["Fewest that a figure may stand for", report.smallest],
                *([f"Weeks of {site} without any data", weeks] for site, weeks in report.unreported),
            ],
        ),
    }


def _in_words(signal: Signal | None) -> list[str]:
    """What a month's point tells: of its limits, of the rule that it meets, and how it reads."""
    if signal is None:
        return ["", "", ""]
    signalled = (
        SIGNALS[signal.special].format("above" if signal.direction == "up" else "below") if signal.special else ""
    )
    return ["trial limits" if signal.trial else "", signalled, READINGS[signal.reading]]


def _places(report: Report, breakdown: str) -> Iterator[tuple[Measure, str]]:
    """What a table goes through, from top to bottom: the rows in which something is shown."""
    groups = report.groups(breakdown)
    return ((m, group) for m in report.measures for group in groups if report.shown(m, breakdown, group))


def _group(breakdown: str, member: str) -> str:
    return "the whole clinic" if breakdown == "all" else member


def _measures_down(report: Report, breakdown: str) -> Iterator[Measure]:
    return (measure for measure, _ in _places(report, breakdown))


def _down(report: Report, breakdown: str) -> Iterator[list[Any]]:
    """The rows of a breakdown's sheet: a measure of a member, its three numbers in each of the three months."""
    for measure, member in _places(report, breakdown):
        row: list[Any] = [_group(breakdown, member), measure.title, measure.unit]
        for month in report.months:
            f = report.figure(measure, breakdown, member, month)
            if f is None:
                row += [NO_DATA] * 3
            else:
                row += [WITHHELD] * 3 if f.withheld else [f.numerator, f.denominator, f.value]
        yield row


def _lay_out(sheet: Worksheet) -> None:
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column in sheet.columns:
        width = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(WIDEST, max(NARROWEST, width + 2))
        for cell in column:
            cell.alignment = Alignment(
                wrap_text=width > WIDEST, vertical="top", horizontal="right" if cell.value == WITHHELD else None
            )
            if cell.data_type == "f":
                cell.data_type = "s"  # a name that begins with `=` is a name


def _without_times(stream: io.BytesIO) -> bytes:
    """The same archive without the times of its writing."""
    again = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = content.split(b"<dcterms:created")[0] + b"</cp:coreProperties>"
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return again.getvalue()


def _html(report: Report) -> bytes:
    return _templates.get_template("report.html").render(_told(report)).encode()


def _pdf(report: Report) -> bytes:
    """Tagged, PDF/UA-1: the build fails where a table or the document lacks what a screen reader needs."""
    made = typst.compile(
        str(TEMPLATES / "report.typ"),
        root=str(TEMPLATES),
        sys_inputs={"report": json.dumps(_told(report))},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def _told(report: Report) -> dict[str, Any]:
    """The report in words, as the page and the PDF tell it; both templates read the same."""
    said = {series.measure.name: series.said for series in report.series if series.breakdown == "all"}
    foremost = report.foremost
    return {
        "clinic": report.clinic,
        "month": f"{report.month:%B %Y}",
        "months": [f"{each:%b %Y}" for each in report.months],
        "as_of": f"{report.as_of.day} {report.as_of:%B %Y}",
        "date": [report.as_of.year, report.as_of.month, report.as_of.day],  # not that of writing: the same bytes again
        "snapshot": report.snapshot,
        "date_basis": report.date_basis,
        "smallest": report.smallest,
        "footnote": footnote(report),
        "summary": report.summary,
        "signals": report.signals,
        "foremost": _charted(foremost) if foremost else None,
        "whole": [
            {"title": m.title, "unit": m.unit, "cells": _cells(report, m), "said": said.get(m.name, "")}
            for m in report.measures
            if report.shown(m)
        ],
        "charts": [_charted(series) for series in report.charts if series != foremost],
        "breakdowns": [_breakdown(report, name) for name in BREAKDOWNS if name != "all" and report.tells(name)],
        "withheld": [[where, ", ".join(what)] for where, what in report.withheld.items()],
        "measures": [
            {
                "title": m.title,
                "unit": m.unit,
                "definition": m.definition,
                "made_of": f"{m.numerator} / {m.denominator}" if m.denominator else m.numerator,
                "source": m.source,
            }
            for m in report.measures_shown
        ],
        "intake": [
            [each.export, *(f"{n:,}" for n in (each.rows_read, each.accepted, each.known, each.rejected))]
            for each in report.intake
        ],
        "unreported": [[site, weeks] for site, weeks in report.unreported],
    }


def _charted(series: Series) -> dict[str, Any]:
    """A chart with its words."""
    return {
        "title": f"{series.where}{series.measure.title}",
        "unit": series.measure.unit,
        "said": series.said,
        "alternative": chart.alternative(series),
        "svg": _svg(chart.draw(series)),
    }


def _breakdown(report: Report, name: str) -> dict[str, Any]:
    """A breakdown's table: the measures and groups of which something is shown."""
    rows: dict[Measure, list[tuple[str, list[dict[str, str]]]]] = {}
    for measure, group in _places(report, name):
        rows.setdefault(measure, []).append((group, _cells(report, measure, name, group)))
    return {
        "title": BREAKDOWNS[name],
        "measures": [{"title": m.title, "unit": m.unit, "groups": groups} for m, groups in rows.items()],
    }


def _cells(report: Report, measure: Measure, breakdown: str = "all", member: str = "all") -> list[dict[str, str]]:
    figures = [report.figure(measure, breakdown, member, month) for month in report.months]
    return [
        {"shown": report.cell(measure, breakdown, member, month), "counts": figure.counts if figure else ""}
        for month, figure in zip(report.months, figures, strict=True)
    ]


def _svg(drawing: chart.Drawing) -> Markup:
    place = {"width": chart.WIDTH, "height": chart.HEIGHT, "left": chart.LEFT, "right": chart.RIGHT}
    return Markup(_templates.get_template("chart.svg").render(drawing=drawing, bottom=chart.BOTTOM, **place))


FORMATS: dict[str, Callable[[Report], bytes]] = {"pdf": _pdf, "html": _html, "xlsx": _xlsx, "csv": _csv}
