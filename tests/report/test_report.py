"""The monthly report: the screen's figures, what is too small withheld, the same bytes for the same data."""

from __future__ import annotations

import csv
import io
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date
from math import ceil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from markupsafe import escape

from pipelines import report, snapshots
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.report import ledger
from pipelines.report.chart import alternative, draw
from pipelines.report.document import Report
from pipelines.report.figures import Figure
from pipelines.report.render import _content
from pipelines.report.series import Point, Series
from pipelines.report.source import Intake
from pipelines.report.windows import Window
from pipelines.spreadsheet import as_text
from pipelines.wording.control import Signal
from pipelines.wording.measure import Measure

pytestmark = pytest.mark.slow

MONTH = date(2026, 10, 1)
OCTOBER = Window("month", MONTH)
CENSUS = Measure("census", "Clients in care", "clients", "count", "neutral", "…", "in care", "", "…", plural=True)
KEPT = Measure("kept", "Sessions kept", "% of sessions", "share", "up", "…", "kept", "scheduled", "…", plural=True)
FLAGGED = replace(KEPT, name="flagged", title="Clients flagged", good="down")


@pytest.fixture(scope="module")
def home(published_home) -> Path:
    return published_home()


def read(home: Path, **how) -> Report:
    with Engine(snapshots.readable(home), read_only=True) as engine:
        return report.read(engine.records, MONTH, "000001", home, **how)


@pytest.fixture(scope="module")
def here(home) -> Report:
    return read(home)


@pytest.fixture(scope="module")
def written(home, here, tmp_path_factory) -> dict[str, Path]:
    return {path.suffix: path for path in report.write(home, MONTH, tmp_path_factory.mktemp("report"))}


def named(here: Report, name: str) -> Measure:
    measure = here.measure(name)
    assert measure is not None
    return measure


def test_every_figure_is_the_snapshots_or_withheld(home, written):
    with Engine(snapshots.readable(home), read_only=True) as engine:
        published = {
            tuple(map(str, row[:5])): row[5:]
            for row in engine.rows(
                "SELECT kind, period, breakdown, member, measure, numerator, denominator, value FROM caseload_window"
            )
        }
    rows = list(csv.DictReader(io.StringIO(written[".csv"].read_text("utf-8"))))
    shown = [row for row in rows if row["withheld"] == "false"]
    assert len(shown) > 150
    for row in shown:
        if row["member"].startswith("All but "):
            continue
        numbers = tuple(float(row[name]) if row[name] else None for name in ("numerator", "denominator", "value"))
        key = tuple(row[name] for name in ("covers", "month", "breakdown", "member", "measure"))
        assert numbers == published[key]
    assert not any(row["breakdown"] == "therapist" for row in rows)


def test_all_outcomes_of_which_there_are_data_are_shown(here):
    """As figures or, where so few are left that a figure may not be shown, as a range. The sample has no journal."""
    assert len(here.outcomes) == 9
    figures = {measure.name: here.figure(measure) for _, measure in here.outcomes}
    assert figures.pop("flags_acted_on").shown == "none"
    few = [name for name, figure in figures.items() if figure is None or not figure.is_legible]
    assert few in ([], ["flags_back_at_usual"]), "so few flags were old enough that nothing may be shown of them"
    assert sum(figure.is_shown for figure in figures.values()) >= 6


def test_each_measure_is_shown_in_the_finest_window_that_it_can_be_shown_in(here):
    kinds = {name: here.windows[name].kind for name in ("census", "served", "admissions", "sponsor_30")}
    assert kinds == {"census": "month", "served": "quarter", "admissions": "quarter", "sponsor_30": "year"}
    assert here.windows["admissions"] == Window("quarter", date(2026, 9, 1))
    assert "the quarter (Jul–Sep 2026)" in here.kinds


