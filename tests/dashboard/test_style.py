"""The style sheet: one scale of type, one place for a colour, and little that leans on how Streamlit is built."""

from __future__ import annotations

import re
import tomllib

import pytest

from dashboard.charts import theme
from dashboard.server import SETTINGS
from pipelines.wording.control import READINGS
from tests.dashboard.conftest import ROOT

FOLDER = ROOT / "dashboard"
CSS = re.sub(r"/\*.*?\*/", "", (FOLDER / "style.css").read_text("utf-8"), flags=re.DOTALL)
SIZES = dict(re.findall(r"(--(?:xs|s|m|l|xl|xxl)): ([\d.]+)rem", CSS))
COLOURS = set(re.findall(r"(--[a-z-]+): light-dark\(", CSS))

# What belongs to Streamlit, and where it is to be found in a page at 390 pixels.
LEANS_ON = {
    ".stApp": "",
    ".stAppHeader": "",
    ".stAppViewContainer": "",
    ".stMain": "",
    ".stMainBlockContainer": "",
    ".stVerticalBlock": "",
    ".stElementContainer": "",
    ".stHtml": "",
    '[data-testid="stExpandSidebarButton"]': "",
    ".stVegaLiteChart": "trends",
    ".stMarkdown": "sobriety?group=Site",
    ".stMultiSelect": "trends",
    "[data-tag]": "trends?mine=Sessions kept",
}


def test_there_are_six_sizes_of_type_and_everything_has_one_of_them():
    assert list(SIZES) == ["--xs", "--s", "--m", "--l", "--xl", "--xxl"]
    assert set(re.findall(r"font-size: ([^;}]+)", CSS)) <= {f"var({size})" for size in SIZES}
    assert set(re.findall(r"\bfont: ([^;}]+)", CSS)) == {"inherit"}
    charts = "".join(path.read_text("utf-8") for path in (FOLDER / "charts").glob("*.py"))
    assert re.findall(r'[fF]ontSize"?[=:] ?\d', charts) == []
    assert [16 * float(SIZES[size]) for size in ("--xs", "--s", "--m")] == [theme.SMALL, theme.TEXT, theme.LARGE]
    headings = tomllib.loads(SETTINGS.read_text("utf-8"))["theme"]["headingFontSizes"]
    assert [float(size.removesuffix("rem")) for size in headings] == sorted(map(float, SIZES.values()), reverse=True)


def test_a_colour_is_named_once_for_light_and_for_dark():
    elsewhere = re.sub(r"--[a-z-]+: light-dark\([^)]*\)", "", CSS)
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", elsewhere)) <= {"#fff"}  # paper
    inks = {value for value in vars(theme).values() if isinstance(value, str) and value.startswith("var(")}
    assert {ink[4:-1] for ink in inks} <= COLOURS
    charts = "".join(path.read_text("utf-8") for path in (FOLDER / "charts").glob("*.py"))
    assert re.findall(r"#[0-9a-f]{6}", charts) == []


def luminance(colour: str) -> float:
    """As WCAG has it, of `#rrggbb`."""
    shares = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_letters_of_every_colour_can_be_read_on_what_they_are_written_on():
    by_light = dict(re.findall(r"(--[a-z-]+): light-dark\(([^)]*)\)", CSS))
    letters = set(re.findall(r"(?:[ {;]color|--reading): var\((--[a-z-]+)\)", CSS)) - {"--reading", "--ground"}
    assert {"--ink", "--soft", "--green", "--clay", "--better", "--worse"} <= letters
    for light, colours in enumerate(zip(*(by_light[name].split(", ") for name in sorted(letters)), strict=True)):
        for under in ("--ground", "--card"):
            paper = luminance(by_light[under].split(", ")[light])
            for name, colour in zip(sorted(letters), colours, strict=True):
                lighter, darker = sorted((luminance(colour), paper), reverse=True)
                assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{name} {colour} on {under}"


def test_every_rule_is_for_something_that_is_drawn():
    drawn = "".join(path.read_text("utf-8") for ending in ("py", "html", "js") for path in FOLDER.rglob(f"*.{ending}"))
    lanes = ("met", "ribbon", "stated", "span", "bar", "dot")  # `mw-{{ lane.kind }}`
    made = {f"mw-{each}" for each in (*READINGS, *lanes, "sober-unknown", "sober-recent_use")}
    names = set(re.findall(r"\.(mw-[\w-]+)", CSS))
    assert {name for name in names if name not in drawn} <= made


def test_it_leans_on_what_is_listed_here_and_on_nothing_else():
    found = set(
        re.findall(r"\.st[A-Z]\w+|\[data-testid[^\]]*\]|\[data-tag\]|\.st-emotion[\w-]*|\[class\*=[^\]]*\]", CSS)
    )
    assert found == set(LEANS_ON)


@pytest.mark.browser
@pytest.mark.parametrize("path", sorted(set(LEANS_ON.values())))
def test_what_it_leans_on_is_there(open_page, address, path):
    page = open_page(f"{address}/{path or '?therapist=All therapists'}", 390)
    for selector in (selector for selector, where in LEANS_ON.items() if where == path):
        page.locator(selector).first.wait_for(state="attached")


@pytest.mark.browser
def test_letters_on_green_can_be_read_in_the_dark(open_page, address):
    page = open_page(f"{address}/trends?mine=Sessions kept", 1440, "dark")
    tag = page.locator("[data-tag]")
    # The letters are the ground's colour, on the green of the theme; axe does not look into these tags.
    assert tag.locator("span").evaluate("each => getComputedStyle(each).color") == "rgb(20, 26, 27)"
    assert tag.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(124, 201, 193)"


@pytest.mark.browser
def test_on_a_phone_the_menu_has_a_name_and_opens_the_pages(open_page, address):
    page = open_page(f"{address}/?therapist=All therapists", 390)
    menu = page.get_by_role("button", name="Menu")
    assert menu.evaluate("button => getComputedStyle(button, '::after').content") == '"Menu"'
    box = menu.bounding_box()
    assert box["x"] + box["width"] <= 390
    assert box["width"] > 60, "the label is seen"
    menu.click()
    page.get_by_role("link", name="Trends").click()
    page.get_by_text("What these measures mean").wait_for()
