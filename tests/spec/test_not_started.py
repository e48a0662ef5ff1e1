"""Clients who have not started yet: two counted weeks in care without a meeting, where meetings are expected."""

from __future__ import annotations

import pytest

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
        + "\n".join(f"{client} 2026-09-08 AA" for client in clients[5:]),
    )
    assert c.rows("not_started", "client_id, usual_share") == [(client, 0.25) for client in clients[:5]]
