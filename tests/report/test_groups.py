"""Which groups a report shows: small ones combined, and the same groups in every report."""

from __future__ import annotations

import pytest

from pipelines.report.control.cells import WHOLE
from pipelines.report.control.groups import apart, rest


def month(**levels: float):
    """The clients of a month by level of care (`L15` and so on), in care and seen alike."""
    cells = {("level_of_care", name): (float(n), float(n)) for name, n in levels.items()}
    return {WHOLE: (float(sum(levels.values())),) * 2} | cells


def told(*months, smallest=11):
    occurring = [{"level_of_care": name} for (way, name) in months[-1] if way == "level_of_care"]
    return {name for _, name in apart(months, occurring, smallest)}


@pytest.mark.parametrize(
    ("months", "alone"),
    [
        ([month(A=40, B=30)], "AB"),
        ([month(A=40, B=30, C=6, D=7)], "AB"),  # C and D together 13
        ([month(A=40, B=30, C=6)], "A"),  # C is too few by itself, so B goes with it
        ([month(A=40, B=30, C=6, D=0)], "A"),
        ([month(A=40, C=6)], ""),  # one group would be left
        ([month(A=40, B=30, C=8, D=8), month(A=40, B=30, C=20, D=20)], "AB"),  # as long as it was small of late
        ([month(A=40, B=30, C=8, D=8), *[month(A=40, B=30, C=20, D=20)] * 12], "ABCD"),  # and no longer
        ([month(A=40, B=30, C=20), month(A=40, B=30)], "ABC"),  # nobody is not few
    ],
)
def test_small_groups_are_combined(months, alone):
    assert told(*months) == set(alone)


def test_the_groups_of_a_month_depend_on_it_and_earlier_months_only():
    assert told(month(A=40, B=30, C=20)) == set("ABC"), "whatever comes after"


def test_the_rest_is_named_by_the_others_so_that_it_means_the_same_every_month():
    assert rest({"1.7", "1.5"}) == "All but 1.5 and 1.7"
    assert rest({"Outpatient"}) == "All but Outpatient"


def test_only_one_of_nearly_identical_programs_and_levels_is_shown():
    """Outpatient is level 1.5 with 3 more: to show 99 and 96 is to show the 3. By level there are two groups and a rest."""
    programs = {"Outpatient": 99, "Medication": 38, "Day": 8}
    levels = {"1": 3, "1.5": 96, "1.7": 36, "OTP": 2, "2.5": 8}
    clients = {WHOLE: (145.0, 145.0)}
    clients |= {("program", name): (float(n), float(n)) for name, n in programs.items()}
    clients |= {("level_of_care", name): (float(n), float(n)) for name, n in levels.items()}
    pairs = [("Outpatient", "1"), ("Outpatient", "1.5"), ("Medication", "1.7"), ("Medication", "OTP"), ("Day", "2.5")]
    occurring = [{"program": program, "level_of_care": level} for program, level in pairs]
    assert apart([clients], occurring, 11) == {("level_of_care", "1.5"), ("level_of_care", "1.7")}
