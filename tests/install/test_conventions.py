"""What users expect of a package: locks, bounds, a version in one place, a quick start, no habits of a single system."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from meshwork import __version__
from pipelines.cli import main

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DECLARED = [
    *PROJECT["project"]["dependencies"],
    *(each for extra in PROJECT["project"]["optional-dependencies"].values() for each in extra),
    *(each for group in PROJECT["dependency-groups"].values() for each in group if isinstance(each, str)),
]
PACKAGED = sorted(path for folder in ("pipelines", "dashboard", "meshwork") for path in (ROOT / folder).rglob("*.py"))
CONTAINER = (ROOT / "Containerfile").read_text("utf-8")


def locked(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock; there can be two, for older and newer Pythons."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE):
        versions.setdefault(package, set()).add(version)
    return versions


# --- locks and bounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name):
    assert not re.search(r"://|file:|--(extra-)?index|--find-links", (ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_hashes(name):
    blocks = re.split(r"^(?=[a-z])", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_tests_run_on_the_very_versions_that_are_run():
    running, *others = (locked(name) for name in LOCKS)
    for other in others:
        assert {name: other.get(name) for name in running} == running


@pytest.mark.parametrize("text", DECLARED)
def test_every_dependency_has_a_lower_and_an_upper_bound(text):
    assert {each.operator for each in Requirement(text).specifier} == {">=", "<"}


@pytest.mark.parametrize("text", PROJECT["project"]["dependencies"])
def test_every_dependency_is_locked_within_its_bounds(text):
    wanted = Requirement(text)
    assert all(wanted.specifier.contains(version) for version in locked("requirements.lock")[wanted.name])


@pytest.mark.parametrize("name", ["pytest", "playwright", "mypy", "openpyxl", "psycopg", "pyspark"])
def test_running_installs_nothing_that_only_tests_or_extras_need(name):
    assert name not in locked("requirements.lock")


# --- the commands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", ["", *main.commands])
def test_every_command_has_help(command, option):
    result = CliRunner().invoke(main, [*([command] if command else []), option])
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_the_citation_has_the_same_version():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def test_cleaning_up_removes_no_home():
    words = ["make", "--dry-run", "clean", "HOME_DIR=/the/home"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    removed = {word for line in re.findall(r"^rm (.*)", done.stdout, re.MULTILINE) for word in line.split()}
    assert ".venv" in removed
    assert {"/the/home", "var", "reports"} & removed == set()


# --- other systems ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("habit", "why"),
    [
        (r"\{[^{}]*:[^{}]*%-[a-zA-Z]|strftime\([^)]*%-", "Windows has no %-d: write {day.day}"),
        (r"\bos\.(execv|fork|getuid|geteuid)\b", "Windows lacks it"),
        (r"^\s*(import|from) (fcntl|pwd|grp|resource|termios)\b", "Windows lacks it"),
    ],
)
def test_no_habit_of_a_single_system(habit, why):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {why}"
        for path in PACKAGED
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(habit, line)
    ]
    assert found == []


def test_text_is_never_read_in_the_systems_own_encoding():
    words = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--preview",
        "--select",
        "PLW1514",
        "--quiet",
        "pipelines",
        "dashboard",
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout == ""


# --- the forge and the container -------------------------------------------------------------------------------------


def test_the_workflow_runs_what_a_desk_runs_and_may_only_read():
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8")
    assert "- run: .ci/run\n" in workflow
    assert re.findall(r"^permissions:\n((?:  .*\n)+)", workflow, re.MULTILINE) == ["  contents: read\n"]


@pytest.mark.parametrize("script", [".ci/run"])
def test_a_script_is_well_formed(script):
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_container_is_not_root_and_has_a_health_check():
    stage = CONTAINER[CONTAINER.rindex("\nFROM ") :]
    assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == ["10001:10001"]
    assert "\nHEALTHCHECK " in stage
    assert all("--read-only" in line for line in re.findall(r"docker run [^\n]*", CONTAINER))


def test_the_container_takes_only_what_is_named_and_locked():
    assert all(re.search(r":\d", image) for image in re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE))
    assert not re.search(r"^ADD ", CONTAINER, re.MULTILINE)
    installs = re.findall(r"pip install ([^\n]*)", CONTAINER)
    assert installs
    assert all("--require-hashes" in each or "--no-deps" in each for each in installs)


def test_what_the_container_copies_is_there_and_let_in():
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    for words in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, re.MULTILINE):
        for source in words.split():
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source, pattern) for pattern in let_in), source
