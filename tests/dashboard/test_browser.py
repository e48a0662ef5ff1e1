"""The dashboard in a real browser: at a desk and on a phone, in both lights, and nothing leaves this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dashboard.queries import caseload
from dashboard.queries.snapshot import Caseload
from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from pipelines.run import run
from pipelines.sample import write as write_sample
from tests.browser import faults, faults_at_a_desk_and_on_a_phone, settled
from tests.dashboard.conftest import served

pytestmark = pytest.mark.browser

PAGES = {
    "?therapist=All therapists": "Everyone in care",
    "director": "What changed most",
    "trends": "What these measures mean",
    "pathway": "By quarter of admission",
    "sobriety": "Time to an event",
    "data": "Files of the last run",
    "report": "Figures for 1 to 10 clients",
    "task_sheet?step=1": "This sheet is yours",
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_sideways_scrolling_asks_nobody_else_and_breaks_no_rule_of_accessibility(
    open_page, address, path
):
    page = open_page(f"{address}/{path}")
    page.get_by_text(PAGES[path]).first.wait_for()
    assert faults_at_a_desk_and_on_a_phone(page) == []


def test_a_deep_link_keeps_its_filter(open_page, address, snapshot):
    mine = next(
        each.therapist_id
        for each in caseload.therapists(snapshot)
        if 0 < caseload.counts(snapshot, Caseload(each.therapist_id)).flagged < each.clients
    )
    page = open_page(f"{address}/?therapist={mine}&show=Flagged")
    flagged = caseload.caseload(snapshot, Caseload(mine), caseload.Filters(flagged=True))
    assert page.locator(".mw-list .mw-id").all_inner_texts() == [client.client_id for client in flagged]
    page.get_by_role("link", name="Trends").click()
    page.get_by_text("What these measures mean").wait_for()
    page.get_by_role("link", name="My caseload").click()
    page.locator(".mw-id").first.wait_for()
    assert page.locator(".mw-list .mw-id").all_inner_texts() == [client.client_id for client in flagged]


def test_a_chosen_filter_is_in_the_address(open_page, address):
    page = open_page(f"{address}/?therapist=All therapists")
    page.get_by_role("button", name="Flagged", exact=True).click()
    page.wait_for_url("**show=Flagged**")


def test_on_a_phone_each_client_is_a_card(open_page, address):
    page = open_page(f"{address}/?therapist=All therapists", 390)
    card = page.locator(".mw-table tbody tr").first.bounding_box()
    table = page.locator(".mw-table").bounding_box()
    assert card["width"] <= 390
    assert card["height"] > 150  # its cells are below one another
    assert table["width"] <= 390


def test_the_pages_own_letters_are_used(open_page, address):
    page = open_page(f"{address}/")
    page.wait_for_function(
        "[...document.fonts].some(face => face.family.includes('Figtree') && face.status === 'loaded')"
    )
    assert page.evaluate("document.fonts.check('16px Figtree')")


def test_a_new_snapshot_is_shown_by_itself(open_page, home, tmp_path):
    own = shutil.copytree(home, tmp_path / "own")
    with served(own, tmp_path / "log") as url:
        page = open_page(f"{url}/trends?split=Program")  # the first that this server is asked for is not its first page
        page.get_by_text("snapshot 1").wait_for()
        shutil.copyfile(own / "snapshots" / "000001.duckdb", own / "snapshots" / "000002.duckdb")
        (own / "CURRENT.new").write_text("snapshots/000002.duckdb\n")
        (own / "CURRENT.new").replace(own / "CURRENT")
        page.get_by_text("snapshot 2").wait_for(timeout=20_000)
        settled(page)
        assert "split=Program" in page.url
        page.get_by_text("Medication outpatient").first.wait_for()


def test_an_empty_home_fills_by_itself(open_page, home, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    with served(own, tmp_path / "log") as url:
        page = open_page(url)
        page.get_by_text("Nothing is published yet").wait_for()
        assert faults(page) == []
        shutil.copytree(home / "snapshots", own / "snapshots")
        (own / "CURRENT").write_text("snapshots/000001.duckdb\n")
        page.get_by_text("Whose caseload?").first.wait_for(timeout=20_000)
        assert faults(page) == []


def test_a_home_with_the_two_required_exports_shows_every_page(open_page, home_of_two_exports, tmp_path):
    with served(home_of_two_exports, tmp_path / "log") as url:
        page = open_page(url, 390)
        for path in ("?therapist=All therapists", *list(PAGES)[1:], "client", "task_sheet"):
            page.goto(f"{url}/{path}")
            assert faults(page) == [], path


def four_of_each_client(home: Path) -> None:
    """Publish the snapshot again with three more clients like each: a run over as many takes most of a minute."""
    more = shutil.copyfile(snapshots.readable(home), home / "more.duckdb")
    more.chmod(0o600)
    of_clients = "SELECT table_name FROM duckdb_columns() WHERE column_name = 'client_id'"
    with Engine(more) as engine:
        for (table,) in engine.rows(of_clients):
            others = f"FROM {table}, range(1, 4) AS others(n)"
            engine.run(f"INSERT INTO {table} SELECT * EXCLUDE n REPLACE (client_id || '-' || n AS client_id) {others}")
        for table in ("caseload_week", "caseload_month", "caseload_window", "control_point"):
            engine.run(f"UPDATE {table} SET numerator = 4 * numerator, denominator = 4 * denominator")
        assert engine.value("SELECT count(DISTINCT client_id) FROM client_week") == 10_000
    snapshots.publish(home, more)


def test_a_home_with_ten_thousand_clients_shows_every_page(open_page, tmp_path):
    write_sample(tmp_path / "exports", clients=2_500, weeks=16)
    run(tmp_path / "exports", tmp_path / "own")
    four_of_each_client(tmp_path / "own")
    with served(tmp_path / "own", tmp_path / "log") as url:
        page = open_page(url)
        for path, shows in PAGES.items():
            page.goto(f"{url}/{path}")
            page.get_by_text(shows).first.wait_for()
            assert faults(page, accessibility=False) == [], path  # axe looks at a table of this length for a minute


@pytest.mark.parametrize("width", [1440, 1200])
def test_the_list_of_clients_is_not_cut_off(open_page, address, width):
    page = open_page(f"{address}/?therapist=All therapists", width)
    table = page.locator(".mw-list")
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    note = table.locator(".mw-row-acts").first.bounding_box()
    assert note["x"] + note["width"] <= width


LONG_NAMES = """
[...document.querySelectorAll('.mw-card h3 a, .mw-list .mw-id a, .mw-order li a, #client')].forEach((each, n) => {
  each.textContent = ['c-hhbq-qjgf-dtgd-jvpf', 'f9c6e8f0a8104c2e9d8bb5d7e6a1c3f2', 'a30240fb-9519-578f-8270-a6ecafdccfe1'][n % 3];
  if (n % 2) each.dataset.person = 'Wilhelmina Featherstonehaugh-Cholmondeley';
})
"""


def test_long_pseudonyms_and_names_beside_them_leave_nothing_off_the_screen(open_page, address):
    page = open_page(f"{address}/?therapist=All therapists")
    client = page.locator(".mw-list .mw-id a").first.get_attribute("href")
    page.evaluate(LONG_NAMES)
    for width in (1440, 1120, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert faults(page, accessibility=False) == [], width
        note = page.locator(".mw-list .mw-row-acts").first.bounding_box()
        assert note["x"] + note["width"] <= width
        card = page.locator(".mw-card").first
        assert card.evaluate("card => card.querySelector('h3').scrollWidth <= card.querySelector('header').clientWidth")
    page.goto(f"{address}/{client}")
    settled(page)
    page.evaluate(LONG_NAMES)
    assert faults(page, accessibility=False) == []


def test_no_width_between_a_phone_and_a_desk_scrolls_sideways(open_page, address):
    page = open_page(f"{address}/?therapist=All therapists", 1115)
    client = page.locator(".mw-list .mw-id a").first.get_attribute("href")
    for path, width in (("director", 1115), ("pathway", 660), (client, 320)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{address}/{path}")
        assert faults(page, accessibility=False) == [], path


def test_who_is_due_leads_to_the_open_list_of_them(open_page, address):
    page = open_page(f"{address}/director")
    page.get_by_role("link", name="Who is due").click()
    due = page.locator("details#reassessments[open]")
    due.wait_for()
    settled(page)
    assert 0 <= due.bounding_box()["y"] < 450
