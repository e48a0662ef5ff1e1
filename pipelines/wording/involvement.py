"""The sentences about a client's meetings: how many now and usually, and what was done about a flag."""

from __future__ import annotations

from datetime import date

from pipelines.definitions import rules
from pipelines.wording.amounts import count, meetings_a_week
from pipelines.wording.dates import brief, short_date


def why(reason: str | None) -> tuple[str, str]:
    """A flag's reason: its first sentence, and the rest about how rare such a flag is."""
    first, _, rest = (reason or "").partition(". ")
    return (f"{first.rstrip('.')}." if first else "", rest)


def recently(weeks: int | None, *, of_flag: bool = False) -> str:
    """The weeks of a recent mean: those that the present flag is about, else how many of the last four count."""
    if weeks is None:
        return "no week counts yet"
    lately = rules()["recent_weeks"]
    if weeks == 0:
        return f"none of the last {lately} weeks counts"
    if of_flag or weeks == lately:
        return "last week" if weeks == 1 else f"last {weeks} weeks"
    return f"{weeks} of the last {lately} weeks"


def meetings_now(
    usual: float | None, recent: float | None, recent_weeks: int | None, *, near_usual: bool | None
) -> str:
    """How many meetings now, and how many usually: `Now 1.0 meetings a week (last 4 weeks), usually 3.4.`"""
    if recent is None or not recent_weeks:
        return "" if usual is None else f"Usually {meetings_a_week(usual)} meetings a week; no recent week counts."
    now = f"Now {meetings_a_week(recent)} meetings a week ({recently(recent_weeks)})"
    if usual is None:
        return f"{now}; no usual level yet."
    if near_usual:
        beside = "above" if recent * rules()["near_usual_share"] > usual else "close to"
        return f"{now}, {beside} the usual {meetings_a_week(usual)}."
    return f"{now}, usually {meetings_a_week(usual)}."


def when_flagged(week: date, as_of: date) -> str:
    """How the sentence about a flag of an earlier week opens, with that week's Monday."""
    return f"When flagged (week of {brief(week, as_of)}):"


def level(usual: float | None, recent: float | None) -> str:
    """Meetings a week in a few words: `1.0 meetings a week recently; usually 3.4`."""
    if recent is None:
        return "no recent week counts" if usual is None else f"usually {meetings_a_week(usual)} meetings a week"
    now = f"{meetings_a_week(recent)} meetings a week recently"
    return f"{now}; no usual level yet" if usual is None else f"{now}; usually {meetings_a_week(usual)}"


def not_judged(judge_reason: str | None) -> str:
    """Why a client's involvement is not judged, as a sentence."""
    reason = judge_reason or "too little is recorded to judge"
    return f"{reason[0].upper()}{reason[1:]}."


def acted(days: int | None) -> str:
    """How soon somebody acted on a flag, counted from the Monday on which it could be seen."""
    if days is None:
        return "no contact noted"
    return "contact on the same day" if days == 0 else f"contact after {count(days, 'day')}"


def back(weeks: int | None) -> str:
    """How soon involvement was back at the usual level after a flag."""
    return "not back at usual yet" if weeks is None else f"back at usual after {count(weeks, 'week')}"


def corrected(revision: str | None, on: date | None) -> str:
    """What corrected records did to a flag (`decline_flags.revision`), and when; nothing if they did nothing."""
    if revision is None or on is None:
        return ""
    day = short_date(on)
    return {
        "added": f"added on {day} after a correction of the records",
        "withdrawn": f"the corrected records of {day} no longer show a fall",
        "revised": f"changed on {day} after a correction of the records",
        "reopened": f"in force again since {day} after a correction of the records",
    }[revision]


def response(acted_on: int, flags: int, within_days: float) -> str:
    """How many recent flags were acted on in time; nothing if none is old enough."""
    if not flags:
        return ""
    weeks = rules()["recent_flags_weeks"]
    return f"{acted_on} of {count(flags, 'flag')} in the last {weeks} weeks were acted on within {within_days} days."
