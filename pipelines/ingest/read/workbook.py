"""Workbooks: the first visible sheet, its cells as the sheet shows them.

Only the parts of the package that matter are read: the list of sheets, the sheet, its texts and its number formats. The
sheet's own statement of its size is ignored; a damaged font or fill does no harm.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from pipelines.contract import Export
from pipelines.ingest import bounds
from pipelines.ingest.columns import reads_like_header
from pipelines.ingest.layout import Layout
from pipelines.ingest.read.delimited import header_of, missing_because_of_titles
from pipelines.ingest.read.number_format import MOST_DIGITS, builtin, general, shown
from pipelines.ingest.read.reading import (
    MARK,
    Batch,
    Broken,
    Reading,
    UnreadableError,
    as_text,
    naming_damage,
    unread,
)

BATCH_CELLS = 500_000
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, as spreadsheets have it
CHUNK = 1 << 18

NO_RESULT = unread("holds a formula without its result: open the workbook, save it, and send it again")
ROUNDED = unread(
    f"holds a number of more than {MOST_DIGITS} digits, whose end the spreadsheet has lost: keep it as text"
)
TOO_LONG = unread(f"is longer than {bounds.CELL_CHARACTERS:,} characters")

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_BOOLEANS = {"1": "yes", "true": "yes", "0": "no", "false": "no"}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


class _DamagedError(Exception):
    """A part of the package that cannot be read; the message names the part and the damage."""


def read(path: Path, export: Export, layout: Layout) -> Reading:
    """Open a workbook for reading. Raises UnreadableError."""
    _require_workbook(path)
    try:
        with naming_damage():
            package = _Package(zipfile.ZipFile(path), path.stat().st_size)
        book = _Book.of(package)
        rows = (row for row in book.rows() if row.number > layout.skip_rows)
        first = next((row for row in rows if any((cell or "").strip() for cell in row.cells)), None)
        if first is None:
            raise UnreadableError(f"is empty: its {book.sheet.place} holds no row")
        headers = header_of([cell or "" for cell in first.cells])
        if not reads_like_header(headers, export, layout):
            below = ((row.number, [cell or "" for cell in row.cells]) for row in islice(rows, bounds.TITLE_ROWS))
            missing_because_of_titles(below, export, layout)
        if any(header.startswith(MARK) for header in headers):
            raise UnreadableError("has a header that cannot be read: a formula without its result, or too long a text")
    except _DamagedError as error:
        raise UnreadableError(f"is damaged: {error}") from None
    remarks = []
    if book.sheets > 1:
        remarks.append(f"read: the {book.sheet.place} of {book.sheets}; the others were not")
    return Reading(headers, _batches(rows, len(headers)), remarks)


def _require_workbook(path: Path) -> None:
    """Raises UnreadableError, saying what the file is, if it is not a workbook of a kind that is read."""
    with naming_damage(), path.open("rb") as stream:
        start = stream.read(512)
        if start.startswith(_OLE):
            rest = start + stream.read(1 << 20)
            if "EncryptedPackage".encode("utf-16-le") in rest or "EncryptionInfo".encode("utf-16-le") in rest:
                raise UnreadableError("is protected by a password: save it without one, and send it again")
            raise UnreadableError("is a workbook of an old kind (.xls): save it as .xlsx, and send it again")
    if not start:
        raise UnreadableError("is empty")
    if not start.startswith(b"PK"):
        kind = "a web page" if re.match(rb"\s*(\xef\xbb\xbf)?\s*<", start) else "no workbook"
        raise UnreadableError(f"is damaged: it is {kind}, not the kind of file that its name says")


def _batches(rows: Iterator[_Row], width: int) -> Iterator[Batch]:
    size = max(1, BATCH_CELLS // width)
    while chunk := list(islice(_undamaged(rows), size)):
        kept = [row for row in chunk if any((cell or "").strip() for cell in row.cells)]
        beyond = {row.number for row in kept if any((cell or "").strip() for cell in row.cells[width:])}
        whole = [row for row in kept if row.number not in beyond]
        cells = [(list(row.cells) + [None] * width)[:width] for row in whole]
        broken = [
            Broken(row.number, f"the row has {len(row.cells)} columns, the header has {width}")
            for row in kept
            if row.number in beyond
        ]
        columns = list(zip(*cells, strict=True)) if cells else [()] * width
        yield Batch(columns, [row.number for row in whole], broken)


def _undamaged(rows: Iterator[_Row]) -> Iterator[_Row]:
    try:
        yield from rows
    except _DamagedError as error:
        raise UnreadableError(f"is damaged: {error}") from None


# --- the package ---


class _Package:
    """The parts of a workbook by their names, which some writers spell with capitals or backslashes."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._size = size
        self._names = {name.replace("\\", "/").strip("/").lower(): name for name in archive.namelist()}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def parse(self, part: str, handler: _Handler) -> Iterator[None]:
        """Parse a part piece by piece, so that what a handler finds can be taken in between. Raises _DamagedError."""
        about = self._archive.getinfo(self._names[part.lower()]) if part in self else None
        if about is None:
            raise _DamagedError(f"its part {PurePosixPath(part).name} is missing")
        if bounds.expands_too_far(about.file_size, self._size):
            raise UnreadableError(
                f"grows to more than {bounds.EXPANSION} times its size when it is decompressed: no export does"
            )
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = handler.start
        parser.EndElementHandler = handler.end
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = _no_doctype
        name = PurePosixPath(part).name
        try:
            with self._archive.open(about) as stream:
                while chunk := stream.read(CHUNK):
                    parser.Parse(chunk, False)
                    yield
                parser.Parse(b"", True)
                yield
        except expat.ExpatError:
            raise _DamagedError(f"its part {name} is not written as it should be") from None
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, zlib.error):
            raise _DamagedError(f"its part {name} cannot be decompressed") from None


