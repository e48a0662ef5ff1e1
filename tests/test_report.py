"""The monthly report: the screen's figures, what is too small withheld, the same bytes for the same data."""

from __future__ import annotations

import csv
import io
import time
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from markupsafe import escape

from pipelines import report, snapshots
from pipelines.build import MODELS
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.report.chart import alternative, draw
from pipelines.report.figures import Point, Series
from pipelines.wording.control import Signal
from pipelines.wording.measure import Measure

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
MONTH = date(2026, 10, 1)
NUMBERS = ("numerator", "denominator", "value")
CENSUS = Measure("census", "Clients in care", "clients", "count", "neutral", "…", "in care", "", "…", plural=True)


@pytest.fixture(scope="module")
def home(published_home) -> Path:
    return published_home()


def _read(home: Path) -> report.Report:
    snapshot = snapshots.current(home)
    assert snapshot is not None
    with Engine(snapshot, read_only=True) as engine:
        return report.read(engine.records, MONTH, snapshot.stem)


@pytest.fixture(scope="module")
def written(home, tmp_path_factory) -> dict[str, Path]:
    return {path.suffix: path for path in report.write(home, MONTH, tmp_path_factory.mktemp("report"))}


def test_every_figure_is_the_snapshots_or_withheld(home, written):
    with Engine(snapshots.current(home), read_only=True) as engine:
        published = {
            (str(period), breakdown, member, measure): (numerator, denominator, value)
            for period, breakdown, member, measure, numerator, denominator, value in engine.rows(
                "SELECT period, breakdown, member, measure, numerator, denominator, value FROM caseload_month"
            )
        }
    rows = list(csv.DictReader(io.StringIO(written[".csv"].read_text("utf-8"))))
    shown = [row for row in rows if row["withheld"] == "false"]
    assert len(shown) > 80
    for row in shown:
        if row["member"].startswith("All but "):
            continue
        numbers = tuple(float(row[name]) if row[name] else None for name in NUMBERS)
        assert numbers == published[row["month"], row["breakdown"], row["member"], row["measure"]]
    assert {row["snapshot"] for row in rows} == {"000001"}
    assert not any(row["breakdown"] == "therapist" for row in rows)


def test_small_levels_of_care_are_told_as_one(home):
    """In care by level: 96 at 1.5 and 36 at 1.7; the other six have 13 together, none more than 5."""
    here = _read(home)
    assert here.groups("level_of_care") == ["1.5", "1.7", "All but 1.5 and 1.7"]
    census = next(measure for measure in here.measures if measure.name == "census")
    assert [here.figure(census, "level_of_care", group).numerator for group in here.groups("level_of_care")] == [
        96,
        36,
        13,
    ]


def test_a_rate_is_judged_by_what_it_counts_and_not_by_hundreds(home):
    here = _read(home)
    (new_flags,) = (measure for measure in here.measures if measure.name == "new_flags")
    assert here.figure(new_flags).numerator == 20, "in 633 client-weeks, not in 6 of something"


def test_what_is_told_of_small_groups_together_is_never_more_than_the_others_tell(home):
    """`All but 1.5 and 1.7` stands only where the clinic and levels 1.5 and 1.7 do, and is what is left."""
    here = _read(home)
    told = {(f.month, f.measure.name, f.breakdown, f.member): f for f in here.figures}
    rests = [f for f in here.figures if f.member.startswith("All but ") and not f.withheld and f.numerator is not None]
    assert len(rests) > 10
    for f in rests:
        others = [each for each in here.figures if _row(each) == _row(f) and not each.member.startswith("All but ")]
        whole = told[f.month, f.measure.name, "all", "all"]
        assert not any(each.withheld for each in (whole, *others))
        assert f.numerator == pytest.approx(whole.numerator - sum(each.numerator for each in others))


def _row(figure):
    return figure.month, figure.measure.name, figure.breakdown


def test_the_report_takes_the_order_of_the_definitions(home):
    defined = tomllib.loads((MODELS / "caseload" / "measures.toml").read_text("utf-8"))
    order = [measure.name for measure in _read(home).measures]
    assert order == [name for name in defined if name in order]
    assert len(order) > 40


def test_what_is_withheld_is_named_once(written):
    page = written[".html"].read_text("utf-8")
    assert page.count("Retention to day 90") == 1
    assert page.count("withheld or without data") <= 2
    assert "By program" not in page


def test_only_what_is_shown_is_defined(written):
    page = written[".html"].read_text("utf-8")
    defined = page[page.index("What the figures mean") :]
    assert "Meetings per client-week" in defined
    assert "Retention to day 90" not in defined


def test_a_rate_is_not_told_as_a_share(home):
    here = _read(home)
    weeks = next(measure for measure in here.measures if measure.name == "abstinent_weeks_5_15")
    assert here.figure(weeks).counts == "98 over 11"


def test_a_figure_that_is_told_later_says_from_when(home):
    here = _read(home)
    days = next(measure for measure in here.measures if measure.name == "days_abstinent")
    assert here.cell(days, "all", "all", MONTH) == "told from 1 Dec 2026"


def test_the_workbook_speaks_in_words(written):
    book = openpyxl.load_workbook(written[".xlsx"])
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert not cells & {"all", "common_cause", "no_direction", "outside", "real"}
    assert {"the whole clinic", "As usual", "real dates of service"} <= cells
    level = list(book["By level of care"].iter_rows(min_row=2, min_col=4, values_only=True))
    assert level
    assert all(any(isinstance(cell, int | float) for cell in row) for row in level), "no row of dashes"


