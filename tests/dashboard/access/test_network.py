"""Who may see several clinics side by side: directors and reporting of every one of them, and nobody else."""

from __future__ import annotations

import sys
import time

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.access.roles import Role, load_all
from dashboard.access.session import SIGNING_IN
from pipelines.home import NETWORK, as_a_network
from tests.dashboard.access import provider
from tests.dashboard.access.conftest import SIGN_IN, rule
from tests.dashboard.conftest import ROOT, free_port, html, serving
from tests.dashboard.homes import CLIENT, LARGE, OCTOBER, SITE, a_home
from tests.dashboard.wire import Visitor

EVERYBODY = {
    "north": rule("both@a.example", "director")
    + rule("reports@a.example", "reporting")
    + rule("mixed@a.example", "director")
    + rule("north@a.example", "director")
    + rule("steward@a.example", "steward")
    + rule("therapist@a.example", "therapist", 'therapist_id = "T1"'),
    "south": rule("both@a.example", "director")
    + rule("reports@a.example", "reporting")
    + rule("mixed@a.example", "reporting")
    + rule("steward@a.example", "steward")
    + rule("therapist@a.example", "therapist", 'therapist_id = "T1"'),
}


@pytest.fixture
def homes(tmp_path):
    """Two clinics; people sign in by the first."""
    made = [a_home(tmp_path / name, {OCTOBER: LARGE}) for name in EVERYBODY]
    for home in made:
        (home / "roles.toml").write_text(EVERYBODY[home.name], "utf-8")
    (made[0] / "sign-in.toml").write_text(SIGN_IN, "utf-8")
    return made


@pytest.fixture
def seen_by(monkeypatch):
    """What the page of a network shows to somebody; None: who has not signed in."""

    def drawn(homes, email: str | None) -> AppTest:
        monkeypatch.setenv(NETWORK, as_a_network(homes))
        monkeypatch.chdir(ROOT)
        app = AppTest.from_file(str(ROOT / "dashboard" / "network.py"), default_timeout=60)
        app.user = {"is_logged_in": False}
        if email is not None:
            about = {"iss": "http://localhost:9", "sub": f"{email} {time.monotonic_ns()}", "iat": int(time.time())}
            app.user = {"is_logged_in": True, "email": email, **about}
        return app.run()

    return drawn


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("both@a.example", (Role("director"),)),
        ("reports@a.example", (Role("reporting"),)),
        ("mixed@a.example", (Role("reporting"),)),
        ("north@a.example", ()),
        ("steward@a.example", ()),
        ("therapist@a.example", ()),
        ("stranger@a.example", ()),
    ],
)
def test_a_role_in_the_network_is_one_in_every_clinic(homes, email, expected):
    assert load_all(homes).of({"email": email}) == expected


def test_the_shortest_session_of_any_clinic_holds_and_a_clinic_without_roles_lets_nobody_in(homes, tmp_path):
    (homes[1] / "roles.toml").write_text(f"idle_minutes = 5\n{EVERYBODY['south']}", "utf-8")
    assert load_all(homes).idle_minutes == 5
    assert load_all([*homes, tmp_path]).of({"email": "both@a.example"}) == ()
    assert load_all([]).of({"email": "both@a.example"}) == ()


@pytest.mark.slow
@pytest.mark.parametrize("email", ["both@a.example", "reports@a.example", "mixed@a.example"])
def test_who_may_see_it_sees_it_and_every_clinic_notes_it(homes, seen_by, email):
    app = seen_by(homes, email)
    assert not app.exception
    assert "2 clinics side by side" in html(app)
    assert f"Signed in as {email}" in html(app)
    for home in homes:
        assert f'"who": "{email}"' in (home / "audit.jsonl").read_text("utf-8").replace('":"', '": "')


@pytest.mark.slow
@pytest.mark.parametrize("email", [None, "north@a.example", "steward@a.example", "therapist@a.example", "x@a.example"])
def test_anybody_else_sees_nothing_of_any_clinic(homes, seen_by, email):
    text = html(seen_by(homes, email))
    assert "side by side" not in text
    assert "north" not in text.replace("north@a.example", "")
    assert ("Sign" if email is None else "every clinic of the network") in text


@pytest.mark.slow
def test_where_the_server_signs_people_in_nobody_gets_by_without_it_whatever_the_homes_hold(
    homes, seen_by, monkeypatch
):
    (homes[0] / "sign-in.toml").unlink()
    assert "2 clinics side by side" in html(seen_by(homes, None))
    monkeypatch.setenv(SIGNING_IN, "yes")
    assert "side by side" not in html(seen_by(homes, None))


@pytest.mark.slow
def test_a_home_of_which_nothing_is_shown_does_not_keep_the_others_closed(homes, seen_by, tmp_path):
    (tmp_path / "new").mkdir()
    text = html(seen_by([*homes, tmp_path / "new", tmp_path / "gone"], "both@a.example"))
    assert "2 clinics side by side" in text
    assert "Nothing is published yet." in text


@pytest.mark.slow
def test_roles_that_cannot_be_read_let_nobody_in(homes, seen_by):
    (homes[1] / "roles.toml").write_text("[[allow", "utf-8")
    assert "This cannot be shown" in html(seen_by(homes, "both@a.example"))


@pytest.mark.slow
def test_people_sign_in_on_the_way_to_a_real_server_and_no_message_holds_more_than_their_role_allows(homes, tmp_path):
    """With an address of the network's own; no message to anybody holds a client or a site of a clinic."""
    own, port = tmp_path / "own", free_port()
    own.mkdir()
    command = [sys.executable, "-m", "pipelines", "dashboard", "--sign-in", str(own)]
    command += [word for home in homes for word in ("--home", str(home))]
    with provider.serving({"mixed@a.example": {}, "north@a.example": {}}) as asked:
        (own / "sign-in.toml").write_text(
            f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            f'client_id = "meshwork"\nclient_secret = "{provider.CLIENT_SECRET}"\n'
            f'server_metadata_url = "{asked.issuer}/.well-known/openid-configuration"\n'
        )
        with serving(command, tmp_path / "log", port=port) as address:
            for email, sees in (("mixed@a.example", True), ("north@a.example", False)):
                visitor = Visitor(address)
                visitor.sign_in(email)
                assert ("2 clinics side by side" in visitor.ask()) == sees
                assert visitor.failures() == []
                for address_of_a_clinic in ("client", "my_caseload", "data"):
                    visitor.open(address_of_a_clinic)
                came = visitor.everything()
                visitor.leave()
                assert CLIENT.encode() not in came
                assert SITE.encode() not in came
                assert (b"Sessions kept" in came) == sees
