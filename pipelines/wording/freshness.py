"""How fresh the data are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pipelines.definitions import rules
from pipelines.wording.amounts import count
from pipelines.wording.dates import day_and_month, full_date, long_date


def freshness(as_of: date, published: datetime, number: int) -> str:
    """How fresh a snapshot is."""
    when = f"{full_date(published)} {published:%H:%M}"
    return f"Data to {long_date(as_of)} · published {when} · snapshot {number}"


def of_file(as_of: date, number: int) -> str:
    """How fresh a saved file is; its date is written as in the file."""
    return f"Data to {as_of}, snapshot {number}."


def stale(as_of: date, today: date, date_basis: str) -> str:
    """That the data are older than a week; nothing if they are not, or if dates are shifted."""
    days = (today - as_of).days
    if days <= rules()["stale_after_days"] or date_basis == "shifted":
        return ""
    return f"The data are {count(days, 'day')} old. Nothing after {day_and_month(as_of, today)} is included."


def weeks_since(last_week: date, today: date, date_basis: str) -> int:
    """How many weeks have ended since the one that began on this Monday; none if dates are shifted and it cannot be
    known.
    """
    this_week = today - timedelta(days=today.weekday())
    return 0 if date_basis == "shifted" else max((this_week - last_week).days // 7 - 1, 0)


def fallback(damaged: Sequence[int], *, pointer_lost: bool, shown: int) -> str:
    """Why a snapshot is shown that is not the last one published; empty if the last one is."""
    if damaged:
        which = f"Snapshot {damaged[0]} is" if len(damaged) == 1 else f"Snapshots {damaged[-1]} to {damaged[0]} are"
        return f"{which} damaged or missing, so snapshot {shown} is shown. Run again to publish a new one."
    if pointer_lost:
        return f"The file CURRENT is damaged, so the newest snapshot, {shown}, is shown. Run again to mend it."
    return ""
