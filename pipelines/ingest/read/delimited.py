"""Delimited text: comma, semicolon, tab or bar, in any usual encoding, with quoted line breaks."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from pipelines.contract import Export
from pipelines.ingest.layout import Layout
from pipelines.ingest.read.reading import BATCH, Batch, Broken, Reading, UnreadableError, damage_told, open_bytes

DELIMITERS = (",", ";", "\t", "|")
# A quoted cell may hold line breaks; one that spans more lines than this was never closed.
LONGEST_CELL_LINES = 200

csv.field_size_limit(1 << 24)


def read(path: Path, export: Export, layout: Layout) -> Reading:
    """Open a text file for reading. Raises UnreadableError."""
    encoding = layout.encoding or encoding_of(path)
    with damage_told():
        try:
            lines = io.TextIOWrapper(open_bytes(path), encoding, errors="replace", newline="")
        except LookupError:
            raise UnreadableError(f"cannot be read: there is no encoding {encoding!r}") from None
        first = 1
        opening = lines.readline()
        delimiter = layout.delimiter
        if opening.lower().startswith("sep=") and len(opening.strip()) == 5:
            delimiter = delimiter or opening.strip()[-1]
            opening = lines.readline()
            first += 1
        while opening and not opening.strip():
            opening = lines.readline()
            first += 1
        while opening.count('"') % 2 and first < LONGEST_CELL_LINES and (more := lines.readline()):
            opening += more
            first += 1
    if not opening:
        raise UnreadableError("is empty: not even a header line")
    wanted = {theirs.strip().lower() for theirs in layout.columns.values()} or set(export.header)
    delimiter = delimiter or _delimiter(opening, wanted)
    (cells,) = _parsed([opening], delimiter) or [[]]
    if not cells:
        raise UnreadableError("has a header line whose quotation marks do not close")
    headers = tuple(cell.strip() for cell in cells)
    return Reading(headers, _text_batches(lines, delimiter, len(headers), first))


def encoding_of(path: Path) -> str:
    """UTF-8 where the whole file is; UTF-16 by its mark or its zero bytes; else Windows-1252."""
    with open_bytes(path) as stream, damage_told():
        start = stream.read(4096)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        first, second = start[0::2].count(0), start[1::2].count(0)
        if max(first, second) > len(start) // 4 and min(first, second) == 0:
            return "utf-16-le" if second else "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        block, encoding = start, "utf-8-sig"
        while block:
            if b"\0" in block:
                raise UnreadableError("is not a text file")
            if encoding == "utf-8-sig":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "cp1252"
            block = stream.read(1 << 20)
        return encoding


def _delimiter(header: str, wanted: set[str]) -> str:
    """The delimiter that finds the most of the wanted columns in the header, then the most cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        (cells,) = _parsed([header], delimiter) or [[]]
        return len({normal(cell) for cell in cells} & {normal(cell) for cell in wanted}), len(cells)

    return max(DELIMITERS, key=fit)


def normal(header: str) -> str:
    """A header as it is compared: lower case, blanks and hyphens as underscores."""
    return "_".join(header.replace("-", " ").replace("_", " ").replace("\ufeff", "").lower().split())


def _text_batches(lines: io.TextIOWrapper, delimiter: str, width: int, header_line: int) -> Iterator[Batch]:
    line = header_line + 1
    waiting: list[str] = []
    with lines, damage_told():
        while waiting := waiting + list(islice(lines, BATCH + LONGEST_CELL_LINES - len(waiting))):
            starts, texts, taken = _whole_records(waiting, delimiter, width)
            yield _batch([line + start for start in starts], texts, delimiter, width)
            line += taken
            waiting = waiting[taken:]


def _whole_records(lines: list[str], delimiter: str, width: int) -> tuple[Sequence[int], list[str], int]:
    """Join the lines of each record that has a quoted line break; a quote that never closes costs its own line only.

    Gives where the records start, their texts, and how many lines they took: the last lines wait for the next call,
    unless the file ends with them, because a cell may go on beyond them.
    """
    if not any(text.count('"') % 2 for text in lines):
        return range(len(lines)), lines, len(lines)
    starts, texts = [], []
    n = 0
    while n < min(len(lines), BATCH):
        length = 1
        if lines[n].count('"') % 2:
            quotes = 0
            for last in range(n, min(n + LONGEST_CELL_LINES, len(lines))):
                quotes += lines[last].count('"')
                if last > n and quotes % 2 == 0:
                    joined = "".join(lines[n : last + 1])
                    if [len(record) for record in _parsed([joined], delimiter)] == [width]:
                        length = last - n + 1
                    break
        starts.append(n)
        texts.append("".join(lines[n : n + length]))
        n += length
    return starts, texts, n


def _parsed(texts: Iterable[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(texts, delimiter=delimiter))
    except csv.Error:
        return []


def _batch(lines: list[int], texts: Sequence[str], delimiter: str, width: int) -> Batch:
    records = _parsed(texts, delimiter)
    if {len(record) for record in records} == {width} and len(records) == len(texts) and not _doubtful(records, texts):
        return Batch(list(zip(*records, strict=True)), lines)
    if len(records) != len(texts):  # a stray quote swallowed a line: read each record for itself
        records = [alone[0] if (alone := _parsed([text], delimiter)) else [text] for text in texts]
    kept: list[list[str]] = []
    kept_lines: list[int] = []
    broken: list[Broken] = []
    for line, text, record in zip(lines, texts, records, strict=True):
        if len(record) == width and "\n" not in record[-1] and any(record):
            kept.append(record)
            kept_lines.append(line)
        elif text.strip():
            reason = _fault(record, width, text)
            if reason:
                broken.append(Broken(line, reason))
            else:
                kept.append(record[:width])
                kept_lines.append(line)
    cells: list[Sequence[str]] = list(zip(*kept, strict=True)) if kept else [()] * width
    return Batch(cells, kept_lines, broken)


def _doubtful(records: list[list[str]], texts: Sequence[str]) -> bool:
    """Whether some of these records of the right width must be looked at one by one: a blank one, or an open quote."""
    return [""] * len(records[0]) in records or any(text.count('"') % 2 for text in texts)


def _fault(record: list[str], width: int, text: str) -> str | None:
    if not any(cell.strip() for cell in record):
        return "the row is empty"
    if text.count('"') % 2:
        return "a quotation mark opens here and does not close"
    if len(record) < width:
        return f"the row has {len(record)} columns, the header has {width}"
    if any(cell.strip() for cell in record[width:]):
        return f"the row has {len(record)} columns, the header has {width}"
    return None
