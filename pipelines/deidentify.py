"""A file in which clients are identified → an export in which they are not.

A client's id becomes a pseudonym by a secret key (HMAC-SHA-256): the same client has the same one in every file and
month, and without the key nobody can work it out. A therapist's code stays, a therapist's name becomes a code. Of the
other columns the contract's are kept, with the values that the contract allows; a ZIP code, a birth date and an age are
kept in a coarser form (see coarsen.py); all others, free text among them, are left out. A text in which something may
identify a person becomes a code, the same in every file; the other texts of its column stay, because they are part of
keys, and name sites that other files name too. Dates stay, or are moved by a secret number of whole weeks: one for the
clinic, or one for each client.

What comes out is pseudonymised, or a limited data set; it is not de-identified in the sense of HIPAA Safe Harbor.
"""

from __future__ import annotations

import csv
import hmac
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from textwrap import wrap
from typing import Literal

import pyarrow as pa

from pipelines import arrays
from pipelines.coarsen import Coarse, coarse_form
from pipelines.contract import FILLING, NOBODY, TOTALS, Export
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.ingest import identifiers
from pipelines.ingest.check import Rows, check, judge
from pipelines.ingest.columns import positions
from pipelines.ingest.layout import OWN, Layout
from pipelines.ingest.plausible import EARLIEST
from pipelines.ingest.read import UnreadableError, read
from pipelines.ingest.read.reading import MARK
from pipelines.ingest.stage import require_columns, stage
from pipelines.ingest.texts import Held, gather
from pipelines.owner_only import replacing, secret

SHORTEST_KEY = 16  # bytes; a shorter secret can be guessed
MOST_WEEKS = 104
MEMORY = "512MB"  # of the engine; what is more lies on the disk, in a private folder beside the file to write

Moving = Literal["clinic", "client"]

# Codes are of consonants only, so that none spells a word or looks like a number.
LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")

CROSSWALK = ("client_id", "pseudonym")

# The command's files, each by the name of its option.
FILES = {
    "source": "The file to read",
    "out": "The file to write",
    "crosswalk": "The crosswalk",
    "key_file": "The key file",
    "profile": "The profile",
}

# A code such as T07 or th-12 names nobody.
THERAPIST_CODE = re.compile(r"[A-Za-z]{0,4}[-_]?\d{1,6}")

# Zero-width characters, which a cell may hold anywhere unseen.
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")

# The columns whose texts are replaced before they are checked, because a clinic's own ids may not fit the contract.
WHO = ("client_id", "therapist_id")


class DeidentifyError(ActionableError):
    """A file that cannot be de-identified; the message gives the reason and no value of the file."""


@dataclass(frozen=True)
class Done:
    """What became of a file.

    `of_nobody`: the rows among those not taken that name no client. `columns`: for each column of the file what was
    done to it, in its order.
    """

    rows_read: int
    written: int
    clients: int
    not_taken: int
    of_nobody: int
    columns: list[tuple[str, str]]


class Key:
    """The clinic's secret, by which ids become pseudonyms."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def guessable(self) -> bool:
        """Whether it is too short to be a secret."""
        return len(self._secret) < SHORTEST_KEY

    def pseudonym(self, client_id: str) -> str:
        """The pseudonym of a client's id, 64 bits of its digest."""
        return f"c-{'-'.join(wrap(self._code('client', own_id(client_id), 16), 4))}"

    def therapist(self, therapist_id: str) -> str:
        """A therapist's code unchanged, or the code that replaces a therapist's name."""
        return therapist_id if THERAPIST_CODE.fullmatch(therapist_id.strip()) else self.code("therapist", therapist_id)

    def code(self, column: str, text: str) -> str:
        """The code that replaces a text of a column; the same for the same text."""
        return f"{column}-{self._code(column, ' '.join(text.lower().split()), 8)}"

    def weeks_moved(self, pseudonym: str = "") -> int:
        """How many weeks dates are moved back, the clinic's or those of a client, 1 to 104: a Monday stays a Monday."""
        return 1 + int.from_bytes(self._digest("dates", pseudonym)[:8], "big") % MOST_WEEKS

    def _code(self, about: str, text: str, length: int) -> str:
        return self._digest(about, text).hex()[:length].translate(LETTERS)

    def _digest(self, about: str, text: str) -> bytes:
        return hmac.digest(self._secret, f"{about}\0{text}".encode(), "sha256")