def test_the_sentence_of_an_outcome_compares_the_time_before_and_the_year_before(here):
    sentences = {measure.name: here.outcome_sentence(outcome, measure) for outcome, measure in here.outcomes}
    meetings = sentences["meetings_per_client_week"]
    assert meetings.startswith("Clients went to ")
    assert " mutual-help meetings a week in October 2026. Sep 2026: " in meetings
    assert "It was known of " in sentences["sober"] or "withheld" in sentences["sober"]


def test_small_programs_are_combined(here):
    groups = here.groups("program")
    assert groups == ["Medication outpatient", "Outpatient", "All but Medication outpatient and Outpatient"]
    admissions = named(here, "admissions")
    counts = [here.figure(admissions, "program", group).numerator for group in groups]
    assert min(counts) >= 11
    assert sum(counts) == here.figure(admissions, window=here.group_window).numerator


def test_clients_served_less_those_in_care_do_not_say_who_came_or_left(here):
    """152 were served in October and 145 in care at its end: 7 of the clients left, a number that is withheld."""
    census, served = named(here, "census"), named(here, "served")
    assert here.figure(census, window=OCTOBER).numerator == 145
    assert not here.shown(served) or here.figure(served).window != OCTOBER
    for figure in here.figures:
        if figure.measure == served and figure.breakdown == "all" and figure.is_shown:
            within = (here.figure(census, window=Window("month", month)) for month in figure.window.months)
            for other in filter(None, within):
                assert other.numerator is None or not 0 < figure.numerator - other.numerator < 11


def test_what_is_shown_of_small_groups_together_is_never_more_than_the_others_show(here):
    """`All but Outpatient` is shown only where the clinic and Outpatient are, and is what is left."""
    by_key = {figure.key: figure for figure in here.figures}
    rests = [f for f in here.figures if f.member.startswith("All but ") and f.is_shown]
    assert rests
    for f in rests:
        row = (f.window, f.measure, f.breakdown)
        others = [e for e in here.figures if (e.window, e.measure, e.breakdown) == row and e is not f]
        whole = by_key[f.window, ("all", "all"), f.measure.name]
        assert not any(each.withheld for each in (whole, *others))
        assert f.numerator == pytest.approx(whole.numerator - sum(each.numerator for each in others))


def test_what_is_withheld_is_in_one_table_with_why(written, here):
    page = written[".html"].read_text("utf-8")
    assert here.withheld
    for what, why in here.withheld:
        assert page.count(f'<th scope="row">{escape(what)}</th><td class="verdict">{escape(why)}') == 1


def test_the_workbook_reads_and_prints(written):
    book = openpyxl.load_workbook(written[".xlsx"])
    assert book.sheetnames[:3] == ["In short", "The clinic", "By group"]
    for sheet in book:
        assert sheet.max_row > 1, f"{sheet.title} is empty"
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes
    front = book["In short"]
    outcomes = list(front.iter_rows(min_row=5, max_row=13, values_only=True))
    assert [row[0] for row in outcomes][:2] == ["Clients served", "Admissions"]
    assert all(row[1] is not None and row[5] for row in outcomes)
    for row, cells in enumerate(front.iter_rows(min_row=5, max_row=13), start=5):
        lines = len(str(cells[5].value)) / front.column_dimensions["F"].width
        assert (front.row_dimensions[row].height or 15) >= 15 * lines


def test_the_workbook_prints_on_fewer_than_ten_pages(written):
    """By the heights of its rows on the height of a page, A4 across, fitted to its width as the print settings say."""
    points_a_unit, across, down = 5.25, 785, 516
    pages = 0
    for sheet in openpyxl.load_workbook(written[".xlsx"]):
        width = sum((each.width or 8) * (each.max - each.min + 1) for each in sheet.column_dimensions.values())
        height = sum(sheet.row_dimensions[row].height or 15 for row in range(1, sheet.max_row + 1))
        pages += ceil(height * min(1, across / (width * points_a_unit)) / down)
    assert pages < 10


