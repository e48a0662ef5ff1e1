"""Taking in a folder of exports: every file read, checked, accounted for and stored."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine, EngineError
from pipelines.errors import ActionableError
from pipelines.ingest import identifiers, store
from pipelines.ingest.check import AFTER_AS_OF, check
from pipelines.ingest.columns import normal, positions
from pipelines.ingest.dictionary import Dictionary, reject_asked
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
from pipelines.ingest.texts import TEXTS

# The two exports that say up to when the clinic's data go are taken first.
REQUIRED_FIRST = ("attendance", "checkins")

# What is held of a file while it is taken in.
HELD = ("raw", "broken", TEXTS, "judged", "checked")


class MissingExportError(ActionableError):
    """The folder lacks what a run needs; the message names it."""


@dataclass(frozen=True)
class Arrival:
    """A file that has arrived: its name within the folder, and as which export it reads. `no_file`: what it is where it
    is no file that can be opened. `masked`: the number that stands in its name for what may be somebody's; 0 for none.
    """

    path: Path
    name: str
    export: Export
    layout: Layout = OWN
    no_file: str = ""
    masked: int = 0


def arrivals(
    folder: Path, exports: Mapping[str, Export], profile: Profile, dictionary: Dictionary
) -> tuple[list[Arrival], list[NotRead]]:
    """The folder's files by export, in the order of their names; and every other entry, with why it is not read.

    A file belongs to the export that its name begins with, or that its folder is named after; a profile's patterns
    come first. An entry that is named like an export but is no file comes with the files, to be refused by name. In
    place of what may be somebody's in a name, its number among the folder's entries is kept and shown; a public meeting
    directory keeps its name, by which its files replace one another.
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
            found.append(Arrival(path, kept, each, layout, problem, masked=n if kept != name else 0))
        if not read_as:
            others.append(NotRead(shown, problem or "its name begins with no export"))
    return sorted(found, key=lambda arrival: arrival.name), others


