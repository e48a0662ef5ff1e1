"""The outreach journal: what therapists did about a client, kept beside the snapshots and never changed by a run.

SQLite in HOME/journal.db, or PostgreSQL if the settings name one. Entries are only ever added: a correction is a new
entry that names the one it corrects, and the database itself refuses to change or delete one.
"""

from __future__ import annotations

import os
import re
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from pipelines import arrays
from pipelines.contract import PSEUDONYM
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.home import JOURNAL
from pipelines.ingest import identifiers
from pipelines.model import given, models
from pipelines.settings import Settings
from pipelines.wording.worklist import OUTCOMES, REASONS

WAITS = 5  # seconds for another writer
LAYOUT = 2  # of the tables; a file of another layout gains what it lacks when it is opened

# The outcome that takes an entry back. Nobody chooses it: `Journal.withdraw` writes it.
WITHDRAWN = "withdrawn"
# A client is put off until the day of `follow_up_on`. This is not a contact, so the models do not see it.
SNOOZED = "snoozed"
# Why a client is put off, where there is a reason.
SNOOZE_REASONS = {"session": "Session on that day"}
_WHAT_WAS_DONE = f"Say what was done: {', '.join(OUTCOMES)}."


def _kept_as(kind: Any, *, nullable: bool = True, index: bool = False) -> dict[str, Any]:
    """How the journal's database keeps a field."""
    return {"type_": kind, "nullable": nullable, "index": index}


@dataclass(frozen=True)
class Contact:
    """What was done about a client, by whom, and about which flag if any. See OUTCOMES and REASONS.

    `corrects`: the entry that this one replaces. `note` is for clinics that switched notes on.
    """

    client_id: str = field(metadata=_kept_as(sa.String(64), nullable=False, index=True))
    flag_week: date | None = field(metadata=_kept_as(sa.Date))
    outcome: str = field(metadata=_kept_as(sa.String(32), nullable=False))
    reason: str | None = field(metadata=_kept_as(sa.String(32)))
    follow_up_on: date | None = field(metadata=_kept_as(sa.Date))
    remind: bool = field(metadata=_kept_as(sa.Boolean, nullable=False))
    note: str | None = field(metadata=_kept_as(sa.Text))
    who: str = field(metadata=_kept_as(sa.String(64), nullable=False))
    corrects: str | None = field(default=None, metadata=_kept_as(sa.String(36), index=True))


_TABLES = sa.MetaData()
_ENTRY = sa.Table(
    "entry",
    _TABLES,
    sa.Column("entry_id", sa.String(36), primary_key=True),
    sa.Column("written_at", sa.DateTime, nullable=False),
    *(sa.Column(each.name, **each.metadata) for each in fields(Contact)),
)
COLUMNS = tuple(_ENTRY.columns)
_VISIT = sa.Table(
    "visit",
    _TABLES,
    sa.Column("who", sa.String(64), nullable=False, index=True),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("snapshot", sa.Integer, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
)
_ANNOTATION = sa.Table(
    "annotation",
    _TABLES,
    sa.Column("annotation_id", sa.String(36), primary_key=True),
    sa.Column("written_at", sa.DateTime, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("text", sa.String(80), nullable=False),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("removes", sa.String(36)),
)
# Entries and annotations cannot be changed or deleted, whoever asks.
_ONLY_ADDED = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS {table}_{what.lower()} BEFORE {what} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'entries of the journal are only ever added'); END"
        for table in ("entry", "annotation")
        for what in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION entry_is_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'entries of the journal are only ever added'; END $$",
        *(
            f"CREATE OR REPLACE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION entry_is_only_added()"
            for table in ("entry", "annotation")
        ),
    ],
}
# Except by `Journal.forget`, which puts the rule back in the same transaction.
_MAY_DELETE = {
    "sqlite": ["DROP TRIGGER IF EXISTS entry_update", "DROP TRIGGER IF EXISTS entry_delete"],
    "postgresql": ["DROP TRIGGER IF EXISTS entry_only_added ON entry"],
}


