"""Plain words for what the tables say. Nothing is a diagnosis, and nothing unknown is turned into yes, no or zero."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "unknown"

FLAG_KINDS = {
    "attendance": "Fewer meetings",
    "participation": "Taking part less",
    "involvement": "Several signs together",
}

DATE_BASIS = {
    "real": "Dates are real dates of service: pseudonymised records, not de-identified data.",
    "shifted": "Dates are shifted by one secret offset for the whole clinic: "
    "pseudonymised records, not de-identified data.",
}

BREAKDOWNS = {
    "all": "All clients",
    "site": "Site",
    "therapist": "Therapist",
    "level_of_care": "Level of care",
    "primary_addiction": "Primary addiction",
    "program": "Program",
}

SOBRIETY_BANDS = {
    "<30": "under 30 days",
    "30-89": "30 to 89 days",
    "90-364": "90 to 364 days",
    "365+": "365 days and more",
    "unknown": "unknown",
}


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 client`, `2 clients`, `1,204 clients`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def ago(days: int | None) -> str:
    """`today`, `yesterday`, `6 days ago`; `none recorded` where nothing is."""
    if days is None:
        return "none recorded"
    if days == 0:
        return "today"
    return "yesterday" if days == 1 else f"{days:,} days ago"


def sobriety(status: str, sober_days: int | None, days_since_use: int | None, days_since_heard: int | None) -> str:
    """What is known of a client's sobriety, with how old the knowledge is where it is old."""
    if status == "recent_use":
        return f"used {ago(days_since_use)}"
    if sober_days is None:
        return UNKNOWN if days_since_use is None else f"{UNKNOWN} since use {ago(days_since_use)}"
    if status == "sober":
        return count(sober_days, "day")
    if sober_days == 0:
        return f"{UNKNOWN} since use {ago(days_since_use)}"
    return f"{count(sober_days, 'day')}, last heard {ago(days_since_heard)}"


def meetings_a_week(mean: float | None) -> str:
    """A mean of meetings a week, `–` where there is none to speak of; halves go up, as in the sentence of a flag."""
    return "–" if mean is None else str(Decimal(str(mean)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def recently(weeks: int | None, weeks_since: int = 0) -> str:
    """The weeks of a recent mean: the last ones, or those up to a flag raised `weeks_since` weeks ago."""
    if weeks is None or weeks == 0:
        return "no week counts yet"
    if weeks_since:
        return f"{count(weeks, 'week')} to the flag"
    return "last week" if weeks == 1 else f"last {weeks} weeks"


def why(reason: str | None) -> tuple[str, str]:
    """A flag's reason as its first sentence and the rest, which says how rare such a flag is."""
    first, _, rest = (reason or "").partition(". ")
    return (f"{first.rstrip('.')}." if first else "", rest)


def first_call(open_crises: int, reason: str | None, judged: bool, judge_reason: str | None) -> str:
    """Why a client is among those to call first, in a sentence or two."""
    if reason:
        return why(reason)[0]
    event = "A crisis is open." if open_crises else "Use was reported in the last 14 days."
    return f"{event} {'Involvement is not flagged.' if judged else not_judged(judge_reason)}"


def not_judged(judge_reason: str | None) -> str:
    """Why a client is not judged, as a sentence."""
    reason = judge_reason or "too little is recorded to judge"
    return f"{reason[0].upper()}{reason[1:]}."


def sponsor(has_sponsor: bool | None) -> str:
    """Whether the client has a sponsor, as last said."""
    return {True: "has a sponsor", False: "no sponsor yet", None: "sponsor unknown"}[has_sponsor]


def long_date(day: date) -> str:
    """`Sunday 1 November 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """`1 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def freshness(as_of: date, published: datetime, number: int) -> str:
    """How fresh a snapshot is."""
    when = f"{published.day} {published:%B %Y %H:%M}"
    return f"Data to {long_date(as_of)} · published {when} · snapshot {number}"


def period(first_day: date, kind: str) -> str:
    """A week by its Monday, a month by its name."""
    return f"{first_day:%B %Y}" if kind == "month" else f"week of {short_date(first_day)}"


def amount(value: float | None, scale: str) -> str:
    """A measure's value as it is read: `1,204`, `3.1`, `45 %`."""
    if value is None or value != value:  # NaN, of a table
        return "–"
    if scale == "share":
        return f"{100 * value:.0f} %"
    return f"{value:,.0f}" if scale == "count" else f"{value:.1f}"


def member(name: str, breakdown: str) -> str:
    """A group's name on the screen."""
    if name == UNKNOWN:
        return "Not recorded"
    if breakdown == "level_of_care":
        return f"Level {name}" if name[:1].isdigit() else name
    return f"{name[:1].upper()}{name[1:]}" if breakdown == "primary_addiction" else name


def median(at: float | None, low: float | None, high: float | None, unit: str) -> str:
    """A curve's median with its 95 % interval: `median 279 days (204 to 326)`."""
    if at is None or low is None:  # the lower bound is down to half no later than the curve
        return "not down to half where it ends"
    return f"median {at:,.0f} {unit} ({low:,.0f} to {'beyond the curve' if high is None else f'{high:,.0f}'})"


def log_rank(p_value: float | None) -> str:
    """What the log-rank test of a breakdown's curves says; nothing where none was made."""
    if p_value is None:
        return ""
    p = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"
    told = "by more than chance alone would often make them" if p_value < 0.05 else "no more than chance may make them"
    return f"The groups differ {told} (log-rank test over all groups, {p})."
