"""Which part may import which: data flows one way, and each thing is done in one place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FOLDERS = ("pipelines", "dashboard", "meshwork")
FILES = {module_of(path): path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))}
ROOMS = tomllib.loads((ROOT / "tests" / "rooms.toml").read_text("utf-8"))["room"]
FOUNDATION = ROOMS[0]["name"]  # any room may import it


def room_of(module: str) -> dict[str, Any]:
    """The one room of a module: that which names its file, or a folder that it lies in."""
    path = FILES[module].relative_to(ROOT).as_posix()
    (room,) = (room for room in ROOMS if any(path == file or path.startswith(file) for file in room["files"]))
    return room


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def imported(module: str) -> set[str]:
    """What a module imports anywhere in it: other modules of ours, and packages."""
    names = set()
    for node in ast.walk(ast.parse(FILES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in FILES else node.module for name in full}
    return names


IMPORTS = {module: imported(module) for module in FILES}


def ways(part: str, target: str, through: set[str]) -> list[str]:
    """How modules of a part import a target, directly or through others, except those that may come between."""
    found = []
    for start in sorted(module for module in FILES if within(module, part)):
        came_from: dict[str, str | None] = {start: None}
        ahead = [] if any(within(start, each) for each in through) else [start]
        while ahead:
            module = ahead.pop(0)
            for name in sorted(IMPORTS.get(module, set()) - came_from.keys()):
                if any(within(name, each) for each in through):
                    continue
                came_from[name] = module
                ahead.append(name)
                if within(name, target):
                    way: list[str] = []
                    at: str | None = name
                    while at:
                        way.append(at)
                        at = came_from[at]
                    found.append(" < ".join(way))
    return found


@pytest.mark.parametrize("module", FILES)
def test_a_module_is_in_one_room_and_imports_only_what_that_may(module):
    room = room_of(module)
    others = {room_of(name)["name"] for name in IMPORTS[module] & FILES.keys()} - {room["name"], FOUNDATION}
    assert others <= set(room["imports"]), "tests/rooms.toml does not let this room import these"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room["name"])
def test_a_room_stands_on_those_above_it_and_imports_all_that_it_names(room):
    above = [each["name"] for each in ROOMS[: ROOMS.index(room)]]
    modules = [module for module in FILES if room_of(module) == room]
    used = {room_of(name)["name"] for module in modules for name in IMPORTS[module] & FILES.keys()}
    assert room["imports"] == [name for name in above if name in used - {FOUNDATION}], "as tests/rooms.toml has it"
    assert all((ROOT / file).exists() for file in room["files"])


@pytest.mark.parametrize(
    ("part", "target", "through"),
    [
        ("pipelines", "streamlit", {"pipelines.cli", "pipelines.__main__"}),  # the command that serves the dashboard
        ("dashboard.views", "duckdb", {"dashboard.queries", "pipelines"}),
        ("dashboard.sections", "duckdb", {"dashboard.queries", "pipelines"}),
        ("dashboard.charts", "duckdb", set()),
        ("dashboard.charts", "streamlit", set()),
        ("dashboard.queries", "streamlit", set()),
        ("dashboard.queries", "altair", set()),
    ],
)
def test_no_part_loads_a_package_that_it_must_not(part, target, through):
    assert any(within(module, part) for module in FILES)
    assert ways(part, target, through) == []


@pytest.mark.parametrize(
    ("target", "knowing"),
    [
        ("duckdb", {"pipelines.engine"}),  # only the engine knows which engine it is
        ("pyspark", {"pipelines.engine.spark"}),
        ("pipelines.ingest.read", {"pipelines.ingest", "pipelines.deidentify"}),  # only these see raw text
    ],
)
def test_only_one_part_knows(target, knowing):
    found = {module for module, names in IMPORTS.items() if any(within(name, target) for name in names)}
    assert {module for module in found if not any(within(module, part) for part in knowing)} == set()
    assert found


@pytest.mark.parametrize("module", ["meshwork.__main__", "pipelines.cli", "pipelines.run", "pipelines.last_run"])
def test_what_is_loaded_before_there_is_work_to_do_is_light(module):
    look = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    weighty = {"altair", "dashboard", "duckdb", "jinja2", "numpy", "openpyxl", "pandas", "platformdirs", "pyarrow"}
    weighty |= {"pyspark", "rich", "scipy", "sqlalchemy", "sqlglot", "streamlit", "typst", "xlsxwriter"}
    assert weighty & set(done.stdout.split()) == set()


def test_only_queries_open_a_snapshot():
    opening = {
        module
        for module, names in IMPORTS.items()
        if within(module, "dashboard") and any(within(name, "pipelines.engine") for name in names)
    }
    assert opening
    assert all(within(module, "dashboard.queries") for module in opening)


def test_only_one_part_writes_csv():
    writing = {
        module
        for module, path in FILES.items()
        if re.search(r"csv\.(writer|DictWriter)|to_csv", path.read_text("utf-8"))
    }
    made_to_be_read_by_a_run = {
        "pipelines.deidentify",
        *(module for module in writing if within(module, "pipelines.sample")),
    }
    assert writing == {"pipelines.spreadsheet", *made_to_be_read_by_a_run}


def test_pages_hold_no_sql():
    for module in FILES:
        if within(module, "dashboard.views") or within(module, "dashboard.sections"):
            assert not re.search(r"\bSELECT\b.*\bFROM\b", FILES[module].read_text("utf-8"), re.DOTALL), module


def test_sql_keeps_to_the_width_of_the_code():
    """Python's width is held by the formatter; SQL is read beside it."""
    width = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["line-length"]
    files = [path for folder in ("pipelines", "dashboard", "benchmarks") for path in (ROOT / folder).rglob("*.sql")]
    assert files
    lines = (
        (path.name, number, line)
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
    )
    assert [each for each in lines if len(each[2]) > width] == []
