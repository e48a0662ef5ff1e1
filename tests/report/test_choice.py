"""What is shown of the whole clinic: each figure once, and none that gives a small number away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipelines.report.control.cells import WHOLE
from pipelines.report.control.choice import Choice
from pipelines.report.control.knowledge import Knowledge
from pipelines.report.figures import Figure
from pipelines.report.windows import Window
from pipelines.wording.measure import Measure

ADMISSIONS = Measure("admissions", "Admissions", "admissions", "count", "neutral", "…", "stays that began", "", "…")
DISCHARGES, CENSUS, SERVED = (replace(ADMISSIONS, name=name) for name in ("discharges", "census", "served"))
NO_MEETING = replace(ADMISSIONS, name="meetings_30_none", scale="share")
YEAR = Window("year", date(2026, 10, 1))
JULY, AUGUST, SEPTEMBER, OCTOBER = (Window("month", date(2026, n, 1)) for n in range(7, 11))
QUARTER = Window("quarter", SEPTEMBER.period)
ADDITIVE = frozenset({"admissions", "discharges"})


def choice(*figures, published=()):
    true = {figure.key: figure for figure in figures}
    names = {figure.measure.name for figure in figures}
    return Choice(true, {figure.key: figure for figure in published}, Knowledge(ADDITIVE, true), names, 11)


def of_clinic(window, number, measure=ADMISSIONS, of=None):
    return Figure(window, *WHOLE, measure, number, of, number)


def shown(made, *figures):
    """Whether each is shown, in turn."""
    found = [made.publish(figure.measure, [figure.window]) for figure in figures]
    made.withdraw()
    return [told and figure.key in made.shown for told, figure in zip(found, figures, strict=True)]


def test_a_window_asked_for_twice_is_shown_once_so_that_it_can_be_withheld_again():
    """Of a year, the window before and that of a year before are the same."""
    _, before, year_before = YEAR.compared
    assert before == year_before
    made = choice(of_clinic(before, 40.0))
    assert made.publish(ADMISSIONS, YEAR.compared)
    assert len(made.knowledge.shown) == 1


def test_of_windows_that_give_a_month_away_together_those_before_it_are_shown():
    quarter = Window("quarter", date(2026, 9, 1))
    months = [Window("month", month) for month in quarter.months]
    numbers = (20.0, 30.0, 5.0)
    made = choice(of_clinic(quarter, 55.0), *(of_clinic(m, n) for m, n in zip(months, numbers, strict=True)))
    assert made.publish(ADMISSIONS, [quarter])
    assert made.publish(ADMISSIONS, months)
    assert [figure.window for figure in made.knowledge.shown] == [quarter, months[0]]


@pytest.mark.parametrize(("served", "may"), [(152, False), (155, False), (145, True), (156, True)])
def test_clients_served_are_not_shown_beside_those_in_care_where_few_have_left(served, may):
    census = of_clinic(OCTOBER, 145, CENSUS)
    its = of_clinic(OCTOBER, served, SERVED)
    assert shown(choice(census, its), census, its) == [True, may]


@pytest.mark.parametrize(("before", "may"), [(145, False), (141, True), (152, True)])
def test_clients_served_are_not_shown_beside_those_in_care_the_month_before_where_few_have_come(before, may):
    census, its = of_clinic(SEPTEMBER, before, CENSUS), of_clinic(OCTOBER, 152, SERVED)
    assert shown(choice(census, its), census, its) == [True, may]


def test_clients_served_in_a_quarter_are_not_shown_beside_those_in_care_or_served_within_it_where_few_are_left():
    quarter, july = of_clinic(QUARTER, 159, SERVED), of_clinic(JULY, 154, SERVED)
    assert shown(choice(july, quarter), july, quarter) == [True, False]
    august = of_clinic(AUGUST, 150, CENSUS)
    assert shown(choice(august, quarter), august, quarter) == [True, False]


def test_clients_of_whom_something_is_known_are_not_counted_where_few_others_are_in_care():
    """Of 145 in care 137 were in care for 30 days: 8 came in these."""
    census, known = of_clinic(OCTOBER, 145, CENSUS), of_clinic(OCTOBER, 30, NO_MEETING, of=137)
    assert shown(choice(census, known), census, known) == [True, False]
    fewer = of_clinic(OCTOBER, 30, NO_MEETING, of=134)
    assert shown(choice(census, fewer), census, fewer) == [True, True]


@pytest.mark.parametrize(("last_day", "may"), [(0, False), (1, False), (2, False), (3, True)])
def test_who_left_is_not_known_from_who_came_also_where_some_left_on_the_last_day(last_day, may):
    """131 were in care at the end of June and 145 in September: of 22 that came, 8 have left, give or take the last day."""
    june = Window("month", date(2026, 6, 1))
    ends = [of_clinic(june, 131, CENSUS), of_clinic(SEPTEMBER, 145 + last_day, CENSUS)]
    came, left = of_clinic(QUARTER, 22), of_clinic(QUARTER, 8, DISCHARGES)
    assert shown(choice(*ends, came, left), *ends, came) == [True, True, may]


# What was published before


def test_what_was_published_is_reckoned_with_also_where_it_is_of_later_months():
    """The quarter and its other months were published first: with July, August would be known."""
    numbers = {JULY: 20, AUGUST: 5, SEPTEMBER: 30}
    months = [of_clinic(window, number) for window, number in numbers.items()]
    quarter = of_clinic(QUARTER, 55)
    assert shown(choice(*months, quarter, published=[quarter, months[2]]), months[0]) == [False]


def test_what_was_given_away_before_stops_nothing_that_says_no_more():
    """August could be worked out from what was published: its 5 again are no news, but in September few left, too."""
    numbers = {JULY: 20, AUGUST: 5, SEPTEMBER: 30}
    months = [of_clinic(window, number) for window, number in numbers.items()]
    published = [of_clinic(QUARTER, 55), months[0], months[2]]
    census = of_clinic(SEPTEMBER, 145, CENSUS)
    left = of_clinic(SEPTEMBER, 150, SERVED)
    made = choice(*months, published[0], census, left, published=published)
    assert shown(made, census, left) == [True, False]
