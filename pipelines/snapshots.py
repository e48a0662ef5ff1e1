"""A home's snapshots: numbered files that never change, each with its digest, and the pointer `CURRENT`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipelines.errors import ActionableError
from pipelines.home import POINTER, SNAPSHOTS
from pipelines.owner_only import write_whole

HOW_MANY = 5  # of the newest snapshots stay
_NAME = "[0-9]" * 6 + ".duckdb"


class NothingToRollBackError(ActionableError):
    """There is no snapshot before the one in force."""


class NothingPublishedError(ActionableError):
    """No snapshot can be read; the message is a sentence."""


@dataclass(frozen=True)
class InForce:
    """What may be served: the newest whole snapshot that is no newer than the one that `CURRENT` names.

    `damaged`: the numbers of newer ones that are damaged or gone, newest first. `pointer_lost`: `CURRENT` names no
    snapshot.
    """

    snapshot: Path | None
    damaged: tuple[int, ...] = ()
    pointer_lost: bool = False


def publish(home: Path, finished: Path) -> Path:
    """Move a finished database file to its number and point `CURRENT` at it in one step. Returns its new path."""
    folder = home / SNAPSHOTS
    folder.mkdir(mode=0o700, exist_ok=True)
    snapshot = folder / f"{max(map(number, there(home)), default=0) + 1:06d}.duckdb"
    seal(finished, of=snapshot)
    to_disk(finished)
    finished.chmod(0o400)
    finished.replace(snapshot)
    _point_at(home, snapshot)
    for path in there(home)[:-HOW_MANY]:
        path.unlink()
        digest_file(path).unlink(missing_ok=True)
    return snapshot


def seal(path: Path, *, of: Path | None = None) -> None:
    """Write the digest of a file's bytes beside the snapshot that it is or will become (`of`)."""
    write_whole(digest_file(of or path), f"{digest(path)}\n")


def in_force(home: Path) -> InForce:
    """The snapshot to serve. Every file's bytes are read once, and again when the file has changed."""
    if not (home / POINTER).exists() and not there(home):
        return InForce(None)
    named = current(home)
    top = number(named) if named is not None else None
    candidates = {number(path): path for path in there(home) if top is None or number(path) <= top}
    damaged = [top] if top is not None and top not in candidates else []
    # A first run that is killed at its last step leaves its snapshot and no pointer: nothing was lost.
    lost = top is None and ((home / POINTER).exists() or list(candidates) != [1])
    for n, path in sorted(candidates.items(), reverse=True):
        if is_whole(path):
            return InForce(path, tuple(damaged), pointer_lost=lost)
        damaged.append(n)
    return InForce(None, tuple(damaged), pointer_lost=lost)


def readable(home: Path) -> Path:
    """The snapshot in force. Raises NothingPublishedError."""
    served = in_force(home)
    if served.snapshot is not None:
        return served.snapshot
    if served.damaged:
        raise NothingPublishedError(f"No snapshot in {home} is whole. Run again: `meshwork run` publishes a new one.")
    raise NothingPublishedError(f"There is no snapshot in {home} yet: `meshwork run` publishes the first.")


def current(home: Path) -> Path | None:
    """The snapshot that `CURRENT` names, whether or not it is whole; None if it names none."""
    try:
        name = (home / POINTER).read_text("utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    path = home / SNAPSHOTS / Path(name).name
    return path if path.match(_NAME) and path.relative_to(home).as_posix() == name else None


def roll_back(home: Path) -> Path:
    """Point `CURRENT` at the last whole snapshot before the one in force. Raises NothingToRollBackError."""
    now = current(home)
    for path in reversed(there(home)):
        if (now is None or number(path) < number(now)) and is_whole(path):
            _point_at(home, path)
            return path
    raise NothingToRollBackError("There is no earlier snapshot to go back to.")


def is_whole(snapshot: Path) -> bool:
    """Whether a snapshot's bytes are those that were published. One made before digests were kept counts as whole."""
    try:
        about = snapshot.stat()
        expected = digest_file(snapshot).read_text("ascii").strip()
    except FileNotFoundError:
        return snapshot.exists()
    except (OSError, UnicodeDecodeError):
        return False
    try:
        stamp = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        return _digest_as_of(snapshot, stamp) == expected
    except OSError:
        return False


def there(home: Path) -> list[Path]:
    """The snapshots of a home, oldest first."""
    return sorted((home / SNAPSHOTS).glob(_NAME))


def number(snapshot: Path) -> int:
    """The number of a snapshot."""
    return int(snapshot.stem)


def digest_file(snapshot: Path) -> Path:
    """The file that holds a snapshot's digest, beside it."""
    return snapshot.with_suffix(".sha256")


@lru_cache(maxsize=64)
def _digest_as_of(path: Path, stamp: tuple[int, ...]) -> str:
    """A file's digest, as long as it is the same file with the same times and size."""
    return digest(path)


def digest(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _point_at(home: Path, snapshot: Path) -> None:
    to_disk(snapshot.parent)
    write_whole(home / POINTER, f"{snapshot.relative_to(home).as_posix()}\n")
    to_disk(home)


def to_disk(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk: a pointer must never outlive what it names."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder, and writes names through by itself
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
