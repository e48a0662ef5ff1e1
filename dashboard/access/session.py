"""Who is asking: a person who signed in and has roles, or why nobody may see anything."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.access import roles, sign_in
from dashboard.access.roles import Role, Roles, RolesError
from pipelines.loopback import is_loopback

BEHIND_PROXY = "MESHWORK_BEHIND_PROXY"  # set by the server if the operator states that a proxy guards it
SIGNING_IN = "MESHWORK_NETWORK_SIGNS_IN"  # set by the server if people sign in to a network's dashboard
NOBODY = "nobody signed in"


@dataclass(frozen=True)
class Person:
    """Somebody who may see something. `name`: whom the audit names. `roles` is empty if nobody has to sign in."""

    name: str
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class SignedOut:
    """Nobody has signed in, or too long ago. `over`: why a session just ended, which must end in the browser too."""

    over: str = ""


@dataclass(frozen=True)
class Refused:
    """Somebody who may see nothing, and why, in a sentence. `name` is empty if it is about nobody in particular."""

    why: str
    name: str = ""


@dataclass(frozen=True)
class Entrance:
    """What somebody asks to enter: whether it needs a sign-in, who has which role, what people without one are told."""

    signs_in: bool
    roles: Callable[[], Roles]
    no_role: str


def of_clinic(home: Path) -> Entrance:
    """The pages of a clinic."""
    no_role = "You are signed in, but you have no role here. Ask the people who run Meshwork for one."
    return Entrance(sign_in.required(home), partial(roles.load, home), no_role)


def of_network(homes: Sequence[Path], published: Sequence[Path]) -> Entrance:
    """The page of a network. People sign in if they do so for any of its clinics; each clinic that is shown must allow
    it.
    """
    signs_in = bool(os.environ.get(SIGNING_IN)) or any(sign_in.required(home) for home in homes)
    no_role = (
        "You are signed in. This page is only for people who have the role director or reporting in every clinic of "
        "the network. Ask the people who run Meshwork."
    )
    return Entrance(signs_in, partial(roles.load_all, published), no_role)


def asking(entrance: Entrance) -> Person | SignedOut | Refused:
    """Who asks for a page. Raises RolesError."""
    if not entrance.signs_in:
        return (
            Person(NOBODY)
            if _only_this_machine()
            else Refused(
                "Sign-in is not set up, so the dashboard is shown only on the computer that serves it. Start it with "
                "`meshwork dashboard`, and set up sign-in to reach it from elsewhere."
            )
        )
    claims: dict[str, Any] = st.user.to_dict()
    if not claims.get("is_logged_in"):
        return SignedOut()
    allowed = entrance.roles()
    over = _over(claims, allowed)
    if over:
        return SignedOut(over)
    name = name_of(claims)
    found = allowed.of(claims)
    if not found:
        return Refused(entrance.no_role, name)
    return Person(name, found)


def name_of(claims: Mapping[str, Any]) -> str:
    """Whom the audit names: by e-mail, else by what the provider knows the person as."""
    return str(claims.get("email") or claims.get("preferred_username") or claims.get("sub") or "somebody")[:200]


def idle_too_long(entrance: Entrance) -> bool:
    """Whether this session has had no click for too long, or cannot go on. Looking at the page is not a click."""
    if not entrance.signs_in or not st.user.to_dict().get("is_logged_in"):
        return False
    try:
        return bool(_over(st.user.to_dict(), entrance.roles(), click=False))
    except RolesError:
        return True


def clock() -> float:
    """Seconds, as the provider counts them in `iat`."""
    return time.time()


def _over(claims: Mapping[str, Any], allowed: Roles, *, click: bool = True) -> str:
    """Why a session is over, in a sentence; empty while it is not. `click`: whether this is a click.

    If this server has not seen the session (for instance after a restart), the sign-in counts as its last click.
    """
    now = clock()
    began = claims.get("iat")
    began = float(began) if isinstance(began, int | float) else now
    session = (str(claims.get("iss")), str(claims.get("sub") or name_of(claims)), began if claims.get("iat") else None)
    seen = _last_clicks()
    last = seen.get(session, began)
    if now - began > 60 * allowed.longest_minutes:
        return f"You signed in more than {allowed.longest_minutes // 60} hours ago. Please sign in again."
    if now - last > 60 * allowed.idle_minutes:
        return f"There was no click for {allowed.idle_minutes} minutes, so you were signed out."
    if click:
        seen[session] = now
        for each, when in list(seen.items()):  # other threads add to it and take from it meanwhile
            if now - when > 60 * allowed.longest_minutes:
                seen.pop(each, None)
    return ""


@st.cache_resource
def _last_clicks() -> dict[tuple[str, str, float | None], float]:
    """The last click of each session, of all people who are signed in to this server."""
    return {}


def _only_this_machine() -> bool:
    """Whether only this machine can reach the server, or a proxy in front lets in only people who may see it."""
    if os.environ.get(BEHIND_PROXY):
        return True
    names = (st.get_option("server.address"), st.get_option("browser.serverAddress") or "localhost")
    return all(is_loopback(str(name)) for name in names)
