"""Snapshots are numbered and immutable; one pointer names the one in use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines import snapshots


def finished(home: Path, text: str) -> Path:
    path = home / "finished"
    path.write_text(text)
    return path


def test_each_snapshot_takes_the_next_number_and_the_last_five_stay(tmp_path):
    for n in range(1, 8):
        assert snapshots.publish(tmp_path, finished(tmp_path, f"snapshot {n}")).name == f"{n:06}.duckdb"
        assert (tmp_path / "CURRENT").read_text() == f"snapshots/{n:06}.duckdb\n"
    stems = [path.stem for path in sorted((tmp_path / "snapshots").iterdir())]
    assert stems == [f"{n:06}" for n in range(3, 8) for _ in ("the snapshot", "its digest")]
    current = snapshots.current(tmp_path)
    assert current is not None
    assert current.read_text() == "snapshot 7"
    assert current.stat().st_mode & 0o777 == 0o400, "nobody writes to a snapshot, and its owner alone reads it"


def test_a_digest_that_is_gone_keeps_no_old_snapshot(tmp_path):
    published(tmp_path, *"123456")
    (tmp_path / "snapshots" / "000002.sha256").unlink()
    published(tmp_path, "7")
    assert [path.stem for path in snapshots.there(tmp_path)] == [f"{n:06}" for n in range(3, 8)]


def test_the_folder_is_its_owners_alone_whatever_the_process_would_allow(tmp_path):
    before = os.umask(0)
    try:
        published(tmp_path, "one")
    finally:
        os.umask(before)
    assert (tmp_path / "snapshots").stat().st_mode & 0o777 == 0o700


def test_what_the_pointer_names_is_on_the_disk_before_it_and_the_pointer_before_all_is_said_to_be_done(
    tmp_path, monkeypatch
):
    """A loss of power between two writes must not leave a pointer to what was never written."""
    steps = []

    def noted(path: Path) -> None:
        steps.append((path.name, snapshots.current(tmp_path)))

    monkeypatch.setattr(snapshots, "to_disk", noted)
    snapshot = snapshots.publish(tmp_path, finished(tmp_path, "one"))
    assert steps == [("finished", None), ("snapshots", None), (tmp_path.name, snapshot)]


def test_a_file_and_a_folder_are_waited_for(tmp_path, monkeypatch):
    waited = []
    monkeypatch.setattr(os, "fsync", lambda handle: waited.append(os.fstat(handle).st_ino))
    file = finished(tmp_path, "one")
    for path in (file, tmp_path):
        snapshots.to_disk(path)
    assert waited == [file.stat().st_ino, tmp_path.stat().st_ino]


def test_rolling_back_goes_one_back_each_time_and_the_next_run_goes_on(tmp_path):
    for n in (1, 2, 3):
        snapshots.publish(tmp_path, finished(tmp_path, f"snapshot {n}"))
    assert snapshots.roll_back(tmp_path).stem == "000002"
    assert snapshots.roll_back(tmp_path).stem == "000001"
    with pytest.raises(snapshots.NothingToRollBackError):
        snapshots.roll_back(tmp_path)
    assert snapshots.current(tmp_path) == tmp_path / "snapshots" / "000001.duckdb"
    assert snapshots.publish(tmp_path, finished(tmp_path, "snapshot 4")).stem == "000004"


def test_a_home_without_a_snapshot_has_none(tmp_path):
    assert snapshots.current(tmp_path) is None
    assert snapshots.in_force(tmp_path) == snapshots.InForce(None)
    with pytest.raises(snapshots.NothingToRollBackError):
        snapshots.roll_back(tmp_path)


def test_a_snapshot_that_is_sealed_anew_is_whole(tmp_path):
    (only,) = published(tmp_path, "one")
    flip_a_bit(only)
    assert not snapshots.is_whole(only)
    snapshots.seal(only)
    assert snapshots.is_whole(only)


def published(home: Path, *texts: str) -> list[Path]:
    return [snapshots.publish(home, finished(home, text)) for text in texts]


def flip_a_bit(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])


def test_a_snapshot_that_is_gone_is_named_and_the_one_before_is_in_force(tmp_path):
    first, second = published(tmp_path, "one", "two")
    second.unlink()
    assert snapshots.in_force(tmp_path) == snapshots.InForce(first, damaged=(2,))


@pytest.mark.parametrize("harm", [flip_a_bit, cut_off])
def test_the_last_good_snapshot_is_in_force_while_a_newer_one_is_damaged(tmp_path, harm):
    first, second, third = published(tmp_path, "one", "two", "three")
    assert snapshots.in_force(tmp_path) == snapshots.InForce(third)
    harm(third)
    assert snapshots.in_force(tmp_path) == snapshots.InForce(second, damaged=(3,))
    harm(second)
    assert snapshots.in_force(tmp_path) == snapshots.InForce(first, damaged=(3, 2))
    harm(first)
    assert snapshots.in_force(tmp_path) == snapshots.InForce(None, damaged=(3, 2, 1))


def test_any_bit_that_is_flipped_is_noticed(tmp_path):
    first, second = published(tmp_path, "one", "two, of some bytes")
    second.chmod(0o600)
    whole = second.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        second.with_suffix(".new").write_bytes(damaged)
        second.with_suffix(".new").replace(second)
        assert snapshots.in_force(tmp_path) == snapshots.InForce(first, damaged=(2,)), bit


def test_a_first_run_killed_before_its_pointer_has_lost_nothing(tmp_path):
    (only,) = published(tmp_path, "one")
    (tmp_path / "CURRENT").unlink()
    assert snapshots.in_force(tmp_path) == snapshots.InForce(only)
    published(tmp_path, "two")
    (tmp_path / "CURRENT").unlink()
    assert snapshots.in_force(tmp_path).pointer_lost


def test_the_only_snapshot_that_is_gone_is_named(tmp_path):
    (only,) = published(tmp_path, "one")
    only.unlink()
    assert snapshots.in_force(tmp_path) == snapshots.InForce(None, damaged=(1,))


def test_a_reader_gets_what_is_in_force_or_a_sentence_that_says_why_not(tmp_path):
    with pytest.raises(snapshots.NothingPublishedError, match=r"There is no snapshot in .* yet"):
        snapshots.readable(tmp_path)
    (only,) = published(tmp_path, "one")
    assert snapshots.readable(tmp_path) == only
    cut_off(only)
    with pytest.raises(snapshots.NothingPublishedError, match=r"No snapshot in .* is whole"):
        snapshots.readable(tmp_path)


def test_a_snapshot_damaged_while_it_is_served_is_noticed(tmp_path):
    first, second = published(tmp_path, "one", "two")
    assert [snapshots.in_force(tmp_path).snapshot for _ in range(2)] == [second, second]
    flip_a_bit(second)
    assert snapshots.in_force(tmp_path).snapshot == first


def test_after_a_rollback_no_newer_snapshot_is_in_force(tmp_path):
    first, second, _ = published(tmp_path, "one", "two", "three")
    snapshots.roll_back(tmp_path)
    assert snapshots.in_force(tmp_path) == snapshots.InForce(second)
    flip_a_bit(second)
    assert snapshots.in_force(tmp_path) == snapshots.InForce(first, damaged=(2,))


def test_a_rollback_goes_back_to_a_whole_snapshot(tmp_path):
    first, second, _ = published(tmp_path, "one", "two", "three")
    flip_a_bit(second)
    assert snapshots.roll_back(tmp_path) == first


@pytest.mark.parametrize(
    "pointer",
    [
        b"\xff\xfe\x00",
        b"",
        b"000002.duckdb",
        b"snapshots/../../else.duckdb",
        b"/etc/passwd",
        b"snapshots/latest.duckdb",
    ],
)
def test_a_pointer_that_names_no_snapshot_is_not_followed(tmp_path, pointer):
    _, second = published(tmp_path, "one", "two")
    (tmp_path / "CURRENT").write_bytes(pointer)
    assert snapshots.current(tmp_path) is None
    assert snapshots.in_force(tmp_path) == snapshots.InForce(second, pointer_lost=True)
    assert snapshots.publish(tmp_path, finished(tmp_path, "three")).stem == "000003"
    assert snapshots.in_force(tmp_path).pointer_lost is False


def test_a_rollback_without_a_pointer_goes_to_the_newest_whole_snapshot(tmp_path):
    first, second = published(tmp_path, "one", "two")
    (tmp_path / "CURRENT").unlink()
    flip_a_bit(second)
    assert snapshots.roll_back(tmp_path) == first == snapshots.current(tmp_path)


def test_a_digest_that_is_no_text_is_no_proof(tmp_path):
    (only,) = published(tmp_path, "one")
    only.with_suffix(".sha256").write_bytes(b"\xff")
    assert not snapshots.is_whole(only)


def test_a_snapshot_that_cannot_be_read_to_its_end_is_not_whole(tmp_path, monkeypatch):
    (only,) = published(tmp_path, "one")

    def broken(*_: object) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(snapshots, "_digest_as_of", broken)
    assert not snapshots.is_whole(only)


def test_a_pointer_that_names_nothing_is_told_also_where_there_is_one_snapshot(tmp_path):
    (only,) = published(tmp_path, "one")
    (tmp_path / "CURRENT").write_bytes(b"\xff")
    assert snapshots.in_force(tmp_path) == snapshots.InForce(only, pointer_lost=True)


def test_a_snapshot_from_before_digests_were_kept_is_served(tmp_path):
    (only,) = published(tmp_path, "one")
    only.with_suffix(".sha256").unlink()
    assert snapshots.in_force(tmp_path) == snapshots.InForce(only)
