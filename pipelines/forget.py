"""Removes a client from the store, every kept snapshot and the journal, and proves it.

Each step can be repeated, so the same command finishes a removal that was killed. The files are written anew from the
rows that stay: deleted rows would remain in the free space of a database file. The newest snapshot is built anew, so
that none of its figures counts the client. The snapshots before it lose the client's rows; their figures of groups stay
what was published then. Tables that Spark built are removed whole: its next run writes them again.

The audit keeps the pseudonym: who saw whose record must be answerable for six years (45 CFR 164.316(b)(2)).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines import audit, distributed, kept, last_run, settings, snapshots
from pipelines.contract import PSEUDONYM, PSEUDONYM_IN_WORDS, Export, exports
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.home import JOURNAL, LOCK, RUNNING, STORE
from pipelines.ingest import store
from pipelines.journal.store import Journal
from pipelines.refresh import publish_again
from pipelines.run import working_in

# Shorter ones are part of many other texts, so that finding one proves nothing.
SEARCHABLE = 8
# Columns of texts in which somebody may have written a client's id. The others hold codes, places, words of ours.
TEXTS = frozenset({"file", "note", "reason", "task", "topic", "behaviour", "title", "label"})


class ForgetError(ActionableError):
    """A client who cannot be forgotten; the message is a sentence."""


class UnfinishedError(ActionableError):
    """The removal stopped half-way; `__cause__` says why. `files`: as in `Forgotten`."""

    def __init__(self, files: list[str]) -> None:
        super().__init__("Unfinished: the client is not forgotten yet, and some files were written anew.")
        self.files = files


@dataclass(frozen=True)
class Forgotten:
    """What was removed: rows of the store and of the kept snapshots, and entries of the journal.

    `files`: those that delivered the client's rows. `snapshot`: the new one. `brought_back`: it holds what came after
    one to which somebody had gone back. `searched`: how many files of the home the client was looked for in, `left`:
    those in which the client was found, such as a worklist; `bytes_too`: not in their tables only.
    """

    stored: int
    published: int
    noted: int
    files: list[str]
    snapshot: Path | None
    brought_back: bool
    searched: int
    left: list[str]
    bytes_too: bool


def forget(home: Path, client_id: str, who: str, building: Callable[[str], None] = lambda model: None) -> Forgotten:
    """Remove a client from a home. `who`: whom the audit names.

    Raises ForgetError, or what a run raises; UnfinishedError once it has begun. It can then be repeated, also if
    something is left.
    """
    if not re.fullmatch(PSEUDONYM, client_id):
        raise ForgetError(f"A client is named by a pseudonym: {PSEUDONYM_IN_WORDS}.")
    if not (home / STORE).exists():
        raise ForgetError(f"There is nothing in {home} yet.")
    clinic = settings.load(home)
    with working_in(home) as private:
        has_journal = bool(clinic.journal_url) or (home / JOURNAL).exists()
        journal = Journal.of(home, clinic) if has_journal else None
        published = snapshots.there(home)
        databases = (home / STORE, *published)
        if not any(_knows(path, client_id) for path in databases) and not (journal and journal.everything([client_id])):
            raise ForgetError(f"No such client is in {home}.")
        files = _delivering(home / STORE, client_id)
        alone = len(client_id) >= SEARCHABLE and not any(_is_elsewhere(each, client_id) for each in databases)
        # The audit entry comes first, so that an unfinished attempt shows too.
        audit.note(home, audit.Act(who, "operator", "forget", client_id))
        try:
            last_run.keep_runs_only(home)  # it holds the names of files, of which the client's id may be a part
            noted = journal.forget(client_id) if journal else 0
            stored = _out_of_store(home, private, client_id, exports(clinic.fellowships, clinic.instruments), alone)
            distributed.remove(home)
            kept.remove(home)
            rows = sum(_out_of_snapshot(path, private, client_id, alone) for path in published)
            again = publish_again(home, private, building) if published else None
            searched, left = _search(home, client_id, alone)
        except (ActionableError, OSError, KeyboardInterrupt) as error:
            raise UnfinishedError(files) from error
        snapshot, brought_back = (again.snapshot, again.brought_back) if again else (None, False)
        return Forgotten(stored, rows, noted, files, snapshot, brought_back, searched, left, alone)


def _knows(database: Path, client_id: str) -> bool:
    """Whether a store or snapshot holds rows of the client, or the mark of a forgotten client."""
    with Engine() as engine:
        engine.attach(database, "old", read_only=True)
        for table in engine.tables("old"):
            columns = _columns(engine, "old", table)
            found = (
                f"SELECT count(*) FROM old.{table} WHERE client_id = $client"
                if "client_id" in columns
                else f"SELECT count(*) FROM old.{table} WHERE sha256(salt || $client) = digest"
                if "salt" in columns
                else None
            )
            if found and engine.value(found, {"client": client_id}):
                return True
    return False


def _delivering(database: Path, client_id: str) -> list[str]:
    """The files that delivered the client's rows to a store. Raises NewerStoreError."""
    with Engine() as engine:
        engine.attach(database, "old", read_only=True)
        store.require_known_layout(engine, "old.layout")
        named = (table for table in engine.tables("old") if "client_id" in _columns(engine, "old", table))
        delivered = " UNION ".join(f"SELECT file FROM old.{table} WHERE client_id = $client" for table in named)
        return [name for (name,) in engine.rows(f"SELECT file FROM ({delivered}) ORDER BY file", {"client": client_id})]


