"""Days as people say them, in the order in which the clinic writes them: `1 Nov 2026` or `Nov 1, 2026`.

A day is written without its year only beside one of the same year, `beside`: usually the last day of the data, or
today.

A process serves one clinic, so the clinic's format is set once, by the code that reads its settings; month names keep a
day unmistakable in either order.
"""

from __future__ import annotations

from datetime import date

from pipelines.settings import Settings

DEFAULT = Settings.date_format
_written = DEFAULT


def follow(date_format: str) -> None:
    """Write days as the clinic does: `date_format` of its settings."""
    global _written
    _written = date_format


def calendar() -> str:
    """The format of a day typed into a field: `DD/MM/YYYY`."""
    return _written


def on(day: date | None, today: date) -> str:
    """A day for a narrow column: `today`, `yesterday`, `29 Oct`, of another year `29 Oct 2025`; `no record`."""
    if day is None:
        return "no record"
    return {0: "today", 1: "yesterday"}.get((today - day).days) or brief(day, today)


def brief(day: date, beside: date) -> str:
    """`29 Oct`, of another year `29 Oct 2025`."""
    return _ordered(day, "%b") if day.year == beside.year else short_date(day)


def stretch(first: date, last: date, beside: date) -> str:
    """`19 Oct to 5 Nov`, `28 Dec 2026 to 3 Jan 2027`."""
    return f"{brief(first, last if first.year == last.year else beside)} to {brief(last, beside)}"


def day_and_month(day: date, beside: date) -> str:
    """`16 November`, of another year `16 November 2025`."""
    return _ordered(day, "%B") if day.year == beside.year else full_date(day)


def weekday_and_day(day: date, beside: date) -> str:
    """`Thursday 3 Dec`, of another year `Thursday 3 Dec 2026`."""
    return f"{day:%A}{_comma()} {brief(day, beside)}"


def short_date(day: date) -> str:
    """`1 Nov 2026`."""
    return f"{_ordered(day, '%b')}{_comma()} {day.year}"


def full_date(day: date) -> str:
    """`1 November 2026`."""
    return f"{_ordered(day, '%B')}{_comma()} {day.year}"


def long_date(day: date) -> str:
    """`Sunday 1 November 2026`."""
    return f"{day:%A}{_comma()} {full_date(day)}"


def period(first_day: date, kind: str) -> str:
    """A week by its Monday, a month by its name."""
    return f"{first_day:%B %Y}" if kind == "month" else f"week of {short_date(first_day)}"


def on_axis(*, full: bool = False) -> str:
    """The format of a day for a chart's axis, or of a full date for its tooltip, as D3 has it: `%-d %b`."""
    if full:
        return "%B %-d, %Y" if _month_first() else "%-d %B %Y"
    return "%b %-d" if _month_first() else "%-d %b"


def _month_first() -> bool:
    return _written.startswith("MM")


def _comma() -> str:
    return "," if _month_first() else ""


def _ordered(day: date, month: str) -> str:
    return f"{day:{month}} {day.day}" if _month_first() else f"{day.day} {day:{month}}"
