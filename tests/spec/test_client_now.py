"""The state of a client on the as-of date, and whom to call first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import of_clients

pytestmark = pytest.mark.slow

EPISODES = "client_id start_date therapist_id\na 2026-09-01 T1"


def now(clinic, columns, **tables):
    tables = {"episodes": EPISODES, "attendance": "client_id meeting_date fellowship\na 2026-10-02 AA", **tables}
    (row,) = clinic("2026-10-04", **tables).rows("client_now", columns)
    return row


def of_each(clinic, columns, cases, **tables):
    """As `now`, of as many clients as there are cases: `a-0`, `a-1`, …"""
    stays = "client_id start_date therapist_id site\n" + of_clients("a", *["a 2026-09-01 T1 North"] * cases)
    came = "client_id meeting_date fellowship\n" + of_clients("a", *["a 2026-10-02 AA"] * cases)
    tables = {"episodes": stays, "attendance": came, **tables}
    rows = clinic("2026-10-04", **tables).rows("client_now", f"client_id, {columns}", "client_id")
    assert [row[0] for row in rows] == [f"a-{n}" for n in range(cases)]
    return [row[1:] for row in rows]


def test_who_is_in_care(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date
        here      2026-09-01 .
        leaving   2026-09-01 2026-10-04
        planned   2026-09-01 2026-12-31
        left      2026-09-01 2026-10-03
        back      2026-01-01 2026-03-01
        back      2026-10-01 .
        """,
        attendance="client_id meeting_date fellowship\nhere 2026-10-02 AA",
    )
    assert c.rows("client_now", "client_id, in_care_since") == [
        ("back", date(2026, 10, 1)),
        ("here", date(2026, 9, 1)),
        ("leaving", date(2026, 9, 1)),
        ("planned", date(2026, 9, 1)),
    ]


def test_sponsor_and_step_are_those_last_reported_and_unknown_stays_unknown(clinic):
    cases = {
        "": (None, None, None),
        "a 2026-09-10 completed yes peer 2": (True, False, 2),
        "a 2026-09-10 completed yes therapist 2": (True, True, 2),
        "a 2026-09-10 completed yes peer 2\na 2026-09-20 completed . . .": (True, False, 2),
        "a 2026-09-10 completed yes peer 2\na 2026-09-20 completed no . 3": (False, False, 3),
        "a 2026-09-10 missed yes peer 2": (None, None, None),
    }
    checkins = "client_id checkin_date status has_sponsor sponsor_role step\n" + of_clients("a", *cases)
    found = of_each(clinic, "has_sponsor, sponsor_is_therapist, step", len(cases), checkins=checkins)
    assert found == [*cases.values()]


def test_the_therapist_is_the_sponsor_only_of_a_client_who_has_one(clinic):
    cases = {
        "a 2026-09-10 yes therapist\na 2026-09-20 no .": False,
        "a 2026-09-10 yes therapist\na 2026-09-20 . .": True,
        "a 2026-09-10 no .\na 2026-09-20 yes therapist": True,
        "a 2026-09-01 yes therapist\na 2026-09-10 no .\na 2026-09-20 yes .": None,  # another sponsor, or the same
        "a 2026-09-01 yes therapist\na 2026-09-10 no .\na 2026-09-20 yes peer": False,
        "a 2026-09-20 no therapist": False,
        "a 2026-09-20 no .": False,
        "a 2026-09-20 . therapist": True,
    }
    checkins = "client_id checkin_date has_sponsor sponsor_role\n" + of_clients("a", *cases)
    found = of_each(clinic, "sponsor_is_therapist", len(cases), checkins=checkins)
    assert [each for (each,) in found] == [*cases.values()]


def test_of_several_check_ins_of_a_day_yes_counts_the_furthest_step_and_the_last_role(clinic):
    cases = {
        "a 2026-09-10 self_report yes peer 3\na 2026-09-10 clinician no therapist 2": (True, True, 3),
        "a 2026-09-10 self_report no therapist 2\na 2026-09-10 clinician yes peer 3": (True, True, 3),
        "a 2026-09-10 self_report yes family 2\na 2026-09-10 clinician yes friend 2": (True, False, 2),
    }
    checkins = "client_id checkin_date source has_sponsor sponsor_role step\n" + of_clients("a", *cases)
    found = of_each(clinic, "has_sponsor, sponsor_is_therapist, step", len(cases), checkins=checkins)
    assert found == [*cases.values()]