def test_the_workbook_holds_numbers_dates_and_words(written):
    book = openpyxl.load_workbook(written[".xlsx"])
    numbers = [cell for row in book["The clinic"].iter_rows(min_row=2, min_col=4) for cell in row]
    assert sum(isinstance(cell.value, int | float) for cell in numbers) > 100
    assert {c.value for c in numbers if isinstance(c.value, str)} <= {"–", "no data", "none"} | {
        c.value for c in numbers if isinstance(c.value, str) and c.value.startswith(("over ", "under "))
    }
    about = dict(book["About"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert (about["Month"].date(), about["Snapshot"]) == (MONTH, "000001")
    words = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert not words & {"all", "common_cause", "no_direction", "outside", "real"}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_name_that_looks_like_a_formula_stays_a_name(here, name):
    renamed = replace(
        here, figures=tuple(replace(f, member=name if f.member == "Harbor" else f.member) for f in here.figures)
    )
    sheet = openpyxl.load_workbook(io.BytesIO(report.FORMATS["xlsx"](renamed)))["By group"]
    cells = [cell for (cell,) in sheet.iter_rows(max_col=1) if cell.value and str(cell.value).strip() == name.strip()]
    assert cells or name.startswith("\r"), "openpyxl reads a carriage return otherwise"
    assert {cell.data_type for cell in cells} <= {"s"}
    rows = csv.DictReader(io.StringIO(report.FORMATS["csv"](renamed).decode()))
    members = {row["member"] for row in rows}
    assert as_text(name.replace("\r", " ")) in members
    assert as_text(name) == f"'{name}"


def test_the_page_works_offline_in_our_typeface_and_the_pdf_is_tagged(written):
    page = written[".html"].read_text("utf-8")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "font-family: Figtree; font-weight: 300 900; src: url(data:font/woff2;base64," in page
    pdf = written[".pdf"].read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf
    assert b"CreationDate(D:20261101000000Z)" in pdf, "the day the data go to, not that of writing"


def test_a_withheld_figure_never_looks_like_zero(written):
    assert "never zero" in written[".html"].read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(written[".csv"].read_text("utf-8"))))
    withheld = [row for row in rows if row["withheld"] == "true"]
    assert withheld
    assert all(row[name] == "–" for row in withheld for name in ("numerator", "denominator", "value"))


def test_the_same_data_give_the_same_bytes(written, published_home, tmp_path):
    again = {path.suffix: path.read_bytes() for path in report.write(published_home(), MONTH, tmp_path)}
    assert again == {suffix: path.read_bytes() for suffix, path in written.items()}


def test_every_chart_has_a_description_in_words(here, written):
    assert here.charts
    page = written[".html"].read_text("utf-8")
    for series in here.charts:
        assert str(escape(alternative(series))) in page
    lines = sum(here.line(measure) is not None for _, measure in here.outcomes)
    assert page.count("<svg") == len(here.charts) + lines


def test_every_chart_has_a_scale(here):
    for series in here.charts:
        (lowest, _), *_, (highest, _) = draw(series).scale
        heights = [dot.y for dot in draw(series).dots if dot.y is not None]
        assert highest <= min(heights)
        assert max(heights) <= lowest


def test_no_limit_is_shown_that_a_withheld_month_is_a_part_of(here):
    for series in here.series:
        for phase in {point.phase for point in series.points if point.withheld}:
            assert all(point.mean is None for point in series.points if point.phase == phase)


def test_a_withheld_month_is_a_marked_gap():
    blank = Point(OCTOBER, False, 30.0)
    drawing = draw(Series(CENSUS, (blank, blank, replace(blank, withheld=True, value=None), blank)))
    assert [len(line) for line in drawing.lines] == [2, 1]
    assert [dot.withheld for dot in drawing.dots] == [False, False, True, False]
    assert not drawing.levels
    assert "1 month is withheld" in drawing.alternative


# What was published


