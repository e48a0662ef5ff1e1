"""The audit: who saw which client, who took what out, when, under which role and for what reason.

It is kept beside the journal in HOME/audit.jsonl, one entry per line, and entries are only ever added. Each entry holds
the digest of the one before it, by a key (HMAC-SHA-256), and HOME/audit.head names the last one, so an entry that was
changed, removed, inserted or cut off is detected, even if others were added after it. It identifies a client by the
pseudonym only.

The key is HOME/audit.key, or the file that MESHWORK_AUDIT_KEY_FILE names. Anyone who can read the key and write the
audit can forge a chain. A key kept out of their reach prevents that, and a head written down elsewhere reveals it.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipelines.errors import ActionableError
from pipelines.owner_only import write_whole

FILE, HEAD, KEY, LOCK = "audit.jsonl", "audit.head", "audit.key", "audit.lock"
KEY_VARIABLE = "MESHWORK_AUDIT_KEY_FILE"
START = "0" * 64  # what the first entry holds in place of the digest of one before it
LOST = "f" * 64  # what an entry holds if the head was missing or invalid when it was written
WAITS = 10  # seconds for another writer
TAIL = 1 << 16  # bytes at the end of the file, in which the last entry is looked for

# What is read of an entry, and as what.
READ = {"n": int, "what": str, "client_id": str | None, "before": str, "digest": str}

# What is noted.
ACTS = {
    "sign_in": "signed in",
    "sign_out": "was signed out",
    "refused": "was refused",
    "view_client": "saw a client",
    "view_caseload": "saw a caseload",
    "break_glass": "opened a client's page for a reason",
    "export": "took something out",
    "forget": "had a client forgotten",
}


class AuditError(ActionableError):
    """An entry that could not be written, or an audit that cannot be read; the message is a sentence without values."""


@dataclass(frozen=True)
class Act:
    """What somebody did. `about`: what it was, such as a report's month; `reason`: why, if one had to be given."""

    who: str
    role: str
    what: str
    client_id: str | None = None
    about: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether an audit is whole: it is if there are no problems.

    `head`: the last entry's number and digest, to be kept elsewhere. `remarks`: lines cut off while they were written,
    by a full disk or a loss of power, with the chain whole around them.
    """

    entries: int
    head: str
    problems: list[str]
    remarks: list[str] = field(default_factory=list)


def note(home: Path, act: Act) -> None:
    """Add an entry; on return it is on the disk. Raises AuditError; what was to be noted must then not happen."""
    if act.what not in ACTS:
        raise ValueError(f"{act.what} is not an act that the audit notes")
    try:
        with _locked(home):
            if _not_begun(home):
                _begin(home)
            key = _key(home)
            path = home / FILE
            number, before, torn = _last(path)
            kept = _head(home, key)
            if kept is None:
                before = LOST
            elif _parts(kept)[0] >= number:  # else a kill came between an entry and the note of it
                number, before = _parts(kept)  # where the end was cut off, the chain goes on from what is gone
            entry = {"n": number + 1, "at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(act)}
            entry["before"] = before
            line = json.dumps(entry | {"digest": _digest(key, entry)}, ensure_ascii=False)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                _write(handle, ("\n" * torn + line + "\n").encode())
            finally:
                os.close(handle)
            _set_head(home, key, number + 1, _digest(key, entry))
    except (OSError, TimeoutError):
        raise AuditError("The audit cannot be written just now, and nothing is shown that is not noted.") from None


def clients(home: Path, what: str) -> list[str]:
    """The clients of all entries of a kind, in order. Raises AuditError."""
    if not (home / FILE).exists():
        return []
    try:
        with (home / FILE).open("rb") as lines:
            entries = [entry for entry in map(_entry, lines) if entry is not None and entry["what"] == what]
    except OSError as error:
        raise AuditError(f"The audit cannot be read ({error.strerror or error.__class__.__name__}).") from None
    return list(dict.fromkeys(entry["client_id"] for entry in entries))


def verify(home: Path, head: str | None = None) -> Verdict:
    """Read the whole audit. `head`: one that `verify` printed before, to be still in it. Raises AuditError."""
    if head is not None and not re.fullmatch("[0-9]+:[0-9a-f]{64}", head):
        raise AuditError("That is not the head of an audit: `meshwork audit verify` prints one, a number and a digest.")
    path = home / FILE
    if not path.exists():
        gone = head is not None or not _not_begun(home)
        return Verdict(0, "", ["The audit is gone: it was begun, but there is no entry."] if gone else [])
    try:
        with _locked(home):
            return _verified(home, _key(home), head)
    except OSError as error:
        raise AuditError(f"The audit cannot be read ({error.strerror or error.__class__.__name__}).") from None


def _verified(home: Path, key: bytes, wanted: str | None) -> Verdict:
    problems: list[str] = []
    remarks: list[str] = []
    number, before = 0, START
    heads = {f"0:{START}"}
    with (home / FILE).open("rb") as lines:
        for place, line in enumerate(lines, 1):
            entry = _entry(line)
            if entry is None and _is_cut_off(line):
                remarks.append(f"Line {place} was cut off while it was written.")
                continue
            if entry is None:
                problems.append(f"Line {place} was changed: it is no entry.")
                continue
            digest = entry.pop("digest")
            if not hmac.compare_digest(str(digest), _digest(key, entry)):
                problems.append(f"Line {place} was changed, or was written with another key.")
            elif entry["before"] == LOST:
                problems.append(
                    f"Before line {place}, the note of the last entry, or entries, were removed or changed."
                )
            elif entry["before"] != before or entry["n"] != number + 1:
                problems.append(f"Before line {place} an entry is missing or out of place.")
            number, before = entry["n"], str(digest)
            heads.add(f"{number}:{before}")
    kept = _head(home, key)
    if kept is None:
        problems.append("The note of the last entry is gone or was changed, so a cut-off end would not show.")
    elif kept not in heads:
        problems.append("The end of the audit was cut off: the last entry that was noted is not in it.")
    if wanted is not None and wanted not in heads:
        problems.append("The head that was kept elsewhere is not in this audit.")
    return Verdict(number, f"{number}:{before}", problems, remarks)


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    # A lock of its own each time: threads of one process wait for each other too.
    with FileLock(home / LOCK, timeout=WAITS, mode=0o600, thread_local=False):
        yield


def _last(path: Path, tail: int = TAIL) -> tuple[int, str, bool]:
    """The last whole entry's number and digest, and whether a line after it was cut off while it was written."""
    if not path.exists():
        return 0, START, False
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - tail))
        end = file.read()
    torn = bool(end) and not end.endswith(b"\n")
    for line in reversed(end.splitlines()):
        entry = _entry(line)
        if entry is not None:
            return int(entry["n"]), str(entry["digest"]), torn
    return _last(path, 8 * tail) if size > tail else (0, START, torn)