def test_tasks_open_overdue_and_for_the_step(clinic):
    assert now(
        clinic,
        "open_tasks, overdue_tasks, tasks_in_step",
        checkins="client_id checkin_date step\na 2026-09-10 1",
        tasks="""
        client_id task        assigned_on due_on     completed_on step
        a         list        2026-09-05  2026-09-20 2026-09-19   1
        a         attempts    2026-09-05  2026-10-03 .            1
        a         costs       2026-09-05  2026-10-04 .            1
        a         inventory   2026-09-05  .          .            4
        """,
    ) == (3, 1, 2)


def test_the_contract_that_was_signed_last(clinic):
    cases = {
        "": "none",
        "a 2026-09-05 . .": "kept",
        "a 2026-09-05 2026-10-04 .": "kept",
        "a 2026-09-05 2026-10-03 .": "ended",
        "a 2026-09-05 2026-12-01 2026-09-30": "broken",
        "a 2026-09-05 2026-12-01 2026-09-30\na 2026-10-01 . .": "kept",
    }
    contracts = "client_id signed_on ends_on broken_on\n" + of_clients("a", *cases)
    found = of_each(clinic, "contract_status", len(cases), contracts=contracts)
    assert found == [(status,) for status in cases.values()]


def test_open_crises_and_the_last_of_everything(clinic):
    assert now(
        clinic,
        "open_crises, last_checkin, last_meeting, last_session, last_contact",
        checkins="client_id checkin_date status\na 2026-09-10 completed\na 2026-09-17 missed",
        sessions="client_id session_date status\na 2026-09-12 attended\na 2026-09-19 no_show",
        crises="client_id opened_on kind resolved_on\na 2026-09-10 legal .\na 2026-09-10 housing 2026-09-12",
    ) == (1, date(2026, 9, 10), date(2026, 10, 2), date(2026, 9, 12), date(2026, 9, 12))


def test_the_crisis_that_has_been_open_longest_and_its_kind(clinic):
    cases = {
        "a 2026-09-10 legal .\na 2026-09-05 housing .": (2, "2026-09-05", "housing"),
        "a 2026-09-10 legal .\na 2026-09-05 . .": (2, "2026-09-05", "legal"),  # the first kind that is known
        "a 2026-09-10 legal .\na 2026-09-10 housing .": (2, "2026-09-10", "housing"),
        "a 2026-09-10 legal 2026-10-04\na 2026-09-12 medical .": (1, "2026-09-12", "medical"),
        "a 2026-09-10 legal 2026-10-04": (0, None, None),
    }
    crises = "client_id opened_on kind resolved_on\n" + of_clients("a", *cases)
    found = of_each(clinic, "open_crises, crisis_since, crisis_kind", len(cases), crises=crises)
    assert [(number, *as_texts(row)) for number, *row in found] == [*cases.values()]


def test_the_last_contact_is_the_latest_of_check_in_session_and_conversation(clinic):
    spoken = {
        "2026-09-20 contacted": "2026-09-20",
        "2026-09-11 contacted": "2026-09-12",
        "2026-09-20 left_message": "2026-09-12",
    }
    entries = [f"e{n} {on} a-{n} . {outcome} . . no T1" for n, (on, outcome) in enumerate(map(str.split, spoken))]
    none = len(spoken)
    assert [as_texts(row) for row in of_each(
        clinic,
        "last_contact",
        none + 1,
        checkins="client_id checkin_date\n" + of_clients("a", *["a 2026-09-10"] * none),
        sessions="client_id session_date status\n"
        + of_clients("a", *["a 2026-09-08 attended\na 2026-09-12 attended"] * none),
        outreach="entry_id written_on:DATE client_id flag_week:DATE outcome reason follow_up_on:DATE remind:BOOLEAN who\n"
        + "\n".join(entries),
    )] == [*((day,) for day in spoken.values()), (None,)]  # fmt: skip


WEEK_SCORE = (
    "client_id week:DATE judged:BOOLEAN judge_reason usual:DOUBLE attendance_recent:DOUBLE"
    " attendance_recent_weeks:INTEGER involvement_score:DOUBLE"
)
FLAGS = "client_id week:DATE kind score:DOUBLE usual:DOUBLE recent:DOUBLE recent_weeks:INTEGER reason cleared_week:DATE"


def test_recent_meetings_are_near_the_usual_from_four_fifths_of_it_on(clinic):
    cases = {"3.0 2.4": True, "3.0 2.399": False, "3.0 3.5": True, "3.0 .": None, ". 3.0": None}
    scores = of_clients("a", *(f"a 2026-09-28 yes . {usual_and_recent} 4 0.0" for usual_and_recent in cases))
    found = of_each(clinic, "near_usual", len(cases), week_score=f"{WEEK_SCORE}\n{scores}", decline_flags=FLAGS)
    assert [near for (near,) in found] == [*cases.values()]


