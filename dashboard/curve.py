"""What a survival curve is: queries return it, charts draw it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Event:
    """An event whose time a survival curve follows. `of_trials`: an outcome that trials on opioid tests defined."""

    name: str
    title: str
    unit: str
    definition: str
    source: str
    of_trials: bool


@dataclass(frozen=True)
class LogRank:
    """Whether the curves of a breakdown's groups differ: the log-rank test over all of its groups."""

    groups: int
    chi_square: float | None
    degrees: int | None
    p_value: float | None


@dataclass(frozen=True)
class Curve:
    """A group's survival curve. `points`: time, is_mark, at_risk, survival, low and high (shares), by time.

    `followed` and `events` count stays (or uses), `entered` those of them that entered late. The median and its 95 %
    interval are in the event's unit, and None if the curve or the bound does not fall to one half while enough are at
    risk.
    """

    member: str
    followed: int
    entered: int
    events: int
    median: float | None
    median_low: float | None
    median_high: float | None
    points: pd.DataFrame