def _printable(name: str) -> str:
    """A name without bytes that are no text and signs that no screen shows."""
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

    `dictionary`: the words that are no names. `as_of`: the day up to which the data go; without it, the latest
    attendance or check-in not after `today`.
    `progress` hears a file's name and the rows read of it so far. Raises MissingExportError.
    """
    dictionary = dictionary or Dictionary()
    arrived, others = arrivals(folder, exports, profile, dictionary)
    for export in exports.values():
        here = any(arrival.export.name == export.name for arrival in arrived)
        if export.required and not here and not engine.value(f"SELECT count(*) FROM store.{export.name}"):
            raise MissingExportError(
                f"No file of the required export `{export.name}` is in the folder: "
                f"its name begins with {export.name} and ends in {', '.join(SUFFIXES[:-1])}."
            )
    intake = Intake(as_of or today, not_read=others)
    first = [arrival for arrival in arrived if arrival.export.name in REQUIRED_FIRST]
    for arrival in first:
        intake.files.append(_take_file(engine, arrival, run_id, intake, dictionary, progress))
    if as_of is None:
        intake.as_of = _latest_day(engine) or today
    for arrival in arrived:
        if arrival not in first:
            intake.files.append(_take_file(engine, arrival, run_id, intake, dictionary, progress))
    return intake


def _latest_day(engine: Engine) -> date | None:
    latest: date | None = engine.value(
        "SELECT max(day) FROM (SELECT max(meeting_date) AS day FROM store.attendance"
        " UNION ALL SELECT max(checkin_date) FROM store.checkins)"
    )
    return latest


def _take_file(
    engine: Engine,
    arrival: Arrival,
    run_id: int,
    intake: Intake,
    dictionary: Dictionary,
    progress: Callable[[str, int], None],
) -> FileCount:
    count = FileCount(arrival.name, arrival.export.name)
    try:
        if why := _unopened(arrival):
            intake.unopened.add(arrival.path)
            raise UnreadableError(why)
        count = _read_and_store(engine, arrival, count, run_id, intake, dictionary, progress)
    except UnreadableError as error:
        count = replace(count, status=REFUSED, note=f"the file {error}")
        intake.unsure |= not _refused_again(arrival, intake, error)
    finally:
        engine.run("; ".join(f"DROP TABLE IF EXISTS {table}" for table in HELD))
    engine.run(
        "INSERT INTO store.files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [run_id, *astuple(count)],
    )
    return count


def _unopened(arrival: Arrival) -> str:
    """Why an entry is refused whatever it holds; empty where it is a file of a kind that is read."""
    if arrival.no_file:
        return f"is {arrival.no_file}"
    suffixes = (".json",) if arrival.export.format == "meeting_guide" else SUFFIXES[:-1]
    if not arrival.name.lower().endswith(suffixes):
        return f"is not one of the kinds that are read ({', '.join(suffixes)})"
    return ""


def _refused_again(arrival: Arrival, intake: Intake, error: UnreadableError) -> bool:
    """Whether the next run must refuse the same entry too: for its name, or for bytes that can be read to their end."""
    if arrival.path in intake.unopened:
        return True
    look = intake.looks.get(arrival.path)
    try:
        return look is not None and not isinstance(error, UnreadNowError) and holds(arrival.path, look)
    except (OSError, EOFError, zlib.error):
        return False


def _read_and_store(
    engine: Engine,
    arrival: Arrival,
    count: FileCount,
    run_id: int,
    intake: Intake,
    dictionary: Dictionary,
    progress: Callable[[str, int], None],
) -> FileCount:
    export, layout, as_of = arrival.export, arrival.layout, intake.as_of
    content = scan(arrival.path)
    intake.looks.setdefault(arrival.path, content.look)  # of a file that is read twice, what was there first
    count = replace(count, digest=content.digest + layout.fingerprint)
    before = engine.rows(
        "SELECT run_id, file, rows_read, rejected, checked_by FROM store.files"
        " WHERE digest = ? AND export = ? AND status = ? ORDER BY run_id, file",
        [count.digest, export.name, READ],
    )
    rules = hashlib.sha256(repr(export).encode()).hexdigest()
    accepting, until = f" with {dictionary.fingerprint}", f" on {as_of}"
    source = source_of(arrival.name, layout) if export.format == "meeting_guide" else ""
    came_last = _came_last(engine, source, arrival.export, layout, run_id) if source else []
    if (arrival.name, count.digest) not in came_last:
        before = before if not source else []  # another list was in force in between: this one is delivered anew
    elif (arrival.name, count.digest) != came_last[-1]:
        return _known_again(engine, count, run_id, before[-1])  # a later list has replaced it
    if before and before[-1][4] in (rules, rules + accepting, rules + until, rules + accepting + until):
        return _known_again(engine, count, run_id, before[-1])

    try:
        reading, places = _checked(engine, arrival, content, as_of, progress)
    except EngineError as error:
        raise UnreadNowError(f"cannot be taken in. {error}") from None
    except _IdentifiersFoundError as error:
        return replace(count, status=REFUSED, note=str(error))
    prose = [column.name for column in export.columns if column.prose]
    asked = {column: reject_asked(engine, "checked", column, dictionary) for column in prose}
    reading.remarks.extend(
        f"{rows:,} rows ask whether a word of {column} is somebody's name" for column, rows in asked.items() if rows
    )
    rejected, waiting = _reject(engine, count, run_id)
    delivered, file = before[0][:2] if before else (run_id, arrival.name)
    accepted, known = store.take(engine, export, "checked", delivered=delivered, file=file, again=bool(before))
    if source and reading.whole:
        gone = store.withdraw(engine, export, "checked", source)
        if gone:
            reading.remarks.append(f"{gone:,} meetings of the list before are no longer listed, and are withdrawn")
    return replace(
        count,
        rows_read=accepted + known + rejected,
        accepted=accepted,
        known=known,
        rejected=rejected,
        note=_remark(engine, arrival, places, reading),
        checked_by=rules + (accepting if any(asked.values()) else "") + (until if waiting else ""),
    )


class _IdentifiersFoundError(Exception):
    """The gate found what may identify a person; the message names the place, never the value."""


def _checked(
    engine: Engine, arrival: Arrival, content: Content, as_of: date, progress: Callable[[str, int], None]
) -> tuple[Reading, Mapping[str, int]]:
    """Read the file, let it pass the gate and check its rows into the table `checked`, and those that cannot be divided
    into cells into `broken`; nothing is stored yet.

    Raises UnreadableError and _IdentifiersFoundError.
    """
    export, layout = arrival.export, arrival.layout
    reading = read(arrival.path, export, layout, content, arrival.name)
    places = positions(export, layout, reading.headers)
    # The contract's own columns are all that is read of a public meeting directory, so that it needs no gate.
    gated = export.format == "table"
    left_out = {n for n, header in enumerate(reading.headers) if normal(header) in map(normal, layout.ids)}
    if gated:
        _require_none(identifiers.in_header([header for n, header in enumerate(reading.headers) if n not in left_out]))
    require_columns(export, layout, places, reading)
    stage(engine, reading, lambda rows: progress(arrival.name, rows))
    require_unchanged(arrival.path, content)
    if gated:
        _require_none(identifiers.in_texts(engine, TEXTS, reading.headers, left_out))
    check(engine, export, layout, places, as_of)
    if "client_id" in export.header:
        store.refuse_forgotten(engine, "checked")
    return reading, places


def _require_none(findings: Sequence[identifiers.Finding]) -> None:
    if not findings:
        return
    why = "holds what may identify a person: " + "; ".join(map(str, findings))
    if any(finding.kind.startswith("SSN") and finding.line is not None for finding in findings):
        why += ". Where such a column numbers records, `ids = [its header]` in a mapping profile leaves it out"
    raise _IdentifiersFoundError(why)


def _came_last(engine: Engine, source: str, export: Export, layout: Layout, run_id: int) -> list[tuple[str, str]]:
    """The names and digests of a directory's files in the run in which it last came, the one in force at the end."""
    rows = engine.rows(
        "SELECT run_id, file, digest FROM store.files WHERE export = ? AND status = ? AND run_id < ? ORDER BY file",
        [export.name, READ, run_id],
    )
    of_source = [(run, file, digest) for run, file, digest in rows if source_of(file, layout) == source]
    last = max((run for run, _, _ in of_source), default=0)
    return [(file, digest) for run, file, digest in of_source if run == last]