def test_a_report_is_given_again_as_it_was_published(home, written, tmp_path):
    """Another month's exports would change the figures of the sample; those of the report stay."""
    kept = ledger.published_report(home, MONTH)
    first, *others = kept.intake
    changed = replace(kept, intake=(replace(first, accepted=first.accepted - 7), *others))
    own = Path(shutil.copytree(home, tmp_path / "home"))
    ledger.entry(own, MONTH).unlink()
    ledger.keep(own, changed)
    again = read(own)
    assert again.figures == kept.figures
    assert again.series == kept.series
    assert again.published_before
    assert again.corrections == (kept.intake[0].export,)
    assert not again.changed
    assert f"Taken in since: rows of {kept.intake[0].export}. No figure" in report.FORMATS["html"](again).decode()


def test_no_format_says_how_many_rows_there_are(here):
    """Two reports in a row would say by how many: of the episodes, that is who came and who left."""
    counts = (1_234_567, 2_345_678, 3_456_789, 4_567_891)
    counted = replace(
        here,
        intake=tuple(Intake(each.export, *counts) for each in here.intake),
        published_before=True,
        corrections=("crises",),
        changed=True,
    )
    book = openpyxl.load_workbook(io.BytesIO(report.FORMATS["xlsx"](counted)))
    words = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    for text in (report.FORMATS["html"](counted).decode(), report.FORMATS["csv"](counted).decode(), words):
        assert not [count for count in counts if f"{count:,}" in text or str(count) in text]
    assert "Some of the clinic's figures would now differ." in words
    content = json.dumps(_content(counted))
    assert not [count for count in counts if f"{count:,}" in content or str(count) in content], (
        "what the PDF is made of"
    )


def test_what_was_withheld_stays_withheld_and_what_was_shown_stays_as_it_was(published_home):
    """For the month before, the ledger records a census of 500 and the clients flagged as withheld."""
    own = published_home()
    september = Window("month", date(2026, 9, 1))
    before = read(own)
    flagged = named(before, "flagged")
    figures = (
        Figure(september, "all", "all", named(before, "census"), 500.0, None, 500.0),
        Figure(september, "all", "all", flagged, None, None, None, withheld=True),
    )
    ledger.keep(own, replace(before, month=september.period, figures=figures, series=()))
    after = read(own)
    assert after.figure(named(after, "census"), window=september).numerator == 500
    assert after.figure(flagged, window=september).withheld


def test_a_damaged_ledger_stops_the_report(published_home):
    own = published_home()
    ledger.keep(own, read(own))
    ledger.entry(own, MONTH).write_text("{", "utf-8")
    with pytest.raises(ledger.LedgerError, match=r"2026-10\.json"):
        read(own)


def test_the_ledger_is_its_owners_alone(home, written):
    assert ledger.entry(home, MONTH).stat().st_mode & 0o077 == 0


# Settings


def test_counts_are_rounded_to_5_if_the_clinic_sets_it(published_home):
    rounded = read(published_home(), round_to=5).rounded()
    shown = [f for f in rounded.figures if f.is_shown]
    assert shown
    for f in shown:
        assert f.numerator % 5 == 0
        if f.denominator is not None:
            assert round(f.measure.one_by_one(f.denominator), 6) % 5 == 0
    assert all(point.mean is None for series in rounded.series for point in series.points)
    assert "Counts are rounded to 5." in report.FORMATS["html"](rounded).decode()


def test_the_report_of_each_site_agrees_with_the_clinics(home, here, written, tmp_path):
    paths = report.write(home, MONTH, tmp_path, ["csv"], by_site=True)
    assert [path.name for path in paths] == [
        "meshwork-2026-10.csv",
        *(f"meshwork-2026-10-{site.lower().replace(' ', '-')}.csv" for site in here.groups("site")),
    ]
    whole = set(paths[0].read_text("utf-8").splitlines())
    for path, site in zip(paths[1:], here.groups("site"), strict=True):
        rows = path.read_text("utf-8").splitlines()
        assert set(rows) <= whole
        assert {row["member"] for row in csv.DictReader(rows)} == {"all", site}


