"""Signing in by OpenID Connect: `sign-in.toml` in the home says with which provider. Streamlit does the rest."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.errors import ActionableError
from pipelines.loopback import is_loopback
from pipelines.owner_only import secret

FILE = "sign-in.toml"
COOKIE_SECRET = "cookie_secret"  # in the home; a new one signs everybody out
CALLBACK = "/oauth2callback"

_REQUIRED = ("redirect_uri", "client_id", "client_secret", "server_metadata_url")
_KNOWN = (*_REQUIRED, "cookie_secret", "client_kwargs")


class SignInError(ActionableError):
    """A sign-in that cannot be used; the message is a sentence for the person who set it up, without a secret in it."""


@dataclass(frozen=True)
class SignIn:
    """How people sign in. `public_name`: the name by which browsers reach the dashboard, `https`: and how."""

    public_name: str
    https: bool
    auth: dict[str, Any] = field(repr=False)  # as Streamlit wants it, secrets and all


def required(home: Path) -> bool:
    """Whether people must sign in, even if the file cannot be used."""
    return (home / FILE).exists()


def load(home: Path) -> SignIn | None:
    """How people sign in; None if nobody does. Raises SignInError."""
    path = home / FILE
    if not path.exists():
        return None
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise SignInError(f"{FILE} cannot be read.") from None
    except tomllib.TOMLDecodeError:
        raise SignInError(f"{FILE} is not TOML.") from None  # the error itself may repeat a secret
    for key in given:
        if key not in _KNOWN:
            raise SignInError(f"{FILE}: there is no setting {key!r}; there are {', '.join(_KNOWN)}.")
    for key in _REQUIRED:
        if not isinstance(given.get(key), str) or not given[key].strip():
            raise SignInError(f"{FILE}: {key} is missing.")
    if not isinstance(given.get("client_kwargs", {}), dict):
        raise SignInError(f"{FILE}: client_kwargs must be a table.")
    for key in ("redirect_uri", "server_metadata_url"):
        address = urlsplit(given[key])
        if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname or "")):
            raise SignInError(
                f"{FILE}: {key} must begin with https://, or what is signed with could be read on the way."
            )
    back = urlsplit(given["redirect_uri"])
    if back.path != CALLBACK or back.hostname is None:
        raise SignInError(
            f"{FILE}: redirect_uri must end in {CALLBACK}, such as https://meshwork.clinic.example{CALLBACK}."
        )
    given["cookie_secret"] = given.get("cookie_secret") or secret(home / COOKIE_SECRET).decode().strip()
    if not isinstance(given["cookie_secret"], str) or len(given["cookie_secret"]) < 32:
        raise SignInError(f"{FILE}: cookie_secret must have 32 characters or more; if it is left out, one is made.")
    given["client_kwargs"] = {"code_challenge_method": "S256"} | given.get("client_kwargs", {})
    return SignIn(back.hostname, back.scheme == "https", given)
