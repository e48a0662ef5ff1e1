"""The sample: the same to the byte, true to the contract, of any size, and with every story told."""

from __future__ import annotations

import csv
import hashlib
import tracemalloc
from collections import Counter
from pathlib import Path

from pipelines import publish, sample
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.run import run
from pipelines.sample.clinic import Clinic
from pipelines.sample.stories import STORIES, story_of

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_committed_sample_is_what_the_generator_writes(tmp_path):
    sample.write(tmp_path)
    assert digests(tmp_path) == digests(SAMPLE), "make sample writes it again"


def test_another_seed_is_another_clinic(tmp_path):
    sample.write(tmp_path, seed=7, clients=12, weeks=8)
    sample.write(tmp_path / "again", seed=7, clients=12, weeks=8)
    sample.write(tmp_path / "other", seed=8, clients=12, weeks=8)
    assert digests(tmp_path / "again").items() <= digests(tmp_path).items()
    assert digests(tmp_path / "other")["checkins.csv"] != digests(tmp_path / "again")["checkins.csv"]


def test_it_is_small_and_every_export_is_there_with_the_contracts_columns():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 4_000_000
    for name, export in exports().items():
        if export.format == "meeting_guide":
            assert (SAMPLE / f"{name}.json").exists()
            continue
        files = sorted(SAMPLE.glob(f"{name}*.csv"))
        assert files, name
        for path in files:
            with path.open(encoding="utf-8", newline="") as stream:
                assert tuple(next(csv.reader(stream))) == export.header


def test_every_story_is_told_and_each_therapist_hears_several():
    clinic = Clinic(180, sample.LAST_DAY, sample.LAST_DAY, 2026)
    told = Counter(story_of(number, clinic.therapists).name for number in range(180))
    assert told == {story.name: 3 * story.share for story in STORIES}
    for therapist in range(clinic.therapists):
        stories = {story_of(n, clinic.therapists).name for n in range(therapist, 180, clinic.therapists)}
        assert len(stories) >= 4


def test_pseudonyms_are_never_given_twice():
    clinic = Clinic(100_000, sample.LAST_DAY, sample.LAST_DAY, 2026)
    assert len({clinic.pseudonym(number) for number in range(100_000)}) == 100_000


def test_a_large_clinic_needs_no_more_memory_than_a_small_one(tmp_path):
    def peak(clients: int) -> int:
        tracemalloc.start()
        sample.write(tmp_path / str(clients), clients=clients, weeks=4)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is loaded once
    assert peak(1200) < 1.5 * peak(200)


def test_the_caseload_holds_what_a_clinician_would_look_for(tmp_path):
    finished = run(SAMPLE, tmp_path)
    with Engine(publish.current(tmp_path), read_only=True) as engine:
        kinds = dict(engine.rows("SELECT flag_kind, count(*) FROM client_now WHERE flagged GROUP BY flag_kind"))
        assert kinds.keys() == {"attendance", "participation", "involvement"}
        assert 0.05 < engine.value("SELECT avg(flagged::INTEGER) FROM client_now") < 0.2
        assert engine.value("SELECT count(*) FROM client_now WHERE NOT judged") >= 5, "too new, or too few meetings"
        assert engine.value("SELECT count(*) FROM client_now WHERE sponsor_is_therapist") == 1
        assert engine.value("SELECT count(*) FROM coverage_week WHERE NOT reported AND week > DATE '2026-01-01'") == 1
        for column in ("sobriety_status", "contract_status"):
            assert engine.value(f"SELECT count(DISTINCT {column}) FROM client_now") >= 3
        assert engine.value("SELECT count(*) FROM client_now WHERE open_crises > 0") >= 2
        assert engine.value("SELECT count(DISTINCT therapist_id) FROM client_now") == 12
    rejected = sum(count.rejected for count in finished.intake.files)
    known = sum(count.known for count in finished.intake.files)
    assert 6 <= rejected <= 12
    assert known >= 5
