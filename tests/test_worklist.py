"""Who is on a therapist's worklist today: one row per client: what is known, what was done, and the rank."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from pipelines.journal.store import Contact, Entry
from pipelines.worklist import Done, Place, Reasons, place

TODAY = date(2026, 11, 26)


def entry(days_ago, outcome="contacted", follow_up=None, corrected=False):
    on = TODAY - timedelta(days=days_ago)
    written = datetime.combine(on, time(12)).astimezone().astimezone(UTC).replace(tzinfo=None)
    contact = Contact(
        client_id="c-1", flag_week=None, outcome=outcome, reason=None,
        follow_up_on=None if follow_up is None else TODAY + timedelta(days=follow_up),
        remind=False, note=None, who="T01",
    )  # fmt: skip
    return Entry(f"{days_ago}-{outcome}", written, contact, corrected)


def reasons(call_first=True, flag=None, crisis=None, use=None, seen=None):
    """Days ago: the Monday of the flag's week, the start of the crisis, the last use, the last session attended."""
    on = [None if each is None else TODAY - timedelta(days=each) for each in (flag, crisis, use, seen)]
    return Reasons("c-1", call_first, *on)


@pytest.mark.parametrize(
    ("known", "noted", "wanted"),
    [
        (reasons(flag=10), [], Place.TO_CALL),
        (reasons(call_first=False), [], Place.NOT_NEEDED),
        # a contact takes the client off for a week, unless something newer is known
        (reasons(flag=20), [entry(0)], Place.DONE_TODAY),
        (reasons(flag=20), [entry(1)], Place.RESTING),
        (reasons(flag=20), [entry(6)], Place.RESTING),
        (reasons(flag=20), [entry(7)], Place.TO_CALL),
        # nor does one of a day to come, which a clock that is wrong may have written
        (reasons(flag=20), [entry(-400)], Place.TO_CALL),
        # a client who was not reached is back the next day
        (reasons(flag=20), [entry(0, "not_reached")], Place.DONE_TODAY),
        (reasons(flag=20), [entry(1, "not_reached")], Place.TO_CALL),
        # something newer is known: the flag of a week is known once the week is over
        (reasons(flag=9), [entry(3)], Place.TO_CALL),
        (reasons(flag=9), [entry(2)], Place.RESTING),
        (reasons(crisis=2), [entry(3)], Place.TO_CALL),
        (reasons(crisis=3), [entry(3)], Place.RESTING),
        (reasons(use=2), [entry(3)], Place.TO_CALL),
        # a follow-up date is a reminder, with or without another reason
        (reasons(flag=20), [entry(5, follow_up=3)], Place.RESTING),
        (reasons(flag=20), [entry(9, follow_up=3)], Place.RESTING),
        (reasons(flag=20), [entry(5, follow_up=0)], Place.TO_CALL),
        (reasons(call_first=False), [entry(5, follow_up=0)], Place.TO_CALL),
        (reasons(call_first=False), [entry(5, follow_up=-2)], Place.TO_CALL),
        (reasons(call_first=False), [entry(5, follow_up=1)], Place.NOT_NEEDED),
        # a later contact answers the follow-up of an earlier one
        (reasons(call_first=False), [entry(1), entry(5, follow_up=-2)], Place.NOT_NEEDED),
        # so does a session that the client attended since, but none before
        (reasons(call_first=False, seen=2), [entry(5, follow_up=-2)], Place.NOT_NEEDED),
        (reasons(call_first=False, seen=1), [entry(5, follow_up=-2)], Place.NOT_NEEDED),
        (reasons(call_first=False, seen=3), [entry(5, follow_up=-2)], Place.TO_CALL),
        # a session on the day settles the follow-up, not the flag
        (reasons(flag=20, seen=0), [entry(5, follow_up=0)], Place.TO_CALL),
        # snoozed until the day, and on it back
        (reasons(flag=10), [entry(0, "snoozed", follow_up=1)], Place.SNOOZED),
        (reasons(flag=10), [entry(3, "snoozed", follow_up=0)], Place.TO_CALL),
        (reasons(flag=10), [entry(0), entry(1, "snoozed", follow_up=4)], Place.DONE_TODAY),
        (reasons(flag=10), [entry(0, "snoozed", follow_up=0), entry(0)], Place.TO_CALL),
        # an undone entry does not count
        (reasons(flag=20), [entry(0, corrected=True)], Place.TO_CALL),
    ],
)
def test_where_a_client_is_on_the_worklist(known, noted, wanted):
    assert place(known, Done.of(noted), TODAY) is wanted


@pytest.mark.parametrize(
    ("outcome", "reached"),
    [("contacted", True), ("talked_in_session", True), ("left_message", False), ("not_reached", False)],
)
def test_a_client_is_reached_where_client_and_therapist_spoke(outcome, reached):
    assert ("c-1" in Done.of([entry(2, outcome)]).reached_on) is reached


def test_a_snooze_is_no_contact():
    done = Done.of([entry(0, "snoozed", follow_up=2), entry(4, "left_message"), entry(9)])
    assert done.last["c-1"].contact.outcome == "left_message"
    assert done.reached_on["c-1"] == TODAY - timedelta(days=9)
    assert [each.contact.outcome for each in done.contacts] == ["left_message", "contacted"]
