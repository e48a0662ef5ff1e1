"""CSV for people: text that a spreadsheet program would take for a formula is harmless in every such file.

A de-identified export is not for people: a run reads it again, so its cells are kept as they are
(`pipelines/deidentify.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any, TextIO

# Spreadsheet programs take a cell that begins with one of these for a formula; the wide ones, in some languages.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GUARD = "'"


def write(stream: TextIO, rows: Iterable[Iterable[Any]]) -> None:
    """Write rows as CSV; numbers and dates are themselves, and no text is a formula."""
    out = csv.writer(stream, lineterminator="\n")
    out.writerows([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def as_text(cell: str) -> str:
    """A cell that is read as text: with an apostrophe before it if it would be a formula, or would become one without
    its apostrophe.
    """
    return f"{GUARD}{cell}" if cell.lstrip(GUARD).startswith(FORMULA) else cell


def from_text(cell: str) -> str:
    """What `as_text` was given."""
    return cell[1:] if cell.startswith(GUARD) and cell.lstrip(GUARD).startswith(FORMULA) else cell
