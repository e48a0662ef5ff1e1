"""Charts: valid Vega-Lite, from zero, with words for who cannot see them and denominators for who asks."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from dashboard.charts import coverage, trend
from dashboard.measure import Measure

FLAGGED = Measure(
    "flagged", "Clients flagged", "% of clients", "share", "down", "…", "clients with a flag", "clients in care", "…"
)
CENSUS = Measure("census", "Clients in care", "clients", "count", "neutral", "…", "clients in care", "", "…")
KNOWN = Measure(
    "sobriety_known", "Sobriety known", "% of clients", "share", "up", "…", "clients known", "clients in care", "…"
)


def series(*values, numerator=3.0, denominator=30.0):
    return pd.DataFrame(
        {
            "period": pd.date_range("2026-01-01", periods=len(values), freq="MS"),
            "numerator": numerator,
            "denominator": denominator,
            "value": values,
        }
    )


def drawn(rows, measure=FLAGGED, **options):
    chart = trend.trend(rows, measure, **({"kind": "month", "title": "Harbor", "top": 0.5} | options))
    return chart.to_dict()  # raises where it is not Vega-Lite


def scales(spec):
    return [layer["encoding"]["y"]["scale"]["domain"] for layer in spec["layer"] if "scale" in layer["encoding"]["y"]]


@pytest.mark.parametrize(
    ("rows", "measure", "kind"),
    [
        (series(0.1, 0.2), FLAGGED, "month"),
        (series(0.1), FLAGGED, "week"),
        (series(12.0, 14.0, denominator=None), CENSUS, "month"),
        (series(None, None), FLAGGED, "month"),
        (series(0.1, None, 0.3), FLAGGED, "week"),
    ],
)
def test_a_trend_is_valid_has_a_title_and_words(rows, measure, kind):
    spec = drawn(rows, measure, kind=kind)
    assert spec["title"]["text"] == "Harbor"
    assert spec["description"].startswith("Harbor")


def test_the_words_give_both_ends_and_the_range():
    assert drawn(series(0.1, 0.4, 0.2))["description"] == (
        "Harbor, clients flagged: 20 % in March 2026; 10 % in January 2026, the first shown; between 10 % and 40 %."
    )
    assert drawn(series(None))["description"] == "Harbor: no value in these periods."


@pytest.mark.parametrize(
    ("rows", "kind", "lines"),
    [
        (series(0.1, 0.2), "month", ["20 % in February 2026", "10 % in January 2026, the first shown"]),
        (
            series(0.1, 0.2),
            "week",
            ["20 % in the week of 1 Feb 2026", "10 % in the week of 1 Jan 2026, the first shown"],
        ),
        (series(0.1), "week", ["10 % in the week of 1 Jan 2026"]),
        (series(None), "week", ["no value in these periods"]),
    ],
)
def test_a_subtitle_says_what_each_of_its_numbers_is(rows, kind, lines):
    assert drawn(rows, kind=kind)["title"]["subtitle"] == lines


def test_scales_begin_at_zero_and_are_shared():
    top = trend.scale_top([series(0.1), series(0.4), series(None)], "share")
    assert top == pytest.approx(0.48)
    assert all(domain == [0, top] for domain in scales(drawn(series(0.1), top=top)))


@pytest.mark.parametrize(
    ("scale", "values", "top"),
    [("share", (1.0,), 1.08), ("share", (0.0,), 0.12), ("rate", (None,), 1.2), ("count", (100.0,), 120.0)],
)
def test_no_scale_is_smaller_than_its_least_nor_a_share_larger_than_all(scale, values, top):
    assert trend.scale_top([series(*values)], scale) == pytest.approx(top)


def test_numerator_and_denominator_stand_under_the_pointer():
    spec = drawn(series(0.1))
    titles = [tip["title"] for layer in spec["layer"] for tip in layer["encoding"].get("tooltip", [])]
    assert titles == ["Month", "Clients flagged", "clients with a flag", "of clients in care"]


def test_a_small_chart_says_what_its_share_is_made_of():
    assert drawn(series(0.1), small=True)["title"]["subtitle"] == "3 of 30"


def test_lines_end_in_words_not_in_a_legend():
    spec = drawn(series(0.9, 0.95), top=1.08, known=(series(0.8, 0.85), KNOWN))
    (rows,) = spec["datasets"].values()
    assert [row["label"] for row in rows if row["ends"]] == ["known for 85 %", "sober 95 %"]
    assert not any("legend" in str(layer["encoding"].get("color")) for layer in spec["layer"])


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
    loaded = (
        "import sys; from dashboard.charts import coverage, sobriety, sparkline, survival, trend; print(*sys.modules)"
    )
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "streamlit"} & set(modules)