def key_of(path: Path) -> tuple[Key, bool]:
    """The key that a file holds, and whether it was made just now, because there was no such file.

    Raises DeidentifyError if the file is empty.
    """
    made = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    held = secret(path).strip()
    if not held:
        raise DeidentifyError(f"The key file {path} is empty. Remove it, and a new key is made.")
    return Key(held), made


def deidentify(
    source: Path,
    export: Export,
    out: Path,
    key: Key,
    *,
    layout: Layout = OWN,
    move_dates: Moving | None = None,
    crosswalk: Path | None = None,
    progress: Callable[[int], None] = lambda rows: None,
    left_out: Callable[[str], None] = lambda sentence: None,
) -> Done:
    """Write the file `source`, read as `export`, to the CSV `out`. Its rows keep their order.

    `crosswalk`: a CSV of whose pseudonym is whose, to which this file's clients are added. `progress` hears the rows
    read so far, `left_out` a sentence for each row that was not taken. Neither the file nor what is wrong with it has
    to fit into memory. The same file and key give the same bytes. Raises DeidentifyError and OSError; then nothing is
    written.
    """
    if out.suffix.lower() != ".csv":
        raise DeidentifyError("What is written is a CSV file: its name must end in .csv.")
    require_apart(source=source, out=out, crosswalk=crosswalk)
    known = _read_crosswalk(crosswalk) if crosswalk is not None else {}
    out.parent.mkdir(parents=True, exist_ok=True)
    working = out.with_name(f".{out.name}.working")
    shutil.rmtree(working, ignore_errors=True)  # of one that was killed
    working.mkdir(mode=0o700)
    try:
        with Engine(working / "rows.duckdb") as engine:
            engine.run(f"SET memory_limit = '{MEMORY}'")
            _require_no_name_in(engine, out)
            return _deidentify(
                engine, source, export, out, key, layout, move_dates, crosswalk, known, progress, left_out
            )
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _deidentify(
    engine: Engine,
    source: Path,
    export: Export,
    out: Path,
    key: Key,
    layout: Layout,
    move_dates: Moving | None,
    crosswalk: Path | None,
    known: dict[str, str],
    progress: Callable[[int], None],
    left_out: Callable[[str], None],
) -> Done:
    try:
        reading = read(source, export, layout)
        places = positions(export, layout, reading.headers)
        require_columns(export, layout, places, reading)
        stage(engine, reading, progress)
    except UnreadableError as error:
        raise DeidentifyError(f"The file {error}.") from None
    layout, clients = _replace_who(engine, Rows(export, layout, places), key)
    _require_one_client_a_pseudonym(known | clients)
    # Whether a date lies after the data is checked by the run, which knows the last day of the data.
    gather(engine, "raw", [f"c{n}" for n in range(len(reading.headers))])
    rows = Rows(export, layout, places)
    check(engine, rows, judge(engine, date.max, rows)[rows.held.file], date.max)
    engine.run("CREATE TABLE checked AS SELECT typed.*, fault_column, fault FROM typed LEFT JOIN rejected USING (line)")
    coded = _code(engine, export, key)
    coarse = _coarse_columns(export, places, reading.headers)
    by = _moves(key, move_dates)
    _note_left_out(engine, export, by, of_a_client=move_dates == "client")
    written = _write(engine, export, out, by, coarse)
    not_taken = 0
    for line, reason in engine.stream("SELECT line, reason FROM left_out ORDER BY line"):
        left_out(f"line {line}: {reason}")
        not_taken += 1
    if crosswalk is not None:
        _write_csv(crosswalk, CROSSWALK, sorted((known | clients).items()))
    return Done(
        rows_read=written + not_taken,
        written=written,
        clients=len(clients),
        not_taken=not_taken,
        of_nobody=engine.value("SELECT count(*) FROM checked WHERE fault_column = 'client_id' AND client_id IS NULL"),
        columns=_what_was_done(export, reading.headers, places, coded, coarse, move_dates),
    )


