"""The monthly report: the screen's figures, what is too small withheld, the same bytes for the same data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from pipelines import publish, report
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.report.disclosure import may_leave, too_small
from pipelines.report.figures import read
from pipelines.run import run

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
MONTH = date(2026, 10, 1)


@dataclass
class Cell:
    numerator: float | None
    denominator: float | None
    is_share: bool = True


@pytest.mark.parametrize(
    ("numerator", "denominator", "is_share", "small"),
    [
        (0, 40, True, False),  # none of many
        (1, 40, True, True),
        (10, 40, True, True),
        (11, 40, True, False),
        (29, 40, True, False),
        (30, 40, True, True),  # ten are left
        (39, 40, True, True),
        (40, 40, True, False),
        (5, 5, True, True),
        (0, 10, True, True),
        (0, 0, True, False),
        (136, None, False, False),
        (4, None, False, True),
        (100, 95.0, False, False),  # a rate: the difference means nothing
        (100, 8.5, False, True),
    ],
)
def test_what_is_too_small(numerator, denominator, is_share, small):
    assert too_small(Cell(numerator, denominator, is_share)) is small


def test_one_small_member_withholds_its_whole_breakdown():
    assert may_leave([Cell(25, 60), Cell(0, 30), Cell(40, 72)])
    assert not may_leave([Cell(25, 60), Cell(7, 30), Cell(40, 72)])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    run(SAMPLE, home)
    return home


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
    shown = [row for row in rows if row["withheld"] == "False"]
    assert len(shown) > 50
    assert any(row["withheld"] == "True" for row in rows)
    for row in rows:
        numbers = tuple(float(row[name]) if row[name] else None for name in ("numerator", "denominator", "value"))
        if row["withheld"] == "True":
            assert numbers == (None, None, None)
        else:
            assert numbers == published[row["month"], row["breakdown"], row["member"], row["measure"]]
    assert not any(row["breakdown"] == "therapist" for row in rows)


def test_nobody_can_subtract_their_way_to_a_withheld_figure(home):
    """A breakdown is shown whole or not at all, and no figure shown is itself too small."""
    with Engine(publish.current(home), read_only=True) as engine:
        figures = read(engine, MONTH, "000001").figures
    for key in {(f.month, f.breakdown, f.measure.name) for f in figures}:
        members = [f for f in figures if (f.month, f.breakdown, f.measure.name) == key]
        assert len({f.withheld for f in members}) == 1
        assert members[0].withheld or not any(map(too_small, members))


def test_a_withheld_figure_never_looks_like_zero(written):
    page = written[".html"].read_text("utf-8")
    assert "–" in page
    assert "It does not mean zero" in page
    sheet = openpyxl.load_workbook(written[".xlsx"])["Figures"]
    withheld = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[-1]]
    assert withheld
    assert all(row[4:7] == (None, None, None) for row in withheld)


def test_the_workbook_holds_real_numbers_and_dates(written):
    sheet = openpyxl.load_workbook(written[".xlsx"])["Figures"]
    assert sheet.freeze_panes == "A2"
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if not row[-1]]
    assert all(isinstance(row[6], int | float | None) and row[0].year in (2025, 2026) for row in rows)


def test_the_page_works_offline_and_the_pdf_is_tagged(written):
    page = written[".html"].read_text("utf-8")
    assert "http" not in page.replace("https://www.w3.org", "")
    pdf = written[".pdf"].read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf
    assert b"CreationDate(D:20261101000000Z)" in pdf, "the day the data go to, not that of writing"


def test_the_same_data_give_the_same_bytes(home, written, tmp_path):
    again = {path.suffix: path.read_bytes() for path in report.write(home, MONTH, tmp_path)}
    assert again == {suffix: path.read_bytes() for suffix, path in written.items()}


def test_a_month_that_is_not_there_says_which_are(home, tmp_path):
    result = CliRunner().invoke(main, ["report", "--month", "2020-01", "--out", str(tmp_path), "--home", str(home)])
    assert result.exit_code == 2
    assert "there are 2025-11 to 2026-10" in result.output
