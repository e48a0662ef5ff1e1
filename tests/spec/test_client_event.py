"""Every dated event in a client's story, lane by lane."""

from __future__ import annotations

from datetime import date

import pytest

AS_OF = "2026-10-04"
TABLES = {
    "checkins": "client_id checkin_date status source used has_sponsor step last_use_date\n",
    "tasks": "client_id task assigned_on due_on completed_on\n",
    "sessions": "client_id session_date status kind\n",
    "contracts": "client_id signed_on ends_on behaviour broken_on\n",
    "crises": "client_id opened_on kind resolved_on\n",
    "episodes": "client_id start_date end_date level_of_care end_reason\n",
}
FLAGS = "client_id week:DATE kind cleared_week:DATE\n"


def d(text):
    return text and date.fromisoformat(text)


def events(clinic, lane, *, flags="z 2026-01-05 attendance 2026-01-19", **rows):
    """start, end, label and state of client a's events in a lane."""
    c = clinic(AS_OF, decline_flags=FLAGS + flags, **{name: TABLES[name] + text for name, text in rows.items()})
    found = c.rows("client_event", "client_id, lane, start_date, end_date, label, state")
    return [row[2:] for row in found if row[:2] == ("a", lane)]


@pytest.mark.parametrize(
    ("task", "end", "state"),
    [
        ("2026-09-20 2026-09-18", "2026-09-18", "done"),
        ("2026-09-20 2026-09-20", "2026-09-20", "done"),
        ("2026-09-20 2026-09-25", "2026-09-25", "done late"),
        (". 2026-09-25", "2026-09-25", "done"),
        ("2026-10-04 .", None, "open"),  # due today
        ("2026-10-03 .", None, "overdue"),
        (". .", None, "open"),
    ],
)
def test_a_task_goes_from_assigned_to_completed(clinic, task, end, state):
    assert events(clinic, "task", tasks=f"a List 2026-09-01 {task}") == [(d("2026-09-01"), d(end), "List", state)]


@pytest.mark.parametrize(
    ("contract", "end", "state"),
    [
        (". alcohol .", None, "kept"),
        ("2026-10-04 alcohol .", None, "kept"),
        ("2026-10-03 alcohol .", "2026-10-03", "ended"),
        ("2026-12-01 alcohol 2026-09-15", "2026-09-15", "broken"),
        ("2026-09-30 alcohol 2026-09-15", "2026-09-15", "broken"),
    ],
)
def test_a_contract_goes_on_until_it_is_broken_or_ends(clinic, contract, end, state):
    found = events(clinic, "contract", contracts=f"a 2026-08-01 {contract}")
    assert found == [(d("2026-08-01"), d(end), "alcohol", state)]


@pytest.mark.parametrize(
    ("crisis", "wanted"),
    [
        ("housing .", (None, "housing", "open")),
        ("housing 2026-10-04", ("2026-10-04", "housing", "resolved")),
        ("housing 2026-10-05", (None, "housing", "open")),
        (". .", (None, "other", "open")),
    ],
)
def test_a_crisis_is_open_until_it_is_resolved(clinic, crisis, wanted):
    end, *rest = wanted
    assert events(clinic, "crisis", crises=f"a 2026-09-10 {crisis}") == [(d("2026-09-10"), d(end), *rest)]


@pytest.mark.parametrize(
    ("episode", "wanted"),
    [
        (". 2.1 .", (None, "2.1", "open")),
        (". . .", (None, "unknown", "open")),
        ("2026-09-20 2.1 lost_contact", ("2026-09-20", "2.1", "lost_contact")),
        ("2026-09-20 2.1 .", ("2026-09-20", "2.1", "ended")),
        ("2026-10-04 2.1 completed", ("2026-10-04", "2.1", "completed")),  # today
        ("2026-10-05 2.1 completed", (None, "2.1", "open")),  # planned, and not yet
    ],
)
def test_a_level_of_care_lasts_as_its_episode(clinic, episode, wanted):
    end, *rest = wanted
    assert events(clinic, "level", episodes=f"a 2026-07-01 {episode}") == [(d("2026-07-01"), d(end), *rest)]


