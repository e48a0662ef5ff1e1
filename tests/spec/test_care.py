"""In care: stays, the weeks and months that count, what is missing and what is excused."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from tests.conftest import of_clients


def d(text):
    return date.fromisoformat(text)


def test_episodes_at_most_seven_days_apart_are_one_stay(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   program
        a         2026-01-05 2026-03-01 residential
        a         2026-03-08 2026-04-01 outpatient
        a         2026-04-09 .          outpatient
        b         2026-01-05 2026-06-01 residential
        b         2026-02-01 2026-03-01 outpatient
        c         2026-10-01 2026-12-31 outpatient
        c         2026-10-05 .          aftercare
        """,
    )
    assert c.rows("stay", "client_id, stay, start_date, end_date, last_day") == [
        ("a", 1, d("2026-01-05"), d("2026-04-01"), d("2026-04-01")),
        ("a", 2, d("2026-04-09"), None, d("2026-10-04")),
        ("b", 1, d("2026-01-05"), d("2026-06-01"), d("2026-06-01")),
        ("c", 1, d("2026-10-01"), d("2026-12-31"), d("2026-10-04")),
    ]


def test_without_episodes_a_stay_is_inferred_from_the_records(clinic):
    c = clinic(
        "2026-10-04",
        attendance="""
        client_id meeting_date fellowship site
        a         2026-09-20   AA         Harbor
        b         2026-06-01   AA         .
        """,
        checkins="""
        client_id checkin_date
        a         2026-08-25
        b         2026-07-02
        """,
    )
    assert c.rows("stay", "client_id, start_date, end_date, inferred") == [
        ("a", d("2026-08-25"), None, True),
        ("b", d("2026-06-01"), d("2026-06-01"), True),
        ("b", d("2026-07-02"), d("2026-07-02"), True),
    ]
    assert c.rows("care_span", "client_id, site") == [("a", "Harbor"), ("b", None), ("b", None)]


@pytest.mark.parametrize(
    ("sites", "spans"),
    [
        # Harbor, North or no site named, every second day from 1 September; the spans: first day, last day, site.
        ("HH", [(1, None, "Harbor")]),
        (".HH", [(1, None, "Harbor")]),  # where nothing is named yet, the first site that is
        ("..", [(1, None, None)]),
        ("HHN", [(1, None, "Harbor")]),  # one visit
        ("HHNHH", [(1, None, "Harbor")]),
        ("HNHNH", [(1, None, "Harbor")]),
        ("HHNN", [(1, 6, "Harbor"), (7, None, "North")]),
        ("HHN.N", [(1, 8, "Harbor"), (9, None, "North")]),  # no site named changes nothing
        ("HNN.NHH", [(1, 4, "Harbor"), (5, 12, "North"), (13, None, "Harbor")]),
        ("HNNHN", [(1, 4, "Harbor"), (5, None, "North")]),
        (15 * "." + "HN", [(1, None, "Harbor")]),  # first named within 30 days
        (16 * "." + "H", [(1, 32, None), (33, None, "Harbor")]),
        (16 * "." + "HNN", [(1, 32, None), (33, 36, "Harbor"), (37, None, "North")]),
    ],
)
def test_without_episodes_two_days_in_a_row_at_another_site_are_a_move_from_then_on(clinic, sites, spans):
    names = {"H": "Harbor", "N": "North", ".": "."}
    begin = d("2026-09-01")
    days = [begin + timedelta(2 * n) for n in range(len(sites))]
    c = clinic(
        str(days[-1]),
        attendance="client_id meeting_date fellowship site\n"
        + "\n".join(f"a {day} AA {names[site]}" for day, site in zip(days, sites, strict=True)),
    )
    found = c.rows("care_span", "start_date, end_date, site, span", "span")
    assert [row[:3] for row in found] == [
        (begin + timedelta(first - 1), last and begin + timedelta(last - 1), site) for first, last, site in spans
    ]
    assert c.rows("stay", "stay, start_date, end_date") == [(1, d("2026-09-01"), None)]
    assert c.rows("in_care_now", "in_care_since, site") == [(d("2026-09-01"), spans[-1][2])]
    assert c.rows("flow_event", "measure, day") == [("admissions", d("2026-09-01"))], (
        "a move ends no care and begins none"
    )
    level = c.rows("client_event", "lane, start_date, end_date, label, state")
    assert level == [("level", d("2026-09-01"), None, "unknown", "open")]


