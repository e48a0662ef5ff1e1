"""What a page lets somebody take along: no figure about 1 to 10 people, and none that gives one away."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from math import nan

import pandas as pd
import pytest

from dashboard.curve import Curve
from dashboard.queries.pathway import Step
from dashboard.queries.snapshot import SQL
from dashboard.queries.trends import Group
from dashboard.sections.saving import of_measure, people
from dashboard.sheet import Row, Sheet, as_csv, left_out, of_breakdowns, of_frame, rests, told_in_part, withheld
from dashboard.views.pathway import of_pathway
from dashboard.views.sobriety import of_bands, of_curves, of_unknown
from pipelines.definitions import rules
from pipelines.engine.duckdb import Engine
from pipelines.wording.measure import Measure
from tests.browser import settled
from tests.dashboard.conftest import visit


def rows(*counts: float | None, whole: float | None = None, part: str = "2026-10") -> list[Row]:
    first = [] if whole is None else [Row(["all"], [whole], [whole], part, whole=True)]
    return [*first, *(Row([f"g{number}"], [count], [count], part) for number, count in enumerate(counts))]


@pytest.mark.parametrize(
    ("table", "left_out"),
    [
        (rows(30, 40, whole=70), set()),
        (rows(0, 40, whole=40), set()),  # nobody is nobody's secret
        (rows(30, 10, whole=40), {1, 2}),  # 40 - 30 would give the 10 away
        (rows(30, 11, whole=41), set()),
        (rows(30, 40, 10, whole=80), {1, 3}),  # the smallest other goes with it
        (rows(30, 4, 7, whole=41), {2, 3}),  # the two are 11 together
        (rows(30, 4, 6, whole=40), {1, 2, 3}),
        (rows(5, whole=5), {0, 1}),
        (rows(30, 10), {1}),  # without the whole there is nothing to subtract from
        (rows(0, 10, whole=10), {0, 2}),
        (rows(30, 10, whole=40, part="a") + rows(30, 40, whole=70, part="b"), {1, 2}),
        ([Row(["a"], [1]), Row(["b"], [None], [None])], set()),
        (rows(30, nan, 10, whole=40), {1, 2, 3}),  # a group without a figure adds nothing to hide behind
        (
            [*rows(30, 20, whole=57), Row([], [], [7], "2026-10", listed="nowhere")],
            {2, 3},
        ),  # 57 - 30 - 20 would be the 7
        ([*rows(30, 20, whole=70), Row([], [], [20], "2026-10", listed="nowhere")], {3}),
        (
            [*rows(30, 40, 10, whole=80), Row(["g"], [12], [12], "2026-10", known=True)],
            {1, 3},
        ),  # the 12 are known anyway
    ],
)
def test_what_is_left_out(table: list[Row], left_out: set[int]):
    assert withheld(table) == left_out


def test_of_each_count_by_itself_the_rest_is_out_of_reach():
    table = [
        Row(["all"], [], [70, 50, 20], whole=True),
        Row(["a"], [], [35, 25, 10]),
        Row(["b"], [], [35, 25, 10]),
    ]
    assert withheld(table) == {1, 2}


def test_what_a_table_does_not_list_is_what_the_whole_holds_beyond_it():
    (rest,) = rests([Row([], [], [80, 30], whole=True), Row([], [], [40, 20]), Row([], [], [33, None])])
    assert (rest.about, rest.listed) == ([7, 10], "nowhere")
    assert rests(rows(30, 40, whole=70)) == []


def test_of_several_breakdowns_each_comes_to_the_whole_by_itself():
    """Of the 50, 46 are at the site listed and 42 in the program: the 4 elsewhere are not hidden by the 8 others."""
    site, program = Row(["Harbor"], [46], [46]), Row(["IOP"], [42], [42])
    table = of_breakdowns([("all", Row(["all"], [50], [50], whole=True)), ("site", site), ("program", program)])
    assert {tuple(table[number].names) for number in withheld(table)} == {("Harbor",), ("IOP",), ()}


def points(
    measure: Measure, *numerators: float, breakdown: str = "all", member: str = "all", few: bool = False
) -> Group:
    """A chart of counts; of each point the mean is the count before it, as of a stock that does not grow."""
    frame = pd.DataFrame({"period": pd.date_range("2026-08-01", periods=len(numerators), freq="MS")})
    frame = frame.assign(value=numerators, numerator=numerators, denominator=None)
    frame = frame.assign(mean=frame["value"].shift(1), lower=0.0, upper=99.0, reading="common_cause")
    return Group(breakdown, member, frame, None, few)


def cells(sheet: Sheet, name: str, column: str) -> list[str]:
    _, _, header, *lines = csv.reader(io.StringIO(as_csv(sheet, "")))
    return [line[header.index(column)] for line in lines if line[0] == name]


CENSUS = Measure("census", "Clients in care", "clients", "count", "neutral", "…", "in care", "", "…", stock=True)


def test_no_mean_or_limit_is_told_of_groups_with_a_point_left_out():
    """With the mean of October, which is the count of September, the 4 would be known; with Northside's, their 4 and 36."""
    whole = points(CENSUS, 70, 74, 80)
    sites = [
        points(CENSUS, 34, 38, 40, breakdown="site", member="Northside"),
        points(CENSUS, 18, 4, 20, breakdown="site", member="Harbor"),
        points(CENSUS, 18, 32, 20, breakdown="site", member="Mill"),
    ]
    sheet = of_measure([whole, *sites], CENSUS)
    assert cells(sheet, "Harbor", "value") == ["18", "withheld", "20"]
    assert cells(sheet, "All clients", "mean") == ["", "70", "74"]
    assert cells(sheet, "All clients", "reading") == ["As usual"] * 3
    for site in ("Northside", "Harbor", "Mill"):
        for column in ("mean", "lower", "upper", "reading"):
            assert cells(sheet, site, column) == ["withheld"] * 3


