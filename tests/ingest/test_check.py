"""Checking: what is wrong with a cell, in words that a receptionist can act on."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.ingest.check import Judged, Rows, check, faults_query, judge, typed_query, wrong_words
from pipelines.ingest.layout import OWN
from pipelines.ingest.texts import gather
from tests.ingest.conftest import a_desk

AS_OF = date(2026, 11, 23)

TWO_WAYS = "1 client_ids are spelled with capital and with small letters, here or in other files, and count as different clients"

BAD = [  # export, header, row; column, reason
    ("attendance", "client_id,meeting_date,fellowship", ",2026-10-05,AA", "client_id", "client_id is missing"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,N/A,AA", "meeting_date", "meeting_date is missing"),
    ("attendance", "client_id,meeting_date,fellowship", "A,2026-10-05,AA", "client_id", "client_id is not a pseudonym (3 to 64 of A-Z a-z 0-9 _ -)"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,31/02/2026,AA", "meeting_date", 'meeting_date "31/02/2026" is not a date (YYYY-MM-DD)'),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,2026-02-30,AA", "meeting_date", 'meeting_date "2026-02-30" is not a date (YYYY-MM-DD)'),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,yesterday,AA", "meeting_date", "meeting_date is not a date (YYYY-MM-DD)"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,1989-12-31,AA", "meeting_date", "meeting_date is before 1990"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,2026-11-24,AA", "meeting_date", 'meeting_date "2026-11-24" is after the as-of date 2026-11-23'),
    ("attendance", "client_id,meeting_date,fellowship,start_time", "AB-1,2026-10-05,AA,24:10", "start_time", 'start_time "24:10" is not a time of day (HH:MM)'),
    ("attendance", "client_id,meeting_date,fellowship,mode", "AB-1,2026-10-05,AA,by car", "mode", "mode is not one of in_person, online, phone"),
    ("crises", "client_id,opened_on,kind", "AB-1,2026-10-05,legel", "kind", 'kind "legel" is not one of housing, legal, medical, family, employment, safety, other; did you mean legal? Map it in a mapping profile'),
    ("crises", "client_id,opened_on,kind", "AB-1,2026-10-05,fam", "kind", "kind is not one of housing, legal, medical, family, employment, safety, other"),
    ("checkins", "client_id,checkin_date,used", "AB-1,2026-10-05,maybe", "used", "used is not yes or no"),
    ("checkins", "client_id,checkin_date,step", "AB-1,2026-10-05,13", "step", 'step "13" is not a whole number from 0 to 12'),
    ("checkins", "client_id,checkin_date,step", "AB-1,2026-10-05,2.5", "step", 'step "2.5" is not a whole number from 0 to 12'),
    ("checkins", "client_id,checkin_date,sponsor_contacts", "AB-1,2026-10-05,-1", "sponsor_contacts", 'sponsor_contacts "-1" is not a whole number of 0 or more'),
    ("checkins", "client_id,checkin_date,last_use_date", "AB-1,2026-10-05,2026-10-06", "last_use_date", "last_use_date is after the check-in itself"),
    ("episodes", "client_id,start_date,end_date", "AB-1,2026-10-05,2026-10-01", "end_date", "end_date is before the start_date"),
    ("absences", "client_id,site,start_date,end_date", "AB-1,North,2026-10-05,2026-10-06", "client_id", "client_id and site are both given or both blank: a row names a client who is away, or a site that is closed"),
    ("absences", "client_id,site,start_date,end_date", ",,2026-10-05,2026-10-06", "client_id", "client_id and site are both given or both blank: a row names a client who is away, or a site that is closed"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,03/14/1961,AA", "meeting_date", "meeting_date is not a date (YYYY-MM-DD)"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,14.03.61,AA", "meeting_date", "meeting_date is not a date (YYYY-MM-DD)"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,19610314,AA", "meeting_date", "meeting_date is not a date (YYYY-MM-DD)"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,46300,AA", "meeting_date", "meeting_date is not a date (YYYY-MM-DD), but a number by which spreadsheets keep one"),
    *(("attendance", "client_id,meeting_date,fellowship", f'AB-1,"{cell}",AA', "meeting_date", f"meeting_date{shown} is not a date (YYYY-MM-DD)")
      for cell, shown in (("3/4/61", ""), ("12/04", ""), ("12/04/61 2026", ""), ("Oct 5, 2026", ' "Oct 5, 2026"'), ("10/5/2026 7:30", ' "10/5/2026 7:30"'))),
    *(("attendance", "client_id,meeting_date,fellowship,start_time", f"AB-1,2026-10-05,AA,{cell}", "start_time", f"start_time{shown} is not a time of day (HH:MM)")
      for cell, shown in (("12/04/85", ""), ("12.04.85", ""), ("483920", ""), ("1930", ' "1930"'), ("9:5", ' "9:5"'), ("8", ' "8"'))),
    *(("checkins", "client_id,checkin_date,used", f"AB-1,2026-10-05,{cell}", "used", f"used{shown} is not yes or no")
      for cell, shown in (("12/04/85", ""), ("5551", ""), ("92", ""), ("89", ' "89"'), ("0.5", ' "0.5"'))),
    *(("episodes", "client_id,start_date,level_of_care", f"AB-1,2026-10-05,{cell}", "level_of_care", f"level_of_care{shown} is not one of 0.5, 1, 1.0, 1.5, 1.7, 2.1, 2.5, 2.7, 3.1, 3.3, 3.5, 3.7, 4, OTP")
      for cell, shown in (("3.2", ' "3.2"'), ("94110", ""), ("12.04.85", ""))),
    ("attendance", "client_id,meeting_date,fellowship,mode", "AB-1,2026-10-05,AA,Zoom", "mode", 'mode "Zoom" is not one of in_person, online, phone; did you mean online? Map it in a mapping profile'),
    ("attendance", "client_id,meeting_date,fellowship,mode", "AB-1,2026-10-05,AA,in_persn", "mode", 'mode "in_persn" is not one of in_person, online, phone; did you mean in_person? Map it in a mapping profile'),
    ("attendance", "client_id,meeting_date,fellowship,mode", "AB-1,2026-10-05,AA,Fulano", "mode", "mode is not one of in_person, online, phone"),
    ("attendance", "client_id,meeting_date,fellowship,start_time", "AB-1,2026-10-05,AA,7:30 PM", "start_time", 'start_time "7:30 PM" is not a time of day (HH:MM)'),
    ("attendance", "client_id,meeting_date,fellowship,start_time", "AB-1,2026-10-05,AA,19.30", "start_time", 'start_time "19.30" is not a time of day (HH:MM)'),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,5-Oct-2026,AA", "meeting_date", 'meeting_date "5-Oct-2026" is not a date (YYYY-MM-DD)'),
    *(("attendance", "client_id,meeting_date,fellowship", f"AB-1,5-Oct-{year},AA", "meeting_date", f"meeting_date{shown} is not a date (YYYY-MM-DD)")
      for year, shown in ((2016, ""), (2017, ' "5-Oct-2017"'), (2035, ' "5-Oct-2035"'), (2036, ""))),
    *(("checkins", "client_id,checkin_date,step", f"AB-1,2026-10-05,{cell}", "step", f"step{shown} is not a whole number from 0 to 12")
      for cell, shown in (("1--1", ""), ("100", ' "100"'), ("1234", ""), ("483920", ""), ("98.6", ' "98.6"'), ('"1,000"', ' "1,000"'),  ("7/10", ' "7/10"'), ("7+", ' "7+"'), ("3-4", ' "3-4"'), ("7/12", ""), ("3-4-61", ""))),
    ("attendance", "client_id,meeting_date,fellowship", '"AB-1","March 14, 1961",AA', "meeting_date", "meeting_date is not a date (YYYY-MM-DD)"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-1,June 2026 Carter,AA", "meeting_date", "meeting_date is not a date (YYYY-MM-DD)"),
    ("episodes", "client_id,start_date,asam_edition", "AB-1,2026-10-05,5", "asam_edition", 'asam_edition "5" is not one of 3, 4'),
    ("checkins", "client_id,checkin_date,used", "AB-1,2026-10-05,Checked", "used", 'used "Checked" is not yes or no'),
    ("checkins", "client_id,checkin_date,used", "AB-1,2026-10-05,2", "used", 'used "2" is not yes or no'),
    *(("episodes", "client_id,start_date,meetings_per_week", f"AB-1,2026-10-05,{number}", "meetings_per_week", "meetings_per_week is not a number of 0 or more")
      for number in ("4" * 400, "-" + "4" * 400, "Infinity", "1e3")),
    ("checkins", "client_id,checkin_date,sponsor_contacts", "AB-1,2026-10-05,none", "sponsor_contacts", 'sponsor_contacts "none" is not a whole number of 0 or more'),
    ("attendance", "client_id,meeting_date,fellowship", "NULL,2026-10-05,AA", "client_id", 'client_id "NULL" means that there is nobody'),
    ("attendance", "client_id,meeting_date,fellowship", "None,2026-10-05,AA", "client_id", 'client_id "None" means that there is nobody'),
    ("attendance", "client_id,meeting_date,fellowship", "NaN,2026-10-05,AA", "client_id", 'client_id "NaN" means that there is nobody'),
    ("attendance", "client_id,meeting_date,fellowship", "Total,2026-10-05,AA", "client_id", 'client_id "Total" is of a row of totals, not of a client'),
    *(("attendance", "client_id,meeting_date,fellowship", f"{word},2026-10-05,AA", "client_id", f'client_id "{word}" means that there is nobody')
      for word in ("000", "---", "XXX", "unk", "(blank)", "Client")),
    ("attendance", "client_id,meeting_date,fellowship", "Grand Total,2026-10-05,AA", "client_id", 'client_id "Grand Total" is of a row of totals, not of a client'),
    ("attendance", "client_id,meeting_date,fellowship", "Total: 12 of Fulano,2026-10-05,AA", "client_id", "client_id is of a row of totals, not of a client"),
    ("attendance", "client_id,meeting_date,fellowship,site", "AB-1,2026-10-05,AA,#REF!", "site", "site holds a spreadsheet's error (#REF!)"),
    ("checkins", "client_id,checkin_date,step,used", "AB-1,x,99,?", "checkin_date", 'checkin_date is not a date (YYYY-MM-DD); used is not yes or no; step "99" is not a whole number from 0 to 12'),
    ("sessions", "client_id,session_date,status,topic", f"AB-1,2026-10-05,attended,{'x' * 201}", "topic", "topic is longer than 200 characters"),
]  # fmt: skip


@pytest.fixture(scope="module")
def rejections(tmp_path_factory):
    """(export, header, row) → (column, reason) of the bad rows, all delivered at once: those of one header are a file."""
    files: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for export, header, row, *_ in BAD:
        files[f"{export}_{header.replace(',', '-')}.csv"].append((export, header, row))
    desk = a_desk(tmp_path_factory.mktemp("desk"))
    desk.lay({name: "\n".join([its[0][1], *(row for *_, row in its)]) for name, its in files.items()})
    desk.take(as_of=AS_OF)
    assert len(desk.reasons()) == len(BAD)
    return {files[file][line - 2]: (column, reason) for file, line, column, reason in desk.reasons()}


@pytest.mark.slow
@pytest.mark.parametrize(("export", "header", "row", "column", "reason"), BAD)
def test_a_bad_row_is_rejected_with_what_to_correct(rejections, export, header, row, column, reason):
    assert rejections[export, header, row] == (column, reason)


GOOD = [  # export, header, row; column, what is stored of it
    ("attendance", "client_id,meeting_date,fellowship", "AB-9,2026-10-05,al anon", "fellowship", "Al-Anon"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-9,2026-10-05,RECOVERY DHARMA", "fellowship", "Recovery Dharma"),
    ("attendance", "client_id,meeting_date,fellowship,mode", "AB-9,2026-10-05,AA,In Person", "mode", "in_person"),
    ("attendance", "client_id,meeting_date,fellowship,start_time", "AB-9,2026-10-05,AA,7:30", "start_time", "07:30"),
    ("attendance", "client_id,meeting_date,fellowship,start_time", "AB-9,2026-10-05,AA,19:30:00", "start_time", "19:30"),
    ("checkins", "client_id,checkin_date", "AB-9,2026-10-05", "status", "completed"),
    ("checkins", "client_id,checkin_date", "AB-9,2026-10-05", "source", "self_report"),
    ("checkins", "client_id,checkin_date,used", "AB-9,2026-10-05,Y", "used", True),
    ("checkins", "client_id,checkin_date,used", "AB-9,2026-10-05,FALSE", "used", False),
    ("checkins", "client_id,checkin_date,used", "AB-9,2026-10-05,", "used", None),
    ("checkins", "client_id,checkin_date,step", "AB-9,2026-10-05,3.0", "step", 3),
    ("checkins", "client_id,checkin_date", "AB-9,2026-10-05 00:00:00", "checkin_date", date(2026, 10, 5)),
    *(("attendance", "client_id,meeting_date,fellowship", f"AB-9,{day},AA", "meeting_date", day) for day in (date(1990, 1, 1), date(2026, 11, 23))),
    ("episodes", "client_id,start_date,end_date", "AB-9,2026-10-05,2027-03-01", "end_date", date(2027, 3, 1)),
    ("episodes", "client_id,start_date,level_of_care", "AB-9,2026-10-05,1", "level_of_care", "1"),
    ("episodes", "client_id,start_date,level_of_care", "AB-9,2026-10-05,1.0", "level_of_care", "1.0"),
    ("episodes", "client_id,start_date,level_of_care", "AB-9,2026-10-05,otp", "level_of_care", "OTP"),
    ("attendance", "client_id,meeting_date,fellowship", "AB-9,2026-10-05,NA", "fellowship", "NA"),
    *(("attendance", "client_id,meeting_date,fellowship,site", f"AB-9,2026-10-05,AA,{word}", "site", None)
      for word in ("N/A", "na", "NA", "-", "\\N", "null", "NULL", "#N/A", "NaN", "None", "(null)", "Unknown")),
    ("attendance", "client_id,meeting_date,fellowship,start_time", "AB-9,2026-10-05,AA,N/A", "start_time", None),
    ("checkins", "client_id,checkin_date,used", "AB-9,2026-10-05,N/A", "used", None),
    ("checkins", "client_id,checkin_date,step", "AB-9,2026-10-05,-", "step", None),
    ("attendance", "client_id,meeting_date,fellowship,site", "AB-9,2026-10-05,AA,\x0bNorth\x0b", "site", "North"),
    ("attendance", "client_id,meeting_date,fellowship,site", "AB-9,2026-10-05,AA,\u200bNorth\u3000", "site", "North"),
    ("tasks", "client_id,task,assigned_on,due_on", "AB-9,Letter,2026-10-05,2026-12-31", "due_on", date(2026, 12, 31)),
]  # fmt: skip


@pytest.fixture(scope="module")
def stored_from(tmp_path_factory):
    """Returns the stored cell of a good row. All are delivered at once, each in a file of its own and of its own client."""
    files = {(export, header, row): f"{export}_{n:02}.csv" for n, (export, header, row, *_) in enumerate(GOOD)}
    desk = a_desk(tmp_path_factory.mktemp("desk"))
    desk.lay(
        {file: f"{header}\n{row.replace('AB-9', f'AB-9{file[-6:-4]}')}\n" for (_, header, row), file in files.items()}
    )
    assert desk.take(as_of=AS_OF).clean

    def found(export, header, row, column):
        return desk.engine.rows(f"SELECT {column} FROM store.{export} WHERE file = ?", [files[export, header, row]])

    return found


@pytest.mark.slow
@pytest.mark.parametrize(("export", "header", "row", "column", "stored"), GOOD)
def test_a_good_cell_is_stored_in_its_type(stored_from, export, header, row, column, stored):
    assert stored_from(export, header, row, column) == [(stored,)]


def test_a_word_in_the_wrong_column_is_not_repeated(desk):
    desk.lay({"checkins_2.csv": "client_id,checkin_date,step\nAB-1,Elsewhere,Someplace\n"}).take()
    (_, _, _, reason) = desk.reasons()[0]
    assert "Elsewhere" not in reason
    assert "Someplace" not in reason


def test_columns_that_are_not_the_contracts_are_ignored_and_reported(desk):
    desk.lay({"attendance.csv": "client_id,meeting_date,fellowship,room\nAB-1,2026-10-05,AA,4\n"}).take()
    assert desk.count("attendance.csv").accepted == 1
    assert desk.count("attendance.csv").note == "columns not used: room"


def reasons_of(desk, word: str, clients: tuple[str, ...]) -> set[str]:
    """Why rows of these clients are rejected that hold a word for yes or no."""
    rows = "".join(f'{client},2026-10-0{n},"{word}"\n' for n, client in enumerate(clients, 1))
    desk.lay({"checkins_2.csv": f"client_id,checkin_date,used\n{rows}"}).take(as_of=AS_OF)
    return {reason for *_, reason in desk.reasons()}


@pytest.mark.parametrize(
    ("word", "clients", "shown"),
    [
        ("Sometimes", ("AB-1", "AB-1", "AB-2"), True),
        ("Sometimes", ("AB-1", "AB-1", "AB-1"), False),
        ("Sometimes", ("AB-1", "AB-2"), False),
        ("rather more than once now", ("AB-1", "AB-1", "AB-2"), True),
        ("rather more than once then", ("AB-1", "AB-1", "AB-2"), False),
    ],
)
def test_a_wrong_word_is_the_clinics_own_where_it_is_short_and_three_rows_of_two_clients_hold_it(
    desk, word, clients, shown
):
    assert reasons_of(desk, word, clients) == {f'used "{word}" is not yes or no' if shown else "used is not yes or no"}


def test_of_wrong_words_of_many_rows_the_twenty_most_frequent_of_a_column_are_shown(desk):
    words = [
        "after", "again", "always", "before", "daily", "earlier", "later", "maybe", "monthly", "mostly", "never", "often",
        "once", "only", "partly", "rarely", "sometimes", "soon", "still", "twice", "weekly",
    ]  # fmt: skip
    rows = "".join(
        f"AB-{n},2026-10-{day:02},{word}\n" for day, word in enumerate(words, 1) for n in range(3 + (word == "weekly"))
    )
    desk.lay({"checkins_2.csv": f"client_id,checkin_date,used\n{rows}"}).take(as_of=AS_OF)
    assert {reason for *_, reason in desk.reasons()} == {
        "used is not yes or no",  # of "twice", the last in the alphabet of those with three rows
        *(f'used "{word}" is not yes or no' for word in words if word != "twice"),
    }


@pytest.mark.parametrize("word", ["CoDA", "ACOA", "Webex", "tele", "SoberLink"])
def test_fellowships_and_services_are_known_words(desk, word):
    assert reasons_of(desk, word, ("AB-1", "AB-1", "AB-2")) == {f'used "{word}" is not yes or no'}


@pytest.mark.parametrize(
    "word", ["Smith", "kowalczyk", "jsmith", "gonzalezj", "Oakwood Apts", "Oak Street", "maybe Kowalczyk", "zoë"]
)
def test_a_wrong_word_that_may_be_somebodys_is_not_repeated_however_many_rows_hold_it(desk, word):
    assert reasons_of(desk, word, tuple(f"AB-{n}" for n in range(1, 10))) == {"used is not yes or no"}


def test_the_headers_that_are_not_used_are_shown_where_they_are_words(desk):
    header = (
        "client_id,meeting_date,fellowship,room,notes for Maria,Kowalczyk A,redcap_event_name,jsmith,LOC_Desc,SyncGUID,"
    )
    desk.lay({"attendance.csv": f"{header}\nAB-1,2026-10-05,AA,4,,,,,,,\n"}).take()
    assert (
        desk.count("attendance.csv").note
        == "columns not used: room, column 5, column 6, redcap_event_name, column 8, LOC_Desc, SyncGUID"
    )


def test_a_level_with_a_word_before_it_is_shown_with_the_code(desk):
    desk.lay({"episodes.csv": "client_id,start_date,level_of_care\nAB-1,2026-10-01,Level 2.1\n"}).take()
    ((_, _, _, reason),) = desk.reasons()
    assert reason.startswith('level_of_care "Level 2.1" is not one of')
    assert reason.endswith("did you mean 2.1? Map it in a mapping profile")


def test_a_wrong_word_of_many_rows_is_shown_for_a_date_too(desk):
    rows = "".join(f"AB-{n},2026-10-05,Ongoing\n" for n in range(1, 4))
    desk.lay({"checkins_2.csv": f"client_id,checkin_date,last_use_date\n{rows}"}).take()
    assert {reason for *_, reason in desk.reasons()} == {'last_use_date "Ongoing" is not a date (YYYY-MM-DD)'}


def test_ids_that_differ_in_capitals_only_are_counted(desk):
    rows = "ab-1,2026-10-05,AA\nAB-1,2026-10-06,AA\nab-2,2026-10-05,AA\n"
    desk.lay({"attendance.csv": f"client_id,meeting_date,fellowship\n{rows}"}).take()
    assert desk.count("attendance.csv").note == TWO_WAYS


@pytest.mark.parametrize("together", [True, False])
def test_ids_that_differ_in_capitals_from_those_of_another_file_are_counted_there(desk, together):
    attendance = "client_id,meeting_date,fellowship\nAB-9,2026-10-05,AA\nAB-8,2026-10-05,AA\n"
    if not together:
        desk.lay({"attendance.csv": attendance}).take()
    tasks = "client_id,task,assigned_on\nab-9,read,2026-10-05\nAB-8,read,2026-10-05\nab-8,read,2030-10-05\n"
    desk.lay({"attendance.csv": attendance, "tasks.csv": tasks}).take()
    assert [desk.count(file).note for file in ("attendance.csv", "tasks.csv")] == ["", TWO_WAYS]


@pytest.mark.parametrize(
    "other", ["Client ID", "ClientID", "clientId", "client.id", "CLIENT-ID", "client_id:", "client\u200b_id"]
)
def test_one_column_under_two_spellings_is_refused_with_both(desk, other):
    text = f"{other},client_id,meeting_date,fellowship\nAB-1,AB-9,2026-10-05,AA\n"
    desk.lay({"attendance_2.csv": text}).take()
    note = desk.count("attendance_2.csv").note
    assert note == f'the file has the column client_id twice: as "{other}" and as "client_id". Delete one of them'


def test_a_header_is_known_in_any_spelling(desk):
    desk.lay({"attendance_2.csv": "ClientID,Meeting Date,FELLOWSHIP,start.time\nAB-9,2026-10-05,AA,18:00\n"}).take()
    assert desk.engine.rows("SELECT start_time FROM store.attendance WHERE client_id = 'AB-9'") == [("18:00",)]


def test_two_unused_columns_of_one_name_stop_nothing(desk):
    text = "client_id,meeting_date,fellowship,Room,room\nAB-1,2026-10-05,AA,1,2\n"
    assert desk.lay({"attendance_2.csv": text}).take().clean


CHECKINS = exports()["checkins"]
CELLS = {
    "client_id": ["AB-1", " AB-1 ", "ab-1", "", "n/a", "Total", "000", "A", "a b", None],
    "checkin_date": ["2026-10-05", " 2026-10-05", "2026-10-05 00:00:00", "2026-02-30", "31/02/2026", "1989-12-31", "", None],
    "status": ["completed", "Completed", "MISSED", "bogus", "unknown", "", None],
    "used": ["yes", "no", "Y", "0", "1.0", "true", "maybe", "-", "", None],
    "last_use_date": ["2026-10-04", "2026-10-06", "2027-01-01", "soon", "", None],
    "craving": ["0", "10", "3.0", "03", "3.5", "-1", "11", "n/a", "\u0663", "1e1", "", None],
    "substance": ["alcohol", "none", "#REF!", "x" * 201, " wine\u00a0", "", None],
}  # fmt: skip


ROW = st.tuples(*map(st.sampled_from, CELLS.values()))


# An example costs the planning of its queries, not its rows: few tables, of which some are long. In a short one a column
# may hold nothing that is wrong, or nothing that the engine's own cast would read otherwise.
@pytest.mark.slow
@settings(max_examples=24, deadline=None)
@given(rows=st.lists(ROW, max_size=4) | st.lists(ROW, min_size=20, max_size=40))
def test_the_engines_own_cast_gives_what_looking_each_text_up_gives(rows):
    cells = dict(
        zip((f"c{n}" for n in range(len(CELLS))), zip(*rows, strict=True) if rows else [()] * len(CELLS), strict=True)
    )
    places = {column: n for n, column in enumerate(CELLS)}
    with Engine() as engine:
        lines = {"line": pa.array(range(2, len(rows) + 2), pa.int64())}
        engine.load("raw", pa.table(lines | {name: pa.array(texts, pa.string()) for name, texts in cells.items()}))
        gather(engine, "raw", list(cells))
        of_file = Rows(CHECKINS, OWN, places)
        judged = judge(engine, AS_OF, of_file)[0]
        common = wrong_words(engine, of_file, judged)
        each_looked_up = {column: Judged(plain=False, wrong=True) for column in places}
        (as_cast, faults), (as_looked_up, faults_looked_up) = (
            [
                engine.rows(f"FROM ({query}) ORDER BY line")
                for query in (typed_query(of_file, how), faults_query(of_file, how, AS_OF, common))
            ]
            for how in (judged, judged | each_looked_up)
        )
        assert (as_cast, faults) == (as_looked_up, faults_looked_up)


@pytest.mark.parametrize("export", exports().values(), ids=lambda export: export.name)
def test_checked_rows_have_the_types_of_the_stored_ones(export):
    places = {column: n for n, column in enumerate(export.header)}
    columns = [f"c{n}" for n in range(len(places))]
    with Engine() as engine:
        store.open_in(engine, exports())
        engine.load("raw", pa.table({"line": pa.array([2], pa.int64())} | {c: pa.array([""]) for c in columns}))
        gather(engine, "raw", columns)
        of_file = Rows(export, OWN, places)
        check(engine, of_file, judge(engine, AS_OF, of_file)[0], AS_OF)
        types = f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND column_name IN {export.header}"
        assert dict(engine.rows(types, ["typed"])) == dict(engine.rows(types, [export.name]))
