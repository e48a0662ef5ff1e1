"""Delimited text: comma, semicolon, tab or bar, in any usual encoding, with quoted line breaks."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipelines.contract import PSEUDONYM, Export
from pipelines.ingest import bounds
from pipelines.ingest.columns import named, normal, positions, reads_like_header, required
from pipelines.ingest.layout import Layout
from pipelines.ingest.read.content import Content
from pipelines.ingest.read.reading import (
    BATCH,
    HOLDS_MARK,
    MARK,
    Batch,
    Broken,
    Reading,
    Regular,
    UnreadableError,
    naming_damage,
    open_bytes,
)

DELIMITERS = (",", ";", "\t", "|")
BATCH_CHARACTERS = 32 << 20
# Longer lines are not rows; they are neither kept in memory nor parsed.
LONGEST_LINE = 1 << 20
TOO_LONG = f"the row is longer than {LONGEST_LINE:,} characters"
OTHER_ENCODING = (
    "the row is not written in the encoding by which the file is read ({encoding}): save the file as UTF-8, or give its"
    " `encoding` in a mapping profile"
)
MISREAD = (
    "some letters may be misread: the file is not UTF-8, and by its looks not Windows-1252. Save it as UTF-8, or give"
    " its `encoding` in a mapping profile (such as cp437 or cp850 of DOS, mac_roman of a Mac)"
)
CUT_SHORT = "the last line ends early, without a line break: the file may have been cut short"
NOT_CLOSED = "a quotation mark opens here and does not close"
CLOSED_EARLY = "a quotation mark closes before its cell ends"
NOT_OPENED = "a quotation mark closes here that does not open"

# What the cells of a client's row look like, so that a line that a stray quotation mark swallowed is recognised as a
# row.
SHAPES = {"pseudonym": re.compile(rf"\s*{PSEUDONYM}\s*"), "date": re.compile(r"\D*(\d\D*){3,14}(:.*)?")}

# Bytes that an encoding does not know become these code points.
_UNDECODED = re.compile("[\udc80-\udcff\ufffd]")
# How letters of older encodings look in Windows-1252: signs right after a letter or within a word, and capitals after a
# small letter. An apostrophe, a dash, a hyphen or a trade mark may be there.
_ODD = re.compile(
    rb"[A-Za-z]([\x80-\x84\x86-\x89\x8b\x8d\x8f\x90\x95\x98\x9b\x9d]"
    rb"|[\x91\x93\x94\xa1-\xac\xae-\xb3\xb5\xb6\xb8-\xbf][A-Za-z])"
    rb"|[a-z][\x8a\x8c\x8e\x9f]|[A-Z][\x8a\x8c\x8e\x9f][a-z]"
)
_GUARDED = re.compile(r'="(.*)"', re.DOTALL)

csv.field_size_limit(1 << 24)


@dataclass(frozen=True)
class _Dialect:
    """How the lines of a file divide into rows.

    `needed`: how many cells a row must have so that no required column is missing. `shapes`: of the columns that name
    the client and the day, the place and how their cells look. `mixed`: whether lines may be written in another
    encoding than the rest.
    """

    delimiter: str
    width: int
    needed: int
    shapes: tuple[tuple[int, re.Pattern[str]], ...]
    encoding: str
    mixed: bool


def read(path: Path, export: Export, layout: Layout, content: Content) -> Reading:
    """Open a text file for reading. Raises UnreadableError."""
    encoding, mixed, misread = Encoding(layout.encoding) if layout.encoding else encoding_of(path, content)
    with naming_damage():
        try:
            # UTF-16 and UTF-32 cannot carry stray bytes as lone code points.
            errors = "replace" if "16" in encoding or "32" in encoding else "surrogateescape"
            lines = io.TextIOWrapper(open_bytes(path), encoding, errors=errors, newline="")
        except LookupError:
            raise UnreadableError(f"cannot be read: there is no encoding {encoding!r}") from None
        first = 1 + sum(1 for _ in islice(_short(lines), layout.skip_rows))
        opening = next(_short(lines), "")
        delimiter = layout.delimiter
        if opening.lower().startswith("sep=") and len(opening.strip()) == 5:
            delimiter = delimiter or opening.strip()[-1]
            opening = next(_short(lines), "")
            first += 1
        while opening and not opening.strip():
            opening = next(_short(lines), "")
            first += 1
        began = first
        while opening.count('"') % 2 and first - began < bounds.CELL_LINES and (more := next(_short(lines), "")):
            opening += more
            first += 1
    if not opening:
        raise UnreadableError("is empty: not even a header line")
    if _UNDECODED.search(opening) or MARK in opening:
        raise UnreadableError("has a header line that cannot be read: save the file as UTF-8")
    wanted = {normal(theirs) for theirs in named(export, layout).values()}
    delimiter = delimiter or _delimiter(opening, wanted)
    try:
        (cells,) = csv.reader([opening], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        raise UnreadableError("has a header line whose quotation marks do not close") from None
    headers = header_of([_unguarded(cell) for cell in cells])
    if not reads_like_header(headers, export, layout):
        below = ((first + n, _literal(text, delimiter)) for n, text in enumerate(_short(lines), 1))
        missing_because_of_titles(islice(below, bounds.TITLE_ROWS), export, layout)
    places = positions(export, layout, headers)
    dialect = _Dialect(
        delimiter,
        len(headers),
        1 + max((places[ours] for ours in required(export, layout) if ours in places), default=-1),
        tuple(
            (places[column.name], SHAPES[column.type])
            for column in export.columns
            if column.required and column.name in places and column.type in SHAPES
        ),
        encoding,
        mixed or content.marked,
    )
    remarks = [MISREAD] if misread else []
    plain = layout.skip_rows == 0 and not layout.only and not layout.stop_at and not mixed and began == first
    regular = _regular(path, content, dialect, first) if plain and encoding == "utf-8-sig" else None
    return Reading(headers, _batches(lines, dialect, first, remarks), remarks, regular)


def header_of(cells: Sequence[str]) -> tuple[str, ...]:
    """The headers in a line, without the blank ones at its end. Raises UnreadableError if there are too many."""
    headers = [cell.strip() for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > bounds.COLUMNS:
        raise UnreadableError(
            f"has {len(headers):,} columns, and {bounds.COLUMNS:,} are read at most: export only those that are needed"
        )
    return tuple(headers)


def missing_because_of_titles(below: Iterable[tuple[int, Sequence[str]]], export: Export, layout: Layout) -> None:
    """Raises UnreadableError if the header is not in the first line, but in one below it, with that line."""
    for line, cells in below:
        if reads_like_header(cells, export, layout):
            raise UnreadableError(
                f"has its header in line {line}, below other rows: delete the rows above it, or say "
                f"`skip_rows = {line - 1}` in a mapping profile"
            )


class Encoding(NamedTuple):
    """How a file's letters are read, whether some lines may be written in another encoding, and whether its letters
    look as if all were.
    """

    name: str
    mixed: bool = True
    misread: bool = False


def encoding_of(path: Path, content: Content) -> Encoding:
    """The encoding of a file.

    UTF-16 and UTF-32 by their marks, UTF-16 also by its zero bytes; UTF-8 if the whole file is, or most of the lines
    that can tell; else Windows-1252. Raises UnreadableError for what is not text.
    """
    start = content.start
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return Encoding("utf-32")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16")
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) // 4 and min(even, odd) == 0:
        return Encoding("utf-16-le" if odd else "utf-16-be")
    if content.nul:
        raise UnreadableError("is not a text file")
    if content.utf8:
        return Encoding("utf-8-sig", mixed=False)
    if start.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8-sig")
    lines = utf8 = odd_lines = 0
    with open_bytes(path) as stream, naming_damage():
        for line in stream:
            if not line.isascii():
                lines += 1
                if _is_utf8(line):
                    utf8 += 1
                else:
                    odd_lines += _ODD.search(line) is not None
    return Encoding("utf-8-sig") if 2 * utf8 >= lines else Encoding("cp1252", misread=odd_lines > 0)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(header: str, wanted: set[str]) -> str:
    """The delimiter that finds the most wanted columns in the header; among equals, the most cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        cells = _literal(header, delimiter)
        return len({normal(cell) for cell in cells} & wanted), len(cells)

    return max(DELIMITERS, key=fit)


