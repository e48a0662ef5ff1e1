"""Taking in a folder of exports: every file read, checked, accounted for and stored."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine, EngineError
from pipelines.errors import ActionableError
from pipelines.ingest import identifiers, name_keys, replaced, store
from pipelines.ingest.check import AFTER_AS_OF, Judged, Rows, check, judge
from pipelines.ingest.checked_by import CheckedBy
from pipelines.ingest.columns import normal, positions
from pipelines.ingest.dictionary import Dictionary, reject_asked
from pipelines.ingest.directories import came_last, lists_before, order_of
from pipelines.ingest.entries import EMPTY_FOLDER, entries, holds
from pipelines.ingest.intake import READ, REFUSED, FileCount, Intake, NotRead
from pipelines.ingest.layout import OWN, Layout, Profile
from pipelines.ingest.read import (
    SUFFIXES,
    Content,
    Reading,
    UnreadableError,
    UnreadNowError,
    read,
    require_unchanged,
    scan,
)
from pipelines.ingest.read.meeting_guide import source_of
from pipelines.ingest.stage import require_columns, stage
from pipelines.ingest.texts import TEXTS, Held

# The two exports that say up to when the clinic's data go are taken first.
REQUIRED_FIRST = ("attendance", "checkins")

# The version of the checks. Raise it in a release that accepts other rows or words its reasons differently; every file
# is then read again.
RULES = 2

# Files are held together up to this many bytes.
TOGETHER = 16 << 20


class MissingExportError(ActionableError):
    """The folder lacks what a run needs; the message names it."""


@dataclass(frozen=True)
class Arrival:
    """A file that has arrived: its name within the folder, and the export as which it is read. `no_file`: what it is,
    if it is not a file that can be opened. `masked`: the number that replaces a part of its name that may be
    somebody's; 0 for none. `name_key`: what stands for such a name in the ledger of files; else None.
    """

    path: Path
    name: str
    export: Export
    layout: Layout = OWN
    no_file: str = ""
    masked: int = 0
    name_key: str | None = None
    beside: Sequence[Layout] | None = ()


def arrivals(
    folder: Path, exports: Mapping[str, Export], profile: Profile, dictionary: Dictionary
) -> tuple[list[Arrival], list[NotRead]]:
    """The folder's files by export, in the order of their real names; and every other entry, with why it is not read.

    A file belongs to the export that its name begins with, or that its folder is named after; a profile's patterns come
    first. An entry that is named like an export but is not a file comes with the files, to be refused by name. A part
    of a name that may be somebody's is replaced by the number of the entry in the folder; a public meeting directory
    keeps its name, by which its files replace one another.
    """
    found, others = [], []
    for n, (path, problem) in enumerate(entries(folder, exports), 1):
        name = _printable(path.relative_to(folder).as_posix())
        kind = identifiers.in_name(name)
        if kind is not None:
            export = _export_named(name, exports)
            shown = f"{export.name if export else 'entry'} {n} (its name is withheld)"
            why = f"in a place whose name holds what may identify a person ({kind.name}): give it another name"
            if export is not None:
                found.append(Arrival(path, shown, export, no_file=why))
            else:
                others.append(NotRead(shown, why))
            continue
        shown = dictionary.masked(name, n)
        layouts = [layout for layout in profile.layouts_of(path.name) if layout.export is not None]
        hidden = not layouts and path.name[0] in ".~"
        if hidden or problem == EMPTY_FOLDER:
            others.append(NotRead(shown, "a hidden or temporary file" if hidden else problem))
            continue
        export = _export_named(name, exports)
        read_as = [(exports[str(layout.export)], layout) for layout in layouts] or ([(export, OWN)] if export else [])
        for each, layout in read_as:
            kept = name if each.format == "meeting_guide" else shown
            beside = layouts[1:] if layout is read_as[0][1] else None
            found.append(Arrival(path, kept, each, layout, problem, masked=n if kept != name else 0, beside=beside))
        if not read_as:
            others.append(NotRead(shown, problem or "its name begins with no export"))
    return sorted(found, key=lambda arrival: arrival.path.relative_to(folder).as_posix()), others


def _printable(name: str) -> str:
    """A name without bytes that are not text and characters that no screen shows."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _export_named(name: str, exports: Mapping[str, Export]) -> Export | None:
    top, _, inner = name.lower().partition("/")
    for export in exports.values():
        rest = top.removeprefix(export.name)
        if inner and top == export.name:
            return export
        if not inner and rest != top and not rest[:1].isalpha():
            return export
    return None


