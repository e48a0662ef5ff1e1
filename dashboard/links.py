"""Links to a client's page and to lists of clients.

An address is kept in histories and logs, so it holds a token and not the client_id.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hmac import digest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashboard.queries.caseload import client_ids
from dashboard.queries.snapshot import Snapshot
from pipelines import owner_only

SECRET = "link_secret"  # in the home; with a new one, links that people have saved stop working


EVERYONE = "All therapists"  # in place of a therapist, in the address of a list
SOBRIETY_UNKNOWN = "Sobriety unknown"  # a choice of `show` there
# Of a choice on a page: its address and the session keep it. A value that is no choice is ignored.
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
FILTERS = {"site": "site", "level_of_care": "level", "primary_addiction": "addiction", "program": "program"}


def list_link(caseload_at: str, address: Mapping[str, str]) -> str:
    """The address of the list of clients after these choices, written as in the list's own address.

    It holds names of groups, nothing of a client, and is empty if the viewer has no such list (see `Context`).
    """
    return f"{caseload_at}?{urlencode(address)}" if caseload_at and address else caseload_at


def client_link(home: Path, client_id: str) -> str:
    """The address of a client's page, from the dashboard's root: `client?c=TOKEN`."""
    return f"client?c={token_of(home, client_id)}"


def token_of(home: Path, client_id: str) -> str:
    """The token of a client in an address."""
    return _token(_secret(home), client_id)


def client_of(home: Path, snapshot: Snapshot, token: str | None) -> str | None:
    """The client_id that a token belongs to; None if no client of the snapshot has it. Raises SnapshotError."""
    return _clients(home, snapshot).get(token or "")


def _token(secret: bytes, client_id: str) -> str:
    return urlsafe_b64encode(digest(secret, client_id.encode(), "sha256")[:15]).decode()


@lru_cache(maxsize=64)
def _clients(home: Path, snapshot: Snapshot) -> dict[str, str]:
    secret = _secret(home)
    return {_token(secret, client_id): client_id for client_id in client_ids(snapshot)}


@lru_cache
def _secret(home: Path) -> bytes:
    """The home's secret, made on first use."""
    return owner_only.secret(home / SECRET)
