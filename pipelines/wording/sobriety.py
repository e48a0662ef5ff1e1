"""What is known of sobriety, in sentences made from named facts: for the screen, for print and for the report."""

from __future__ import annotations

from pipelines.wording.amounts import count
from pipelines.wording.dates import ago
from pipelines.wording.labels import UNKNOWN

DELAYED_ENTRY = (
    "Entered late: the stay began more than 30 days before its site's data do. It counts from the day on which they "
    "begin; nobody could have seen its event before (delayed entry)."
)


def followed(stays: int, entered: int, events: int) -> str:
    """`180 followed, 78 of them entered late, 60 had the event`."""
    late = f", {entered:,} of them entered late" if entered else ""
    return f"{stays:,} followed{late}, {events:,} had the event"


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


def days_abstinent(value: float | None, low: float | None, high: float | None, known: float | None) -> str:
    """Percent days abstinent with its bounds and the share known; under half known, the range only."""
    if low is None or high is None or known is None:
        return UNKNOWN
    between = f"{low:.0f} to {high:.0f} %"
    if value is None or known < 0.5:
        return f"{between} ({100 * known:.0f} % of days known)"
    bounds = "" if round(low) == round(high) else f", {between} with the days not known"
    return f"{value:.0f} %{bounds}"


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
