"""Which clinics stand out beside one another: what is expected of each from the others, and from chance.

A funnel's limits (Spiegelhalter 2005, "Funnel plots for comparing institutional performance"), drawn for each clinic:
the fewer its clients, the wider. They are drawn around the other clinics taken together: a clinic that was part of what
it is compared with would hide in it, the better the larger it is. Three things make a clinic differ by chance:

- its own clients. A client counts as one, however many meetings or sessions the client has: of a share as if all of
  them were alike, of a rate as if clients' own rates varied as much as their mean;
- those of the others, in the same way;
- how much clinics differ for all that is particular to them, such as whom they treat: the variance between the others
  beyond chance (DerSimonian and Laird 1986), once they are enough to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from pipelines.definitions import rules


@dataclass(frozen=True)
class Case:
    """A clinic's numbers behind a share or rate, and the clients that they are of."""

    numerator: float
    denominator: float
    clients: float


@dataclass(frozen=True)
class Expected:
    """The value of the others together, and the range within which chance leaves the clinic.

    `between`: whether the range allows for how much clinics differ anyway.
    """

    others: float
    lower: float
    upper: float
    between: bool

    def place(self, value: float) -> int:
        """1 if the value is above the expected range, −1 if below it, else 0."""
        return (round(value, 9) > round(self.upper, 9)) - (round(value, 9) < round(self.lower, 9))


def expected(cases: Sequence[Case], *, share: bool) -> list[Expected | None]:
    """What the other cases lead one to expect of each; None if there is no other. `share`: of a whole, else a rate."""
    return [_expected(case, [*cases[:n], *cases[n + 1 :]], share=share) for n, case in enumerate(cases)]


def _expected(case: Case, others: Sequence[Case], *, share: bool) -> Expected | None:
    part, of = sum(each.numerator for each in others), sum(each.denominator for each in others)
    if not of or not case.denominator:
        return None
    pooled = part / of
    guess = (part + 0.5) / (of + 1)  # none and all are no proof that there is no chance
    chance = [_chance(each, guess, share=share) for each in others]
    enough = len(others) + 1 >= rules()["funnel_clinics"]
    between = _between(others, chance) if enough else 0.0
    of_others = sum((each.denominator / of) ** 2 * (its + between) for each, its in zip(others, chance, strict=True))
    reach = rules()["funnel_sigmas"] * sqrt(_chance(case, guess, share=share) + between + of_others)
    highest = 1.0 if share else float("inf")
    return Expected(pooled, max(pooled - reach, 0.0), min(pooled + reach, highest), enough)


def _chance(case: Case, mean: float, *, share: bool) -> float:
    """The variance of a case's value if only chance makes it differ."""
    if share:
        return mean * (1 - mean) / min(case.denominator, case.clients)
    return mean / case.denominator + mean**2 / case.clients


def _between(cases: Sequence[Case], chance: Sequence[float]) -> float:
    """The variance between cases beyond chance."""
    weights = [1 / each for each in chance]
    values = [case.numerator / case.denominator for case in cases]
    total = sum(weights)
    mean = sum(weight * value for weight, value in zip(weights, values, strict=True)) / total
    spread = sum(weight * (value - mean) ** 2 for weight, value in zip(weights, values, strict=True))
    return max((spread - (len(cases) - 1)) / (total - sum(weight**2 for weight in weights) / total), 0.0)
