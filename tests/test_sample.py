"""The sample: identical to the byte, valid by the contract, of any size, and with every story."""

from __future__ import annotations

import csv
import hashlib
import json
import tracemalloc
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines import sample
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.journal import file as journal_file
from pipelines.journal.store import OUTCOMES, Journal, day_of
from pipelines.refresh import check
from pipelines.run import run
from pipelines.running import Finished
from pipelines.sample.client import Client
from pipelines.sample.clinic import SITES, Clinic
from pipelines.sample.directory import meetings
from pipelines.sample.stories import STORIES, story_of
from pipelines.sample.writing import JOURNAL
from pipelines.settings import Settings

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
CLINIC = Clinic(180, sample.LAST_DAY - timedelta(days=363), sample.LAST_DAY, 2026)
CLIENTS = {client.client_id: client for client in (Client(CLINIC, number) for number in range(180))}
ORDINARY = {"steady", "settling in", "stepping down", "few meetings", "too new to judge"}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(export: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(SAMPLE.glob(f"{export}*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found += list(csv.DictReader(stream))
    return found


def day(text: str) -> date | None:
    """A date of a row; None for one of the rows that will be rejected."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that took in the journal of the sample."""
    home = tmp_path_factory.mktemp("home")
    taken = journal_file.read(Journal.of(home, Settings()), SAMPLE / JOURNAL)
    assert taken.added > 80
    assert not taken.problems
    return home


@pytest.fixture(scope="module")
def finished(home: Path) -> Finished:
    """The run of the sample's exports in that home."""
    return run(SAMPLE, home)


def test_the_committed_sample_is_what_the_generator_writes(tmp_path):
    sample.write(tmp_path, journal=True)
    assert digests(tmp_path) == digests(SAMPLE), "make sample writes it again"


def test_the_same_seed_is_the_same_clinic_and_another_seed_another(tmp_path):
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        sample.write(tmp_path / name, seed=seed, clients=12, weeks=8)
    assert digests(tmp_path / "one") == digests(tmp_path / "again")
    assert digests(tmp_path / "one")["checkins.csv"] != digests(tmp_path / "other")["checkins.csv"]


def test_it_overwrites_an_earlier_sample_and_nothing_else(tmp_path):
    earlier, own = tmp_path / "earlier", tmp_path / "own"
    sample.write(earlier, clients=12, weeks=52)
    (earlier / JOURNAL).parent.mkdir()
    (earlier / JOURNAL).write_text("of clients that are there no more")
    sample.write(earlier, clients=12, weeks=4)
    sample.write(tmp_path / "fresh", clients=12, weeks=4)
    assert digests(earlier) == digests(tmp_path / "fresh")
    own.mkdir()
    (own / "checkins.csv").write_text("a clinic's own")
    with pytest.raises(FileExistsError):
        sample.write(own, clients=12, weeks=4)
    assert (own / "checkins.csv").read_text() == "a clinic's own"


@pytest.mark.parametrize(("clients", "weeks"), [(1, 1), (3, 2), (40, 30)])
def test_a_clinic_of_any_size_can_be_taken_in(tmp_path, clients, weeks):
    heard: list[int] = []
    sample.write(tmp_path / "exports", clients=clients, weeks=weeks, progress=heard.append)
    assert heard == list(range(1, clients + 1))
    intake, _ = check(tmp_path / "exports")
    assert {count.status for count in intake.files} == {"read"}
    assert sum(count.rejected for count in intake.files) == 8


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
            assert b"\r" not in path.read_bytes()


def test_a_large_clinic_needs_no_more_memory_than_a_small_one(tmp_path):
    def peak(clients: int) -> int:
        tracemalloc.start()
        sample.write(tmp_path / str(clients), clients=clients, weeks=2)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is loaded once
    assert peak(1000) < 1.3 * peak(250)


def test_pseudonyms_are_never_given_twice():
    assert len({CLINIC.pseudonym(number) for number in range(100_000)}) == 100_000


def test_every_story_occurs_and_most_are_ordinary():
    told = Counter(client.story.name for client in CLIENTS.values())
    assert told == {story.name: story.share for story in STORIES}
    assert sum(told[name] for name in ORDINARY) / 180 >= 0.65
    for therapist in range(CLINIC.therapists):
        assert len({story_of(number).name for number in range(therapist, 180, CLINIC.therapists)}) >= 5


def test_meetings_follow_the_stay_the_absences_and_the_closures():
    for row in rows("attendance"):
        when, client = day(row["meeting_date"]), CLIENTS[row["client_id"]]
        if when is not None:
            assert client.is_seen(when) or row["fellowship"] == "Rotary" or row["start_time"] == "25:30"
    harbor = [
        when
        for export, column in (("attendance", "meeting_date"), ("checkins", "checkin_date"))
        for row in rows(export)
        if CLIENTS[row["client_id"]].site == SITES[1] and (when := day(row[column])) is not None
    ]
    silent = {CLINIC.week(number) for number in range(52)} - {when - timedelta(days=when.weekday()) for when in harbor}
    assert silent == {date(2026, 7, 13)}, "the week that one site never sent"


def test_attendance_names_meetings_of_the_directory_on_their_days():
    directory = {entry["slug"]: entry for entry in json.loads((SAMPLE / "meetings.json").read_text("utf-8"))}
    assert len(directory) == len(meetings()) >= 80
    for row in rows("attendance"):
        if row["meeting_id"]:
            entry = directory[row["meeting_id"]]
            days = entry["day"] if isinstance(entry["day"], list) else [entry["day"]]
            when = day(row["meeting_date"])
            assert when is not None
            assert when.isoweekday() % 7 in days
            assert row["start_time"] == entry["time"]


def test_only_those_treated_for_a_substance_are_tested():
    tested = {CLIENTS[row["client_id"]].addiction for row in rows("checkins") if row["source"] == "toxicology"}
    assert tested == {"alcohol", "opioids", "stimulants", "cannabis", "sedatives"}


def test_tests_that_disagree_are_mixed_results():
    results: dict[tuple[str, ...], set[str]] = {}
    for row in rows("checkins"):
        if row["source"] == "toxicology" and row["used"]:
            results.setdefault((row["client_id"], row["checkin_date"], row["substance"]), set()).add(row["used"])
    assert sum(len(used) == 2 for used in results.values()) >= 3


def test_a_step_down_is_a_chain_of_transfers_to_less_care():
    stays: dict[str, list[dict[str, str]]] = {}
    for row in rows("episodes"):
        stays.setdefault(row["client_id"], []).append(row)
    chains = [tuple(row["level_of_care"] for row in stay) for stay in stays.values() if len(stay) == 3]
    assert len(chains) >= 5
    for stay in stays.values():
        for before, after in pairwise(stay):
            assert before["end_reason"] == "transferred"
            assert before["end_date"] < after["start_date"]
            assert before["level_of_care"] > after["level_of_care"] or after["level_of_care"] == "OTP"


def test_the_caseload_holds_what_a_clinician_would_look_for(finished):
    with Engine(finished.snapshot, read_only=True) as engine:
        now = engine.records("SELECT * FROM client_now")
        months = dict(
            engine.rows("SELECT measure, avg(value) FROM caseload_month WHERE breakdown = 'all' GROUP BY measure")
        )
        assert engine.value("SELECT count(*) FROM coverage_week WHERE NOT reported AND week > DATE '2026-01-01'") == 1

    assert 130 <= len(now) <= 150
    assert len({row["therapist_id"] for row in now}) == 12
    assert {row["flag_kind"] for row in now if row["flagged"]} == {"attendance", "participation", "involvement"}
    assert 0.05 < sum(row["flagged"] for row in now) / len(now) < 0.2
    assert sum(not row["judged"] for row in now) >= 5, "too new, or too few meetings"
    assert sum(row["sponsor_is_therapist"] is True for row in now) == 1
    assert {row["sobriety_status"] for row in now} == {"sober", "recent_use", "unknown"}
    assert {row["sobriety_band"] for row in now} == {"<30", "30-89", "90-364", "365+", "unknown"}
    assert {row["contract_status"] for row in now} == {"none", "kept", "broken", "ended"}
    assert sum((row["open_crises"] or 0) > 0 for row in now) >= 3
    assert 10 <= sum((row["overdue_tasks"] or 0) > 0 for row in now) <= 60

    by_story: dict[str, list[bool]] = {}
    for row in now:
        by_story.setdefault(CLIENTS[row["client_id"]].story.name, []).append(row["flagged"])
    for story in ("abrupt stop", "slow fade", "attending but silent"):
        assert sum(by_story[story]) >= 3, story
    assert sum(by_story["steady"]) / len(by_story["steady"]) < 0.1

    assert 2.0 < months["meetings_per_client_week"] < 2.8
    assert 0.8 < months["checkin_completion"] < 0.9
    assert 0.1 < months["no_show_rate"] < 0.16
    assert 0.85 < months["sober"] < 0.96

    assert sum(count.rejected for count in finished.intake.files) == 8
    assert sum(count.known for count in finished.intake.files) >= 5


def test_the_journal_is_about_flags_that_a_run_raises_and_true_to_the_clients_care(home, finished):
    with Engine(finished.snapshot, read_only=True) as engine:
        seen_from = {
            (client_id, week): seen
            for client_id, week, seen in engine.rows("SELECT client_id, week, seen_from FROM flag_response")
        }
    kept = {(row["client_id"], row["session_date"]) for row in rows("sessions") if row["status"] == "attended"}
    for entry in Journal.of(home, Settings()).entries():
        contact, when = entry.contact, day_of(entry.written_at)
        assert contact.flag_week is not None
        assert seen_from[contact.client_id, contact.flag_week] <= when <= sample.LAST_DAY
        assert when.weekday() < 5
        assert CLIENTS[contact.client_id].is_in_care(when)
        assert contact.who == CLIENTS[contact.client_id].therapist
        assert contact.follow_up_on is None or contact.follow_up_on > when
        if contact.outcome == "talked_in_session":
            assert (contact.client_id, when.isoformat()) in kept


def test_some_flags_are_acted_on_soon_some_late_some_never_and_clients_come_back_either_way(home, finished):
    entries = Journal.of(home, Settings()).entries()
    with Engine(finished.snapshot, read_only=True) as engine:
        flags = engine.records("SELECT * FROM flag_response")
        ahead = engine.value("SELECT count(*) FROM contact_now WHERE follow_up_on > $day", {"day": sample.LAST_DAY})
    assert {entry.contact.outcome for entry in entries} == set(OUTCOMES)
    assert sum(entry.corrected for entry in entries) >= 2
    assert ahead >= 2, "follow-ups that are still to come"
    soon = [flag["acted_within_7"] for flag in flags if flag["acted_within_7"] is not None]
    assert 0.4 < sum(soon) / len(soon) < 0.7
    assert sum((flag["days_to_act"] or 0) > 7 for flag in flags) >= 5
    assert sum(flag["acted_on"] is None for flag in flags) >= 15
    assert {(flag["contacted"], flag["back_within_4"]) for flag in flags} >= {
        (contacted, back) for contacted in (True, False) for back in (True, False)
    }
