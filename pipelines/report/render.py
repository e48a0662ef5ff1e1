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
from openpyxl.styles import Font

from pipelines.report.disclosure import THRESHOLD
from pipelines.report.figures import BREAKDOWNS, WITHHELD, Report

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = ("month", "breakdown", "member", "measure", "numerator", "denominator", "value", "withheld")

MEMBERS_ACROSS = 6

FOOTNOTE = (
    f"{WITHHELD} withheld: a figure that stands for 1 to {THRESHOLD - 1} is not shown, nor are the figures of the same "
    "table from which it could be worked out. It does not mean zero."
)


def _tidy(report: Report) -> Iterator[tuple[Any, ...]]:
    for f in report.figures:
        yield f.month, f.breakdown, f.member, f.measure.name, f.numerator, f.denominator, f.value, f.withheld


def _csv(report: Report) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_tidy(report))
    return stream.getvalue().encode()


def _xlsx(report: Report) -> bytes:
    book = openpyxl.Workbook()
    sheets: dict[str, list[tuple[Any, ...]]] = {
        "Figures": [COLUMNS, *_tidy(report)],
        "Measures": [
            ("measure", "title", "unit", "definition", "numerator", "denominator", "source"),
            *((m.name, m.title, m.unit, m.definition, m.numerator, m.denominator, m.source) for m in report.measures),
        ],
        "About": [
            ("what", "value"),
            ("clinic", report.clinic),
            ("month", report.month),
            ("data to", report.as_of),
            ("snapshot", report.snapshot),
            ("withheld", FOOTNOTE),
        ],
    }
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column in sheet.columns:
            width = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(60, width + 2)
    stream = io.BytesIO()
    book.save(stream)
    return _without_times(stream)


def _without_times(stream: io.BytesIO) -> bytes:
    """The same archive without the times of its writing."""
    again = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "docProps/core.xml":
                new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
            else:
                core = old.read(name).split(b"<dcterms:created")[0] + b"</cp:coreProperties>"
                new.writestr(zipfile.ZipInfo(name), core, zipfile.ZIP_DEFLATED)
    return again.getvalue()


def _html(report: Report) -> bytes:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("report.html")
    return page.render(report=report, breakdowns=BREAKDOWNS, footnote=FOOTNOTE, withheld=WITHHELD).encode()


def _pdf(report: Report) -> bytes:
    """Tagged, PDF/UA-1: the build fails where a table or the document lacks what a screen reader needs."""
    month, before, year_ago = report.months

    def cell(measure: Any, **where: Any) -> dict[str, str]:
        figure = report.figure(measure, **where)
        return {"shown": figure.shown, "counts": figure.counts} if figure else {"shown": "", "counts": ""}

    data = {
        "clinic": report.clinic,
        "month": f"{month:%B %Y}",
        "as_of": f"{report.as_of:%-d %B %Y}",
        "date": [report.as_of.year, report.as_of.month, report.as_of.day],  # not that of writing: the same bytes again
        "snapshot": report.snapshot,
        "rows_rejected": f"{report.rows_rejected:,}",
        "date_basis": report.date_basis,
        "summary": report.summary,
        "footnote": FOOTNOTE,
        "months": [f"{each:%b %Y}" for each in (month, before, year_ago)],
        "clinic_rows": [
            {
                "title": measure.title,
                "unit": measure.unit,
                "now": cell(measure),
                "before": cell(measure, month=before),
                "year_ago": cell(measure, month=year_ago),
            }
            for measure in report.measures
        ],
        "breakdowns": [
            {
                "title": title,
                "members": members,
                "rows": [
                    [measure.title, *(cell(measure, breakdown=name, member=m)["shown"] for m in members)]
                    for measure in report.measures
                ],
            }
            for name, title in BREAKDOWNS.items()
            if name != "all"
            for members in _side_by_side(report.members(name))
        ],
        "measures": [
            {"title": m.title, "unit": m.unit, "definition": m.definition, "source": m.source} for m in report.measures
        ],
    }
    made = typst.compile(
        str(TEMPLATES / "report.typ"),
        root=str(TEMPLATES),
        sys_inputs={"report": json.dumps(data)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def _side_by_side(members: list[str]) -> list[list[str]]:
    """As many members to a table as a page is wide."""
    return [members[n : n + MEMBERS_ACROSS] for n in range(0, len(members), MEMBERS_ACROSS)]


FORMATS: dict[str, Callable[[Report], bytes]] = {"pdf": _pdf, "html": _html, "xlsx": _xlsx, "csv": _csv}