def test_no_report_of_a_site_takes_the_place_of_another(home, here, tmp_path, monkeypatch):
    sites = dict(zip(here.groups("site"), ("★", "East/West", "East-West"), strict=False))
    figures = tuple(replace(f, member=sites.get(f.member, f.member)) for f in here.figures)
    monkeypatch.setattr(report, "read", lambda *_, **__: replace(here, figures=figures))
    paths = report.write(home, MONTH, tmp_path, ["csv"], by_site=True)
    assert len(sites) == 3
    assert len({path.name.casefold() for path in paths}) == 1 + len(here.groups("site"))
    assert paths[0].name == "meshwork-2026-10.csv"


def test_people_who_save_a_report_at_the_same_moment_do_not_disturb_each_other(here, tmp_path):
    def save(number: int) -> None:
        for _ in range(10):
            ledger.write(tmp_path / "2026-10.json", here)

    with ThreadPoolExecutor(4) as people:
        list(people.map(save, range(4)))
    assert ledger.read(tmp_path / "2026-10.json").figures == here.figures
    assert [path.name for path in tmp_path.iterdir()] == ["2026-10.json"]


def test_all_months_gives_a_report_of_each(published_home, tmp_path):
    own = str(published_home())
    result = CliRunner().invoke(
        main, ["report", "--all-months", "--format", "csv", "--out", str(tmp_path), "--home", own]
    )
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.glob("meshwork-*.csv"))) == 12


@pytest.mark.parametrize("which", [[], ["--month", "2026-10", "--all-months"]])
def test_a_month_or_all_months_must_be_given(home, tmp_path, which):
    result = CliRunner().invoke(main, ["report", *which, "--out", str(tmp_path), "--home", str(home)])
    assert result.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_missing_month_gets_an_error_that_lists_the_months(home, tmp_path):
    result = CliRunner().invoke(main, ["report", "--month", "2020-01", "--out", str(tmp_path), "--home", str(home)])
    assert result.exit_code == 2
    assert "there are 2025-11 to 2026-10" in result.output


# What stands out


def signalled(special=None, direction="up", runs=1, reading="common_cause", sigma=0.01):
    """A point of the control chart with the columns that matter here; the others are blank."""
    blank = dict.fromkeys(field.name for field in fields(Signal))
    return Signal(
        **blank
        | {"kind": "month", "breakdown": "all", "member": "all", "measure": "kept", "period": OCTOBER.period}
        | {"special": special, "direction": direction, "reading": reading, "sigma": sigma, "run_needed": 7}
        | {"since": special and (OCTOBER.period if runs == 1 else date(2026, 3, 1)), "runs": runs, "trial": False}
        | {"outside_runs": runs if special == "outside" else None}
        | {"stands_out": reading in ("concern", "improvement")}
    )


def months(measure, *values, ranged=True, **signal):
    """A series of shares; None is a month withheld."""
    limits = (0.06, 0.04, 0.09) if ranged else (None,) * 3
    points = [
        Point(Window("month", date(2026, n, 1)), value is None, value, 0, *limits)
        for n, value in enumerate(values, 11 - len(values))
    ]
    return Series(measure, (*points[:-1], replace(points[-1], signal=signalled(**signal))))


@pytest.mark.parametrize(
    ("series", "sentence"),
    [
        (months(KEPT, 0.06, 0.07), "Sessions kept vary as usual: no sign of a change."),
        (months(KEPT, 0.06, None), "Withheld this month."),
        (months(KEPT, 0.06, 0.07, ranged=False), "Too few months to judge."),
        (months(KEPT, None, 0.07, ranged=False), "No range: months are withheld."),
    ],
)
def test_a_chart_has_the_same_sentence_as_on_the_screen(series, sentence):
    assert series.verdict == sentence


