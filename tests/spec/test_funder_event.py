"""What funders ask for: care after leaving a level, and the state of clients at the end of a stay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

AS_OF = date(2026, 9, 30)
MONDAYS = [date(2026, 1, 5) + timedelta(days=7 * week) for week in range(39)]


def reported(*, but=()):
    """A client at Harbor who makes every week a reported one."""
    return [
        {"client_id": "steady", "meeting_date": str(monday), "fellowship": "AA", "site": "Harbor"}
        for monday in MONDAYS
        if monday not in but
    ]


def events(clinic, *episodes, **tables):
    """(measure, day, numerator) of client `a`, whose episodes are (start, end, level, reason)."""
    rows = [
        {
            "client_id": "a",
            "start_date": start,
            "end_date": end,
            "level_of_care": level,
            "end_reason": reason,
            "site": "Harbor",
        }
        for start, end, level, reason in episodes
    ]
    steady = {"client_id": "steady", "start_date": "2025-01-06", "site": "Harbor"}
    tables.setdefault("attendance", [])
    tables["attendance"] = tables["attendance"] + reported(but=tables.pop("silent", ()))
    c = clinic(str(AS_OF), episodes=[*rows, steady], **tables)
    return {row[:2]: row[2] for row in c.rows("funder_event", "measure, day, numerator, client_id") if row[3] == "a"}


def session(on, status="attended"):
    return {"client_id": "a", "session_date": on, "status": status}


@pytest.mark.parametrize(
    ("level", "sessions", "seven", "fourteen"),
    [
        ("3.5", ["2026-05-08"], 1, 1),  # 7 days after 1 May
        ("3.5", ["2026-05-09"], 0, 1),
        ("3.5", ["2026-05-15"], 0, 1),
        ("3.5", ["2026-05-16"], 0, 0),
        ("3.5", ["2026-05-01"], 0, 0),  # on the last day at the level itself
        ("3.2WM", ["2026-05-08"], 1, 1),
        ("1.5", ["2026-05-08"], None, None),  # no level that is followed
    ],
)
def test_a_session_within_days_of_leaving_a_level(clinic, level, sessions, seven, fourteen):
    found = events(clinic, ("2026-04-01", "2026-05-01", level, "completed"), sessions=[session(on) for on in sessions])
    assert found.get(("continuity_7", date(2026, 5, 8))) == seven
    assert found.get(("continuity_14", date(2026, 5, 15))) == fourteen


def test_a_session_that_was_missed_is_no_care(clinic):
    found = events(
        clinic, ("2026-04-01", "2026-05-01", "3.5", "completed"), sessions=[session("2026-05-04", "no_show")]
    )
    assert found["continuity_7", date(2026, 5, 8)] == 0


@pytest.mark.parametrize(("begins", "seven"), [("2026-05-01", 1), ("2026-05-08", 1), ("2026-05-09", 0)])
def test_care_at_another_level_is_care_after_it(clinic, begins, seven):
    stays = ("2026-04-01", "2026-05-01", "3.5", "transferred"), (begins, None, "2.1", None)
    assert events(clinic, *stays)["continuity_7", date(2026, 5, 8)] == seven


@pytest.mark.parametrize("reason", ["died", "incarcerated"])
def test_who_died_or_was_incarcerated_is_left_out(clinic, reason):
    assert not events(clinic, ("2026-04-20", "2026-05-01", "3.5", reason))


def test_what_is_not_over_yet_does_not_count(clinic):
    found = events(clinic, ("2026-09-10", "2026-09-20", "3.5", "completed"))
    assert set(found) == {("continuity_7", date(2026, 9, 27))}


def met(*days):
    return [{"client_id": "a", "meeting_date": day, "fellowship": "AA", "site": "Harbor"} for day in days]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([f"2026-05-{n:02}" for n in range(2, 10)], 1),  # from the first of the 30 days up to 31 May
        ([f"2026-05-{n:02}" for n in range(1, 9)], 0),  # 1 May is the 31st day back
        ([f"2026-05-{n:02}" for n in range(2, 9)], 0),  # seven
    ],
)
def test_meetings_in_the_last_30_days_of_a_stay(clinic, days, expected):
    found = events(clinic, ("2026-03-02", "2026-05-31", "1.5", "completed"), attendance=met(*days))
    assert found["ended_meetings_8", date(2026, 5, 31)] == expected


def test_where_the_site_did_not_report_the_meetings_are_not_known(clinic):
    found = events(clinic, ("2026-03-02", "2026-05-31", "1.5", "completed"), silent={date(2026, 5, 18)})
    assert ("ended_meetings_8", date(2026, 5, 31)) not in found
    assert found["ended_lower_level", date(2026, 5, 31)] == 0


@pytest.mark.parametrize(("start", "counts"), [("2026-05-02", True), ("2026-05-03", False)])
def test_a_stay_counts_from_30_days(clinic, start, counts):
    found = events(clinic, (start, "2026-05-31", "1.5", "completed"))
    assert (("ended_meetings_8", date(2026, 5, 31)) in found) is counts


@pytest.mark.parametrize(
    ("day", "used", "expected"),
    [
        ("2026-05-20", "no", 1),
        ("2026-05-17", "no", 1),  # 14 days before the end
        ("2026-05-16", "no", None),
        ("2026-05-20", "yes", 0),
        ("2026-05-02", "yes", 0),  # the first of the 30 days
        ("2026-05-01", "yes", None),
    ],
)
def test_abstinent_at_the_end(clinic, day, used, expected):
    checkin = {"client_id": "a", "checkin_date": day, "status": "completed", "used": used}
    found = events(clinic, ("2026-03-02", "2026-05-31", "1.5", "completed"), checkins=[checkin])
    assert found.get(("ended_abstinent", date(2026, 5, 31))) == expected


@pytest.mark.parametrize(("first", "final", "lower"), [("3.5", "2.1", 1), ("2.1", "2.1", 0), ("2.1", "3.5", 0)])
def test_the_level_at_the_end_beside_that_at_admission(clinic, first, final, lower):
    stays = ("2026-03-02", "2026-04-15", first, "transferred"), ("2026-04-16", "2026-05-31", final, "completed")
    assert events(clinic, *stays)["ended_lower_level", date(2026, 5, 31)] == lower
