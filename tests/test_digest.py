"""The digest: a page for each therapist, with pseudonyms only, the same clients as on the screen, and nothing sent."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from click.testing import CliRunner

from pipelines import audit, digest, snapshots
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.journal.store import SNOOZED, Contact, Entry, Journal
from pipelines.settings import Settings
from pipelines.worklist import Done
from tests.test_forget import place, published  # noqa: F401 - fixtures

TODAY = date.today()


@pytest.fixture
def home(published_home):
    return published_home()


def read(paths):
    return {path.stem.split("_")[1]: json.loads(path.read_text("utf-8")) for path in paths if path.suffix == ".json"}


def test_every_therapist_has_a_page_with_the_clients_to_call(home, tmp_path):
    found = read(digest.write(home, tmp_path / "out", Settings(), TODAY))
    with Engine(snapshots.readable(home), read_only=True) as engine:
        wanted = engine.rows("SELECT therapist_id, client_id FROM client_now WHERE call_first ORDER BY priority")
        therapists = {each for (each,) in engine.rows("SELECT DISTINCT therapist_id FROM client_now")}
    assert found.keys() == therapists
    for therapist, page in found.items():
        assert [each["client_id"] for each in page["clients"]] == [c for t, c in wanted if t == therapist]
        assert all(each["why"] for each in page["clients"])


def test_a_client_to_call_has_the_pills_and_the_sentence_of_the_screen(home, tmp_path):
    day = TODAY - timedelta(days=1)
    with Engine(snapshots.readable(home), read_only=True) as engine:
        rows = engine.rows(
            "SELECT therapist_id, client_id, flagged, reason, open_crises > 0 FROM client_now WHERE call_first"
        )
        (quiet, therapist), *_ = engine.rows(
            "SELECT client_id, therapist_id FROM client_now WHERE NOT call_first AND judged AND last_session < ?", [day]
        )
    noted = Contact(quiet, None, "left_message", None, day, remind=True, note=None, who=therapist)
    written_at = datetime.combine(day - timedelta(days=5), time(9))
    Journal.of(home, Settings()).take_in([Entry("e1", written_at, noted, corrected=False)])
    paths = digest.write(home, tmp_path / "out", Settings(), TODAY)
    found = {each["client_id"]: each for page in read(paths).values() for each in page["clients"]}
    for _, client_id, flagged, reason, in_crisis in rows:
        told = found[client_id]
        assert told["marks"]
        assert ("crisis has been open since" in told["why"]) == in_crisis == ("Open crisis" in told["marks"])
        if flagged:
            assert reason.partition(". ")[0][1:] in told["why"]
    assert found[quiet]["marks"] == [f"Follow-up due since {day.day} {day:%b}"]
    assert found[quiet]["why"] == "Meetings are not flagged."
    (page,) = [path.read_text("utf-8") for path in paths if f"_{therapist}_" in path.name and path.suffix == ".html"]
    assert f"<b>{quiet}</b> <em>Follow-up due since {day.day} {day:%b}</em>" in page
    assert "meetings a week recently" in page
    assert "Nothing after 1 November is included." in page


def test_two_therapists_whose_names_differ_in_signs_only_have_a_page_each(home, tmp_path, monkeypatch):
    (first, *_) = digest.digests(snapshots.readable(home), Done(), TODAY)
    names = ["J. Smith", "J Smith", "j smith", "Ирина", "Анна"]
    monkeypatch.setattr(digest, "digests", lambda *_: [replace(first, therapist=name) for name in names])
    paths = digest.write(home, tmp_path / "out", Settings(), TODAY)
    assert len({path.name.casefold() for path in paths}) == 2 * len(names)
    whose = [json.loads(path.read_text("utf-8"))["therapist"] for path in paths if path.suffix == ".json"]
    assert whose == names


def test_who_was_called_or_is_snoozed_is_not_to_be_called_again(home, tmp_path):
    before = read(digest.write(home, tmp_path / "out", Settings(), TODAY))
    therapist, page = next((name, page) for name, page in before.items() if len(page["clients"]) > 2)
    called, snoozed, *others = [each["client_id"] for each in page["clients"]]
    journal = Journal.of(home, Settings())
    common = {"flag_week": None, "reason": None, "remind": False, "note": None, "who": therapist}
    journal.write(Contact(client_id=called, outcome="contacted", follow_up_on=None, **common))
    journal.write(Contact(client_id=snoozed, outcome=SNOOZED, follow_up_on=TODAY + timedelta(days=2), **common))
    after = read(digest.write(home, tmp_path / "out", Settings(), TODAY))[therapist]
    assert [each["client_id"] for each in after["clients"]] == others
    assert after["snoozed"] == 1


def test_the_page_is_whole_in_itself_and_for_its_owner_only(home, tmp_path):
    for path in digest.write(home, tmp_path / "out", Settings(), TODAY):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if path.suffix == ".html":
            assert not re.search(r"<(script|link|img)|https?://", path.read_text("utf-8"))


@pytest.mark.slow
def test_the_command_and_each_run_write_it(home, place, tmp_path):  # noqa: F811
    done = CliRunner().invoke(main, ["digest", "--home", str(home), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "worklist_T01" in done.output
    (place / "home" / "settings.toml").write_text('digest_folder = "worklists"\n')
    done = CliRunner().invoke(main, ["run", "--home", str(place / "home"), "--exports", str(place / "exports")])
    assert "files of worklists are in" in done.output
    assert list((place / "home" / "worklists").glob("worklist_T1_*.html"))
    (entry,) = (json.loads(line) for line in (place / "home" / audit.FILE).read_text("utf-8").splitlines())
    assert (entry["what"], entry["about"]) == ("export", "a digest for each therapist")


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_run_whose_worklists_cannot_be_written_says_that_the_snapshot_is_published(place, more):  # noqa: F811
    (place / "home" / "settings.toml").write_text('digest_folder = "worklists"\n')
    (place / "home" / "worklists").write_text("no folder")
    before = snapshots.current(place / "home")
    words = ["run", "--home", str(place / "home"), "--exports", str(place / "exports"), "--as-of", "2026-09-29", *more]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert "Snapshot 000003 is published, but the worklists were not written. File exists" in done.stderr
    assert "has not changed" not in done.output
    assert snapshots.current(place / "home") != before
    assert not more or json.loads(done.stdout)["published"] is True
