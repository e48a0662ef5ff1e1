"""How clients' state changed from admission to the last contact and to discharge, as funders' forms ask."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.definitions import rules

MOMENTS = {"admitted": "At admission", "contact": "At the last contact", "ended": "At discharge"}
TITLE = "From admission to discharge"


@dataclass(frozen=True)
class Change:
    """A line of the table. `item`: how the names of its measures end, after the moment, at the moments that have one.
    `form`: the form that it serves.
    """

    title: str
    item: str
    form: str

    def measure(self, moment: str) -> str:
        """The name of the measure at a moment."""
        return f"{moment}_{self.item}"


_ATTENDANCE = "SAMHSA TEDS, attendance at self-help groups in the past 30 days, code"  # its own words
CHANGES = (
    Change("No meeting", "meetings_none", f"{_ATTENDANCE} 1"),
    Change("1 to 3 meetings", "meetings_1_3", f"{_ATTENDANCE} 2"),
    Change("4 to 7 meetings", "meetings_4_7", f"{_ATTENDANCE} 3"),
    Change("8 meetings or more", "meetings_8_30", f"{_ATTENDANCE} 4"),
    Change("Abstinent", "abstinent", "SAMHSA NOMs, abstinence from admission to discharge; TEDS, frequency of use"),
    Change("Abstinence known, of those", "abstinence_known", "SAMHSA NOMs, clients with a known value at both times"),
    Change("At a lower level of care", "lower_level", "SAMHSA TEDS, service setting at admission and at discharge"),
)
NAMES = frozenset(change.measure(moment) for change in CHANGES for moment in MOMENTS)


def note() -> str:
    """Of which stays the table is, in sentences."""
    days = rules()["form_days"]
    return (
        f"Stays that ended in that time, with {2 * days} days or more up to the last contact, and with the line known "
        "at all three times (abstinence at discharge: those for which it is known then, too). "
        f"The first {days} days of a stay stand for those before it, about which the exports hold nothing. "
        "This helps to fill in the forms named on each line; it is not the submission."
    )
