"""The entries of a folder of exports, and how a file is recognised again.

For each file, the system records where it lies on the disk, its size, and the times of its last changes. While these
are the same the file is the same, with one exception: a change within the same tick of the clock as the one before
leaves no trace. So a file that was changed shortly before it was looked at is read again, and so is everything on a
system that does not record the time of a change (ctime), which no program can set back.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 20
TICK = 2_000_000_000  # ns; no file system's clock is coarser

EMPTY_FOLDER = "an empty folder"

Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Look:
    """A file as it was when it was read: `at` is the machine's clock in ns when that began, `stamp` what the system
    then recorded of the file. `digest` and `size` are the SHA-256 and the bytes of its content, decompressed.
    """

    stamp: Stamp
    at: int
    size: int
    digest: str

    @property
    def shows_changes(self) -> bool:
        """Whether any later change of the file must give it another stamp."""
        return os.name != "nt" and max(self.stamp[2:]) < self.at - TICK


def stamp(path: Path) -> Stamp:
    """What the system records of a file: its place on the disk, size in bytes, and times of change in ns. Raises
    OSError.

    A link is followed.
    """
    about = path.stat()
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def holds(path: Path, look: Look) -> bool:
    """Whether a file's content is what it was; the bytes are read. Raises OSError or what a damaged .gz raises."""
    compressed = path.name.lower().endswith(".gz")
    found = hashlib.sha256()
    left = look.size
    with gzip.open(path) if compressed else path.open("rb") as stream:
        while block := stream.read(min(BLOCK, left + 1)):
            left -= len(block)
            if left < 0:  # it has grown; a compressed one perhaps without bounds
                return False
            found.update(block)
    return found.hexdigest() == look.digest


def entries(folder: Path, exports: Collection[str]) -> Iterator[tuple[Path, str]]:
    """Each entry of the folder, and of its folders that are named after an export, with what it is if not a file."""
    for path in sorted(folder.iterdir()):
        if path.name.lower() in exports and path.is_dir():
            try:
                inner = sorted(path.iterdir())
            except OSError as error:
                yield path, f"a folder that cannot be opened ({error.strerror})"
                continue
            if not inner:
                yield path, EMPTY_FOLDER
            for entry in inner:
                yield entry, _no_file(entry)
        else:
            yield path, _no_file(path)


def _no_file(path: Path) -> str:
    """What an entry is if it is not a file; empty if it is one."""
    if path.is_file():
        return ""
    if path.is_dir():
        return "a folder, and only the folders named after an export are looked into, one level deep"
    return "a link that leads nowhere" if path.is_symlink() else "no file that can be read (a pipe or a device)"