def _literal(text: str, delimiter: str) -> list[str]:
    """A line's cells, whatever its quotation marks."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)


def _regular(path: Path, content: Content, dialect: _Dialect, header_line: int) -> Regular | None:
    """The file as the engine's reader would take it; None if the bytes do not prove that it reads it as we do."""
    returns = content.returns > 0
    proved = (
        content.utf8
        and not content.nul
        and not content.marked
        and not content.guards
        and content.returns in (0, content.feeds)
        and content.pairs == content.returns
        and (content.ends_with_feed or not returns)
        and content.lines > header_line
    )
    if not proved:
        return None
    return Regular(path, dialect.delimiter, header_line, content.lines - header_line, content.quotes > 0)


# --- rows ---


def _short(lines: io.TextIOWrapper) -> Iterator[str]:
    """The lines; of one that is too long to be a row only a stub, to save memory."""
    while text := lines.readline(LONGEST_LINE):
        if len(text) < LONGEST_LINE or text[-1] in "\r\n":
            yield text
            continue
        while (more := lines.readline(LONGEST_LINE)) and len(more) == LONGEST_LINE and more[-1] not in "\r\n":
            pass
        yield TOO_LONG + "\n"


def _some(lines: Iterator[str], most: int) -> list[str]:
    """The next lines, so many or so long that they make a batch."""
    taken: list[str] = []
    size = 0
    for text in islice(lines, most):
        taken.append(text)
        size += len(text)
        if size > BATCH_CHARACTERS:
            break
    return taken


