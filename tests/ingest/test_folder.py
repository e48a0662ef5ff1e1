"""A folder of exports: which file is read as which export, and the last day of the data."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

import pipelines.ingest.folder as folder_module
from pipelines.engine.duckdb import EngineError
from pipelines.ingest.folder import MissingExportError
from pipelines.ingest.identifiers import in_name
from pipelines.ingest.read import UnreadableError, UnreadNowError


def test_a_file_belongs_to_the_export_that_its_name_begins_with(desk):
    intake = desk.lay(
        {
            "sessions-2026.csv": "client_id,session_date,status\nAB-1,2026-10-01,attended\n",
            "Tasks_north.CSV": "client_id,task,assigned_on\nAB-1,Letter,2026-10-01\n",
            "sessionsnotes.csv": "anything\n",
            "readme.txt": "hello",
            ".hidden.csv": "x",
            "~$attendance.xlsx": "x",
        }
    ).take()
    assert {count.file: count.export for count in intake.files} == {
        "attendance.csv": "attendance",
        "checkins.csv": "checkins",
        "sessions-2026.csv": "sessions",
        "Tasks_north.CSV": "tasks",
    }
    assert [entry.name for entry in intake.not_read] == [
        ".hidden.csv",
        "readme.txt",
        "sessionsnotes.csv",
        "~$attendance.xlsx",
    ]


@pytest.mark.parametrize("missing", ["attendance", "checkins"])
def test_a_missing_required_export_is_reported(desk, missing):
    desk.lay({})
    (desk.folder / f"{missing}.csv").unlink()
    with pytest.raises(MissingExportError, match=f"required export `{missing}`"):
        desk.take()


def test_a_required_export_may_be_missing_once_it_has_come(desk):
    desk.lay({}).take()
    (desk.folder / "checkins.csv").unlink()
    assert desk.take().clean


def test_the_data_go_to_the_latest_attendance_or_checkin_that_is_not_in_the_future(desk):
    intake = desk.lay(
        {
            "attendance.csv": "client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\nAB-1,2027-01-01,AA\n",
            "checkins.csv": "client_id,checkin_date\nAB-1,2026-10-07\n",
            "sessions.csv": "client_id,session_date,status\nAB-1,2026-10-09,attended\nAB-1,2026-10-06,attended\n",
        }
    ).take()
    assert intake.as_of == date(2026, 10, 7)
    assert desk.reasons() == [
        ("attendance.csv", 3, "meeting_date", 'meeting_date "2027-01-01" is after the as-of date 2026-11-23'),
        ("sessions.csv", 2, "session_date", 'session_date "2026-10-09" is after the as-of date 2026-10-07'),
    ]


def test_a_row_that_an_earlier_run_took_from_the_future_does_not_move_the_as_of_date_there(desk):
    desk.lay({"attendance.csv": "client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\nAB-1,2027-01-01,AA\n"})
    assert desk.take(as_of=date(2027, 1, 2)).clean
    assert desk.take().as_of == date(2026, 10, 5)


def test_files_in_which_identifiers_are_found_are_refused_whole_and_nothing_of_them_is_kept(desk):
    desk.lay(
        {
            "attendance_2.csv": "client_id,meeting_date,fellowship,patient_name\nAB-7,2026-10-05,AA,Jordan Quillfeather\n",
            "sessions.csv": "client_id,session_date,status,topic\n"
            + "AB-7,2026-10-05,attended,meetings\n" * 40
            + "AB-7,2026-10-05,attended,ring 555-867-5309\n",
        }
    ).take()
    for file in ("attendance_2.csv", "sessions.csv"):
        assert desk.count(file).status == "refused"
        assert desk.count(file).rows_read == 0
        assert "Quillfeather" not in desk.count(file).note
        assert "5309" not in desk.count(file).note
    assert desk.engine.value("SELECT count(*) FROM store.attendance WHERE client_id = 'AB-7'") == 0
    assert desk.engine.value("SELECT count(*) FROM store.sessions") == 0
    assert "topic" in desk.count("sessions.csv").note
    assert "line 42" in desk.count("sessions.csv").note


def test_everything_in_the_folder_is_an_export_or_listed_with_why(desk, tmp_path):
    desk.lay({"attendance/2026-10.csv": "client_id,meeting_date,fellowship\nAB-5,2026-10-01,AA\n"})
    folder = desk.folder
    (folder / "attendance_x.csv").mkdir()
    (folder / "attendance_gone.csv").symlink_to(folder / "nowhere.csv")
    (folder / "sessions_loop.csv").symlink_to(folder / "sessions_loop.csv")
    os.mkfifo(folder / "tasks_pipe.csv")
    (folder / "attendance" / "sub").mkdir()
    (folder / "attendance" / "sub" / "deep.csv").write_text("client_id\n")
    (folder / "other").mkdir()
    (folder / "episodes").mkdir()
    (folder / "gone").symlink_to(folder / "nowhere")
    intake = desk.take()
    refused = {count.file: count.note for count in intake.files if count.status == "refused"}
    a_folder = "a folder, and only the folders named after an export are looked into, one level deep"
    assert refused == {
        "attendance_x.csv": f"the file is {a_folder}",
        "attendance_gone.csv": "the file is a link that leads nowhere",
        "sessions_loop.csv": "the file is a link that leads nowhere",
        "tasks_pipe.csv": "the file is no file that can be read (a pipe or a device)",
        "attendance/sub": f"the file is {a_folder}",
    }
    assert [(entry.name, entry.why) for entry in intake.not_read] == [
        ("episodes", "an empty folder"),
        ("gone", "a link that leads nowhere"),
        ("other", a_folder),
    ]
    assert not intake.clean
    assert desk.count("attendance/2026-10.csv").accepted == 1


def test_a_name_that_is_no_text_is_shown_all_the_same(desk):
    desk.lay({})
    Path(os.fsdecode(os.fsencode(desk.folder) + b"/attendance_\xff\x1b.csv")).write_text(
        "client_id,meeting_date,fellowship\nAB-5,2026-10-01,AA\n"
    )
    assert {count.file for count in desk.take().files} >= {"attendance_\ufffd\ufffd.csv"}


@pytest.mark.parametrize("error", [ValueError("AB-1"), RecursionError(), MemoryError(), KeyError("x")])
def test_whatever_a_reader_raises_refuses_its_file_and_the_others_go_on(desk, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr("pipelines.ingest.read.parquet.read", fails)
    desk.lay(
        {"attendance_2.parquet": b"PAR1", "sessions.csv": "client_id,session_date,status\nAB-1,2026-10-01,attended\n"}
    )
    desk.take()
    note = desk.count("attendance_2.parquet").note
    assert note == f"the file is damaged: it cannot be read to its end ({type(error).__name__})"
    assert desk.count("sessions.csv").accepted == 1


@pytest.mark.parametrize("looks", ["judge", "in_texts"])
def test_a_file_that_the_engine_cannot_look_through_is_refused_and_the_others_go_on(desk, monkeypatch, looks):
    place = folder_module.identifiers if looks == "in_texts" else folder_module
    look_through = getattr(place, looks)

    def failing(*arguments):
        if any("substance" in each.places if looks == "judge" else "0" in each.headers for each in arguments[2:]):
            raise EngineError("The engine stopped.")
        return look_through(*arguments)

    bad = "client_id,checkin_date,0\nAB-2,2026-10-05,x\n"
    profile = '[[source]]\nexport = "checkins"\nfiles = ["checkins_2*"]\n'
    columns = '[source.columns]\nclient_id = "client_id"\ncheckin_date = "checkin_date"\nsubstance = "0"\n'
    monkeypatch.setattr(place, looks, failing)
    desk.lay({"checkins_2.csv": bad, "checkins_3.csv": "client_id,checkin_date\nAB-3,2026-10-05\n"})
    desk.take(profile=profile + columns)
    assert desk.count("checkins_2.csv").note == "the file cannot be taken in. The engine stopped."
    assert desk.stored("checkins", "client_id") == [("AB-1",), ("AB-3",)]


def test_a_file_that_is_cut_while_it_is_read_is_refused_and_comes_in_once_it_is_whole(desk, monkeypatch):
    whole = "client_id,meeting_date,fellowship\n" + "".join(f"AB-{n:04},2026-10-01,AA\n" for n in range(3_000))
    desk.lay({"attendance_2.csv": whole})
    path = desk.folder / "attendance_2.csv"
    real = folder_module.read

    def cuts(*arguments, **more):
        reading = real(*arguments, **more)
        if arguments[0] == path:
            os.truncate(path, len(whole) // 3)
        return reading

    monkeypatch.setattr(folder_module, "read", cuts)
    desk.take()
    assert "Try again when it is complete" in desk.count("attendance_2.csv").note
    monkeypatch.undo()
    path.write_text(whole)
    desk.take()
    assert desk.count("attendance_2.csv").accepted == 3_000


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("attendance_maria_lopez.csv", "name"),
        ("attendance-JohnSmith.csv", "name"),
        ("attendance 555-867-5309.csv", "telephone or fax number"),
        ("attendance_123-45-6789.csv", "SSN or other national number"),
        ("attendance_someone@example.org.csv", "e-mail address"),
        ("attendance_1961-03-14.csv", "date of birth"),
        ("attendance_03-14-1961.csv", "date of birth"),
        ("attendance/maria lopez.csv", "name"),
    ],
)
def test_a_file_whose_name_may_identify_a_person_is_refused_and_the_name_withheld(desk, name, kind):
    desk.lay({name: "client_id,meeting_date,fellowship\nAB-5,2026-10-01,AA\n"}).take()
    (count,) = [count for count in desk.intakes[-1].files if count.status == "refused"]
    assert count.file.startswith("attendance ")
    assert count.file.endswith("(its name is withheld)")
    assert f"({kind})" in count.note
    assert desk.engine.value("SELECT count(*) FROM store.attendance WHERE client_id = 'AB-5'") == 0


@pytest.mark.parametrize(
    "name",
    [
        "attendance_2026-10_northside.csv", "attendance_20261031.csv", "attendance_2026-10-05.csv", "attendance_10-31-2026.csv",
        "attendance_st-mary.csv", "attendance_mill street.csv", "attendance (2).csv", "attendance_q3_v2.csv", "attendance_betty_ford.csv",
        "attendance/2026-10.csv", "attendance_grace_house.csv", "attendance_lincoln_park_2026.csv", "attendance_20261031T120000.csv",
    ],
)  # fmt: skip
def test_an_ordinary_name_passes(name):
    assert in_name(name) is None


@pytest.mark.parametrize("column", ["site", "note", "meeting_id", "mode", "fax"])
def test_a_phone_number_in_any_column_refuses_the_file(desk, column):
    text = f"client_id,meeting_date,fellowship,{column}\nAB-5,2026-10-01,AA,555-867-5309\n"
    desk.lay({"attendance_2.csv": text}).take()
    count = desk.count("attendance_2.csv")
    assert (count.status, count.rows_read) == ("refused", 0)
    assert "telephone or fax number" in count.note
    assert "5309" not in count.note


def test_numbers_that_could_be_ssns_are_refused_and_a_profile_leaves_them_out(desk):
    rows = "".join(f"AB-{n:03},2026-10-01,AA,{101 + n}{11 + n}{1234 + n}\n" for n in range(40))
    desk.lay({"attendance_2.csv": f"client_id,meeting_date,fellowship,ref_no\n{rows}"}).take()
    assert "`ids = [its header]` in a mapping profile leaves it out" in desk.count("attendance_2.csv").note
    profile = """