def _entry(line: bytes) -> dict[str, Any] | None:
    """The entry that a line holds; None if it holds none, or lacks anything that is read of an entry."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_one = isinstance(entry, dict) and all(isinstance(entry.get(name, ...), kind) for name, kind in READ.items())
    return entry if is_one else None


def _is_cut_off(line: bytes) -> bool:
    """Whether a line is no JSON, as the beginning of an entry is none."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return False


def _digest(key: bytes, entry: dict[str, Any]) -> str:
    return _mac(key, json.dumps(entry, ensure_ascii=False, sort_keys=True))


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _set_head(home: Path, key: bytes, number: int, digest: str) -> None:
    head = f"{number}:{digest}"
    write_whole(home / HEAD, f"{head} {_mac(key, f'head {head}')}\n")


def _head(home: Path, key: bytes) -> str | None:
    """The last entry that was noted; None if the head is missing or invalid."""
    try:
        head, _, mac = (home / HEAD).read_text("utf-8").strip().partition(" ")
    except (OSError, UnicodeDecodeError):
        return None
    return head if hmac.compare_digest(mac, _mac(key, f"head {head}")) else None


def _parts(head: str) -> tuple[int, str]:
    number, _, digest = head.partition(":")
    return int(number), digest


def _not_begun(home: Path) -> bool:
    """Whether there is no trace of an entry. An interrupted beginning does not count."""
    if (home / FILE).exists():
        return False
    if not (home / HEAD).exists():
        return not (home / KEY).exists()  # the head comes first, so a key without one was left by a deletion
    try:
        return _head(home, _key(home)) == f"0:{START}"
    except AuditError:
        return (home / HEAD).read_text("utf-8", "replace").startswith(f"0:{START} ")


def _begin(home: Path) -> None:
    """Note that there is no entry yet, and make the home's key if there is none; nothing is lost if it breaks off."""
    if _key_file(home) == home / KEY and not (home / KEY).exists():
        key = secrets.token_hex(32)
        _set_head(home, key.encode(), 0, START)
        write_whole(home / KEY, f"{key}\n")
    else:
        _set_head(home, _key(home), 0, START)


def _key_file(home: Path) -> Path:
    elsewhere = os.environ.get(KEY_VARIABLE)
    return Path(elsewhere) if elsewhere else home / KEY


def _key(home: Path) -> bytes:
    """The key. Raises AuditError if it is gone or too short."""
    try:
        key = _key_file(home).read_bytes().strip()
    except OSError:
        raise AuditError("The key of the audit cannot be read, so entries can be neither added nor verified.") from None
    if len(key) < 32:
        raise AuditError("The key of the audit is too short: it must have 32 characters or more.")
    return key


def _write(handle: int, line: bytes) -> None:
    while line:
        line = line[os.write(handle, line) :]
    os.fsync(handle)
