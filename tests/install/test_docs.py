"""The documentation: every link leads somewhere, and every command shown exists."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from pipelines.cli import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors that code hosting sites make from a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith(("https://", "mailto:")):
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_found_from_the_first():
    found, looked_at = {DOCS / "README.md"}, set()
    while unread := found - looked_at:
        for page in unread:
            looked_at.add(page)
            links = (link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8")))
            found |= {(page.parent / link).resolve() for link in links if link.endswith(".md") and "://" not in link}
    assert set(DOCS.glob("*.md")) <= found


def test_every_picture_is_shown_somewhere():
    shown = {Path(link).name for page in PAGES for link in LINK.findall(page.read_text("utf-8"))}
    assert {path.name for path in (DOCS / "pictures").glob("*.png")} <= shown


def shown_commands() -> list[tuple[str, str]]:
    """Each `meshwork ...` of a code block or a table's first column, with the page it is on."""
    found = []
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        text = page.read_text("utf-8")
        blocks = re.findall(r"^ *```(?:sh)?\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`(meshwork [^`]+)`", text)
        found += [(name(page), line) for line in lines if re.match(r"\s*(\S*/)?meshwork [a-z]", line)]
    return sorted(set(found))


@pytest.mark.parametrize(("page", "line"), shown_commands())
def test_every_command_shown_is_one_with_its_options(page, line):
    words = [word.strip("[]") for word in shlex.split(line.replace("\\|", " "), comments=True)][1:]
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        known = command.commands
        assert words[0] in known, line
        command = known[words.pop(0)]
    options = {option for param in command.params for option in param.opts} | {"-h", "--help", "--version"}
    assert [word for word in words if word.startswith("--") and word.partition("=")[0] not in options] == []


def test_the_list_of_parts_is_that_of_the_lock():
    lock = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    rows = re.findall(r"^\| (\S+) \| ([\d. or]+) \| ([^|]+) \|$", (DOCS / "parts.md").read_text("utf-8"), re.MULTILINE)
    assert [(name, version) for name, versions, _ in rows for version in versions.split(" or ")] == lock
    assert all(licence.strip() for *_, licence in rows)
    bill = json.loads((DOCS / "parts.cdx.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [(each["name"], each["version"]) for each in bill["components"]] == lock
    assert all(each["licenses"][0]["license"]["name"] for each in bill["components"])
