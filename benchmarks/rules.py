"""The usual rules for noticing that a client comes less, each as a weekly score that rises as the weeks look worse.

All of them see meetings and exposure only. `practised` is the threshold that people use; a rule is also compared at the
threshold at which it is wrong as often as the decline flag is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from benchmarks.caseload import PER_THERAPIST, Attendance

HISTORY = 5  # counted weeks before a client is judged, for every rule
BETWEEN = 5  # the fewest weeks between two flags of a client
SHARE = 0.10  # the most of a caseload that may be newly flagged in a week


@dataclass(frozen=True)
class Rule:
    """A rule: `score` gives (clients, weeks); a week over the threshold is flagged."""

    name: str
    score: Callable[[Attendance], np.ndarray]
    practised: float


def over(values: np.ndarray, nearest: int, furthest: int) -> np.ndarray:
    """For each week, the sum over the weeks from `furthest` to `nearest` before it."""
    clients, weeks = values.shape
    sums = np.concatenate([np.zeros((clients, 1)), np.cumsum(values, axis=1)], axis=1)
    week = np.arange(weeks)
    return sums[:, np.clip(week - nearest + 1, 0, weeks)] - sums[:, np.clip(week - furthest, 0, weeks)]


def mean(case: Attendance, nearest: int, furthest: int) -> np.ndarray:
    """Meetings per full week over those weeks; NaN if no week counts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return over(case.meetings, nearest, furthest) / over(case.exposure, nearest, furthest)


def weeks_without(case: Attendance) -> np.ndarray:
    """Counted weeks in a row without a meeting; between equals, the more usual meetings the higher."""
    run, runs = np.zeros(len(case.meetings)), []
    for here, counts in zip(case.meetings.T, case.exposure.T, strict=True):
        run = np.where(counts == 0, run, np.where(here > 0, 0, run + 1))
        runs.append(run)
    return np.stack(runs, axis=1) + np.nan_to_num(mean(case, 4, 29)) / 100


def half_of_before(case: Attendance) -> np.ndarray:
    """One minus the ratio of the last four weeks' mean to that of the eight weeks before."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - mean(case, 0, 3) / mean(case, 4, 11)


def falling_slope(case: Attendance) -> np.ndarray:
    """How steeply the line through the last eight counted weeks falls, in its standard errors."""
    found = np.full(case.meetings.shape, np.nan)
    for client in range(len(found)):
        weeks = np.flatnonzero(case.exposure[client] > 0)
        rate = case.meetings[client, weeks] / case.exposure[client, weeks]
        for last in range(7, len(weeks)):
            x, y = weeks[last - 7 : last + 1] * 1.0, rate[last - 7 : last + 1]
            spread = ((x - x.mean()) ** 2).sum()
            slope = ((x - x.mean()) * (y - y.mean())).sum() / spread
            error = np.sqrt(max(((y - y.mean() - slope * (x - x.mean())) ** 2).sum() / 6 / spread, 1e-9))
            found[client, weeks[last]] = -slope / error
    return found


def standardised(case: Attendance) -> np.ndarray:
    """How far a week lies under the mean of its baseline, in standard deviations taken from the moving range."""
    rate = np.divide(case.meetings, case.exposure, out=np.zeros(case.meetings.shape), where=case.exposure > 0)
    moves = np.abs(np.diff(rate, axis=1, prepend=rate[:, :1]))
    counted = (case.exposure > 0) & (np.roll(case.exposure, 1, axis=1) > 0)
    deviation = over(moves * counted, 4, 29) / np.maximum(over(counted * 1.0, 4, 29), 1) / 1.128
    return np.where(case.exposure > 0, (mean(case, 4, 29) - rate) / np.maximum(deviation, 0.2), 0.0)


def xmr(case: Attendance) -> np.ndarray:
    """Three where the week lies at the lower process limit, or where eight in a row lie under the mean."""
    low = np.nan_to_num(standardised(case))
    return np.maximum(low, 3 * over((low > 0) * 1.0, 0, 7) / 8)


def ewma(case: Attendance) -> np.ndarray:
    """Weeks' standardised falls, smoothed with weight 0.3, in standard deviations of the smoothed value."""
    smooth, found = np.zeros(len(case.meetings)), []
    for low, counts in zip(np.nan_to_num(standardised(case)).T, case.exposure.T, strict=True):
        smooth = np.where(counts > 0, 0.7 * smooth + 0.3 * low, smooth)
        found.append(smooth / np.sqrt(0.3 / 1.7))
    return np.stack(found, axis=1)