def _no_doctype(*_: object) -> None:
    raise _DamagedError("it declares things of its own, as no spreadsheet does")


class _Handler:
    """Hears what a part holds."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """A piece of text."""


def _local(name: str) -> str:
    return name.rpartition("}")[2]


class _Elements(_Handler):
    """Keeps the elements of some names with their attributes, and the elements that they lie in."""

    def __init__(self, *wanted: str) -> None:
        self._wanted = wanted
        self._path: list[str] = []
        self.found: list[tuple[str, str, dict[str, str]]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = _local(name)
        if local in self._wanted:
            within = self._path[-1] if self._path else ""
            self.found.append((local, within, {_local(key): value for key, value in attributes.items()}))
        self._path.append(local)

    def end(self, name: str) -> None:
        self._path.pop()


def _elements(package: _Package, part: str, *wanted: str) -> list[tuple[str, str, dict[str, str]]]:
    handler = _Elements(*wanted)
    for _ in package.parse(part, handler):
        pass
    return handler.found


class _Texts(_Handler):
    """The shared texts, in order, without the phonetic guides above them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._open = False
        self._aloud = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match _local(name):
            case "si":
                self._pieces = []
            case "t":
                self._open = not self._aloud
            case "rPh":
                self._aloud += 1

    def end(self, name: str) -> None:
        match _local(name):
            case "si":
                self.texts.append(_plain("".join(self._pieces)))
            case "t":
                self._open = False
            case "rPh":
                self._aloud -= 1

    def text(self, text: str) -> None:
        if self._open:
            self._pieces.append(text)


def _plain(text: str) -> str:
    """A text as it is meant: `_x000D_` is a character that XML cannot write. A text that is too long is not kept."""
    if len(text) > bounds.CELL_CHARACTERS:
        return TOO_LONG
    if "_x" in text:
        text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text).replace("\0", "")
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unread("holds a character that belongs to no script (U+E000)") if MARK in text else text


# --- the book ---


@dataclass(frozen=True)
class _Sheet:
    """A sheet: where it is among the others, in words, and the part that holds it."""

    place: str
    part: str


@dataclass(frozen=True)
class _Row:
    """A row of a sheet, and its number."""

    number: int
    cells: Sequence[str | None]


