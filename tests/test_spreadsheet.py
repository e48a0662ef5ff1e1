"""Texts that a spreadsheet program would take for a formula: harmless in a file, and what they were when it is read."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.spreadsheet import FORMULA, as_text, from_text, write


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ('=HYPERLINK("http://elsewhere")', '\'=HYPERLINK("http://elsewhere")'),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),  # else it would come back as =1
        ("'n Uur", "'n Uur"),
        ("1-2", "1-2"),
        ("", ""),
    ],
)
def test_a_formula_is_written_behind_an_apostrophe(cell: str, written: str):
    assert as_text(cell) == written
    assert from_text(written) == cell


@given(st.text(st.sampled_from("'=+-@\t\r\n＝a1")))
def test_nothing_is_a_formula_and_everything_comes_back(cell: str):
    assert not as_text(cell).startswith(FORMULA)
    assert from_text(as_text(cell)) == cell


def test_numbers_and_days_are_themselves():
    out = io.StringIO()
    write(out, [["site", "change", "day"], ["-North", -2.5, date(2026, 10, 5)], ["South", None, None]])
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [
        ["site", "change", "day"],
        ["'-North", "-2.5", "2026-10-05"],
        ["South", "", ""],
    ]