def test_no_mean_is_told_where_a_point_before_those_of_the_table_is_of_few_clients():
    assert cells(of_measure([points(CENSUS, 30, 31, few=True)], CENSUS), "All clients", "mean") == ["withheld"] * 2
    assert cells(of_measure([points(CENSUS, 30, 31)], CENSUS), "All clients", "mean") == ["", "30"]


def test_groups_that_are_not_listed_are_not_the_rest_of_the_whole():
    """Of 13 groups 12 are drawn: the 5 of the last are not what the table leaves of the whole."""
    shown = [points(CENSUS, 20, breakdown="site", member=f"Site {n:02}") for n in range(12)]
    sheet = of_measure([points(CENSUS, 245), *shown], CENSUS)
    assert [cells(sheet, f"Site {n:02}", "value") for n in range(12)] == [["withheld"], *[["20"]] * 11]


def test_two_groups_beside_each_other_leave_out_what_all_groups_do():
    """The whole, and with it the third site, is in the table beside."""
    groups = [points(CENSUS, 50)]
    groups += [points(CENSUS, count, breakdown="site", member=name) for name, count in (("A", 31), ("B", 15), ("C", 4))]
    sheet = of_measure(groups, CENSUS, [groups[1], groups[2]])
    assert (cells(sheet, "A", "value"), cells(sheet, "B", "value")) == (["31"], ["withheld"])
    assert cells(sheet, "C", "value") == cells(sheet, "All clients", "value") == []


def test_of_whom_sobriety_is_unknown_the_two_tables_of_the_page_say_no_more_than_one():
    """31 of 120 by the bands; by site 14 and 13 and, as nobody may know, 4."""
    groups = pd.DataFrame({"member": ["A", "B", "C"], "unknown": [14, 13, 4], "clients": [44, 40, 36]})
    groups = groups.assign(share=groups["unknown"] / groups["clients"], unknown_in_all=31, clients_in_all=120)
    by_site = of_unknown(groups)
    assert [by_site[number].names[0] for number in sorted(withheld(by_site))] == ["B", "C"]
    bands = pd.DataFrame({"band": ["<30", "30-89", "365+", "unknown"], "clients": [5, 40, 44, 31], "in_care": 120})
    by_band = of_bands(bands)  # the 31 are known from the other table, so that 40 are left out with the 5
    assert [by_band[number].names[0] for number in sorted(withheld(by_band))] == ["under 30 days", "30 to 89 days"]


@pytest.mark.parametrize(("events", "told"), [(3, "withheld"), (14, "30")])
def test_of_a_curve_with_few_events_nothing_is_told(events: int, told: str):
    marks = pd.DataFrame(
        {"time": [30], "is_mark": [True], "at_risk": [30], "survival": [0.9], "low": [0.8], "high": [1.0]}
    )
    rows = of_curves([Curve("Harbor", 40, 0, events, None, None, None, marks)], "site")
    columns = ["group", "time", "at_risk", "without_the_event", "low", "high"]
    assert cells(Sheet("…", "", columns, rows), "Harbor", "at_risk") == [told]


def test_the_loss_between_two_steps_of_the_pathway_is_not_told_by_the_steps_beside_it():
    def step(stage: str, came: int, clients: int) -> Step:
        return Step("all", stage, came, clients, 3.0, clients, came - clients, 0, 0, 0)

    steps = [step("admitted", 60, 60), step("first_meeting", 60, 40), step("sponsor", 40, 36), step("retained", 36, 20)]
    _, _, _, *lines = csv.reader(io.StringIO(as_csv(of_pathway([("all", steps)]), "")))
    assert [line[2:4] for line in lines] == [["60", "60"], ["60", "40"], ["withheld"] * 2, ["withheld"] * 2]


def test_no_sentence_is_offered_of_what_the_table_leaves_out():
    sheet = Sheet("…", "", ["site", "clients"], [*rows(30, 5), Row(["g0"], [12], [12]), Row(["all"], [47], [47])])
    assert told_in_part(sheet) == {"g1"}