[[source]]
export = "attendance"
files = ["attendance_2.csv"]
ids = ["ref_no"]
[source.columns]
client_id = "client_id"
meeting_date = "meeting_date"
fellowship = "fellowship"
"""
    desk.take(profile=profile)
    assert desk.count("attendance_2.csv").accepted == 40


# --- files that cannot be read: whether the same file must be refused again ---------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("attendance_old.pdf", b"%PDF-1.7"),
        ("attendance_old.csv", b"one,two\n1,2\n"),
        ("attendance_old.xlsx", b"PK\x03\x04 is no workbook"),
        ("attendance_old.parquet", b"PAR1 is no table"),
    ],
)
def test_what_is_refused_for_its_name_or_its_bytes_is_refused_again(desk, name, content):
    intake = desk.lay({name: content}).take()
    assert desk.count(name).status == "refused"
    assert not intake.unsure
    assert (desk.folder / name in intake.unopened) == name.endswith(".pdf")


@pytest.mark.parametrize(
    "broken", [UnreadNowError("changed while it was read"), MemoryError(), OSError(5, "Input/output error")]
)
def test_what_may_be_read_another_time_is_not_known_to_be_refused_again(desk, monkeypatch, broken):
    def fail(*arguments: object) -> None:
        raise broken

    monkeypatch.setattr("pipelines.ingest.read.delimited.read", fail)
    intake = desk.lay({}).take()
    assert {count.status for count in intake.files} == {"refused"}
    assert intake.unsure


def test_a_file_whose_bytes_are_others_after_it_was_refused_is_not_known_to_be_refused_again(desk, monkeypatch):
    def fail(path: Path, *arguments: object) -> None:
        path.write_text("whole at last")
        raise UnreadableError("is damaged")

    monkeypatch.setattr("pipelines.ingest.read.delimited.read", fail)
    assert desk.lay({}).take().unsure


@pytest.mark.parametrize("together", [1, folder_module.TOGETHER])
def test_files_that_are_held_together_come_in_as_each_would_alone(desk, monkeypatch, together):
    monkeypatch.setattr(folder_module, "TOGETHER", together)
    header = "client_id,session_date,status,topic"
    desk.lay(
        {
            "sessions_1.csv": f"{header}\nAB-1,2026-10-01,attended,Step four\n",
            "sessions_2.csv": f"{header}\nAB-1,2026-10-02,attended,call (555) 867-5309\n",
            "sessions_3.csv": f"{header}\nAB-1,2026-10-01,attended,Step four\n",
            "sessions_4.csv": f"{header}\nAB-1,2026-10-01,no_show,Step four\nAB-1,2026-10-99,no_show,\n",
            "sessions_5.csv": "client_id\nAB-1\n",
        }
    )
    intake = desk.take()
    counts = [(each.file, each.accepted, each.known, each.rejected, each.status) for each in intake.files]
    assert counts == [
        ("attendance.csv", 1, 0, 0, "read"),
        ("checkins.csv", 1, 0, 0, "read"),
        ("sessions_1.csv", 1, 0, 0, "read"),
        ("sessions_2.csv", 0, 0, 0, "refused"),
        ("sessions_3.csv", 0, 1, 0, "read"),
        ("sessions_4.csv", 1, 0, 1, "read"),
        ("sessions_5.csv", 0, 0, 0, "refused"),
    ]
    assert desk.stored("sessions", "session_date, status, file") == [(date(2026, 10, 1), "no_show", "sessions_4.csv")]
    held = (
        "SELECT table_name FROM duckdb_tables() WHERE regexp_matches(table_name, '^(raw|broken|distinct_texts|judged)')"
    )
    assert desk.engine.rows(held) == []


def test_a_file_that_is_gone_once_the_folder_is_listed_is_refused_and_the_others_go_on(desk, monkeypatch):
    def lists_and_loses(folder, *more):
        found = arrivals(folder, *more)
        (folder / "sessions.csv").unlink()
        return found

    arrivals = folder_module.arrivals
    monkeypatch.setattr(folder_module, "arrivals", lists_and_loses)
    desk.lay({"sessions.csv": "client_id,session_date,status\nAB-1,2026-10-01,attended\n"}).take()
    assert desk.count("sessions.csv").note == "the file cannot be opened (No such file or directory)"
    assert desk.count("attendance.csv").accepted == 1


# By RULES: the digest of what rows and texts are checked with, as it was when RULES was last thought of.
CHECKED_WITH = (2, "75446af3d02e9a51")


def test_a_change_of_checking_is_not_forgotten_in_files_that_were_read_before():
    package = Path(folder_module.__file__).parent
    parts = [
        "check.py",
        "persons.py",
        "plausible.py",
        "dictionary.py",
        "dictionary.txt",
        "names.txt",
        "identifiers.py",
        "identifiers.toml",
    ]
    sources = [package.parent / "contract/__init__.py", *(package / part for part in parts)]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    assert (folder_module.RULES, digest) == CHECKED_WITH, (
        "What rows are checked with has changed. If rows are taken otherwise, or reasons worded otherwise, than by the "
        "last release, and RULES in pipelines/ingest/folder.py has not been counted up since, count it up. Then write "
        f"({folder_module.RULES}, {digest!r}) into CHECKED_WITH."
    )