def _what_was_done(
    export: Export,
    headers: Sequence[str],
    places: Mapping[str, int],
    coded: Mapping[str, str],
    coarse: Mapping[str, tuple[int, Coarse]],
    move_dates: Moving | None,
) -> list[tuple[str, str]]:
    """What was done to each column of the file, in its order."""
    ours = {place: export.column(name) for name, place in places.items()}
    coarser = {place: name for name, (place, _) in coarse.items()}
    moved = {
        None: "kept",
        "clinic": "moved back, with all dates of the clinic",
        "client": "moved back, with the client's",
    }
    done = []
    for place in range(len(headers)):
        column = ours.get(place)
        if column is None:
            treatment = f"coarsened to {coarser[place]}" if place in coarser else "left out"
        elif column.name in coded:
            treatment = f"codes in place of {coded[column.name]}"
        elif column.type == "pseudonym":
            treatment = "pseudonyms in place of the ids"
        elif column.name == "therapist_id":
            treatment = "codes kept, codes in place of names"
        else:
            treatment = moved[move_dates] if column.type == "date" else "kept"
        done.append((identifiers.label(headers, place), treatment))
    return done


def require_apart(**paths: Path | None) -> None:
    """Raises DeidentifyError if two of the files, named after the command's options, are one: one would be lost."""
    given = [(option, path) for option, path in paths.items() if path is not None]
    for (one, path), (other, another) in combinations(given, 2):
        if path.resolve() == another.resolve() or (path.exists() and another.exists() and path.samefile(another)):
            raise DeidentifyError(f"{FILES[other]} is {FILES[one].lower()}. Name another file.")


def own_id(client_id: str) -> str:
    """A client's id as the clinic has it: `0042.0`, as spreadsheets write it, is `0042`."""
    return re.sub(r"^(\d+)\.0+$", r"\1", UNSEEN.sub("", client_id).strip())


def _names_nobody(client_id: str) -> bool:
    """Whether a text that checking rejects as a client's id stands for nobody: a word for nobody or for a row of
    totals, filler, or something unreadable, rather than an id in a form of the clinic's own.
    """
    text = client_id.lower()
    # Somebody may be called Sum or Count, but nobody Total.
    total = re.fullmatch(TOTALS, text) or re.match(r"(grand|sub)?[ _-]?totals?\b", text)
    return text in NOBODY or bool(re.fullmatch(FILLING, client_id) or total) or client_id.startswith(MARK)


def _replace_who(engine: Engine, rows: Rows, key: Key) -> tuple[Layout, dict[str, str]]:
    """Replace clients' ids by pseudonyms, and therapists' names by codes, in `raw`. Returns the layout by which the
    rows are read then, and client's id → pseudonym.

    What is unknown becomes blank. What names nobody, or does not belong in its column, stays, because checking rejects
    it: it must not become a client or a therapist. Nothing that checking would accept stays.
    """
    layout = rows.layout
    clients: dict[str, str] = {}
    instead: dict[str, dict[str, str]] = {name: {} for name in WHO}
    for name, text, cell, value in _meant(engine, rows):
        instead[name][text] = cell
        if name == "therapist_id" and value:
            instead[name][text] = key.therapist(value)
        elif name == "client_id" and (value or (cell and not _names_nobody(own_id(cell)))):
            instead[name][text] = clients[own_id(cell)] = key.pseudonym(cell)
    for name in WHO:
        if name in rows.places:
            _replace(engine, "raw", f"c{rows.places[name]}", instead[name])
    constants = {
        name: text if name in rows.places else instead.get(name, {}).get("", text)
        for name, text in layout.constants.items()
    }
    values = {name: words for name, words in layout.values.items() if name not in WHO}
    return replace(layout, constants=constants, values=values), clients


def _meant(engine: Engine, rows: Rows) -> list[tuple[str, str, str, str | None]]:
    """What each text of the columns of WHO means by the layout's words and those for unknown: two words for one person
    are to become one pseudonym. Returns column, text, cell in our words, and the value that checking takes it for.

    In `raw` each client's id is put as the clinic has it, and the layout's words are taken so. What stands for a column
    that is not there has a blank text.
    """
    layout = rows.layout
    there = [name for name in WHO if name in rows.places]
    constants = {name: text for name, text in layout.constants.items() if name in WHO}
    if not there and not constants:
        return []
    values = dict(layout.values)
    if "client_id" in there:
        column = f"c{rows.places['client_id']}"
        ids = [text for (text,) in engine.rows(f"SELECT DISTINCT {column} FROM raw WHERE {column} <> ''")]
        _replace(engine, "raw", column, {text: own_id(text) for text in ids})
        values["client_id"] = {own_id(theirs): ours for theirs, ours in values.get("client_id", {}).items()}
    beside = Held(file=1)  # the number under which these texts lie beside those of the whole file
    gather(engine, "raw", [f"c{rows.places[name]}" for name in there], file=beside.file)
    unknown = (*layout.unknown, *map(own_id, layout.unknown))
    words = replace(layout, values=values, unknown=unknown, constants=constants)
    judge(engine, date.max, Rows(rows.export, words, {name: n for n, name in enumerate(there)}, beside))
    return engine.rows(
        f"SELECT name, coalesce(text, ''), coalesce(cell, ''), value FROM judged WHERE file = {beside.file}"
    )