def cusum(case: Attendance) -> np.ndarray:
    """Poisson CUSUM for a fall to three tenths of the baseline's mean."""
    usual, total, found = np.nan_to_num(mean(case, 4, 29)), np.zeros(len(case.meetings)), []
    for rate, here, counts in zip(usual.T, case.meetings.T, case.exposure.T, strict=True):
        total = np.where(counts > 0, np.maximum(0, total + 0.7 * rate * counts + here * np.log(0.3)), total)
        found.append(total)
    return np.stack(found, axis=1)


RULES = (
    Rule("no meeting in 14 days", weeks_without, 1.9999),
    Rule("4-week mean under half of the 8 weeks before", half_of_before, 0.5),
    Rule("falling slope over 8 weeks", falling_slope, 1.94),
    Rule("XmR: under the limit, or 8 in a row under the mean", xmr, 2.9999),
    Rule("EWMA, weight 0.3", ewma, 2.7),
    Rule("Poisson CUSUM to 0.3 of usual", cusum, 2.5),
)


def knowing_all(case: Attendance, truth: np.ndarray) -> np.ndarray:
    """The best that could be done on meetings by someone who knew each client's usual rate, dispersion and fall: the
    log of the mean likelihood ratio of a fall begun 1 to 8 weeks ago, by the negative binomial with the true values.

    `truth`: mean and variance over mean of each client's full weeks, (clients, 2).
    """
    usual, dispersion = truth[:, :1], np.maximum(truth[:, 1:], 1.02)
    expected = np.maximum(usual * case.exposure, 1e-9)
    size = expected / (dispersion - 1)
    less = np.maximum(0.15 * expected, 1e-9)
    size_less = less / (dispersion - 1)

    def log_pmf(size: np.ndarray) -> np.ndarray:
        count = case.meetings
        return gammaln(count + size) - gammaln(size) - size * np.log(dispersion) + count * np.log(1 - 1 / dispersion)

    evidence = np.where(case.exposure > 0, log_pmf(size_less) - log_pmf(size), 0.0)
    return np.log(np.mean([np.exp(np.minimum(over(evidence, 0, back), 50)) for back in range(8)], axis=0))


def flags(case: Attendance, score: np.ndarray, threshold: float, *, share: float = SHARE) -> np.ndarray:
    """The weeks in which a rule newly flags a client, under the same limits as the decline flag's.

    `share`: the most of a caseload that may be newly flagged in a week.
    """
    clients, weeks = score.shape
    counted = over((case.exposure > 0) * 1.0, 4, 29)
    found = np.zeros((clients, weeks), dtype=bool)
    standing, last = np.zeros(clients, dtype=bool), np.full(clients, -BETWEEN)
    therapist = np.arange(clients) // PER_THERAPIST
    room = max(1, int(PER_THERAPIST * share))
    for week in range(weeks):
        here, seen = score[:, week], case.exposure[:, week] > 0
        above = seen & (counted[:, week] >= HISTORY) & (np.nan_to_num(here, nan=-np.inf) > threshold)
        standing &= above | ~seen
        new = np.flatnonzero(above & ~standing & (week - last >= BETWEEN))
        new = new[np.lexsort((-here[new], therapist[new]))]
        place = np.arange(len(new)) - np.searchsorted(therapist[new], therapist[new])
        new = new[place < room]
        found[new, week], standing[new], last[new] = True, True, week
    return found
