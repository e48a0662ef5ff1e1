"""Snapshots are numbered and immutable; one pointer names the one in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import publish


def finished(home: Path, text: str) -> Path:
    path = home / "finished"
    path.write_text(text)
    return path


def test_each_snapshot_takes_the_next_number_and_the_last_five_stay(tmp_path):
    for n in range(1, 8):
        assert publish.publish(tmp_path, finished(tmp_path, f"snapshot {n}")).name == f"{n:06}.duckdb"
        assert (tmp_path / "CURRENT").read_text() == f"snapshots/{n:06}.duckdb\n"
    assert sorted(path.stem for path in (tmp_path / "snapshots").iterdir()) == [f"{n:06}" for n in range(3, 8)]
    current = publish.current(tmp_path)
    assert current is not None
    assert current.read_text() == "snapshot 7"
    assert current.stat().st_mode & 0o222 == 0, "nobody writes to a snapshot"


def test_rolling_back_goes_one_back_each_time_and_the_next_run_goes_on(tmp_path):
    for n in (1, 2, 3):
        publish.publish(tmp_path, finished(tmp_path, f"snapshot {n}"))
    assert publish.roll_back(tmp_path).stem == "000002"
    assert publish.roll_back(tmp_path).stem == "000001"
    with pytest.raises(publish.NothingToRollBackError):
        publish.roll_back(tmp_path)
    assert publish.current(tmp_path) == tmp_path / "snapshots" / "000001.duckdb"
    assert publish.publish(tmp_path, finished(tmp_path, "snapshot 4")).stem == "000004"


def test_a_home_without_a_snapshot_has_none(tmp_path):
    assert publish.current(tmp_path) is None
    with pytest.raises(publish.NothingToRollBackError):
        publish.roll_back(tmp_path)
