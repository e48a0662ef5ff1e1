"""The work beside the meetings: sponsor, tasks by step, contract, what was explained."""

from __future__ import annotations

import pytest

from tests.conftest import of_clients

pytestmark = pytest.mark.slow

STAY = "client_id start_date therapist_id meetings_per_week\nann 2026-06-01 t1 3"
CAME = "client_id meeting_date fellowship\nann 2026-10-02 AA"


def of_ann(clinic, model: str, columns: str, **exports: str) -> list[tuple]:
    return clinic("2026-10-04", **{"attendance": CAME, "episodes": STAY, **exports}).rows(model, columns)


def of_each(clinic, model: str, columns: str, cases: int, **exports: str) -> list[tuple]:
    """As `of_ann`, of as many clients as there are cases: `ann-0`, `ann-1`, …"""
    stays = "client_id start_date therapist_id meetings_per_week\n" + of_clients(
        "ann", *["ann 2026-06-01 t1 3"] * cases
    )
    came = "client_id meeting_date fellowship\n" + of_clients("ann", *["ann 2026-10-02 AA"] * cases)
    c = clinic("2026-10-04", **{"attendance": came, "episodes": stays, **exports})
    rows = c.rows(model, f"client_id, {columns}", "client_id")
    assert [row[0] for row in rows] == [f"ann-{n}" for n in range(cases)]
    return [row[1:] for row in rows]


def test_sponsor(clinic):
    cases = {  # sponsor; none since; the last contact; the last answer
        "": (None, None, None, None),
        "ann 2026-09-01 no .\nann 2026-09-08 no .": (False, "2026-09-01", None, "2026-09-08"),
        "ann 2026-08-01 no .\nann 2026-09-01 yes 2\nann 2026-09-08 no .": (
            False,
            "2026-09-08",
            "2026-09-01",
            "2026-09-08",
        ),
        "ann 2026-09-01 no .\nann 2026-09-08 yes 0": (True, None, None, "2026-09-08"),
        "ann 2026-09-01 yes 1\nann 2026-09-08 yes 0": (True, None, "2026-09-01", "2026-09-08"),
    }
    checkins = "client_id checkin_date has_sponsor sponsor_contacts\n" + of_clients("ann", *cases)
    columns = "has_sponsor, no_sponsor_since::VARCHAR, last_sponsor_contact::VARCHAR, sponsor_answered_on::VARCHAR"
    assert of_each(clinic, "client_work", columns, len(cases), checkins=checkins) == [*cases.values()]


def test_no_sponsor_since_does_not_span_time_out_of_care(clinic):
    cases = {
        "ann 2026-03-01 no\nann 2026-07-01 no\nann 2026-07-08 no": "2026-07-01",
        "ann 2026-03-01 no\nann 2026-03-08 no": "2026-03-01",  # of the stay that the last answer is from
        "ann 2026-03-01 no\nann 2026-05-01 no": "2026-05-01",  # answered between two stays
    }
    two_stays = ["ann 2026-02-01 2026-04-01\nann 2026-06-01 ."] * len(cases)
    found = of_each(
        clinic,
        "client_work",
        "no_sponsor_since::VARCHAR",
        len(cases),
        episodes="client_id start_date end_date\n" + of_clients("ann", *two_stays),
        checkins="client_id checkin_date has_sponsor\n" + of_clients("ann", *cases),
    )
    assert found == [(since,) for since in cases.values()]


def test_a_task_that_was_set_again_is_open_no_more(clinic):
    """The later assignment decides the state; a task that was completed before it was set again stays done."""
    tasks = """
        client_id task       assigned_on due_on     completed_on
        ann       Phone-list 2025-10-01  2025-10-10 .
        ann       Phone-list 2026-03-01  2026-03-10 2026-03-09
        ann       Phone-list 2026-08-01  2026-08-10 .
        ann       Phone-list 2026-09-01  2026-09-10 .
        ann       Letter     2026-09-01  2026-09-10 .
        """
    assert of_ann(clinic, "client_task", "task, assigned_on::VARCHAR, state", tasks=tasks) == [
        ("Letter", "2026-09-01", "overdue"),
        ("Phone-list", "2025-10-01", "set again"),
        ("Phone-list", "2026-03-01", "done"),
        ("Phone-list", "2026-08-01", "set again"),
        ("Phone-list", "2026-09-01", "overdue"),
    ]
    assert of_ann(clinic, "client_now", "open_tasks, overdue_tasks", tasks=tasks) == [(2, 2)]


