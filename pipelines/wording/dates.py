"""Days in words."""

from __future__ import annotations

from datetime import date


def ago(days: int | None) -> str:
    """`today`, `yesterday`, `6 days ago`; `no record` where nothing is."""
    if days is None:
        return "no record"
    if days == 0:
        return "today"
    return "yesterday" if days == 1 else f"{days:,} days ago"


def on(day: date | None, today: date) -> str:
    """A day for a narrow column: `today`, `yesterday`, `29 Oct`, of another year `29 Oct 2025`; `no record`."""
    if day is None:
        return "no record"
    if 0 <= (today - day).days <= 1:
        return ago((today - day).days)
    return f"{day.day} {day:%b}" if day.year == today.year else short_date(day)


def long_date(day: date) -> str:
    """`Sunday 1 November 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """`1 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def day_and_month(day: date) -> str:
    """`16 November`."""
    return f"{day.day} {day:%B}"


def weekday_and_day(day: date) -> str:
    """`Thursday 3 Dec`."""
    return f"{day:%A} {day.day} {day:%b}"


def period(first_day: date, kind: str) -> str:
    """A week by its Monday, a month by its name."""
    return f"{first_day:%B %Y}" if kind == "month" else f"week of {short_date(first_day)}"
