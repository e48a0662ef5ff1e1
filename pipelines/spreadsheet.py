"""Text that a spreadsheet program would take for a formula, made harmless in every CSV that leaves Meshwork."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins with one of these is a formula to a spreadsheet program


def as_text(cell: str) -> str:
    """A cell that is read as text: behind an apostrophe where it would be a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def from_text(cell: str) -> str:
    """What `as_text` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
