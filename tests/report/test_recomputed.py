"""Figures of the report, counted again from the raw exports without any of the pipeline."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from pipelines import report, snapshots
from pipelines.engine.duckdb import Engine
from pipelines.report.windows import Window

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
OCTOBER = Window("month", FIRST)


def exported(name: str) -> list[dict[str, str]]:
    with (SAMPLE / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


EPISODES = exported("episodes")


def in_care(client: str, on: date) -> dict[str, str] | None:
    """The client's episode on a day; if there are several, the one that began last."""
    found = [
        episode
        for episode in EPISODES
        if episode["client_id"] == client
        and (day(episode["start_date"]) or date.max) <= on
        and (day(episode["end_date"]) or date.max) >= on
    ]
    return max(found, key=lambda episode: episode["start_date"], default=None)


@pytest.fixture(scope="module")
def october(published_home) -> report.Report:
    home = published_home()
    with Engine(snapshots.readable(home), read_only=True) as engine:
        return report.read(engine.records, FIRST, "000001", home)


def shown(october: report.Report, name: str, window: Window = OCTOBER) -> tuple[float | None, ...]:
    measure = october.measure(name)
    assert measure is not None
    figure = october.figure(measure, window=window)
    assert figure is not None
    assert not figure.withheld
    return figure.numerator, figure.denominator


def test_clients_in_care(october):
    here = [in_care(client, LAST) for client in {episode["client_id"] for episode in EPISODES}]
    assert shown(october, "census") == (len([episode for episode in here if episode]), None)


def test_clients_served(october):
    """Everybody in care on any day of July to September, once. (Clients without an episode have none in these exports.)"""
    first, last = date(2026, 7, 1), date(2026, 9, 30)
    here = {
        episode["client_id"]
        for episode in EPISODES
        if (day(episode["start_date"]) or date.max) <= last and (day(episode["end_date"]) or date.max) >= first
    }
    assert shown(october, "served", Window("quarter", date(2026, 9, 1))) == (len(here), None)


def test_sessions_kept(october):
    scheduled = {
        (row["client_id"], row["session_date"], row["kind"]): row["status"].strip().lower()
        for row in exported("sessions")
        if FIRST <= (on := day(row["session_date"]) or date.min) <= LAST and in_care(row["client_id"], on)
    }
    assert shown(october, "sessions_kept") == (list(scheduled.values()).count("attended"), len(scheduled))