@pytest.mark.parametrize("later", [["2026-09-21"], ["2026-09-21", "2026-09-23"]])
def test_where_a_client_goes_later_does_not_change_where_she_was(clinic, later):
    """Of a client without episodes; North was closed in the week of 31 August."""
    away = "\n".join(f"a {day} AA North" for day in later)
    before, after = (
        clinic(
            as_of,
            attendance="client_id meeting_date fellowship site\na 2026-08-25 AA Harbor\na 2026-09-15 AA Harbor\n"
            f"h 2026-08-25 AA Harbor\nh 2026-09-02 AA Harbor\nh 2026-09-09 AA Harbor\nn 2026-09-22 AA North\n{rows}",
            absences="site start_date end_date reason\nNorth 2026-08-31 2026-09-06 closure",
        ).rows("client_week", "week, client_id, site, exposure", "week, client_id")
        for as_of, rows in (("2026-09-20", ""), ("2026-09-27", away))
    )
    assert after[: len(before)] == before
    assert ("a", "Harbor", 1.0) in [row[1:] for row in before if row[0] == d("2026-08-31")]
    assert after[len(before)][1:3] == ("a", "Harbor" if len(later) == 1 else "North")


@pytest.mark.parametrize(
    ("last", "as_of", "stays"),
    [
        ("2026-07-31", "2026-08-05", [("2026-07-01", None)]),  # 30 days on: one stretch
        ("2026-08-01", "2026-08-05", [("2026-07-01", "2026-07-01"), ("2026-08-01", None)]),
        ("2026-07-10", "2026-08-09", [("2026-07-01", None)]),  # 30 days of silence: still in care
        ("2026-07-10", "2026-08-10", [("2026-07-01", "2026-07-10")]),
    ],
)
def test_a_client_whom_no_episode_names_is_in_care_while_records_are_30_days_apart(clinic, last, as_of, stays):
    c = clinic(as_of, checkins=f"client_id checkin_date\na 2026-07-01\na {last}")
    assert c.rows("stay", "start_date, end_date", "start_date") == [
        (d(start), d(end) if end else None) for start, end in stays
    ]


@pytest.mark.parametrize(
    ("episodes", "first", "weeks"),
    [
        ([{"client_id": "a", "start_date": "2026-06-05", "site": "Harbor"}], "2026-06-05", list(range(1, 15))),
        ([{"client_id": "a", "start_date": "2026-05-25", "site": "Harbor"}], "2026-06-05", list(range(2, 16))),
        # Inferred from the records: nobody knows when it began where it may have begun before the data do.
        ([], "2026-05-30", [None] * 15),
        ([], "2026-05-31", list(range(1, 16))),
    ],
)
def test_weeks_in_care_are_counted_from_the_week_of_admission_where_it_is_known(clinic, episodes, first, weeks):
    """The data begin on 30 April."""
    known = [{"client_id": "b", "meeting_date": "2026-04-30", "fellowship": "AA"}]
    own = [
        {"client_id": "a", "meeting_date": str(day), "fellowship": "AA"}
        for day in (d(first) + timedelta(days=7 * week) for week in range(20))
        if day <= d("2026-09-06")
    ]
    c = clinic("2026-09-06", episodes=episodes, attendance=known + own)
    found = [row[1] for row in c.rows("care_week", "week, weeks_in_care, client_id", "week") if row[2] == "a"]
    assert found[-len(weeks) :] == weeks


EPISODE = """
client_id start_date end_date   site   therapist_id
a         2026-09-02 .          Harbor T01
"""


