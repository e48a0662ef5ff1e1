"""The log-rank test, against a textbook and a library."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import chi2
from statsmodels.duration.survfunc import survdiff

from pipelines.engine.duckdb import Engine
from pipelines.log_rank import at_risk, chance_of, log_rank, write_survival_test

SIX_MP = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0),
          (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]  # fmt: skip
PLACEBO = [(t, 1) for t in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]


def log_rank_of(groups: dict[str, list[tuple[int, int]]]) -> list[tuple]:
    """`survival_test` of one breakdown whose groups are lists of (time, had the event)."""
    rows = pd.DataFrame(
        [(group, float(time), event) for group, times in groups.items() for time, event in times],
        columns=["member", "time", "event"],
    )
    counts = rows.groupby(["member", "time"])["event"].agg(followed="count", events="sum").reset_index()
    counts["entered"] = 0
    counts.insert(0, "breakdown", "site")
    counts.insert(0, "curve", "days_to_leaving")
    with Engine() as engine:
        engine.load("event_count", pa.Table.from_pandas(counts, preserve_index=False))
        write_survival_test(engine)
        return engine.rows("SELECT groups, chi_square, degrees, p_value FROM survival_test")


def test_6_mp_against_placebo():
    """Freireich and others 1963: chi-square 16.79, as in every textbook since."""
    ((groups, chi_square, degrees, p_value),) = log_rank_of({"6-MP": SIX_MP, "placebo": PLACEBO})
    assert (groups, round(chi_square, 2), degrees) == (2, 16.79, 1)
    assert p_value == pytest.approx(4.17e-5, rel=0.01)


@pytest.mark.parametrize(("seed", "groups"), [(0, 2), (1, 2), (2, 3), (3, 5), (4, 9)])
def test_it_equals_the_librarys(seed, groups):
    chance = np.random.default_rng(seed)
    times = {
        f"g{n}": [(int(t), int(e)) for t, e in zip(chance.integers(1, 30, 60), chance.integers(0, 2, 60), strict=True)]
        for n in range(groups)
    }
    ((_, chi_square, degrees, p_value),) = log_rank_of(times)
    flat = [(group, t, e) for group, rows in times.items() for t, e in rows]
    expected, expected_p = survdiff(
        np.array([t for _, t, _ in flat], float), np.array([e for _, _, e in flat]), np.array([g for g, _, _ in flat])
    )
    assert degrees == groups - 1
    assert chi_square == pytest.approx(float(expected), rel=1e-9)
    assert p_value == pytest.approx(float(expected_p), rel=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 10, 31, 200])
@pytest.mark.parametrize("chi_square", [0.0, 0.1, 1.0, 3.84, 25.0, 240.0])
def test_the_tail_of_chi_square(chi_square, degrees):
    assert chance_of(chi_square, degrees) == pytest.approx(chi2.sf(chi_square, degrees), rel=1e-9, abs=1e-300)


def test_what_cannot_be_tested_is_null_or_not_there():
    assert log_rank_of({"one": [(3, 1), (5, 0)]}) == []
    assert log_rank_of({"a": [(3, 0), (5, 0)], "b": [(4, 0)]}) == [(2, None, None, None)]
    assert log_rank_of({"a": [(3, 1)], "b": [(3, 1)]}) == [(2, None, None, None)]


@pytest.mark.parametrize("seed", range(20))
def test_with_delayed_entry_it_equals_the_librarys(seed):
    """Each client enters at a time of their own. The library counts entrants only after it, so they enter half a unit earlier."""
    chance = np.random.default_rng(seed)
    size, groups = int(chance.integers(40, 200)), int(chance.integers(2, 5))
    entry = np.where(chance.random(size) < 0.5, chance.integers(1, 15, size), 0)
    time = entry + chance.integers(0, 20, size)
    event, group = chance.integers(0, 2, size), np.arange(size) % groups
    moments = np.unique(np.concatenate([time, entry[entry > 0]]))
    followed, entered, events = (
        np.array([[sum(of[group == g] == t) for t in moments] for g in range(groups)], float)
        for of in (time, np.where(entry > 0, entry, -1), np.where(event == 1, time, -1))
    )
    expected, expected_p = survdiff(time.astype(float), event, group, entry=entry - 0.5)
    chi_square, degrees, p_value = log_rank(at_risk(followed, entered), events)
    assert degrees == groups - 1
    assert chi_square == pytest.approx(float(expected), rel=1e-9)
    assert p_value == pytest.approx(float(expected_p), rel=1e-9)
