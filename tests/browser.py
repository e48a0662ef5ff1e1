"""Chromium, one for all tests of a process, and its pages."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("There is no Chromium here, so what the dashboard looks like in a browser was not tested.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Opens an address at a width. `elsewhere`: every request that left this machine; `complaints`: console errors."""
    contexts = []

    def opened(url: str, width: int = 1440, scheme: str = "light", listening=lambda page: None):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.elsewhere, page.complaints = [], []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: None if _here(request.url) else page.elsewhere.append(request.url))
        listening(page)
        page.goto(url)
        settled(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def _here(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def keep_picture(page) -> None:
    """Keep what a page looks like where somebody asked for pictures: to look at after the tests, as CI keeps them."""
    if folder := os.environ.get("MESHWORK_SCREENSHOTS"):
        test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].partition(" (")[0]
        address = page.url.partition("//")[2].partition("/")[2].partition("c=")[0]
        name = re.sub(r"[^A-Za-z0-9=]+", "-", f"{test}-{page.viewport_size['width']}-{address}").strip("-")
        Path(folder).mkdir(exist_ok=True)
        page.screenshot(path=Path(folder, f"{name[:150]}.png"), full_page=True)


def faults(page, *, accessibility: bool = True) -> list[str]:
    """What is wrong with a page as it is drawn now: errors, what it asks of others, its width, rules of accessibility."""
    from axe_playwright_python.sync_playwright import Axe

    settled(page)
    page.wait_for_timeout(300)  # charts take their width after the page is drawn
    keep_picture(page)
    found = [f"console: {said}" for said in page.complaints] + [f"asks {url}" for url in page.elsewhere]
    found += ["an exception is shown"] * page.locator(".stException").count()
    if page.evaluate(WIDER_THAN_THE_WINDOW):
        found.append("scrolls sideways")
    if not accessibility:
        return found
    broken = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return found + [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in broken]


def seen_as(page, width: int, scheme: str) -> None:
    """Show a page at another width and in another light. It then holds what it holds when it is opened so, which costs
    the browser three seconds each time.
    """
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    settled(page)
    page.wait_for_timeout(300)  # charts take their width after the page is drawn


def faults_at_a_desk_and_on_a_phone(page) -> list[str]:
    """What is wrong with a page that was opened at a desk in the light, then as it is on a phone in the dark."""
    found = faults(page)
    seen_as(page, 390, "dark")
    found += [f"on a phone: {fault}" for fault in faults(page) if fault not in found]
    seen_as(page, 1440, "light")
    return found


WIDER_THAN_THE_WINDOW = """
[document.documentElement, document.querySelector('.stMain')].some(each => each.scrollWidth > each.clientWidth)
"""


def settled(page) -> None:
    """Wait until the page is drawn to its foot and nothing is running."""
    page.locator(".mw-footer, .mw-notice").first.wait_for(timeout=30_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)
