"""A folder of exports: which files are read as what, and up to when the data go."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.ingest.folder import MissingExportError


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
def test_a_required_export_that_never_came_is_said(desk, missing):
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