def take_in(
    engine: Engine,
    folder: Path,
    exports: Mapping[str, Export],
    profile: Profile,
    *,
    run_id: int,
    today: date,
    as_of: date | None = None,
    dictionary: Dictionary | None = None,
    progress: Callable[[str, int], None] = lambda file, rows: None,
) -> Intake:
    """Take the folder's files into the store attached to the engine.

    `dictionary`: the words that are not names. `as_of`: the day up to which the data go; without it, the latest
    attendance or check-in not after `today`. `progress` hears a file's name and the rows read of it so far. Raises
    MissingExportError.
    """
    dictionary = dictionary or Dictionary()
    arrived, others = arrivals(folder, exports, profile, dictionary)
    if not arrived and engine.value("SELECT count(*) FROM store.files"):
        raise MissingExportError(f"No file of any export is in {folder}. Is it the right folder, and is it mounted?")
    for export in exports.values():
        here = any(arrival.export.name == export.name for arrival in arrived)
        if export.required and not here and not engine.value(f"SELECT count(*) FROM store.{export.name}"):
            raise MissingExportError(
                f"No file of the required export `{export.name}` is in the folder: "
                f"its name begins with {export.name} and ends in {', '.join(SUFFIXES[:-1])}."
            )
    intake = Intake(as_of or today, not_read=others)
    some_forgotten = bool(engine.value("SELECT count(*) FROM store.forgotten"))
    some_replaced = replaced.begin(engine)
    arrived = [_recognised(engine, folder, arrival) for arrival in arrived]
    present = frozenset(name for arrival in arrived for name in _names(arrival))
    of_clients = [export.name for export in exports.values() if "client_id" in export.header]
    taking = _Taking(engine, run_id, intake, dictionary, progress, some_forgotten, some_replaced, present, of_clients)
    first = [arrival for arrival in arrived if arrival.export.name in REQUIRED_FIRST]
    taking.take(first)
    if as_of is None:
        intake.as_of = _latest_day(engine, today) or today
    others_arrived = [arrival for arrival in arrived if arrival not in first]
    taking.take(_lists_in_order(engine, others_arrived, run_id))
    return intake


def _recognised(engine: Engine, folder: Path, arrival: Arrival) -> Arrival:
    """The arrival, with what stands for its name if a part of that is not kept."""
    if not arrival.masked:
        return arrival
    return replace(arrival, name_key=name_keys.of(engine, arrival.path.relative_to(folder)))


def _names(arrival: Arrival) -> frozenset[str]:
    """What a file may be called in the ledgers; those of earlier versions have the name that is shown."""
    return frozenset(filter(None, (arrival.name, arrival.name_key)))


def _lists_in_order(engine: Engine, arrivals: Sequence[Arrival], run_id: int) -> list[Arrival]:
    """The arrivals, the lists of meeting directories among them in the order in which they came into force."""
    lists = [arrival for arrival in arrivals if arrival.export.format == "meeting_guide"]
    if len(lists) > 1:
        lists.sort(key=lambda each: order_of(engine, each.path, each.name, each.export, each.layout, run_id))
    in_order = iter(lists)
    return [next(in_order) if arrival.export.format == "meeting_guide" else arrival for arrival in arrivals]


def _latest_day(engine: Engine, today: date) -> date | None:
    """The latest attendance or check-in not in the future: an earlier run may have been given a day that was."""
    latest: date | None = engine.value(
        "SELECT max(day) FROM (SELECT meeting_date AS day FROM store.attendance"
        " UNION ALL SELECT checkin_date FROM store.checkins) WHERE day <= $today",
        {"today": today},
    )
    return latest


def _unopened(arrival: Arrival) -> str:
    """Why an entry is refused whatever it holds; empty if it is a file of a kind that is read."""
    if arrival.no_file:
        return f"is {arrival.no_file}"
    suffixes = (".json",) if arrival.export.format == "meeting_guide" else SUFFIXES[:-1]
    if not arrival.name.lower().endswith(suffixes):
        return f"is not one of the kinds that are read ({', '.join(suffixes)})"
    return ""


def _refused_again(arrival: Arrival, intake: Intake, error: UnreadableError) -> bool:
    """Whether the next run must refuse the same entry again: for its name, or for bytes that can be read to the end."""
    if arrival.path in intake.unopened:
        return True
    look = intake.looks.get(arrival.path)
    try:
        return look is not None and not isinstance(error, UnreadNowError) and holds(arrival.path, look)
    except (OSError, EOFError, zlib.error):
        return False


