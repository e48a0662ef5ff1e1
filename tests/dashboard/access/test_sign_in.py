"""Signing in with a real provider, in a real browser; what is sent to it; and how the server is closed to others."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.access import sign_in
from dashboard.access.headers import SecurityHeaders, content_security_policy
from dashboard.access.roles import PAGES
from dashboard.links import client_link, token_of
from dashboard.pages import BY_LINK
from pipelines import audit
from pipelines.cli import main
from tests.browser import faults_at_a_desk_and_on_a_phone, settled
from tests.dashboard.access.conftest import PEOPLE, SIGN_IN
from tests.dashboard.access.provider import Provider
from tests.dashboard.access.test_access import own


def enter(open_page, address: str, provider: Provider, email: str, received: list[bytes] | None = None):
    """Sign in as somebody; gives the page. `received`: where to put everything that websockets bring."""

    def listen(page) -> None:
        if received is not None:
            page.on(
                "websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(_bytes(frame)))
            )

    page = open_page(address, listening=listen)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=email).click()
    page.wait_for_url(f"{address}/**")
    settled(page)
    return page


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


@pytest.mark.browser
def test_a_therapist_signs_in_sees_their_clients_and_signs_out(open_page, place, owner):
    home, address, provider = place
    mine = own(home, owner, "therapist")
    frames: list[bytes] = []
    page = enter(open_page, address, provider, "therapist@clinic.example", frames)
    page.get_by_text("Signed in as therapist@clinic.example").wait_for()
    assert page.get_by_label("Therapist").count() == 0
    stranger = next(client for client in sorted(owner) if client not in mine)
    page.goto(f"{address}/{client_link(home, stranger)}")
    settled(page)
    page.get_by_text("No client has this link").wait_for()
    for path in ("", "director", f"?therapist={owner[stranger]}"):
        page.goto(f"{address}/{path}")
        settled(page)
    received = b"".join(frames)
    assert any(client.encode() in received for client in mine), "what is looked for would be found"
    assert not [client for client in set(owner) - mine if client.encode() in received]
    assert not [client for client in set(owner) - mine if client in page.content()]
    assert {url for url in page.elsewhere if not url.startswith(provider.issuer)} == set()

    page.goto(address)
    settled(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert "/end" in provider.seen
    page.goto(address)
    page.get_by_role("button", name="Sign in").wait_for()
    acts = [json.loads(line)["what"] for line in (home / audit.FILE).read_text("utf-8").splitlines()]
    assert "sign_in" in acts
    assert "sign_out" in acts


@pytest.mark.browser
def test_a_stranger_signs_in_and_sees_why_there_is_nothing(open_page, place, owner):
    _, address, provider = place
    frames: list[bytes] = []
    page = enter(open_page, address, provider, "stranger@clinic.example", frames)
    page.get_by_text("you have no role here").wait_for()
    received = b"".join(frames)
    assert not [client for client in owner if client.encode() in received]


@pytest.mark.browser
@pytest.mark.parametrize("name", PEOPLE)
def test_every_page_of_a_role_is_without_fault(open_page, place, owner, name):
    home, address, provider = place
    page = enter(open_page, address, provider, f"{name}@clinic.example")
    page.complaints.clear()  # of the provider's own pages
    found = {path: faults_at_a_desk_and_on_a_phone(page) for path in pages_to_see(page, home, address, owner, name)}
    assert {path: each for path, each in found.items() if each} == {}


def pages_to_see(page, home: Path, address: str, owner: dict[str, str], name: str) -> Iterator[str]:
    """Open each page that somebody in a role may see; those of a client and the dialogs too. Returns what is open."""
    yield "where signing in leads"
    for path in PAGES.get(name, ()):
        if path not in BY_LINK:
            page.goto(f"{address}/{'my_caseload' if path == 'caseload' else path}")
            yield path
    if mine := own(home, owner, name):
        token = token_of(home, min(mine))
        for path in (f"?note={token}", f"?snooze={token}", f"client?c={token}", f"task_sheet?c={token}&step=1"):
            page.goto(f"{address}/{path}")
            yield path.replace(token, "…")
    if name == "director":
        page.goto(f"{address}/client")
        yield "asked for a reason"
        page.get_by_label("Pseudonym of the client").fill("c-000")
        page.get_by_label("Why do you need").fill("Complaint of 3 May about the call")
        page.get_by_role("button", name="Open, and note it").click()
        page.get_by_text("No client has this pseudonym").wait_for()
        yield "no such client"
        page.get_by_label("Pseudonym of the client").fill(min(owner))
        page.get_by_role("button", name="Open, and note it").click()
        page.get_by_text("You opened this page for a reason").wait_for()
        yield "a client opened"


@pytest.mark.browser
def test_the_page_to_sign_in_on_is_without_fault(open_page, place):
    _, address, _ = place
    page = open_page(address)
    page.get_by_role("button", name="Sign in").wait_for()
    assert faults_at_a_desk_and_on_a_phone(page) == []


@pytest.mark.slow
def test_the_server_tells_browsers_what_they_may_do(place):
    _, address, _ = place
    host = address.removeprefix("http://")
    with urllib.request.urlopen(address) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == content_security_policy(host)
    assert f"connect-src 'self' ws://{host} wss://{host};" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"] is None, "here browsers come by HTTP"
    for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/_stcore/upload_file/x/y"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address + path)
        assert refused.value.code == 404


def test_the_headers_are_on_refusals_too_and_https_stays_https():
    async def nothing(scope, receive, send):
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/any", "headers": [(b"host", b"meshwork.clinic.example")]}
    # In a thread: a browser of another test may have an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(SecurityHeaders(nothing, https=True)(scope, None, send))).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_a_host_that_is_no_host_does_not_get_into_the_policy():
    assert "evil" not in content_security_policy("evil.example; script-src *")


# --- setting it up


def made(tmp_path: Path, old: str = "", new: str = "") -> Path:
    (tmp_path / "sign-in.toml").write_text(SIGN_IN.replace(old, new) if old else SIGN_IN, "utf-8")
    return tmp_path


def test_a_cookie_secret_is_made_once_and_shown_to_nobody(tmp_path):
    first, again = (sign_in.load(made(tmp_path)) for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.auth["cookie_secret"] == again.auth["cookie_secret"]
    assert len(first.auth["cookie_secret"]) >= 32
    assert (tmp_path / "cookie_secret").stat().st_mode & 0o777 == 0o600
    assert "the-secret-of-the-client" not in repr(first)
    assert first.auth["client_kwargs"] == {"code_challenge_method": "S256"}


def test_without_a_file_nobody_signs_in(tmp_path):
    assert sign_in.load(tmp_path) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("client_secret = ", "client_secret = unquoted-", "is not TOML"),
        ('client_id = "meshwork"', "", "client_id is missing"),
        ('client_id = "meshwork"', "client_id = 7", "client_id is missing"),
        ("client_id", "clientid", "there is no setting 'clientid'"),
        ("http://localhost:8501/", "http://meshwork.clinic.example/", "redirect_uri must begin with https://"),
        ("http://localhost:9/", "http://login.example/", "server_metadata_url must begin with https://"),
        ("/oauth2callback", "/callback", "redirect_uri must end in /oauth2callback"),
        ("client_id =", 'cookie_secret = "short"\nclient_id =', "cookie_secret must have 32 characters"),
    ],
)
def test_a_sign_in_that_cannot_work_stops_the_server_and_reveals_no_secret(tmp_path, old, new, says):
    home = made(tmp_path, old, new)
    result = CliRunner().invoke(main, ["dashboard", "--home", str(home)])
    assert result.exit_code == 2
    assert says in result.output
    assert "the-secret-of-the-client" not in result.output


@pytest.mark.parametrize(
    ("sign_in_set_up", "flag", "serves"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_the_dashboard_goes_on_the_network_only_with_sign_in_or_behind_a_proxy(
    tmp_path, monkeypatch, sign_in_set_up, flag, serves
):
    calls = []
    monkeypatch.setattr("dashboard.server.serve", lambda *given, **more: calls.append((given, more)))
    if sign_in_set_up:
        made(tmp_path)
    command = ["dashboard", "--home", str(tmp_path), "--listen", "0.0.0.0", "--port", "8599"]
    result = CliRunner().invoke(main, command + ["--behind-proxy"] * flag)
    assert (result.exit_code == 0, bool(calls)) == (serves, serves)
    if not serves:
        assert "would see every client" in result.output