@pytest.mark.parametrize(
    ("absences", "exposure_days"),
    [
        (". . . .", [5, 7, 7, 7]),
        ("a . 2026-09-10 2026-09-11", [5, 5, 7, 7]),
        ("a . 2026-09-07 2026-09-13", [5, 0, 7, 7]),
        ("a . 2026-08-01 2026-09-03", [3, 7, 7, 7]),
        (". Harbor 2026-09-14 2026-09-20", [5, 7, 0, 7]),
        (". Elsewhere 2026-09-14 2026-09-20", [5, 7, 7, 7]),
        ("a . 2026-09-08 2026-09-10\n. Harbor 2026-09-09 2026-09-11", [5, 3, 7, 7]),
        ("b . 2026-09-07 2026-09-13", [5, 7, 7, 7]),
    ],
)
def test_exposure_is_days_in_care_less_absences_and_closures(clinic, absences, exposure_days):
    tables = {"episodes": EPISODE, "attendance": ATTENDED}
    if absences != ". . . .":
        tables["absences"] = f"client_id site start_date end_date\n{absences}"
    c = clinic("2026-09-27", **tables)
    assert [round(7 * e) for _, e in c.rows("client_week", "week, exposure")] == exposure_days


ATTENDED = """
client_id meeting_date fellowship
a         2026-09-02   AA
a         2026-09-07   AA
a         2026-09-14   AA
a         2026-09-21   AA
"""


@pytest.mark.parametrize(
    ("episodes", "day", "site"),
    [
        ("a 2026-08-31 2026-09-12 Harbor\na 2026-09-13 . North", "2026-09-12", "Harbor"),
        ("a 2026-08-31 2026-09-12 Harbor\na 2026-09-13 . North", "2026-09-13", "North"),
        ("a 2026-08-31 2026-09-08 Harbor\na 2026-09-12 . North", "2026-09-10", "Harbor"),  # a gap day
        ("a 2026-08-31 2026-09-12 Harbor\na 2026-09-02 2026-09-08 North", "2026-09-08", "North"),  # the later one
        ("a 2026-08-31 2026-09-12 Harbor\na 2026-09-02 2026-09-08 North", "2026-09-09", "Harbor"),
        ("a 2026-08-31 2026-09-01 Harbor", "2026-09-09", "Harbor"),  # after discharge
        ("a 2026-09-10 . Harbor", "2026-09-07", "Harbor"),  # in the week of admission, before it
        ("a 2026-09-14 . Harbor", "2026-09-13", None),
        ("a 2026-08-31 . .", "2026-09-09", "unknown"),
    ],
)
def test_what_came_in_counts_for_the_site_of_its_client_on_its_day(clinic, episodes, day, site):
    """The others at each site hand nothing in."""
    c = clinic(
        "2026-09-20",
        episodes=f"client_id start_date end_date site\n{episodes}\nb 2026-08-31 . Harbor\nc 2026-08-31 . North\n"
        "d 2026-08-31 . .",
        attendance=f"client_id meeting_date fellowship\na {day} AA",
        checkins=f"client_id checkin_date\na {day}",
    )
    found = c.rows("coverage_week", "site, rows_received, week")
    week = [(row[0], row[1]) for row in found if row[2] == d("2026-09-07") and row[1]]
    assert week == ([(site, 2)] if site else [])


def test_a_client_who_moves_does_not_make_the_new_sites_missing_week_a_reported_one(clinic):
    c = clinic(
        "2026-09-20",
        episodes="""
        client_id start_date end_date   site
        mover     2026-08-31 2026-09-12 Harbor
        mover     2026-09-13 .          North
        north     2026-08-31 .          North
        """,
        attendance="""
        client_id meeting_date fellowship
        north     2026-09-01   AA
        mover     2026-09-08   AA
        north     2026-09-15   AA
        """,
    )
    weeks = c.rows("client_week", "week, exposure, client_id", "week")
    assert [row[:2] for row in weeks if row[2] == "north"] == [
        (d("2026-08-31"), 1.0),
        (d("2026-09-07"), 0.0),
        (d("2026-09-14"), 1.0),
    ]


