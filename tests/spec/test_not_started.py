"""Clients who have not started yet: two counted weeks in care without a meeting, where meetings are expected."""

from __future__ import annotations

import pytest

from tests.conftest import of_clients

OTHERS = "client_id checkin_date\nz 2026-08-31\nz 2026-09-07\nz 2026-09-14\nz 2026-09-21"


@pytest.mark.parametrize(
    ("story", "tables", "found"),
    [
        ("two weeks and no meeting", {}, [("a", 14, 3.0)]),
        ("a meeting since", {"attendance": "client_id meeting_date fellowship\na 2026-09-20 AA"}, []),
        ("away in the second week", {"absences": "client_id start_date end_date\na 2026-09-14 2026-09-20"}, []),
        ("nothing agreed to, and nothing known of others", {"agreed": "."}, []),
        ("thirteen days", {"start": "2026-09-08"}, []),
    ],
)
def test_who_has_not_started(clinic, story: str, tables: dict[str, str], found: list[tuple]):
    start, agreed = tables.pop("start", "2026-09-07"), tables.pop("agreed", "3")
    c = clinic(
        "2026-09-20",
        episodes=f"client_id start_date meetings_per_week\na {start} {agreed}\nz 2026-08-31 .",
        checkins=OTHERS,
        **tables,
    )
    assert c.rows("not_started", "client_id, counted_days, agreed_meetings") == found


def test_the_share_of_new_clients_for_whom_that_is_usual(clinic):
    """Of 20 new clients 5 had no meeting in their first two weeks; without an agreement that is reason enough to expect one."""
    clients = [f"c{number:02}" for number in range(20)]
    c = clinic(
        "2026-09-27",
        episodes="client_id start_date\n" + "\n".join(f"{client} 2026-09-07" for client in clients),
        checkins="client_id checkin_date\n"
        + "\n".join(f"c00 {day}" for day in ("2026-09-07", "2026-09-14", "2026-09-21")),
        attendance="client_id meeting_date fellowship\n"
        + "\n".join(
            f"{client} {day} AA" for client in clients[5:] for day in ("2026-09-08", "2026-09-15", "2026-09-22")
        ),
    )
    assert c.rows("not_started", "client_id, usual_share") == [(client, 0.25) for client in clients[:5]]


def test_who_has_not_started_of_each_kind(clinic):
    """Stays at one of two sites, meetings agreed to, and the day of a meeting; mostly from 7 September on, and up to the 20th."""
    cases = {
        "2026-09-07 . 3 .": (14, 3.0),
        "2026-09-07 . 1 .": (14, 1.0),
        "2026-09-07 . 0 .": None,  # agreed to none
        "2026-09-07 2026-09-20 3 .": (14, 3.0),  # leaves today
        "2026-08-31 2026-09-19 3 .": None,
        "2026-09-07 . 3 2026-09-06": (14, 3.0),  # before the stay
        "2026-09-07 . 3 2026-09-07": None,
        "2026-09-07 . 3 2026-09-20": None,
        "2026-08-10 2026-08-30 1 2026-08-12\na 2026-09-07 . 3 .": (14, 3.0),  # in an earlier stay
        "2026-09-07 2026-09-13 2 .\na 2026-09-14 . 4 .": (14, 4.0),
        "2026-09-07 2026-09-13 2 .\na 2026-09-14 . . .": (14, 2.0),  # nothing else was agreed to
    }
    stays = [line.split() for line in of_clients("a", *(f"a {case}" for case in cases)).splitlines()]
    days = [f"2026-{day}" for day in ("08-10", "08-17", "08-24", "08-31", "09-07", "09-14")]
    c = clinic(
        "2026-09-20",
        episodes="client_id start_date end_date meetings_per_week site\nn 2026-08-10 . . North\ns 2026-08-10 . . South\n"
        + "\n".join(f"{client} {start} {end} {agreed} North" for client, start, end, agreed, _ in stays),
        checkins="client_id checkin_date\n" + "\n".join(f"{client} {day}" for client in "ns" for day in days),
        attendance="client_id meeting_date fellowship\n"
        + "\n".join(f"{client} {met} AA" for client, *_, met in stays if met != "."),
    )
    found = {client: row for client, *row in c.rows("not_started", "client_id, counted_days, agreed_meetings")}
    assert found == {f"a-{n}": [*row] for n, row in enumerate(cases.values()) if row}


@pytest.mark.parametrize(("number", "without", "usual"), [(20, 9, 0.45), (20, 10, None), (19, 8, None)])
def test_no_meeting_is_usual_where_half_of_the_new_clients_had_none_in_fourteen_days(clinic, number, without, usual):
    """Of 20 who began since the data begin, one came for the first time on day 14, the others on day 13 or not at all; of
    fewer nothing is said. The last of them began 14 days ago.
    """
    first = {f"c{n:02}": "." for n in range(without - 1)} | {"late": "2026-09-21"}
    first |= {f"m{n:02}": "2026-09-20" for n in range(number - without)}
    before, too_new = "early 2026-08-01", "new 2026-09-14"
    c = clinic(
        "2026-09-27",
        episodes=f"client_id start_date\n{before}\n{too_new}\n"
        + "\n".join(f"{client} 2026-09-{'13' if client == 'm00' else '07'}" for client in first),
        checkins="client_id checkin_date\n"
        + "\n".join(f"early {day}" for day in ("2026-09-07", "2026-09-14", "2026-09-21")),
        attendance="client_id meeting_date fellowship\n"
        + "\n".join(f"{client} {day} AA" for client, day in first.items() if day != "."),
    )
    none = sorted([client for client, day in first.items() if day == "."] + ["early", "new"]) if usual else []
    assert c.rows("not_started", "client_id, usual_share") == [(client, usual) for client in none]


def test_weeks_whose_attendance_did_not_come_are_not_counted(clinic):
    others = [f"z{number}" for number in range(6)]
    days = ("2026-08-25", "2026-09-01", "2026-09-08", "2026-09-15")
    attended = {
        name: "\n".join(f"{client} {day} AA" for client in others for day in days[:weeks])
        for name, weeks in (("all", 4), ("two", 2))
    }
    found = {}
    for name, rows in attended.items():
        c = clinic(
            "2026-09-20",
            episodes="client_id start_date meetings_per_week\na 2026-08-24 3\n"
            + "\n".join(f"{each} 2026-08-24 ." for each in others),
            checkins="client_id checkin_date\n" + "\n".join(f"a {day}" for day in days),
            attendance=f"client_id meeting_date fellowship\n{rows}",
        )
        found[name] = c.rows("not_started", "client_id, counted_days")
    assert found == {"all": [("a", 28)], "two": [("a", 14)]}
