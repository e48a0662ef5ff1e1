"""The work beside the meetings in words: the sentence for each state in the tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dashboard.queries.work import Work
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
            {"has_sponsor": False, "days_without_sponsor": 0, "days_since_sponsor_answer": 5}, False,
            "No sponsor, as answered 5 days ago.",
        ),
        (
            {"has_sponsor": False, "days_without_sponsor": 14, "days_since_sponsor_answer": 0}, False,
            "No sponsor for 14 days, as answered today.",
        ),
        ({"has_sponsor": True}, False, "Has a sponsor. No check-in in the last 4 weeks says how often they spoke."),
        (
            {"has_sponsor": True, "contacts_recent": 1.5, "contacts_usual": 2.0}, False,
            "Has a sponsor: 1.5 contacts a week in the last 4 weeks, 2.0 before.",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.0, "contacts_usual": 1.9, "days_since_sponsor": 38}, False,
            "Has a sponsor, but no contact for 38 days (usually 1.9 a week).",
        ),
        (
            {"has_sponsor": True, "contacts_recent": 0.5, "contacts_usual": 1.9, "days_since_sponsor": 3}, False,
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
            f"{STANDS} Use was reported on 5 Sep 2026: check whether this breaks the contract.",
        ),
        (SIGNED | {"days_to_contract_end": 14}, f"{STANDS} It ends in 14 days."),
        (SIGNED | {"days_to_contract_end": 15}, STANDS),
        (SIGNED | {"days_to_contract_end": 3, "accountability": "sponsor"},
         f"{STANDS} It ends in 3 days. Accountable to: sponsor."),
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
