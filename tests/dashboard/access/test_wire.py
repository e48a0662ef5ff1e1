"""Trying to get in past the browser: every message and every file that the server sends to each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dashboard.links import token_of
from tests.dashboard.access.conftest import PEOPLE
from tests.dashboard.access.test_access import EVERY_PAGE, own
from tests.dashboard.wire import Visitor

pytestmark = pytest.mark.slow
REASON = "Complaint of 3 May about the call"
REPORT = {"CSV", "HTML", "PDF", "XLSX"}
FILES = {
    "therapist": {"Save this list (CSV)", "Save as CSV", "List (CSV)", "Slip to hand over"},
    "supervisor": {"Save this list (CSV)", "Save as CSV", "List (CSV)", "Slip to hand over"},
    "director": {*REPORT, "Save as CSV", "Rejected rows (CSV)"},
    "reporting": REPORT,
    "steward": {"Save as CSV", "Rejected rows (CSV)"},
    "stranger": set(),
}


@pytest.fixture
def visit(place) -> Iterator[Callable[[str], Visitor]]:
    """Gives somebody who has signed in."""
    _, address, _ = place
    visitors = []

    def signed_in(name: str) -> Visitor:
        visitors.append(Visitor(address))
        visitors[-1].sign_in(f"{name}@clinic.example")
        return visitors[-1]

    yield signed_in
    for visitor in visitors:
        visitor.leave()


def take_all(visitor: Visitor, taken: set[str]) -> None:
    """Take every file that the page offers, but a report once: of whoever asks for another's page it is the first."""
    for label, file_id in visitor.offered():
        if label not in taken & REPORT:
            assert visitor.take(file_id)
            taken.add(label)


def leaked(home, came: bytes, clients: set[str], by_link: set[str] = frozenset()) -> set[str]:
    """The clients of whom the pseudonym came, or the token of a link that the visitor did not send."""
    tokens = {client: token_of(home, client).encode() for client in clients - by_link}
    return {client for client in clients if client.encode() in came or (client in tokens and tokens[client] in came)}


@pytest.mark.parametrize("name", PEOPLE)
def test_no_message_and_no_file_holds_anybody_elses_client(place, visit, owner, name):
    home, _, _ = place
    mine = own(home, owner, name)
    others = set(owner) - mine
    linked = set(sorted(others)[::40])
    visitor = visit(name)
    taken: set[str] = set()
    for page in EVERY_PAGE:
        visitor.ask(page)
        take_all(visitor, taken)
    for client in sorted(linked):
        for page, query in (("client", "c"), ("task_sheet", "c"), ("", "note"), ("", "snooze")):
            visitor.open(page, **{query: token_of(home, client)})
        visitor.open("", therapist=owner[client])
        take_all(visitor, taken)
    for client in sorted(mine)[:1]:
        for page, query in (("", {"therapist": owner[client]}), ("client", {"c": token_of(home, client)})):
            visitor.open(page, **query)
            take_all(visitor, taken)
    came = visitor.everything()
    assert taken == FILES[name]
    assert leaked(home, came, others, linked) == set()
    assert any(client.encode() in came for client in mine) or not mine, "what is looked for would be found"


def test_a_director_gets_the_one_client_that_was_opened_and_no_other(place, visit, owner):
    home, _, _ = place
    opened, *others = sorted(owner)
    director = visit("director")
    director.ask("client")
    assert leaked(home, director.everything(), set(owner)) == set()
    director.fill_in({"open-client-id": opened, "open-client-reason": REASON}, "open-client")
    assert opened.encode() in director.everything()
    for page in ("client", "task_sheet", "director", "sobriety", "data"):
        director.ask(page)
        take_all(director, set(REPORT))
    assert leaked(home, director.everything(), set(others)) == set()
