"""The wheel, if there is no checkout."""

from __future__ import annotations

import json
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dashboard.server import SETTINGS
from tests.browser import settled
from tests.dashboard.conftest import serving

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

WEAKENING = {
    "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
    "STREAMLIT_SERVER_ENABLE_CORS": "false",
    "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false",
    "STREAMLIT_SERVER_ALLOWED_HOSTS": '["evil.example"]',
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
}


@pytest.fixture(scope="module")
def dashboard(installed, published_home, tmp_path_factory):
    """The installed dashboard, in an environment and a folder that would open it to everyone."""
    (installed.folder / ".streamlit").mkdir(exist_ok=True)
    (installed.folder / ".streamlit" / "config.toml").write_text(
        '[server]\naddress = "0.0.0.0"\nenableCORS = false\n[theme]\nprimaryColor = "#ff0000"\n', "utf-8"
    )
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(
        [str(installed.command), "dashboard", "--home", str(published_home())],
        log,
        folder=installed.folder,
        environment=installed.environment | WEAKENING,
    ) as url:
        yield url, log


def asked(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_only_meshwork_is_at_the_top(installed):
    look = (
        "import importlib.util, json, meshwork; print(json.dumps([meshwork.__file__, [bool(importlib.util.find_spec(n))"
    )
    found = installed.run(installed.python, "-c", f"{look} for n in ('pipelines', 'dashboard', 'data', 'tests')]]))")
    file, others = json.loads(found.stdout)
    assert Path(file).is_relative_to(installed.folder)
    assert others == [False] * 4


@pytest.mark.parametrize("called", ["script", "module"])
def test_it_prints_its_version(installed, called):
    words = [installed.command] if called == "script" else [installed.python, "-m", "meshwork"]
    assert installed.run(*words, "--version").stdout == "meshwork, version 0.2.0\n"


def test_a_run_and_a_report_in_folders_of_any_name(installed, tmp_path):
    home, out = tmp_path / "Клиника Süd 診療所", tmp_path / "Berichte für Käthe"
    exports = tmp_path / "exports of a year"
    samples = installed.run(installed.command, "sample", "--out", exports, "--clients", 30, "--weeks", 20)
    assert samples.returncode == 0, samples.stderr
    taken = installed.run(installed.command, "run", "--exports", exports, "--home", home)
    assert taken.returncode in (0, 1), taken.stderr
    assert "Published snapshot 000001" in taken.stdout
    report = installed.run(installed.command, "report", "--all-months", "--out", out, "--home", home)
    assert report.returncode == 0, report.stderr
    assert {".pdf", ".html", ".xlsx", ".csv"} <= {path.suffix for path in out.rglob("*")}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not list its sockets in /proc/net/tcp")
def test_it_listens_on_this_machine_only(dashboard):
    port = f":{int(dashboard[0].rpartition(':')[2]):04X}"
    sockets = [
        line.split()[1:4] for file in ("tcp", "tcp6") for line in Path("/proc/net", file).read_text().splitlines()[1:]
    ]
    listening = [local.removesuffix(port) for local, _, state in sockets if state == "0A" and local.endswith(port)]
    loopback = b"\x7f\x00\x00\x01"
    assert listening == [(loopback[::-1] if sys.byteorder == "little" else loopback).hex().upper()]


def test_another_address_of_this_machine_does_not_answer(dashboard):
    port = int(dashboard[0].rpartition(":")[2])
    with socket.socket() as caller, pytest.raises(OSError, match="refused"):
        caller.connect(("127.0.0.2", port))


@pytest.mark.parametrize("path", ["/", "/client", "/_stcore/health", "/_stcore/stream", "/app/static/icon.svg"])
def test_a_foreign_host_or_origin_is_refused(dashboard, path):
    url = dashboard[0] + path
    assert asked(url, Host="evil.example") == 400
    assert asked(url, Origin="https://evil.example") == 400
    assert asked(url) != 400 or path == "/_stcore/stream"


def test_it_lists_the_settings_that_it_ignores(dashboard):
    said = dashboard[1].read_text("utf-8")
    assert all(name in said for name in WEAKENING)
    assert "0.0.0.0" not in said


@pytest.mark.browser
def test_its_page_has_typeface_and_theme_and_asks_nobody_else(dashboard, open_page):
    page = open_page(dashboard[0])
    settled(page)
    assert page.evaluate("[...document.fonts].some(f => f.family.includes('Figtree') && f.status === 'loaded')")
    own = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert own == "rgb(251, 249, 245)"
    assert 'backgroundColor = "#fbf9f5"' in SETTINGS.read_text("utf-8")
    assert page.elsewhere == []


@pytest.mark.browser
def test_the_demo_opens_on_a_caseload_and_leaves_nothing_behind(installed, open_page, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command, settings = [str(installed.command), "demo"], installed.environment | {"TMPDIR": str(temporary)}
    with serving(command, tmp_path / "log", folder=tmp_path, environment=settings, patience=240) as url:
        page = open_page(url)
        page.get_by_role("heading", name="My caseload").wait_for(timeout=20_000)
        page.locator(".mw-footer").wait_for()  # a page, and no notice that there is none
        assert len(list(temporary.glob("meshwork-demo-*"))) == 1
        page.close()
    assert list(temporary.glob("meshwork-demo-*")) == []
