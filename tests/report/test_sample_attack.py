"""The attack on the sample's reports: all twelve months in hand, as their CSVs show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import snapshots
from tests.report import reader
from tests.report.reader import WHOLE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library(published_home):
    home: Path = published_home()
    return reader.library(snapshots.readable(home), home)


def test_every_month_is_attacked(library):
    names = {name for _, _, _, name in library.true}
    assert len(reader.small(library, names)) > 2000
    assert len(library.shown) > 250
    assert {kind for kind, *_ in library.shown} == {"month", "quarter", "year"}


def test_what_the_reader_takes_for_known_is_true(library):
    """One that is not would blind the attack to all numbers that hang together with it."""

    def of(number, window):
        name, what = number
        numbers = library.true.get((*window, WHOLE, name))
        return None if numbers is None else sum(numbers.values()) if what == "of" else numbers.get(what, 0.0)

    for window in {(kind, last) for kind, last, cell, _ in library.true if cell == WHOLE}:
        for identity in (*reader.DEFINED, *(reader.OF_A_MONTH if window[0] == "month" else ())):
            if None not in (numbers := {number: of(number, window) for number in identity}).values():
                assert sum(by * numbers[number] for number, by in identity.items()) == pytest.approx(0), (
                    window,
                    identity,
                )
        for part, whole in reader.WITHIN:
            alike = window[0] == "month" or len({part[0], whole[0]} & library.summed) != 1
            if alike and None not in (numbers := (of(part, window), of(whole, window))):
                assert numbers[0] <= numbers[1] + 1e-6, (window, part, whole)


def test_nothing_small_is_shown(library):
    assert not [key for key, numbers in library.shown.items() if any(0 < value < 11 for value in numbers.values())]


def test_no_attack_pins_a_small_number_of_the_clinic(library):
    assert reader.of_the_clinic(library) == []


def test_no_attack_pins_a_small_number_of_a_group(library):
    assert reader.of_groups(library) == []


def test_the_attack_finds_a_number_that_is_given_away(library):
    """If a quarter's admissions and those of two of its months are shown, those of the third can be worked out."""

    def admissions(month):
        return ("month", month, WHOLE, "admissions")

    quarters = [key[1] for key in library.shown if (key[0], *key[2:]) == ("quarter", WHOLE, "admissions")]
    months = next(
        months
        for quarter in quarters
        if 0 < library.true[admissions((months := reader.months("quarter", quarter))[1])]["part"] < 11
    )
    given = {admissions(month): library.true[admissions(month)] for month in (months[0], months[2])}
    found = reader.of_the_clinic(replace(library, shown=library.shown | given))
    assert ("admissions", "part", "month", months[1], WHOLE) in {each.target for each in found}
