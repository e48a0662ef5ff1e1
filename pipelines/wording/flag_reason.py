"""The sentence of a decline flag, made from its facts (pipelines/models/involvement/decline_fact.sql)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.definitions import rules
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
    """What a flag's sentence is made of. `recent`: None if the meetings of those weeks are not known. `weekly`: the
    meetings of the last weeks that count, the oldest first.
    """

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
    """Two sentences: what fell, in the client's own numbers, and how rarely chance raises a flag this strong."""
    return (
        f"{what_fell(facts)}. Among clients whose involvement has not changed, a flag this strong comes up "
        f"{how_seldom(facts.once_in, rarer=facts.rarer)}."
    )


def how_seldom(weeks: int, *, rarer: bool) -> str:
    """`about once a year`, `less than once in 4 years`, `about once in 26 weeks`."""
    years, rest = divmod(weeks, 52)
    once = f"in {weeks} weeks" if rest else "a year" if years == 1 else f"in {years} years"
    return f"{'less than' if rarer else 'about'} once {once}"


def what_fell(facts: Facts) -> str:
    """What fell, as a sentence without its full stop."""
    lately = "the last week" if facts.recent_weeks == 1 else f"the last {facts.recent_weeks} weeks"
    beside = " and ".join(sign_fell(sign, lately) for sign in facts.signs)
    if facts.recent is None:
        return f"{beside[:1].upper()}{beside[1:]}; how many meetings in {lately} is not known"
    if facts.kind == "participation" and beside:
        usually = "" if facts.usual is None else f" (usually {meetings_a_week(facts.usual)})"
        often = f"{meetings_a_week(facts.recent)} meetings a week{usually}"
        return f"Still attends about {often}, but {beside}" if near_usual(facts) else f"Averages {often}; also {beside}"
    meetings = came(facts, lately)
    return f"{meetings}; also {beside}" if beside else meetings


def near_usual(facts: Facts) -> bool:
    """Whether the client comes about as often as usual, so that the sentence may say that the client still comes."""
    usual, recent = facts.usual or 0.0, facts.recent or 0.0
    return recent >= rules()["near_usual_share"] * usual


def came(facts: Facts, lately: str) -> str:
    """The meetings, compared with the usual or, with too few weeks for that, with what was agreed."""
    if facts.short_history:
        weeks = "week that counts" if len(facts.weekly) == 1 else f"{len(facts.weekly)} weeks that count"
        attended = f"came to {week_by_week(facts.weekly)} in the last {weeks}"
        if facts.agreed:
            agreed = "1 meeting" if facts.agreed == 1 else f"{facts.agreed:g} meetings"
            return f"Agreed to {agreed} a week; {attended}"
        return f"New in care; {attended}"
    recent = "none" if facts.recent == 0 else meetings_a_week(facts.recent)
    return f"Averaged {meetings_a_week(facts.usual)} meetings a week before, {recent} in {lately}"


def week_by_week(meetings: Sequence[int]) -> str:
    """The meetings of a few weeks, the oldest first: `3 meetings, then 1,`, `2 meetings, then 1, none and none,`."""
    first, *then = meetings
    begun = count(first, "meeting") if first else "no meetings"
    if not any(meetings) or not then:
        return begun
    *others, last = (str(number) if number else "none" for number in then)
    return f"{begun}, then {', '.join(others)}{' and ' if others else ''}{last},"


def sign_fell(sign: Sign, lately: str) -> str:
    """What became of a sign over the recent weeks."""
    counted = round(sign.counted)
    if sign.name == "sponsor":
        contacts = "no sponsor contact" if counted == 0 else count(counted, "sponsor contact")
        per_week = "" if sign.usual is None else f" (usually {meetings_a_week(sign.usual)} a week)"
        return f"reported {contacts} in {lately}{per_week}"
    does, does_not, what, when = _COUNTED[sign.name]
    out_of = round(sign.out_of)
    if out_of == 1:  # nobody would say "none of 1 week"
        fell = f"{does if counted else does_not} the one {what}{'' if when else ' that counts'}"
    else:
        fell = f"{does} {counted or 'none'} of {count(out_of, what)}"
    usually = "" if sign.usual is None else f" (usually {amount(sign.usual, 'share')})"
    return f"{fell}{when.format(lately=lately)}{usually}"


# What a sign counts: did, did not, of what, and when.
_COUNTED = {
    "active": ("took an active part in", "took no active part in", "meeting", " in {lately}"),
    "in_person": ("came in person to", "did not come in person to", "meeting", " in {lately}"),
    "home_group": ("came to the home group in", "did not come to the home group in", "week", " with a meeting"),
    "step": ("reported step work in", "reported no step work in", "week", " with a check-in"),
    "checkin": ("completed a check-in in", "completed no check-in in", "week", ""),
    "no_show": ("missed", "missed none of", "session", " in {lately}"),
}