def test_every_chart_has_a_scale(home):
    for series in _read(home).charts:
        (lowest, _), *_, (highest, _) = draw(series).scale
        heights = [dot.y for dot in draw(series).dots if dot.y is not None]
        assert highest <= min(heights)
        assert max(heights) <= lowest
        assert max(heights) - min(heights) > (lowest - highest) / 5, series.measure.title


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
    assert {"In short", "The clinic", "By site", "By level of care", "Control charts", "Withheld"} < set(
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
    foremost = _read(home).foremost
    assert page.count("<svg") == len({*(each.measure.name for each in charts), foremost.where + foremost.measure.name})
    assert written[".pdf"].read_bytes().count(b"/Figure") >= len(charts)


def signalled(period=date(2026, 9, 1), special=None, direction="down", runs=1, reading="common_cause", trial=False):
    """What a point of the chart tells."""
    since = None if special is None else (period.replace(day=1) if runs == 1 else date(2026, 3, 1))
    outside = runs if special == "outside" else None
    named = (special, direction, reading, since, runs)
    return Signal(
        "month", "all", "all", "census", period, 30, None, 30, 25, 10, 40, 5, 12, trial, *named, outside, *[None] * 4
    )


POINT = Point(date(2026, 9, 1), False, 30.0, 0, 25.0, 10.0, 40.0, signalled())


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({}, "Clients in care vary as usual: no sign that anything changed."),
        (
            {"signal": signalled(special="run", direction="up", runs=7)},
            "Clients in care have been above their average for 7 months: something changed around March 2026.",
        ),
        (
            {"signal": signalled(trial=True)},
            "Clients in care vary as usual: no sign that anything changed."
            " The limits are trial limits: fewer than 12 months.",
        ),
        ({"withheld": True, "value": None}, "Withheld this month."),
        ({"mean": None}, "Too few months to tell."),
    ],
)
def test_what_a_chart_is_said_to_tell_as_the_screen_says_it(point, said):
    assert Series(CENSUS, "all", "all", (replace(POINT, **point),)).said == said


KEPT = Measure("kept", "Sessions kept", "% of sessions", "share", "up", "…", "kept", "scheduled", "…", plural=True)
FLAGGED = replace(KEPT, name="flagged", title="Clients flagged", good="down")


def months(measure, *values, special=None, reading="common_cause", ranged=True):
    """A series of shares; None is a month withheld."""
    points = [
        Point(date(2026, n, 1), value is None, value, 0, *((0.06, 0.04, 0.09) if ranged else (None,) * 3), None)
        for n, value in enumerate(values, 1)
    ]
    last = signalled(points[-1].period, special=special, direction="up", reading=reading)
    return Series(measure, "all", "all", (*points[:-1], replace(points[-1], signal=last)))


@pytest.mark.parametrize(
    ("series", "reading"),
    [
        (months(FLAGGED, 0.06, 0.14, special="outside", reading="concern"), "concern"),
        (months(FLAGGED, 0.06, 0.07), None),
        (months(KEPT, 0.80, 0.82, special="run", reading="improvement"), "improvement"),
        (months(KEPT, 0.83, 0.80, special="run", reading="improvement"), None),  # above its usual, but it fell
        (months(KEPT, 1.0, 1.0, 1.0, special="run", reading="improvement"), None),  # always 100 %
        (months(FLAGGED, 0.07, None, 0.08, 0.13, ranged=False), "concern"),  # no range: the worst by far
        (months(FLAGGED, 0.07, None, 0.12, 0.13, ranged=False), None),  # hardly worse than the month before
        (months(FLAGGED, None, None, 0.13, ranged=False), None),  # too few months are shown
        (months(KEPT, 0.9, 0.9, 0.6, ranged=False), "concern"),
    ],
)
def test_what_stands_out(series, reading):
    assert series.reading == reading


@pytest.mark.parametrize(
    ("series", "told"),
    [
        (
            months(FLAGGED, 0.06, 0.14, special="outside", reading="concern"),
            "Clients flagged were above their usual range in February 2026: more than chance would do."
            " 14.0 % this month, 6.0 % the month before; usually 4.0–9.0 %.",
        ),
        (
            months(FLAGGED, 0.07, None, 0.08, 0.13, ranged=False),
            "Clients flagged stand at the highest of the 3 months that can be shown."
            " 13.0 % this month, 8.0 % the month before.",
        ),
        (
            replace(months(KEPT, 0.05, None, 0.03, special="outside"), breakdown="level_of_care", member="1.5"),
            "Level 1.5: Sessions kept were above their usual range in March 2026: more than chance would do."
            " 3.0 % this month; usually 4.0–9.0 %.",
        ),
    ],
)
def test_what_stands_out_is_told_with_its_figures(series, told):
    assert series.told == told


def test_concerns_come_first_and_five_at_most(home):
    better = months(KEPT, 0.8, 0.9, special="run", reading="improvement")
    worse = months(FLAGGED, 0.06, 0.14, special="outside", reading="concern")
    here = [replace(worse, breakdown="site", member=f"S{n}") for n in range(5)]
    crowded = replace(_read(home), series=(better, months(KEPT, 0.8, 0.8), *here))
    assert [series.reading for series in crowded.standing_out] == ["concern"] * 5
    two = replace(crowded, series=(better, here[0], worse))
    assert two.standing_out == [worse, better], "the site is told of by the clinic"


def test_the_sample_tells_of_the_flags_as_the_screen_does(home):
    told = {sentence.split(" stand ")[0]: sentence for sentence in _read(home).signals[:2]}
    assert set(told) == {"Clients flagged", "New flags"}
    assert "13.1 % this month, 7.6 % the month before" in told["Clients flagged"]


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
