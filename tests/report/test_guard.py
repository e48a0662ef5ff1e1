"""The last look: what follows from the windows and groups of several reports together."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.report.control.cells import WHOLE
from pipelines.report.control.guard import check_windows
from pipelines.report.control.knowledge import Knowledge
from pipelines.report.figures import Figure
from pipelines.report.windows import Window, months_on
from pipelines.wording.measure import Measure

ADMISSIONS = Measure("admissions", "Admissions", "admissions", "count", "neutral", "…", "stays that began", "", "…")
SITES = ("Harbor", "Northside")
FIRST, SECOND = Window("year", date(2026, 9, 1)), Window("year", date(2026, 10, 1))
OCCURRING = [{"site": site} for site in SITES]


def figure(window, site, number):
    place = WHOLE if site == "all" else ("site", site)
    return Figure(window, *place, ADMISSIONS, number, None, number)


def of_months(numbers):
    """The months of two years that overlap, by site, and their sums for the clinic; None: the site has no row."""
    found = {}
    for n in range(13):
        window = Window("month", months_on(FIRST.from_period, n))
        there = {site: its[n] for site, its in numbers.items() if its[n] is not None}
        for site, number in (there | {"all": sum(there.values())}).items():
            each = figure(window, site, float(number))
            found[each.key] = each
    return found


def year(window, site, numbers):
    its = numbers[site][:12] if window == FIRST else numbers[site][1:]
    return figure(window, site, float(sum(n or 0 for n in its)))


@pytest.mark.parametrize(
    ("harbor", "given_away"),
    [
        ([3, *[2] * 11, 8], set()),  # one month in, one out: of the two only the difference is known
        (
            [None, *[2] * 11, 8],
            {"admissions"},
        ),  # nobody was at Harbor in the month that is out, so 8 came in the new one
        ([None, *[2] * 11, 12], set()),  # 12 may be known
    ],
)
def test_this_years_figure_less_that_of_last_months_year(harbor, given_away):
    numbers = {"Harbor": harbor, "Northside": [20] * 13}
    knowledge = Knowledge(frozenset({"admissions"}), of_months(numbers), [year(FIRST, "Harbor", numbers)])
    new = [year(SECOND, "Harbor", numbers)]
    assert check_windows(knowledge, new, lambda window: OCCURRING, 11) == given_away


def test_what_the_other_groups_leave_of_the_clinic_counts_too():
    numbers = {"Harbor": [None, *[2] * 11, 8], "Northside": [20] * 13}
    of_clinic = {**numbers, "all": [20, *[22] * 11, 28]}
    shown = [year(FIRST, "all", of_clinic), year(SECOND, "all", of_clinic), year(FIRST, "Northside", numbers)]
    knowledge = Knowledge(frozenset({"admissions"}), of_months(numbers), shown)
    new = [year(SECOND, "Northside", numbers)]
    assert check_windows(knowledge, new, lambda window: OCCURRING, 11) == {"admissions"}
