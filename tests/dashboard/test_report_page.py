"""The report's page: which month, its sentences, and the files to send."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

from pipelines import report
from tests.browser import settled
from tests.dashboard.conftest import html, visit

FORMATS = ("PDF", "HTML", "XLSX", "CSV")


@pytest.fixture
def page(app):
    visit(app, "report")
    assert not app.exception
    return app


def preview(app) -> str:
    (frame,) = app.get("iframe")
    return frame.proto.srcdoc


def test_the_last_month_is_shown_first(page):
    assert page.selectbox(key="month").value == "October 2026"
    assert "<h1>October 2026</h1>" in preview(page)


def test_another_month_can_be_chosen(page):
    page.selectbox(key="month").set_value("March 2026").run()
    assert "<h1>March 2026</h1>" in preview(page)


def test_the_preview_is_the_file_that_leaves(page, snapshot, tmp_path):
    copy = shutil.copytree(snapshot.path.parents[1], tmp_path / "home")  # one process can open a file in one way only
    (written,) = report.write(copy, date(2026, 10, 1), tmp_path / "out", ["html"])
    assert preview(page) == written.read_text("utf-8")


def test_every_format_can_be_saved(page):
    assert [button.label for button in page.get("download_button")] == list(FORMATS)


def test_the_page_shows_what_is_withheld(page):
    assert "Figures for 1 to 10 clients or events are hidden" in html(page)
    assert "snapshot 1" in html(page)


@pytest.mark.browser
def test_what_is_saved_in_a_browser_is_the_report_of_the_month(open_page, address):
    page = open_page(f"{address}/report")
    settled(page)
    assert page.frame_locator("iframe").locator("h1").inner_text() == "October 2026"
    for label in FORMATS:
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        content = Path(download.value.path()).read_bytes()
        assert download.value.suggested_filename == f"meshwork-2026-10.{label.lower()}"
        if label == "PDF":
            assert content.startswith(b"%PDF")
        elif label == "XLSX":
            assert "The clinic" in openpyxl.load_workbook(io.BytesIO(content)).sheetnames
        elif label == "CSV":
            assert {row["month"] for row in csv.DictReader(io.StringIO(content.decode()))} >= {"2026-10-01"}
    assert page.elsewhere == []


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "light"), (390, "dark")])
def test_the_page_that_leaves_reads_well_on_a_phone(snapshot, tmp_path, browser, width, scheme):
    copy = shutil.copytree(snapshot.path.parents[1], tmp_path / "home")
    (written,) = report.write(copy, date(2026, 10, 1), tmp_path / "out", ["html"])
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(written.as_uri())
    cut = "[...document.querySelectorAll('td, th, caption')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    assert (
        page.evaluate(f"{cut}.filter(e => getComputedStyle(e.closest('thead') || e).position != 'absolute').length")
        == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    context.close()
