"""When a run may say that nothing is new without reading anything: never where a byte of what it follows from may differ."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines import last_run, own_code, settings
from pipelines.home import JOURNAL, STORE
from pipelines.ingest.entries import holds, stamp
from pipelines.ingest.intake import FileCount, Intake, NotRead, Run
from pipelines.ingest.read.content import scan
from pipelines.last_run import Seen
from pipelines.running import Asked

SECOND = 1_000_000_000
TODAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12)
FILES = ("attendance.csv", "checkins.csv.gz", "episodes/2026.csv")


@dataclass
class Place:
    """A folder of exports, and a home in which one run has published."""

    folder: Path
    home: Path
    as_of: date | None = None
    profile: Path | None = None

    def sight(self) -> last_run.Sight:
        asked = Asked(self.folder, self.home, self.home / "running", NOON, self.as_of, self.profile)
        return last_run.look(asked, settings.load(self.home))

    def keep(self, *, waiting: date | None = None, looked: int = 0, unsure: bool = False) -> None:
        """Note a run over the folder as it is. `looked`: how many ns after its last change each file was read."""
        intake = Intake(date(2026, 11, 1), not_read=[NotRead("notes.txt", "its name begins with no export")])
        intake.unsure = unsure
        intake.unopened.add(self.folder / "checkins.xls")
        intake.files.append(FileCount("checkins.xls", "checkins", status="refused", note="the file is no such kind"))
        for name in FILES:
            content = scan(self.folder / name).look
            read_at = max(content.stamp[2:]) + (looked or 10 * SECOND)
            intake.looks[self.folder / name] = replace(content, at=read_at)
            intake.files.append(
                FileCount(name, "attendance", 3, accepted=2, known=1, digest=content.digest, note="a remark")
            )
        last_run.keep(self.home, self.sight(), Seen(7, intake, date(2026, 11, 1), waiting))

    def same(self, today: date = TODAY) -> Seen | None:
        return last_run.same_as_before(self.home, self.sight(), today)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder, home = tmp_path / "exports", tmp_path / "home"
    (folder / "episodes").mkdir(parents=True)
    (folder / "attendance.csv").write_text("one,two\n1,2\n")
    (folder / "checkins.csv.gz").write_bytes(gzip.compress(b"one,two\n1,2\n"))
    (folder / "episodes" / "2026.csv").write_text("one,two\n3,4\n")
    (folder / "notes.txt").write_text("no export")
    (folder / "checkins.xls").write_text("one, two")
    (home / "snapshots").mkdir(parents=True)
    (home / STORE).write_text("the store")
    (home / "snapshots" / "000001.duckdb").write_text("the snapshot")
    (home / "snapshots" / "000001.sha256").write_text("its digest")
    (home / "CURRENT").write_text("snapshots/000001.duckdb\n")
    with closing(sqlite3.connect(home / JOURNAL)) as journal, journal:
        journal.execute("CREATE TABLE entry (entry_id TEXT, who TEXT)")
        journal.execute("INSERT INTO entry VALUES ('e1', 't1')")
    made = Place(folder, home)
    made.keep()
    return made


def test_a_run_over_what_the_last_one_left_finds_the_same(place):
    seen = place.same()
    assert seen is not None
    assert (seen.run_id, seen.intake.as_of, seen.looked_again) == (7, date(2026, 11, 1), False)
    refused, *taken = seen.intake.files
    assert (refused.status, refused.note) == ("refused", "the file is no such kind")
    assert [(each.accepted, each.known, each.note) for each in taken] == [(0, 3, "")] * 3
    assert seen.intake.not_read == [NotRead("notes.txt", "its name begins with no export")]


def test_a_run_during_which_one_file_came_and_another_went_lets_the_next_one_look(place):
    (place.folder / "checkins.xls").rename(place.folder / "sessions.xls")
    place.keep()
    assert place.same() is None


# --- the files: what was done to one, and whether its rows are known ---------------------------------------------------


def touched(file: Path) -> None:
    os.utime(file)


def copied(file: Path) -> None:
    """The same bytes in another file, with the old times: a delivery that was synchronised again."""
    shutil.copy2(file, file.with_name("copy"))
    file.with_name("copy").replace(file)


def replaced_alike(file: Path) -> None:
    """Another file of the same size, with the old times."""
    about = file.stat()
    other = file.with_name("other")
    other.write_bytes(file.read_bytes()[::-1])
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(file)


def rewritten_with_its_old_times(file: Path) -> None:
    about = file.stat()
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


def rewritten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[::-1])


def grown(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"5,6\n")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def gone(file: Path) -> None:
    file.unlink()


def renamed(file: Path) -> None:
    file.rename(file.with_name(f"attendance_{file.name}"))


def joined_by_another(file: Path) -> None:
    shutil.copy(file, file.with_name(f"attendance_{file.name}"))


def turned_into_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def led_elsewhere(file: Path) -> None:
    """A link to a file that holds something else."""
    (file.parents[1] / "elsewhere").write_bytes(file.read_bytes()[::-1])
    file.unlink()
    file.symlink_to(file.parents[1] / "elsewhere")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", [touched, copied])
def test_a_file_with_the_same_bytes_is_known_however_it_came(place, name, what):
    what(place.folder / name)
    seen = place.same()
    assert seen is not None
    assert seen.looked_again, "its bytes were compared"
    last_run.keep(place.home, place.sight(), seen)
    assert place.same() is not None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "what",
    [
        *(replaced_alike, rewritten_with_its_old_times, rewritten, grown, cut, emptied),
        *(gone, renamed, joined_by_another, turned_into_a_folder, led_elsewhere),
    ],
)
def test_whatever_else_happens_to_a_file_is_news(place, name, what):
    what(place.folder / name)
    assert place.same() is None


@pytest.mark.parametrize(
    ("read_after", "trusted"),
    [
        (10 * SECOND, True),
        (2 * SECOND + 1, True),
        (2 * SECOND, False),  # as coarse as a clock of a file system may be
        (1, False),
        (-3600 * SECOND, False),  # the machine's clock was set back before the file was read
    ],
)
def test_the_stamp_is_trusted_only_where_a_later_change_must_have_changed_it(place, read_after, trusted):
    """A change that left the stamp as it was is made by noting the old bytes with the stamp of the new ones."""
    file = place.folder / "attendance.csv"
    place.keep(looked=read_after)
    before = scan(file).look
    rewritten(file)
    text = (place.home / last_run.FILE).read_text()
    for old, new in zip(before.stamp, stamp(file), strict=True):
        text = text.replace(str(old), str(new))
    moved = max(stamp(file)[2:]) - max(before.stamp[2:])
    first = json.loads(text)
    for look in first["looks"].values():
        look["at"] += moved
    (place.home / last_run.FILE).write_text(json.dumps(first))
    assert (place.same() is not None) == trusted


def test_where_no_time_of_change_is_noted_every_byte_is_read(place, monkeypatch):
    look = scan(place.folder / "attendance.csv").look
    late = replace(look, at=look.at + 10 * SECOND)
    assert late.shows_changes
    monkeypatch.setattr("pipelines.ingest.entries.os.name", "nt")
    assert not late.shows_changes


def test_a_compressed_file_is_read_no_further_than_it_went(tmp_path, monkeypatch):
    class Counting(io.BytesIO):
        read_in_all = 0

        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            Counting.read_in_all += len(found)
            return found

    file = tmp_path / "attendance.csv.gz"
    file.write_bytes(gzip.compress(b"0" * 100))
    look = scan(file).look
    assert holds(file, look)
    monkeypatch.setattr("gzip.open", lambda path: Counting(b"0" * 5_000_000))
    assert not holds(file, look)
    assert Counting.read_in_all == 101


# --- everything else ---------------------------------------------------------------------------------------------------


def settle(place: Place) -> None:
    (place.home / "settings.toml").write_text('name = "Elm"\n')


def plan(place: Place) -> None:
    (place.home / "tasks.toml").write_text("[plan]\n")


def map_layouts(place: Place) -> None:
    place.profile = place.home / "profile.toml"
    place.profile.write_text("[[source]]\n")


def ask_for_a_day(place: Place) -> None:
    place.as_of = date(2026, 10, 1)


def note_a_contact(place: Place) -> None:
    with closing(sqlite3.connect(place.home / JOURNAL)) as journal, journal:
        journal.execute("INSERT INTO entry VALUES ('e2', 't1')")


def lose_the_journal(place: Place) -> None:
    (place.home / JOURNAL).unlink()


def damage_the_journal(place: Place) -> None:
    (place.home / JOURNAL).write_bytes(b"no journal" * 100)


def change_the_store(place: Place) -> None:
    rewritten_with_its_old_times(place.home / STORE)


def lose_the_store(place: Place) -> None:
    (place.home / STORE).unlink()


def damage_the_snapshot(place: Place) -> None:
    rewritten_with_its_old_times(place.home / "snapshots" / "000001.duckdb")


def damage_the_snapshots_digest(place: Place) -> None:
    rewritten(place.home / "snapshots" / "000001.sha256")


def roll_back(place: Place) -> None:
    for suffix in ("duckdb", "sha256"):
        shutil.copy(place.home / "snapshots" / f"000001.{suffix}", place.home / "snapshots" / f"000000.{suffix}")
    (place.home / "CURRENT").write_text("snapshots/000000.duckdb\n")


def lose_the_pointer(place: Place) -> None:
    (place.home / "CURRENT").unlink()


def lose_what_was_noted(place: Place) -> None:
    (place.home / last_run.FILE).unlink()


def damage_what_was_noted(place: Place) -> None:
    cut(place.home / last_run.FILE)


def let_go(place: Place) -> None:
    last_run.keep_runs_only(place.home)


@pytest.mark.parametrize(
    "what",
    [
        *(settle, plan, map_layouts, ask_for_a_day, note_a_contact, lose_the_journal, damage_the_journal),
        *(change_the_store, lose_the_store, damage_the_snapshot, damage_the_snapshots_digest, roll_back),
        *(lose_the_pointer, lose_what_was_noted, damage_what_was_noted, let_go),
    ],
)
def test_a_run_looks_at_everything_after_any_change_of_what_it_follows_from(place, what):
    what(place)
    assert place.same() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda first: first.pop("looks"),
        lambda first: first.update(looks=["attendance.csv"]),
        lambda first: first["looks"].update(unheard_of=dict(next(iter(first["looks"].values())))),
        lambda first: first.update(unopened=["unheard of"]),
        lambda first: first.update(entries=None),
        lambda first: first["files"][0].pop("file"),
        lambda first: first.update(latest="soon"),
    ],
)
def test_a_line_that_cannot_be_understood_lets_the_run_look_at_everything(place, change):
    first, *_ = (json.loads(line) for line in (place.home / last_run.FILE).read_text().splitlines())
    change(first)
    (place.home / last_run.FILE).write_text(json.dumps(first))
    assert place.same() is None


def test_a_fault_of_the_program_is_no_news_of_a_file(place, monkeypatch):
    monkeypatch.setattr(last_run, "stamp", lambda path: path.no_such_thing)
    with pytest.raises(AttributeError):
        place.same()


def test_without_a_file_no_run_is_known(tmp_path):
    assert last_run.runs_since(tmp_path) == []


def test_what_cannot_be_known_is_never_the_same(place):
    damage_the_journal(place)
    assert place.sight().follows_from is None
    place.keep()
    assert place.same() is None


def test_a_run_of_another_version_looks_at_everything(place, monkeypatch, tmp_path):
    monkeypatch.setattr(own_code, "_OURS", tmp_path)
    monkeypatch.setattr(own_code, "digest", own_code.digest.__wrapped__)  # as another process has it
    assert place.same() is None


def test_a_profile_that_is_changed_is_another(place):
    map_layouts(place)
    place.keep()
    assert place.same() is not None
    rewritten(place.home / "profile.toml")
    assert place.same() is None


def test_rows_that_wait_for_their_day_are_looked_at_again_on_the_next(place):
    place.keep(waiting=TODAY)
    assert place.same() is not None
    assert place.same(date(2026, 11, 3)) is None


def test_a_file_that_might_be_read_another_time_is_tried_again(place):
    place.keep(unsure=True)
    assert place.same() is None


def test_a_file_that_came_while_the_run_worked_is_read_by_the_next(place):
    sight = place.sight()
    seen = place.same()
    assert seen is not None
    late = place.folder / "checkins.csv"
    late.write_text("one,two\n9,9\n")
    last_run.keep(
        place.home,
        sight,
        replace(seen, intake=replace(seen.intake, looks={**seen.intake.looks, late: scan(late).look})),
    )
    assert place.same() is None


def test_a_file_that_was_away_while_the_run_worked_is_read_by_the_next(place):
    seen = place.same()
    assert seen is not None
    looks = {path: look for path, look in seen.intake.looks.items() if path.name != "attendance.csv"}
    last_run.keep(place.home, place.sight(), replace(seen, intake=replace(seen.intake, looks=looks)))
    assert place.same() is None


# --- the runs that found nothing new -----------------------------------------------------------------------------------


def test_runs_that_found_nothing_new_are_noted_one_a_line(place):
    runs = [Run(n, date(2026, 11, 1), NOON, NOON, "done") for n in (8, 9)]
    for run in runs:
        last_run.note(place.home, run)
    assert last_run.runs_since(place.home) == runs
    assert place.same() is not None
    with (place.home / last_run.FILE).open("a") as stream:
        stream.write('\n{"run_id": 10, "as_')  # killed while it wrote
    last_run.note(place.home, replace(runs[0], run_id=10))
    assert [run.run_id for run in last_run.runs_since(place.home)] == [8, 9, 10]
    last_run.keep_runs_only(place.home)
    assert [run.run_id for run in last_run.runs_since(place.home)] == [8, 9, 10]


def test_what_is_noted_holds_no_name_of_an_entry(place):
    (place.folder / "jordan.quillfeather.txt").write_text("no export")
    place.keep()
    assert "quillfeather" not in (place.home / last_run.FILE).read_text()
