"""Half a year after admission a client is to be asked again: when, whether it was done, and who is due."""

from __future__ import annotations

from datetime import date

import pytest

ADMITTED = "2026-01-05"  # due on 4 July; the window is from 4 June to 3 August


def rows(clinic, columns, as_of, *, end=None, reason=None, start=ADMITTED, **tables):
    """The columns of client `a`, at a site whose exports begin on 5 January."""
    episodes = [
        {"client_id": "a", "start_date": start, "end_date": end, "end_reason": reason, "therapist_id": "t1"},
        {"client_id": "steady", "start_date": "2025-01-06"},
    ]
    tables.setdefault("checkins", [])
    tables["checkins"] = [
        {"client_id": "steady", "checkin_date": "2026-01-05", "status": "completed"},
        *tables["checkins"],
    ]
    c = clinic(as_of, episodes=episodes, attendance=[], **tables)
    return [row[:-1] for row in c.rows("reassessment", f"{columns}, client_id") if row[-1] == "a"]


def checkin(day, status="completed"):
    return {"client_id": "a", "checkin_date": day, "status": status}


def test_the_window_is_30_days_around_the_180th_day(clinic):
    found = rows(clinic, "window_opens, due_on, window_closes, therapist_id", "2026-03-01")
    assert found == [(date(2026, 6, 4), date(2026, 7, 4), date(2026, 8, 3), "t1")]


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("2026-06-03", "ahead"), ("2026-06-04", "open"), ("2026-08-02", "open"), ("2026-08-03", "missed")],
)
def test_it_is_open_while_a_day_of_the_window_is_to_come(clinic, as_of, state):
    assert rows(clinic, "state", as_of) == [(state,)]


@pytest.mark.parametrize(
    ("day", "status", "done_on"),
    [
        ("2026-06-03", "completed", None),
        ("2026-06-04", "completed", date(2026, 6, 4)),
        ("2026-08-03", "completed", date(2026, 8, 3)),
        ("2026-08-04", "completed", None),
        ("2026-07-01", "missed", None),
    ],
)
def test_it_is_done_by_a_check_in_within_the_window(clinic, day, status, done_on):
    found = rows(clinic, "done_on, state", "2026-08-31", checkins=[checkin(day, status)])
    assert found == [(done_on, "done" if done_on else "missed")]


@pytest.mark.parametrize(("status", "state"), [("completed", "done"), ("declined", "missed")])
def test_it_is_done_by_a_questionnaire(clinic, status, state):
    taken = [{"client_id": "a", "taken_on": "2026-07-01", "instrument": "BAM", "status": status}]
    assert rows(clinic, "state", "2026-08-31", questionnaires=taken) == [(state,)]


def test_a_toxicology_test_asks_nobody(clinic):
    tested = [checkin("2026-07-01") | {"source": "toxicology"}]
    assert rows(clinic, "state", "2026-08-31", checkins=tested) == [("missed",)]


def test_who_has_left_is_asked_too(clinic):
    left = {"end": "2026-03-31", "reason": "left"}
    assert rows(clinic, "state, left_on", "2026-07-10", **left) == [("open", date(2026, 3, 31))]
    assert rows(clinic, "state", "2026-07-10", checkins=[checkin("2026-07-01")], **left) == [("done",)]


@pytest.mark.parametrize("reason", ["died", "incarcerated"])
@pytest.mark.parametrize(("end", "states"), [("2026-08-03", []), ("2026-08-04", [("missed",)])])
def test_who_died_or_was_incarcerated_before_is_left_out(clinic, reason, end, states):
    assert rows(clinic, "state", "2026-08-31", end=end, reason=reason) == states


@pytest.mark.parametrize(("start", "there"), [("2025-08-08", True), ("2025-08-07", False)])
def test_a_window_counts_that_opened_since_the_exports_begin(clinic, start, there):
    """150 days after 8 August is 5 January, the first day of the exports."""
    assert bool(rows(clinic, "state", "2026-08-31", start=start)) is there


@pytest.mark.parametrize(("first", "there"), [("2026-02-04", True), ("2026-02-03", False)])
def test_who_is_named_by_no_episode_counts_who_came_after_the_first_30_days_of_the_exports(clinic, first, there):
    """Earlier ones may have been in care before the first record of them."""
    attended = [{"client_id": "a", "meeting_date": first, "fellowship": "AA"}]
    c = clinic(
        "2026-02-08",
        episodes=[{"client_id": "steady", "start_date": "2025-01-06"}],
        checkins=[{"client_id": "steady", "checkin_date": "2026-01-05", "status": "completed"}],
        attendance=attended,
    )
    assert [client for (client,) in c.rows("reassessment", "client_id")] == (["a"] if there else [])


def test_without_check_ins_and_questionnaires_it_is_not_known_whether_it_was_done(clinic):
    attended = [{"client_id": "a", "meeting_date": "2026-01-05", "fellowship": "AA"}]
    c = clinic("2026-08-31", episodes=[{"client_id": "a", "start_date": ADMITTED}], attendance=attended)
    assert c.rows("reassessment", "state") == [("unknown",)]
    assert not c.rows("funder_event", "measure")


def test_a_window_counts_on_the_day_on_which_it_closes(clinic):
    attended = [{"client_id": "steady", "checkin_date": "2026-01-05", "status": "completed"}]
    episodes = [{"client_id": name, "start_date": ADMITTED} for name in ("a", "b")]
    for as_of, expected in (("2026-08-02", []), ("2026-08-03", [("a", 1), ("b", 0)])):
        c = clinic(as_of, episodes=episodes, checkins=[*attended, checkin("2026-07-01")], attendance=[])
        events = c.rows("funder_event", "client_id, numerator, day, measure")
        assert [row[:2] for row in events] == expected
        assert all(row[2:] == (date(2026, 8, 3), "reassessed") for row in events)
