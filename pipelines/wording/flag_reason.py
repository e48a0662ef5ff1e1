"""The sentence of a decline flag, made from its facts (pipelines/models/involvement/decline_fact.sql)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.wording.amounts import amount, count, meetings_a_week


@dataclass(frozen=True)
class Sign:
    """A sign besides meetings that fell: what was counted over the recent weeks, out of what, and the usual rate."""

    name: str
    counted: float
    out_of: float
    usual: float | None


@dataclass(frozen=True)
class Facts:
    """What a flag's sentence is made of. `weekly`: the meetings of the last weeks that count, the oldest first."""

    kind: str
    usual: float | None
    recent: float | None
    recent_weeks: int
    short_history: bool
    agreed: float | None
    weekly: Sequence[int]
    signs: Sequence[Sign]
    once_in: int
    rarer: bool


def reason(facts: Facts) -> str:
    """Two sentences: what fell, in the client's own numbers, and how seldom chance brings about a flag this strong."""
    often = "less than" if facts.rarer else "about"
    return (
        f"{what_fell(facts)}. Among clients whose involvement has not changed, a flag this strong comes up {often} "
        f"once in {facts.once_in} weeks."
    )


def what_fell(facts: Facts) -> str:
    """What fell, as a sentence without its full stop."""
    lately = "the last week" if facts.recent_weeks == 1 else f"the last {facts.recent_weeks} weeks"
    beside = " and ".join(sign_fell(sign, lately) for sign in facts.signs)
    if facts.kind == "participation" and beside:
        usually = "" if facts.usual is None else f" (usually {meetings_a_week(facts.usual)})"
        return f"Still attends about {meetings_a_week(facts.recent)} meetings a week{usually}, but {beside}"
    meetings = came(facts, lately)
    return f"{meetings}; also {beside}" if beside else meetings


def came(facts: Facts, lately: str) -> str:
    """The meetings, compared with the usual, or with what was agreed to while there are too few weeks for a usual."""
    if facts.short_history:
        counts = ", ".join(map(str, facts.weekly))
        weeks = count(len(facts.weekly), "week that counts", "weeks that count")
        if facts.agreed:
            agreed = "1 meeting" if facts.agreed == 1 else f"{facts.agreed:g} meetings"
            return f"Agreed to {agreed} a week; came to {counts} in the last {weeks}"
        return f"New in care; came to {counts} meetings in the last {weeks}"
    recent = "none" if facts.recent == 0 else meetings_a_week(facts.recent)
    return f"Averaged {meetings_a_week(facts.usual)} meetings a week before, {recent} in {lately}"


def sign_fell(sign: Sign, lately: str) -> str:
    """What became of a sign over the recent weeks."""
    counted, out_of = round(sign.counted), round(sign.out_of)
    usually = "" if sign.usual is None else f" (usually {amount(sign.usual, 'share')})"
    of = f"{counted or 'none'} of"
    match sign.name:
        case "active":
            return f"took an active part in {of} {count(out_of, 'meeting')} in {lately}{usually}"
        case "in_person":
            return f"came in person to {of} {count(out_of, 'meeting')} in {lately}{usually}"
        case "home_group":
            return f"came to the home group in {of} {count(out_of, 'week')} with a meeting{usually}"
        case "sponsor":
            contacts = "no sponsor contact" if counted == 0 else count(counted, "sponsor contact")
            per_week = "" if sign.usual is None else f" (usually {meetings_a_week(sign.usual)} a week)"
            return f"reported {contacts} in {lately}{per_week}"
        case "step":
            return f"reported step work in {of} {count(out_of, 'week')} with a check-in{usually}"
        case "checkin":
            return f"completed a check-in in {of} {count(out_of, 'week')}{usually}"
        case _:
            return f"missed {of} {count(out_of, 'session')} in {lately}{usually}"
