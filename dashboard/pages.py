"""Which pages a person sees, and how far each of them sees into the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.access.roles import PAGES, Page, Role
from dashboard.access.session import Person
from dashboard.context import Context, Viewer
from dashboard.queries.published import Published, published
from dashboard.queries.reach import EVERYTHING, Reach
from dashboard.queries.snapshot import EVERYONE, Caseload, Snapshot
from dashboard.views import caseload, client, data, director, open_client, pathway, report, sobriety, task_sheet, trends

View = Callable[[Context], None]

VIEWS: Mapping[Page, tuple[str, View]] = {
    "caseload": ("My caseload", caseload.page),
    "client": ("Client", client.page),
    "director": ("Overview", director.page),
    "trends": ("Trends", trends.page),
    "pathway": ("Pathway", pathway.page),
    "sobriety": ("Sobriety", sobriety.page),
    "report": ("Monthly report", report.page),
    "task_sheet": ("Task sheet", task_sheet.page),
    "data": ("What came in", data.page),
}
CASELOAD = "my_caseload"  # its address, if it is not at the root
BY_LINK: tuple[Page, ...] = ("client", "task_sheet")


def about(snapshot: Path, person: Person) -> Published:
    """What is published, in words that name no client. Raises SnapshotError.

    Only people with the page that lists rejected rows are told about them.
    """
    described = published(Snapshot(snapshot, Reach(ledgers=True) if person.roles else EVERYTHING))
    if person.roles and not any("data" in PAGES[role.name] for role in person.roles):
        return replace(described, rows_rejected=0, rows_later=0, files_refused=0)
    return described


def pages_of(home: Path, snapshot: Path, described: Published, person: Person) -> list[st.Page]:
    """The pages, the opening one first.

    Each page is drawn for the first of the person's roles that has it, and sees no further than that role.
    """
    if not person.roles:
        everything = Context(home, Snapshot(snapshot, EVERYTHING), described, Viewer(name=person.name))
        return _pages({name: partial(view, everything) for name, (_, view) in VIEWS.items()}, hidden=BY_LINK)
    contexts = [
        Context(home, Snapshot(snapshot, role.reach), described, viewer_of(person, role), caseload_of(person, role))
        for role in person.roles
    ]
    own = next((each for each in contexts if each.snapshot.reach.therapists), None)
    draws: dict[Page, Callable[[], None]] = {}
    for role, seen in zip(person.roles, contexts, strict=True):
        for name in PAGES[role.name]:
            if name == "client" and role.name == "director":
                draws[name] = partial(open_client.page, seen, own)
            else:
                draws.setdefault(name, partial(VIEWS[name][1], seen))
    asks_for_clients = any(role.name == "director" for role in person.roles)
    return _pages(draws, hidden=[name for name in BY_LINK if not (name == "client" and asks_for_clients)])


def viewer_of(person: Person, role: Role) -> Viewer:
    """The person in a role. A therapist is noted in the journal by the id that the exports have, others by name."""
    if role.name == "therapist" and len(role.therapists) == 1:
        return Viewer(role.therapists[0], Caseload(role.therapists[0]), person.name, role.name)
    return Viewer(person.name[:64], EVERYONE, person.name, role.name)


def caseload_of(person: Person, role: Role) -> str:
    """The address of the list of clients that a role sees: at the root, unless another role of the person is there."""
    if "caseload" not in PAGES[role.name]:
        return ""
    return "./" if PAGES[person.roles[0].name][0] == "caseload" else CASELOAD


def _pages(draws: Mapping[Page, Callable[[], None]], *, hidden: Sequence[Page]) -> list[st.Page]:
    """Each page at its address; the first one that is not reached by a link is also at the root, where everybody
    arrives.
    """
    first = next(name for name in draws if name not in BY_LINK)
    at_root = st.Page(draws[first], title=VIEWS[first][0], url_path="", default=True)
    named = [
        st.Page(
            draw,
            title=VIEWS[name][0],
            url_path=CASELOAD if name == "caseload" else name,
            visibility="hidden" if name in hidden or name == first else "visible",
        )
        for name, draw in draws.items()
    ]
    return [at_root, *named]