class ContactError(ActionableError):
    """A contact that cannot be recorded as given; the message is a sentence for the therapist."""


class JournalUnavailableError(ActionableError):
    """The journal could not be read or written; the message is a sentence, without address or values."""


@dataclass(frozen=True)
class Entry:
    """A contact as the journal keeps it. `written_at`: UTC. `corrected`: a later entry replaces it or takes it back."""

    entry_id: str
    written_at: datetime
    contact: Contact
    corrected: bool


@dataclass(frozen=True)
class Annotation:
    """Something that happened at the clinic on a day, to be read beside the charts: `New evening group`."""

    annotation_id: str
    happened_on: date
    text: str
    who: str


@dataclass(frozen=True)
class Visit:
    """When someone last looked at a caseload, and at which data."""

    seen_at: datetime
    snapshot: int
    as_of: date


class Journal:
    """A clinic's journal. Safe to use from several threads and processes at once."""

    def __init__(self, url: sa.URL, *, notes: bool = False) -> None:
        self.notes = notes
        self._laid_out = False
        self._is_file = url.get_backend_name() == "sqlite"
        # A file is opened again for each transaction: a connection that was kept open would go on writing into a file
        # that has since been deleted or replaced by a backup, where no other process would read it.
        pool: dict[str, Any] = {"poolclass": sa.NullPool} if self._is_file else {"pool_pre_ping": True}
        self._engine = sa.create_engine(url, hide_parameters=True, connect_args=_patience(url), **pool)
        if self._is_file:
            sa.event.listen(self._engine, "connect", _prepare_sqlite)

    @classmethod
    def of(cls, home: Path, settings: Settings) -> Journal:
        """The journal that the settings name, else the one in the home. Raises JournalUnavailableError."""
        if not settings.journal_url:
            return cls(sa.URL.create("sqlite", database=str(home / JOURNAL)), notes=settings.journal_notes)
        try:
            url = sa.make_url(settings.journal_url)
        except SQLAlchemyError:
            raise JournalUnavailableError("journal_url in settings.toml is not an address of a database.") from None
        if url.get_backend_name() != "postgresql":
            raise JournalUnavailableError("journal_url in settings.toml must be that of a PostgreSQL database.")
        if find_spec("psycopg") is None:
            raise JournalUnavailableError(
                "A journal in PostgreSQL needs the package psycopg, which is not installed: "
                'pip install "psycopg[binary]" brings it.'
            )
        return cls(url.set(drivername="postgresql+psycopg"), notes=settings.journal_notes)

    def write(self, contact: Contact) -> Entry:
        """Add a contact. Raises ContactError; or JournalUnavailableError, and then nothing was written."""
        self._check(contact)
        return self._add(contact)

    def withdraw(self, entry: Entry, who: str) -> Entry:
        """Withdraw an entry by adding another. Raises JournalUnavailableError."""
        taken_back = Contact(
            client_id=entry.contact.client_id,
            flag_week=entry.contact.flag_week,
            outcome=WITHDRAWN,
            reason=None,
            follow_up_on=None,
            remind=False,
            note=None,
            who=who,
            corrects=entry.entry_id,
        )
        return self._add(taken_back)

    def entries(self, client_ids: Sequence[str] | None = None) -> list[Entry]:
        """What was done about these clients, or about all, newest first; of entries taken back, `corrected` is true.

        Raises JournalUnavailableError.
        """
        return [entry for entry in self.everything(client_ids) if entry.contact.outcome != WITHDRAWN]

    def latest(self, client_ids: Sequence[str] | None = None) -> list[Entry]:
        """Of each of these clients, or of all, the newest contact in force and the newest snooze, newest first.

        Raises JournalUnavailableError.
        """
        later = _ENTRY.alias("later")
        kind = (_ENTRY.c.client_id, _ENTRY.c.outcome == SNOOZED)
        newest_first = (_ENTRY.c.written_at.desc(), _ENTRY.c.entry_id)
        in_force = (
            sa.select(_ENTRY, sa.func.row_number().over(partition_by=kind, order_by=newest_first).label("place"))
            .where(_about(client_ids), _ENTRY.c.outcome != WITHDRAWN)
            .where(~sa.exists().where(later.c.corrects == _ENTRY.c.entry_id))
            .subquery()
        )
        newest = sa.select(*(in_force.c[column.name] for column in COLUMNS)).where(in_force.c.place == 1)
        with self._open() as connection:
            rows = connection.execute(newest.order_by(in_force.c.written_at.desc(), in_force.c.entry_id)).mappings()
            return [
                Entry(values.pop("entry_id"), values.pop("written_at"), Contact(**values), corrected=False)
                for values in map(dict, rows)
            ]

    def everything(self, client_ids: Sequence[str] | None = None) -> list[Entry]:
        """Every entry, newest first, those that take one back among them. Raises JournalUnavailableError."""
        query = sa.select(_ENTRY).where(_about(client_ids)).order_by(_ENTRY.c.written_at.desc(), _ENTRY.c.entry_id)
        with self._open() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        corrected = {row["corrects"] for row in rows}
        return [
            Entry(row.pop("entry_id"), row.pop("written_at"), Contact(**row), row_id in corrected)
            for row in rows
            for row_id in [row["entry_id"]]
        ]

    def take_in(self, entries: Sequence[Entry]) -> int:
        """Add entries of another journal unchanged, each once, except those already here. Returns how many were added.

        Raises JournalUnavailableError, and then none was.
        """
        with self._open() as connection:
            known = set(connection.scalars(sa.select(_ENTRY.c.entry_id)))
            new = {entry.entry_id: row_of(entry) for entry in entries if entry.entry_id not in known}
            if new:
                connection.execute(sa.insert(_ENTRY), list(new.values()))
        return len(new)

    def forget(self, client_id: str) -> int:
        """Delete every entry about a client, so that nothing of them is left in the file. Returns how many there were.

        Nothing else ever removes an entry. Raises JournalUnavailableError; it may then be called again.
        """
        with self._open() as connection:
            if self._is_file:
                connection.execute(sa.text("PRAGMA secure_delete = ON"))
            for statement in _MAY_DELETE[connection.dialect.name]:
                connection.execute(sa.text(statement))
            gone = connection.execute(sa.delete(_ENTRY).where(_ENTRY.c.client_id == client_id)).rowcount
            for statement in _ONLY_ADDED[connection.dialect.name]:
                connection.execute(sa.text(statement))
        self._compact()
        return gone

    def _compact(self) -> None:
        """Rewrite the journal without the space that deleted entries took, and without what is in its log."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if not self._is_file:
                    connection.execute(sa.text("VACUUM FULL entry"))
                    return
                connection.execute(sa.text("VACUUM"))
                busy = connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar()
        except SQLAlchemyError as error:
            raise JournalUnavailableError(_why_not(error)) from None
        if busy:
            raise JournalUnavailableError("The journal is in use by someone else. Try again in a moment.")

    def annotations(self) -> list[Annotation]:
        """The annotations that nobody has removed, by their day. Raises JournalUnavailableError."""
        with self._open() as connection:
            rows = connection.execute(sa.select(_ANNOTATION).order_by(_ANNOTATION.c.happened_on)).mappings().all()
        removed = {row["removes"] for row in rows}
        return [
            Annotation(row["annotation_id"], row["happened_on"], row["text"], row["who"])
            for row in rows
            if row["removes"] is None and row["annotation_id"] not in removed
        ]

    def annotate(self, happened_on: date, text: str, who: str) -> None:
        """Add an annotation. Raises ContactError; or JournalUnavailableError, and then nothing was written."""
        text = " ".join(text.split())
        if not 1 <= len(text) <= 80:
            raise ContactError("Write what happened, in at most 80 characters.")
        if looks_identifying(text):
            raise ContactError("The text may say who a client is. Leave out names, numbers, addresses and dates.")
        self._add_annotation(happened_on, text, who, None)

    def remove_annotation(self, annotation: Annotation, who: str) -> None:
        """Withdraw an annotation by adding a row. Raises JournalUnavailableError."""
        self._add_annotation(annotation.happened_on, annotation.text, who, annotation.annotation_id)

    def _add_annotation(self, happened_on: date, text: str, who: str, removes: str | None) -> None:
        row = {
            "annotation_id": str(uuid.uuid4()),
            "written_at": _now(),
            "happened_on": happened_on,
            "text": text,
            "who": who,
            "removes": removes,
        }
        with self._open() as connection:
            connection.execute(sa.insert(_ANNOTATION).values(row))

    def last_visit(self, who: str, before: date) -> Visit | None:
        """The last visit to data that went to an earlier day; None without one. Raises JournalUnavailableError."""
        earlier = sa.select(_VISIT).where(_VISIT.c.who == who, _VISIT.c.as_of < before)
        query = earlier.order_by(_VISIT.c.seen_at.desc()).limit(1)
        with self._open() as connection:
            row = connection.execute(query).mappings().first()
        return Visit(row["seen_at"], row["snapshot"], row["as_of"]) if row else None

    def visited(self, who: str, snapshot: int, as_of: date) -> None:
        """Note that someone looked at a caseload now. Raises JournalUnavailableError."""
        with self._open() as connection:
            connection.execute(sa.insert(_VISIT).values(who=who, seen_at=_now(), snapshot=snapshot, as_of=as_of))

    def _add(self, contact: Contact) -> Entry:
        entry = Entry(str(uuid.uuid4()), _now(), contact, corrected=False)
        with self._open() as connection:
            connection.execute(sa.insert(_ENTRY).values(row_of(entry)))
        if self._is_file:
            self._require(entry)
        return entry

    def _require(self, entry: Entry) -> None:
        """Raise JournalUnavailableError if a new reader does not find an entry that was just written."""
        with self._open() as connection:
            found = connection.scalar(sa.select(_ENTRY.c.entry_id).where(_ENTRY.c.entry_id == entry.entry_id))
        if found is None:
            raise JournalUnavailableError(
                "The journal's file was replaced while this was written, so it was not noted. Note it again."
            )

    def _check(self, contact: Contact) -> None:
        if contact.outcome == WITHDRAWN:
            raise ContactError(_WHAT_WAS_DONE)
        problem = problem_of(contact)
        if problem:
            raise ContactError(problem)
        if contact.follow_up_on is not None and contact.follow_up_on < date.today():
            raise ContactError("A follow-up lies ahead: give today or a later day.")
        if contact.note is not None and not self.notes:
            raise ContactError("Notes are switched off (settings.toml: journal_notes).")
        if contact.note is not None and looks_identifying(contact.note):
            raise ContactError("The note may identify the client. Leave out names, numbers, addresses and dates.")

    @contextmanager
    def _open(self) -> Iterator[sa.Connection]:
        """A transaction in a journal that has its tables. What fails fails as a whole, with a sentence."""
        try:
            with self._engine.begin() as connection:
                if not self._is_laid_out(connection):
                    _lay_out(connection)
                yield connection
            self._laid_out = True
        except SQLAlchemyError as error:
            raise JournalUnavailableError(_why_not(error)) from None

    def _is_laid_out(self, connection: sa.Connection) -> bool:
        """Whether the tables are known to exist. A file is asked each time, because another may have replaced it."""
        if not self._is_file:
            return self._laid_out
        return bool(connection.scalar(sa.text("PRAGMA user_version")) == LAYOUT)


def _about(client_ids: Sequence[str] | None) -> sa.ColumnElement[bool]:
    """The condition that an entry is about one of these clients, or about any."""
    return sa.true() if client_ids is None else _ENTRY.c.client_id.in_(client_ids)


def _why_not(error: SQLAlchemyError) -> str:
    """Why the journal could not be used, in a sentence without address or values."""
    if isinstance(error.__cause__, _NoSharedMemoryError):
        return (
            "The journal cannot be kept in this folder: its file system, probably a network folder, does not let "
            "several programs share a file. Keep the home folder on a local disk, or name a PostgreSQL database as "
            "journal_url in settings.toml."
        )
    if "locked" in str(error):
        return "The journal is being written by someone else. Nothing was lost: try again in a moment."
    if "malformed" in str(error) or "not a database" in str(error):
        return (
            "The journal's file journal.db is damaged. Put the last backup in its place: `meshwork restore`, or copy "
            "the file. Nothing was written."
        )
    return "The journal cannot be reached just now. Nothing was written, and nothing was lost: try again."


def problem_of(contact: Contact) -> str | None:
    """What an entry of any journal lacks, in a sentence; None if it is whole."""
    if not re.fullmatch(PSEUDONYM, contact.client_id):
        return "The client is not named by a pseudonym."
    if not contact.who.strip() or len(contact.who) > 64:
        return "Say who made the contact."
    if contact.flag_week and contact.flag_week.weekday() != 0:
        return "The week of a flag is named by its Monday."
    if contact.outcome == WITHDRAWN:
        return None if contact.corrects and contact.reason is None else "Say which entry is withdrawn, and no more."
    if contact.outcome == SNOOZED:
        return _problem_of_snooze(contact)
    if contact.outcome not in OUTCOMES:
        return _WHAT_WAS_DONE
    if contact.outcome == "no_contact_needed" and contact.reason not in REASONS:
        return f"Say why no contact is needed: {', '.join(REASONS)}."
    if contact.outcome != "no_contact_needed" and contact.reason is not None:
        return "A reason is given only where no contact is needed."
    if contact.remind and contact.follow_up_on is None:
        return "Choose a follow-up date."
    return None


def _problem_of_snooze(contact: Contact) -> str | None:
    if contact.follow_up_on is None:
        return "Choose the day until which the client is snoozed."
    if contact.reason is not None and contact.reason not in SNOOZE_REASONS:
        return f"A client is snoozed for no reason or for one of these: {', '.join(SNOOZE_REASONS)}."
    return None


def looks_identifying(note: str) -> bool:
    """Whether the gate that guards the exports would refuse a note."""
    with Engine() as engine:
        engine.load("note", pa.table({"text": arrays.column([note]), "line": arrays.column([1])}))
        return bool(identifiers.in_values(engine, "note", ["note"], ["text"]))


def read(journal: Journal) -> pa.Table:
    """The contacts in force, with the columns of `outreach` that the models read. Raises JournalUnavailableError."""
    in_force = [entry for entry in journal.entries() if not entry.corrected and entry.contact.outcome != SNOOZED]
    rows = [{**row_of(entry), "written_on": day_of(entry.written_at)} for entry in in_force]
    columns = models()["outreach"].schema.names
    return given("outreach", [{column: row[column] for column in columns} for row in rows])


def day_of(moment: datetime) -> date:
    """The day of a moment of the journal (UTC), by the clock of the clinic."""
    return moment.replace(tzinfo=UTC).astimezone().date()


def row_of(entry: Entry) -> dict[str, Any]:
    """An entry as a row of the journal's table, by COLUMNS."""
    return {"entry_id": entry.entry_id, "written_at": entry.written_at, **asdict(entry.contact)}


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _patience(url: sa.URL) -> dict[str, Any]:
    return {"timeout": WAITS} if url.get_backend_name() == "sqlite" else {"connect_timeout": WAITS}


class _NoSharedMemoryError(sqlite3.OperationalError):
    """The file system of the journal does not support the write-ahead log."""


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Allow readers beside a writer, and count a write as done only once it is on the disk."""
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise _NoSharedMemoryError
    connection.execute("PRAGMA synchronous = FULL")
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    os.chmod(path, 0o600)


def _lay_out(connection: sa.Connection) -> None:
    """Create what is missing; two processes may do so at once."""
    backend = connection.dialect.name
    if backend == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('outreach journal'))"))
    for table in _TABLES.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
    for statement in _ONLY_ADDED[backend]:
        connection.execute(sa.text(statement))
    if backend == "sqlite":
        connection.execute(sa.text(f"PRAGMA user_version = {LAYOUT}"))
