"""What every reader returns: a file's headers and its rows of text, each with its physical line."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from pipelines import arrays
from pipelines.errors import ActionableError

BATCH = 50_000

# A cell that is there but cannot be read: this mark, then what a receptionist should know. If the column is used,
# checking rejects the row with these words. The mark is a character of no script; no text in a file may hold it.
MARK = "\ue000"
HOLDS_MARK = "the row holds a character that belongs to no script (U+E000)"


class UnreadableError(ActionableError):
    """A file that cannot be read at all; the message gives the reason and no value of the file."""


class UnreadNowError(UnreadableError):
    """A file that could not be read for a reason that may lie elsewhere: another run may be able to read the same
    bytes.
    """


@dataclass(frozen=True)
class Broken:
    """A row that cannot be divided into cells. `begins`: its first cell that is not blank, if that is known."""

    line: int
    reason: str
    begins: str = ""


@dataclass(frozen=True)
class Batch:
    """Rows of text: a list of cells for each header, the rows' lines, and the broken rows between them."""

    cells: Sequence[Sequence[str | None]]
    lines: Sequence[int]
    broken: Sequence[Broken] = ()

    def table(self) -> pa.Table:
        """As an Arrow table with columns `line`, `c0`, `c1`, …"""
        cells = {f"c{n}": arrays.column(cells, pa.string()) for n, cells in enumerate(self.cells)}
        return pa.table({"line": arrays.column(self.lines, pa.int64())} | cells)

    def broken_table(self) -> pa.Table:
        """The broken rows as an Arrow table with columns `line` and `reason`."""
        lines, reasons = [row.line for row in self.broken], [row.reason for row in self.broken]
        return pa.table({"line": arrays.column(lines, pa.int64()), "reason": arrays.column(reasons, pa.string())})


@dataclass(frozen=True)
class Regular:
    """A delimited file so regular that the engine's own reader reads it: after the header's line, a row a line."""

    path: Path
    delimiter: str
    header_line: int
    rows: int
    quoted: bool


@dataclass(frozen=True)
class Reading:
    """A file being read: its headers as they are written, and its rows, batch by batch.

    `remarks`: what should be known about how it was read; complete once the batches have been read. `regular`: given if
    the engine's reader may take the rows in place of the batches. `whole`: whether all of a list that replaces the one
    before it could be read; complete once the batches have been read.
    """

    headers: tuple[str, ...]
    batches: Iterator[Batch]
    remarks: list[str] = field(default_factory=list)
    regular: Regular | None = None
    whole: bool = True


def unread(why: str) -> str:
    """A cell that is there but cannot be read; `why` follows the column's name in a sentence."""
    return MARK + why


class naming_damage:  # noqa: N801 - reads as a phrase in `with`
    """Turns what a damaged file raises into a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EOFError):
            raise UnreadableError("is damaged: its compressed data ends too early") from None
        if isinstance(error, (zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)):
            raise UnreadableError("is damaged: it is not the kind of file that its name says") from None
        if isinstance(error, OSError):
            raise UnreadNowError(f"cannot be opened ({error.strerror or error.__class__.__name__})") from None


def open_bytes(path: Path) -> BinaryIO:
    """The file's content, decompressed. Raises UnreadableError."""
    with naming_damage():
        return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def as_text(value: object) -> str | None:
    """A typed cell as an export would write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
