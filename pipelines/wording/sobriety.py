"""What is known of sobriety, in sentences made from named facts: for the screen, for print and for the report."""

from __future__ import annotations

DELAYED_ENTRY = (
    "Entered late: the stay began more than 30 days before its site's data do. It counts from the day on which they "
    "begin; nobody could have seen its event before (delayed entry)."
)


def followed(stays: int, entered: int, events: int) -> str:
    """`180 followed, 78 of them entered late, 60 had the event`."""
    late = f", {entered:,} of them entered late" if entered else ""
    return f"{stays:,} followed{late}, {events:,} had the event"