def _known_again(engine: Engine, count: FileCount, run_id: int, before: tuple[Any, ...]) -> FileCount:
    """A file that was read before, by the same rules: nothing in it can be new, and what was rejected still is."""
    run_before, file_before, rows_read, rejected, checked_by = before
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


def _reject(engine: Engine, count: FileCount, run_id: int) -> tuple[int, int]:
    """Keep the rejected rows' lines and reasons, in place of those of an earlier reading of the file. Gives how many
    there are, and how many of them have a date that a later as-of date may reach.
    """
    _forget_rejections_before(engine, count.digest, count.export, run_id)
    faults = (
        "SELECT line, fault_column, fault FROM checked WHERE fault IS NOT NULL"
        " UNION ALL SELECT line, NULL, reason FROM broken"
    )
    rejected, waiting = engine.rows(
        f"SELECT count(*), count(*) FILTER (contains(fault, $after)) FROM ({faults})", {"after": AFTER_AS_OF}
    )[0]
    if rejected:
        engine.run(
            f"INSERT INTO store.rejected_rows SELECT ?, ?, ?, *, ? FROM ({faults}) ORDER BY line",
            [run_id, count.file, count.export, count.digest],
        )
    return rejected, waiting


def _remark(engine: Engine, arrival: Arrival, places: Mapping[str, int], reading: Reading) -> str:
    remarks = [*reading.remarks]
    if arrival.masked:
        place = f"it is entry {arrival.masked} of the folder"
        remarks.append(f"[{arrival.masked}] stands for what may be somebody's in its name: {place}")
    ignored = [header or f"column {n + 1}" for n, header in enumerate(reading.headers) if n not in places.values()]
    if ignored:
        remarks.append(f"columns not used: {', '.join(ignored)}")
    if "client_id" in places:
        if identifiers.hash_like_ids(engine, "(SELECT text FROM judged WHERE name = 'client_id')", "text"):
            remarks.append(
                "client_id looks like a hash: a pseudonym must not be derived from information about the person"
            )
        if alike := _spelled_two_ways(engine):
            remarks.append(
                f"{alike:,} client_ids are spelled with capital and with small letters, and count as different clients"
            )
    return "; ".join(remarks)


def _spelled_two_ways(engine: Engine) -> int:
    """How many of the rows' client_ids are the same but for capital letters. The distinct texts mostly rule it out."""
    texts, rows = (
        "SELECT value FROM judged WHERE name = 'client_id'",
        "SELECT client_id FROM checked WHERE fault IS NULL",
    )
    alike = 0
    for ids in (texts, rows):
        alike = engine.value(
            "SELECT count(*) FROM"
            f" (SELECT lower(id) FROM ({ids}) AS ids(id) GROUP BY lower(id) HAVING min(id) <> max(id))"
        )
        if not alike:
            break
    return int(alike)
