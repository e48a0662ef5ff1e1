"""What is shown of the whole clinic: each figure once, and none that gives a small number away."""

from __future__ import annotations

from datetime import date

from pipelines.report.control.cells import WHOLE
from pipelines.report.control.choice import Choice
from pipelines.report.control.knowledge import Knowledge
from pipelines.report.figures import Figure
from pipelines.report.windows import Window
from pipelines.wording.measure import Measure

ADMISSIONS = Measure("admissions", "Admissions", "admissions", "count", "neutral", "…", "stays that began", "", "…")
YEAR = Window("year", date(2026, 10, 1))


def choice(*figures):
    true = {figure.key: figure for figure in figures}
    return Choice(true, {}, Knowledge(frozenset({"admissions"}), true), {"admissions"}, 11)


def of_clinic(window, number):
    return Figure(window, *WHOLE, ADMISSIONS, number, None, number)


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