def test_under_a_chart_that_marks_earlier_months_the_sentence_is_about_the_last_one():
    series = months(KEPT, 0.06, 0.01, 0.07)
    marked = replace(series.points[1], signal=signalled("outside", reading="concern"))
    series = replace(series, points=(series.points[0], marked, series.points[2]))
    assert series.verdict == "Sessions kept are as usual at the end of October."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("waiting_days", "57 days, 28 clients"),
        ("meetings_per_client_week", "57 meetings, 28 client-weeks"),
        ("abstinent_weeks_5_15", "57 weeks, 28 stays"),
        ("new_flags", "57 new flags, 2,800 client-weeks"),
        ("sessions_kept", "57 of 28"),
        ("census", ""),
    ],
)
def test_what_a_figure_is_of_is_said_with_its_units(here, name, shown):
    measure = next(series.measure for series in here.series if series.measure.name == name)
    denominator = 28.0 if measure.denominator else None
    assert Figure(OCTOBER, "all", "all", measure, 57, denominator, 2.0).counts == shown


@pytest.mark.parametrize(
    ("series", "reading"),
    [
        (months(FLAGGED, 0.06, 0.14, special="outside", reading="concern"), "concern"),
        (months(FLAGGED, 0.06, 0.07), None),
        (months(KEPT, 0.80, 0.82, special="run", reading="improvement"), "improvement"),
        (months(FLAGGED, 0.07, 0.13, ranged=False), None),  # without a range nothing stands out
    ],
)
def test_what_stands_out(series, reading):
    assert series.reading == reading


def test_the_sentence_of_what_stands_out_has_its_figures():
    sentence = months(FLAGGED, 0.06, 0.14, special="outside", reading="concern").sentence
    assert sentence.startswith("Clients flagged were above their usual range in October 2026: ")
    assert sentence.endswith(" 14 % this month, 6 % the month before; usually 4–9 %.")


def test_the_largest_concern_comes_first(here):
    better = months(KEPT, 0.8, 0.9, special="run", reading="improvement")
    worse = months(FLAGGED, 0.06, 0.14, special="outside", reading="concern")
    surer = months(replace(FLAGGED, name="no_shows", title="No-shows"), 0.06, 0.14, special="outside", reading="concern", sigma=0.005)  # fmt: skip
    crowded = replace(here, series=(better, worse, surer, *[better] * 5))
    assert crowded.standing_out[:3] == [surer, worse, better]
    assert len(crowded.standing_out) == 5
    assert crowded.changed_most == crowded.signals[0]


def test_where_nothing_could_be_judged_the_report_does_not_say_that_nothing_changed(here):
    steady = months(KEPT, 0.80, 0.82)
    said = {
        "judged": replace(here, series=(steady,)).changed_most,
        "too few": replace(here, series=(months(KEPT, 0.80, 0.82, reading="too_few"),)).changed_most,
        "rounded": replace(here, series=(steady,), rounded_to=5).rounded().changed_most,
    }
    assert said["judged"] == "No measure has moved more than chance would explain."
    assert said["too few"].startswith("No measure could be judged")
    assert said["rounded"].endswith("is not judged, because counts are rounded.")
    assert replace(here, series=(steady,), rounded_to=5).rounded().series[0].verdict.endswith("counts are rounded.")


def test_a_measure_without_a_control_chart_has_no_reading(here):
    served = next(series for series in here.series if series.measure.name == "served")
    assert served.verdict == ""


def test_only_groups_that_are_shown_are_named_for_a_change(here):
    sessions = named(here, "sessions_kept")
    year = here.group_window
    moved = [
        Figure(window, "site", site, sessions, 50.0, 100.0, value)
        for site, was, now in (("Harbor", 0.8, 0.6), ("Mill Street", 0.8, 0.79))
        for window, value in ((year, now), (year.before, was))
    ]
    series = months(sessions, 0.08, 0.03, special="outside", direction="down", reading="concern")
    placed = replace(here, series=(series,), figures=tuple(moved))
    assert "Most at Harbor: 80 % from November 2024 to October 2025, 60 % from " in placed.changed_most