@pytest.mark.parametrize(
    ("back_on", "judged"),
    [
        (
            "2026-10-05",
            (False, "less than a full week in care so far", None),
        ),  # on the Monday after the last scored week
        ("2026-10-04", (True, None, 3.0)),  # in it
    ],
)
def test_a_client_who_is_back_is_not_judged_by_the_weeks_of_the_stay_before(clinic, back_on, judged):
    c = clinic(
        "2026-10-07",
        episodes=f"client_id start_date end_date\na 2026-06-01 2026-08-30\na {back_on} .",
        week_score=f"{WEEK_SCORE}\na 2026-09-28 yes . 3.0 3.0 4 0.0",
        decline_flags=FLAGS,
    )
    assert c.rows("client_now", "judged, judge_reason, usual") == [judged]


def test_whom_to_call_first(clinic):
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date therapist_id\n"
        + "\n".join(f"{client} 2026-09-01 T1" for client in ("crisis", "used", "silent", "fine", "fine2"))
        + "\nother 2026-09-01 T2",
        attendance="client_id meeting_date fellowship\nfine 2026-10-02 AA",
        checkins="""
        client_id checkin_date used
        crisis    2026-10-01   no
        used      2026-10-01   yes
        silent    2026-09-02   no
        fine      2026-10-02   no
        fine2     2026-10-01   no
        """,
        crises="client_id opened_on kind\ncrisis 2026-10-01 safety",
    )
    assert c.rows("client_now", "therapist_id, priority, client_id, priority_reason") == [
        ("T1", 1, "crisis", "open crisis"),
        ("T1", 2, "used", "use in the last 14 days"),
        ("T1", 3, "silent", "sobriety unknown"),
        ("T1", 4, "fine2", "no sign that calls for a contact"),
        ("T1", 5, "fine", "no sign that calls for a contact"),
        ("T2", 1, "other", "sobriety unknown"),
    ]


def test_a_flag_comes_before_recent_use_until_someone_has_acted_on_it(clinic):
    clients = ("flagged", "new", "used", "acted")
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date therapist_id\n" + "\n".join(f"{client} 2026-06-01 T1" for client in clients),
        attendance="client_id meeting_date fellowship\nused 2026-10-02 AA",
        checkins="client_id checkin_date used\n"
        + "\n".join(f"{client} 2026-10-01 {'yes' if client == 'used' else 'no'}" for client in clients),
        decline_flags="""
        client_id week:DATE  kind       score:DOUBLE usual:DOUBLE recent:DOUBLE recent_weeks:INTEGER reason cleared_week:DATE
        flagged   2026-08-03 attendance 9.0          3.0          0.0           4                    fell   .
        new       2026-09-21 attendance 2.0          3.0          0.0           4                    fell   .
        acted     2026-09-21 attendance 9.0          3.0          0.0           4                    fell   .
        """,
        outreach="""
        entry_id written_on:DATE client_id flag_week:DATE outcome      reason follow_up_on:DATE remind:BOOLEAN who
        e1       2026-09-29      acted     2026-09-21     left_message .      2026-10-06        yes            T1
        e2       2026-07-01      flagged   .              contacted    .      .                 no             T1
        """,
    )
    assert c.rows("client_now", "priority, client_id, call_rank, priority_reason") == [
        (1, "new", 2, "involvement fell, no contact yet"),
        (2, "flagged", 2, "involvement fell, no contact yet"),
        (3, "used", 3, "use in the last 14 days"),
        (4, "acted", 4, "involvement fell"),
    ]
    assert {row[0] for row in c.rows("client_now", "call_first")} == {True}
    assert c.rows("client_now", "client_id, flag_acted_on, last_outcome, last_contact") == [
        ("acted", date(2026, 9, 29), "left_message", date(2026, 10, 1)),
        ("flagged", None, "contacted", date(2026, 10, 1)),
        ("new", None, None, date(2026, 10, 1)),
        ("used", None, None, date(2026, 10, 1)),
    ]


@pytest.mark.parametrize(("admitted", "new"), [("2026-09-05", True), ("2026-09-04", False)])
def test_a_client_is_new_in_care_for_30_days(clinic, admitted, new):
    episodes = f"client_id start_date\na {admitted}"
    assert now(clinic, "new_in_care", episodes=episodes) == (new,)


def test_less_than_a_week_in_care_is_too_little_to_judge(clinic):
    judged, reason = now(
        clinic,
        "judged, judge_reason",
        episodes="client_id start_date\na 2026-10-01",
        checkins="client_id checkin_date\na 2026-10-01",
    )
    assert judged is False
    assert reason


