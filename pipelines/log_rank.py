"""The log-rank test of each breakdown's survival curves: do the groups differ by more than chance?

It is not SQL because it solves a system of equations for each breakdown. At each time, the events of a group less those
expected if all groups were alike; summed, squared over their covariance (Mantel 1966, Peto and Peto 1972).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.build import Step
from pipelines.engine import Builder
from pipelines.model import given

Floats = npt.NDArray[np.float64]


def write_survival_test(engine: Builder) -> None:
    """Load `survival_test` from the `event_count` that the engine holds: a row a curve and breakdown of several groups.

    `days_to_next_use` has none: the test assumes independence, and a client's uses, each followed separately, are not
    independent.
    """
    counts = engine.rows(
        "SELECT curve, breakdown, member, time, followed, entered, events FROM event_count"
        " WHERE breakdown <> 'all' AND curve <> 'days_to_next_use' ORDER BY curve, breakdown, member, time"
    )
    rows = []
    for (curve, breakdown), found in groupby(counts, key=lambda row: row[:2]):
        followed, entered, events = _tables([row[2:] for row in found])
        if len(followed) > 1:
            chi_square, degrees, p_value = log_rank(at_risk(followed, entered), events)
            rows.append(
                {
                    "curve": curve,
                    "breakdown": breakdown,
                    "groups": len(followed),
                    "chi_square": chi_square,
                    "degrees": degrees,
                    "p_value": p_value,
                }
            )
    engine.load("survival_test", given("survival_test", rows))


SURVIVAL_TEST = Step(("survival_test",), frozenset({"event_count"}), write_survival_test)


def _tables(rows: Sequence[tuple[Any, ...]]) -> tuple[Floats, Floats, Floats]:
    """Of rows (member, time, followed, entered, events) each count by member and time, 0 if there is no row."""
    members, times, *counts = zip(*rows, strict=True)
    (names, row), (moments, column) = (np.unique(of, return_inverse=True) for of in (members, times))
    tables = np.zeros((3, len(names), len(moments)))
    tables[:, row, column] = counts
    return tables[0], tables[1], tables[2]


def at_risk(followed: Floats, entered: Floats) -> Floats:
    """How many of each group (rows) are at risk at each time (columns, ascending).

    `followed`: how many were followed up to each time and no further; `entered`: how many entered late, at it. At risk
    are those still followed, less those who enter later. `event_count` has the same at each group's own times; here
    every group has the times of all groups.
    """
    still_followed, yet_to_enter = (np.flip(np.cumsum(np.flip(counts, 1), 1), 1) for counts in (followed, entered))
    return np.asarray(still_followed - yet_to_enter + entered)


def log_rank(at_risk: Floats, events: Floats) -> tuple[float | None, int | None, float | None]:
    """Chi-square, degrees of freedom and p of groups (rows) over times (columns, ascending).

    `events`: how many of those at risk at each time had the event then.
    """
    total, happened = at_risk.sum(0), events.sum(0)
    share = at_risk / np.maximum(total, 1)  # before the first entry nobody is at risk
    excess = (events - share * happened).sum(1)[1:]  # the groups' excesses add up to 0, so one of them is redundant
    weight = happened * (total - happened) / np.maximum(total - 1, 1)
    covariance = (np.diag((share * weight).sum(1)) - (share * weight) @ share.T)[1:, 1:]
    spread, directions = np.linalg.eigh(covariance)
    varies = spread > spread.max(initial=0) * len(spread) * np.finfo(float).eps  # in other directions nothing is known
    degrees = int(varies.sum())
    if degrees == 0:
        return None, None, None
    chi_square = float(((excess @ directions)[varies] ** 2 / spread[varies]).sum())
    return chi_square, degrees, chance_of(chi_square, degrees)


def chance_of(chi_square: float, degrees: int) -> float:
    """How likely a chi-square so large or larger is: its upper tail, in closed form for whole degrees of freedom."""
    half = chi_square / 2
    if half == 0:
        return 1.0
    start = 0.0 if degrees % 2 == 0 else 0.5
    terms = (start + n for n in range(degrees // 2))
    tail = sum(math.exp(k * math.log(half) - half - math.lgamma(k + 1)) for k in terms)
    return tail if degrees % 2 == 0 else math.erfc(math.sqrt(half)) + tail
