"""Windows of a report: a year to date and the calendar quarters, with events summed and each client counted once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.slow

AS_OF = date(2026, 12, 31)
MONDAYS = [date(2025, 12, 1) + timedelta(days=7 * week) for week in range(57)]


def window(c, kind, period, measure, breakdown="all", member="all"):
    rows = c.rows(
        "caseload_window", "kind, period, measure, breakdown, member, from_period, numerator, denominator", "member"
    )
    return next((row[5:] for row in rows if row[:5] == (kind, period, measure, breakdown, member)), None)


def drawn(clinic, came=(), **more):
    """`steady` is in care all the time, `left` to the middle of August, `back` in March and in September, at two sites."""
    return clinic(
        str(AS_OF),
        episodes="""
            client_id start_date  end_date    site
            steady    2025-01-06  .           Harbor
            left      2025-03-03  2026-08-12  Harbor
            back      2026-03-02  2026-03-20  Harbor
            back      2026-09-07  2026-09-25  Valley
        """,
        attendance=[
            {"client_id": "steady", "meeting_date": str(monday), "fellowship": "AA", "site": site}
            for monday in MONDAYS
            for site in ("Harbor", "Valley")
        ]
        + [{"client_id": client, "meeting_date": day, "fellowship": "AA", "site": "Harbor"} for client, day in came],
        **more,
    )


def test_a_year_is_twelve_months_to_date_and_a_quarter_is_of_the_calendar(clinic):
    c = drawn(clinic)
    ends = {row for row in c.rows("caseload_window", "kind, from_period, period") if row[0] != "month"}
    assert ends == {
        ("quarter", date(2026, 1, 1), date(2026, 3, 1)),
        ("quarter", date(2026, 4, 1), date(2026, 6, 1)),
        ("quarter", date(2026, 7, 1), date(2026, 9, 1)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 1)),
        ("year", date(2025, 12, 1), date(2026, 11, 1)),
        ("year", date(2026, 1, 1), date(2026, 12, 1)),
    }


def test_what_happened_is_summed_over_the_months(clinic):
    c = drawn(clinic)
    assert window(c, "month", date(2026, 3, 1), "admissions")[1] == 1
    assert window(c, "quarter", date(2026, 3, 1), "admissions") == (date(2026, 1, 1), 1, None)
    assert window(c, "year", date(2026, 12, 1), "admissions") == (date(2026, 1, 1), 2, None)
    assert window(c, "year", date(2026, 12, 1), "discharges")[1] == 3


def test_a_client_is_served_once_in_the_group_of_the_last_month_in_care(clinic):
    c = drawn(clinic)
    assert window(c, "month", date(2026, 9, 1), "served")[1] == 2
    assert window(c, "year", date(2026, 12, 1), "served")[1] == 3
    assert window(c, "year", date(2026, 12, 1), "served", "site", "Valley")[1] == 1
    assert window(c, "year", date(2026, 12, 1), "served", "site", "Harbor")[1] == 2


def test_sobriety_is_counted_once_as_on_the_last_month_end_in_care(clinic):
    """`left` was sober on 31 July and is known no longer; `back` was in care on no month's last day."""
    checkins = [
        {"client_id": "left", "checkin_date": "2026-05-29", "status": "completed", "used": "yes"},
        {"client_id": "left", "checkin_date": "2026-07-30", "status": "completed", "used": "no"},
        {"client_id": "steady", "checkin_date": "2026-12-30", "status": "completed", "used": "yes"},
    ]
    c = drawn(clinic, checkins=checkins)
    assert window(c, "month", date(2026, 5, 1), "sober")[1:] == (0, 1)
    assert window(c, "year", date(2026, 12, 1), "sober")[1:] == (1, 2)
    assert window(c, "year", date(2026, 12, 1), "sobriety_known")[1:] == (2, 2)


def test_a_client_has_been_to_a_meeting_once_however_many_months_it_was_in(clinic):
    """`left` came in January and in March, and in May, when the client was away for the whole quarter."""
    c = drawn(
        clinic,
        [("left", "2026-01-14"), ("left", "2026-03-11"), ("left", "2026-05-06")],
        absences="client_id start_date end_date\nleft 2026-04-01 2026-06-30",
    )
    assert window(c, "month", date(2026, 2, 1), "any_meeting")[1:] == (1, 2)
    assert window(c, "quarter", date(2026, 3, 1), "any_meeting")[1:] == (2, 3)  # `back` came to none
    assert window(c, "quarter", date(2026, 6, 1), "any_meeting")[1:] == (1, 1)
    assert window(c, "quarter", date(2026, 12, 1), "any_meeting")[1:] == (1, 1)
    assert window(c, "year", date(2026, 12, 1), "any_meeting")[1:] == (2, 3)


def test_a_measure_that_begins_within_a_window_has_no_figure_for_the_whole_of_it(clinic):
    c = drawn(clinic, flags_from="day:DATE\n2026-02-15")
    assert window(c, "month", date(2026, 1, 1), "new_flags") is None
    assert window(c, "quarter", date(2026, 3, 1), "new_flags") is None
    assert window(c, "quarter", date(2026, 6, 1), "new_flags")[0] == date(2026, 4, 1)
    assert window(c, "year", date(2026, 12, 1), "new_flags") is None


def test_those_in_care_on_a_day_are_not_added_up(clinic):
    c = drawn(clinic)
    assert window(c, "month", date(2026, 7, 1), "census")[1] == 2
    assert window(c, "year", date(2026, 12, 1), "census") is None
    assert window(c, "quarter", date(2026, 9, 1), "flagged") is None
