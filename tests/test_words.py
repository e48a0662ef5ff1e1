"""docs/words.md has every sentence that the product can say, and none of them is a riddle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.words import page

PAGE = Path(__file__).parents[1] / "docs" / "words.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == page(), "the words have changed: `make docs` writes the page again"


@pytest.mark.parametrize(
    "said",
    [
        "Note a contact",
        "Nobody is left to call",
        "There is too little data to judge.",
        "A contact may not be what caused the change.",
        "No single group explains it.",
    ],
)
def test_it_has_what_the_pages_say(said):
    assert said in page()


@pytest.mark.parametrize(
    "riddle",
    [r"\btold\b", r"\bso much\b", r"\bstands\b(?! (out|for 1 to))", r"\bhalf within\b", r"\bit can be told\b", r"\bbefell\b",
     r"\breckoned\b", r"non-complian", r"relapse risk", r"\bcame so far\b", r"\bas far as they are\b", r"\bmay make them\b", r"\ba single one can\b",
     r"\bnot down to\b"],
)  # fmt: skip
def test_no_riddle_is_left(riddle):
    assert [line for line in page().splitlines() if re.search(riddle, line, re.IGNORECASE)] == []
