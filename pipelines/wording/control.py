"""What a control chart shows, in sentences made from its columns: for the screen and for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from pipelines.definitions import rules
from pipelines.wording.dates import day_and_month
from pipelines.wording.measure import Measure


@dataclass(frozen=True)
class Signal:
    """A measure of a group in its last period with a value, a row of `control_point`.

    `kind`: week or month. `lower`, `upper`, `sigma`: None if there are no limits. `special`: outside, trend, near, run,
    or None, and `direction`, `since` and `runs` with it; `outside_runs` with the first; a run is one of `run_needed`
    points or more. `reading`: a key of READINGS. `p_value`, `stands_out`, `discovery`, `looked_at` and `by_chance`: how
    strong the signal is among all charts checked.
    """

    kind: str
    breakdown: str
    member: str
    measure: str
    period: date
    numerator: float
    denominator: float | None
    value: float
    mean: float | None
    lower: float | None
    upper: float | None
    sigma: float | None
    points: int
    trial: bool
    special: str | None
    direction: str | None
    reading: str
    since: date | None
    runs: int | None
    outside_runs: int | None
    run_needed: int | None
    denominator_low: float | None
    denominator_high: float | None
    p_value: float | None
    stands_out: bool
    discovery: bool
    looked_at: int
    by_chance: float
    target: float | None
    assurance: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Signal:
        """The signal that a row of `control_point` is, which may have other columns too."""
        return cls(**{each.name: row[each.name] for each in fields(cls)})


READINGS = {
    "improvement": "Improvement",
    "concern": "Concern",
    "no_direction": "Change",
    "common_cause": "As usual",
    "too_few": "Too few to judge",
}


def verdict(signal: Signal, measure: Measure) -> str:
    """How a chart reads, in a word or two. Of a stock only the steps are judged: it may have risen slowly, so that
    without a signal it is not called as usual.
    """
    steady = measure.stock and signal.reading == "common_cause"
    return "No sudden change" if steady else READINGS[signal.reading]


ASSURANCES = {
    "will_hit": "If nothing changes, the target is met every {kind}.",
    "may_or_may_not": "If nothing changes, the target is met in some {kind}s and missed in others, by chance.",
    "will_miss": "If nothing changes, the target is missed every {kind}.",
}


def sentence(signal: Signal, measure: Measure) -> str:
    """What the last points show: a change and since when, chance alone, or too few points to judge."""
    if signal.reading == "too_few":
        return _too_few(signal, measure)
    if signal.special is None or signal.since is None or signal.runs is None:
        vary = "vary" if measure.plural else "varies"
        if measure.stock:
            step = f"from one {signal.kind} to the next"
            return f"{measure.title} {vary} as usual {step}; a slow rise or fall is not judged."
        return f"{measure.title} {vary} as usual: no sign of a change."
    changed = f"something changed around {around(signal.since, signal)}"
    if measure.stock:
        return _of_steps(signal, measure, changed)
    has, its, was = ("have", "their", "were") if measure.plural else ("has", "its", "was")
    above = "above" if signal.direction == "up" else "below"
    if signal.special == "trend":
        rising = "rising" if signal.direction == "up" else "falling"
        return f"{measure.title} {has} been {rising} for {signal.runs} {signal.kind}s: {changed}."
    if signal.special == "near":
        return f"{measure.title} {was} far {above} {its} average in two of the last three {signal.kind}s: {changed}."
    outside = signal.outside_runs or 0
    if outside == signal.runs > 1:
        return f"{measure.title} {has} been {above} {its} usual range for {outside} {signal.kind}s: {changed}."
    if outside and signal.runs < (signal.run_needed or 0):
        return (
            f"{measure.title} {was} {above} {its} usual range in {named(signal.period, signal)}: "
            "more than chance would explain."
        )
    lately = f"the last {outside} {signal.kind}s" if outside > 1 else f"the last {signal.kind}"
    beyond = f", and outside the usual range in {lately}" if outside else ""
    return f"{measure.title} {has} been {above} {its} average for {signal.runs} {signal.kind}s{beyond}: {changed}."


def _too_few(signal: Signal, measure: Measure) -> str:
    if signal.trial:
        counted = f"{signal.points} {signal.kind}{'' if signal.points == 1 else 's'}"
        return f"{measure.title}: {counted} so far, and {rules()['points_needed']} are needed to judge."
    if measure.scale == "share" and signal.mean is not None and signal.mean >= rules()["almost_everyone"]:
        return f"{measure.title}: almost everyone every time, so a single client would look like a change."
    counted = "" if measure.scale == "count" else " clients"
    return f"{measure.title}: too few{counted} a {signal.kind} to judge."


def _of_steps(signal: Signal, measure: Measure, changed: str) -> str:
    """For a stock: its steps from one period to the next are judged, so that growth alone is not a change."""
    title = f"{measure.title[:1].lower()}{measure.title[1:]}"
    if signal.special == "outside":
        was = "were" if measure.plural else "was"
        higher = "higher" if signal.direction == "up" else "lower"
        return (
            f"{measure.title} {was} {higher} than expected from the {signal.kind} before, "
            f"in {named(signal.period, signal)}: more than chance would explain."
        )
    above = "above" if signal.direction == "up" else "below"
    lasting = f"has been {above} its average for {signal.runs} {signal.kind}s"
    return f"The {signal.kind}ly change in {title} {lasting}: {changed}."


def caution(signal: Signal, measure: Measure) -> str:
    """What to bear in mind when reading the limits; nothing if there is nothing."""
    if signal.lower is None:
        return ""
    notes = []
    if measure.stock:
        notes.append(
            f"Most of these clients were there the {signal.kind} before, so the range is that of the usual change from "
            f"one {signal.kind} to the next: steady growth is no signal."
        )
    low, high = signal.denominator_low, signal.denominator_high
    if measure.denominator and not measure.stock and low is not None and high is not None and high > low:
        notes.append(
            f"Each {signal.kind} rests on {measure.one_by_one(low):,.0f}–{measure.one_by_one(high):,.0f} "
            f"{measure.counted_over}; the range is wider where they are few."
        )
    return " ".join(notes)


def looked_at(charts: int, by_chance: float) -> str:
    """How many charts were checked together, and how many of them would signal by chance alone."""
    if not charts:
        return ""
    chance = "fewer than one signal" if by_chance < 1 else f"about {by_chance:.0f} signals"
    counted = f"{charts:,} {'chart was' if charts == 1 else 'charts were'}"
    return f"{counted} checked; chance alone would raise {chance}. Only stronger signals are listed."


def few(signal: Signal, measure: Measure) -> str:
    """That a share is at times of so few that one of them can make a signal; nothing if it is not."""
    low = signal.denominator_low
    small = measure.scale == "share" and low and low < rules()["few_least"] and signal.reading != "too_few"
    return f"Some {signal.kind}s have few clients, so a single client can raise a signal." if small else ""


def assured(signal: Signal) -> str:
    """Whether the target will be met; nothing if there is no target."""
    return ASSURANCES[signal.assurance].format(kind=signal.kind) if signal.assurance else ""


def around(since: date, signal: Signal) -> str:
    """`3 August`, with the year if it is not that of the last point; for months, `August 2026`."""
    if signal.kind == "month":
        return f"{since:%B %Y}"
    return day_and_month(since, signal.period)


def named(period: date, signal: Signal) -> str:
    """`the week of 3 August`, `August 2026`."""
    return ("the week of " if signal.kind == "week" else "") + around(period, signal)