def _batches(stream: io.TextIOWrapper, dialect: _Dialect, header_line: int, remarks: list[str]) -> Iterator[Batch]:
    line = header_line + 1
    waiting: list[str] = []
    rows = broken = blank = 0
    with stream, naming_damage():
        lines = _short(stream)
        while True:
            taken = _some(lines, BATCH + bounds.CELL_LINES - len(waiting))
            ended = not taken
            waiting += taken
            if not waiting:
                break
            if len(waiting) <= bounds.CELL_LINES and not ended:
                continue
            starts, texts, used = _whole_records(waiting, dialect, ended)
            batch = _batch([line + start for start in starts], texts, dialect)
            rows += len(batch.lines)
            broken += len(batch.broken)
            blank += len(texts) - len(batch.lines) - len(batch.broken)
            if broken > max(bounds.BROKEN_ROWS, rows) or blank > 20 * max(bounds.BROKEN_ROWS, rows):
                raise UnreadableError("is no table: most of its lines are blank, or are no rows of its header")
            yield batch
            if ended and texts and 0 < _cells(texts[-1], dialect) < dialect.width and texts[-1][-1] not in "\r\n":
                remarks.append(CUT_SHORT)
            line += used
            waiting = waiting[used:]


def _cells(text: str, dialect: _Dialect) -> int:
    return len(_literal(text, dialect.delimiter)) if text.strip() else 0


def _whole_records(lines: list[str], dialect: _Dialect, ended: bool) -> tuple[Sequence[int], list[str], int]:
    """Join the lines of each record that has a quoted line break; a quote that never closes costs only its own line.

    Returns where the records start, their texts, and how many lines they took: the last lines wait for the next call,
    unless the file has ended, because a cell may go on beyond them.
    """
    if not any('"' in text for text in lines):
        return range(len(lines)), lines, len(lines)
    starts, texts = [], []
    n, until = 0, len(lines) if ended else len(lines) - bounds.CELL_LINES
    while n < until:
        length = 1
        if '"' in lines[n] and _stays_open(lines[n], dialect):
            length = _joined(lines, n, dialect)
        starts.append(n)
        texts.append("".join(lines[n : n + length]))
        n += length
    return starts, texts, n


