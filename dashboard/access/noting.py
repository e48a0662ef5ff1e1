"""Notes in the audit who saw which client and who took what out. What cannot be noted is not shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from dashboard.access.session import Person
from dashboard.context import Context
from pipelines import audit
from pipelines.audit import Act

ONCE_IN = 15 * 60  # seconds: somebody who keeps looking at the same thing is noted once in this time


def seen(context: Context, what: str, client_id: str | None = None, about: str | None = None) -> None:
    """Note that something is being seen. Raises AuditError; it must then not be shown."""
    noted: dict[tuple[str | None, ...], float] = st.session_state.setdefault("noted", {})
    viewer = context.viewer
    key = (viewer.name, viewer.role, what, client_id, about)
    if time.monotonic() - noted.get(key, float("-inf")) > ONCE_IN:
        audit.note(context.home, Act(viewer.name, viewer.role, what, client_id, about, viewer.reason))
        noted[key] = time.monotonic()


def taken(
    context: Context, about: str, made: Callable[[], bytes | str], client_id: str | None = None
) -> Callable[[], bytes | str]:
    """A function that makes a file for download, after noting that it is taken out."""
    viewer = context.viewer
    return _noted([context.home], Act(viewer.name, viewer.role, "export", client_id, about, viewer.reason), made)


def taken_of_network(
    homes: Sequence[Path], person: Person, about: str, made: Callable[[], bytes | str]
) -> Callable[[], bytes | str]:
    """The same for a network: each clinic that is shown notes it."""
    role = person.roles[0].name if person.roles else "everyone"
    return _noted(homes, Act(person.name, role, "export", about=about), made)


def _noted(homes: Sequence[Path], act: Act, made: Callable[[], bytes | str]) -> Callable[[], bytes | str]:
    def noted() -> bytes | str:
        in_each(homes, act)
        return made()

    return noted


def in_each(homes: Sequence[Path], act: Act) -> None:
    """Note something in the audit of each of the homes. Raises AuditError."""
    for home in homes:
        audit.note(home, act)
