"""What a control chart says, in a sentence made by rule: for the screen and for the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipelines.wording.measure import Measure


@dataclass(frozen=True)
class Signal:
    """A measure of a group in its last period with a value, as `control_point` tells of it.

    `kind`: week or month. `lower`, `upper`, `sigma`: None where there are too few points for limits. `special`:
    outside, trend, near, run, or None, and `direction`, `since` and `runs` with it; `outside_runs` with the first.
    `reading`: a key of READINGS.
    """

    kind: str
    breakdown: str
    member: str
    measure: str
    period: date
    numerator: float
    denominator: float | None
    value: float
    mean: float
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
    denominator_low: float | None
    denominator_high: float | None
    target: float | None
    assurance: str | None


FEW = 11
LONG = 7  # points in a row on one side of the mean: more than chance would do

READINGS = {
    "improvement": "Improvement",
    "concern": "Concern",
    "no_direction": "Change",
    "common_cause": "As usual",
    "too_few": "Too few to say",
}

ASSURANCES = {
    "will_hit": "As long as nothing changes, the target is met every {kind}.",
    "may_or_may_not": "As long as nothing changes, the target is met in some {kind}s and missed in others, by chance.",
    "will_miss": "As long as nothing changes, the target is missed every {kind}.",
}


def told(signal: Signal, measure: Measure) -> str:
    """What the last points say: how long what has lasted since when, or that it is chance, or that too few tell."""
    has, its, was = ("have", "their", "were") if measure.plural else ("has", "its", "was")
    if signal.reading == "too_few":
        return f"{measure.title}: too few for a {signal.kind} to tell chance from change."
    if signal.special is None or signal.since is None or signal.runs is None:
        return f"{measure.title} {'vary' if measure.plural else 'varies'} as usual: no sign that anything changed."
    above = "above" if signal.direction == "up" else "below"
    changed = f"something changed around {around(signal.since, signal)}"
    if signal.special == "trend":
        rising = "rising" if signal.direction == "up" else "falling"
        return f"{measure.title} {has} been {rising} for {signal.runs} {signal.kind}s: {changed}."
    if signal.special == "near":
        return f"{measure.title} {was} far {above} {its} average in two of the last three {signal.kind}s: {changed}."
    outside = signal.outside_runs or 0
    if outside == signal.runs > 1:
        return f"{measure.title} {has} been {above} {its} usual range for {outside} {signal.kind}s: {changed}."
    if outside and signal.runs < LONG:
        then = named(signal.period, signal)
        return f"{measure.title} {was} {above} {its} usual range in {then}: more than chance would do."
    lately = f"the last {outside} {signal.kind}s" if outside > 1 else f"the last {signal.kind}"
    beyond = f", and outside the usual range in {lately}" if outside else ""
    return f"{measure.title} {has} been {above} {its} average for {signal.runs} {signal.kind}s{beyond}: {changed}."


def caution(signal: Signal, measure: Measure) -> str:
    """What to bear in mind when reading the limits; nothing where there is nothing."""
    said = []
    if signal.trial:
        counted = f"{signal.points} {signal.kind}{'' if signal.points == 1 else 's'}"
        said.append(f"The limits are trial limits: they come from {counted}, and 12 are needed to rely on them.")
    if measure.stock and signal.reading != "too_few":
        said.append(
            f"Most of those counted were there the {signal.kind} before, so the limits are too narrow: "
            "read the level and the direction."
        )
    low, high = signal.denominator_low, signal.denominator_high
    if measure.denominator and low is not None and high is not None and high > low:
        said.append(
            f"Each {signal.kind} is over {measure.one_by_one(low):,.0f} to {measure.one_by_one(high):,.0f} "
            f"{measure.counted_over}: "
            "where they are few, it varies more than the limits show."
        )
    return " ".join(said)


def few(signal: Signal, measure: Measure) -> str:
    """Where a share is at times of so few that one of them can make a signal; nothing where it is not."""
    low = signal.denominator_low
    small = measure.scale == "share" and low and low < FEW and signal.reading != "too_few"
    return f"Some {signal.kind}s are of few: a single client can make a signal." if small else ""


def assured(signal: Signal) -> str:
    """Whether the target will be met; nothing where there is no target."""
    return ASSURANCES[signal.assurance].format(kind=signal.kind) if signal.assurance else ""


def around(since: date, signal: Signal) -> str:
    """`3 August`, with the year where it is not that of the last point; of months, `August 2026`."""
    if signal.kind == "month":
        return f"{since:%B %Y}"
    return f"{since.day} {since:%B}" + ("" if since.year == signal.period.year else f" {since.year}")


def named(period: date, signal: Signal) -> str:
    """`the week of 3 August`, `August 2026`."""
    return ("the week of " if signal.kind == "week" else "") + around(period, signal)
