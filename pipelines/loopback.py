"""The names by which a machine reaches itself, and nobody else does."""

from __future__ import annotations

from ipaddress import ip_address

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost", "::1")


def is_loopback(name: str) -> bool:
    """Whether a name or an address leads to this machine only."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