def _require_one_client_a_pseudonym(pseudonyms: Mapping[str, str]) -> None:
    """Raises DeidentifyError if two clients would have one pseudonym: their records would run together."""
    if len(set(pseudonyms.values())) < len(pseudonyms):
        raise DeidentifyError(
            "Nothing was written: two clients would have the same pseudonym with this key, or one has another in the "
            "crosswalk. Use the key that the crosswalk was made with, or begin anew with a new key."
        )


def _require_no_name_in(engine: Engine, out: Path) -> None:
    """Raises DeidentifyError if the name of the file to write may identify a person."""
    text = re.sub(r"[_.]+", " ", out.stem)
    engine.load("file_name", pa.table({"line": arrays.column([1]), "text": arrays.column([text])}))
    found = identifiers.in_values(engine, "file_name", ["file"], ["text"])
    if found:
        raise DeidentifyError(f"The name of the file to write may identify a client: it looks like a {found[0].kind}.")


def _coarse_columns(export: Export, places: Mapping[str, int], headers: Sequence[str]) -> dict[str, tuple[int, Coarse]]:
    """The columns that are kept in a coarser form: what each becomes, and its place. The first of several is taken."""
    found: dict[str, tuple[int, Coarse]] = {}
    for place, header in enumerate(headers):
        form = coarse_form(header)
        if form and place not in places.values() and form.name not in export.header:
            found.setdefault(form.name, (place, form))
    return found


def _replace(engine: Engine, table: str, column: str, instead: Mapping[str, str]) -> None:
    """Replace each of the texts of a column by another."""
    changed = {text: code for text, code in instead.items() if code != text}
    if not changed:  # mostly, where ids are only put as the clinic has them: no row is written anew for nothing
        return
    codes = {"text": arrays.column(list(changed)), "code": arrays.column(list(changed.values()))}
    engine.load("instead", pa.table(codes))
    engine.run(f"UPDATE {table} SET {column} = instead.code FROM instead WHERE {table}.{column} = instead.text")


def _code(engine: Engine, export: Export, key: Key) -> dict[str, str]:
    """Turn each text in which something may identify a person into a code. Returns column → how many, and why.

    Each text is judged by itself, so that it stays or becomes the same code in every file. Only what is recognised
    beside others like it, such as three given names that each stand alone, depends on the file. Raises DeidentifyError
    if a column of no texts may identify a person: then the file is not the named export.
    """
    texts = [column.name for column in export.columns if column.type == "text"]
    of = {name: engine.value(f"SELECT count(DISTINCT {name}) FROM checked WHERE fault IS NULL") for name in texts}
    coded: dict[str, list[str]] = {}
    for alone in (True, False):
        _view_texts(engine, texts)
        for column, found in identifiers.telling(engine, "texts", texts, texts, alone=alone).items():
            _replace(engine, "checked", column, {text: key.code(column, text) for text in sorted(found.texts)})
            why = f"line {found.line} looks like {identifiers.with_article(found.kind)}"
            company = "" if alone else ", only because several of the kind stand together: other files may keep them"
            coded.setdefault(column, []).append(f"{len(found.texts)} of {of[column]} texts ({why}{company})")
    left = _findings(engine, list(export.header))
    if left:
        raise DeidentifyError(f"Nothing was written: {'; '.join(map(str, left))}.")
    return {column: " and of ".join(told) for column, told in coded.items()}


def _findings(engine: Engine, names: Sequence[str]) -> list[identifiers.Finding]:
    """What the gate would find in the rows as they would be written: one finding per column."""
    _view_texts(engine, names)
    found = identifiers.in_values(engine, "texts", names, names)
    return list({finding.column: finding for finding in found}.values())


def _view_texts(engine: Engine, names: Sequence[str]) -> None:
    """Make the view `texts`: columns of the rows that may be written, as texts."""
    columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in names)
    engine.run(f"CREATE OR REPLACE TEMP VIEW texts AS SELECT line, {columns} FROM checked WHERE fault IS NULL")


