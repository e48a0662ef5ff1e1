"""A store that is damaged or gone stops a run, which names it; it is rebuilt from the deliveries."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import audit, snapshots
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.home import STORE

pytestmark = pytest.mark.slow

ATTENDANCE = "client_id,meeting_date,fellowship,mode\n"
# In the order of delivery, which differs from the order of the names; the second corrects a row of the first.
DELIVERIES = [
    {
        "attendance_z.csv": f"{ATTENDANCE}A-001,2026-03-02,AA,online\nA-002,2026-03-02,NA,online\n",
        "checkins_z.csv": "client_id,checkin_date,used\nA-001,2026-03-02,no\nA-002,2026-03-02,yes\n",
    },
    {"attendance_a.csv": f"{ATTENDANCE}A-001,2026-03-02,AA,in_person\nA-001,2026-03-09,AA,in_person\n"},
]


def meshwork(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture
def all_exports(tmp_path: Path) -> Path:
    folder = tmp_path / "all"
    folder.mkdir()
    for name, text in (item for files in DELIVERIES for item in files.items()):
        (folder / name).write_text(text)
    return folder


def deliver_one_after_the_other(place: Path) -> None:
    for n, files in enumerate(DELIVERIES):
        folder = place / f"delivery-{n}"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        assert meshwork("run", "--exports", folder, "--home", place / "home")[0] == 0


@pytest.fixture
def home(made_once, tmp_path: Path) -> Path:
    """A home into which the deliveries came one after the other."""
    return Path(shutil.copytree(made_once("two-deliveries", deliver_one_after_the_other) / "home", tmp_path / "home"))


def attended(home: Path) -> list[tuple]:
    with Engine(home / STORE, read_only=True) as engine:
        return engine.rows("SELECT client_id, meeting_date, mode FROM attendance ORDER BY ALL")


def cut_short(store: Path) -> None:
    store.write_bytes(store.read_bytes()[:5000])


def overwritten(store: Path) -> None:
    store.write_bytes(b"something else" * 1000)


def flipped(store: Path) -> None:
    """Damages many bits, so that some are in a part that a run reads."""
    content, place = bytearray(store.read_bytes()), random.Random(1)
    for _ in range(200):
        content[place.randrange(len(content))] ^= 1 << place.randrange(8)
    store.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "what"), [(cut_short, "damaged"), (overwritten, "damaged"), (flipped, "damaged"), (Path.unlink, "missing")]
)
def test_a_damaged_store_is_named_with_the_way_out_and_made_anew(home, all_exports, harm, what):
    before, published = attended(home), snapshots.current(home)
    harm(home / STORE)
    code, output = meshwork("run", "--exports", all_exports, "--home", home)
    assert (code, f"The store {home / STORE} is {what}" in output, "meshwork rebuild" in output) == (2, True, True)
    assert snapshots.current(home) == published
    code, output = meshwork("rebuild", "--exports", all_exports, "--home", home)
    assert (code, "The store was made anew" in output) == (0, True)
    assert attended(home) == before
    assert meshwork("run", "--exports", all_exports, "--home", home)[0] == 0


def test_files_of_one_run_keep_their_order_though_a_word_of_their_names_is_kept_as_a_number(
    home, all_exports, tmp_path
):
    months = tmp_path / "months"
    months.mkdir()
    for n in range(1, 12):
        row = f"A-001,2026-03-02,AA,{'phone' if n == 11 else 'online'}\n"
        (months / f"attendance_kowalczyk_{n:02}.csv").write_text(f"{ATTENDANCE}{row}A-003,2026-03-{n:02},NA,\n")
    assert meshwork("run", "--exports", months, "--home", home)[0] == 0
    before = attended(home)
    assert before[0][-1] == "phone"
    for path in months.iterdir():
        path.rename(all_exports / path.name)
    cut_short(home / STORE)
    assert meshwork("rebuild", "--exports", all_exports, "--home", home)[0] == 0
    assert attended(home) == before


def test_a_correction_outlasts_the_growing_file_that_it_corrects(home, all_exports):
    grown = all_exports / "attendance_z.csv"
    grown.write_text(f"{grown.read_text()}A-003,2026-03-09,AA,online\n")
    assert meshwork("run", "--exports", all_exports, "--home", home)[0] == 0
    before = attended(home)
    assert [mode for client, _, mode in before if client == "A-001"] == ["in_person", "in_person"]
    cut_short(home / STORE)
    assert meshwork("rebuild", "--exports", all_exports, "--home", home)[0] in (0, 1)
    assert attended(home) == before


def test_deliveries_that_are_missing_are_named(home, all_exports):
    (all_exports / "attendance_a.csv").unlink()
    (all_exports / "attendance_z.csv").rename(all_exports / "attendance_renamed.csv")
    cut_short(home / STORE)
    code, output = meshwork("rebuild", "--exports", all_exports, "--home", home)
    assert code == 1
    missing = [line.split(": ")[1] for line in output.splitlines() if "Not in this folder" in line]
    assert missing == ["attendance_a.csv"]


def test_who_was_forgotten_does_not_come_back(home, all_exports):
    assert meshwork("forget", "A-002", "--home", home)[0] == 0
    cut_short(home / STORE)
    code, output = meshwork("rebuild", "--exports", all_exports, "--home", home)
    assert code == 1, output
    assert {row[0] for row in attended(home)} == {"A-001"}
    assert audit.clients(home, "forget") == ["A-002"]


def test_without_a_whole_snapshot_the_deliveries_are_read_by_name(home, all_exports):
    shutil.rmtree(home / "snapshots")
    (home / STORE).unlink()
    assert meshwork("rebuild", "--exports", all_exports, "--home", home)[0] == 0
    assert len(attended(home)) == 3


def listing(*slugs: str) -> str:
    return json.dumps(
        [{"slug": slug, "name": f"{slug} of {''.join(slugs)}", "day": 1, "time": "19:00"} for slug in slugs]
    )


# Of each delivery the list's file and its meetings; then the files of all deliveries, as an archive has them.
DIRECTORIES = {
    "the later one by name": (
        [("meetings_2026-01.json", "abc"), ("meetings_2026-02.json", "bcd")],
        {"meetings_2026-01.json": "abc", "meetings_2026-02.json": "bcd"},
    ),
    "the earlier one by name": (
        [("meetings_2026-02.json", "abc"), ("meetings_2026-01.json", "bcd")],
        {"meetings_2026-02.json": "abc", "meetings_2026-01.json": "bcd"},
    ),
    "in one file, kept under names of their days": (
        [("meetings.json", "abc"), ("meetings.json", "bcd")],
        {"meetings 2026-02-01.json": "abc", "meetings 2026-01-01.json": "bcd"},
    ),
    "back to the first": (
        [("meetings.json", "abc"), ("meetings.json", "bcd"), ("meetings.json", "abc")],
        {"meetings_2026-01.json": "abc", "meetings_2026-02.json": "bcd"},
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("case", DIRECTORIES)
def test_of_the_lists_of_a_directory_the_one_that_came_last_is_in_force_again(all_exports, tmp_path, case):
    deliveries, archive = DIRECTORIES[case]
    home, archived = tmp_path / "home", tmp_path / "archive"
    shutil.copytree(all_exports, archived)

    def listed() -> list[tuple]:
        with Engine(home / STORE, read_only=True) as store:
            return store.rows("SELECT slug, name FROM meetings ORDER BY slug")

    for n, (name, slugs) in enumerate(deliveries):
        (all_exports / name).write_text(listing(*slugs))
        assert meshwork("run", "--exports", all_exports, "--home", home)[0] == 0
        assert listed() == [(slug, f"{slug} of {slugs}") for slug in slugs], n
    before = listed()
    for name, slugs in archive.items():
        (archived / name).write_text(listing(*slugs))
    assert meshwork("rebuild", "--exports", archived, "--home", home)[0] == 0
    assert listed() == before
    # By other rules all are read again.
    words = tmp_path / "words"
    words.write_text("fellowship\n")
    (archived / "attendance_later.csv").write_text(f"{ATTENDANCE}A-001,2026-03-16,AA,online\n")
    assert meshwork("run", "--exports", archived, "--home", home, "--accept-words", words)[0] == 0
    assert listed() == before


PROFILE = """
[[source]]
export = "attendance"
files = ["attendance*.csv"]
[source.columns]
client_id = "client_id"
meeting_date = "meeting_date"
fellowship = "fellowship"
[source.values.fellowship]
"12-step A" = "{}"
"""


def test_after_a_mapping_profile_was_corrected_a_rebuild_holds_no_row_of_the_wrong_one(tmp_path):
    folder, home, profile = tmp_path / "all", tmp_path / "home", tmp_path / "profile.toml"
    folder.mkdir()
    (folder / "attendance.csv").write_text(f"{ATTENDANCE}A-001,2026-03-02,12-step A,online\n")
    (folder / "checkins.csv").write_text("client_id,checkin_date\nA-001,2026-03-02\n")
    for fellowship, command in (("NA", "run"), ("AA", "rebuild")):
        profile.write_text(PROFILE.format(fellowship))
        code, output = meshwork(command, "--exports", folder, "--home", home, "--profile", profile)
        assert (code, "Not in this folder" in output) == (0, False), output
    with Engine(home / STORE, read_only=True) as store:
        assert store.rows("SELECT fellowship FROM attendance") == [("AA",)]