def test_a_week_in_which_a_site_reported_nothing_does_not_count(clinic):
    c = clinic(
        "2026-09-27",
        episodes="""
        client_id start_date site
        a         2026-09-07 Harbor
        b         2026-09-07 North
        """,
        attendance="""
        client_id meeting_date fellowship
        a         2026-09-08   AA
        a         2026-09-22   AA
        b         2026-09-08   AA
        """,
        checkins="""
        client_id checkin_date status
        b         2026-09-15   missed
        b         2026-09-24   completed
        """,
    )
    assert c.rows("coverage_week", "site, week, clients, rows_received, reported") == [
        ("Harbor", d("2026-09-07"), 1, 1, True),
        ("Harbor", d("2026-09-14"), 1, 0, False),
        ("Harbor", d("2026-09-21"), 1, 1, True),
        ("North", d("2026-09-07"), 1, 1, True),
        ("North", d("2026-09-14"), 1, 1, True),
        ("North", d("2026-09-21"), 1, 1, True),
    ]
    assert c.rows("client_week", "client_id, week, exposure, use_symbol") == [
        ("a", d("2026-09-07"), 1.0, "o"),
        ("a", d("2026-09-14"), 0.0, "_"),
        ("a", d("2026-09-21"), 1.0, "o"),
        ("b", d("2026-09-07"), 1.0, "o"),
        ("b", d("2026-09-14"), 1.0, "o"),
        ("b", d("2026-09-21"), 1.0, "o"),
    ]


def test_the_week_of_the_as_of_date_is_not_scored(clinic):
    c = clinic("2026-09-23", episodes=EPISODE, attendance=ATTENDED)
    assert c.rows("client_week", "week, complete, round(7 * exposure), meetings") == [
        (d("2026-08-31"), True, 5.0, 1),
        (d("2026-09-07"), True, 7.0, 1),
        (d("2026-09-14"), True, 7.0, 1),
        (d("2026-09-21"), False, 3.0, 1),
    ]
    assert c.rows("client_week", "attendance_score", "week")[-1] == (None,)


def test_a_week_counts_what_happened_while_in_care(clinic):
    c = clinic(
        "2026-09-13",
        episodes=EPISODE,
        attendance="""
        client_id meeting_date fellowship start_time participation
        a         2026-09-01   AA         .          shared
        a         2026-09-02   AA         07:00      shared
        a         2026-09-02   AA         19:00      listened
        a         2026-09-04   NA         .          .
        """,
        checkins="""
        client_id checkin_date source      status    sponsor_contacts step_work
        a         2026-09-02   self_report completed 2                no
        a         2026-09-05   self_report completed .                yes
        a         2026-09-06   toxicology  completed 5                yes
        a         2026-09-09   self_report missed    .                .
        a         2026-09-10   toxicology  completed 5                yes
        """,
        sessions="""
        client_id session_date status kind
        a         2026-09-03   attended individual
        a         2026-09-03   no_show  group
        a         2026-09-10   cancelled_clinic individual
        """,
    )
    columns = "meetings, meeting_days, active_meetings, sponsor_contacts, step_work, checkins"
    assert c.rows("client_week", columns, "week") == [(3, 2, 1, 2, True, 2), (0, 0, 0, None, None, 0)]
    sessions = "sessions_scheduled, sessions_attended, no_shows"
    assert c.rows("client_week", sessions, "week") == [(2, 1, 1), (1, 0, 0)]


def test_the_meetings_agreed_to_are_those_of_the_newest_contract_in_force_in_the_week(clinic):
    cases = {  # signed on, ends on, broken on, meetings a week; in the week of 7 September, three by the episode
        "a 2026-09-13 . . 5 x": 5,
        "a 2026-09-14 . . 5 x": 3,
        "a 2026-09-01 2026-09-07 . 5 x": 5,
        "a 2026-09-01 2026-09-06 . 5 x": 3,
        "a 2026-09-01 . 2026-09-07 5 x": 5,
        "a 2026-09-01 . 2026-09-06 5 x": 3,
        "a 2026-09-01 . . 0 x": 3,  # it is about something else
        "a 2026-09-01 . . . x": 3,
        "a 2026-09-01 . . 5 x\na 2026-09-02 . . 4 y": 4,
        "a 2026-09-01 . . 4 x\na 2026-09-01 . . 5 y": 5,
    }
    c = clinic(
        "2026-09-20",
        episodes="client_id start_date meetings_per_week\n" + of_clients("a", *["a 2026-08-31 3"] * len(cases)),
        contracts="client_id signed_on ends_on broken_on meetings_per_week behaviour\n" + of_clients("a", *cases),
    )
    found = [row[1] for row in c.rows("care_week", "client_id, agreed_meetings, week") if row[2] == d("2026-09-07")]
    assert found == [*cases.values()]


