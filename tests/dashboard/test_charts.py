"""Charts: valid Vega-Lite, with words for who cannot see them, and of no engine or server."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from dashboard.charts import coverage


def weeks(*reported):
    return pd.DataFrame(
        {
            "site": ["Harbor"] * len(reported),
            "week": pd.date_range("2026-07-06", periods=len(reported), freq="7D"),
            "clients": 10,
            "rows_received": [10 if each else 0 for each in reported],
            "reported": reported,
        }
    )


@pytest.mark.parametrize(
    ("reported", "words"),
    [
        ((True, True), "Weeks reported, by site: every site reported in every week."),
        ((True, False), "Weeks reported, by site: nothing came from Harbor, week of 13 July 2026."),
    ],
)
def test_coverage_is_valid_and_names_the_weeks_that_are_missing(reported, words):
    spec = coverage.coverage(weeks(*reported)).to_dict()
    assert spec["title"]["text"] == "Weeks reported, by site"
    assert spec["description"] == words


def test_charts_draw_without_an_engine_and_without_a_server():
    loaded = "import sys; from dashboard.charts import coverage, small_control, sobriety, sparkline, survival, trend; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "streamlit"} & set(modules)
