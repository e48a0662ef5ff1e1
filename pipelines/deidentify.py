"""A file in which clients are identified → an export in which they are not.

Of the file only the contract's columns are kept, and of those only values that the contract allows. A client's id
becomes a pseudonym by a secret key (HMAC-SHA-256): the same client has the same one in every file, and without the key
nobody can work it out. A therapist's code stays, a therapist's name becomes a code. A column of texts in which
something may identify a person becomes codes throughout: where one name was found, others may be that were not. The
dates stay, or are moved by one secret number of whole weeks for the whole clinic.

What comes out is pseudonymised, or a limited data set; it is not de-identified in the sense of HIPAA Safe Harbor.
"""

from __future__ import annotations

import csv
import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import TextIO

import pyarrow as pa

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.ingest import identifiers
from pipelines.ingest.check import checking_query, positions
from pipelines.ingest.layout import OWN, Layout
from pipelines.ingest.read import UnreadableError, read
from pipelines.ingest.stage import require_columns, stage

SHORTEST_KEY = 16  # bytes; a shorter secret can be guessed
MOST_WEEKS = 104

# Codes are of consonants only, so that none spells a word or looks like a number.
LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")

# A code such as T07 or th-12 names nobody.
THERAPIST_CODE = re.compile(r"[A-Za-z]{0,4}[-_]?\d{1,6}")


class DeidentifyError(ActionableError):
    """A file that cannot be de-identified; the message says why, and holds no value of the file."""


@dataclass(frozen=True)
class Deidentified:
    """What became of a file's rows. `not_taken`: a sentence for each row left out; `coded`: what stands for a column's
    texts and why; `left_out`: headers of columns that the export does not have.
    """

    rows_read: int
    written: int
    clients: int
    not_taken: list[str] = field(default_factory=list)
    coded: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class Key:
    """The clinic's secret, by which ids become pseudonyms."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def guessable(self) -> bool:
        """Whether it is too short to be a secret."""
        return len(self._secret) < SHORTEST_KEY

    def pseudonym(self, client_id: str) -> str:
        """The pseudonym of a client's id, 64 bits of its digest; `0042.0`, as spreadsheets have it, is `0042`."""
        own = re.sub(r"^(\d+)\.0+$", r"\1", client_id.strip())
        return f"c-{'-'.join(wrap(self._code('client', own, 16), 4))}"

    def therapist(self, therapist_id: str) -> str:
        """A therapist's code as it is, or what stands for a therapist's name."""
        return therapist_id if THERAPIST_CODE.fullmatch(therapist_id.strip()) else self.code("therapist", therapist_id)

    def code(self, column: str, text: str) -> str:
        """What stands for a text of a column; the same for the same text."""
        return f"{column}-{self._code(column, ' '.join(text.lower().split()), 8)}"

    @property
    def weeks_moved(self) -> int:
        """How many weeks the clinic's dates are moved back, 1 to 104: whole weeks, so that a Monday stays one."""
        return 1 + int.from_bytes(self._digest("dates", "")[:8], "big") % MOST_WEEKS

    def _code(self, about: str, text: str, length: int) -> str:
        return self._digest(about, text).hex()[:length].translate(LETTERS)

    def _digest(self, about: str, text: str) -> bytes:
        return hmac.digest(self._secret, f"{about}\0{text}".encode(), "sha256")


def key_of(path: Path) -> tuple[Key, bool]:
    """The key that a file holds, and whether it was made just now, because there was no such file.

    Raises DeidentifyError where the file is empty.
    """
    made = not path.exists()
    if made:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _private(path) as stream:
            stream.write(secrets.token_hex(32) + "\n")
    secret = path.read_bytes().strip()
    if not secret:
        raise DeidentifyError(f"The key file {path} is empty. Remove it, and a new key is made.")
    return Key(secret), made


