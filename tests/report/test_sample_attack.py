"""The attack on the sample's reports: all twelve months in hand, as their CSVs show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import snapshots

pytestmark = pytest.mark.slow

TIMES = ("meetings_30_none", "meetings_30_times_1_3", "meetings_30_times_4_7", "meetings_30_times_8_30")
DAYS = ("meetings_30_none", *(f"meetings_30_days_{band}" for band in ("1_3", "4_8", "9_15", "16_30")))
ENDS = (
    "completed",
    "transferred",
    "left",
    "lost_contact",
    "administrative",
    "incarcerated",
    "died",
    "other",
    "unknown",
)
REASONS = tuple(f"discharged_{end}" for end in ENDS)
# What a reader of the definitions knows of the numbers: sums that come to nothing in every window.
DEFINED = [
    {("sobriety_known", "part"): 1, ("sober", "of"): -1},
    {("sober_at_least", "part"): 1, ("sober", "part"): -1},
    {("sober_at_least", "of"): 1, ("sobriety_known", "of"): -1},
    {("sober_at_most", "rest"): 1, ("sober", "rest"): -1},
    {("sober_at_most", "of"): 1, ("sobriety_known", "of"): -1},
    {("no_show_rate", "rest"): 1, ("sessions_kept", "part"): -1},
    *({(name, "of"): 1, (TIMES[0], "of"): -1} for name in (*TIMES[1:], *DAYS[1:])),
    {(TIMES[0], "of"): -1, **{(name, "part"): 1 for name in TIMES}},
    {(DAYS[0], "of"): -1, **{(name, "part"): 1 for name in DAYS}},
    *({(name, "of"): 1, ("discharges", "part"): -1} for name in REASONS),
    {("discharges", "part"): -1, **{(name, "part"): 1 for name in REASONS}},
]
# The same of a month, whose measures count those in care on its last day.
OF_A_MONTH = [
    {("flagged", "of"): 1, ("census", "part"): -1},
    {("sobriety_known", "of"): 1, ("census", "part"): -1},
]


@pytest.fixture(scope="module")
def library(published_home):
    from tests.report import reader

    home: Path = published_home()
    return reader.library(snapshots.readable(home), home)


def test_every_month_is_attacked(library):
    from tests.report import reader

    names = {name for _, _, _, name in library.true}
    assert len(reader.small(library, names)) > 2000
    assert len(library.shown) > 400
    assert {kind for kind, *_ in library.shown} == {"month", "quarter", "year"}


def test_nothing_small_is_shown(library):
    assert not [key for key, numbers in library.shown.items() if any(0 < value < 11 for value in numbers.values())]


def test_no_attack_pins_a_small_number_of_the_clinic(library):
    from tests.report import reader

    assert reader.of_the_clinic(library) == []


def test_no_attack_pins_a_small_number_of_a_group(library):
    from tests.report import reader

    assert reader.of_groups(library) == []


def test_the_attack_finds_a_number_that_is_given_away(library):
    """One month's admissions are shown beside a quarter's and the third month's: then the second is known."""
    from dataclasses import replace

    from tests.report import reader

    quarter = next(
        last for kind, last, cell, name in library.shown if (kind, cell, name) == ("quarter", WHOLE, "admissions")
    )
    first, _, third = reader.months("quarter", quarter)
    given = {
        ("month", month, WHOLE, "admissions"): library.true["month", month, WHOLE, "admissions"]
        for month in (first, third)
    }
    found = reader.of_the_clinic(replace(library, shown=library.shown | given))
    assert ("admissions", "part", "month", reader.months("quarter", quarter)[1], WHOLE) in {
        each.target for each in found
    }


WHOLE = ("all", "all")
