"""What comes out of the printer: white ground, nothing to click on, nothing cut off, no page with hardly a line."""

from __future__ import annotations

import pytest

from dashboard.sections.suggestions import slip
from tests.browser import seen_as
from tests.dashboard.test_suggestions import SUGGESTION

pytestmark = pytest.mark.browser

FOR_THE_SCREEN = (
    "header.stAppHeader, [data-testid=stLogo], [data-testid=stHeaderLogo], [data-testid=stButtonGroup],"
    " [data-testid=stSelectbox], button"
)


def printed(page, scheme="light") -> int:
    """How many pages it prints; leaves the page in its print layout."""
    pages = page.pdf(prefer_css_page_size=True, print_background=True).count(b"/Type /Page\n")
    page.emulate_media(media="print", color_scheme=scheme)
    return pages


def test_what_is_open_over_the_page_is_not_printed(open_page, address):
    page = open_page(f"{address}/sobriety")
    page.locator(".st-key-save-bands button").first.click()
    save = page.get_by_role("button", name="Save as SVG")
    save.wait_for()
    printed(page)
    assert not save.is_visible()


@pytest.mark.parametrize("path", ["task_sheet", "?therapist=T09"])
def test_paper_is_white_and_holds_nothing_to_click_on(open_page, address, path):
    page = open_page(f"{address}/{path}")
    for scheme in ("light", "dark"):
        page.emulate_media(media="screen")
        seen_as(page, 1440, scheme)
        printed(page, scheme)
        seen = page.locator(FOR_THE_SCREEN)
        assert [seen.nth(n).inner_text() for n in range(seen.count()) if seen.nth(n).is_visible()] == []
        ground = "element => getComputedStyle(element).backgroundColor"
        assert page.locator(".stApp").evaluate(ground) == "rgb(255, 255, 255)", scheme


def test_the_task_sheet_is_for_the_client(open_page, address):
    page = open_page(f"{address}/task_sheet")
    assert printed(page) <= 3
    assert page.locator(".mw-sheet").is_visible()
    assert not page.locator(".mw-footer").is_visible(), "nothing about flags on what a client takes home"


def test_the_caseload_lies_across_with_all_its_columns(open_page, address):
    page = open_page(f"{address}/?therapist=T09")
    assert printed(page) <= 3
    page.set_viewport_size({"width": 1032, "height": 800})  # A4 across, less the margins
    assert page.evaluate("document.querySelector('.mw-table').getBoundingClientRect().right <= window.innerWidth")


def test_the_slip_fits_on_a_page_of_its_own(browser):
    page = browser.new_page()
    page.set_content(slip([SUGGESTION] * 10, {}))
    assert printed(page) == 1
    page.close()
