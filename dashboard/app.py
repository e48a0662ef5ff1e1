"""The dashboard's entry: which snapshot, which page, and what all pages share."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import streamlit as st

from dashboard.access.roles import RolesError
from dashboard.access.session import Person, Refused, SignedOut, asking, idle_too_long, name_of
from dashboard.markup import render
from dashboard.pages import about, pages_of
from dashboard.queries.snapshot import SnapshotError
from dashboard.sections.notice import command, notice, quiet
from pipelines import audit, settings, snapshots
from pipelines.audit import AuditError
from pipelines.home import default as default_home
from pipelines.settings import SettingsError
from pipelines.wording import dates, freshness, labels

HERE = Path(__file__).parent
LOOKS_EVERY = 5  # seconds between looks for a new snapshot

st.set_page_config(page_title="Meshwork", page_icon=str(HERE / "static" / "icon.svg"), layout="wide")
st.html(HERE / "style.css")
st.html(
    '<script src="app/static/desk.js"></script>', unsafe_allow_javascript=True
)  # a file of our own, no values in it
st.logo(str(HERE / "static" / "wordmark.svg"), size="large")

home = default_home()
asks: Person | SignedOut | Refused | None
try:
    asks = asking(home)
except RolesError as error:
    logging.getLogger(__name__).error("%s", error)
    asks = None
with suppress(SettingsError):  # a page that needs the settings says so
    dates.follow(settings.load(home).date_format)
served = snapshots.in_force(home)  # read once: no page mixes two snapshots


@st.fragment(run_every=LOOKS_EVERY)
def follow() -> None:
    """Show a newer snapshot as soon as there is one, and nothing more once the session is over."""
    if snapshots.in_force(home) != served or (isinstance(asks, Person) and idle_too_long(home)):
        st.rerun()


def show(snapshot: Path, person: Person) -> None:
    """The page that is asked for, as far as the person may see it. Raises SnapshotError or AuditError."""
    described = about(snapshot, person)
    page = st.navigation(pages_of(home, snapshot, described, person), position="top")
    st.set_page_config(page_title=f"{page.title} · Meshwork")
    older = freshness.fallback(served.damaged, pointer_lost=served.pointer_lost, shown=snapshots.number(snapshot))
    if older:
        st.warning(older)
    page.run()
    signed_in = person.name if person.roles else ""
    st.html(render("footer", date_basis=labels.DATE_BASIS[described.date_basis], signed_in=signed_in))
    if person.roles:
        st.button("Sign out", key="sign-out", type="tertiary", on_click=sign_out, args=(person.name,))


def sign_out(name: str) -> None:
    """End the session here, in the browser and with the provider."""
    audit.note(home, audit.Act(name, "", "sign_out"))
    st.logout()


def answer() -> None:
    """Draw what whoever asks may see. Raises AuditError."""
    if asks is None:
        unavailable()
    elif isinstance(asks, SignedOut):
        st.html(render("sign_in", over=asks.over))
        if asks.over:
            once("sign_out", name_of(st.user.to_dict()), "")
            st.logout()
        st.button("Sign in", key="sign-in", type="primary", on_click=st.login)
    elif isinstance(asks, Refused):
        notice("You cannot see this", asks.why)
        if asks.name:
            once("refused", asks.name, "")
            quiet(f"You are signed in as {asks.name}.")
            st.button("Sign out", key="sign-out", type="tertiary", on_click=sign_out, args=(asks.name,))
    else:
        if asks.roles:
            once("sign_in", asks.name, ", ".join(role.name for role in asks.roles))
        draw(asks)


def unavailable() -> None:
    """Say that nothing can be shown; the reason is for whoever runs the server."""
    text = "Nothing can be shown just now. Whoever runs Meshwork here finds the reason in the server's log."
    notice("This cannot be shown", text)


def once(what: str, name: str, role: str) -> None:
    """Note something about a person once a session."""
    if st.session_state.get("noted-person") != (what, name, role):
        audit.note(home, audit.Act(name, role, what))
        st.session_state["noted-person"] = (what, name, role)


def draw(person: Person) -> None:
    """The page that is asked for, or why there is none. Raises AuditError."""
    if served.snapshot is None:
        if served.damaged:
            notice(
                "No published snapshot is whole",
                "Every snapshot in the home folder is damaged or missing. A new run publishes one from the store. "
                "Write the folder that holds your exports in place of FOLDER:",
                command(home, "run --exports FOLDER"),
            )
        else:
            notice(
                "Nothing is published yet",
                "This page fills by itself after the first run. "
                "Write the folder that holds your exports in place of FOLDER:",
                command(home, "run --exports FOLDER"),
            )
    else:
        try:
            show(served.snapshot, person)
        except SnapshotError as error:
            logging.getLogger(__name__).error("%s", error)  # tells nothing of a row
            notice(
                "The published snapshot cannot be read",
                f"Another version of Meshwork made snapshot {served.snapshot.stem}. "
                "Run again, or go back to the snapshot before it:",
                command(home, "rollback"),
            )


follow()
try:
    answer()
except AuditError as error:
    logging.getLogger(__name__).error("%s", error)
    unavailable()
