"""Who has which role, and how a file of roles is read."""

from __future__ import annotations

import pytest

from dashboard.access.roles import PAGES, Role, RolesError, load
from dashboard.queries.reach import Reach

FILE = """
idle_minutes = 20

[[allow]]
email = "Dana@Clinic.example"
role = "therapist"
therapist_id = "T07"

[[allow]]
email = "lee@clinic.example"
role = "supervisor"
therapists = ["T07", "T08"]

[[allow]]
claim = "groups"
value = "directors"
role = "director"

[[allow]]
claim = "job"
value = "therapist"
role = "therapist"
therapist_id_claim = "employee"

[[allow]]
email = "lee@clinic.example"
role = "therapist"
therapist_id = "T09"
"""


@pytest.fixture
def roles(tmp_path):
    (tmp_path / "roles.toml").write_text(FILE, "utf-8")
    return load(tmp_path)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email": "dana@clinic.example"}, (Role("therapist", ("T07",)),)),
        ({"email": "DANA@CLINIC.EXAMPLE", "email_verified": True}, (Role("therapist", ("T07",)),)),
        ({"email": "dana@clinic.example", "email_verified": False}, ()),
        ({"email": "dana@clinic.example.evil.example"}, ()),
        ({"email": "lee@clinic.example"}, (Role("supervisor", ("T09", "T07", "T08")),)),
        ({"groups": ["staff", "Directors"]}, (Role("director"),)),
        ({"groups": "directors"}, (Role("director"),)),
        ({"groups": ["directors of another house"]}, ()),
        ({"job": "therapist", "employee": "T12"}, (Role("therapist", ("T12",)),)),
        ({"job": "therapist"}, ()),
        ({"job": "therapist", "employee": ""}, ()),
        ({"job": "therapist", "employee": ["T12"]}, ()),
        (
            {"email": "dana@clinic.example", "groups": ["directors"]},
            (Role("therapist", ("T07",)), Role("director")),
        ),
        ({"email": "nobody@clinic.example"}, ()),
        ({}, ()),
    ],
)
def test_somebody_whom_no_rule_names_has_no_role(roles, claims, expected):
    assert roles.of(claims) == expected


def test_how_long_a_session_lasts(roles, tmp_path):
    assert (roles.idle_minutes, roles.longest_minutes) == (20, 720)


def test_without_a_file_nobody_has_a_role(tmp_path):
    assert load(tmp_path).of({"email": "dana@clinic.example"}) == ()


@pytest.mark.parametrize(
    ("role", "reach"),
    [
        (Role("therapist", ("T1",)), Reach(therapists=("T1",))),
        (Role("supervisor", ("T1", "T2")), Reach(therapists=("T1", "T2"))),
        (Role("director"), Reach(groups=True, counted=True, ledgers=True)),
        (Role("reporting"), Reach(groups=True, counted=True)),
        (Role("steward"), Reach(ledgers=True)),
    ],
)
def test_how_far_each_role_sees(role, reach):
    assert role.reach == reach


def test_only_those_with_clients_have_pages_of_clients():
    with_clients = {name for name, pages in PAGES.items() if "caseload" in pages}
    assert with_clients == {"therapist", "supervisor"}
    assert {name for name, pages in PAGES.items() if "client" in pages} == with_clients | {"director"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[allow]", "cannot be read as TOML"),
        ("idle = 3", "there is no setting 'idle'"),
        ("idle_minutes = 0", "idle_minutes must be a whole number from 1 to 120"),
        ("idle_minutes = true", "idle_minutes must be a whole number"),
        ("longest_minutes = 99999", "longest_minutes must be a whole number from 5 to 1440"),
        ("allow = 3", "rules are tables"),
        ('[[allow]]\nrole = "director"', "rule 1: name people by email, or by claim and value"),
        (
            '[[allow]]\nemail = "a@b.c"\nclaim = "x"\nvalue = "y"\nrole = "director"',
            "name people by email, or by claim",
        ),
        ('[[allow]]\nclaim = "groups"\nrole = "director"', "name people by email, or by claim and value"),
        ('[[allow]]\nemail = "a@b.c"', "role must be one of"),
        ('[[allow]]\nemail = "a@b.c"\nrole = "admin"', "role must be one of"),
        ('[[allow]]\nemail = "a@b.c"\nrole = "therapist"', "a therapist needs a therapist_id"),
        ('[[allow]]\nemail = "a@b.c"\nrole = "therapist"\ntherapist_id = 7', "must be texts"),
        ('[[allow]]\nemail = "a@b.c"\nrole = "supervisor"', "a supervisor needs therapists"),
        ('[[allow]]\nemail = "a@b.c"\nrole = "supervisor"\ntherapists = "T1"', "therapists must be a list of texts"),
        (
            '[[allow]]\nemail = "a@b.c"\nrole = "director"\ntherapist_id = "T1"',
            "the role director takes no therapists",
        ),
        ('[[allow]]\nemail = "a@b.c"\nroles = "director"', "there is no 'roles'"),
    ],
)
def test_an_invalid_file_lets_nobody_in_and_gives_the_reason(tmp_path, text, says):
    (tmp_path / "roles.toml").write_text(text, "utf-8")
    with pytest.raises(RolesError, match=says):
        load(tmp_path)
