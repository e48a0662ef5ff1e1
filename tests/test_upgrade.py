"""A home of an earlier release keeps working: the first run of this one keeps its rows, contacts and snapshots."""

from __future__ import annotations

import struct
import tarfile
from functools import reduce
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.server import why_unwell
from pipelines import publish, snapshots
from pipelines.cli import main
from pipelines.doctor import examine
from pipelines.engine.duckdb import Engine
from pipelines.home import STORE
from pipelines.ingest.store import LAYOUT
from pipelines.journal.store import Journal
from pipelines.settings import Settings
from tests.conftest import day

pytestmark = pytest.mark.slow

HOMES = Path(__file__).parent / "homes"


@pytest.fixture(params=sorted(HOMES.glob("*.tar.gz")), ids=lambda path: path.name.removesuffix(".tar.gz"))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A home with five clients over twenty weeks and one contact, as an earlier release left it."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path / "home", filter="data")
    return tmp_path / "home"


def test_the_next_run_keeps_every_row_and_contact_and_adds_what_is_new(home, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "attendance_new.csv").write_text("client_id,meeting_date,fellowship\nA-001,2026-05-21,AA\n")
    before = snapshots.current(home)
    assert before is not None
    result = CliRunner().invoke(main, ["run", "--exports", str(tmp_path / "new"), "--home", str(home)])
    assert result.exit_code == 0, result.output
    with Engine(home / STORE, read_only=True) as engine:
        rows = {name: engine.value(f"SELECT count(*) FROM {name}") for name in ("attendance", "checkins", "episodes")}
    assert rows == {"attendance": 193, "checkins": 100, "episodes": 5}
    (contact,) = Journal.of(home, Settings()).entries()
    assert (contact.contact.client_id, contact.contact.outcome) == ("A-002", "left_message")
    with Engine(snapshots.current(home), read_only=True) as engine:
        assert engine.rows("SELECT client_id FROM outreach") == [("A-002",)]
        assert engine.value("SELECT count(*) FROM client_now") == 5
        assert engine.value("SELECT max(run_id) FROM runs") == 3
    assert snapshots.number(snapshots.roll_back(home)) == snapshots.number(before)


def newer_layout(store: Path) -> None:
    """As a version would leave it whose columns mean something else."""
    with Engine(store) as engine:
        engine.run(f"CREATE TABLE layout AS SELECT {LAYOUT + 1} AS version")


def newer_format(store: Path) -> None:
    """As an engine would leave it that keeps its files otherwise: with the number of its format, and its checksum."""
    content = bytearray(store.read_bytes())
    struct.pack_into("<Q", content, 12, 1_000_000)
    words = (word for (word,) in struct.iter_unpack("<Q", bytes(content[8:4096])))
    checksum = reduce(lambda sum_, word: sum_ ^ (word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1), words, 5381)
    struct.pack_into("<Q", content, 0, checksum)
    store.write_bytes(content)


@pytest.mark.parametrize("newer", [newer_layout, newer_format])
@pytest.mark.parametrize("command", ["run --exports {new}", "forget A-002"])
def test_a_store_that_a_newer_version_wrote_is_refused_and_stays_as_it_is(home, tmp_path, command, newer):
    (tmp_path / "new").mkdir()
    newer(home / STORE)
    before = (home / STORE).read_bytes()
    result = CliRunner().invoke(main, [*command.format(new=tmp_path / "new").split(), "--home", str(home)])
    assert result.exit_code == 2
    assert "A newer version of Meshwork wrote" in result.output
    assert (home / STORE).read_bytes() == before
    (found,) = [finding for finding in examine(home, day("2026-05-21")) if finding.part == "store"]
    assert "A newer version of Meshwork wrote the store" in found.sentence
    assert found.is_wrong


def test_the_snapshot_of_another_release_is_named_and_what_to_do(home):
    found = [finding for finding in examine(home, day("2026-05-21")) if finding.part == "snapshots"]
    assert [finding.sentence for finding in found] == [
        "Snapshot 2 has no digest, so a change to it would not be noticed.",
        "Another version of Meshwork made snapshot 000002.",
    ]
    assert {finding.remedy for finding in found} == {"Run again: `meshwork run` publishes a new one."}


@pytest.mark.parametrize("command", ["digest", "report --month 2026-04 --format csv"])
def test_what_cannot_be_written_from_the_snapshot_of_another_release_says_so(home, tmp_path, command):
    result = CliRunner().invoke(main, [*command.split(), "--out", str(tmp_path / "out"), "--home", str(home)])
    assert result.exit_code == 2
    sentence = "Another version of Meshwork made snapshot 000002. Run again: `meshwork run` publishes a new one."
    assert sentence in result.output
    assert not list(tmp_path.glob("out/*"))


def test_a_snapshot_of_another_release_is_not_well(home):
    assert why_unwell([home]) == "Another version of Meshwork made snapshot 000002."


def test_a_snapshot_that_lacks_a_column_is_of_another_release(published_home):
    snapshot = snapshots.readable(published_home())
    another = pytest.raises(publish.AnotherVersionError, match=f"made snapshot {snapshot.stem}")
    with another, publish.reading(snapshot) as engine:
        engine.rows("SELECT something_new FROM client_now")
