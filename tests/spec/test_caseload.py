"""A caseload's measures, by hand: who counts, in which group, and the denominator."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import Clinic

pytestmark = pytest.mark.slow

CLINIC = {
    "episodes": """
        client_id start_date end_date   site   therapist_id level_of_care
        a         2026-08-31 .          Harbor T1           2.1
        b         2026-08-31 2026-09-10 Harbor T1           1.5
        c         2026-09-09 .          North  T2           .
        """,
    "attendance": """
        client_id meeting_date fellowship participation
        a         2026-09-01   AA         shared
        a         2026-09-03   AA         listened
        a         2026-09-08   AA         chaired
        b         2026-09-08   NA         listened
        c         2026-09-08   NA         shared
        c         2026-09-12   NA         listened
        """,
    "checkins": """
        client_id checkin_date status    source      used
        a         2026-09-04   completed self_report no
        a         2026-09-11   missed    self_report .
        b         2026-09-03   excused   self_report .
        c         2026-09-10   completed self_report yes
        """,
    "sessions": """
        client_id session_date status           kind
        a         2026-09-09   attended         individual
        a         2026-09-10   cancelled_client group
        b         2026-09-09   no_show          individual
        """,
}
FIRST, SECOND = date(2026, 8, 31), date(2026, 9, 7)


@pytest.fixture(scope="module")
def two_weeks() -> Clinic:
    """The clinic with the measures of its weeks, which the tests only read."""
    c = Clinic("2026-09-13", **CLINIC)
    c.rows("caseload_week", "period")
    return c


@pytest.mark.parametrize(
    ("measure", "breakdown", "member", "week", "numerator", "denominator"),
    [
        ("census", "all", "all", FIRST, 2, None),
        ("census", "all", "all", SECOND, 2, None),  # b has left, c has come
        ("census", "site", "Harbor", SECOND, 1, None),
        ("census", "level_of_care", "unknown", SECOND, 1, None),
        ("meetings_per_client_week", "all", "all", FIRST, 2, 2.0),
        ("meetings_per_client_week", "all", "all", SECOND, 3, (7 + 4 + 5) / 7),  # c's 8 September is before admission
        ("meetings_per_client_week", "therapist", "T1", SECOND, 2, 11 / 7),
        ("any_meeting", "all", "all", FIRST, 1, 2),
        ("any_meeting", "all", "all", SECOND, 3, 3),
        ("active_participation", "all", "all", FIRST, 1, 2),
        ("checkin_completion", "all", "all", FIRST, 1, 1),  # the excused one is left out
        ("checkin_completion", "all", "all", SECOND, 1, 2),
        ("sessions_kept", "all", "all", SECOND, 1, 3),
        ("no_show_rate", "all", "all", SECOND, 1, 2),
        ("sober", "all", "all", FIRST, 1, 1),
        ("sober", "all", "all", SECOND, 1, 2),
        ("sobriety_known", "all", "all", FIRST, 1, 2),
        ("sobriety_known", "site", "North", SECOND, 1, 1),
        ("data_reported", "all", "all", SECOND, 16, 16),
    ],
)
def test_a_week(two_weeks, measure, breakdown, member, week, numerator, denominator):
    found = two_weeks.engine.rows(
        "SELECT numerator, denominator, value FROM caseload_week"
        " WHERE measure = ? AND breakdown = ? AND member = ? AND period = ?",
        [measure, breakdown, member, week],
    )
    value = numerator if denominator is None else numerator / denominator
    assert found == [(numerator, pytest.approx(denominator) if denominator else None, pytest.approx(value))]


@pytest.mark.parametrize(
    ("counted_from", "weeks"),
    [("2026-09-06", [FIRST, SECOND]), ("2026-09-07", [SECOND]), ("2026-09-13", [SECOND]), (None, [])],
)
def test_flags_are_counted_once_half_of_the_clients_can_be_judged(clinic, counted_from, weeks):
    c = clinic("2026-09-13", **CLINIC, flags_from=[{"day:DATE": counted_from}])
    c.rows("caseload_week", "period")
    found = "SELECT period, numerator, denominator FROM caseload_week WHERE breakdown = 'all' AND measure = '{}'"
    ours = {FIRST: (0, 2), SECOND: (0, 2)}
    assert sorted(c.engine.rows(found.format("flagged"))) == [(week, *ours[week]) for week in weeks]
    over = {FIRST: 14 / 700, SECOND: 16 / 700}
    assert sorted(c.engine.rows(found.format("new_flags"))) == [(week, 0, pytest.approx(over[week])) for week in weeks]


@pytest.mark.parametrize(
    ("judged", "day"),
    [("yes no no | yes yes no", date(2026, 9, 13)), ("yes no | yes yes", date(2026, 9, 6)), ("no no | no no", None)],
)
def test_the_day_from_which_flags_are_counted(clinic, judged, day):
    scores = [
        {"week:DATE": week, "judged:BOOLEAN": each == "yes"}
        for week, told in zip((FIRST, SECOND), judged.split("|"), strict=True)
        for each in told.split()
    ]
    assert clinic("2026-09-13", week_score=scores).rows("flags_from", "day") == [(day,)]


def test_a_month_is_there_once_it_is_over_and_from_when_the_data_begin(clinic):
    assert clinic("2026-09-29", **CLINIC).rows("caseload_month", "period") == []
    c = clinic("2026-09-30", **CLINIC)
    months = c.rows("caseload_month", "period, measure, member, numerator, denominator")
    assert {row[0] for row in months} == {date(2026, 9, 1)}, "of August the exports hold one day"
    (meetings,) = [row for row in months if row[:3] == (date(2026, 9, 1), "meetings_per_client_week", "all")]
    # The weeks of 14 and 21 September hold no row of either site: they are missing, and so do not count.
    assert meetings[3:] == (5.0, pytest.approx(((30 - 14) + 10 + (22 - 14)) / 7))
    assert (date(2026, 9, 1), "data_reported", "all", 34.0, 30.0 + 10 + 22) in months


def test_a_client_with_two_stays_in_a_month_counts_once(clinic):
    c = clinic(
        "2026-09-30",
        episodes="""
        client_id start_date end_date   site
        a         2026-09-01 2026-09-05 Harbor
        a         2026-09-20 .          North
        """,
        attendance="client_id meeting_date fellowship\na 2026-09-02 AA\na 2026-09-21 AA\na 2026-09-29 AA",
    )
    months = c.rows("caseload_month", "measure, breakdown, member, numerator, denominator")
    assert ("any_meeting", "all", "all", 1.0, 1.0) in months
    assert ("any_meeting", "site", "North", 1.0, 1.0) in months


def test_what_was_known_at_a_periods_end_does_not_change_later(clinic):
    episodes = "client_id start_date\na 2026-07-01"
    attendance = "client_id meeting_date fellowship\n" + "\n".join(f"a 2026-0{m}-10 AA" for m in (7, 8, 9))
    said = "client_id checkin_date used last_use_date\na 2026-07-30 no .\na 2026-09-02 yes 2026-08-30"
    c = clinic("2026-09-30", episodes=episodes, attendance=attendance, checkins=said)
    rows = c.rows("caseload_month", "measure, breakdown, period, numerator, denominator")
    months = {period: (n, of) for measure, breakdown, period, n, of in rows if (measure, breakdown) == ("sober", "all")}
    assert months[date(2026, 7, 1)] == (1.0, 1.0)
    assert months[date(2026, 8, 1)] == (0.0, 0.0), "the use of 30 August was not known on 31 August"


def test_weeks_whose_attendance_did_not_come_count_for_no_measure_of_meetings(clinic):
    """Of six clients five came each week; then, for two weeks, only check-ins came in."""
    clients = [f"c{number}" for number in range(6)]
    weeks = ("2026-08-31", "2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28")
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date\n" + "\n".join(f"{client} 2026-08-31" for client in clients),
        checkins="client_id checkin_date\n" + "\n".join(f"{client} {week}" for client in clients for week in weeks),
        attendance="client_id meeting_date fellowship\n"
        + "\n".join(f"{client} {week} AA" for client in clients[1:] for week in (weeks[0], weeks[1], weeks[4])),
    )
    known = {date.fromisoformat(week): week in (weeks[0], weeks[1], weeks[4]) for week in weeks}
    of_clients = c.rows("client_week", "client_id, week, exposure, attendance_known")
    assert [row[1:] for row in of_clients if row[0] == "c1"] == [(week, 1, known[week]) for week in known]
    both = ("any_meeting", "meetings_per_client_week")
    columns = "period, measure, breakdown, numerator, denominator"
    by_week = [row for row in c.rows("caseload_week", columns) if row[2] == "all" and row[1] in both]
    assert by_week == [
        (week, measure, "all", *((5, 6) if known[week] else (0, 0))) for week in known for measure in both
    ]
    # Of the 30 days of September 14 are unknown, so that the meetings of 30 days are known of nobody.
    by_month = {row[1]: row[3:] for row in c.rows("caseload_month", columns) if row[2] == "all"}
    assert [by_month[measure] for measure in both] == [(5, 6), (10, pytest.approx(6 * 16 / 7))]
    assert by_month["meetings_30_none"] == (0, 0)


def test_meetings_of_a_week_that_is_not_whole_count_for_no_measure_either_and_an_absence_only_once(clinic):
    """Six clients come three times a week; the export breaks off on a Monday, for that week and the next."""
    clients = [f"c{number}" for number in range(6)]
    mondays = [date(2026, 6, 29) + timedelta(weeks=week) for week in range(5)]
    days = [monday + timedelta(days=day) for monday in mondays for day in (0, 2, 4)]
    gap = date(2026, 7, 14), date(2026, 7, 26)
    c = clinic(
        "2026-08-02",
        episodes="client_id start_date\n" + "\n".join(f"{client} 2026-06-29" for client in clients),
        checkins="client_id checkin_date\n"
        + "\n".join(f"{client} {monday}" for client in clients for monday in mondays),
        absences="client_id start_date end_date\nc0 2026-07-20 2026-07-26",
        attendance="client_id meeting_date fellowship\n"
        + "\n".join(f"{client} {day} AA" for client in clients for day in days if not gap[0] <= day <= gap[1]),
    )
    columns = "period, breakdown, measure, numerator, denominator"
    wanted = (date(2026, 7, 1), "all", "meetings_per_client_week")
    found = [row[3:] for row in c.rows("caseload_month", columns) if row[:3] == wanted]
    counted = [day for day in days if day.month == 7 and not date(2026, 7, 13) <= day <= gap[1]]
    assert found == [(6 * len(counted), pytest.approx(6 * (31 - 14) / 7))]