def test_a_blank_participation_is_unknown_and_not_silence(clinic):
    c = clinic(
        "2026-09-13",
        episodes=EPISODE,
        attendance="""
        client_id meeting_date fellowship participation
        a         2026-09-07   AA         .
        a         2026-09-08   AA         .
        a         2026-09-09   AA         shared
        """,
    )
    assert c.rows("care_week", "meetings, stated_meetings, active_meetings")[-1] == (3, 1, 1)
    rows = c.rows("caseload_week", "breakdown, measure, period, numerator, denominator")
    assert ("all", "active_participation", d("2026-09-07"), 1.0, 1.0) in rows


def test_the_client_is_where_the_latest_open_episode_is(clinic):
    c = clinic(
        "2026-09-27",
        episodes="""
        client_id start_date end_date   program     site   level_of_care
        a         2026-08-31 .          outpatient  Harbor 1.5
        a         2026-09-07 2026-09-15 residential North  3.5
        """,
        attendance=ATTENDED,
    )
    assert c.rows("client_week", "week, site, level_of_care") == [
        (d("2026-08-31"), "Harbor", "1.5"),
        (d("2026-09-07"), "North", "3.5"),
        (d("2026-09-14"), "Harbor", "1.5"),
        (d("2026-09-21"), "Harbor", "1.5"),
    ]


@pytest.mark.parametrize(
    ("checks", "symbol"),
    [
        ("", "o"),
        ("a 2026-09-08 completed self_report yes", "+"),
        ("a 2026-09-08 completed self_report no", "-"),
        ("a 2026-09-08 completed self_report .", "o"),
        ("a 2026-09-08 missed toxicology .", "o"),
        ("a 2026-09-08 excused self_report .", "_"),
        ("a 2026-09-08 excused self_report .\na 2026-09-09 missed self_report .", "o"),
        ("a 2026-09-08 completed toxicology no\na 2026-09-08 completed toxicology yes", "*"),
        ("a 2026-09-08 completed self_report no\na 2026-09-10 missed toxicology .", "-"),
        ("a 2026-09-08 completed self_report no\na 2026-09-10 completed toxicology yes", "*"),
    ],
)
def test_the_weeks_symbol(clinic, checks, symbol):
    c = clinic(
        "2026-09-13",
        episodes="client_id start_date\na 2026-09-07\nz 2026-09-07",
        attendance="client_id meeting_date fellowship\nz 2026-09-08 AA",
        **({"checkins": f"client_id checkin_date status source used\n{checks}"} if checks else {}),
    )
    assert c.rows("use_pattern", "client_id, start_week, pattern") == [
        ("a", d("2026-09-07"), symbol),
        ("z", d("2026-09-07"), "o"),
    ]


def test_the_pattern_of_a_stay_joins_its_weeks_and_ends_with_the_last_complete_one(clinic):
    """In a week in progress only clients who have already checked in would have a symbol."""
    checkins = """
        client_id checkin_date used
        a         2026-09-03   yes
        a         2026-09-15   no
        """
    for as_of, pattern in (("2026-09-15", "+o"), ("2026-09-19", "+o"), ("2026-09-20", "+o-")):
        c = clinic(as_of, episodes=EPISODE, checkins=checkins, attendance=ATTENDED)
        assert c.rows("use_pattern", "start_week, pattern") == [(d("2026-08-31"), pattern)]


def test_a_pattern_ends_with_the_week_of_the_recorded_end(clinic):
    c = clinic(
        "2026-09-16",
        episodes="""
        client_id start_date end_date
        ended     2026-09-07 2026-09-15
        later     2026-09-07 2026-09-21
        planned   2026-09-07 2026-09-17
        """,
        checkins="""
        client_id checkin_date used
        ended     2026-09-08   no
        later     2026-09-08   no
        later     2026-09-15   no
        planned   2026-09-08   no
        planned   2026-09-15   no
        """,
    )
    assert c.rows("use_pattern", "client_id, pattern") == [("ended", "-o"), ("later", "-"), ("planned", "--")]


