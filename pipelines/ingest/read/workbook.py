"""Workbooks: the first sheet, its cells as the sheet shows them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from pipelines.ingest.read.reading import BATCH, Batch, Reading, UnreadableError, as_text


def read(path: Path) -> Reading:
    """Open a workbook for reading. Raises UnreadableError."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows()
        header = [_cell_text(cell) or "" for cell in next(rows, ())]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError, IndexError, EOFError):
        raise UnreadableError("is damaged: it is not the kind of file that its name says") from None
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise UnreadableError("is empty: the first row of its first sheet holds no header")
    width = len(header)

    def batches() -> Iterator[Batch]:
        line = 2
        while chunk := list(islice(rows, BATCH)):
            cells = [[_cell_text(cell) for cell in row] for row in chunk]
            lines = [n for n, row in enumerate(cells, line) if any(row)]
            cells = [(row + [None] * width)[:width] for row in cells if any(row)]
            line += len(chunk)
            yield Batch(list(zip(*cells, strict=True)) if cells else [()] * width, lines)
        book.close()

    return Reading(tuple(cell.strip() for cell in header), batches())


def _cell_text(cell: Any) -> str | None:
    """A spreadsheet cell as the sheet shows it: a number formatted `0.0` keeps its decimal, as a level of care must."""
    value = cell.value
    if isinstance(value, float | int) and not isinstance(value, bool):
        shown = str(cell.number_format)
        if shown.startswith("0.") and set(shown[2:]) == {"0"}:
            return f"{value:.{len(shown) - 2}f}"
    return as_text(value)
