"""Which part may know which: data goes one way, and each thing is done in one place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def uses(path: Path, package: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in imported(path))


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    ("folder", "package", "allowed"),
    [
        ("pipelines", "dashboard", {"pipelines/cli.py"}),  # the command that serves it
        ("pipelines", "streamlit", set()),
        ("pipelines", "duckdb", {"pipelines/engine/duckdb.py"}),
        ("dashboard/views", "duckdb", set()),
        ("dashboard/charts", "duckdb", set()),
        ("dashboard/charts", "streamlit", set()),
        ("dashboard/queries", "altair", set()),
        ("pipelines/contract", "pipelines.ingest", set()),
        ("pipelines/contract", "pipelines.engine", set()),
        ("pipelines/engine", "pipelines.ingest", set()),
        ("pipelines/ingest", "pipelines.build", set()),
        ("pipelines/ingest", "pipelines.publish", set()),
    ],
)
def test_no_part_knows_what_it_must_not(folder, package, allowed):
    knowing = {path.relative_to(ROOT).as_posix() for path in python_files(folder) if uses(path, package)}
    assert knowing <= allowed


def test_only_queries_open_a_snapshot():
    opening = {
        path.parent.name for path in python_files("dashboard") if uses(path, "duckdb") or uses(path, "pipelines.engine")
    }
    assert opening <= {"queries"}


def test_pages_hold_no_sql():
    for path in python_files("dashboard/views"):
        assert not re.search(r"\bSELECT\b.*\bFROM\b", path.read_text("utf-8"), re.DOTALL), path.name
