"""Files that grow and correct one another in any order: a store that is made anew holds what the runs came to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipelines.publish import RECALLED
from pipelines.refresh import recall
from tests.ingest.conftest import Desk, a_desk

HEAD = "client_id,checkin_date,source,status,used\n"
NAMES = ["checkins.csv", "checkins-b.csv", "checkins_kowalczyk_10.csv", "checkins_kowalczyk_9.csv"]


def some_rows(chance: random.Random) -> str:
    """Rows of few keys, so that most of them restate another."""
    return "".join(
        f"AB-{chance.randint(1, 2)},2026-10-05,{chance.choice(['toxicology', 'self_report'])}"
        f",{chance.choice(['completed', 'completed', 'missed'])},{chance.choice(['yes', 'no', ''])}\n"
        for _ in range(chance.randint(1, 3))
    )


def in_force(desk: Desk) -> list[tuple]:
    return desk.stored("checkins", "client_id, source, status, used")


def made_anew(desk: Desk, place: Path, files: dict[str, str]) -> Desk:
    """A new store of these files, and of what a snapshot would keep of the runs so far."""
    place.mkdir()
    desk.engine.attach(place / "snapshot.duckdb", "snapshot")
    for ledger in RECALLED:
        desk.engine.run(f"CREATE TABLE snapshot.{ledger} AS FROM store.{ledger}")
    desk.engine.detach("snapshot")
    anew = a_desk(place)
    recall(anew.engine, place, place / "snapshot.duckdb")
    anew.runs = desk.runs
    anew.lay(files, smallest=False).take()
    return anew


@pytest.mark.parametrize("seed", [2, 5, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(30, 50))])
def test_a_store_made_anew_of_files_that_grew_is_as_the_runs_left_it(tmp_path, seed):
    chance = random.Random(seed)
    (tmp_path / "runs").mkdir()
    desk = a_desk(tmp_path / "runs")
    (desk.folder / "attendance.csv").write_text("client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n")
    texts: dict[str, str] = {}
    every: dict[str, str] = {}
    for _ in range(5):
        for name in [name for name in texts if chance.random() < 0.2]:
            (desk.folder / name).unlink(missing_ok=True)
        for name in chance.sample(NAMES, chance.randint(1, 2)):
            texts[name] = (HEAD if chance.random() < 0.2 else texts.get(name, HEAD)) + some_rows(chance)
            every[f"checkins_{chance.randrange(10**5):05}.csv"] = texts[name]
            desk.lay({name: texts[name]}, smallest=False)
        if chance.random() < 0.3:  # so that the files after it have other numbers in the folder
            desk.lay({f"absences_{chance.randrange(10)}.csv": "client_id,start_date,end_date\n"}, smallest=False)
        desk.take()
    attendance = {"attendance.csv": (desk.folder / "attendance.csv").read_text()}
    assert in_force(made_anew(desk, tmp_path / "anew", attendance | every)) == in_force(desk)
