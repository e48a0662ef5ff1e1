"""Charts: valid Vega-Lite, with a description for people who cannot see them, and independent of engine and server."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from dashboard.charts import coverage, theme, trend
from dashboard.charts.small_control import small_control
from pipelines.wording.measure import Measure


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


@pytest.mark.parametrize(
    ("names", "drawn"),
    [
        ([("Harbor",), ("Mill Street",)], ["Harbor", "Mill Street"]),
        ([("T01", "19 of 262"), ("T02", "1 of 9")], ["T01\n19 of 262", "T02\n1 of 9"]),
        (
            [("Riverside Community Recovery Center", "2 of 20"), ("Mill Street", "5 of 20"), ("All",)],
            ["Riverside Community\nRecovery Center\n2 of 20", "Mill Street\n5 of 20\n", "\nAll\n"],
        ),
    ],
)
def test_long_names_are_written_in_lines_each_name_as_high_as_the_others(names, drawn):
    assert theme.in_lines(names) == drawn
    axis = theme.names_axis(drawn).to_dict()
    assert axis["labelOffset"] == -7.5 * max(name.count("\n") for name in drawn)
    assert theme.tall(drawn, 34) >= 16 * (1 + max(name.count("\n") for name in drawn))


def test_what_stands_over_a_chart_is_in_lines_that_a_phone_has_room_for():
    title = theme.titled("Centro de Recuperación «Niño Jesús» für Menschen", "180 followed", "two words " * 5).to_dict()
    assert title["text"] == ["Centro de Recuperación «Niño", "Jesús» für Menschen"]
    assert title["subtitle"] == ["180 followed", "two words two words two words two words", "two words"]
    assert theme.titled("Harbor").to_dict()["text"] == "Harbor"
    late = theme.titled("Harbor", "60 followed, 21 of them entered late, 31 had the event").to_dict()
    assert late["subtitle"] == ["60 followed, 21 of them entered late,", "31 had the event"]


def test_charts_draw_without_an_engine_and_without_a_server():
    loaded = "import sys; from dashboard.charts import coverage, small_control, sobriety, sparkline, survival, theme, trend; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "streamlit"} & set(modules)


NONE = float("nan")


def series(*values, limits=False):
    """Rows of `control_point`; with limits where a chart has them."""
    return pd.DataFrame(
        {
            "period": pd.date_range("2026-07-06", periods=len(values), freq="7D"),
            "value": pd.Series(values, dtype=float),
            "mean": [values[0] if limits else NONE] * len(values),
            "lower": [values[0] if limits else NONE] * len(values),
            "upper": [values[0] if limits else NONE] * len(values),
            "target": [NONE] * len(values),
            "reading": ["common_cause"] * len(values),
            "phase": [1] * len(values),
            "numerator": pd.Series(values, dtype=float),
            "denominator": [NONE] * len(values),
        }
    )


def measure(scale):
    return Measure("m", "Measure", "units", scale, "up", "What it is.", "units", "", "Source")


@pytest.mark.parametrize("scale", ["share", "rate", "count"])
@pytest.mark.parametrize(
    "values",
    [(0.0,), (1.0,), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (NONE, NONE), (NONE, 1.0, NONE), (), (50.0, 50.0), (1e6, 1e6)],
    ids=str,
)
@pytest.mark.parametrize("limits", [False, True])
def test_a_series_that_is_constant_single_empty_or_missing_is_drawn(scale, values, limits):
    if scale == "share" and any(value > 1 for value in values):
        return
    points = series(*values, limits=limits and bool(values))
    low, high = trend.scale([points], measure(scale))
    assert 0 <= low < high
    drawn = small_control(points, periods=list(points["period"]), domain=(low, high), words="words")
    assert "nan" not in drawn
    assert "inf" not in drawn
    chart = trend.control(points, measure(scale), None, kind="week", title="Title", domain=(low, high))
    assert chart.to_dict()["description"] == "Title: no value in these periods."
    pair = [("One", points), ("Two", points)]
    assert trend.compare(pair, measure(scale), kind="week", domain=(low, high)).to_dict(validate=False)


def test_a_scale_without_extent_draws_in_the_middle():
    drawn = small_control(series(3.0, 3.0), periods=list(series(3.0, 3.0)["period"]), domain=(3.0, 3.0), words="words")
    assert "bottom:50.0%" in drawn


def test_every_chart_has_the_one_look():
    spec = trend.control(series(1.0, 2.0), measure("rate"), None, kind="week", title="T", domain=(0, 3)).to_dict()
    assert spec["config"]["font"] == "Figtree, sans-serif"
    assert spec["config"]["view"] == {"stroke": None}