@dataclass(frozen=True)
class _Opened:
    """A file that is held, and has not been stored yet.

    `place`: that of its count in the intake. `size`: its bytes, to limit how much is held at once. `before`: what
    became of the same bytes in earlier runs. `rules`: what its rows are checked by. `source`: the meeting directory
    that it is the list of.
    """

    place: int
    arrival: Arrival
    size: int
    before: Sequence[tuple[Any, ...]]
    rules: CheckedBy
    source: str
    reading: Reading
    rows: Rows
    texts: identifiers.Texts


class _IdentifiersFoundError(Exception):
    """The gate found what may identify a person; the message names the place, never the value."""


@dataclass
class _Taking:
    """Takes files into the store, one after another. Small ones wait for one another and pass the gate together."""

    engine: Engine
    run_id: int
    intake: Intake
    dictionary: Dictionary
    progress: Callable[[str, int], None]
    some_forgotten: bool
    some_replaced: bool
    present: frozenset[str]
    of_clients: Sequence[str]
    waiting: list[_Opened] = field(default_factory=list)

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Take files in, and note what became of each."""
        for arrival in arrivals:
            place = len(self.intake.files)
            self.intake.files.append(FileCount(arrival.name, arrival.export.name))
            with self._refusing(place, arrival):
                self._open(place, arrival)
        self._settle()

    @contextmanager
    def _refusing(self, place: int, arrival: Arrival) -> Iterator[None]:
        """Whatever is wrong with a file, it is refused and the others go on."""
        try:
            yield
        except _IdentifiersFoundError as error:
            self._note(place, arrival, replace(self.intake.files[place], status=REFUSED, note=str(error)))
        except UnreadableError as error:
            self.intake.unsure |= not _refused_again(arrival, self.intake, error)
            unread = FileCount(arrival.name, arrival.export.name, status=REFUSED, note=f"the file {error}")
            self._note(place, arrival, unread)

    def _note(self, place: int, arrival: Arrival, count: FileCount) -> None:
        """Note what became of a file that is no longer held."""
        self.intake.files[place] = count
        of_file = {"file_number": place, "name_key": arrival.name_key}
        store.note(self.engine, "files", {"run_id": self.run_id, **asdict(count), **of_file})
        held = Held.as_number(place)
        views = [f"DROP VIEW IF EXISTS {view}" for view in ("accepted", "typed")]
        tables = [f"DROP TABLE IF EXISTS {table}" for table in (held.raw, held.broken, "rejected")]
        self.engine.run("; ".join(views + tables))

    def _open(self, place: int, arrival: Arrival) -> None:
        """Read a file whose rows are not known already. Raises UnreadableError and _IdentifiersFoundError."""
        engine, export, layout = self.engine, arrival.export, arrival.layout
        if why := _unopened(arrival):
            self.intake.unopened.add(arrival.path)
            raise UnreadableError(why)
        content = scan(arrival.path)
        self.intake.looks.setdefault(arrival.path, content.look)  # of a file that is read twice, what was there first
        count = replace(self.intake.files[place], digest=content.digest + layout.fingerprint)
        self.intake.files[place] = count
        # What a workbook holds may be many times its size.
        size = content.size if arrival.path.suffix.lower() not in (".xlsx", ".parquet") else TOGETHER
        too_much = sum(other.size for other in self.waiting) + size > TOGETHER
        same_bytes = any(self.intake.files[other.place].digest == count.digest for other in self.waiting)
        if too_much or same_bytes:  # what becomes of the same bytes must be known first
            self._settle()
        before = engine.rows(
            "SELECT run_id, file_number, file, rows_read, rejected, checked_by FROM store.files"
            " WHERE digest = ? AND export = ? AND status = ? ORDER BY run_id, file_number, file",
            [count.digest, export.name, READ],
        )
        contract = hashlib.sha256(repr((RULES, export)).encode()).hexdigest()
        rules = CheckedBy(contract, self.dictionary.fingerprint, self.intake.as_of)
        checked_by = before[-1][-1] if before else None  # None also of a file that a rebuild has yet to read
        source, outdated = "", False
        if export.format == "meeting_guide":
            source = source_of(arrival.name, layout)
            there = came_last(lists_before(engine, source, export, layout, self.run_id))
            last = [(each.file, each.digest) for each in there]
            if checked_by is None or (arrival.name, count.digest) not in last:
                before, checked_by = [], None  # another list was in force in between: this one is delivered anew
            else:
                outdated = (arrival.name, count.digest) != last[-1]  # by a later list
        if checked_by is not None and (outdated or rules.is_that_of(checked_by)):
            if self.some_replaced:
                delivery = store.Delivery(self.run_id, place, count.file)
                replaced.note_as_before(engine, export, before[0][:2], delivery._asdict(), _names(arrival))
            self._note(place, arrival, _known_again(engine, count, self.run_id, before[-1]))
            return
        with _engine_may_fail():
            reading, rows, texts = self._held(arrival, content, Held.as_number(place))
        self.waiting.append(_Opened(place, arrival, size, before, rules, source, reading, rows, texts))

    def _held(self, arrival: Arrival, content: Content, held: Held) -> tuple[Reading, Rows, identifiers.Texts]:
        """Read a file into the tables `held`. Returns what was read, the rows to check, and the texts for the gate.

        Raises UnreadableError and _IdentifiersFoundError.
        """
        export, layout = arrival.export, arrival.layout
        reading = read(arrival.path, export, layout, content, arrival.name, arrival.beside)
        places = positions(export, layout, reading.headers)
        # The contract's own columns are all that is read of a public meeting directory, so that it needs no gate.
        ids = [normal(header) for header in (layout.ids if export.format == "table" else reading.headers)]
        left_out = [n for n, header in enumerate(reading.headers) if normal(header) in ids]
        looked_at = [header for n, header in enumerate(reading.headers) if n not in left_out]
        _require_none(identifiers.in_header(looked_at))
        require_columns(export, layout, places, reading)
        stage(self.engine, reading, lambda rows: self.progress(arrival.name, rows), held)
        require_unchanged(arrival.path, content)
        who = {place for name, place in places.items() if export.column(name).type == "pseudonym"}
        accepting = [
            n for n, header in enumerate(reading.headers) if n not in who and not identifiers.is_of_persons(header)
        ]
        texts = identifiers.Texts(reading.headers, left_out, held.file, accepting, self.dictionary.accepted)
        return reading, Rows(export, layout, places, held), texts

    def _settle(self) -> None:
        """Let the files that are held pass the gate, and store those that do, each in its turn."""
        opened, self.waiting = self.waiting, []
        together: _Looked | None = None
        with suppress(EngineError):
            together = self._looked_through(opened) if opened else None
        for file in opened:
            with self._refusing(file.place, file.arrival):
                with _engine_may_fail():
                    # Where the engine cannot do it with all of them, each shows by itself whether it is the one.
                    found = together or self._looked_through([file])
                    _require_none(found.findings[file.texts.file], file.texts)
                    check(self.engine, file.rows, found.judged[file.texts.file], self.intake.as_of, self.dictionary)
                by_words = self._turned_away(file)
                with self.engine.transaction():  # what is one is written to the disk once
                    stored = self._stored(file, by_words, found.ids.get(file.texts.file, _Ids()))
                    self._note(file.place, file.arrival, stored)
        self.engine.run(f"DROP TABLE IF EXISTS {TEXTS}; DROP TABLE IF EXISTS judged")

    def _looked_through(self, files: Sequence[_Opened]) -> _Looked:
        """Look at each distinct text of files that are held. Raises EngineError."""
        findings = identifiers.in_texts(self.engine, TEXTS, *(file.texts for file in files))
        judged = judge(self.engine, self.intake.as_of, *(file.rows for file in files))
        return _Looked(findings, judged, _ids_of(self.engine, self.of_clients))

    def _turned_away(self, file: _Opened) -> bool:
        """Reject the rows of clients who were forgotten, and those that ask for a name. Returns whether the accepted
        words decide which these are.
        """
        if self.some_forgotten and "client_id" in file.arrival.export.header:
            store.refuse_forgotten(self.engine, "typed", "rejected")
        prose = [column.name for column in file.arrival.export.columns if column.prose]
        asked = {column: reject_asked(self.engine, "typed", "rejected", column, self.dictionary) for column in prose}
        file.reading.remarks.extend(
            f"{each.rows:,} rows ask whether a word of {column} is somebody's name"
            for column, each in asked.items()
            if each.rows
        )
        return any(each.words_decide for each in asked.values())

    def _stored(self, file: _Opened, by_words: bool, ids: _Ids) -> FileCount:
        """Store the rows of `typed` that have no fault, and why the others have one."""
        engine, export, reading = self.engine, file.arrival.export, file.reading
        count = self.intake.files[file.place]
        rejected, waiting = _reject(engine, count, self.run_id, file.rows.held.broken)
        without = "ANTI JOIN rejected USING (line)" if rejected else ""
        engine.run(f"CREATE OR REPLACE TEMP VIEW accepted AS SELECT * FROM typed {without}")
        delivery = store.Delivery(*(file.before[0][:3] if file.before else (self.run_id, file.place, count.file)))
        if file.before and rejected:
            store.take_back(engine, export, "rejected", delivery, but=AFTER_AS_OF)
        this = _names(file.arrival)
        present = None if file.before else replaced.Present(this, self.present - this)
        accepted, known = store.take(engine, export, "accepted", delivery, present)
        if file.source and reading.whole:
            reading.remarks.extend(_withdrawn(engine, export, file.source, taken=accepted + known))
        return replace(
            count,
            rows_read=accepted + known + rejected,
            accepted=accepted,
            known=known,
            rejected=rejected,
            note=_remark(engine, file.arrival, file.rows, reading, ids, self.of_clients),
            checked_by=file.rules.noted(by_words=by_words or rejected > 0, waiting=waiting > 0),
        )


def _withdrawn(engine: Engine, export: Export, source: str, taken: int) -> list[str]:
    """Withdraw what a meeting directory no longer lists, and say what became of the list before; `taken`: the rows of
    this one that were. A list of which nothing can be taken says as little about a meeting as an empty one.
    """
    if not taken:
        return ["nothing of the list can be taken, so that no meeting is withdrawn by it"]
    rejected = "(FROM typed SEMI JOIN rejected USING (line))"
    unlisted, of_rejected = store.withdraw(engine, export, "accepted", rejected, source)
    remarks = []
    if unlisted:
        remarks.append(f"{unlisted:,} meetings of the list before are no longer listed, and are withdrawn")
    if of_rejected:
        remarks.append(f"{of_rejected:,} meetings of the list before are withdrawn, because their entries are rejected")
    return remarks


@contextmanager
def _engine_may_fail() -> Iterator[None]:
    """What the engine cannot do with a file now, it may be able to do another time. Raises UnreadableError."""
    try:
        yield
    except EngineError as error:
        raise UnreadNowError(f"cannot be taken in. {error}") from None


def _require_none(findings: Sequence[identifiers.Finding], texts: identifiers.Texts | None = None) -> None:
    if not findings:
        return
    accepting = {identifiers.label(texts.headers, place) for place in texts.accepting} if texts else set()
    why = "holds what may identify a person: " + "; ".join(map(str, findings))
    if any(finding.kind == identifiers.NATIONAL_NUMBER.name and finding.line is not None for finding in findings):
        why += ". Where such a column numbers records, `ids = [its header]` in a mapping profile leaves it out"
    if any(finding.kind == identifiers.NAME.name and finding.column in accepting for finding in findings):
        why += ". What is nobody's name, just as it is written there, can be accepted with `--accept-words`"
    raise _IdentifiersFoundError(why)


def _known_again(engine: Engine, count: FileCount, run_id: int, before: tuple[Any, ...]) -> FileCount:
    """A file that was read before by the same rules: nothing in it can be new, and what was rejected still is."""
    run_before, _, file_before, rows_read, rejected, checked_by = before
    engine.run(
        "INSERT INTO store.rejected_rows SELECT $run, $file, export, line, column_name, reason, digest"
        " FROM store.rejected_rows"
        " WHERE digest = $digest AND export = $export AND run_id = $run_before AND file = $file_before ORDER BY line",
        {"run": run_id, "file": count.file, "digest": count.digest, "export": count.export}
        | {"run_before": run_before, "file_before": file_before},
    )
    _forget_rejections_before(engine, count.digest, count.export, run_id)
    return replace(count, rows_read=rows_read, known=rows_read - rejected, rejected=rejected, checked_by=checked_by)


def _forget_rejections_before(engine: Engine, file_digest: str, export: str, run_id: int) -> None:
    """Of a file's rejected rows, those of its last reading are kept."""
    engine.run(
        "DELETE FROM store.rejected_rows WHERE digest = ? AND export = ? AND run_id <> ?", [file_digest, export, run_id]
    )


