"""What a measure of a caseload is, for those that read it and those that draw it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A measure of a caseload, as `measures` defines it. `scale`: count, rate or share (0 to 1).

    `plural`: the title takes "have", not "has". `by_therapist`: it may be looked at by therapist.
    """

    name: str
    title: str
    unit: str
    scale: str
    good: str
    definition: str
    numerator: str
    denominator: str
    source: str
    plural: bool = False
    by_therapist: bool = False