@dataclass(frozen=True)
class _Book:
    """A workbook: the sheet that is read, how many there are, and what its cells refer to.

    `formats`: the number format of each cell style, None if it is not declared; None altogether if the styles
    cannot be read.
    """

    package: _Package
    sheet: _Sheet
    sheets: int
    texts_part: str | None
    formats: Sequence[str | None] | None
    since_1904: bool
    shared: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, package: _Package) -> _Book:
        """The book of a package. Raises _DamagedError and UnreadableError."""
        main = _main_part(package)
        related = _related(package, main)
        elements = _elements(package, main, "sheet", "workbookPr")
        declared = [about for kind, _, about in elements if kind == "sheet"]
        worksheets = [
            (n, about, related[about.get("id", "")][1])
            for n, about in enumerate(declared, 1)
            if about.get("id", "") in related and related[about["id"]][0].endswith("worksheet")
        ]
        if not worksheets:
            raise _DamagedError("it holds no sheet")
        visible = [each for each in worksheets if each[1].get("state", "visible") == "visible"]
        if not visible:
            raise UnreadableError("shows no sheet: all of its sheets are hidden")
        n, _, part = visible[0]
        hidden = " visible" if n > 1 else ""
        by_kind = {kind.rpartition("/")[2]: target for kind, target in related.values()}
        about_book = next((about for kind, _, about in elements if kind == "workbookPr"), {})
        return cls(
            package,
            _Sheet(f"first{hidden} sheet (sheet {n})" if n > 1 else "first sheet", part),
            len(declared),
            by_kind.get("sharedStrings"),
            _formats(package, by_kind.get("styles")),
            about_book.get("date1904", "0").lower() in ("1", "true"),
        )

    def rows(self) -> Iterator[_Row]:
        """The rows of the sheet that hold anything. Raises _DamagedError."""
        handler = _Cells(self)
        for _ in self.package.parse(self.sheet.part, handler):
            done, handler.rows = handler.rows, []
            yield from done

    def shared_text(self, index: str) -> str:
        """The shared text of that number; the texts are read when the first is asked for. Raises _DamagedError."""
        if not self.shared and self.texts_part is not None:
            texts = _Texts()
            for _ in self.package.parse(self.texts_part, texts):
                pass
            self.shared.extend(texts.texts)
        if not index.isdigit() or not index.isascii() or int(index) >= len(self.shared):
            raise _DamagedError("a cell refers to a text that is not there")
        return self.shared[int(index)]

    def number(self, text: str, style: str | None) -> str | None:
        """A cell's number as the sheet shows it, or why it cannot be known. Raises _DamagedError."""
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise _DamagedError("a cell that should hold a number holds none") from None
        if not value.is_finite() or abs(value.adjusted()) > 300:
            raise _DamagedError("a cell holds a number that is none")
        value = Decimal(f"{value:.15g}") if len(value.as_tuple().digits) > MOST_DIGITS else value
        if value.adjusted() >= MOST_DIGITS:
            return ROUNDED
        if style in (None, "0") and not self.formats:
            return general(value)
        if self.formats is None:
            return unread("holds a number whose format is damaged: save the workbook again")
        at = int(style) if style and style.isascii() and style.isdigit() else 0 if style is None else -1
        number_format = self.formats[at] if 0 <= at < len(self.formats) else None
        if number_format is None:
            return unread("holds a number in a format that the workbook does not declare: save it again")
        if number_format.lower() in ("general", "standard", "@"):
            return general(value)
        sheet_text = shown(value, number_format, self.since_1904)
        return (
            sheet_text
            if sheet_text is not None
            else unread(f"holds a number in a format that is not read{_quoted(number_format)}")
        )


def _quoted(number_format: str) -> str:
    """A number format to be shown: without the words that it may hold."""
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format)
    return f" ({bare})" if re.fullmatch(r"[0#?.,%;:/ _\-+()*@$eEdDmMyYhHsSgG]{1,60}", bare) else ""


def _main_part(package: _Package) -> str:
    main = "xl/workbook.xml"
    if "_rels/.rels" in package:
        for _, _, about in _elements(package, "_rels/.rels", "Relationship"):
            if about.get("Type", "").endswith("/officeDocument"):
                main = about.get("Target", main).strip("/")
    if main.lower().endswith(".bin"):
        raise UnreadableError("is a binary workbook (.xlsb): save it as .xlsx, and send it again")
    return main