def test_a_closure_holds_on_the_days_between_joined_episodes(clinic):
    """Days in care, at the site of the episode before; a closure of the site after it is none of them."""
    c = clinic(
        "2026-09-27",
        episodes="""
        client_id start_date end_date   site   program
        a         2026-09-07 2026-09-10 Harbor IOP
        a         2026-09-15 .          North  OP
        b         2026-09-07 2026-09-10 North  IOP
        b         2026-09-15 .          Harbor OP
        """,
        absences="""
        site   start_date end_date
        Harbor 2026-09-09 2026-09-16
        """,
        attendance="""
        client_id meeting_date fellowship
        a         2026-09-08   AA
        a         2026-09-17   AA
        b         2026-09-08   AA
        b         2026-09-17   AA
        a         2026-09-22   AA
        b         2026-09-22   AA
        """,
    )
    assert c.rows("excused_span", "client_id, start_date, end_date") == [
        ("a", d("2026-09-09"), d("2026-09-14")),
        ("b", d("2026-09-15"), d("2026-09-16")),
    ]


@pytest.mark.parametrize(
    ("export", "row", "dated"),
    [
        ("attendance", {"fellowship": "AA"}, "meeting_date"),
        ("checkins", {}, "checkin_date"),
        ("contracts", {"behaviour": "bars"}, "signed_on"),
        ("crises", {"kind": "legal"}, "opened_on"),
        ("episodes", {}, "start_date"),
        ("questionnaires", {"instrument": "BAM"}, "taken_on"),
        ("sessions", {"status": "attended"}, "session_date"),
        ("tasks", {"task": "list"}, "assigned_on"),
    ],
)
def test_what_is_dated_later_is_not_known_on_an_earlier_as_of_date(clinic, export, row, dated):
    days = ("2026-09-13", "2026-09-14")
    c = clinic("2026-09-13", **{export: [{"client_id": "a", **row, dated: day} for day in days]})
    assert c.rows(export, dated) == [(d("2026-09-13"),)]


@pytest.mark.parametrize(("as_of", "known"), [("2026-09-12", None), ("2026-09-13", d("2026-09-13"))])
def test_a_sobriety_date_that_is_yet_to_come_is_not_known(clinic, as_of, known):
    c = clinic(as_of, episodes="client_id start_date sobriety_date\na 2026-09-01 2026-09-13")
    assert c.rows("episodes", "sobriety_date") == [(known,)]


def test_a_home_group_is_a_meeting_to_which_the_client_came_in_four_of_the_eight_weeks_before(clinic):
    random, first = Random(8), d("2026-01-05")
    came = {
        (f"c{client}", meeting): {n for n in range(40) if random.random() < share}
        for client, share in enumerate((0.3, 0.4, 0.5, 0.6, 0.7))
        for meeting in ("dawn", "dusk")
    }
    c = clinic(
        "2026-12-31",
        attendance=[
            {"client_id": client, "meeting_date": str(day), "fellowship": "AA", "meeting_id": meeting}
            for (client, meeting), weeks in came.items()
            for day in {first + timedelta(days=7 * n + random.randrange(7)) for n in weeks for _ in range(2)}
        ],
    )
    groups = {
        (*of, n): n in weeks for of, weeks in came.items() for n in range(50) if len(weeks & {*range(n - 8, n)}) >= 4
    }
    found = [(*of, (week - first).days // 7) for *of, week in c.rows("home_group", "client_id, meeting_id, week")]
    assert found == sorted(groups)
    visited: dict[tuple[str, int], bool] = {}
    for (client, _, n), there in groups.items():
        visited[client, n] = visited.get((client, n), False) or there
    weeks = c.rows("home_group_week", "client_id, week, visited")
    assert {(client, (week - first).days // 7): there for client, week, there in weeks} == visited
    assert len(weeks) == len(visited)
