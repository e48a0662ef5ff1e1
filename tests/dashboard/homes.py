"""Homes of a network, each with a snapshot made of the figures that a test gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from pipelines.model import models

CLIENT = "a-client-of-this-clinic"
SITE = "a-site-of-this-clinic"
TABLES = """
CREATE TABLE clinic (name VARCHAR, date_basis VARCHAR);
CREATE TABLE runs (run_id BIGINT, as_of DATE, finished TIMESTAMP);
CREATE TABLE decline_setting (quarter DATE, false_alerts_per_year DOUBLE, caseload_share DOUBLE);
CREATE TABLE client_now (client_id VARCHAR);
CREATE TABLE caseload_window (
    kind VARCHAR, period DATE, breakdown VARCHAR, member VARCHAR, measure VARCHAR, numerator DOUBLE,
    denominator DOUBLE, value DOUBLE, summed BOOLEAN
);
CREATE TABLE control_point (
    kind VARCHAR, breakdown VARCHAR, member VARCHAR, measure VARCHAR, period DATE, numerator DOUBLE, denominator DOUBLE,
    value DOUBLE, mean DOUBLE, lower DOUBLE, upper DOUBLE, sigma DOUBLE, points BIGINT, trial BOOLEAN, special VARCHAR,
    direction VARCHAR, reading VARCHAR, since DATE, runs BIGINT, outside_runs BIGINT, run_needed BIGINT,
    denominator_low DOUBLE, denominator_high DOUBLE, p_value DOUBLE, stands_out BOOLEAN, discovery BOOLEAN,
    looked_at BIGINT, by_chance DOUBLE, target DOUBLE, assurance VARCHAR
);
"""
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
Numbers = Mapping[str, float | tuple[float, float]]


def a_home(
    home: Path,
    months: Mapping[date, Numbers],
    *,
    settings: str = "",
    date_basis: str = "real",
    accepted: float = 1.0,
    points: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """A home with a snapshot. `months`: the numbers of each month, by measure: a count, or a part and what it is of.

    Those of measures that are read by month are the quarter's that ends with it. `points`: of control charts.
    """
    home.mkdir(parents=True, exist_ok=True)
    if settings:
        (home / "settings.toml").write_text(settings, "utf-8")
    made = home / "made.duckdb"
    measures: pa.Table = models()["measures"].rows()
    by = {row["name"]: row["read_by"] for row in measures.to_pylist()}
    with Engine(made) as engine:
        engine.run(TABLES)
        engine.load("measures", measures)
        engine.run("INSERT INTO clinic VALUES ('Your clinic', ?)", [date_basis])
        engine.run("INSERT INTO runs VALUES (1, ?, TIMESTAMP '2026-11-02 06:00:00')", [_last_day(max(months))])
        engine.run("INSERT INTO decline_setting VALUES ('2026-10-01', ?, 0.1)", [accepted])
        engine.run("INSERT INTO client_now VALUES (?)", [CLIENT])
        for month, numbers in months.items():
            for measure, its in numbers.items():
                part, of = its if isinstance(its, tuple) else (its, None)
                value = part if of is None else part / of if of else None
                kind = "month" if by[measure] == "week" else "quarter"
                for breakdown, member in (("all", "all"), ("site", SITE)):
                    row = [kind, month, breakdown, member, measure, part, of, value]
                    engine.run("INSERT INTO caseload_window VALUES (?, ?, ?, ?, ?, ?, ?, ?, false)", row)
        for point in points:
            given = {"breakdown": "all", "member": "all", "numerator": 1, "value": 1.0, "points": 52} | dict(point)
            marks = ", ".join("?" for _ in given)
            engine.run(f"INSERT INTO control_point ({', '.join(given)}) VALUES ({marks})", list(given.values()))
    snapshots.publish(home, made)
    return home


def a_point(measure: str, period: str, reading: str, kind: str = "week") -> dict[str, Any]:
    """A point of a chart of eight points on one side of the mean."""
    signal = reading in ("improvement", "concern")
    return {
        "kind": kind,
        "measure": measure,
        "period": period,
        "reading": reading,
        "special": "run" if signal else None,
        "direction": "up" if reading == "improvement" else "down",
        "since": "2026-09-01" if signal else None,
        "runs": 8 if signal else None,
        "outside_runs": 0,
        "run_needed": 8,
        "trial": False,
        "stands_out": signal,
        "discovery": signal,
        "looked_at": 40,
        "by_chance": 0.4,
    }


def _last_day(month: date) -> date:
    return date(2026, 11, 1) if month == OCTOBER else date(month.year, month.month + 1, 1)


# A clinic of which everything can be shown.
LARGE: Numbers = {
    "census": 200,
    "meetings_per_client_week": (2000, 800),
    "active_participation": (900, 2000),
    "sessions_kept": (800, 1000),
    "sober": (120, 150),
    "sobriety_known": (150, 200),
    "flagged": (30, 200),
}