def test_a_client_who_came_back_has_no_recent_weeks_yet(clinic):
    """The last four weeks are those before the as-of date, not the last ones in care."""
    stays = "client_id start_date end_date meetings_per_week\nann 2026-05-04 2026-07-31 3\nann 2026-10-03 . 3"
    came = "client_id meeting_date fellowship\nann 2026-07-29 AA\nann 2026-07-22 AA"
    columns = "agreed_meetings, attended_meetings"
    assert of_ann(clinic, "client_work", columns, episodes=stays, attendance=came) == [(3.0, None)]


def test_contacts_with_the_sponsor_before_and_now(clinic):
    """Weekly check-ins: three contacts each until August, one in the last four complete weeks; one week has no answer."""
    weeks = [f"ann 2026-{month:02}-{day:02} yes 3" for month, day in [(7, 1), (7, 8), (7, 15), (8, 5), (8, 12)]]
    weeks += ["ann 2026-08-19 yes .", "ann 2026-09-16 yes 2", "ann 2026-09-23 yes 0"]
    checkins = "client_id checkin_date has_sponsor sponsor_contacts\n" + "\n".join(weeks)
    assert of_ann(clinic, "client_work", "contacts_usual, contacts_recent", checkins=checkins) == [(3.0, 1.0)]


def test_the_usual_ends_where_the_recent_weeks_begin(clinic):
    cases = {  # usual, recent; the last complete week is that of 28 September
        "2026-03-08": (None, None),
        "2026-03-09": (3.0, None),  # 29 weeks back
        "2026-09-06": (3.0, None),  # 4 weeks back
        "2026-09-07": (None, 3.0),
    }
    found = of_each(
        clinic,
        "client_work",
        "contacts_usual, contacts_recent",
        len(cases),
        episodes="client_id start_date\n" + of_clients("ann", *["ann 2026-01-05"] * len(cases)),
        checkins="client_id checkin_date sponsor_contacts\n" + of_clients("ann", *(f"ann {day} 3" for day in cases)),
    )
    assert found == [*cases.values()]


def test_a_task_and_the_step_that_the_client_is_on(clinic):
    cases = {
        "ann List-of-preoccupation 2026-09-01 2026-09-10 2026-09-09 1": ("done", "behind", "preoccupation"),
        "ann PREOCCUPATIONS 2026-09-01 2026-09-10 2026-09-11 .": ("done late", "behind", "preoccupation"),
        "ann Attempts-to-control 2026-09-01 2026-09-10 . 1": ("overdue", "behind", None),
        "ann consequences 2026-09-01 2026-10-04 . 2": ("open", "in step", "consequences"),
        "ann Something-of-our-own 2026-09-01 . . 4": ("open", "ahead", None),
        "ann Something-of-our-own 2026-09-01 . . .": ("open", None, None),
    }
    found = of_each(
        clinic,
        "client_task",
        "state, place, catalogue_task",
        len(cases),
        tasks="client_id task assigned_on due_on completed_on step\n" + of_clients("ann", *cases),
        checkins="client_id checkin_date step\n" + of_clients("ann", *["ann 2026-09-10 2"] * len(cases)),
    )
    assert found == [*cases.values()]


def test_without_a_known_step_no_task_is_ahead_or_behind(clinic):
    tasks = "client_id task assigned_on step\nann consequences 2026-09-01 1"
    assert of_ann(clinic, "client_task", "place", tasks=tasks) == [(None,)]


