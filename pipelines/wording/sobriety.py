"""What is known of sobriety, in sentences made from named facts: for the screen, for print and for the report."""

from __future__ import annotations

from datetime import date

from pipelines.definitions import rules
from pipelines.wording.amounts import count
from pipelines.wording.dates import brief, short_date
from pipelines.wording.labels import UNKNOWN


def followed(stays: int, entered: int, events: int) -> str:
    """`180 followed, 78 of them entered late, 60 had the event`."""
    late = f", {entered:,} of them entered late" if entered else ""
    return f"{stays:,} followed{late}, {events:,} had the event"


def delayed_entry() -> str:
    """What a late entry of a stay means."""
    return (
        f"Entered late: the stay began more than {rules()['checkin_covers_days']} days before its site's data. It is "
        "followed from the first day of those data, because an earlier event could not be seen (delayed entry)."
    )


def sobriety(
    status: str,
    sober_days: int | None,
    confirmed_days: int | None,
    last_use_on: date | None,
    confirmed_through: date | None,
    as_of: date,
) -> str:
    """What is known of a client's sobriety, for a row: `74 days, 17 confirmed`; with its day if it is old."""
    if status == "recent_use" and last_use_on:
        return f"used {brief(last_use_on, as_of)}"
    if status == "sober" and sober_days == 0:
        return "declared date not confirmed yet"
    if not sober_days or confirmed_days is None:
        return UNKNOWN if last_use_on is None else f"{UNKNOWN} since use on {brief(last_use_on, as_of)}"
    confirmed = "confirmed" if confirmed_days == sober_days else f"{confirmed_days:,} confirmed"
    heard = f", last confirmed {brief(confirmed_through, as_of)}" if confirmed_through and status != "sober" else ""
    return f"{count(sober_days, 'day')}, {confirmed}{heard}"


def day_kinds(days: int, *, confirmed: int, declared: int = 0, unknown: int = 0, carried: int = 0) -> str:
    """What days without known use rest on, in kinds that add up: `74 days: 17 confirmed, the rest as declared`."""
    if confirmed == days:
        return f"{count(days, 'day')}, all confirmed"
    rest = [(declared, "as declared"), (unknown, "unknown"), (carried, "out of care")]
    others = [(number, kind) for number, kind in rest if number]
    parts = [f"the rest {others[0][1]}"] if len(others) == 1 else [f"{number:,} {kind}" for number, kind in others]
    return f"{count(days, 'day')}: {', '.join([f'{confirmed:,} confirmed', *parts])}"


_BASES = {
    "use": "the day after the last known use",
    "declared": "the declared sobriety date",
    "confirmed": "the first confirmed day",
}


def counted_from(basis: str, sober_since: date, confirmed_through: date) -> str:
    """Between which days sober days are counted, and what makes the first and the last of them."""
    return (
        f"counted from {short_date(sober_since)}, {_BASES[basis]}, "
        f"to {short_date(confirmed_through)}, the last confirmed day"
    )


def declared_conflict(
    conflict: str | None, declared: date | None, last_use_on: date | None, confirmed_through: date | None
) -> str:
    """How a declared sobriety date contradicts what is known; nothing if it does not."""
    if conflict is None or declared is None:
        return ""
    known, day = (
        ("last known use", last_use_on) if conflict == "after_last_use" else ("last confirmed day", confirmed_through)
    )
    return f"declared {short_date(declared)}, later than the {known}, {short_date(day)}" if day else ""


def longest_run(days: int | None, confirmed: int | None) -> str:
    """The longest run of days without known use, which begins and ends on a confirmed day; `unknown` without one."""
    return (
        UNKNOWN if days is None or confirmed is None else day_kinds(days, confirmed=confirmed, unknown=days - confirmed)
    )


def days_abstinent(value: float | None, low: float | None, high: float | None, known: float | None) -> str:
    """Percent days abstinent with its bounds and the share known; under half known, the range only."""
    if low is None or high is None or known is None:
        return UNKNOWN
    if value is None or known < rules()["known_share_least"]:
        return f"{low:.0f}–{high:.0f} % ({100 * known:.0f} % of days known)"
    bounds = "" if round(low) == round(high) else f"; {low:.0f}–{high:.0f} % if unknown days are counted"
    return f"{value:.0f} % of known days{bounds}"


def median(at: float | None, low: float | None, high: float | None, unit: str) -> str:
    """A curve's median with its 95 % interval: `median 279 days (204 to 326)`."""
    if at is None or low is None:  # the lower bound falls to half no later than the curve
        return "median not reached"
    return f"median {at:,.0f} {unit} ({low:,.0f} to {'beyond the curve' if high is None else f'{high:,.0f}'})"


def log_rank(p_value: float | None) -> str:
    """The result of the log-rank test of a breakdown's curves; empty without one."""
    if p_value is None:
        return ""
    p = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"
    difference = (
        "more than chance would explain" if p_value < rules()["log_rank_alpha"] else "no more than chance would explain"
    )
    return f"The groups differ {difference} (log-rank test over all groups, {p})."
