"""A home that the real pipeline published from the sample, and a browser that shows it in the dashboard."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.access.session import BEHIND_PROXY
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import Snapshot
from pipelines.engine.duckdb import Engine
from pipelines.run import run
from tests.conftest import SAMPLE

ROOT = Path(__file__).parents[2]
APP = ROOT / "dashboard" / "app.py"


@pytest.fixture(scope="session")
def home(published_home) -> Path:
    """The sample, taken in and published."""
    return published_home()


@pytest.fixture
def home_of_two_exports(made_once, tmp_path) -> Path:
    """A home that knows what the contract asks for and nothing more: attendance and check-ins of the sample."""
    return Path(shutil.copytree(made_once("two-exports", run_of_two_exports) / "home", tmp_path / "two-exports"))


def run_of_two_exports(place: Path) -> None:
    (place / "exports").mkdir()
    for path in (*SAMPLE.glob("attendance_*.csv"), SAMPLE / "checkins.csv"):
        shutil.copy(path, place / "exports")
    run(place / "exports", place / "home")


def without_a_row(folder: Path, *exports: str) -> Path:
    """A folder of exports that hold their header and no row."""
    folder.mkdir(exist_ok=True)
    for name in exports:
        with next(SAMPLE.glob(f"{name}*.csv")).open("r", encoding="utf-8") as sample:
            (folder / f"{name}.csv").write_text(sample.readline(), "utf-8")
    return folder


@pytest.fixture(scope="session")
def snapshot(home) -> Snapshot:
    return Snapshot(home / (home / "CURRENT").read_text("utf-8").strip(), EVERYTHING)


@pytest.fixture(scope="session")
def tables(snapshot, tmp_path_factory):
    """The published tables themselves, in a copy: one process cannot open a file in two ways."""
    copy = shutil.copyfile(snapshot.path, tmp_path_factory.mktemp("copy") / "snapshot.duckdb")
    with Engine(copy, read_only=True) as engine:
        yield engine


@pytest.fixture(autouse=True)
def _drawn_for_this_machine(monkeypatch):
    """A page drawn in a test has no server whose address would say that only this machine reaches it."""
    monkeypatch.setenv(BEHIND_PROXY, "yes")


@pytest.fixture
def app(home, monkeypatch):
    monkeypatch.setenv("MESHWORK_HOME", str(home))
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(APP), default_timeout=60)


def visit(app: AppTest, page: str) -> AppTest:
    """Run a page by its address; the first page has none."""
    app._page_hash = calc_hash(page)  # AppTest.switch_page knows pages in files only, and these are functions
    return app.run()


def html(app) -> str:
    """The HTML that a page wrote itself."""
    return "\n".join(each.proto.body for each in app.get("html"))


def drawn_charts(app) -> list[dict[str, Any]]:
    """The charts of a page, as they go to the browser."""
    return [json.loads(each.proto.spec) for each in app.get("vega_lite_chart")]


@contextmanager
def served(home: Path, log_file: Path, port: int | None = None) -> Iterator[str]:
    """The dashboard over a home, served on a port, or a free one; gives its address."""
    with serving([sys.executable, "-m", "pipelines", "dashboard", "--home", str(home)], log_file, port=port) as url:
        yield url


@contextmanager
def serving(
    command: Sequence[str],
    log_file: Path,
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] = os.environ,
    patience: int = 60,
    port: int | None = None,
) -> Iterator[str]:
    """Runs a command that serves on a free port; gives the address."""
    port = port or free_port()
    with log_file.open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=dict(environment), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            deadline = time.monotonic() + patience
            while not _healthy(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(log_file.read_text("utf-8"))
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # on a busy machine a browser's last connection may hold it up
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def address(home, tmp_path_factory) -> Iterator[str]:
    """The dashboard over the published sample."""
    with served(home, tmp_path_factory.mktemp("server") / "log") as url:
        yield url