def _moves(key: Key, move_dates: Moving | None) -> Callable[[str], timedelta]:
    """By how much the dates of a client, given as the pseudonym, are moved back."""
    match move_dates:
        case None:
            return lambda pseudonym: timedelta()
        case "clinic":
            by = timedelta(weeks=key.weeks_moved())
            return lambda pseudonym: by
        case "client":
            return lru_cache(maxsize=None)(lambda pseudonym: timedelta(weeks=key.weeks_moved(pseudonym)))


def _note_left_out(engine: Engine, export: Export, by: Callable[[str], timedelta], *, of_a_client: bool) -> None:
    """Make the table `left_out`: the line of each row that is not taken, and why, without quoting the row.

    `of_a_client`: a row of no client is not taken either, because its dates could be moved with nobody's; nor is a row
    with a date that would be moved to before the first one that a run accepts: the same number of weeks holds for all
    files, and a blank in its place could mean that something is still going on. The run's own words repeat digits of a
    bad cell; those of a file with identifiers in it are not repeated.
    """
    nobodys = "fault IS NULL AND client_id IS NULL" if of_a_client else "false"
    dates = ", ".join(column.name for column in export.columns if column.type == "date")
    nearly = EARLIEST + timedelta(weeks=MOST_WEEKS)
    early = engine.stream(
        f"SELECT line, coalesce(client_id, ''), least({dates}) FROM checked"
        f" WHERE fault IS NULL AND NOT ({nobodys}) AND least({dates}) < DATE '{nearly}'"
    )
    too_early = [line for line, client, day in early if day - by(client) < EARLIEST]
    engine.load("too_early", pa.table({"line": arrays.column(too_early)}))
    engine.run(f"""
        CREATE TABLE left_out AS
        SELECT line, reason FROM broken
        UNION ALL
        SELECT line, fault_column || ' is missing or not what it should be' FROM checked WHERE fault IS NOT NULL
        UNION ALL
        SELECT line, 'the row is of no client, so its dates cannot be moved with one' FROM checked WHERE {nobodys}
        UNION ALL
        SELECT line, 'a date would be moved to before {EARLIEST.year}, and a run takes none so early' FROM too_early
    """)


def _write(
    engine: Engine,
    export: Export,
    out: Path,
    by: Callable[[str], timedelta],
    coarse: Mapping[str, tuple[int, Coarse]],
) -> int:
    """Write the rows that are not left out, whole or not at all. Returns how many."""
    dates = [n for n, column in enumerate(export.columns) if column.type == "date"]
    whose = export.header.index("client_id")
    day = export.header.index(next(column.name for column in export.columns if column.type == "date"))
    written = 0

    def rows() -> Iterator[list[object]]:
        nonlocal written
        columns = [f"checked.{name}" for name in export.header] + [f"raw.c{place}" for place, _ in coarse.values()]
        taken = "checked JOIN raw USING (line) ANTI JOIN left_out USING (line)"
        for row in engine.stream(f"SELECT {', '.join(columns)} FROM {taken} ORDER BY line"):
            cells = list(row)
            given = cells[len(export.header) :]
            for n, (text, (_, form)) in enumerate(zip(given, coarse.values(), strict=True), len(export.header)):
                cells[n] = form.of(text, cells[day]) if text and cells[day] else None
            moved = by(cells[whose] or "")
            for n in dates:
                cells[n] = cells[n] - moved if cells[n] is not None else None
            written += 1
            yield ["yes" if cell is True else "no" if cell is False else cell for cell in cells]

    _write_csv(out, (*export.header, *coarse), rows())
    return written


def _read_crosswalk(crosswalk: Path) -> dict[str, str]:
    """Client's id → pseudonym, as an earlier file's crosswalk has it; nothing if there is none."""
    if not crosswalk.exists():
        return {}
    try:
        with crosswalk.open(encoding="utf-8-sig", newline="") as stream:
            first, *lines = list(csv.reader(stream)) or [[]]
    except (UnicodeDecodeError, csv.Error):
        first, lines = [], []
    if tuple(first) != CROSSWALK or any(len(line) != 2 for line in lines):
        raise DeidentifyError(f"{crosswalk} is not a list of pseudonyms that was written here.")
    return dict(lines)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
