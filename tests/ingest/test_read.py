"""Reading accepts what clinics really send, and accounts for every line of it."""

from __future__ import annotations

import io
from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HEADER = "client_id,meeting_date,fellowship,meeting_id"
ROWS = f"{HEADER}\nAB-1,2026-10-05,AA,café-am\nAB-2,2026-10-06,NA,\n"
STORED = [("AB-1", date(2026, 10, 5), "AA", "café-am"), ("AB-2", date(2026, 10, 6), "NA", None)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("attendance.csv", ROWS.encode("utf-8"), id="UTF-8"),
        pytest.param("attendance.csv", ROWS.encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param("attendance.csv", ROWS.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param("attendance.csv", ROWS.encode("utf-16-le"), id="UTF-16 without one"),
        pytest.param("attendance.csv", ROWS.encode("cp1252"), id="Windows-1252"),
        pytest.param("attendance.csv", ROWS.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param("attendance.csv", ROWS.replace("\n", "\r").encode(), id="CR"),
        pytest.param("attendance.csv", ROWS.replace(",", ";"), id="semicolons"),
        pytest.param("attendance.csv", ROWS.replace(",", "\t"), id="tabs"),
        pytest.param("attendance.csv", "sep=;\n" + ROWS.replace(",", ";"), id="a spreadsheet's sep line"),
        pytest.param("attendance.csv", ROWS.replace(HEADER, HEADER.upper()), id="upper-case header"),
        pytest.param("attendance.csv", ROWS.replace(HEADER, " Client ID , Meeting-Date,fellowship ,MEETING_ID"), id="blanks in the header"),
        pytest.param("attendance.csv", ROWS.replace(",AA,", ", aa ,"), id="blanks and case in cells"),
        pytest.param("attendance.csv", ROWS + "\n\n", id="empty lines at the end"),
        pytest.param("attendance.csv", ROWS.rstrip("\n"), id="no last line break"),
        pytest.param("attendance.csv", ROWS.replace("NA,", "NA,,,,"), id="empty cells beyond the header"),
        pytest.param("attendance.csv", '"client_id","meeting_date","fellowship","meeting_id"\n"AB-1","2026-10-05","AA","café-am"\n"AB-2","2026-10-06","NA",""\n', id="all quoted"),
        pytest.param("attendance_2026-10_northside.csv", ROWS, id="a longer name"),
        pytest.param("Attendance/2026-10.csv", ROWS, id="a folder of the export's name"),
        pytest.param("attendance.csv.gz", ROWS, id="compressed"),
    ],
)  # fmt: skip
def test_any_of_these_reads_the_same(desk, name, content):
    desk.lay({name: content, "checkins.csv": "client_id,checkin_date\n"}, smallest=False).take()
    assert desk.stored("attendance", "client_id, meeting_date, fellowship, meeting_id") == STORED
    assert (desk.count(name).accepted, desk.count(name).rejected) == (2, 0)


def test_a_spreadsheet_reads_as_its_text_would(desk, as_xlsx):
    cells = [
        ["client_id", "start_date", "end_date", "level_of_care", "meetings_per_week"],
        ["AB-1", datetime(2026, 10, 5), None, (1, "0.0"), 3],
        [None, None, None, None, None],
        ["AB-2", "2026-10-06", datetime(2026, 10, 31), 2.1, 3.5],
        ["AB-3", "2026-10-06", None, (1, "General"), None],
    ]
    desk.lay({"episodes.xlsx": as_xlsx(cells)}).take(as_of=date(2026, 11, 1))
    assert desk.stored("episodes", "client_id, start_date, end_date, level_of_care, meetings_per_week, line") == [
        ("AB-1", date(2026, 10, 5), None, "1.0", 3.0, 2),
        ("AB-2", date(2026, 10, 6), date(2026, 10, 31), "2.1", 3.5, 4),
        ("AB-3", date(2026, 10, 6), None, "1", None, 5),
    ]


def test_parquet_reads_with_its_types(desk):
    stream = io.BytesIO()
    pd.DataFrame(
        {
            "client_id": ["AB-2", "AB-3"],
            "checkin_date": pd.to_datetime(["2026-10-05", "2026-10-06"]),
            "used": pd.array([True, None], dtype="boolean"),
            "step": [3.0, None],
        }
    ).to_parquet(stream)
    desk.lay({"checkins_2.parquet": stream.getvalue()}).take()
    assert desk.engine.rows("SELECT client_id, checkin_date, used, step, line FROM store.checkins ORDER BY file, line")[
        1:
    ] == [("AB-2", date(2026, 10, 5), True, 3, 2), ("AB-3", date(2026, 10, 6), None, None, 3)]


def test_several_files_of_one_export_may_order_their_columns_differently(desk):
    desk.lay(
        {
            "attendance_1.csv": "client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n",
            "attendance_2.csv": "fellowship,meeting_date,client_id\nNA,2026-10-06,AB-2\n",
            "checkins.csv": "client_id,checkin_date\n",
        },
        smallest=False,
    ).take()
    assert desk.stored("attendance", "client_id, fellowship") == [("AB-1", "AA"), ("AB-2", "NA")]


def test_a_quoted_line_break_keeps_the_physical_lines_of_the_rows_below(desk):
    text = (
        "client_id,task,assigned_on\n"
        'AB-1,"List of\nconsequences",2026-10-01\n'
        "AB-2,Letter,not-a-date\n"
        "\n"
        'AB-3,"Sponsor ""talk""",2026-10-02\n'
        "AB-4,Letter,2026-02-30\n"
    )
    desk.lay({"tasks.csv": text}).take()
    assert desk.stored("tasks", "client_id, task, line") == [
        ("AB-1", "List of\nconsequences", 2),
        ("AB-3", 'Sponsor "talk"', 6),
    ]
    assert [(line, column) for _, line, column, _ in desk.reasons()] == [(4, "assigned_on"), (7, "assigned_on")]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("AB-9,2026-10-05", "the row has 2 columns, the header has 3"),
        ("AB-9,2026-10-05,AA,more,still more", "the row has 5 columns, the header has 3"),
        (",,", "the row is empty"),
        ('AB-9,"2026-10-05,AA', "a quotation mark opens here and does not close"),
        ('AB-9,2026-10-05,"AA', "a quotation mark opens here and does not close"),
    ],
)
def test_a_broken_line_costs_itself_only(desk, broken, reason):
    text = (
        f'client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n{broken}\nAB-2,2026-10-06,"NA"\nAB-3,2026-10-07,AA\n'
    )
    desk.lay({"attendance.csv": text}).take()
    assert desk.reasons() == [("attendance.csv", 3, None, reason)]
    assert desk.count("attendance.csv").accepted == 3


