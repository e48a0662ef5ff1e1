"""Files that only their owner can read: everything that Meshwork writes holds clients' records or leads to them."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

UMASK = 0o077
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def new_text(path: Path) -> TextIO:
    """A new file that only its owner can read, open for writing. Raises FileExistsError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file that only its owner can read, open for writing. Once written, it replaces the file before it, whole or (on
    a full disk) not at all.
    """
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)  # of a process that was killed
    try:
        with new_text(beside) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a small file by `replacing` the one before it."""
    with replacing(path) as file:
        file.write(text)


def secret(path: Path) -> bytes:
    """What a file with a secret holds; it is made on first use, of 64 characters and a line end.

    If two processes make it at once, the first one's counts for both. Raises OSError.
    """
    if not path.exists():
        beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            write_whole(beside, f"{secrets.token_hex(32)}\n")
            with suppress(FileExistsError):  # another process was first
                _name_as(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    return path.read_bytes()


def _name_as(beside: Path, path: Path) -> None:
    """Give a file another name. Raises FileExistsError if there is one of that name, as far as the disk can tell."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a disk such as a memory stick, where a file has one name
        if not path.exists():
            beside.replace(path)


def close_to_others(home: Path) -> int:
    """Take every right of others from a folder and all that is in it. Returns how many files and folders had any.

    This also closes homes that were made before files were private. Links are not followed, and what belongs to
    someone else is left as it is.
    """
    closed = 0
    for folder, _, files in os.walk(home):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            try:
                found = path.lstat()
                if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS:
                    continue
                path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
                closed += 1
            except OSError:
                continue  # gone meanwhile, or another user's
    return closed
