"""The monthly report: the screen's figures, what is too small withheld, the same bytes for the same data."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from markupsafe import escape

from pipelines import publish, report
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.measure import Measure
from pipelines.report.chart import alternative, draw
from pipelines.report.figures import Point, Series

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
MONTH = date(2026, 10, 1)
NUMBERS = ("numerator", "denominator", "value")
CENSUS = Measure("census", "Clients in care", "clients", "count", "neutral", "…", "clients in care", "", "…")


@pytest.fixture(scope="module")
def home(published_home) -> Path:
    return published_home()


def _read(home: Path) -> report.Report:
    snapshot = publish.current(home)
    assert snapshot is not None
    with Engine(snapshot, read_only=True) as engine:
        return report.read(engine.records, MONTH, snapshot.stem)


@pytest.fixture(scope="module")
def written(home, tmp_path_factory) -> dict[str, Path]:
    return {path.suffix: path for path in report.write(home, MONTH, tmp_path_factory.mktemp("report"))}


def test_every_figure_is_the_snapshots_or_withheld(home, written):
    with Engine(publish.current(home), read_only=True) as engine:
        published = {
            (str(period), breakdown, member, measure): (numerator, denominator, value)
            for period, breakdown, member, measure, numerator, denominator, value in engine.rows(
                "SELECT period, breakdown, member, measure, numerator, denominator, value FROM caseload_month"
            )
        }
    rows = list(csv.DictReader(io.StringIO(written[".csv"].read_text("utf-8"))))
    shown = [row for row in rows if row["withheld"] == "false"]
    assert len(shown) > 50
    for row in shown:
        numbers = tuple(float(row[name]) if row[name] else None for name in NUMBERS)
        assert numbers == published[row["month"], row["breakdown"], row["member"], row["measure"]]
    assert {row["snapshot"] for row in rows} == {"000001"}
    assert not any(row["breakdown"] == "therapist" for row in rows)


def test_a_withheld_figure_never_looks_like_zero(written):
    page = written[".html"].read_text("utf-8")
    assert "–" in page
    assert "never zero" in page
    rows = list(csv.DictReader(io.StringIO(written[".csv"].read_text("utf-8"))))
    withheld = [row for row in rows if row["withheld"] == "true"]
    assert withheld
    assert all(row[name] == "–" for row in withheld for name in ("numerator", "denominator", "value"))
    book = openpyxl.load_workbook(written[".xlsx"])
    dashes = [cell for row in book["The clinic"].iter_rows(min_row=2, values_only=True) for cell in row if cell == "–"]
    assert len(dashes) % 3 == 0
    assert dashes


def test_every_figure_has_last_month_and_last_year_beside_it(written):
    sheet = openpyxl.load_workbook(written[".xlsx"])["By site"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == (
        "Group",
        "Measure",
        "Unit",
        *(f"{month}, {what}" for month in ("Oct 2026", "Sep 2026", "Oct 2025") for what in NUMBERS),
    )
    (census,) = [row for row in rows if row[:2] == ("Harbor", "Clients in care")]
    assert census[3] == census[5] > 11
    assert census[9:] == ("no data",) * 3


def test_the_workbook_holds_real_numbers_and_dates(written):
    book = openpyxl.load_workbook(written[".xlsx"])
    assert {"In short", "The clinic", "By site", "By program", "By level of care", "Control charts"} < set(
        book.sheetnames
    )
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    numbers = [cell for row in book["The clinic"].iter_rows(min_row=2, min_col=4, values_only=True) for cell in row]
    assert all(isinstance(cell, int | float | None) or cell in ("–", "no data") for cell in numbers)
    assert sum(isinstance(cell, int | float) for cell in numbers) > 20
    assert all(row[1].year in (2025, 2026) for row in book["Control charts"].iter_rows(min_row=2, values_only=True))
    about = dict(book["About"].iter_rows(min_row=2, values_only=True))
    assert (about["Month"].date(), about["Snapshot"]) == (MONTH, "000001")


def test_a_name_that_looks_like_a_formula_stays_a_name(home):
    figures = _read(home).figures
    renamed = replace(
        _read(home), figures=tuple(replace(f, member="=1+1" if f.member == "Harbor" else f.member) for f in figures)
    )
    sheet = openpyxl.load_workbook(io.BytesIO(report.FORMATS["xlsx"](renamed)))["By site"]
    cells = [cell for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "=1+1"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


def test_the_page_works_offline_and_the_pdf_is_tagged(written):
    page = written[".html"].read_text("utf-8")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    pdf = written[".pdf"].read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf
    assert b"CreationDate(D:20261101000000Z)" in pdf, "the day the data go to, not that of writing"


def test_the_same_data_give_the_same_bytes(home, written, tmp_path):
    again = {path.suffix: path.read_bytes() for path in report.write(home, MONTH, tmp_path)}
    assert again == {suffix: path.read_bytes() for suffix, path in written.items()}


def test_every_chart_says_in_words_what_it_shows(home, written):
    charts = _read(home).charts
    assert charts
    page = written[".html"].read_text("utf-8")
    for series in charts:
        assert str(escape(alternative(series))) in page
    assert page.count("<svg") == len(charts)
    assert written[".pdf"].read_bytes().count(b"/Figure") >= len(charts)


POINT = Point(date(2026, 9, 1), False, 30.0, 0, 25.0, 10.0, 40.0, False, None, None, "common_cause", None, None)


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({}, "Within its usual range: no more than chance."),
        (
            {"special": "outside", "direction": "down", "reading": "concern", "since": date(2026, 9, 1), "runs": 1},
            "Below its usual range: a concern.",
        ),
        (
            {"special": "run", "direction": "up", "reading": "improvement", "since": date(2026, 3, 1), "runs": 7},
            "Above its average for 7 months in a row, since March 2026: an improvement.",
        ),
        (
            {"special": "trend", "direction": "down", "reading": "no_direction", "since": date(2026, 3, 1), "runs": 7},
            "Falling for 7 months in a row, since March 2026.",
        ),
        ({"trial": True}, "Within its usual range: no more than chance (trial limits: fewer than 12 months)."),
        ({"withheld": True, "value": None}, "Withheld this month."),
        ({"mean": None}, "Too few months to tell."),
    ],
)
def test_what_a_chart_is_said_to_tell(point, said):
    assert Series(CENSUS, "all", "all", (replace(POINT, **point),)).said == said


def test_a_withheld_month_is_a_marked_gap_and_takes_the_limits_with_it():
    """The mean of five months, four of them shown, is the fifth."""
    hidden = replace(POINT, withheld=True, value=None, mean=None, lower=None, upper=None)
    blank = replace(POINT, mean=None, lower=None, upper=None)
    drawing = draw(Series(CENSUS, "all", "all", (blank, blank, hidden, blank)))
    assert [len(line) for line in drawing.lines] == [2, 1]
    assert [dot.withheld for dot in drawing.dots] == [False, False, True, False]
    assert not drawing.levels
    assert "1 month is withheld" in drawing.alternative


def test_no_limit_is_told_that_a_withheld_month_is_a_part_of(home):
    for series in _read(home).series:
        for phase in {point.phase for point in series.points if point.withheld}:
            assert all(point.mean is None for point in series.points if point.phase == phase)


def test_all_months_gives_a_report_of_each(home, tmp_path):
    result = CliRunner().invoke(
        main, ["report", "--all-months", "--format", "csv", "--out", str(tmp_path), "--home", str(home)]
    )
    assert result.exit_code == 0
    assert len(list(tmp_path.glob("meshwork-*.csv"))) == 12


@pytest.mark.parametrize("which", [[], ["--month", "2026-10", "--all-months"]])
def test_a_month_or_all_months_must_be_given(home, tmp_path, which):
    result = CliRunner().invoke(main, ["report", *which, "--out", str(tmp_path), "--home", str(home)])
    assert result.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_report_of_a_whole_clinic_takes_less_than_five_seconds(home, tmp_path):
    began = time.monotonic()
    report.write(home, MONTH, tmp_path)
    assert time.monotonic() - began < 5


def test_a_month_that_is_not_there_says_which_are(home, tmp_path):
    result = CliRunner().invoke(main, ["report", "--month", "2020-01", "--out", str(tmp_path), "--home", str(home)])
    assert result.exit_code == 2
    assert "there are 2025-11 to 2026-10" in result.output