@pytest.mark.parametrize(
    ("as_of", "usual", "recent", "weeks"),
    [
        ("2026-09-20", 6.416667, 0.0, 1),  # in the week of the flag: the weeks that the flag describes
        ("2026-10-04", 6.416667, 2.0, 4),  # after it: the last four
        ("2026-10-18", 6.416667, 0.75, 4),
    ],
)
def test_a_flagged_client_shows_the_usual_of_the_flag_and_the_current_weeks(clinic, as_of, usual, recent, weeks):
    attended = [7] * 14 + [0] * 2 + [1] * 4  # a meeting a day, then none, then one, in the weeks from 8 June on
    meetings = [
        {"client_id": "a", "meeting_date": day, "fellowship": "AA"}
        for week, count in enumerate(attended)
        for day in (date(2026, 6, 8) + timedelta(days=7 * week + day) for day in range(count))
        if day <= date.fromisoformat(as_of)
    ]
    # Somebody else's check-ins: without a row in a week, the site would not have reported it.
    days = (date(2026, 6, 1) + timedelta(days=7 * week) for week in range(20))
    others = "\n".join(f"z {day} completed" for day in days if day <= date.fromisoformat(as_of))
    c = clinic(
        as_of,
        episodes="client_id start_date therapist_id\na 2026-06-01 T1\nz 2026-06-01 T1",
        attendance=meetings,
        checkins="client_id checkin_date status\n" + others,
    )
    assert c.rows("decline_flags", "week, cleared_week") == [(date(2026, 9, 14), None)]
    columns = "client_id, flagged, usual, recent, recent_weeks"
    assert ("a", True, usual, recent, weeks) in c.rows("client_now", columns)


def test_who_is_away(clinic):
    cases = {
        "a 2026-09-28 2026-10-09 hospital": ("2026-09-28", "2026-10-09", "hospital"),
        "a 2026-10-04 2026-10-04 .": ("2026-10-04", "2026-10-04", None),
        "a 2026-09-28 2026-10-03 hospital": None,  # back today
        "a 2026-10-05 2026-10-09 hospital": None,  # planned
        "b 2026-09-28 2026-10-09 hospital": None,  # somebody else
        "a 2026-09-28 2026-10-09 hospital\na 2026-10-01 2026-10-12 vacation": ("2026-09-28", "2026-10-12", "vacation"),
        "a 2026-09-28 2026-10-09 hospital\na 2026-10-01 2026-10-12 .": ("2026-09-28", "2026-10-12", "hospital"),
    }
    absences = "client_id start_date end_date reason\n" + of_clients("a", *cases)
    found = of_each(clinic, "away_since, away_until, away_reason", len(cases), absences=absences)
    assert [as_texts(row) for row in found] == [away or (None, None, None) for away in cases.values()]


@pytest.mark.parametrize(
    ("closure", "away"),
    [
        ("North .", ("2026-10-01", "2026-10-06", "closure")),
        ("North holiday", ("2026-10-01", "2026-10-06", "holiday")),
        ("South .", (None, None, None)),
    ],
)
def test_whose_site_is_closed_is_away(clinic, closure, away):
    absences = f"start_date end_date site reason\n2026-10-01 2026-10-06 {closure}"
    assert [as_texts(*of_each(clinic, "away_since, away_until, away_reason", 1, absences=absences))] == [away]


def as_texts(row):
    return tuple(None if each is None else str(each) for each in row)


def test_who_is_in_care_on_the_as_of_date(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id      start_date end_date
        came_today     2026-10-04 .
        comes_tomorrow 2026-10-05 .
        left_today     2026-06-01 2026-10-04
        left_yesterday 2026-06-01 2026-10-03
        leaves         2026-06-01 2026-12-31
        """,
    )
    assert c.rows("in_care_now", "client_id", "client_id") == [("came_today",), ("leaves",), ("left_today",)]


def test_a_client_of_several_episodes_is_with_the_therapist_of_the_one_that_goes_on_and_of_those_that_began_last(
    clinic,
):
    cases = {  # start and end, therapist, program
        "a 2026-08-31 . T1 day\na 2026-09-07 2026-09-15 T2 day": "T1",
        "a 2026-08-31 . T1 day\na 2026-09-07 . T2 day": "T2",
        "a 2026-09-07 . T1 evening\na 2026-09-07 . T2 day": "T2",  # by the alphabet, so that it does not depend on chance
        "a 2026-09-07 . T1 .\na 2026-09-07 . T2 day": "T2",
        "a 2026-09-07 . T1 day\na 2026-09-07 . T2 .": "T1",
    }
    episodes = "client_id start_date end_date therapist_id program\n" + of_clients("a", *cases)
    found = clinic("2026-10-04", episodes=episodes).rows("in_care_now", "client_id, therapist_id")
    assert found == [(f"a-{n}", therapist) for n, therapist in enumerate(cases.values())]
