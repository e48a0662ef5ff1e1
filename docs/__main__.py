"""Writes every generated page of `docs/` again: `make docs`. The pictures take longer: `make pictures`."""

from __future__ import annotations

from pathlib import Path

from docs import declared, parts, rooms, words

FOLDER = Path(__file__).parent
PAGES = declared.PAGES | rooms.PAGES | words.PAGES | parts.PAGES

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