def test_the_time_of_the_step_one_lists(clinic):
    cases = [  # the step, the first day in care, early in care
        ("1", "2026-01-01", True),
        ("2", "2026-09-20", False),
        (".", "2026-07-07", True),  # 89 days ago
        (".", "2026-07-06", False),
    ]
    lists = "ann preoccupation 2026-09-21 2026-09-25 2026-09-24\nann consequences 2026-09-21 2026-09-25 ."
    found = of_each(
        clinic,
        "client_work",
        "early, preoccupation, control_attempts, consequences",
        len(cases),
        episodes="client_id start_date\n" + of_clients("ann", *(f"ann {start}" for _, start, _ in cases)),
        checkins="client_id checkin_date step\n" + of_clients("ann", *(f"ann 2026-09-30 {step}" for step, *_ in cases)),
        tasks="client_id task assigned_on due_on completed_on\n" + of_clients("ann", *[lists] * len(cases)),
    )
    assert found == [(early, "done", "not set", "overdue") for *_, early in cases]


def test_agreed_meetings(clinic):
    cases = {
        "": ("none", 3.0),
        "ann 2026-09-01 2026-12-01 . 5": ("kept", 5.0),
        "ann 2026-09-01 2026-12-01 . .": ("kept", 3.0),
        "ann 2026-09-01 2026-12-01 2026-09-20 5": ("broken", 3.0),
        "ann 2026-06-01 2026-09-01 . 5": ("ended", 3.0),
    }
    contracts = "client_id signed_on ends_on broken_on meetings_per_week\n" + of_clients("ann", *cases)
    columns = "contract_status, agreed_meetings::DOUBLE"
    assert of_each(clinic, "client_work", columns, len(cases), contracts=contracts) == [*cases.values()]


def test_attended_meetings_are_those_of_the_last_four_weeks_that_count(clinic):
    """Six meetings over four weeks, of which one was a planned absence."""
    days = ["2026-09-08", "2026-09-09", "2026-09-15", "2026-09-17", "2026-09-29", "2026-10-01"]
    found = of_ann(
        clinic,
        "client_work",
        "attended_meetings",
        attendance="client_id meeting_date fellowship\n" + "\n".join(f"ann {day} AA" for day in days),
        absences="client_id start_date end_date\nann 2026-09-21 2026-09-27",
    )
    assert found == [(2.0,)]


def test_a_week_whose_meetings_did_not_come_is_no_week_without_meetings(clinic):
    days = ["2026-09-08", "2026-09-09", "2026-09-22", "2026-09-29", "2026-09-30"]
    weeks = [f"2026-{day}" for day in ("09-07", "09-14", "09-21", "09-28")]
    header = ("site", "week:DATE", "has_checkins:BOOLEAN", "has_attendance:BOOLEAN", "has_meetings:BOOLEAN")
    known = [
        dict(zip(header, (None, week, True, week != "2026-09-14", week != "2026-09-14"), strict=True)) for week in weeks
    ]
    came = "client_id meeting_date fellowship\n" + "\n".join(f"ann {day} AA" for day in days)
    found = of_ann(clinic, "client_work", "attended_meetings", attendance=came, site_week=known)
    assert found == [(round(5 / 3, 6),)]


def test_what_was_explained_in_this_stay(clinic):
    found = of_ann(
        clinic,
        "client_topic",
        "place, topic, explained_on::VARCHAR",
        sessions="""
        client_id session_date status   kind            topic
        ann       2026-05-31   attended psychoeducation sponsorship
        ann       2026-06-01   attended psychoeducation steps
        ann       2026-09-01   attended psychoeducation Meetings
        ann       2026-09-08   attended psychoeducation meetings
        ann       2026-09-15   no_show  psychoeducation cravings
        ann       2026-09-22   attended individual      cravings
        """,
    )
    assert found == [
        (1, "meetings", "2026-09-08"),
        (2, "sponsorship", None),
        (3, "steps", "2026-06-01"),
        (4, "cravings", None),
        (5, "prevention", None),
    ]