def _is_elsewhere(database: Path, client_id: str) -> bool:
    """Whether the id is a text of something else in a store or snapshot, so that finding it proves nothing: a part of
    another client's id or of a longer word, a word such as a program's name, a number such as a day.
    """
    parts = re.sub("[-_]", "", client_id)
    is_common = client_id.isalpha() or parts.isdigit()
    longer = f"[\\pL\\pN]{client_id}|{client_id}[\\pL\\pN]"
    with Engine() as engine:
        engine.attach(database, "old", read_only=True)
        for table in engine.tables("old"):
            columns = _columns(engine, "old", table)
            if any(client_id in name for name in (table, *columns)):
                return True
            tests = [
                f"regexp_matches(\"{name}\", '{longer}')"
                if name in TEXTS and not is_common
                else f'contains(CAST("{name}" AS VARCHAR), $client)'
                for name, kind in columns.items()
                if "VARCHAR" in kind
            ]
            others = "client_id IS DISTINCT FROM $client" if "client_id" in columns else "$client <> ''"
            found = f"SELECT count(*) FROM old.{table} WHERE {others} AND ({' OR '.join(tests)})"
            if tests and engine.value(found, {"client": client_id}):
                return True
    return False


def _out_of_store(home: Path, private: Path, client_id: str, declared: Mapping[str, Export], alone: bool) -> int:
    """Write the store anew without the client's rows, with a mark that keeps such rows from being taken in again.

    Returns how many those were. `alone`: whether the id stands for the client wherever it is found.
    """
    new = private / f"new-{STORE}"
    with Engine() as engine:
        engine.attach(home / STORE, "old", read_only=True)
        engine.attach(new, "new")
        removed = _copy_without(engine, client_id, "new", alone)
        engine.detach("new")
        store.open_in(engine, declared, new)
        if removed:
            store.forget(engine, client_id, date.today())
        engine.detach("store")
    _put_in_place(new, home / STORE, 0o600)
    return removed


def _out_of_snapshot(snapshot: Path, private: Path, client_id: str, alone: bool) -> int:
    """Write a snapshot anew, under its own number, without the client's rows. Returns how many those were."""
    new = private / snapshot.name
    with Engine() as engine:
        engine.attach(snapshot, "old", read_only=True)
        engine.attach(new, "new")
        removed = _copy_without(engine, client_id, "new", alone)
        engine.detach("new")
    # In between no digest, rather than that of the other file: each of the two is whole, and one is there.
    snapshots.digest_file(snapshot).unlink(missing_ok=True)
    _put_in_place(new, snapshot, 0o400)
    snapshots.seal(snapshot)
    return removed


def _copy_without(engine: Engine, client_id: str, target: str, alone: bool) -> int:
    """Copy every table of `old`, in the order of its rows, without those of the client. Returns how many those were.

    If the id is searched for, it is also removed from texts, such as the name of a file.
    """
    removed = 0
    for table in engine.tables("old"):
        columns = _columns(engine, "old", table)
        others = [name for name, kind in columns.items() if kind == "VARCHAR" and name in TEXTS]
        texts = ", ".join(f'replace("{name}", $client, \'…\') AS "{name}"' for name in others) if alone else ""
        where = "WHERE client_id IS DISTINCT FROM $client" if "client_id" in columns else ""
        parameters = {"client": client_id} if texts or where else None
        if where:
            removed += engine.value(f"SELECT count(*) FROM old.{table} WHERE client_id = $client", parameters)
        engine.run(
            f"CREATE TABLE {target}.{table} AS SELECT * {f'REPLACE ({texts})' if texts else ''}"
            f" FROM old.{table} {where} ORDER BY rowid",
            parameters,
        )
    return removed


def _columns(engine: Engine, database: str, table: str) -> dict[str, str]:
    query = "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND table_name = ?"
    return dict(engine.rows(query, [database, table]))


def _put_in_place(new: Path, place: Path, mode: int) -> None:
    snapshots.to_disk(new)
    new.chmod(mode)
    new.replace(place)
    snapshots.to_disk(place.parent)


def _search(home: Path, client_id: str, alone: bool) -> tuple[int, list[str]]:
    """Look for the client's rows in every table and, if the id stands for nothing else, for the id in every text and in
    the bytes of every file. Returns how many files were searched, and those in which something is left.
    """
    left = []
    searched = 0
    for path in _files(home):
        searched += 1
        is_database = path.suffix == ".duckdb"
        if (is_database and _holds(path, client_id, alone)) or (alone and _has_bytes(path, client_id.encode())):
            left.append(path.relative_to(home).as_posix())
    return searched, left


def _files(home: Path) -> Iterator[Path]:
    """The files of a home except the audit, which keeps who saw whom, and unfinished work."""
    kept = {audit.FILE, audit.HEAD, audit.KEY, audit.LOCK, LOCK}
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home).parts
        if path.is_file() and not path.is_symlink() and path.name not in kept and inside[0] != RUNNING:
            yield path


def _holds(database: Path, client_id: str, alone: bool) -> bool:
    """Whether a row of a table is the client's, or a text of any column holds the id."""
    with Engine() as engine:
        engine.attach(database, "old", read_only=True)
        for table in engine.tables("old"):
            texts = [name for name, kind in _columns(engine, "old", table).items() if kind == "VARCHAR"]
            tests = [f'contains("{name}", $client)' if alone else f'"{name}" = $client' for name in texts]
            tests = tests if alone else [test for name, test in zip(texts, tests, strict=True) if name == "client_id"]
            found = f"SELECT count(*) FROM old.{table} WHERE {' OR '.join(tests)}"
            if tests and engine.value(found, {"client": client_id}):
                return True
    return False


def _has_bytes(path: Path, wanted: bytes) -> bool:
    with path.open("rb") as file:
        before = b""
        while block := file.read(1 << 20):
            if wanted in before + block:
                return True
            before = block[-len(wanted) :]
    return False
