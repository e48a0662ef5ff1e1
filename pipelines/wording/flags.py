"""What is said about a client's flag, and about what followed it."""

from __future__ import annotations

from pipelines.definitions import rules
from pipelines.wording.amounts import count, meetings_a_week

LATELY = int(rules()["recent_weeks"])


def why(reason: str | None) -> tuple[str, str]:
    """A flag's reason as its first sentence and the rest, which says how rare such a flag is."""
    first, _, rest = (reason or "").partition(". ")
    return (f"{first.rstrip('.')}." if first else "", rest)


def recently(weeks: int | None, *, of_flag: bool = False) -> str:
    """The weeks of a recent mean: those of which a flag of now speaks, else how many of the last four count."""
    if weeks is None:
        return "no week counts yet"
    if weeks == 0:
        return f"none of the last {LATELY} weeks counts"
    if of_flag or weeks == LATELY:
        return "last week" if weeks == 1 else f"last {weeks} weeks"
    return f"{weeks} of the last {LATELY} weeks count"


def since_flag(
    weeks_since: int, usual: float | None, recent: float | None, recent_weeks: int | None, *, near_usual: bool | None
) -> str:
    """How meetings have gone on since a flag of an earlier week; nothing for one of the last week."""
    if not weeks_since or recent is None or not recent_weeks:
        return ""
    now = f"{meetings_a_week(recent)} meetings a week ({recently(recent_weeks)})"
    if near_usual:
        return f"Now {now}: about as many as usually. The flag stands until involvement as a whole is back."
    return f"Now {now}; usually {meetings_a_week(usual)}."


def not_judged(judge_reason: str | None) -> str:
    """Why a client is not judged, as a sentence."""
    reason = judge_reason or "too little is recorded to judge"
    return f"{reason[0].upper()}{reason[1:]}."


def acted(days: int | None) -> str:
    """How soon somebody acted on a flag, counted from the Monday on which it could be seen."""
    if days is None:
        return "nothing noted"
    return "acted on the same day" if days == 0 else f"acted on after {count(days, 'day')}"


def response(acted_on: int, flags: int) -> str:
    """How many flags of the last 26 weeks were acted on in time; nothing where none is old enough."""
    if not flags:
        return ""
    were = "was" if acted_on == 1 else "were"
    return f"Of the {count(flags, 'flag')} of the last 26 weeks, {acted_on} {were} acted on within 7 days."