def _stays_open(text: str, dialect: _Dialect) -> bool:
    """Whether a quoted cell opens in a line and does not close."""
    try:
        list(csv.reader([text], delimiter=dialect.delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _joined(lines: list[str], n: int, dialect: _Dialect) -> int:
    """How many lines the record takes whose quoted cell opens in line `n`: one if it does not close properly.

    Two stray quotation marks look like one long cell; what lies between them is then rows of its own.
    """
    quotes = lines[n].count('"')
    for last in range(n + 1, min(n + bounds.CELL_LINES, len(lines))):
        if _is_row_of_its_own(lines[last], dialect):
            return 1
        quotes += lines[last].count('"')
        if quotes % 2 == 0:
            joined = "".join(lines[n : last + 1])
            if not _stays_open(joined, dialect):
                return last - n + 1 if isinstance(_row(joined, dialect), list) else 1
    return 1


def _is_row_of_its_own(text: str, dialect: _Dialect) -> bool:
    """Whether a line has as many cells as the header, and a client and a day where they belong."""
    return any(
        len(cells) == dialect.width
        and bool(dialect.shapes)
        and all(shape.fullmatch(cells[place].strip('"')) for place, shape in dialect.shapes)
        for cells in (text.rstrip("\r\n").split(dialect.delimiter), _literal(text, dialect.delimiter))
    )


def _batch(lines: list[int], texts: Sequence[str], dialect: _Dialect) -> Batch:
    whole = _regular_rows(texts, dialect)
    if whole is not None:
        return Batch(list(zip(*whole, strict=True)), lines)
    kept: list[list[str]] = []
    kept_lines: list[int] = []
    broken: list[Broken] = []
    for line, text in zip(lines, texts, strict=True):
        row = _row(text, dialect)
        if isinstance(row, str):
            begins = next((cell for cell in _literal(text, dialect.delimiter) if cell.strip()), "")
            broken.append(Broken(line, row, begins))
        elif row is not None:
            kept.append(row)
            kept_lines.append(line)
    cells: list[Sequence[str]] = list(zip(*kept, strict=True)) if kept else [()] * dialect.width
    return Batch(cells, kept_lines, broken)


def _regular_rows(texts: Sequence[str], dialect: _Dialect) -> list[list[str]] | None:
    """The rows of texts of which none needs a closer look; None if one does."""
    if dialect.mixed or max(map(len, texts), default=0) > bounds.CELL_CHARACTERS:
        return None
    try:
        records = list(csv.reader(texts, delimiter=dialect.delimiter, strict=True))
    except csv.Error:
        return None
    if {len(record) for record in records} != {dialect.width} or len(records) != len(texts):
        return None
    if any(not "".join(record).strip() for record in records):
        return None
    if any('"' in text and ('="' in text or ' "' in text or text.count('"') % 2) for text in texts):
        return None
    return records


def _row(text: str, dialect: _Dialect) -> list[str] | str | None:
    """The cells of a record; or what is wrong with it, in words; or None for a blank line, which is not a row."""
    if not text.strip():
        return None
    if text.startswith(TOO_LONG):
        return TOO_LONG
    if MARK in text:
        return HOLDS_MARK
    if dialect.mixed and _is_of_another_encoding(text, dialect.encoding):
        return OTHER_ENCODING.format(encoding=dialect.encoding.removesuffix("-sig"))
    record = _divided(text, dialect)
    if isinstance(record, str):
        return record
    if not any(cell.strip() for cell in record):
        return "the row is empty"
    # Spreadsheets leave out blank cells at the end of a row; a row without a required cell has lost more than that.
    if len(record) < dialect.needed or any(cell.strip() for cell in record[dialect.width :]):
        return f"the row has {len(record)} columns, the header has {dialect.width}"
    if any(len(cell) > bounds.CELL_CHARACTERS for cell in record):
        return f"a cell is longer than {bounds.CELL_CHARACTERS:,} characters"
    if text.count('"') % 2 and any(cell.rstrip().endswith('"') for cell in record):
        return NOT_OPENED
    row = (record + [""] * dialect.width)[: dialect.width]
    return [_unguarded(cell) for cell in row]


def _unguarded(cell: str) -> str:
    """A cell without the guard by which spreadsheets keep its zeros: `="0001"`."""
    guarded = _GUARDED.fullmatch(cell.strip())
    return guarded[1] if guarded else cell


def _divided(text: str, dialect: _Dialect) -> list[str] | str:
    """A record's cells, or what is wrong with its quotation marks. Blanks around a quoted cell do not belong to it."""
    fault = ""
    record = [text]
    try:
        record = next(csv.reader([text], delimiter=dialect.delimiter, strict=True))
    except csv.Error as error:
        fault = NOT_CLOSED if "unexpected end" in str(error) else CLOSED_EARLY
    if fault or any(cell.lstrip(" ").startswith('"') for cell in record):
        tight = re.sub(rf'"[ ]+(?={re.escape(dialect.delimiter)}|[\r\n]|$)', '"', text)
        try:
            apart = next(csv.reader([tight], delimiter=dialect.delimiter, strict=True, skipinitialspace=True))
        except csv.Error:
            apart = []
        if len(apart) == dialect.width:
            return apart
    return fault or record


def _is_of_another_encoding(text: str, encoding: str) -> bool:
    """Whether a line holds bytes that its encoding does not know, or reads as UTF-8 in a file of another encoding."""
    if text.isascii():
        return False
    if _UNDECODED.search(text):
        return True
    if encoding != "cp1252":
        return False
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
