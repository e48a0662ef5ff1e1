"""The work beside the meetings in words: the sentence for each state in the tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dashboard.queries.work import Task, Work
from dashboard.sections import work as words

UNSAID: dict[str, Any] = dict.fromkeys(Work.__dataclass_fields__) | {
    "client_id": "c-1",
    "early": False,
    "preoccupation": "not set",
    "control_attempts": "not set",
    "consequences": "not set",
    "contract_status": "none",
    "days_in_care": 90,
}
SIGNED = {"contract_status": "kept", "behaviour": "alcohol", "signed_on": date(2026, 8, 3)}
STANDS = "Active contract on alcohol, signed 3 Aug 2026, no breach recorded."


def work(**said: Any) -> Work:
    return Work(**UNSAID | said)


@pytest.mark.parametrize(
    ("said", "away", "told"),
    [
        ({}, False, "Not known whether there is a sponsor."),
        (
            {"has_sponsor": False, "days_without_sponsor": 0, "sponsor_answered_on": date(2026, 10, 26)}, False,
            "No sponsor, as answered on 26 Oct 2026.",
        ),
        (
            {"has_sponsor": False, "days_without_sponsor": 14, "sponsor_answered_on": date(2026, 11, 1)}, False,
            "No sponsor for 14 days, as answered on 1 Nov 2026.",
        ),
        ({"has_sponsor": True}, False, "Has a sponsor. No check-in in the last 4 weeks says how often they spoke."),
        (
            {"has_sponsor": True, "contacts_recent": 1.5, "contacts_usual": 2.0}, False,
            "Has a sponsor: 1.5 contacts a week in the last 4 weeks, 2.0 before.",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.0, "contacts_usual": 1.9, "last_sponsor_contact": date(2026, 9, 24)}, False,
            "Has a sponsor, but no contact since 24 Sep 2026 (usually 1.9 a week).",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.5, "contacts_usual": 1.9, "last_sponsor_contact": date(2026, 10, 29)}, False,
            "Has a sponsor, but much less contact: 0.5 contacts a week in the last 4 weeks, 1.9 before.",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.67, "contacts_usual": 2.0}, False,
            "Has a sponsor, but much less contact: 0.7 contacts a week in the last 4 weeks, 2.0 before.",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.68, "contacts_usual": 2.0}, False,
            "Has a sponsor: 0.7 contacts a week in the last 4 weeks, 2.0 before.",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.0, "contacts_usual": 1.9}, True,
            "Has a sponsor: 1.9 contacts a week before the client went away.",
        ),
    ],
)  # fmt: skip
def test_the_sponsor(said, away, told):
    assert words.sponsor(work(**said), away=away) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "No contract."),
        (SIGNED, STANDS),
        (SIGNED | {"last_use_on": date(2026, 8, 2)}, STANDS),
        (
            SIGNED | {"last_use_on": date(2026, 9, 5)},
            f"{STANDS} The last known use was on 5 Sep 2026: check whether it breaks the contract.",
        ),
        (SIGNED | {"ends_on": date(2026, 11, 15), "days_to_contract_end": 14}, f"{STANDS} It ends on 15 Nov 2026."),
        (SIGNED | {"ends_on": date(2026, 11, 16), "days_to_contract_end": 15}, STANDS),
        (SIGNED | {"ends_on": date(2026, 11, 4), "days_to_contract_end": 3, "accountability": "sponsor"},
         f"{STANDS} It ends on 4 Nov 2026. Accountable to: sponsor."),
        (SIGNED | {"contract_status": "broken", "broken_on": date(2026, 9, 5)},
         "The contract on alcohol was broken on 5 Sep 2026."),
        (
            SIGNED | {"agreed_meetings": 3.0, "attended_meetings": 1.0},
            f"{STANDS} Agreed: 3 meetings a week; attended in the last 4 weeks: 1.0 a week.",
        ),
        (
            SIGNED | {"agreed_meetings": 2.5, "attended_meetings": 2.0},
            f"{STANDS} Agreed: 2.5 meetings a week; attended in the last 4 weeks: 2.0 a week.",
        ),
        (
            SIGNED | {"agreed_meetings": 1.0},
            f"{STANDS} Agreed: 1 meeting a week; attended in the last 4 weeks: not known.",
        ),
    ],
)  # fmt: skip
def test_a_contract_not_recorded_as_broken_is_not_called_kept(said, told):
    assert words.contract(work(**said)) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"step": 4}, "On step 4."),
        ({}, "Step not known."),
        (
            {"step": 1, "early": True, "preoccupation": "done"},
            "On step 1. Step-one lists done: preoccupation; not set yet: attempts to control, consequences.",
        ),
    ],
)
def test_the_step(said, told):
    assert words.step(work(**said), []) == told


@pytest.mark.parametrize(
    ("due_on", "told", "late"),
    [
        (None, "no due date", False),
        (date(2026, 11, 26), "was due 26 Nov 2026", True),  # after the last day of the data
        (date(2026, 11, 27), "due 27 Nov 2026", False),
    ],
)
def test_a_task_that_was_due_before_today_is_overdue(due_on, told, late):
    task, today = Task("Letter of hope", 2, "in step", "open", date(2026, 10, 5), due_on), date(2026, 11, 27)
    assert (words.due(task, today), words.overdue(task, today)) == (told, late)
    assert words.of_step(task) == "step 2, the current step"
