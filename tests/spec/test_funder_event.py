"""What funders ask for: care after leaving a level, and the state of clients at the end of a stay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.slow

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
        ("3.7", ["2026-05-08"], 1, 1),
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


@pytest.mark.parametrize(
    ("begins", "level", "seven"),
    [
        ("2026-05-01", "2.1", 1),
        ("2026-05-08", "2.1", 1),
        ("2026-05-09", "2.1", 0),
        ("2026-05-04", "3.5", 0),
        ("2026-05-04", None, 1),
    ],
)
def test_care_at_another_level_is_care_after_it(clinic, begins, level, seven):
    stays = ("2026-04-01", "2026-05-01", "3.5", "transferred"), (begins, None, level, None)
    assert events(clinic, *stays)["continuity_7", date(2026, 5, 8)] == seven


@pytest.mark.parametrize("reason", ["died", "incarcerated"])
def test_who_died_or_was_incarcerated_is_left_out(clinic, reason):
    assert not events(clinic, ("2026-04-20", "2026-05-01", "3.5", reason))


@pytest.mark.parametrize(
    ("end", "measures"),
    [
        ("2026-09-16", {"continuity_7", "continuity_14"}),  # 14 days before the last day of the data
        ("2026-09-17", {"continuity_7"}),
        ("2026-09-23", {"continuity_7"}),
        ("2026-09-24", set()),
    ],
)
def test_what_is_not_over_yet_does_not_count(clinic, end, measures):
    found = events(clinic, ("2026-09-10", end, "3.5", "completed"))
    assert {measure for measure, _ in found} == measures


# The state at admission, at the last contact, and at discharge


def met(*days):
    return [{"client_id": "a", "meeting_date": day, "fellowship": "AA", "site": "Harbor"} for day in days]


def checkin(day, used="no"):
    return {"client_id": "a", "checkin_date": day, "status": "completed", "used": used}


STAY = ("2026-03-02", "2026-06-30", "2.1", "completed")  # with a first 30 days up to 31 March
END = date(2026, 6, 30)
LAST = session("2026-06-10")  # the last contact: 30 days from 12 May to 10 June; those of the discharge from 1 June
BANDS = {"none": 0, "1_3": 0, "4_7": 0, "8_30": 0}


def bands(found, moment):
    return {name: found[f"{moment}_meetings_{name}", END] for name in BANDS}


@pytest.mark.parametrize(
    ("number", "band"),
    [(0, "none"), (1, "1_3"), (3, "1_3"), (4, "4_7"), (7, "4_7"), (8, "8_30"), (20, "8_30")],
)
@pytest.mark.parametrize(
    ("moment", "from_day"),
    [("admitted", date(2026, 3, 2)), ("contact", date(2026, 5, 12)), ("ended", date(2026, 6, 11))],
)
def test_the_bands_of_meetings_are_those_of_teds(clinic, moment, from_day, number, band):
    """The days of a moment that are days of no other moment."""
    days = [str(from_day + timedelta(days=n)) for n in range(number)]
    found = events(clinic, STAY, sessions=[LAST], attendance=met(*days))
    for each in ("admitted", "contact", "ended"):
        assert bands(found, each) == BANDS | {band if each == moment else "none": 1}


@pytest.mark.parametrize(
    ("day", "counts_at"),
    [
        ("2026-03-01", set()),  # before admission: no export is asked for it
        ("2026-03-02", {"admitted"}),
        ("2026-03-31", {"admitted"}),
        ("2026-04-01", set()),
        ("2026-05-11", set()),
        ("2026-05-12", {"contact"}),
        ("2026-06-01", {"contact", "ended"}),
        ("2026-06-11", {"ended"}),
        ("2026-06-30", {"ended"}),
    ],
)
def test_each_moment_has_its_30_days(clinic, day, counts_at):
    found = events(clinic, STAY, sessions=[LAST], attendance=met(day))
    assert {m for m in ("admitted", "contact", "ended") if found[f"{m}_meetings_1_3", END]} == counts_at


@pytest.mark.parametrize(
    ("contact", "counts"),
    [
        ({"sessions": [session("2026-04-30")]}, True),  # the 60th day: 30 for the admission, 30 up to the contact
        ({"sessions": [session("2026-04-29")]}, False),
        ({"sessions": [session("2026-06-10", "no_show")]}, False),
        ({"checkins": [checkin("2026-04-30")]}, True),
        ({}, False),
    ],
)
def test_a_stay_counts_from_60_days_up_to_the_last_contact(clinic, contact, counts):
    assert (("ended_meetings_none", END) in events(clinic, STAY, **contact)) is counts


@pytest.mark.parametrize("silent", [date(2026, 3, 9), date(2026, 5, 18), date(2026, 6, 22)])
def test_where_the_site_did_not_report_at_one_moment_the_meetings_are_known_at_none(clinic, silent):
    found = events(clinic, STAY, sessions=[LAST], silent={silent})
    assert not [measure for measure, _ in found if "_meetings_" in measure]
    assert found["ended_lower_level", END] == 0


@pytest.mark.parametrize(
    ("week", "known"),
    [
        ("2026-02-23", True),  # up to the day before admission
        ("2026-03-02", False),
        ("2026-03-30", False),  # from the day on which the first thirty are over
        ("2026-04-06", True),
        ("2026-05-18", False),
        ("2026-06-29", False),
        ("2026-07-06", True),
    ],
)
def test_where_the_meetings_of_a_week_did_not_come_they_are_known_at_no_moment(clinic, week, known):
    gap = [{"site": "Harbor", "week:DATE": week}]
    found = events(clinic, STAY, sessions=[LAST], attendance_gap=gap)
    assert bool([measure for measure, _ in found if "_meetings_" in measure]) is known


def test_of_days_before_the_exports_begin_the_meetings_are_not_known(clinic):
    found = events(clinic, ("2025-12-20", *STAY[1:]), sessions=[LAST])
    assert not [measure for measure, _ in found if "_meetings_" in measure]


@pytest.mark.parametrize(
    ("checkins", "admitted", "contact", "ended"),
    [
        ([("2026-03-20", "no"), ("2026-06-10", "no"), ("2026-06-20", "no")], 1, 1, 1),
        ([("2026-03-10", "yes"), ("2026-06-10", "no"), ("2026-06-20", "no")], 0, 1, 1),
        ([("2026-03-20", "no"), ("2026-06-05", "yes"), ("2026-06-10", "no")], 1, 0, 0),
        ([("2026-03-20", "no"), ("2026-05-20", "yes"), ("2026-06-16", "no")], 1, 0, 1),  # 14 days before the end
        ([("2026-03-20", "no"), ("2026-06-10", "no")], 1, 1, None),  # nothing heard for 20 days
        ([("2026-03-16", "no"), ("2026-06-10", "no")], None, None, None),  # nothing heard for 15 days at admission
    ],
)
def test_abstinence_is_compared_where_it_is_known_at_admission_and_at_the_last_contact(
    clinic, checkins, admitted, contact, ended
):
    found = events(clinic, STAY, checkins=[checkin(*each) for each in checkins])
    assert found.get(("admitted_abstinent", END)) == admitted
    assert found.get(("contact_abstinent", END)) == contact
    assert found.get(("ended_abstinent", END)) == ended
    assert found.get(("ended_abstinence_known", END)) == (None if contact is None else int(ended is not None))


@pytest.mark.parametrize(
    ("levels", "contact", "ended"),
    [
        (("3.5", "2.1", "1.5"), 1, 1),
        (("2.1", "2.1", "1.5"), 0, 1),
        (("2.1", "3.5", "2.1"), 0, 0),
        (("2.1", None, "1.5"), None, None),
    ],
)
def test_the_level_at_the_last_contact_and_at_the_end_beside_that_at_admission(clinic, levels, contact, ended):
    days = ("2026-03-02", "2026-04-30"), ("2026-05-01", "2026-06-14"), ("2026-06-15", "2026-06-30")
    stays = [(*its, level, "completed") for its, level in zip(days, levels, strict=True)]
    found = events(clinic, *stays, sessions=[LAST])
    assert found.get(("contact_lower_level", END)) == contact
    assert found.get(("ended_lower_level", END)) == ended


def test_a_stay_without_an_end_counts_nowhere(clinic):
    assert not events(clinic, ("2026-03-02", None, "2.1", None), sessions=[LAST])


@pytest.mark.parametrize(("admitted", "known"), [("2026-01-05", True), ("2026-01-04", False)])
def test_the_meetings_after_admission_need_thirty_days_of_data(clinic, admitted, known):
    """The exports begin on 5 January."""
    found = events(clinic, (admitted, str(END), "1.5", "completed"), sessions=[session(str(END))])
    assert (("admitted_meetings_none", END) in found) == known
