"""Plain words for what the tables say. Nothing is a diagnosis, and nothing unknown is turned into yes, no or zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
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

AWAY = {
    "vacation": "vacation",
    "illness": "illness",
    "hospital": "in hospital",
    "jail": "in jail",
    "work": "for work",
    "holiday": "holiday",
}

# The weeks that a recent mean is taken over; from this share of the usual on it is near the usual.
LATELY = 4
NEAR = 0.8

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


def on(day: date | None, today: date) -> str:
    """A day for a narrow column: `today`, `yesterday`, `29 Oct`, of another year `29 Oct 2025`; `none recorded`."""
    if day is None:
        return "none recorded"
    if 0 <= (today - day).days <= 1:
        return ago((today - day).days)
    return f"{day.day} {day:%b}" if day.year == today.year else short_date(day)


def recently(weeks: int | None, *, of_flag: bool = False) -> str:
    """The weeks of a recent mean: those of which a flag of now speaks, else how many of the last four count."""
    if weeks is None:
        return "no week counts yet"
    if weeks == 0:
        return f"none of the last {LATELY} weeks counts"
    if of_flag or weeks == LATELY:
        return "last week" if weeks == 1 else f"last {weeks} weeks"
    return f"{weeks} of the last {LATELY} weeks count"


def near_usual(usual: float | None, recent: float | None) -> bool:
    """Whether the recent meetings are about as many as usually."""
    return usual is not None and recent is not None and recent >= NEAR * usual


def since_flag(weeks_since: int, usual: float | None, recent: float | None, recent_weeks: int | None) -> str:
    """How meetings have gone on since a flag of an earlier week; nothing for one of the last week."""
    if not weeks_since or recent is None or not recent_weeks:
        return ""
    now = f"{meetings_a_week(recent)} meetings a week ({recently(recent_weeks)})"
    if near_usual(usual, recent):
        return f"Now {now}: about as many as usually. The flag stands until involvement as a whole is back."
    return f"Now {now}; usually {meetings_a_week(usual)}."


def away(since: date | None, until: date | None, reason: str | None) -> str:
    """A planned absence, or a closure of the site, that goes on: `Away since 19 Oct (vacation), until 5 Nov.`"""
    if since is None or until is None:
        return ""
    stretch = f"since {since.day} {since:%b}"
    end = f", until {until.day} {until:%b}"
    if reason == "closure":
        return f"The site is closed {stretch}{end}."
    why = f" ({AWAY[reason]})" if reason in AWAY else ""
    return f"Away {stretch}{why}{end}."


def why(reason: str | None) -> tuple[str, str]:
    """A flag's reason as its first sentence and the rest, which says how rare such a flag is."""
    first, _, rest = (reason or "").partition(". ")
    return (f"{first.rstrip('.')}." if first else "", rest)


def crisis(open_crises: int, kind: str | None, since: date | None) -> str:
    """The crisis that has been open longest, in a sentence; nothing where none is."""
    if not open_crises or since is None:
        return "A crisis is open." if open_crises else ""
    what = f"{kind} crisis" if kind not in (None, "other") else "crisis"
    return f"A {what} has been open since {day_and_month(since)}."


def first_call(open_crisis: str, reason: str | None, judged: bool, judge_reason: str | None) -> str:
    """Why a client is among those to call first, in a sentence or two."""
    if reason:
        return f"{open_crisis} {why(reason)[0]}".strip()
    event = open_crisis or "Use was reported in the last 14 days."
    return f"{event} {'Involvement is not flagged.' if judged else not_judged(judge_reason)}"


def not_judged(judge_reason: str | None) -> str:
    """Why a client is not judged, as a sentence."""
    reason = judge_reason or "too little is recorded to judge"
    return f"{reason[0].upper()}{reason[1:]}."


def sponsor(has_sponsor: bool | None) -> str:
    """Whether the client has a sponsor, as last said."""
    return {True: "has a sponsor", False: "no sponsor", None: "sponsor unknown"}[has_sponsor]


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


def stale(as_of: date, today: date, date_basis: str) -> str:
    """That the data are older than a week; nothing where they are not, or where shifted dates do not tell."""
    days = (today - as_of).days
    if days <= 7 or date_basis == "shifted":
        return ""
    return f"The data are {count(days, 'day')} old: what happened after {day_and_month(as_of)} is not in here."


def weeks_since(last_week: date, today: date, date_basis: str) -> int:
    """How many weeks have ended since that one, by its Monday; none where dates are shifted, and nobody can tell."""
    this_week = today - timedelta(days=today.weekday())
    return 0 if date_basis == "shifted" else max((this_week - last_week).days // 7 - 1, 0)


def therapist(therapist_id: str) -> str:
    """A therapist's name on the screen."""
    return "No therapist recorded" if therapist_id == UNKNOWN else therapist_id


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


def nothing_first(
    judged: bool, judge_reason: str | None, sobriety_status: str, exposure: Sequence[float | None], away_now: str
) -> str:
    """What there is to say of a client who is not among those to call first. `exposure`: of each week, oldest first."""
    if away_now:
        return away_now
    off = next((back for back, share in enumerate(reversed(exposure)) if share != 0), len(exposure))
    if off:
        weeks = "last week does" if off == 1 else f"last {off} weeks do"
        return f"The {weeks} not count: away, closed, or nothing reported."
    if not judged:
        return not_judged(judge_reason)
    return "Sobriety unknown." if sobriety_status == "unknown" else "Not flagged."


def day_and_month(day: date) -> str:
    """`16 November`."""
    return f"{day.day} {day:%B}"


def next_task(task: str | None, due_on: date | None, days_overdue: int | None, open_tasks: int) -> str:
    """The open task that is due first: `Phone list, overdue by 9 days, 1 more open`; nothing where none is open."""
    if task is None:
        return ""
    due_by = f", due {due_on.day} {due_on:%b}" if due_on else ""
    when = f", overdue by {count(days_overdue, 'day')}" if days_overdue else due_by
    more = f", {open_tasks - 1} more open" if open_tasks > 1 else ""
    return f"{task}{when}{more}"


def news(event: str, clients: int) -> str:
    """What became known since the last visit, of so many clients."""
    if event == "flagged":
        return count(clients, "new flag")
    return f"{count(clients, 'client')} {'back at usual' if event == 'back_at_usual' else 'new in care'}"


def due(follow_up: date, today: date) -> str:
    """How a follow-up stands on its day, and after it."""
    return "due today" if follow_up == today else f"due since {follow_up.day} {follow_up:%b}"


def days_abstinent(value: float | None, low: float | None, high: float | None, known: float | None) -> str:
    """Percent days abstinent with its bounds and the share known; under half known, the range only."""
    if low is None or high is None or known is None:
        return UNKNOWN
    between = f"{low:.0f} to {high:.0f} %"
    if value is None or known < 0.5:
        return f"{between} ({100 * known:.0f} % of days known)"
    bounds = "" if round(low) == round(high) else f", {between} with the days not known"
    return f"{value:.0f} %{bounds}"


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


def of(part: int, whole: int) -> str:
    """`13 of 14 (93 %)`; without a share of fewer than 11, of which it would say little."""
    if not whole:
        return "–"
    return f"{part} of {whole}" + (f" ({100 * part / whole:.0f} %)" if whole >= 11 else "")
