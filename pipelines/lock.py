"""The lock of a home: one command works in it at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import ActionableError
from pipelines.home import LOCK


class HomeLockedError(ActionableError):
    """Another command is working in the same home."""


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Meanwhile no other command works in the home. Raises HomeLockedError or OSError."""
    # The system releases the lock when the process ends, however it ends.
    lock = FileLock(home / LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise HomeLockedError(
            f"Another run, or a backup, is working in {home}. Wait until it is done, then try again."
        ) from None
    try:
        yield
    finally:
        lock.release()
