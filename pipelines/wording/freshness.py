"""How fresh the data are."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pipelines.wording.amounts import count
from pipelines.wording.dates import day_and_month, long_date


def freshness(as_of: date, published: datetime, number: int) -> str:
    """How fresh a snapshot is."""
    when = f"{published.day} {published:%B %Y %H:%M}"
    return f"Data to {long_date(as_of)} · published {when} · snapshot {number}"


def stale(as_of: date, today: date, date_basis: str) -> str:
    """That the data are older than a week; nothing where they are not, or where shifted dates do not tell."""
    days = (today - as_of).days
    if days <= 7 or date_basis == "shifted":
        return ""
    return f"The data are {count(days, 'day')} old: what happened after {day_and_month(as_of)} is not in here."


def weeks_since(last_week: date, today: date, date_basis: str) -> int:
    """How many weeks have ended since that one, by its Monday; none where dates are shifted, and nobody can tell."""
    this_week = today - timedelta(days=today.weekday())
    return 0 if date_basis == "shifted" else max((this_week - last_week).days // 7 - 1, 0)
