"""Takes the pictures of the documentation from the real pages: `make pictures`.

It publishes the sample clinic into a folder of its own, serves it, and goes through the pages as a reader would. It
also writes the sample of the monthly report.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
PICTURES = ROOT / "docs" / "pictures"
REPORT = ROOT / "docs" / "sample-report"
MONTH = "2026-10"
THERAPIST = "T04"
MESHWORK = [sys.executable, "-m", "pipelines"]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PORT = 8599
WIDTH, HEIGHT = 1280, 860


def main() -> None:
    """Take all pictures again."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (home, address),
        sync_playwright() as browsers,
    ):
        chromium = browsers.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        for name, reach in REACHED.items():
            reach(page, address)
            settle(page)
            keep(page.screenshot(), PICTURES / f"{name}.png")
        out = Path(folder) / "out"
        meshwork("report", "--month", MONTH, "--out", out, "--home", home)
        REPORT.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(next(out.glob("*.pdf")), REPORT / f"{MONTH}.pdf")
        page.set_viewport_size({"width": 900, "height": HEIGHT})
        page.goto(next(out.glob("*.html")).as_uri())
        keep(page.screenshot(), PICTURES / "report.png")
        chromium.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[Path, str]]:
    """The sample, taken in and served; gives its home and its address."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "settings.toml").write_text('name = "A fictional clinic"\n', "utf-8")
    meshwork("outreach", "import", "--file", SAMPLE / "journal" / "outreach.csv", "--home", home)
    meshwork("run", "--exports", SAMPLE, "--home", home)
    server = subprocess.Popen([*MESHWORK, "dashboard", "--home", home, "--port", str(PORT)], cwd=ROOT)
    address = f"http://127.0.0.1:{PORT}"
    try:
        wait(f"{address}/_stcore/health")
        yield home, address
    finally:
        server.terminate()
        server.wait()


def meshwork(*words: object) -> None:
    """Run a command, which may end with 1: some rows of the sample are wrong on purpose."""
    done = subprocess.run([*MESHWORK, *map(str, words)], cwd=ROOT, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)


def wait(url: str) -> None:
    """Until the server answers, for a minute at most."""
    for _ in range(120):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit("The dashboard did not start.")


def settle(page: Page) -> None:
    """Until the page is drawn to its foot and nothing runs."""
    page.locator(".mw-footer").first.wait_for(timeout=60_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    # How old the sample is depends on the day on which the picture is taken.
    page.add_style_tag(content=".mw-age { display: none }")
    page.wait_for_timeout(1_000)  # charts fade in


def keep(picture: bytes, path: Path) -> None:
    """Save a picture in 256 colours: a page has few, and a repository keeps every version."""
    few = (
        Image.open(io.BytesIO(picture))
        .convert("RGB")
        .quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    few.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


def caseload(page: Page, address: str) -> None:
    """A therapist's Monday."""
    page.goto(f"{address}/?therapist={THERAPIST}")


def client(page: Page, address: str) -> None:
    """The first of the therapist's clients who are flagged: the sentence of a flag says how strong a sign it is."""
    page.goto(f"{address}/?therapist={THERAPIST}")
    settle(page)
    page.locator(".mw-card:has(details) h3 a").first.click()


def overview(page: Page, address: str) -> None:
    """A director's first look."""
    page.goto(f"{address}/director")


def trends(page: Page, address: str) -> None:
    """Where it is: a measure by site."""
    page.goto(f"{address}/trends")


def sobriety(page: Page, address: str) -> None:
    """Time until use, as far as it is known."""
    page.goto(f"{address}/sobriety")
    settle(page)
    page.get_by_role("heading", name="Time to an event").first.evaluate("heading => heading.scrollIntoView()")


def data(page: Page, address: str) -> None:
    """What came in, for who sends the exports."""
    page.goto(f"{address}/data")


REACHED: dict[str, Callable[[Page, str], None]] = {
    each.__name__: each for each in (caseload, client, overview, trends, sobriety, data)
}

if __name__ == "__main__":
    main()
