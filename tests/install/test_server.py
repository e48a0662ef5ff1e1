"""The server of the dashboard: where it listens, and which requests it answers."""

from __future__ import annotations

import asyncio
import socket
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from streamlit import config

from dashboard import server
from dashboard.access import session
from pipelines.cli import main

SIGN_IN = """
redirect_uri = "https://m.example/oauth2callback"
client_id = "meshwork"
client_secret = "the-secret-of-the-client"
server_metadata_url = "https://provider.example/.well-known/openid-configuration"
"""


def test_every_setting_is_one_that_streamlit_knows():
    known = config.get_config_options()
    assert set(server.settings(8501, "127.0.0.1", "meshwork.example")) <= set(known)


def test_no_setting_of_the_file_is_left_out():
    given = server.settings(8501, "127.0.0.1", None)
    for section, options in tomllib.loads(server.SETTINGS.read_text("utf-8")).items():
        for name in options:
            assert any(key == f"{section}.{name}" or key.startswith(f"{section}.{name}.") for key in given)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.address", "127.0.0.1"),
        ("server.enableCORS", True),
        ("server.enableXsrfProtection", True),
        ("server.corsAllowedOrigins", []),
        ("server.trustedUserHeaders", {}),
        ("server.enableAgentApi", False),
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
        ("global.developmentMode", False),
        ("runner.postScriptGC", False),
    ],
)
def test_what_would_open_the_server_is_shut_by_name(option, value):
    assert server.settings(8501, "127.0.0.1", None)[option] == value


def test_streamlits_own_variables_are_taken_away_and_named(capsys):
    environment = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "STREAMLIT_SERVER_ENABLE_CORS": "false", "HOME": "/home/x"}
    server.disregard(environment)
    assert environment == {"HOME": "/home/x"}
    said = capsys.readouterr().err
    assert "STREAMLIT_SERVER_ADDRESS, STREAMLIT_SERVER_ENABLE_CORS" in said
    assert "0.0.0.0" not in said


def test_an_environment_without_them_gives_no_message(capsys):
    server.disregard({"HOME": "/home/x"})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("host", "origin", "answered"),
    [
        ("127.0.0.1:8501", None, True),
        ("localhost", None, True),
        ("[::1]:8501", None, True),
        ("LOCALHOST:8501", "http://localhost:8501", True),
        ("meshwork.example", "https://meshwork.example", True),
        (
            "meshwork.example:8443",
            "https://meshwork.example:8443",
            True,
        ),  # a proxy on another port keeps it in the Host
        ("meshwork.example:443", "https://meshwork.example", True),
        ("meshwork.example", "http://meshwork.example", True),
        ("127.0.0.1:8501", "http://127.0.0.1:9999", False),  # another program on this machine
        ("127.0.0.1:8501", "http://127.0.0.1", False),
        ("127.0.0.1:8501", "http://localhost:8501", False),
        ("127.0.0.1:8501", "https://meshwork.example", False),
        ("meshwork.example", "https://meshwork.example:8443", False),
        ("127.0.0.1:8501", "http://127.0.0.1:port", False),
        ("127.0.0.1:port", None, False),
        ("evil.example", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("evil.example:8501", "http://127.0.0.1:8501", False),
        ("127.0.0.1:8501", "http://evil.example", False),
        ("127.0.0.1:8501", "null", False),
        ("127.0.0.1:8501", "http://[", False),
        ("", None, False),
        (None, None, False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_request_by_another_name_or_from_a_page_of_another_origin_is_refused(kind, host, origin, answered):
    assert passes(kind, host, origin) == answered


@pytest.mark.parametrize(
    ("host", "origin", "answered"),
    [
        ("meshwork.example", "https://meshwork.example", True),
        ("meshwork.example", "http://meshwork.example", False),
        ("127.0.0.1:8501", "http://127.0.0.1:8501", True),
    ],
)
def test_where_people_come_by_https_a_page_without_it_is_of_another_origin(host, origin, answered):
    assert passes("websocket", host, origin, by_https=frozenset({"meshwork.example"})) == answered


def passes(kind: str, host: str | None, origin: str | None, **more: frozenset[str]) -> bool:
    """Whether a request reaches the dashboard; if not, it is answered with 400."""
    headers = [(name, value.encode()) for name, value in ((b"host", host), (b"origin", origin)) if value is not None]
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope)

    async def send(message):
        sent.append(message)

    guard = server.KnownHosts(app, server.names("127.0.0.1", "meshwork.example"), **more)
    with ThreadPoolExecutor(1) as thread:  # a browser of another test may have its own loop in this one
        thread.submit(asyncio.run, guard({"type": kind, "headers": headers}, None, send)).result()
    assert [message["status"] for message in sent if "status" in message] == ([] if reached else [400])
    return bool(reached)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "meshwork.example"])
def test_an_address_that_others_reach_needs_a_proxy(address, tmp_path):
    result = CliRunner().invoke(main, ["dashboard", "--home", str(tmp_path), "--listen", address])
    assert result.exit_code == 2
    assert "--behind-proxy" in result.stderr


