"""An identified file in, an export out in which nobody can be recognised: what stays, what is left out, what is told."""

from __future__ import annotations

import csv
import re
import stat
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli import main
from pipelines.deidentify import Key
from pipelines.engine.duckdb import Engine
from pipelines.ingest import identifiers

pytestmark = pytest.mark.slow

SECRET = b"a secret that only the clinic knows"
PERSONS = """\
client_id,Patient Name,Date of Birth,meeting_date,fellowship,site,Phone
MRN 0012345,Maria Lopez,1980-02-03,2026-10-05,AA,Northside,555-867-5309
MRN 0012345,Maria Lopez,1980-02-03,2026-10-06,na,Northside,555-867-5309
"Quillfeather, Jordan",Jordan Quillfeather,1971-12-30,2026-10-06,AA,Northside,
"""
TOLD = ("Maria", "Lopez", "Quillfeather", "0012345", "867", "1980")


@pytest.fixture
def deidentified(tmp_path):
    """Runs the command on a text; gives its exit code, what it said, and the rows that it wrote."""
    (tmp_path / "key").write_bytes(SECRET)

    def told(text: str, export: str, *more: object, name: str = "in.csv"):
        (tmp_path / name).write_text(text, "utf-8")
        out = tmp_path / "out.csv"
        out.unlink(missing_ok=True)
        paths = ["--in", tmp_path / name, "--out", out, "--key-file", tmp_path / "key"]
        result = CliRunner().invoke(main, [str(each) for each in ("deidentify", "--export", export, *paths, *more)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output, rows(out) if out.exists() else None

    return told


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_clients_become_pseudonyms_and_what_the_export_does_not_have_is_left_out(deidentified, tmp_path):
    code, output, written = deidentified(PERSONS, "attendance")
    assert code == 0, output
    assert "3 rows read, 3 written" in output
    assert "Columns left out: Patient Name, Date of Birth, Phone." in output
    one, same, other = (row.pop("client_id") for row in written)
    assert one == same != other
    assert [(row["meeting_date"], row["fellowship"], row["site"]) for row in written] == [
        ("2026-10-05", "AA", "Northside"),
        ("2026-10-06", "NA", "Northside"),
        ("2026-10-06", "AA", "Northside"),
    ]
    everything = output + (tmp_path / "out.csv").read_text("utf-8")
    assert not [value for value in TOLD if value in everything]
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600


def test_what_is_written_passes_the_gate_and_is_taken(deidentified, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    for export, text in (
        ("attendance", PERSONS),
        ("checkins", "client_id,checkin_date,used\nMRN 0012345,2026-10-07,no\n"),
        ("episodes", "client_id,start_date,therapist_id\nMRN 0012345,2026-09-01,Dr. Anna Smith\n"),
    ):
        assert deidentified(text, export)[0] == 0
        (tmp_path / "out.csv").rename(folder / f"{export}.csv")
    result = CliRunner().invoke(main, ["check", "--exports", str(folder)])
    assert result.exit_code == 0, result.output
    ids = [{row["client_id"] for row in rows(folder / f"{export}.csv")} for export in ("checkins", "episodes")]
    assert ids[0] == ids[1] <= {row["client_id"] for row in rows(folder / "attendance.csv")}, "one client, three files"


@pytest.mark.parametrize(
    ("therapist", "stays"),
    [("T07", True), ("th-12", True), ("4411", True), ("Dr. Smith", False), ("asmith", False), ("a.smith7", False)],
)
def test_a_therapists_code_stays_and_a_name_becomes_a_code(deidentified, therapist, stays):
    text = f"client_id,start_date,therapist_id\nA-1,2026-09-01,{therapist}\nA-2,2026-09-01,{therapist}\n"
    _, _, written = deidentified(text, "episodes")
    told = {row["therapist_id"] for row in written}
    assert len(told) == 1
    assert (told == {therapist}) is stays


def test_texts_become_codes_where_one_may_identify_a_person(deidentified):
    text = (
        "client_id,task,assigned_on,focus\n"
        "A-1,Write a letter to Maria Lopez,2026-10-01,relationships\n"
        "A-1,List of losses,2026-10-01,denial\n"
        "A-2,list of  losses,2026-10-02,denial\n"
    )
    code, output, written = deidentified(text, "tasks")
    assert code == 0
    assert 'column "task", line 2: looks like a name; codes stand for all of its texts' in output
    letter, losses, the_same = (row["task"] for row in written)
    assert letter != losses == the_same
    assert not [
        word for word in ("Maria", "losses", "letter") if word in output + "".join(row["task"] for row in written)
    ]
    assert [row["focus"] for row in written] == ["relationships", "denial", "denial"]


def test_a_row_that_is_not_as_it_should_be_is_left_out_and_its_cell_never_repeated(deidentified):
    text = (
        "client_id,checkin_date,sponsor_contacts\n"
        "A-1,555-867-5309,1\n"
        "A-1,2026-10-02,2,\n"
        ",2026-10-03,1\n"
        "A-1,2026-10-04,Maria\n"
        "A-1,2026-10-05,one,more\n"
    )
    code, output, written = deidentified(text, "checkins")
    assert code == 1
    assert "5 rows read, 1 written" in output
    for line in (
        "line 2: checkin_date is missing or not what it should be",
        "line 4: client_id is missing or not what it should be",
        "line 5: sponsor_contacts is missing or not what it should be",
        "line 6: the row has 4 columns, the header has 3",
    ):
        assert line in output
    assert not [value for value in ("867", "Maria") if value in output]
    assert [row["checkin_date"] for row in written] == ["2026-10-02"]


def test_dates_move_by_whole_weeks_the_same_in_every_file(deidentified):
    moved = set()
    for export, column in (("attendance", "meeting_date"), ("episodes", "start_date")):
        text = f"client_id,{column},fellowship\nA-1,2026-10-05,AA\nA-1,2024-02-29,AA\n"
        _, _, written = deidentified(text, export, "--move-dates")
        days = [date.fromisoformat(row[column]) for row in written]
        moved |= {date(2026, 10, 5) - days[0], date(2024, 2, 29) - days[1]}
    (by,) = moved
    assert by.days % 7 == 0
    assert 7 <= by.days <= 7 * 104


def test_the_crosswalk_grows_and_only_its_owner_reads_it(deidentified, tmp_path):
    who = tmp_path / "who.csv"
    deidentified("client_id,checkin_date\nA-1,2026-10-01\n", "checkins", "--crosswalk", who)
    _, _, written = deidentified(
        "client_id,checkin_date\n A-2 ,2026-10-01\nA-1,2026-10-02\n", "checkins", "--crosswalk", who
    )
    assert [row["client_id"] for row in rows(who)] == ["A-1", "A-2"]
    assert [row["pseudonym"] for row in rows(who)] == [written[1]["client_id"], written[0]["client_id"]]
    assert stat.S_IMODE(who.stat().st_mode) == 0o600
    who.write_text("something else\n", "utf-8")
    code, output, _ = deidentified("client_id,checkin_date\nA-1,2026-10-01\n", "checkins", "--crosswalk", who)
    assert code == 2
    assert "not a list of pseudonyms" in output
    assert who.read_text("utf-8") == "something else\n"


def test_a_key_is_made_where_there_is_none_and_another_key_gives_other_pseudonyms(deidentified, tmp_path):
    text = "client_id,checkin_date\nA-1,2026-10-01\n"
    ours = deidentified(text, "checkins")[2]
    (tmp_path / "key").unlink()
    _, output, theirs = deidentified(text, "checkins")
    assert "A key was made" in output
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert theirs != ours
    assert deidentified(text, "checkins")[2] == theirs
    (tmp_path / "key").write_text("1234")
    assert "so short that it can be guessed" in deidentified(text, "checkins")[1]
    (tmp_path / "key").write_text(" \n")
    code, output, written = deidentified(text, "checkins")
    assert (code, written) == (2, None)
    assert "is empty" in output


def test_a_strangers_layout_is_read_through_a_profile(deidentified, tmp_path):
    profile = tmp_path / "profile.toml"
    profile.write_text(
        '[[source]]\nexport = "attendance"\nfiles = ["Visits*.csv"]\ndate_format = "%m/%d/%Y"\ndelimiter = ";"\n'
        'columns = {client_id = "Chart No", meeting_date = "Seen", fellowship = "Group"}\n',
        "utf-8",
    )
    text = "Chart No;Seen;Group;Surname\n0042;10/05/2026;AA;Lopez\n"
    code, _, written = deidentified(text, "attendance", "--profile", profile, name="Visits1.csv")
    assert code == 0
    assert written[0]["meeting_date"] == "2026-10-05"
    code, output, written = deidentified(text, "attendance", "--profile", profile, name="other.csv")
    assert (code, written) == (2, None)
    assert "none of its sources reads other.csv" in output


def test_a_number_is_one_client_in_a_spreadsheet_and_in_a_text(deidentified, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["client_id", "checkin_date"])
    book.active.append([4711.0, date(2026, 10, 1)])
    (tmp_path / "sheet").mkdir()
    deidentified("client_id,checkin_date\n4711,2026-10-01\n", "checkins")
    from_text = rows(tmp_path / "out.csv")
    book.save(tmp_path / "in.xlsx")
    arguments = ["--in", tmp_path / "in.xlsx", "--out", tmp_path / "out.csv", "--key-file", tmp_path / "key"]
    result = CliRunner().invoke(main, ["deidentify", "--export", "checkins", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert rows(tmp_path / "out.csv") == from_text


@pytest.mark.parametrize(
    ("export", "text", "says"),
    [
        ("meetings", "client_id\nA-1\n", "'meetings' is not one of"),
        ("attendance", "client_id,fellowship\nA-1,AA\n", "has no column meeting_date"),
        ("attendance", "", "is empty"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_writes_nothing(deidentified, export, text, says):
    code, output, written = deidentified(text, export)
    assert (code, written) == (2, None)
    assert says in output


def test_the_file_itself_is_never_written_over(deidentified, tmp_path):
    code, output, _ = deidentified(PERSONS, "attendance", "--out", tmp_path / "in.csv")
    assert code == 2
    assert "the file to read" in output
    assert (tmp_path / "in.csv").read_text("utf-8") == PERSONS


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_a_pseudonym_is_the_contracts_and_says_nothing_of_the_id(one, other):
    key = Key(SECRET)
    assert re.fullmatch("c(-[b-v]{4}){4}", key.pseudonym(one))
    assert (key.pseudonym(one) == key.pseudonym(other)) is (one.strip() == other.strip())


def test_no_pseudonym_alarms_the_gate():
    key = Key(SECRET)
    with Engine() as engine:
        engine.run("CREATE TABLE ids (line BIGINT, client_id VARCHAR)")
        for start in range(0, 50_000, 10_000):
            marks = ", ".join(f"({n}, '{key.pseudonym(str(n))}')" for n in range(start, start + 10_000))
            engine.run(f"INSERT INTO ids VALUES {marks}")
        assert identifiers.in_values(engine, "ids", ["client_id"], ["client_id"]) == []
