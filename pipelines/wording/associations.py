"""Comparisons of groups to which nobody was assigned: what is counted, from which day, and what this does not show."""

from __future__ import annotations

from pipelines.definitions import rules
from pipelines.wording.amounts import count, of


def retained_with_sponsor(clients_with: int, retained_with: int, clients_without: int, retained_without: int) -> str:
    """How many stayed for the first quarter, with and without a sponsor after the first month.

    Nothing if there is no one to compare.
    """
    if not clients_with or not clients_without:
        return ""
    month, quarter = rules()["first_month_days"], rules()["first_quarter_days"]
    return (
        f"Of the {count(clients_with + clients_without, 'client')} in care on day {month} who had said by then whether "
        f"they have a sponsor, {of(retained_with, clients_with)} with a sponsor and "
        f"{of(retained_without, clients_without)} without were retained to day {quarter}. Both are counted from day "
        f"{month} on. Clients with and without a sponsor differ in other ways too, so this does not show that a "
        "sponsor keeps them in care."
    )


def back_without_contact(back: int, flags: int, weeks: int) -> str:
    """How many flags cleared although nobody had made contact about them; nothing if there are none."""
    if not flags:
        return ""
    return (
        f"Without a contact in the first week, {of(back, flags)} were back within {weeks} weeks: a low stretch "
        "is often followed by a more usual one, whatever is done (regression to the mean). Called and uncalled clients "
        "differ, so this does not show that calling works."
    )