@pytest.mark.parametrize("status", ["attended", "no_show", "cancelled_client", "cancelled_clinic"])
def test_a_session_is_a_day(clinic, status):
    day = d("2026-09-10")
    assert events(clinic, "session", sessions=f"a 2026-09-10 {status} group") == [(day, day, "group", status)]
    assert events(clinic, "session", sessions=f"a 2026-09-10 {status} .") == [(day, day, "session", status)]


def test_a_flag_goes_from_the_end_of_its_week_to_the_end_of_the_week_that_clears_it(clinic):
    flags = "a 2026-06-01 attendance 2026-07-06\na 2026-09-21 involvement ."
    assert events(clinic, "flag", flags=flags) == [
        (d("2026-06-07"), d("2026-07-12"), "attendance", "cleared"),
        (d("2026-09-27"), None, "involvement", "standing"),
    ]


@pytest.mark.parametrize(
    ("checkins", "wanted"),
    [
        pytest.param("a 2026-09-01 completed self_report . . 1 .", [("2026-09-01", "2026-09-01", "1")], id="once"),
        pytest.param(
            "a 2026-09-01 completed self_report . . 1 .\na 2026-09-10 completed self_report . . 1 .",
            [("2026-09-01", "2026-09-10", "1")], id="to the last report, not to now",
        ),
        pytest.param(
            "a 2026-09-01 completed self_report . . 1 .\na 2026-09-10 completed self_report . . 2 .",
            [("2026-09-01", "2026-09-09", "1"), ("2026-09-10", "2026-09-10", "2")], id="until another is reported",
        ),
        pytest.param(
            "a 2026-09-01 completed self_report . . 1 .\na 2026-09-05 completed self_report . . . .\n"
            "a 2026-09-10 completed self_report . . 1 .",
            [("2026-09-01", "2026-09-10", "1")], id="a blank gives no information",
        ),
        pytest.param(
            "a 2026-09-01 completed self_report . . 2 .\na 2026-09-05 completed self_report . . 1 .\n"
            "a 2026-09-10 completed self_report . . 2 .",
            [("2026-09-01", "2026-09-04", "2"), ("2026-09-05", "2026-09-09", "1"), ("2026-09-10", "2026-09-10", "2")],
            id="back and on again",
        ),
        pytest.param("a 2026-09-01 missed self_report . . 1 .", [], id="a missed check-in gives no information"),
        pytest.param("a 2026-09-01 completed toxicology . . 1 .", [], id="nor does a test"),
    ],
)  # fmt: skip
def test_a_step_lasts_as_long_as_check_ins_report_it(clinic, checkins, wanted):
    found = events(clinic, "step", checkins=checkins)
    assert found == [(d(start), d(end), label, "stated") for start, end, label in wanted]


def test_an_unreported_sponsor_makes_no_event(clinic):
    checkins = (
        "a 2026-08-01 completed self_report . no . .\n"
        "a 2026-08-15 completed clinician . yes . .\n"
        "a 2026-09-01 completed self_report . . . ."
    )
    assert events(clinic, "sponsor", checkins=checkins) == [
        (d("2026-08-01"), d("2026-08-14"), "no", "stated"),
        (d("2026-08-15"), d("2026-08-15"), "yes", "stated"),
    ]


def test_abstinent_days_and_use_days_are_those_of_the_evidence(clinic):
    episodes = "a 2026-08-01 . 2.1 ."
    checkins = "a 2026-08-10 completed self_report yes . . 2026-08-05\na 2026-08-20 completed self_report no . . ."
    assert events(clinic, "use", checkins=checkins, episodes=episodes) == [
        (d("2026-08-05"), d("2026-08-05"), "use", "known")
    ]
    assert events(clinic, "abstinent", checkins=checkins, episodes=episodes) == [
        (d("2026-08-06"), d("2026-08-20"), "abstinent", "known")
    ]


def test_a_clinic_with_the_two_required_exports_alone_has_a_story_too(clinic):
    assert events(clinic, "task", checkins="a 2026-09-01 completed self_report no . . .") == []