def deidentify(
    source: Path,
    export: Export,
    out: Path,
    key: Key,
    *,
    layout: Layout = OWN,
    move_dates: bool = False,
    crosswalk: Path | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Deidentified:
    """Write the file `source`, read as `export`, to the CSV `out`. Its rows keep their order.

    `crosswalk`: a CSV of whose pseudonym is whose, to which this file's clients are added. `progress` hears the rows
    read so far. Raises DeidentifyError and OSError; then nothing is written.
    """
    if out.suffix.lower() != ".csv":
        raise DeidentifyError("What is written is a CSV file: its name must end in .csv.")
    if out.exists() and out.samefile(source):
        raise DeidentifyError("The file to write is the file to read.")
    with Engine() as engine:
        try:
            reading = read(source, export, layout)
            places = positions(export, layout, reading.headers)
            require_columns(export, layout, places, reading)
            broken = stage(engine, reading, progress)
        except UnreadableError as error:
            raise DeidentifyError(f"The file {error}.") from None
        clients: dict[str, str] = {}
        if "client_id" in places:
            clients = _replace(engine, "raw", f"c{places['client_id']}", key.pseudonym)
        if "therapist_id" in places:
            _replace(engine, "raw", f"c{places['therapist_id']}", key.therapist)
        # Whether a date lies after the data is for the run to say, which knows up to when they go.
        engine.run(f"CREATE TABLE checked AS {checking_query(export, layout, places, 'raw', date.max)}")
        coded = _code(engine, export, key)
        moved = timedelta(weeks=key.weeks_moved if move_dates else 0)
        written = _write(engine, export, out, moved)
        not_taken = [f"line {row.line}: {row.reason}" for row in broken]
        # The run's own words repeat digits of a bad cell; those of a file with identifiers in it are not repeated.
        not_taken += [
            f"line {line}: {column} is missing or not what it should be"
            for line, column in engine.rows(
                "SELECT line, fault_column FROM checked WHERE fault IS NOT NULL ORDER BY line"
            )
        ]
        if crosswalk is not None:
            _add_to(crosswalk, clients)
        return Deidentified(
            rows_read=written + len(not_taken),
            written=written,
            clients=len(clients),
            not_taken=not_taken,
            coded=coded,
            left_out=[
                identifiers.label(reading.headers, n) for n in range(len(reading.headers)) if n not in places.values()
            ],
        )


def _replace(engine: Engine, table: str, column: str, by: Callable[[str], str]) -> dict[str, str]:
    """Put what stands for it in the place of each text of a column. Gives text → what stands for it."""
    texts = [text for (text,) in engine.rows(f"SELECT DISTINCT {column} FROM {table} WHERE trim({column}) <> ''")]
    codes = [by(text) for text in texts]
    engine.load("instead", pa.table({"text": pa.array(texts, pa.string()), "code": pa.array(codes, pa.string())}))
    engine.run(f"UPDATE {table} SET {column} = instead.code FROM instead WHERE {table}.{column} = instead.text")
    return dict(zip(texts, codes, strict=True))


def _code(engine: Engine, export: Export, key: Key) -> list[str]:
    """Turn each column of texts in which something may identify a person into codes; say of which and why.

    Raises DeidentifyError where another column looks so: then the file is not what it is said to be.
    """
    names = list(export.header)
    told = []
    for finding in _findings(engine, names):
        if export.column(finding.column).type != "text":
            raise DeidentifyError(f"Nothing was written: {finding}.")
        _replace(engine, "checked", finding.column, partial(key.code, finding.column))
        told.append(f"{finding}; codes stand for all of its texts")
    left = _findings(engine, names)
    if left:
        raise DeidentifyError(f"Nothing was written: {'; '.join(map(str, left))}.")
    return told


def _findings(engine: Engine, names: Sequence[str]) -> list[identifiers.Finding]:
    """What the gate would find in the rows as they would be written, one finding a column."""
    columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in names)
    engine.run(f"CREATE OR REPLACE TEMP VIEW texts AS SELECT line, {columns} FROM checked WHERE fault IS NULL")
    found = identifiers.in_values(engine, "texts", names, names)
    return list({finding.column: finding for finding in found}.values())


def _write(engine: Engine, export: Export, out: Path, moved: timedelta) -> int:
    """Write the rows that are as they should be, whole or not at all. Gives how many."""
    dates = [n for n, column in enumerate(export.columns) if column.type == "date"]
    rows = engine.rows(f"SELECT {', '.join(export.header)} FROM checked WHERE fault IS NULL ORDER BY line")

    def told(row: Sequence[object]) -> list[object]:
        cells = list(row)
        for n in dates:
            value = cells[n]
            cells[n] = value - moved if isinstance(value, date) else None
        return ["yes" if cell is True else "no" if cell is False else cell for cell in cells]

    _write_whole(out, export.header, (told(row) for row in rows))
    return len(rows)


def _add_to(crosswalk: Path, clients: dict[str, str]) -> None:
    header = ("client_id", "pseudonym")
    known: dict[str, str] = {}
    if crosswalk.exists():
        with crosswalk.open(encoding="utf-8", newline="") as stream:
            first, *lines = list(csv.reader(stream)) or [[]]
        if tuple(first) != header or any(len(line) != 2 for line in lines):
            raise DeidentifyError(f"{crosswalk} is not a list of pseudonyms that was written here.")
        known = dict(lines)
    known |= {client.strip(): pseudonym for client, pseudonym in clients.items()}
    _write_whole(crosswalk, header, sorted(known.items()))


def _write_whole(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        with _private(beside) as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows(rows)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _private(path: Path) -> TextIO:
    """A new file that only its owner can read, open for writing."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")
