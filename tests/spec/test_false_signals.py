"""How often a control chart signals at its last point though nothing changed, by the model's own SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from pipelines.definitions import rules
from tests.conftest import Clinic

Floats = npt.NDArray[np.float64]
SERIES, WEEKS = 1000, 52
MONDAYS = [date(2020, 1, 6) + timedelta(weeks=n) for n in range(WEEKS)]


def signalled(measure: str, values: Floats, over: Floats | None = None) -> float:
    """The share of the series (rows) whose last point signals."""
    size = values.size
    c = Clinic("2030-01-06")
    columns = {
        "period": pa.array(MONDAYS * len(values)),
        "breakdown": pa.array(["site"] * size),
        "member": pa.array([f"M{n:04}" for n in range(len(values)) for _ in MONDAYS]),
        "measure": pa.array([measure] * size),
        "numerator": pa.array((values if over is None else values * over).ravel()),
        "denominator": pa.array([None] * size if over is None else over.ravel(), pa.float64()),
        "value": pa.array(values.ravel()),
    }
    c.give("caseload_week", pa.table(columns))
    c.give("caseload_month", pa.table(columns).slice(0, 0))
    rows = c.rows("control_point", "special", "member, period")
    return sum(special is not None for (special,) in rows[WEEKS - 1 :: WEEKS]) / len(values)


def wandering(correlation: float, chance: np.random.Generator) -> Floats:
    """Series in which each point resembles the one before, with a standard deviation of 1."""
    series = chance.normal(size=(SERIES, WEEKS))
    for n in range(1, WEEKS):
        series[:, n] = correlation * series[:, n - 1] + np.sqrt(1 - correlation**2) * series[:, n]
    return series


def present(chance: np.random.Generator) -> Floats:
    """Counts of those present: each stays on with a chance of 0.85 a week, and about one a week comes in."""
    series = np.full((SERIES, WEEKS), 6.0)
    for n in range(1, WEEKS):
        series[:, n] = chance.binomial(series[:, n - 1].astype(int), 0.85) + chance.poisson(0.9, SERIES)
    return series


def growing(chance: np.random.Generator) -> Floats:
    """A census to which more are admitted than are discharged, week by week."""
    steps = chance.poisson(1.6, (SERIES, WEEKS)) - chance.poisson(1.2, (SERIES, WEEKS))
    return np.asarray(60.0 + np.cumsum(steps, axis=1))


def persistent(chance: np.random.Generator, clients: int = 50) -> tuple[Floats, Floats]:
    """Meetings per client-week of clients who differ, over their exposure; each week one in 40 is replaced."""
    usual = chance.gamma(2.0, 1.2, (SERIES, clients))
    meetings, exposure = np.zeros((SERIES, WEEKS)), np.zeros((SERIES, WEEKS))
    for n in range(WEEKS):
        replaced = chance.random(usual.shape) < 1 / 40
        usual = np.where(replaced, chance.gamma(2.0, 1.2, usual.shape), usual)
        counts = chance.random(usual.shape) < 0.8
        meetings[:, n] = (chance.poisson(usual) * counts).sum(1)
        exposure[:, n] = counts.sum(1)
    return meetings / exposure, exposure


def of_varying(share: float) -> Callable[[np.random.Generator], tuple[Floats, Floats]]:
    """A share of denominators between 15 and 80."""

    def drawn(chance: np.random.Generator) -> tuple[Floats, Floats]:
        over = chance.integers(15, 80, (SERIES, WEEKS)).astype(float)
        return chance.binomial(over.astype(int), share) / over, over

    return drawn


CASES: list[tuple[str, str, Callable[[np.random.Generator], Floats | tuple[Floats, Floats]]]] = [
    ("independent", "admissions", lambda chance: 20 + wandering(0.0, chance)),
    ("autocorrelated 0.5", "admissions", lambda chance: 20 + wandering(0.5, chance)),
    ("autocorrelated 0.8", "admissions", lambda chance: 20 + wandering(0.8, chance)),
    ("few events", "admissions", lambda chance: chance.poisson(2.0, (SERIES, WEEKS)).astype(float)),
    ("a share of 80 %", "sessions_kept", of_varying(0.8)),
    ("a share of 97 %", "sessions_kept", of_varying(0.97)),
    ("persistent clients", "meetings_per_client_week", persistent),
    ("those present", "to_call", present),
    ("a growing clinic", "census", growing),
]


@pytest.mark.slow
@pytest.mark.parametrize(("measure", "draw"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_stable_clinic_signals_in_at_most_one_chart_of_fifty(measure, draw):
    drawn = draw(np.random.default_rng(20261126))
    values, over = drawn if isinstance(drawn, tuple) else (drawn, None)
    assert signalled(measure, values, over) <= rules()["false_signal_rate"]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "weeks", "least"), [(4.0, 1, 0.45), (3.0, 8, 0.4), (2.0, 12, 0.25)])
@pytest.mark.parametrize("measure", ["admissions", "meetings_per_client_week"])
def test_a_change_of_level_is_found(measure, size, weeks, least):
    """Keeping false signals few must not hide a change: of so many standard deviations, so many weeks long."""
    chance = np.random.default_rng(3)
    if measure == "admissions":
        series, over = 20 + chance.normal(size=(SERIES, WEEKS)), None
        series[:, -weeks:] += size
    else:
        over = chance.integers(30, 50, (SERIES, WEEKS)).astype(float)
        series = 2.4 * np.ones((SERIES, WEEKS))
        series[:, -weeks:] += size * np.sqrt(2.4 / 40)
        series = chance.poisson(series * over) / over
    assert signalled(measure, series, over) >= least
