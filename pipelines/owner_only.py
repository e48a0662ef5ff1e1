"""Files that only their owner can read: everything that Meshwork writes holds clients' records or leads to them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
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
