"""Every participant of real trials: all are taken in, and every measure equals one computed by others."""

from __future__ import annotations

from datetime import date

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pattern(taken):
    return taken("pattern", "outcomes", "survival")


def test_every_row_is_taken(pattern):
    _, intake = pattern
    assert [(c.file, c.rows_read, c.accepted, c.known, c.rejected) for c in intake.files] == [
        ("attendance.csv", 30469, 30469, 0, 0),
        ("checkins.csv", 66043, 66043, 0, 0),
        ("episodes.csv", 2788, 2788, 0, 0),
    ]


def test_every_use_pattern_equals_the_published_one(pattern, expected):
    engine, _ = pattern
    found = {
        (client, start.isoformat()): p
        for client, start, p in engine.rows("SELECT client_id, start_week, pattern FROM use_pattern")
    }
    assert found == {
        (r["client_id"], r["start_week"]): r["pattern"] for r in expected("pattern-expected/use_pattern.csv")
    }


def test_every_outcome_equals_the_published_one(pattern, expected):
    engine, _ = pattern
    found = {
        (client, outcome): (value, {None: "", True: "yes", False: "no"}[event])
        for client, outcome, value, event in engine.rows("SELECT client_id, outcome, value, event FROM outcomes")
    }
    published = expected("pattern-expected/outcomes.csv")
    assert len(found) == len(published)
    wrong = [
        row
        for row in published
        if (got := found[row["client_id"], row["outcome"]])[1] != row["event"]
        or got[0] is None
        or abs(got[0] - float(row["value"])) > 1e-12
    ]
    assert wrong == []


def test_every_survival_curve_equals_the_librarys(pattern, expected):
    engine, _ = pattern
    columns = ("at_risk", "events", "survival", "ci_low", "ci_high")
    found = {
        (row["curve"], row["breakdown"], row["member"], row["time"]): tuple(row[c] for c in columns)
        for row in engine.records("SELECT * FROM survival")
    }
    reference = expected("pattern-expected/survival.csv")
    curves = {(row["curve"], row["breakdown"]) for row in reference}
    assert sum(key[:2] in curves for key in found) == len(reference)
    for row in reference:
        key = (row["curve"], row["breakdown"], row["member"], float(row["time"]))
        assert found[key] == pytest.approx([float(row[c]) for c in columns], abs=1e-9)


def test_every_day_level_measure_equals_the_one_made_day_by_day(taken, expected):
    engine, intake = taken("daily", "sobriety_now", as_of=date(2026, 6, 28))
    assert intake.clean
    found = {row["client_id"]: row for row in engine.records("SELECT * FROM sobriety_now")}
    rows = expected("daily-expected/client_now.csv")
    assert found.keys() == {row["client_id"] for row in rows}
    for row in rows:
        if not row["confirmed_through"]:  # with no abstinent day known there is no longest run: it is null, not 0
            row["longest_sober_days"] = ""
        for name, text in row.items():
            value = found[row["client_id"]][name]
            if isinstance(value, float):
                assert value == pytest.approx(float(text), abs=1e-9), (name, row)
            else:
                assert ("" if value is None else str(value)) == text, (name, row)
