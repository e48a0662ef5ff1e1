"""The slips of a front desk: rows with something wrong that a person can mend, one of each kind."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.sample.clinic import Clinic, Row


def slips(clinic: Clinic) -> Iterator[Row]:
    """Rows that will be rejected, each with a reason."""
    day = clinic.last_day
    client_ids = (clinic.pseudonym(number % clinic.clients) for number in range(8))

    def of_client(**values: object) -> dict[str, object]:
        return {"client_id": next(client_ids), **values}

    yield "attendance", of_client(meeting_date="31/02/2026", fellowship="AA")
    yield "attendance", of_client(meeting_date=day, fellowship="Rotary")
    yield "attendance", of_client(meeting_date=None, fellowship="NA")
    yield "attendance", of_client(meeting_date=day, fellowship="AA", start_time="25:30")
    yield "checkins", of_client(checkin_date=day, step=14)
    yield "checkins", of_client(checkin_date=day, used="maybe")
    yield "sessions", of_client(session_date=day, status=None)
    yield "tasks", of_client(task="Daily plan", assigned_on="2026-09-31")
