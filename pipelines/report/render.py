"""A report's formats: each a function from the report to the bytes of a file, the same bytes for the same report."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipelines import spreadsheet
from pipelines.report import change, chart
from pipelines.report.document import FUNDERS_NOTE, Report
from pipelines.report.figures import BREAKDOWNS, WITHHELD, Figure
from pipelines.report.series import Series
from pipelines.report.windows import Window
from pipelines.report.words import INTAKE_NOTE, again, footnote, rejected
from pipelines.report.workbook import workbook
from pipelines.wording.dates import full_date
from pipelines.wording.measure import Measure

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = ("covers", "from_month", "month", "breakdown", "member", "measure", "numerator", "denominator", "value")
RANGE = ("over", "under", "withheld", "snapshot")

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _csv(report: Report) -> bytes:
    stream = io.StringIO()
    rows: list[tuple[object, ...]] = [(*COLUMNS, *RANGE)]
    for f in report.figures:
        numbers = [WITHHELD] * 3 if f.withheld else [f.numerator, f.denominator, f.value]
        where = (
            f.window.kind,
            f.window.from_period,
            f.window.period,
            f.breakdown,
            _one_line(f.member),
            f.measure.name,
        )
        rows.append((*where, *numbers, f.over, f.under, str(f.withheld).lower(), report.snapshot))
    spreadsheet.write(stream, rows)
    return stream.getvalue().encode()


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _html(report: Report) -> bytes:
    content = _content(report) | {"typeface": _typeface()}
    return _templates.get_template("report.html").render(content).encode()


@cache
def _typeface() -> str:
    return base64.b64encode((TEMPLATES / "figtree.woff2").read_bytes()).decode()


def _pdf(report: Report) -> bytes:
    """Tagged, PDF/UA-1: the build fails if a table or the document lacks what a screen reader needs."""
    made = typst.compile(
        str(TEMPLATES / "report.typ"),
        root=str(TEMPLATES),
        sys_inputs={"report": json.dumps(_content(report))},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def _content(report: Report) -> dict[str, Any]:
    """The report's texts and figures for the page and the PDF, which share them."""
    readings = {series.measure.name: series.verdict for series in report.series}
    foremost = report.foremost
    return {
        "clinic": report.clinic,
        "site": report.site,
        "month": f"{report.month:%B %Y}",
        "as_of": full_date(report.as_of),
        "date": [report.as_of.year, report.as_of.month, report.as_of.day],  # not that of writing: the same bytes again
        "snapshot": report.snapshot,
        "date_basis": report.date_basis,
        "smallest": report.smallest,
        "footnote": footnote(report),
        "again": again(report),
        "kinds": report.kinds,
        "outcomes": [_outcome(report, *each) for each in report.outcomes],
        "changed": report.changed_most,
        "signals": report.signals[1:],
        "foremost": _charted(foremost) if foremost and foremost.is_mostly_shown else None,
        "whole": [_row(report, m) | {"verdict": readings.get(m.name, "")} for m in report.clinic_rows],
        "funders": [_row(report, m) | {"verdict": m.source} for m in report.funders],
        "funders_note": FUNDERS_NOTE,
        "change": {
            "title": change.TITLE,
            "note": change.note(),
            "moments": list(change.MOMENTS.values()),
            "rows": [_change(report, line, figures) for line, figures in report.changes],
        },
        "charts": [_charted(series) for series in report.charts if series != foremost],
        "breakdowns": [_breakdown(report, name) for name in BREAKDOWNS if name != "all" and report.shows(name)],
        "group_window": report.group_window.label if report.group_window else "",
        "withheld": [list(each) for each in report.withheld],
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
        "intake": [[each.export, rejected(each)] for each in report.intake],
        "intake_note": INTAKE_NOTE,
        "unreported": [[site, weeks] for site, weeks in report.unreported],
    }


def _outcome(report: Report, outcome: Any, measure: Measure) -> dict[str, Any]:
    """An outcome as the first page shows it: its figure, a sentence, a small chart."""
    figure, line = report.figure(measure), report.line(measure)
    drawing = chart.sparkline(line) if line else None
    return {
        "title": measure.title,
        "figure": figure.shown if figure and figure.is_legible else WITHHELD,
        "unit": measure.unit,
        "sentence": report.outcome_sentence(outcome, measure),
        "line": _small(drawing) if drawing else "",
        "alternative": drawing.alternative if drawing else "",
    }


def _charted(series: Series) -> dict[str, Any]:
    """A chart with its words."""
    return {
        "title": series.measure.title,
        "unit": series.measure.unit,
        "verdict": series.verdict,
        "alternative": chart.alternative(series),
        "svg": _svg(chart.draw(series)),
    }


def _breakdown(report: Report, name: str) -> dict[str, Any]:
    """A breakdown's table: the measures and groups that are shown."""
    rows: dict[Measure, list[dict[str, Any]]] = {}
    for measure, group in report.rows(name):
        rows.setdefault(measure, []).append({"group": group, **_row(report, measure, name, group)})
    return {
        "title": BREAKDOWNS[name],
        "measures": [{"title": m.title, "unit": m.unit, "groups": groups} for m, groups in rows.items()],
    }


def _row(report: Report, measure: Measure, breakdown: str = "all", member: str = "all") -> dict[str, Any]:
    """A row of a table: the figure, that of the window before, and that of a year before."""
    figures = report.row(measure, breakdown, member)
    window = report.window(measure, breakdown)
    compared = [each.label for each in window.compared] if isinstance(window, Window) else ["", "", ""]
    return {
        "title": measure.title,
        "unit": measure.unit,
        "covers": window.label if window else "",
        "cells": [
            {"shown": report.cell(f), "counts": f.counts if f else "", "covers": label}
            for f, label in zip(figures, compared, strict=True)
        ],
    }


def _change(report: Report, line: change.Change, figures: list[Figure | None]) -> dict[str, Any]:
    """A line from admission to discharge: a figure a moment, and the form."""
    cells = [
        {"shown": f.shown, "counts": f.counts, "covers": f.window.label}
        if f
        else {"shown": "", "counts": "", "covers": ""}
        for f in figures
    ]
    return {"title": line.title, "cells": cells, "form": line.form}


def _svg(drawing: chart.Drawing) -> Markup:
    place = {"width": chart.WIDTH, "height": chart.HEIGHT, "left": chart.LEFT, "right": chart.RIGHT}
    return Markup(_templates.get_template("chart.svg").render(drawing=drawing, bottom=chart.BOTTOM, **place))


def _small(drawing: chart.Sparkline) -> Markup:
    place = {"width": chart.SMALL_WIDTH, "height": chart.SMALL_HEIGHT}
    return Markup(_templates.get_template("sparkline.svg").render(drawing=drawing, **place))


def _leaving(made: Callable[[Report], bytes]) -> Callable[[Report], bytes]:
    """A format of the report as it leaves: with rounded counts, if the clinic rounds them."""
    return lambda report: made(report.rounded())


FORMATS: dict[str, Callable[[Report], bytes]] = {
    name: _leaving(made) for name, made in {"pdf": _pdf, "html": _html, "xlsx": workbook, "csv": _csv}.items()
}
