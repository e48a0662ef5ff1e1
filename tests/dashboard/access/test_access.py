"""Trying to get in: each role against every client, by page, link, chart, list, download and cached answer."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

import pytest

from dashboard.access import session
from dashboard.access.roles import PAGES, Role, Roles, load
from dashboard.links import client_link
from dashboard.pages import caseload_of
from pipelines import audit
from pipelines.journal.store import Contact, Journal
from pipelines.settings import Settings
from tests.dashboard.conftest import html, visit

pytestmark = pytest.mark.slow

EVERY_PAGE = ("", "my_caseload", "client", "director", "trends", "pathway", "sobriety", "report", "task_sheet", "data")
ROLES = ("therapist", "supervisor", "director", "reporting", "steward", "both")


def own(clinic, owner, role: str) -> set[str]:
    therapists = {name for each in load(clinic).of({"email": f"{role}@clinic.example"}) for name in each.therapists}
    return {client for client, whose in owner.items() if whose in therapists}


def sent(app) -> str:
    """Everything that goes to the browser: each element as it is sent, and each error as it is shown."""
    return "\n".join([*(str(element.proto) for element in _elements(app._tree)), *map(str, app.exception)])


def _elements(node):
    children = getattr(node, "children", {})
    for child in children.values():
        if hasattr(child, "proto") and child.proto is not None:
            yield child
        yield from _elements(child)


def token(clinic, client_id: str) -> str:
    return client_link(clinic, client_id).partition("=")[2]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_role_sends_anybody_elses_client(signed_in, clinic, owner, role):
    mine = own(clinic, owner, role)
    assert len(mine) < len(owner)
    app = signed_in(f"{role}@clinic.example")
    for page in EVERY_PAGE:
        visit(app, page)
        assert not app.exception, page
        text = sent(app)
        assert not {client for client in set(owner) - mine if client in text}, page
        assert not {token(clinic, client) for client in set(owner) - mine if token(clinic, client) in text}, page


@pytest.mark.parametrize("role", ROLES)
def test_no_link_opens_anybody_elses_client(signed_in, clinic, owner, role):
    mine = own(clinic, owner, role)
    for client in sorted(set(owner) - mine)[::29]:
        app = signed_in(f"{role}@clinic.example")
        app.query_params["c"] = token(clinic, client)
        visit(app, "client")
        assert not app.exception
        assert client not in sent(app)


@pytest.mark.parametrize("role", ["therapist", "supervisor", "both"])
def test_ones_own_clients_open_also_those_who_left(signed_in, clinic, owner, tables, role):
    mine = own(clinic, owner, role)
    in_care = {name for (name,) in tables.rows("SELECT client_id FROM client_now")}
    for client in (sorted(mine & in_care)[0], sorted(mine - in_care)[0]):
        app = signed_in(f"{role}@clinic.example")
        app.query_params["c"] = token(clinic, client)
        visit(app, "client")
        assert not app.exception
        assert client in html(app)
        assert "No client has this link" not in html(app)


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_to_a_page_that_the_role_has(signed_in, clinic, owner, role):
    roles = load(clinic).of({"email": f"{role}@clinic.example"})
    pages = {page for each in roles for page in PAGES[each.name]}
    allowed = {"my_caseload" if page == "caseload" else page for page in pages}
    if PAGES[roles[0].name][0] == "caseload":
        allowed.add("./")
    app = signed_in(f"{role}@clinic.example")
    client = min(own(clinic, owner, role) or owner)
    app.query_params["c"] = token(clinic, client)
    for page in EVERY_PAGE:
        visit(app, page)
        led = set(re.findall(r'href="([^"?#:]*)(?:[?#][^"]*)?"', html(app))) - {""}
        assert led <= allowed, page


@pytest.mark.parametrize(
    ("roles", "addresses"),
    [
        (["therapist"], ["./"]),
        (["therapist", "director"], ["./", ""]),
        (["director", "therapist"], ["", "my_caseload"]),
        (["steward"], [""]),
    ],
)
def test_where_the_list_of_clients_of_each_role_is(roles, addresses):
    person = session.Person("somebody", tuple(map(Role, roles)))
    assert [caseload_of(person, role) for role in person.roles] == addresses


def test_a_link_to_another_caseload_shows_ones_own(signed_in, clinic, owner):
    mine = own(clinic, owner, "therapist")
    other = next(whose for client, whose in owner.items() if client not in mine)
    app = signed_in("therapist@clinic.example")
    app.query_params["therapist"] = other
    app.run()
    assert not app.exception
    assert not {client for client in set(owner) - mine if client in sent(app)}
    assert any(client in html(app) for client in mine)


def test_a_therapist_chooses_nobody_and_a_supervisor_among_their_own(signed_in, clinic):
    assert "therapist" not in {box.key for box in signed_in("therapist@clinic.example").run().selectbox}
    box = signed_in("supervisor@clinic.example").run().selectbox(key="therapist")
    (role,) = load(clinic).of({"email": "supervisor@clinic.example"})
    assert set(box.options) == {*role.therapists, "All therapists"}


def test_two_people_in_one_server_do_not_get_each_others_answers(signed_in, clinic, owner):
    for role in ("supervisor", "therapist", "supervisor", "both", "therapist"):
        mine = own(clinic, owner, role)
        for page in ("", "client"):
            app = signed_in(f"{role}@clinic.example")
            visit(app, page)
            assert not {client for client in set(owner) - mine if client in sent(app)}


@pytest.mark.parametrize(
    ("email", "claims", "says"),
    [
        (None, {}, "Sign in with the account that your clinic gave you"),
        ("stranger@clinic.example", {}, "you have no role here"),
        ("therapist@clinic.example", {"email_verified": False}, "you have no role here"),
        ("therapist@clinic.example", {"iat": int(time.time()) - 13 * 3600}, "more than 12 hours ago"),
        ("therapist@clinic.example", {"iat": int(time.time()) - 3600}, "no click for 15 minutes"),
    ],
)
def test_whoever_has_not_signed_in_or_has_no_role_sees_why_and_nothing_else(signed_in, owner, email, claims, says):
    for page in EVERY_PAGE:
        app = signed_in(email, **claims)
        visit(app, page)
        assert not app.exception
        assert says in html(app)
        text = sent(app)
        assert not [client for client in owner if client in text]
        assert "snapshot" not in text
        assert not app.get("vega_lite_chart")


def test_a_session_is_over_after_minutes_without_a_click(signed_in, monkeypatch):
    app = signed_in("therapist@clinic.example").run()
    assert "in care" in html(app)
    now = time.time()
    monkeypatch.setattr(session, "clock", lambda: now + 14 * 60)
    assert "in care" in html(app.run())
    monkeypatch.setattr(session, "clock", lambda: now + 28 * 60)
    assert "in care" in html(app.run()), "a click begins the minutes anew"
    monkeypatch.setattr(session, "clock", lambda: now + 44 * 60)
    assert "There was no click for 15 minutes" in html(app.run())


def test_sessions_that_begin_and_are_forgotten_in_other_threads_meanwhile_do_no_harm(monkeypatch):
    class Meanwhile(float):
        """A click at which, as soon as it is looked at, other threads add sessions and forget one."""

        def __rsub__(self, now: float) -> float:
            clicks["begun"] = clicks["begun too"] = now
            clicks.pop("forgotten", None)
            return now - float(self)

    clicks = {"first": Meanwhile(0), "forgotten": 0.0}
    monkeypatch.setattr(session, "_last_clicks", lambda: clicks)
    assert session._over({"iss": "http://localhost:9", "sub": "somebody", "iat": time.time()}, Roles()) == ""
    assert {"first", "forgotten"} & set(clicks) == set()


def test_roles_that_cannot_be_read_let_nobody_in(published_home, signed_in, monkeypatch):
    broken = published_home()
    (broken / "sign-in.toml").write_text("")
    (broken / "roles.toml").write_text("[[allow")
    monkeypatch.setenv("MESHWORK_HOME", str(broken))
    app = signed_in("therapist@clinic.example").run()
    assert "This cannot be shown" in html(app)
    assert not app.get("button")


def entries(clinic) -> list[dict[str, str]]:
    path = clinic / audit.FILE
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_director_opens_a_client_by_giving_a_reason_and_it_is_noted(signed_in, clinic, owner):
    client, other = sorted(owner)[0], sorted(owner)[1]
    before = len(entries(clinic))
    app = signed_in("director@clinic.example")
    visit(app, "client")
    app.text_input(key="open-client-id").set_value(client)
    app.text_area(key="open-client-reason").set_value("no")
    app.button[0].click().run()
    assert any("Give a reason" in error.value for error in app.error)
    assert client not in html(app)

    app.text_area(key="open-client-reason").set_value("Complaint of 3 May about the call")
    app.button[0].click().run()
    assert not app.exception
    assert client in html(app)
    assert other not in sent(app)
    noted = [(entry["what"], entry["client_id"], entry["reason"]) for entry in entries(clinic)[before:]]
    assert noted == [
        ("sign_in", None, None),
        ("break_glass", client, "Complaint of 3 May about the call"),
        ("view_client", client, "Complaint of 3 May about the call"),
    ]
    app.query_params["c"] = token(clinic, other)
    app.run()
    assert other not in html(app)
    for page in ("director", "sobriety", "trends", "report"):
        visit(app, page)
        assert client not in sent(app), "what was opened is open on its own page only"


def test_what_is_seen_is_noted_once_and_by_name(signed_in, clinic, owner):
    client = sorted(own(clinic, owner, "therapist"))[0]
    before = len(entries(clinic))
    app = signed_in("therapist@clinic.example")
    app.run().run()
    app.query_params["c"] = token(clinic, client)
    visit(app, "client").run()
    noted = [(entry["who"], entry["role"], entry["what"], entry["client_id"]) for entry in entries(clinic)[before:]]
    assert noted == [
        ("therapist@clinic.example", "therapist", "sign_in", None),
        ("therapist@clinic.example", "therapist", "view_caseload", None),
        ("therapist@clinic.example", "therapist", "view_client", client),
    ]
    assert audit.verify(clinic).problems == []


def test_what_cannot_be_noted_is_not_shown(signed_in, clinic, owner, monkeypatch):
    monkeypatch.setenv(audit.KEY_VARIABLE, str(clinic / "no such key"))
    client = sorted(own(clinic, owner, "therapist"))[0]
    app = signed_in("therapist@clinic.example")
    app.query_params["c"] = token(clinic, client)
    for page in ("", "client"):
        visit(app, page)
        assert "This cannot be shown" in html(app)
        assert client not in sent(app)


def test_each_role_has_its_pages_and_no_others(signed_in, clinic):
    titles = {"caseload": "My caseload", "director": "Overview", "report": "Monthly report", "data": "What came in"}
    for role, page in (
        ("therapist", "caseload"),
        ("director", "director"),
        ("reporting", "report"),
        ("steward", "data"),
    ):
        app = signed_in(f"{role}@clinic.example").run()
        assert f"<h1>{titles[page]}</h1>" in html(app).replace(' class="mw-title"', "")
        assert PAGES[role][0] == page
        assert ("data-names" in html(app)) is (role == "therapist"), "names are for those who see clients"


def test_rejected_rows_are_pointed_out_to_those_who_have_the_page_that_lists_them(signed_in):
    for role, told in (("therapist", False), ("reporting", False), ("director", True), ("steward", True)):
        assert ("rejected</a>" in html(signed_in(f"{role}@clinic.example").run())) is told, role


def test_contacts_and_visits_are_noted_as_who_is_signed_in(signed_in, clinic, owner, tables):
    in_care = {name for (name,) in tables.rows("SELECT client_id FROM client_now")}
    client = sorted(own(clinic, owner, "supervisor") & in_care)[0]
    app = signed_in("supervisor@clinic.example")
    app.query_params["therapist"] = owner[client]
    app.query_params["note"] = token(clinic, client)
    app.run()
    app.button(key="outcome-left_message").click().run()
    assert not app.exception
    (entry,) = Journal.of(clinic, Settings()).everything()
    assert (entry.contact.client_id, entry.contact.who) == (client, "supervisor@clinic.example")


def test_an_entry_is_taken_back_in_the_name_of_who_does_it(signed_in, clinic, owner, tables, tmp_path, monkeypatch):
    journal = Journal.of(Path(shutil.copytree(clinic, tmp_path / "own")), Settings())
    in_care = {name for (name,) in tables.rows("SELECT client_id FROM client_now")}
    client = min(own(clinic, owner, "supervisor") & in_care)
    entry = journal.write(Contact(client, None, "contacted", None, None, False, None, owner[client]))
    app = signed_in("supervisor@clinic.example")
    monkeypatch.setenv("MESHWORK_HOME", str(tmp_path / "own"))
    app.query_params["c"] = token(clinic, client)
    visit(app, "client").button(key="undo").click().run()
    (withdrawn,) = (each.contact for each in journal.everything() if each.contact.corrects == entry.entry_id)
    assert (withdrawn.outcome, withdrawn.who) == ("withdrawn", "supervisor@clinic.example")


def test_no_link_opens_the_dialog_of_anybody_elses_client(signed_in, clinic, owner):
    other = sorted(set(owner) - own(clinic, owner, "therapist"))[0]
    for dialog in ("note", "snooze"):
        app = signed_in("therapist@clinic.example")
        app.query_params[dialog] = token(clinic, other)
        app.run()
        assert not app.exception
        assert other not in sent(app)
        assert not [button for button in app.button if "Left a message" in button.label or button.label == "Snooze"]