def _reject(engine: Engine, count: FileCount, run_id: int, broken: str) -> tuple[int, int]:
    """Keep the rejected rows' lines and reasons, in place of those of an earlier reading of the file. Returns how many
    there are, and how many of them have a date that a later as-of date may reach.
    """
    _forget_rejections_before(engine, count.digest, count.export, run_id)
    faults = f"SELECT line, fault_column, fault FROM rejected UNION ALL SELECT line, NULL, reason FROM {broken}"
    rejected, waiting = engine.rows(
        f"SELECT count(*), count(*) FILTER (contains(fault, $after)) FROM ({faults})", {"after": AFTER_AS_OF}
    )[0]
    if rejected:
        engine.run(
            f"INSERT INTO store.rejected_rows SELECT ?, ?, ?, *, ? FROM ({faults}) ORDER BY line",
            [run_id, count.file, count.export, count.digest],
        )
    return rejected, waiting


def _remark(
    engine: Engine, arrival: Arrival, rows: Rows, reading: Reading, ids: _Ids, of_clients: Sequence[str]
) -> str:
    remarks = [*reading.remarks]
    if arrival.masked:
        place = f"it is entry {arrival.masked} of the folder"
        remarks.append(f"[{arrival.masked}] stands for what may be somebody's in its name: {place}")
    used = rows.places.values()
    ignored = [identifiers.label(reading.headers, n) for n in range(len(reading.headers)) if n not in used]
    if ignored:
        remarks.append(f"columns not used: {', '.join(ignored)}")
    lacking = [name for name in rows.layout.columns if name not in rows.places and name not in rows.layout.constants]
    if lacking:
        remarks.append(f"the profile names columns that are not there, for {', '.join(lacking)}")
    if ids.hashes:
        remarks.append("client_id looks like a hash: a pseudonym must not be derived from information about the person")
    if ids.two_ways and (alike := _spelled_two_ways(engine, of_clients)):
        remarks.append(
            f"{alike:,} client_ids are spelled with capital and with small letters, here or in other files, and count "
            "as different clients"
        )
    return "; ".join(remarks)


