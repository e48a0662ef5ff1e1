"""A clinic where people sign in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.access.provider import CLIENT_SECRET, Provider, serving
from tests.dashboard.conftest import APP, ROOT, free_port, served

SIGN_IN = """
redirect_uri = "http://localhost:8501/oauth2callback"
client_id = "meshwork"
client_secret = "the-secret-of-the-client"
server_metadata_url = "http://localhost:9/.well-known/openid-configuration"
"""


PEOPLE = ("therapist", "supervisor", "director", "reporting", "steward", "stranger")


def rule(email: str, role: str, more: str = "") -> str:
    return f'[[allow]]\nemail = "{email}"\nrole = "{role}"\n{more}\n'


@pytest.fixture(scope="session")
def clinic(published_home, tables) -> Path:
    """A home where people sign in, with somebody in each role."""
    place = published_home()
    mine, other, third = (
        name
        for (name,) in tables.rows(
            "SELECT therapist_id FROM client_now WHERE therapist_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3"
        )
    )
    (place / "sign-in.toml").write_text(SIGN_IN, "utf-8")
    (place / "roles.toml").write_text(
        rule("therapist@clinic.example", "therapist", f'therapist_id = "{mine}"')
        + rule("supervisor@clinic.example", "supervisor", f'therapists = ["{mine}", "{other}"]')
        + rule("director@clinic.example", "director")
        + rule("reporting@clinic.example", "reporting")
        + rule("steward@clinic.example", "steward")
        + rule("both@clinic.example", "therapist", f'therapist_id = "{third}"')
        + rule("both@clinic.example", "director"),
        "utf-8",
    )
    return place


@pytest.fixture(scope="session")
def owner(tables) -> dict[str, str]:
    """The therapist of each client: the current one, or the last."""
    last = tables.rows(
        "SELECT client_id, max_by(coalesce(therapist_id, 'unknown'), week) FROM client_week GROUP BY ALL"
    )
    now = tables.rows("SELECT client_id, coalesce(therapist_id, 'unknown') FROM client_now")
    return dict(last) | dict(now)


@pytest.fixture(scope="session")
def place(clinic, tmp_path_factory) -> Iterator[tuple[Path, str, Provider]]:
    """The home, the address of its dashboard, and the provider that people sign in with."""
    people = {f"{name}@clinic.example": {} for name in PEOPLE}
    port = free_port()
    with serving(people) as provider:
        (clinic / "sign-in.toml").write_text(
            f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            f'client_id = "meshwork"\nclient_secret = "{CLIENT_SECRET}"\n'
            f'server_metadata_url = "{provider.issuer}/.well-known/openid-configuration"\n'
        )
        with served(clinic, tmp_path_factory.mktemp("server") / "log", port) as address:
            yield clinic, address, provider


@pytest.fixture
def signed_in(clinic, monkeypatch) -> Callable[..., AppTest]:
    """Returns the dashboard, before its first run, as somebody who has just signed in."""
    monkeypatch.setenv("MESHWORK_HOME", str(clinic))
    monkeypatch.chdir(ROOT)

    def opened(email: str | None, **claims: object) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.user = {"is_logged_in": False}
        if email is not None:
            about = {"iss": "http://localhost:9", "sub": f"{email} {time.monotonic_ns()}", "iat": int(time.time())}
            app.user = {"is_logged_in": True, "email": email, **about, **claims}
        return app

    return opened