@pytest.mark.parametrize("more", [[], ["--home", "other"]])
def test_a_name_that_others_know_needs_sign_in_or_a_proxy(more, tmp_path, asked):
    done = dashboard("--home", tmp_path, *more, "--public-name", "meshwork.clinic.example")
    assert (done.exit_code, asked) == (2, [])
    assert "who can reach meshwork.clinic.example would see" in done.stderr
    (tmp_path / "sign-in.toml").write_text(SIGN_IN, "utf-8")
    assert dashboard("--home", tmp_path, "--public-name", "meshwork.clinic.example").exit_code == 0
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("address", "name", "shown"),
    [
        ("127.0.0.1", None, True),
        ("::1", "localhost", True),
        ("127.0.0.1", "meshwork.clinic.example", False),
        ("0.0.0.0", None, False),
    ],
)
def test_without_sign_in_a_server_that_others_know_shows_nothing(address, name, shown, tmp_path, monkeypatch):
    given = server.settings(8501, address, name)
    monkeypatch.delenv(session.BEHIND_PROXY, raising=False)
    monkeypatch.setattr(session.st, "get_option", given.get)
    found = session.asking(session.of_clinic(tmp_path))
    assert isinstance(found, session.Person if shown else session.Refused)


def test_without_sign_in_nothing_is_shown_where_no_address_says_who_reaches_it(tmp_path, monkeypatch):
    monkeypatch.delenv(session.BEHIND_PROXY, raising=False)
    assert isinstance(session.asking(session.of_clinic(tmp_path)), session.Refused)


@pytest.mark.parametrize(
    ("words", "served"),
    [
        ([], ("127.0.0.1", None)),
        (["--listen", "localhost"], ("localhost", None)),
        (["--listen", "127.0.0.2"], ("127.0.0.2", None)),
        (["--public-name", "localhost"], ("127.0.0.1", "localhost")),
        (["--behind-proxy", "--public-name", "m.example"], ("127.0.0.1", "m.example")),
        (["--listen", "0.0.0.0", "--behind-proxy", "--public-name", "m.example"], ("0.0.0.0", "m.example")),
    ],
)
def test_the_command_line_sets_where_it_listens(words, served, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(server, "serve", lambda home, port, address, name, **_: asked.append((address, name)))
    CliRunner().invoke(main, ["dashboard", "--home", str(tmp_path), "--port", "8501", *words], catch_exceptions=False)
    assert asked == [served]


@pytest.fixture
def asked(monkeypatch) -> list[tuple]:
    """What the command would serve: the homes, and how people sign in."""
    found: list[tuple] = []
    monkeypatch.setattr(server, "serve", lambda homes, *_, signing_in, **__: found.append((tuple(homes), signing_in)))
    return found


def dashboard(*words: object):
    return CliRunner().invoke(main, ["dashboard", "--port", "8501", *map(str, words)])


def test_several_homes_are_served_together_whether_or_not_they_are_there(tmp_path, asked):
    (tmp_path / "a").mkdir()
    done = dashboard("--home", tmp_path / "a", "--home", tmp_path / "gone")
    assert asked == [((tmp_path / "a", tmp_path / "gone"), None)]
    assert f"Home: {tmp_path / 'a'}\nHome: {tmp_path / 'gone'}\n" in done.stderr
    assert not (tmp_path / "gone").exists()


def test_a_home_is_given_once(tmp_path, asked):
    done = dashboard("--home", tmp_path / "a", "--home", tmp_path / "b" / ".." / "a")
    assert done.exit_code == 2
    assert "is given twice" in done.stderr
    assert asked == []


def test_people_come_to_a_network_by_the_first_sign_in_that_there_is_or_by_its_own(tmp_path, asked):
    for name in ("a", "b", "c", "own"):
        (tmp_path / name).mkdir()
    for name in ("b", "c", "own"):
        (tmp_path / name / "sign-in.toml").write_text(SIGN_IN.replace("m.example", f"{name}.example"), "utf-8")
    homes = [word for name in ("a", "b", "c") for word in ("--home", tmp_path / name)]
    done = dashboard(*homes)
    dashboard(*homes, "--sign-in", tmp_path / "own")
    assert [signing_in.public_name for _, signing_in in asked] == ["b.example", "own.example"]
    assert f"{tmp_path / 'a' / 'roles.toml'} gives nobody a role" in done.stderr
    assert "There is no sign-in.toml" in dashboard(*homes, "--sign-in", tmp_path / "a").stderr


def test_one_home_has_its_own_sign_in(tmp_path, asked):
    done = dashboard("--home", tmp_path, "--sign-in", tmp_path)
    assert done.exit_code == 2
    assert "--sign-in is for several homes" in done.stderr


def test_a_networks_figures_do_not_go_on_the_network_unguarded(tmp_path, asked):
    done = dashboard("--home", tmp_path / "a", "--home", tmp_path / "b", "--listen", "0.0.0.0")
    assert done.exit_code == 2
    assert "would see the figures of every clinic" in done.stderr
    assert asked == []


def test_a_network_is_well_where_every_home_is(tmp_path):
    assert server.why_unwell([tmp_path, tmp_path]) == "2 of 2 homes: No snapshot can be shown."


def test_a_port_in_use_gives_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "serve", lambda *_, **__: pytest.fail("served"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = CliRunner().invoke(main, ["dashboard", "--home", str(tmp_path), "--port", str(port)])
    assert result.exit_code == 2
    assert f"port {port} of 127.0.0.1" in result.stderr
    assert "What was published" not in result.stderr


def test_without_a_port_the_first_free_one_is_taken(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(server, "serve", lambda home, port, *_, **__: asked.append(port))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr("dashboard.server.FIRST_PORT", taken)
        CliRunner().invoke(main, ["dashboard", "--home", str(tmp_path)], catch_exceptions=False)
    assert len(asked) == 1
    assert taken < asked[0] < taken + 50


def test_the_name_of_every_address_is_no_name_to_ask_for():
    assert "0.0.0.0" not in server.names("0.0.0.0", "m.example")
    assert server.names("0.0.0.0", "m.example") == {"127.0.0.1", "localhost", "::1", "m.example"}
    assert "192.168.1.5" in server.names("192.168.1.5", None)
