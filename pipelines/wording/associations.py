"""Comparisons of groups to which nobody was assigned: what is counted, from which day, and what this does not show."""

from __future__ import annotations

from pipelines.wording.amounts import count, of


def retained_with_sponsor(clients_with: int, retained_with: int, clients_without: int, retained_without: int) -> str:
    """Retention to day 90 of those with and without a sponsor on day 30; nothing if there is no one to compare."""
    if not clients_with or not clients_without:
        return ""
    return (
        f"Of the {count(clients_with + clients_without, 'client')} in care on day 30 who had said by then whether they "
        f"have a sponsor, {of(retained_with, clients_with)} with a sponsor and {of(retained_without, clients_without)} "
        "without were retained to day 90. Both are counted from day 30 on. Clients with and without a sponsor differ "
        "in other ways too, so this does not show that a sponsor keeps them in care."
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