def _related(package: _Package, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: id → kind and part."""
    folder = PurePosixPath(part).parent
    found = {}
    for _, _, about in _elements(package, f"{folder}/_rels/{PurePosixPath(part).name}.rels", "Relationship"):
        target = about.get("Target", "").replace("\\", "/")
        whole = PurePosixPath(target.lstrip("/")) if target.startswith("/") else folder / target
        parts: list[str] = []
        for piece in whole.parts:
            if piece == "..":
                parts = parts[:-1]
            elif piece != ".":
                parts.append(piece)
        found[about.get("Id", "")] = (about.get("Type", ""), "/".join(parts))
    return found


def _formats(package: _Package, part: str | None) -> list[str | None] | None:
    """The number format of each cell style; none if the book has no styles, None if they are damaged."""
    if part is None or part not in package:
        return []
    try:
        elements = _elements(package, part, "numFmt", "xf", "fill", "patternFill", "gradientFill")
        kinds = [kind for kind, within, _ in elements if within in ("fills", "fill")]
        if any(kind == following == "fill" for kind, following in zip(kinds, [*kinds[1:], "fill"], strict=False)):
            # Spreadsheets treat this as damage too; we do not guess which formats they would then show.
            raise UnreadableError(
                "is damaged: its styles are not written as they should be, so that its numbers may be shown otherwise. "
                "Open it, save it, and send it again"
            )
        declared = {about["numFmtId"]: about["formatCode"] for kind, within, about in elements if within == "numFmts"}
        return [
            declared.get(number) or (builtin(int(number)) if number.isdigit() else None)
            for number in (about.get("numFmtId", "0") for _, within, about in elements if within == "cellXfs")
        ]
    except (_DamagedError, KeyError):
        return None


class _Cells(_Handler):
    """The rows of a sheet, as they are read."""

    def __init__(self, book: _Book) -> None:
        self.rows: list[_Row] = []
        self._book = book
        self._cells: dict[int, str | None] = {}
        self._row = 0
        self._column = -1
        self._style: str | None = None
        self._type = "n"
        self._formula = False
        self._pieces: list[str] | None = None
        self._value = ""
        self._inline: list[str] = []
        self._length = 0
        self._aloud = 0
        self._data = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = _local(name)
        if local == "sheetData":
            self._data = True
        elif not self._data:
            return
        elif local == "row":
            self._row = self._number_of(attributes.get("r"), self._row + 1)
            self._column = -1
            self._cells = {}
        elif local == "c":
            self._column = self._column_of(attributes.get("r"))
            self._style = attributes.get("s")
            self._type = attributes.get("t", "n")
            self._formula = False
            self._value, self._inline, self._length = "", [], 0
        elif local == "f":
            self._formula = True
        elif local == "rPh":
            self._aloud += 1
        elif local in ("v", "t") and not self._aloud:
            self._pieces = []

    def end(self, name: str) -> None:
        local = _local(name)
        if local == "sheetData":
            self._data = False
        elif not self._data:
            return
        elif local == "v" and self._pieces is not None:
            self._value, self._pieces = "".join(self._pieces), None
        elif local == "t" and self._pieces is not None:
            self._inline += self._pieces
            self._pieces = None
        elif local == "rPh":
            self._aloud -= 1
        elif local == "c":
            if self._column in self._cells:
                raise _DamagedError(f"row {self._row} holds two values for one cell")
            self._cells[self._column] = self._cell()
        elif local == "row" and self._cells:
            width = 1 + max(self._cells)
            cells = [self._cells.get(n) for n in range(min(width, bounds.COLUMNS + 1))]
            if width > len(cells) and any(cell for n, cell in self._cells.items() if n > bounds.COLUMNS):
                cells[-1] = cells[-1] or "beyond"  # wider than any header that is read: the row will be rejected
            self.rows.append(_Row(self._row, cells))

    def text(self, text: str) -> None:
        if self._pieces is not None:
            self._length += len(text)
            if self._length <= bounds.CELL_CHARACTERS:
                self._pieces.append(text)

    def _number_of(self, text: str | None, following: int) -> int:
        number = following if text is None else int(text) if re.fullmatch("[1-9][0-9]{0,6}", text) else 0
        if not self._row < number <= MOST_ROWS:
            raise _DamagedError("its rows are not numbered as a sheet's are")
        return number

    def _column_of(self, reference: str | None) -> int:
        if reference is None:
            return self._column + 1
        found = _REFERENCE.fullmatch(reference)
        if found is None or int(found[2]) != self._row:
            raise _DamagedError(f"a cell of row {self._row} says that it lies elsewhere")
        place = 0
        for letter in found[1]:
            place = 26 * place + ord(letter) - 64
        if place > MOST_COLUMNS:
            raise _DamagedError(f"a cell of row {self._row} says that it lies elsewhere")
        return place - 1

    def _cell(self) -> str | None:
        """What the cell that ends here shows. Raises _DamagedError."""
        if self._length > bounds.CELL_CHARACTERS:
            return TOO_LONG
        if self._formula and not self._value.strip() and self._type != "str":
            return NO_RESULT
        if not self._value.strip() and self._type not in ("inlineStr", "str"):
            return None
        match self._type:
            case "n":
                return self._book.number(self._value.strip(), self._style)
            case "s":
                return self._book.shared_text(self._value.strip())
            case "inlineStr":
                return _plain("".join(self._inline))
            case "str" | "e":
                return _plain(self._value)
            case "b":
                return _BOOLEANS.get(self._value.strip().lower(), self._value)
            case "d":
                try:
                    return as_text(datetime.fromisoformat(self._value.strip()))
                except ValueError:
                    return _plain(self._value)
            case _:
                raise _DamagedError("a cell is of a kind that no spreadsheet has")
