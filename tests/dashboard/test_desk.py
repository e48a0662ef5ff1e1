"""A therapist's and a director's work in a real browser, on a home of its own."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

from dashboard.queries import caseload
from dashboard.queries.caseload import Filters
from dashboard.queries.snapshot import Caseload
from pipelines.journal.store import Journal
from pipelines.settings import Settings
from tests.browser import settled
from tests.dashboard.conftest import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own(home, tmp_path_factory):
    own = shutil.copytree(home, tmp_path_factory.mktemp("desk") / "own")
    (own / "settings.toml").write_text('date_format = "MM/DD/YYYY"')
    return own


@pytest.fixture(scope="module")
def place(own, tmp_path_factory):
    with served(own, tmp_path_factory.mktemp("log") / "log") as url:
        yield url


def call(page, client_id):
    """Open the dialog that notes a contact with a client of the worklist."""
    page.get_by_label(client_id, exact=True).get_by_role("button", name="Note a contact").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(client_id).wait_for()
    dialog.get_by_role("button", name="Other").wait_for()
    settled(page)
    return dialog


def typed(day, digits):
    """Type a day into a field whose parts are in the clinic's order; the focus goes from part to part by itself."""
    parts = day.get_by_role("spinbutton")
    parts.first.wait_for()
    assert [part.get_attribute("data-type") for part in parts.all()] == ["month", "day", "year"]
    parts.first.click()
    day.page.keyboard.type(digits, delay=60)
    day.page.keyboard.press("Enter")


def test_a_follow_up_is_a_chip_or_a_day_typed_as_the_clinic_writes_it(open_page, own, place, snapshot):
    first, second = [each for each in caseload.caseload(snapshot, Caseload(), Filters()) if each.call_first][:2]
    page = open_page(f"{place}/?therapist=All therapists")
    dialog = call(page, first.client_id)
    dialog.get_by_role("radio", name="In a week").click()
    settled(page)
    dialog.get_by_role("button", name="Left a message").click()
    dialog.wait_for(state="detached")
    settled(page)
    dialog = call(page, second.client_id)
    dialog.get_by_role("radio", name="Another day").click()
    wanted = date.today() + timedelta(days=9)
    typed(dialog.get_by_role("group", name="Day"), f"{wanted:%m%d%Y}")
    dialog.get_by_text(second.client_id).click()  # the calendar closes
    settled(page)
    page.wait_for_timeout(500)
    dialog.get_by_role("button", name="Contacted").click()
    dialog.wait_for(state="detached")
    settled(page)
    noted = {entry.contact.client_id: entry.contact for entry in Journal.of(own, Settings()).entries()}
    assert noted[first.client_id].follow_up_on == date.today() + timedelta(days=7)
    assert noted[second.client_id].follow_up_on == wanted
    assert f"follow up {wanted:%b} {wanted.day}" in page.locator(".st-key-done").inner_text()


def test_an_event_is_drawn_on_the_chart_until_it_is_removed(open_page, own, place):
    page = open_page(f"{place}/trends")
    page.get_by_text("Events on the charts").click()
    typed(page.get_by_role("group", name="Day"), "10052026")
    settled(page)
    page.get_by_role("textbox", name="What happened").fill("New evening group")
    page.get_by_role("textbox", name="What happened").press("Enter")
    settled(page)
    page.get_by_role("button", name="Add to the charts").click()
    page.get_by_text("Oct 5, 2026: New evening group").wait_for()
    page.locator(".st-key-whole svg").get_by_text("New evening group").wait_for()
    (event,) = Journal.of(own, Settings()).annotations()
    assert (event.happened_on, event.text) == (date(2026, 10, 5), "New evening group")
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Oct 5, 2026: New evening group").wait_for(state="detached")
    settled(page)
    assert page.locator(".st-key-whole svg").get_by_text("New evening group").count() == 0
    assert Journal.of(own, Settings()).annotations() == []


def test_back_comes_back_to_the_same_filters_and_order(open_page, place, snapshot):
    wanted = [each.client_id for each in caseload.caseload(snapshot, Caseload(), Filters(flagged=True), "client_id")]
    page = open_page(f"{place}/?therapist=All therapists&show=Flagged&sort=Client ID")
    shown = page.locator(".mw-list .mw-id")
    assert shown.all_inner_texts() == wanted
    shown.get_by_role("link").first.click()
    page.get_by_role("heading", name=wanted[0]).wait_for()
    page.get_by_role("link", name="Next").click()
    page.get_by_role("heading", name=wanted[1]).wait_for()
    page.get_by_role("link", name="← My caseload").click()
    page.locator(".mw-list").wait_for()
    settled(page)
    assert shown.all_inner_texts() == wanted
    shown.get_by_role("link").nth(2).click()
    page.get_by_role("heading", name=wanted[2]).wait_for()
    page.go_back()
    page.locator(".mw-list").wait_for()
    settled(page)
    assert shown.all_inner_texts() == wanted
    assert "show=Flagged" in page.url


def test_a_client_is_found_by_a_part_of_the_id(open_page, place, snapshot):
    sought = caseload.caseload(snapshot, Caseload(), Filters())[-1].client_id
    page = open_page(f"{place}/?therapist=All therapists")
    page.get_by_role("searchbox", name="Find a client").fill(sought[-4:].lower())
    page.wait_for_function("document.querySelectorAll('.mw-list tbody tr').length === 1")
    assert page.locator(".mw-list .mw-id").inner_text() == sought
