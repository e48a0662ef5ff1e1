"""Puts `pipelines` and `dashboard` into the wheel as `meshwork.pipelines` and `meshwork.dashboard`.

In the checkout both lie at the top, under the names that the code imports. At the top of a clinic's Python those names
could be anybody's, so in the wheel everything lies one folder deeper, in `meshwork`, and the imports say so. An
editable install uses the checkout as it is.
"""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MOVED = ("pipelines", "dashboard")
INSTALLED = "meshwork"


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the Python files to the wheel, with their imports rewritten; pyproject.toml names all other files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        if version == "editable":
            return
        self._written = tempfile.TemporaryDirectory()
        root = Path(self.root)
        for source in sorted(path for folder in (*MOVED, INSTALLED) for path in (root / folder).rglob("*.py")):
            name = source.relative_to(root)
            copy = Path(self._written.name, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(as_installed(source.read_text("utf-8"), name.as_posix()).encode())
            place = name if name.parts[0] == INSTALLED else Path(INSTALLED, name)
            build_data["force_include"][str(copy)] = place.as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling after it has built."""
        if version != "editable":
            self._written.cleanup()


def as_installed(source: str, file: str) -> str:
    """Python source with its absolute imports of the moved packages under their installed names.

    Raises ValueError at an import that would mean something else there: `import pipelines.run` binds `pipelines`.
    """
    lines = source.splitlines(keepends=True)
    places = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _moved(node.module or ""):
            places.append((node.lineno, node.col_offset + len("from ")))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _moved(alias.name):
                    if alias.asname is None:
                        raise ValueError(f"{file}:{alias.lineno}: write `from {alias.name} import ...` here")
                    places.append((alias.lineno, alias.col_offset))
    for number, column in sorted(places, reverse=True):
        line = lines[number - 1].encode()  # ast counts columns in bytes
        lines[number - 1] = (line[:column] + f"{INSTALLED}.".encode() + line[column:]).decode()
    return "".join(lines)


def _moved(module: str) -> bool:
    return module.split(".")[0] in MOVED
