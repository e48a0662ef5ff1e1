"""Names beside pseudonyms: read in the browser, and no byte of the file leaves it."""

from __future__ import annotations

import base64

import pytest

from dashboard.links import client_link
from tests.browser import settled

pytestmark = pytest.mark.browser
NAME = 'Quillfeather, "Jo" Zoë'


@pytest.fixture
def crosswalk(tables, tmp_path):
    """A client in care, and a crosswalk of the clinic in which that client has a name."""
    client = tables.value("SELECT client_id FROM client_now WHERE therapist_id = 'T01' ORDER BY client_id")
    path = tmp_path / "crosswalk of the clinic.csv"
    quoted = NAME.replace('"', '""')
    path.write_text(f'client_id,pseudonym,name\r\n0042,{client},"{quoted}"\r\n0043,c-none-none,Nobody\r\n', "utf-8")
    return client, path


def beside(page, selector: str) -> str:
    """What the style sheet draws in front of an element."""
    return page.locator(selector).first.evaluate("each => getComputedStyle(each, '::before').content")


def load(page, path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Show names").click()
    chooser.value.set_files(path)
    page.get_by_role("button", name="Names of 2 clients are shown").wait_for()


def test_a_crosswalk_is_drawn_beside_the_pseudonyms_and_sent_nowhere(open_page, address, home, crosswalk):
    client, path = crosswalk
    sent: list[bytes] = []

    def listen(page) -> None:
        page.on("request", lambda request: sent.append(request.url.encode() + (request.post_data_buffer or b"")))
        page.on("websocket", lambda each: each.on("framesent", lambda frame: sent.append(as_bytes(frame))))

    page = open_page(f"{address}/?therapist=T01", listening=listen)
    before = len(sent)
    load(page, path)
    link = f'.mw-list a:text-is("{client}")'
    drawn = '"Quillfeather, \\"Jo\\" Zoë "'
    assert beside(page, link) == drawn

    for _ in range(2):  # the list is drawn anew, and anew
        page.get_by_role("button", name="Flagged", exact=True).click()
        page.wait_for_timeout(500)
        settled(page)
    page.locator(f"{link}[data-person]").wait_for()
    page.locator(link).click()
    page.locator("#client[data-person]").wait_for()
    assert beside(page, "#client") == drawn
    assert NAME not in page.locator("body").inner_text()
    page.get_by_role("link", name="Trends").click()
    page.get_by_text("What these measures mean").wait_for()

    assert len(sent) > before + 3, "what is looked for would be found"
    for text in (NAME, "Quillfeather", "Zoë", "0042", "Nobody", path.name):
        for form in (text.encode(), text.encode("utf-16-le"), base64.b64encode(text.encode()).rstrip(b"=")[:-1]):
            assert not [each for each in sent if form in each], text
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])")
    assert "Quillfeather" not in kept

    page.goto(f"{address}/{client_link(home, client)}")
    settled(page)
    assert beside(page, "#client") == "none", "gone with a reload"


def test_a_file_that_is_no_crosswalk_gives_no_names(open_page, address, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    page = open_page(f"{address}/?therapist=T01")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Show names").click()
    chooser.value.set_files(path)
    page.get_by_role("button", name="This file is no crosswalk").wait_for()
    assert page.locator("[data-person]").count() == 0


def as_bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()
