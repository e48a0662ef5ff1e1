"""What every page begins with, and who may see it: for a clinic's pages and for a network's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from dashboard.access.noting import in_each
from dashboard.access.roles import RolesError
from dashboard.access.session import Entrance, Person, Refused, SignedOut, asking, idle_too_long, name_of
from dashboard.markup import render
from dashboard.sections.notice import notice, quiet
from pipelines.audit import Act, AuditError

HERE = Path(__file__).parent
LOOKS_EVERY = 5  # seconds between looks for a new snapshot


def begin() -> None:
    """What all pages share."""
    st.set_page_config(page_title="Meshwork", page_icon=str(HERE / "static" / "icon.svg"), layout="wide")
    st.html(HERE / "style.css")
    st.logo(str(HERE / "static" / "wordmark.svg"), size="large")


def who_asks(entrance: Entrance) -> Person | SignedOut | Refused | None:
    """Who asks; None if nobody can know."""
    try:
        return asking(entrance)
    except RolesError as error:
        logging.getLogger(__name__).error("%s", error)
        return None


def follow(entrance: Entrance, asks: object, is_new: Callable[[], bool]) -> None:
    """Draw again as soon as there is something new, and nothing more once the session is over."""

    @st.fragment(run_every=LOOKS_EVERY)
    def look() -> None:
        if is_new() or (isinstance(asks, Person) and idle_too_long(entrance)):
            st.rerun()

    look()


def answer(asks: Person | SignedOut | Refused | None, homes: Sequence[Path], draw: Callable[[Person], None]) -> None:
    """Draw what the person who asks may see; `homes`: those whose audits note it."""
    try:
        _answer(asks, homes, draw)
    except AuditError as error:
        logging.getLogger(__name__).error("%s", error)
        _unavailable()


def _answer(asks: Person | SignedOut | Refused | None, homes: Sequence[Path], draw: Callable[[Person], None]) -> None:
    if asks is None:
        _unavailable()
    elif isinstance(asks, SignedOut):
        st.html(render("sign_in", over=asks.over))
        if asks.over:
            _once(homes, "sign_out", name_of(st.user.to_dict()), "")
            st.logout()
        st.button("Sign in", key="sign-in", type="primary", on_click=st.login)
    elif isinstance(asks, Refused):
        notice("You cannot see this", asks.why, alone=True)
        if asks.name:
            _once(homes, "refused", asks.name, "")
            quiet(f"You are signed in as {asks.name}.")
            _sign_out_button(homes, asks.name)
    else:
        if asks.roles:
            _once(homes, "sign_in", asks.name, ", ".join(role.name for role in asks.roles))
        draw(asks)


def foot(person: Person, homes: Sequence[Path], template: str, date_basis: str) -> None:
    """The foot of every page, with the way to sign out."""
    st.html(render(template, date_basis=date_basis, signed_in=person.name if person.roles else ""))
    if person.roles:
        _sign_out_button(homes, person.name)


def _sign_out_button(homes: Sequence[Path], name: str) -> None:
    st.button("Sign out", key="sign-out", type="tertiary", on_click=_sign_out, args=(homes, name))


def _sign_out(homes: Sequence[Path], name: str) -> None:
    """End the session here, in the browser and with the provider."""
    in_each(homes, Act(name, "", "sign_out"))
    st.logout()


def _unavailable() -> None:
    """Say that nothing can be shown; the log has the reason."""
    text = "Nothing can be shown right now. The server’s log gives the reason to the people who run Meshwork."
    notice("This cannot be shown", text, alone=True)


def _once(homes: Sequence[Path], what: str, name: str, role: str) -> None:
    """Note something about a person once a session."""
    if st.session_state.get("noted-person") != (what, name, role):
        in_each(homes, Act(name, role, what))
        st.session_state["noted-person"] = (what, name, role)
