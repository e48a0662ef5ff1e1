"""A backup of a home: everything in it, whole at one moment, in one file; and the way back.

A backup may be made while the dashboard serves and therapists note contacts. It does not wait for a run: while one
works, the home is locked and the backup fails with a message.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import ActionableError
from pipelines.home import JOURNAL, KEPT, LOCK, RUNNING, TABLES
from pipelines.lock import locked
from pipelines.snapshots import digest

MANIFEST = "MANIFEST.json"
# Files that a run or SQLite leaves in the home while it works, and those that a run makes again.
_PASSING = (RUNNING, KEPT, TABLES, LOCK, f"{JOURNAL}-wal", f"{JOURNAL}-shm")


class BackupError(ActionableError):
    """A backup that cannot be made or restored; the message is a sentence."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds: how many files of the home, and their size in bytes."""

    path: Path
    files: int
    size: int


def write(home: Path, out: Path) -> Backup:
    """Write a home into one file that only its owner may read.

    Raises BackupError, HomeLockedError or OSError; then there is no file.
    """
    if not home.is_dir():
        raise BackupError(f"There is no home folder {home} to back up.")
    if out.resolve().is_relative_to(home.resolve()):
        raise BackupError(
            f"{out} is in the home: a backup there would be part of the next one, and be lost with the home."
        )
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with locked(home), tempfile.TemporaryDirectory(dir=home, prefix=".backup-") as copies:
            contents: dict[str, str] = {}
            size = 0
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w") as archive:
                    for path in _files(home, Path(copies)):
                        name = path.relative_to(home).as_posix()
                        source = _journal_copy(path, Path(copies)) if name == JOURNAL else path
                        with source.open("rb") as content:
                            about = archive.gettarinfo(arcname=name, fileobj=content)
                            about.uid = about.gid = 0
                            about.uname = about.gname = ""
                            # An append-only file may grow meanwhile; the backup holds it as it was a moment before.
                            read = _Digested(content)
                            archive.addfile(about, read)
                        contents[name] = read.hexdigest()
                        size += about.size
                    _add_manifest(archive, contents)
                stream.flush()
                os.fsync(stream.fileno())
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return Backup(out, len(contents), size)


def restore(path: Path, home: Path) -> Backup:
    """Put a backup back as a home, which must be a new or an empty folder. Raises BackupError or OSError.

    Every file is compared with the digest in the backup before the home appears.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupError(f"{home} is not empty. Give a new folder with --home, and look at it before you replace one.")
    home.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}-"))
    try:
        contents, size = _unpack(path, unfinished)
        for inner in unfinished.rglob("*/"):
            inner.chmod(0o700)
        if home.exists():
            home.rmdir()
        unfinished.replace(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Backup(path, contents, size)


def _unpack(path: Path, folder: Path) -> tuple[int, int]:
    try:
        with tarfile.open(path, mode="r:") as archive:
            archive.extractall(folder, filter=_private)
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        (folder / MANIFEST).unlink()
        contents: dict[str, str] = manifest["contents"]
    except (tarfile.TarError, FileNotFoundError, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError):
        raise BackupError(f"{path.name} is not a whole backup of a home. Nothing was restored.") from None
    size = 0
    for name, expected in contents.items():
        found = folder / name
        if not found.is_file() or digest(found) != expected:
            raise BackupError(f"{name} in the backup {path.name} is damaged. Nothing was restored.")
        size += found.stat().st_size
    return len(contents), size


def _private(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """A member as it may be unpacked: inside the folder, a plain file, and for its owner only."""
    checked = tarfile.data_filter(member, folder)
    return checked.replace(mode=(checked.mode or 0o600) & 0o700, deep=False)


def _files(home: Path, copies: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        here = Path(folder)
        folders[:] = sorted(each for each in folders if here / each != copies and each not in _PASSING)
        for name in sorted(names):
            path = here / name
            if path.is_file() and not path.is_symlink() and path.relative_to(home).as_posix() not in _PASSING:
                yield path


def _journal_copy(path: Path, copies: Path) -> Path:
    """The journal as its last finished transaction left it, whoever is writing."""
    copy = copies / path.name
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError:
        raise BackupError(f"{path.name} is damaged, so no backup was made: `meshwork doctor` says more.") from None
    return copy


class _Digested:
    """A stream whose digest is computed as it is read."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._digest.update(block)
        return block

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _add_manifest(archive: tarfile.TarFile, contents: dict[str, str]) -> None:
    about = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "contents": contents,
    }
    text = json.dumps(about, indent=1).encode()
    member = tarfile.TarInfo(MANIFEST)
    member.size, member.mode = len(text), 0o600
    archive.addfile(member, io.BytesIO(text))