class _Looked(NamedTuple):
    """What was found in the texts of files, by their numbers: identifiers, what may be wrong, how the ids look."""

    findings: Mapping[int, list[identifiers.Finding]]
    judged: Mapping[int, dict[str, Judged]]
    ids: Mapping[int, _Ids]


class _Ids(NamedTuple):
    """About a file's client_ids: whether one looks like a hash, and whether one differs only in capital letters from
    another, in this file or in an earlier one.
    """

    hashes: bool = False
    two_ways: bool = False


def _ids_of(engine: Engine, of_clients: Sequence[str]) -> dict[int, _Ids]:
    """What the client_ids of each of the files in the table `judged` look like, also beside those that came before.

    `of_clients`: the tables of the store that hold any.
    """
    engine.run(f"CREATE TEMP TABLE IF NOT EXISTS ids_before AS {_stored_ids(of_clients)}")
    found = {
        file: _Ids(*found)
        for file, *found in engine.rows(f"""
            WITH ids AS (
                SELECT file, text, value AS client_id FROM judged WHERE name = 'client_id'
            ),
            spellings AS (
                SELECT lower(client_id) AS spelled
                FROM (SELECT client_id FROM ids UNION FROM ids_before)
                GROUP BY spelled
                HAVING count(*) > 1
            )
            SELECT
                file,
                coalesce(bool_or({identifiers.looks_like_hash("text")}), false),
                coalesce(bool_or(lower(client_id) IN (FROM spellings)), false)
            FROM ids
            GROUP BY file
        """)
    }
    engine.run(
        "INSERT INTO ids_before SELECT DISTINCT value FROM judged WHERE name = 'client_id' AND value IS NOT NULL"
    )
    return found


def _spelled_two_ways(engine: Engine, of_clients: Sequence[str]) -> int:
    """How many client_ids of the rows without a fault are also stored in another spelling."""
    return int(
        engine.value(f"""
            SELECT count(DISTINCT lower(here.client_id))
            FROM (SELECT DISTINCT client_id FROM accepted) AS here
            JOIN ({_stored_ids(of_clients)}) AS stored
                ON lower(stored.client_id) = lower(here.client_id) AND stored.client_id <> here.client_id
        """)
    )


def _stored_ids(of_clients: Sequence[str]) -> str:
    """The query for each client_id in the store, once."""
    return " UNION ".join(f"SELECT client_id FROM store.{table} WHERE client_id IS NOT NULL" for table in of_clients)
