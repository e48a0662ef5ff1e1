"""What a page lets somebody take along: no figure about 1 to 10 people, and none that gives one away."""

from __future__ import annotations

import csv
import io

import pytest

from dashboard.sheet import WITHHELD, Row, Sheet, as_csv, withheld
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


def test_a_table_begins_with_what_it_means_and_no_cell_is_a_formula():
    sheet = Sheet("Clients", "All in care.", ["site", "clients"], [*rows(30, 5), Row(["=1+1"], [-2.5, "=2"])])
    assert list(csv.reader(io.StringIO(as_csv(sheet, "Data to 2026-11-01, snapshot 1.")))) == [
        ["Clients. All in care."],
        [f"Data to 2026-11-01, snapshot 1. {WITHHELD}"],
        ["site", "clients"],
        ["g0", "30"],
        ["g1", ""],
        ["'=1+1", "-2.5", "'=2"],
    ]


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
    if key == "path":
        return  # its words are those of the table beneath
    page.get_by_role("button", name="Copy as a sentence").click()
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
    assert "Harbor and Northside" in chart.text_content()
    page.locator(".st-key-save-compared button").first.wait_for()
