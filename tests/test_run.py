"""The commands as they are used: whole runs on the sample, their exit codes, and what an interrupted run leaves behind."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from filelock import FileLock

from pipelines import fit, publish, refresh, snapshots
from pipelines.cli import main
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.home import STORE
from pipelines.journal.store import Contact, Entry, Journal
from pipelines.refresh import space_needed
from pipelines.run import run
from pipelines.running import Watcher
from pipelines.sample import write as write_sample
from pipelines.settings import Settings
from tests.test_forget import deliver

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"

CONTRACT = {
    "client_week": "client_id week therapist_id site program level_of_care exposure meetings meeting_days active_meetings"
    " sponsor_contacts step_work checkins sessions_scheduled sessions_attended no_shows usual attendance_score"
    " involvement_score use_symbol",
    "decline_flags": "client_id week kind score usual recent recent_weeks reason cleared_week",
    "client_now": "client_id therapist_id site program level_of_care in_care_since flagged flag_kind flag_week reason priority"
    " judged sober_since sober_days days_since_use confirmed_through sobriety_status sobriety_band longest_sober_days pda_30"
    " pda_90 pda_90_low pda_90_high known_90 has_sponsor sponsor_is_therapist step open_tasks overdue_tasks tasks_in_step"
    " contract_status open_crises last_checkin last_meeting last_session",
    "sobriety_spells": "client_id start_date end_date days ended_by",
    "use_pattern": "client_id start_week pattern",
    "outcomes": "client_id start_week outcome value event",
    "survival": "curve breakdown member time at_risk events survival ci_low ci_high",
    "caseload_week": "period breakdown member measure numerator denominator value",
    "caseload_month": "period breakdown member measure numerator denominator value",
    "caseload_window": "kind period from_period breakdown member measure numerator denominator value summed",
    "coverage_week": "site week clients rows_received reported",
    "files": "run_id file export rows_read accepted known rejected",
    "runs": "run_id as_of started finished status",
    "rejected_rows": "run_id file export line column_name reason",
}  # fmt: skip
DATES = {"week", "flag_week", "cleared_week", "in_care_since", "sober_since", "confirmed_through", "last_checkin"}
DATES |= {"last_meeting", "last_session", "start_date", "end_date", "start_week", "period", "as_of"}
CALL = ("contacted", None, None, False, None, "t1")  # of a contact, all but client and flag
FOLLOWS_FROM_A_FIT = {
    *(
        "decline_fit",
        "decline_fit_sign",
        "decline_fit_threshold",
        "decline_setting",
        "decline_threshold",
        "decline_flags",
        "decline_withdrawn",
        "flag_response",
    ),
    *("flag_response_group", "client_week", "client_now", "client_event", "caseload_week", "caseload_month"),
    *("caseload_window", "control_point"),
}
LEDGERS = {"files", "runs", "rejected_rows"}
SETTINGS = """
fellowships = ["Women for Sobriety"]
date_basis = "shifted"
name = "Elm"
[targets]
sessions_kept = 0.8
[[rebase]]
measure = "census"
period = 2026-06-01
"""
TASKS = '[plan]\nstep = 0\ntitle = "Plan"\npurpose = "To plan."\nmatches = "daily plan"\nprompts = ["Today"]\n'
HEAVY = {"duckdb", "jinja2", "numpy", "openpyxl", "pandas", "pyarrow", "sqlalchemy", "streamlit"}


def meshwork(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    # Every command names its home on the other stream, which is tested with the rule for the home.
    output = result.stdout if "--json" in arguments else result.output
    return result.exit_code, "".join(line for line in output.splitlines(True) if not line.startswith("Home: "))


def published(home: Path) -> Engine:
    snapshot = snapshots.current(home)
    assert snapshot is not None
    return Engine(snapshot, read_only=True)


def fingerprint(home: Path) -> dict[str, object]:
    """Every published figure, without the ledgers, which differ from run to run."""
    with published(home) as engine:
        return {
            table: engine.rows(f"SELECT count(*), bit_xor(hash(rows)) FROM {table} AS rows")
            for table in publish.published()
            if table not in LEDGERS
        }


@pytest.fixture(scope="module")
def home(published_home) -> Path:
    """A home into which the sample has been taken once."""
    return published_home()


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample's exports, to be damaged."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "exports"))


def run_of_few(place: Path) -> None:
    deliver(place / "exports", "", "A-001", "A-002")
    (place / "exports" / "attendance_bad.csv").write_text("client_id,meeting_date,fellowship\nA-001,soon,AA\n")
    run(place / "exports", place / "home")


@pytest.fixture
def few(made_once, tmp_path: Path) -> SimpleNamespace:
    """The exports of two clients over twelve weeks, of which a row is rejected, and the home that took them in.

    A run over them is the shortest.
    """
    place = Path(shutil.copytree(made_once("few", run_of_few), tmp_path / "few"))
    return SimpleNamespace(exports=place / "exports", home=place / "home")


def run_of_small(place: Path) -> None:
    """A clinic of some size, with settings and tasks of its own."""
    write_sample(place / "exports", clients=24, weeks=32)
    new = "client_id,meeting_date,fellowship\nQQ-1,2026-10-05,Women for Sobriety\n"
    (place / "exports" / "attendance_zz.csv").write_text(new)
    (place / "home").mkdir()
    (place / "home" / "settings.toml").write_text(SETTINGS)
    (place / "home" / "tasks.toml").write_text(TASKS)
    run(place / "exports", place / "home")


@pytest.fixture
def small(made_once, tmp_path: Path) -> SimpleNamespace:
    """The exports of a small clinic, and its home, into which they have been taken."""
    place = Path(shutil.copytree(made_once("small-clinic", run_of_small), tmp_path / "small"))
    return SimpleNamespace(exports=place / "exports", home=place / "home")


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A home that has taken in nothing yet."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.mark.parametrize("table", CONTRACT)
def test_every_table_of_the_contract_is_there_with_its_columns(home, table):
    with published(home) as engine:
        types = dict(
            engine.rows("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?", [table])
        )
        assert set(CONTRACT[table].split()) <= types.keys()
        assert {column: kind for column, kind in types.items() if column in DATES and kind != "DATE"} == {}
        assert engine.value(f"SELECT count(*) FROM {table}") > 0


def test_the_rows_of_every_file_are_accounted_for(home):
    with published(home) as engine:
        files = engine.records("SELECT * FROM files")
        rejected = dict(engine.rows("SELECT file, count(*) FROM rejected_rows GROUP BY file"))
    for count in files:
        assert count["rows_read"] == count["accepted"] + count["known"] + count["rejected"]
        assert rejected.get(count["file"], 0) == count["rejected"]
        if count["file"].endswith(".csv"):
            with (SAMPLE / count["file"]).open(encoding="utf-8", newline="") as stream:
                assert count["rows_read"] == sum(1 for _ in csv.reader(stream)) - 1
    assert {count["export"] for count in files} == set(exports())


def test_the_same_run_twice_gives_the_same_tables(home, tmp_path):
    again = Path(shutil.copytree(home, tmp_path / "home"))
    code, output = meshwork("run", "--exports", SAMPLE, "--home", again, "--json")
    counts = json.loads(output)
    assert code == 1, "what was rejected before is still rejected"
    assert counts["accepted"] == 0
    assert counts["rows_read"] == counts["known"] + counts["rejected"]
    assert counts["run_id"] == 2
    assert (counts["published"], counts["snapshot"]) == (False, "snapshots/000001.duckdb")
    assert fingerprint(again) == fingerprint(home)


def test_a_run_publishes_only_when_something_is_new_and_builds_only_what_may_differ(few):
    of_a_run = []

    def outcome(**how: object) -> tuple[bool, bool]:
        """Whether tables were built, and whether a snapshot was published."""
        names: set[str] = set()
        finished = run(few.exports, few.home, watcher=Watcher(building=names.add), **how)  # type: ignore[arg-type]
        of_a_run.append(finished.run_id)
        return "client_now" in names, finished.published

    assert outcome() == (False, False), "nothing is new, though the home's files are others"
    assert outcome() == (False, False), "nothing is new"
    assert outcome(as_of=date(2026, 9, 20)) == (True, True), "another as-of date"
    (few.home / "settings.toml").write_text('name = "Elm"\n')
    assert outcome() == (True, True), "other settings"
    new = few.exports / "attendance_zz.csv"
    new.write_text("client_id,meeting_date,fellowship\nQQ-1,2026-10-05,AA\n")
    assert outcome() == (True, True), "a new row"
    assert outcome() == (False, False)
    shutil.copy(new, few.exports / "attendance_zzz.csv")
    assert outcome() == (False, True), "a file with another name, all of whose rows are known"
    assert outcome() == (False, False)
    with published(few.home) as engine:
        told = engine.rows("SELECT run_id FROM runs ORDER BY run_id")
        assert engine.rows("SELECT accepted, known FROM files WHERE file = 'attendance_zzz.csv'") == [(0, 1)]
    assert [run_id for (run_id,) in told] == [1, *of_a_run[:-1]], "a run that published nothing is in the next one's"
    assert of_a_run == [*range(2, 10)]


def test_a_run_that_publishes_nothing_reads_no_store_and_loads_no_engine(home, sample, tmp_path):
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    command = ["run", "--exports", str(sample), "--home", str(copy), "--json"]
    told = [meshwork(*command)]
    look = f"""if True:
        import sys
        from pipelines.cli import main
        try:
            main({command!r})
        finally:
            names = {{name.partition(".")[0] for name in sys.modules}}
            print(*sorted({HEAVY!r} & names), file=sys.stderr)
    """
    again = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert again.stderr.splitlines()[1:] == [""]
    told.append((again.returncode, again.stdout))
    of_each = [(code, json.loads(text)) for code, text in told]
    assert [counts.pop("run_id") for _, counts in of_each] == [2, 3]
    assert of_each[0] == of_each[1], "what it says is what a run says that looks at everything"


def test_a_damaged_snapshot_is_built_again_by_the_next_run(few):
    before, damaged = fingerprint(few.home), snapshots.current(few.home)
    assert damaged is not None
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:5000])
    assert meshwork("run", "--exports", few.exports, "--home", few.home)[0] == 1
    assert fingerprint(few.home) == before


def test_the_exports_in_two_deliveries_give_the_tables_of_one(small, tmp_path):
    later, split = tmp_path / "later", tmp_path / "home"
    later.mkdir()
    for path in small.exports.glob("attendance*"):
        shutil.copy(path, later)
    for path in sorted(small.exports.glob("attendance*"))[1:]:
        path.unlink()
    split.mkdir()
    for name in ("settings.toml", "tasks.toml"):
        shutil.copy(small.home / name, split)
    at_once = fingerprint(small.home)
    with published(small.home) as engine:
        as_of = engine.value("SELECT max(as_of) FROM runs")
    meshwork("run", "--exports", small.exports, "--home", split, "--as-of", as_of)
    assert fingerprint(split) != at_once
    meshwork("run", "--exports", later, "--home", split, "--as-of", as_of)
    # What was fitted to the first delivery holds for its weeks, and so do its flags: only what follows from them differs.
    unlike = {name for name, rows in fingerprint(split).items() if rows != at_once[name]}
    assert unlike <= FOLLOWS_FROM_A_FIT, unlike


def test_a_run_says_what_it_took_and_where_it_published(few):
    code, output = meshwork("run", "--exports", few.exports, "--home", few.home)
    assert code == 1
    assert "Nothing is new, so snapshot 000001 stays in force: the data go to Thursday 24 September 2026." in output
    code, output = meshwork("run", "--exports", few.exports, "--home", few.home, "--as-of", "2026-09-20")
    assert code == 1
    assert "Published snapshot 000002: the data go to Sunday 20 September 2026." in output
    assert "`meshwork rejected` lists them" in output


def test_check_reads_the_same_and_writes_nothing(few, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    code, output = meshwork("check", "--exports", few.exports, "--json")
    assert code == 1
    assert json.loads(output)["rejected"] > 0
    assert list((tmp_path / "empty").iterdir()) == []
    assert "meshwork rejected" not in meshwork("check", "--exports", few.exports)[1], "nothing is kept to be listed"


def test_the_rejected_rows_of_an_export_that_there_is_not_are_no_good_news(home):
    code, output = meshwork("rejected", "--export", "atendance", "--home", home)
    assert code == 2
    assert "'atendance' is not one of absences, attendance" in " ".join(output.split())


def test_rejected_lists_the_lines_with_their_reasons(home, tmp_path):
    code, output = meshwork("rejected", "--home", home, "--export", "attendance")
    assert code == 0
    assert all(line.startswith("attendance") and ", line " in line for line in output.splitlines())
    target = tmp_path / "rejected.csv"
    meshwork("rejected", "--home", home, "--csv", target)
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with published(home) as engine:
        assert len(rows) == engine.value("SELECT count(*) FROM rejected_rows")
    assert all(row["reason"] for row in rows)


@pytest.mark.parametrize("holds", [[], ["readme.txt"], ["lost+found/"]])
def test_a_folder_without_a_file_of_any_export_is_refused(few, tmp_path, holds):
    folder = tmp_path / "other"
    for name in ["", *holds]:
        (folder / name).mkdir() if name[-1:] in ("", "/") else (folder / name).touch()
    before = snapshots.current(few.home)
    code, output = meshwork("run", "--exports", folder, "--home", few.home)
    assert code == 2
    assert f"No file of any export is in {folder}. Is it the right folder, and is it mounted?" in output
    assert "What was published before has not changed." in output
    assert snapshots.current(few.home) == before


def test_a_folder_with_only_other_exports_than_the_required_is_taken_in(few, tmp_path):
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "episodes.csv").write_text("client_id,start_date\nA-003,2026-07-01\n")
    assert meshwork("run", "--exports", tmp_path / "later", "--home", few.home)[0] == 0


def test_rollback_brings_the_snapshot_before_back(few):
    before = snapshots.current(few.home)
    meshwork("run", "--exports", few.exports, "--home", few.home, "--as-of", "2026-09-20")
    assert snapshots.current(few.home) != before
    assert meshwork("rollback", "--home", few.home)[0] == 0
    assert snapshots.current(few.home) == before


@pytest.mark.thorough
@pytest.mark.parametrize("keeps_tables", [False, True])
def test_who_looks_back_and_goes_on_finds_what_was_published(published_home, monkeypatch, keeps_tables):
    monkeypatch.setattr(refresh, "IN_MEMORY", -1 if keeps_tables else 1_000_000)
    home = published_home()
    last = date(2026, 8, 2)
    kept = ("decline_flags", "decline_withdrawn", "client_week", *fit.TABLES)
    before, flagged = fingerprint(home), flags_of(home)
    run(SAMPLE, home, as_of=last)
    assert flags_of(home) == [flag for flag in flagged if flag[1] <= last - timedelta(days=6)]
    assert fingerprint(home)["decline_fit"] == [(0, None)] != before["decline_fit"]
    (home / "settings.toml").write_text("false_alerts_per_year = 0.25\n")
    run(SAMPLE, home, as_of=last - timedelta(days=60))
    run(SAMPLE, home)
    assert flags_of(home) == flagged
    after = fingerprint(home)
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert {name for name, rows in after.items() if name.endswith("_set_aside") and rows != [(0, None)]} == set()


def test_rolling_back_a_run_that_looked_back_goes_on_from_the_snapshot_before(few):
    before = fingerprint(few.home)
    run(few.exports, few.home, as_of=date(2026, 8, 20))
    assert fingerprint(few.home)["week_set_aside"] != [(0, None)]
    snapshots.roll_back(few.home)
    assert fingerprint(few.home) == before


def flags_of(home: Path) -> list[tuple]:
    with published(home) as engine:
        return engine.rows("SELECT client_id, week, kind, score, reason FROM decline_flags ORDER BY week, client_id")


def test_templates_hold_each_exports_header(tmp_path):
    assert meshwork("templates", "--out", tmp_path / "templates")[0] == 0
    written = {path.stem: path.read_text().strip().split(",") for path in (tmp_path / "templates").iterdir()}
    assert written == {name: list(export.header) for name, export in exports().items() if export.format == "table"}


def test_a_strangers_layout_comes_in_through_the_samples_profile(tmp_path):
    (profile,) = (SAMPLE / "profiles").glob("*.toml")
    folder = next(path for path in (SAMPLE / "profiles").iterdir() if path.is_dir())
    code, output = meshwork("run", "--exports", folder, "--profile", profile, "--home", tmp_path / "home", "--json")
    counts = json.loads(output)
    assert code == 0, output
    assert counts["accepted"] == counts["rows_read"] > 50
    assert meshwork("run", "--exports", folder, "--home", tmp_path / "other")[0] == 2, "without the profile"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as-of", "yesterday"], "not a date"),
        (["--profile", "no-such.toml"], "does not exist"),
        (["--exports", "no-such-folder"], "does not exist"),
    ],
)
def test_arguments_that_cannot_be_used_end_with_2(home, arguments, says):
    before = snapshots.current(home)
    code, output = meshwork("run", "--exports", SAMPLE, "--home", home, *arguments)
    assert code == 2
    assert says in output
    assert snapshots.current(home) == before


def test_no_required_export_ends_with_2(tmp_path):
    (tmp_path / "exports").mkdir()
    code, output = meshwork("run", "--exports", tmp_path / "exports", "--home", tmp_path / "home")
    assert code == 2
    assert "required export `attendance`" in output
    assert snapshots.current(tmp_path / "home") is None


def test_one_run_at_a_time(home):
    with FileLock(home / "lock"):
        code, output = meshwork("run", "--exports", SAMPLE, "--home", home)
    assert code == 2
    assert "Another run, or a backup, is working" in output


def test_settings_add_a_fellowship_and_errors_in_them_are_reported(small):
    with published(small.home) as engine:
        assert engine.rows("SELECT accepted, rejected FROM files WHERE file = 'attendance_zz.csv'") == [(1, 0)]
        assert engine.rows("SELECT name, date_basis FROM clinic") == [("Elm", "shifted")]
    (small.home / "settings.toml").write_text('date_basis = "guessed"\n')
    code, output = meshwork("run", "--exports", small.exports, "--home", small.home)
    assert code == 2
    assert "date_basis must be" in output


def test_a_row_that_the_settings_allow_no_longer_is_rejected_and_counts_no_more(small):
    def stored() -> int:
        with Engine(small.home / "store.duckdb", read_only=True) as store:
            return store.value("SELECT count(*) FROM attendance WHERE file = 'attendance_zz.csv'")

    assert stored() == 1
    (small.home / "settings.toml").write_text('name = "Elm"\n')
    code, _ = meshwork("run", "--exports", small.exports, "--home", small.home)
    assert code == 1
    with published(small.home) as engine:
        last = "run_id = (SELECT max(run_id) FROM files)"
        found = engine.rows(f"SELECT accepted, known, rejected FROM files WHERE file = 'attendance_zz.csv' AND {last}")
        assert found == [(0, 0, 1)]
    assert stored() == 0


def lay_until(folder: Path, day: date, last: date) -> None:
    """The two required exports up to a day, of six clients; the first has no record after the day `last`."""
    days = [date(2026, 2, 2) + timedelta(days=n) for n in range((day - date(2026, 2, 2)).days + 1)]
    came = [(f"MW-{n}", each) for n in range(6) for each in days if n or each <= last]
    attended = [f"{client},{each},AA" for client, each in came if each.weekday() in (0, 2, 5, 6)]
    checked = [f"{client},{each}" for client, each in came if each.weekday() == 3]
    (folder / "attendance.csv").write_text("\n".join(["client_id,meeting_date,fellowship", *attended, ""]))
    (folder / "checkins.csv").write_text("\n".join(["client_id,checkin_date", *checked, ""]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "last", [date(2026, 5, 14), date(2026, 5, 16), date(2026, 5, 17)]
)  # in the week and at its end
def test_a_flag_stays_when_care_without_an_episode_is_taken_to_have_ended(tmp_path, last):
    """A month after the last record, the weeks since are taken back: among them that of the flag. Nothing was corrected."""
    home, found = tmp_path / "home", []
    for weeks in (3, 6):
        as_of = date(2026, 5, 17) + timedelta(weeks=weeks)
        lay_until(tmp_path, as_of, last)
        run(tmp_path, home, as_of=as_of)
        with published(home) as tables:
            flags = tables.rows("SELECT client_id, week, revised_on FROM decline_flags")
            found.append((flags, tables.value("SELECT max(week) FROM client_week WHERE client_id = 'MW-0'")))
    (before, in_care_before), (after, in_care_after) = found
    ((client, week, revised_on),) = before
    assert (client, revised_on) == ("MW-0", None)
    assert in_care_before >= week > in_care_after
    assert after == before


def test_the_journal_is_one_more_source(small):
    with published(small.home) as engine:
        flags = "SELECT client_id, max(week) + 7 FROM decline_flags GROUP BY client_id ORDER BY 2, 1 LIMIT 1"
        client_id, seen_from = engine.rows(flags)[0]
        assert engine.value("SELECT count(*) FROM outreach") == 0
    entry = Entry("e1", datetime.combine(seen_from, datetime.min.time()), Contact(client_id, None, *CALL), False)
    Journal.of(small.home, Settings()).take_in([entry])
    assert run(small.exports, small.home).journal_problem == ""
    with published(small.home) as engine:
        acted = "SELECT acted_on FROM flag_response WHERE client_id = ? ORDER BY week DESC LIMIT 1"
        assert engine.value(acted, [client_id]) == seen_from


def test_no_contact_that_a_run_has_read_is_lost_with_the_journals_file(few, empty_home):
    the_run = ["run", "--exports", few.exports, "--home", empty_home]
    journal = Journal.of(empty_home, Settings())
    kept = journal.write(Contact("A-1", None, "contacted", None, None, False, None, "t1"))
    assert "no longer in the journal" not in meshwork(*the_run)[1]
    for path in empty_home.glob("journal.db*"):
        path.unlink()
    for _ in ("the first run after", "and every other"):
        status, output = meshwork(*the_run)
        assert (status, "1 contacts that an earlier run read are no longer" in output) == (1, True)
        with Engine(snapshots.current(empty_home), read_only=True) as engine:
            assert engine.rows("SELECT entry_id FROM outreach") == [(kept.entry_id,)]


def test_a_run_that_finds_the_same_unreadable_files_is_short_and_says_the_same(few, empty_home, monkeypatch):
    (few.exports / "attendance_old.pdf").write_bytes(b"%PDF-1.7")
    (few.exports / "sessions_old.xlsx").write_bytes(b"PK is no workbook")
    for path in few.exports.iterdir():
        os.utime(path, (0, 0))
    monkeypatch.setattr("pipelines.ingest.entries.TICK", -(10**18))  # as if all had lain there for long
    first = run(few.exports, empty_home)

    def fail(*arguments: object) -> None:
        raise AssertionError("the long way")

    monkeypatch.setattr("pipelines.refresh.refresh", fail)
    again = run(few.exports, empty_home)
    refused = [count for count in first.intake.files if count.status == "refused"]
    assert [count.file for count in refused] == ["attendance_old.pdf", "sessions_old.xlsx"]
    assert [count for count in again.intake.files if count.status == "refused"] == refused
    assert again.intake.status == first.intake.status
    assert run(few.exports, empty_home).run_id == 3


def test_a_clock_that_was_set_back_is_noticed(few, empty_home, monkeypatch):
    class Clock(date):
        @classmethod
        def today(cls):
            return cls(2020, 1, 1)

    assert "machine's clock" not in meshwork("run", "--exports", few.exports, "--home", empty_home)[1]
    monkeypatch.setattr("pipelines.run.date", Clock)
    assert (
        "This machine's clock says 1 January 2020" in meshwork("run", "--exports", few.exports, "--home", empty_home)[1]
    )


def test_a_disk_too_full_for_a_run_is_known_before_it_begins(few, empty_home, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=39_000_000))
    status, output = meshwork("run", "--exports", few.exports, "--home", empty_home)
    needed = f"needs at least {space_needed(empty_home, few.exports) / 1e6:,.0f} MB free"
    assert (status, needed in output, "there are 39 MB" in output) == (2, True, True)
    assert not (empty_home / "CURRENT").exists()


def test_a_run_needs_the_room_of_six_times_its_exports_and_of_what_it_copies(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "exports"
    (folder / "sessions").mkdir(parents=True)
    home.mkdir()
    (folder / "attendance.csv").write_bytes(bytes(1_000_000))
    (folder / "sessions" / "1.csv").write_bytes(bytes(500_000))
    assert space_needed(home, folder) == 40_000_000 + 6 * 1_500_000
    (home / STORE).write_bytes(bytes(70_000))
    assert space_needed(home, folder) == 40_000_000 + 70_000 + 6 * 1_500_000
    assert space_needed(home) == 40_000_000 + 70_000


def test_a_run_does_not_wait_for_a_journal_that_cannot_be_reached(few, empty_home):
    """It publishes with the contacts that the run before read, and ends with exit code 1."""
    written = datetime(2026, 6, 8, 9)
    entries = [Entry("e1", written, Contact("MW-00001", None, *CALL), False)]
    Journal.of(empty_home, Settings()).take_in(entries)
    run(few.exports, empty_home)
    (empty_home / "settings.toml").write_text(
        'journal_url = "postgresql://meshwork:secret@127.0.0.1:1/clinic"\n', "utf-8"
    )
    code, output = meshwork("run", "--exports", few.exports, "--home", empty_home)
    assert code == 1
    assert "The journal cannot be reached just now." in output
    assert "secret" not in output
    with published(empty_home) as engine:
        assert engine.rows("SELECT entry_id, written_on FROM outreach") == [("e1", written.date())]


def test_targets_and_rebases_come_from_the_settings(small):
    whole = "FROM control_point WHERE breakdown = 'all' AND kind = 'month'"
    with published(small.home) as engine:
        assert engine.rows(f"SELECT DISTINCT target {whole} AND measure = 'sessions_kept'") == [(0.8,)]
        assert engine.rows(f"SELECT count(DISTINCT phase) {whole} AND measure = 'census'") == [(2,)]
    (small.home / "settings.toml").write_text("[targets]\nsession_kept = 0.8\n", "utf-8")
    code, output = meshwork("run", "--exports", small.exports, "--home", small.home)
    assert code == 2
    assert "there is no measure 'session_kept'" in output


def test_a_clinics_own_catalogue_of_tasks_takes_the_place_of_ours(small):
    with published(small.home) as engine:
        assert engine.rows("SELECT name, step, prompts FROM task_catalogue") == [("plan", 0, ["Today"])]
        assert engine.rows("SELECT DISTINCT catalogue_task FROM client_task ORDER BY 1") == [("plan",), (None,)]
    (small.home / "tasks.toml").write_text("[plan]\nstep = 13\n", "utf-8")
    code, output = meshwork("run", "--exports", small.exports, "--home", small.home)
    assert code == 2
    assert "tasks.toml, [plan]:" in output


def test_an_interrupted_run_ends_with_2_and_changes_nothing(home, tmp_path):
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    (copy / STORE).unlink()
    shutil.rmtree(copy / "snapshots")
    (copy / "CURRENT").unlink()
    command = [sys.executable, "-m", "pipelines", "run", "--exports", str(SAMPLE), "--home", str(copy)]
    # A test that runs in the background of a shell inherits that interrupts are ignored.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heeding)
    while not (copy / "running" / STORE).exists():
        time.sleep(0.01)
    time.sleep(0.3)  # so that a statement is at work
    running.send_signal(signal.SIGINT)
    _, output = running.communicate()
    assert (running.returncode, "It was interrupted" in output, "Traceback" in output) == (2, True, False)
    assert not (copy / "CURRENT").exists()
    assert not (copy / "running").exists()


def test_a_run_is_done_once_its_snapshot_is_in_force_whatever_it_cannot_leave_for_the_next(few, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as disk:
        disk.setattr("pipelines.last_run.keep", full)
        disk.setattr("pipelines.kept.remove", full)
        code, output = meshwork("run", "--exports", few.exports, "--home", few.home, "--as-of", "2026-09-20")
    assert (code, "Published snapshot 000002" in output) == (1, True)
    assert snapshots.current(few.home).stem == "000002"
    code, output = meshwork("run", "--exports", few.exports, "--home", few.home, "--as-of", "2026-09-20")
    assert "Nothing is new, so snapshot 000002 stays in force" in output
    with Engine(snapshots.current(few.home), read_only=True) as engine:
        assert engine.rows("SELECT run_id FROM runs ORDER BY 1") == [(1,), (2,)]


def test_no_value_of_a_row_is_shown_when_a_run_fails(few, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        with Engine() as engine:
            engine.run("SELECT CAST('Jordan Quillfeather' AS DATE)")

    monkeypatch.setattr("pipelines.refresh.build_tables", fail)
    code, output = meshwork("run", "--exports", few.exports, "--home", tmp_path / "home")
    assert code == 2
    assert "ConversionException" in output
    assert "Quillfeather" not in output
