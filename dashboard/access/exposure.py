"""Who could reach the dashboard if it is served as asked, and whether anything keeps out people who may not see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dashboard.access import roles, sign_in
from dashboard.access.sign_in import SignIn
from pipelines.errors import ActionableError
from pipelines.loopback import is_loopback


class ExposedError(ActionableError):
    """A dashboard open to people who may not see it; the message is a sentence for whoever serves it."""


def how_people_sign_in(homes: Sequence[Path], folder: Path | None = None) -> SignIn | None:
    """How people sign in: as the folder says if one is given, else as the first home that asks for it. None if nobody
    does. Raises SignInError, or ExposedError if the folder does not say.
    """
    found = sign_in.load(folder or next(filter(sign_in.required, homes), homes[0]))
    if folder and not found:
        raise ExposedError(f"There is no {sign_in.FILE} in {folder}.")
    return found


def require_protected(names: Iterable[str], *, signed_in: bool, behind_proxy: bool, network: bool) -> None:
    """Raises ExposedError if others can reach the dashboard by one of these names, and nothing keeps them out.

    `signed_in`: people must sign in. `behind_proxy`: the operator states that a proxy lets in only those who may see
    every client. `network`: it is the page of a network, not a clinic's.
    """
    reached = [name for name in names if not is_loopback(name)]
    if reached and not (signed_in or behind_proxy):
        seen = "the figures of every clinic" if network else "every client"
        raise ExposedError(
            f"Anyone who can reach {reached[0]} would see {seen}. Set up sign-in (docs/security.md), or give "
            "--behind-proxy if a proxy in front lets in only those who may see that."
        )


def first_without_roles(homes: Iterable[Path]) -> Path | None:
    """The first home in which nobody has a role, so that nobody who signs in sees anything. Raises RolesError."""
    return next((home for home in homes if not roles.load(home).rules), None)