def test_a_table_begins_with_what_it_means_and_no_cell_is_a_formula():
    sheet = Sheet("Clients", "All in care.", ["site", "clients"], [*rows(30, 5), Row(["=1+1"], [-2.5, "=2"])])
    assert list(csv.reader(io.StringIO(as_csv(sheet, "Data to 2026-11-01, snapshot 1.")))) == [
        ["Clients. All in care."],
        [f"Data to 2026-11-01, snapshot 1. {left_out()}"],
        ["site", "clients"],
        ["g0", "30"],
        ["g1", "withheld"],
        ["'=1+1", "-2.5", "'=2"],
    ]


def test_days_and_figures_are_written_as_a_reader_takes_them():
    frame = pd.DataFrame({"site": ["Harbor"], "week": [pd.Timestamp("2025-11-03")], "clients": [22.0]})
    frame = frame.assign(share=0.8525623281826299, since=[pd.Timestamp("2025-10-01")], left=[None], reported=[True])
    sheet = Sheet("…", "", list(frame.columns), of_frame(frame, ["site", "week"], ["clients"]))
    assert cells(
        replace(sheet, rows=of_frame(frame.assign(site="all"), ["site", "week"], [])), "All clients", "clients"
    )
    *_, line = csv.reader(io.StringIO(as_csv(sheet, "")))
    assert line == ["Harbor", "2025-11-03", "22", "0.8526", "2025-10-01", "", "True"]


@pytest.mark.parametrize(
    ("view", "keys"),
    [
        ("director", {"glance"}),  # nobody has noted a contact yet, and nothing stands out
        ("trends", {"whole", "groups"}),
        ("pathway", {"path", "quarters"}),
        ("sobriety", {"bands", "by-site", "by-therapist", "abstinent", "curve"}),
        ("data", {"files", "coverage", "columns"}),
    ],
)
def test_every_chart_and_table_can_be_taken_along(app, view, keys):
    visit(app, view)
    assert not app.exception
    offered = {each.proto.id.rsplit("-csv-", 1)[-1] for each in app.get("download_button") if "-csv-" in each.proto.id}
    assert offered == keys


SAVED = {"whole": "trends", "groups": "trends", "glance": "director", "path": "pathway", "bands": "sobriety"}


@pytest.mark.browser
@pytest.mark.parametrize("key", SAVED)
def test_a_chart_is_saved_as_a_picture_and_as_a_table_and_copied_as_a_sentence(open_page, address, key):
    page = open_page(f"{address}/{SAVED[key]}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(f".st-key-save-{key} button").first.click()
    for label, ending in (("Save as SVG", ".svg"), ("Save as PNG", ".png"), ("Save as CSV", ".csv")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        assert download.value.suggested_filename.endswith(f"_2026-11-01{ending}")
        content = download.value.path().read_bytes()
        assert {".svg": b"<svg", ".png": b"\x89PNG", ".csv": b"snapshot 1"}[ending] in content[:3000]
        assert len(content) > 200
    copy = page.get_by_role("button", name="Copy as a sentence")
    if key not in ("whole", "glance"):
        assert copy.count() == 0, "the sentence would say what the table leaves out"
        return
    copy.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith(".")


@pytest.mark.browser
def test_two_groups_are_compared_on_one_chart(open_page, address):
    page = open_page(f"{address}/trends?split=Site")
    groups = page.get_by_role("combobox", name="Compare two groups")
    for site in ("Harbor", "Northside"):
        groups.press_sequentially(site)
        page.get_by_role("option", name=site).click()
        page.locator(f'.st-key-compare [data-tag][aria-label="{site}"]').last.wait_for()
        settled(page)
    chart = page.locator(".st-key-compared .stVegaLiteChart svg")
    chart.wait_for()
    page.get_by_role("heading", name="Meetings per client-week: Harbor and Northside").wait_for(state="attached")
    assert "Harbor" in chart.text_content()
    page.locator(".st-key-save-compared button").first.wait_for()


@pytest.mark.parametrize("scale", ["count", "rate", "share"])
def test_a_chart_and_what_is_saved_of_it_follow_one_rule_of_what_is_few(scale):
    (rule,) = re.findall(r"bool_or\((.*)\)", (SQL / "few.sql").read_text("utf-8"), re.DOTALL)
    measure = Measure("m", "", "", scale, "", "", "", "", "")
    counts = [(n, of) for n in (0, 1, 10, 11, 20) for of in (None, 0, 1, 10, 11, 20, 21, 30, 31)]
    points = ", ".join(f"({n}, {'NULL' if of is None else of})" for n, of in counts)
    with Engine() as engine:
        few = engine.rows(
            f"SELECT coalesce({rule}, false) FROM (VALUES {points}) AS point(numerator, denominator),"
            f" (SELECT '{scale}' AS scale) AS measures",
            {"few": rules()["few_least"]},
        )
    saved = [withheld([Row([], [], people(n, of, measure))]) == {0} for n, of in counts]
    assert [each for (each,) in few] == saved
