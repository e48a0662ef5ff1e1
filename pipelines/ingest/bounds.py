"""Limits on the work that a file may cause. A file beyond them is refused, or its row rejected, with a message."""

from __future__ import annotations

# Wider files are dumps of everything that a system knows; the exports have 35 columns at most.
COLUMNS = 1_000
# The most that a spreadsheet's cell can hold. A row with a longer cell is rejected.
CELL_CHARACTERS = 32_767
# A quoted cell may hold line breaks; one that spans more lines than this was never closed.
CELL_LINES = 200
# A compressed file may grow this many times, or to this many bytes, whichever is more.
EXPANSION = 100
EXPANDED_ANYWAY = 64 << 20
# A file with more unreadable lines than this, and more of them than rows, is not the kind its name says.
BROKEN_ROWS = 50_000
# A meeting directory is read as a whole.
DIRECTORY_BYTES = 32 << 20
# Title rows above a header, searched for the line that reads like one.
TITLE_ROWS = 40


def expands_too_far(expanded: int, compressed: int) -> bool:
    """Whether compressed data grow beyond what a clinic's export does."""
    return expanded > max(EXPANDED_ANYWAY, EXPANSION * compressed)