def test_a_file_longer_than_a_batch_keeps_its_lines(desk, monkeypatch):
    monkeypatch.setattr("pipelines.ingest.read.delimited.BATCH", 7)
    monkeypatch.setattr("pipelines.ingest.bounds.CELL_LINES", 3)
    lines = ["client_id,task,assigned_on"]
    expected = []
    for n in range(50):
        expected.append((f"AB-{n:03}", len(lines) + 1))
        lines += [f'AB-{n:03},"two\nlines",2026-10-01'] if n % 3 == 0 else [f"AB-{n:03},one,2026-10-01"]
        lines = "\n".join(lines).split("\n")
        if n % 10 == 4:
            lines.append('AB-XXX,"never closed,2026-10-01')
    desk.lay({"tasks.csv": "\n".join(lines) + "\n"}).take()
    assert desk.stored("tasks", "client_id, line") == expected
    assert len(desk.reasons()) == 5


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("attendance_2.csv", b"", "is empty"),
        ("attendance_2.csv", b"PK\x03\x04\x00\x00\x00\x01" * 20, "not a text file"),
        ("attendance_2.csv.gz", b"\x1f\x8b\x08\x00 cut off", "damaged"),
        ("attendance_2.xlsx", b"not a workbook", "damaged"),
        ("attendance_2.parquet", b"not parquet", "damaged"),
        ("attendance_2.xls", b"old", "not one of the kinds that are read"),
        ("attendance_2.csv", b"AB-1,2026-10-05,AA\nAB-2,2026-10-06,NA\n", "has no columns client_id, meeting_date, fellowship"),
        ("attendance_2.csv", b"client_id,fellowship\nAB-1,AA\n", "has no column meeting_date"),
        ("attendance_2.csv", b'client_id,"meeting\r_date\nAB-1,2026-10-05,"AA\n', "quotation marks do not close"),
        ("attendance_2.csv", b'client_id,meeting_date,fell"owship\nAB-1,2026-10-05,"AA\n', "quotation marks do not close"),
        ("attendance_2.csv", b"client_id,meeting_date,fellowship,Client_ID\nAB-1,2026-10-05,AA,AB-1\n", "twice"),
        ("meetings.json", b"[{", "is not JSON"),
        ("meetings.json", b"{}", "must be a list of meetings"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_and_the_others_go_on(desk, name, content, why):
    intake = desk.lay({name: content}).take()
    assert desk.count(name).status == "refused"
    assert why in desk.count(name).note
    assert "AB-2" not in desk.count(name).note, "the words of a file without header are not repeated"
    assert not intake.clean
    assert desk.count("attendance.csv").accepted == 1


def test_a_compressed_file_cut_short_is_refused_whole(desk):
    import gzip

    whole = gzip.compress(b"client_id,meeting_date,fellowship\n" + b"AB-2,2026-10-05,AA\n" * 9999)
    desk.lay({"attendance_2.csv.gz": whole[: len(whole) // 2]}).take()
    assert desk.count("attendance_2.csv.gz").status == "refused"
    assert desk.stored("attendance", "client_id") == [("AB-1",)]


def test_a_meeting_directory_reads_what_the_contract_names_and_no_contacts(desk):
    directory = """[
  {"slug": "early-birds", "name": "Early Birds", "day": [1, 3], "time": "07:00", "types": ["O", "D"],
   "regions": ["Coast", "Harbor"], "contact_1_name": "Someone", "notes": "ring the bell"},
  {"slug": "no-name", "day": 2},
  "not a meeting",
  {"slug": "late", "name": "Late", "time": "25:99"}
]
"""
    desk.lay({"meetings.json": directory}).take()
    assert desk.stored("meetings", "slug, name, day, time, types, region, line") == [
        ("early-birds", "Early Birds", "1,3", "07:00", "O,D", "Coast > Harbor", 2)
    ]
    assert [(line, reason) for _, line, _, reason in desk.reasons()] == [
        (4, "name is missing"),
        (5, "the entry is not a meeting"),
        (6, 'time "25:99" is not a time of day (HH:MM)'),
    ]


def parquet(**columns) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_byte_strings_of_parquet_are_read_as_text(desk):
    content = parquet(
        client_id=pa.array([b"AB-2", b"AB-3"], pa.binary()),
        meeting_date=["2026-10-05", "2026-10-06"],
        fellowship=pa.array(["AA", "AA"]).dictionary_encode(),
        site=pa.array([b"North", b"\xff"], pa.binary()),
    )
    desk.lay({"attendance_2.parquet": content}).take()
    assert desk.stored("attendance", "client_id, site") == [("AB-1", None), ("AB-2", "North")]
    assert desk.reasons() == [("attendance_2.parquet", 3, "site", "site is not written as text (UTF-8)")]


@pytest.mark.parametrize(
    "kind", [pa.binary(), pa.large_binary(), pa.binary_view(), pa.string_view(), pa.large_string()]
)
def test_texts_of_parquet_in_any_type_are_read_as_text(desk, kind):
    table = pa.table({"client_id": ["AB-7"], "meeting_date": ["2026-10-05"], "fellowship": ["AA"]})
    stream = io.BytesIO()
    pq.write_table(table.append_column("site", pa.array(["North"]).cast(pa.binary()).cast(kind)), stream)
    desk.lay({"attendance_2.parquet": stream.getvalue()}).take()
    assert desk.engine.rows("SELECT site FROM store.attendance WHERE client_id = 'AB-7'") == [("North",)]


def test_a_column_of_lists_is_refused_by_name(desk):
    content = parquet(client_id=["AB-2"], meeting_date=["2026-10-05"], fellowship=["AA"], tags=[["a", "b"]])
    desk.lay({"attendance_2.parquet": content}).take()
    assert "holds lists or records, not single values: tags" in desk.count("attendance_2.parquet").note
