"""The table of rooms in `docs/architecture.md`, from `tests/rooms.toml`; the rest of the page is written by hand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ROOMS = ROOT / "tests" / "rooms.toml"
PAGE = ROOT / "docs" / "architecture.md"
HEAD = "| room | files | what it holds | may import |\n|---|---|---|---|\n"


def page() -> str:
    """The text of docs/architecture.md, with its table made anew."""
    rows = "".join(_row(room) for room in tomllib.loads(ROOMS.read_text("utf-8"))["room"])
    return re.sub(rf"{re.escape(HEAD)}(\|.*\n)+", lambda _: HEAD + rows, PAGE.read_text("utf-8"))


def _row(room: dict[str, Any]) -> str:
    files = ", ".join(f"`{file}`" for file in room["files"])
    return f"| {room['name']} | {files} | {room['holds']} | {', '.join(room['imports'])} |\n"


PAGES = {"architecture.md": page}
