"""An identified file in, an export out in which nobody can be recognised: what stays, what is left out, what is reported."""

from __future__ import annotations

import csv
import re
import stat
import tracemalloc
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cli import main
from pipelines.contract import NOBODY, exports
from pipelines.deidentify import Key, deidentify, own_id
from pipelines.engine import duckdb
from pipelines.engine.duckdb import Engine
from pipelines.ingest import identifiers
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import delimited

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
    """Runs the command on a text; gives its exit code, its output, and the rows that it wrote."""
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


def told_of_columns(output: str) -> dict[str, str]:
    lines = output.partition("What was done to each column:\n")[2].splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if line.startswith("  "))


def test_clients_become_pseudonyms_and_what_the_export_does_not_have_is_left_out(deidentified, tmp_path):
    code, output, written = deidentified(PERSONS, "attendance")
    assert code == 0, output
    assert "3 rows read, 3 written" in output
    assert told_of_columns(output) == {
        "client_id": "pseudonyms in place of the ids",
        "Patient Name": "left out",
        "Date of Birth": "coarsened to age_band",
        "meeting_date": "kept",
        "fellowship": "kept",
        "site": "kept",
        "Phone": "left out",
    }
    assert [row["age_band"] for row in written] == ["45-54", "45-54", "55-64"]
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


def test_a_text_becomes_a_code_where_it_may_identify_a_person(deidentified):
    text = (
        "client_id,task,assigned_on,focus\n"
        "A-1,Write a letter to Maria Lopez,2026-10-01,relationships\n"
        "A-1,List of losses,2026-10-01,denial\n"
        "A-2,list of  losses,2026-10-02,denial\n"
    )
    code, output, written = deidentified(text, "tasks")
    assert code == 0
    assert told_of_columns(output)["task"] == "codes in place of 1 of 3 texts (line 2 looks like a name)"
    letter, *others = (row["task"] for row in written)
    assert re.fullmatch("task(-[b-v]{8})", letter)
    assert others == ["List of losses", "list of  losses"]
    assert not [word for word in ("Maria", "letter") if word in output]
    assert [row["focus"] for row in written] == ["relationships", "denial", "denial"]


def test_a_text_stays_or_becomes_the_same_code_whatever_else_is_in_its_file(deidentified):
    tasks = ["Daily plan", "Call list", "Letter to John Miller"]
    files = [tasks[:2], tasks, tasks[2:]]
    written = [
        [
            row["task"]
            for row in deidentified(
                "client_id,task,assigned_on\n" + "".join(f"A-1,{task},2026-10-05\n" for task in told), "tasks"
            )[2]
        ]
        for told in files
    ]
    october, november, letter = written
    assert october == november[:2] == tasks[:2]
    assert november[2:] == letter != tasks[2:]


def test_a_site_keeps_its_name_in_every_export_and_has_one_code_where_the_name_is_a_persons(deidentified):
    sites = ["Mill Street", "Jane Smith"]
    told = []
    for export, header, row in (
        ("episodes", "client_id,start_date,site", "A-1,2026-09-01,{}"),
        ("attendance", "client_id,meeting_date,fellowship,site", "A-1,2026-09-01,AA,{}"),
        ("absences", "start_date,end_date,site", "2026-09-01,2026-09-02,{}"),
    ):
        text = "\n".join([header, *(row.format(site) for site in sites)]) + "\n"
        told.append([row["site"] for row in deidentified(text, export)[2]])
    assert told[0] == told[1] == told[2]
    assert told[0][0] == "Mill Street"
    assert told[0][1].startswith("site-")


def test_what_is_a_name_by_its_company_only_is_coded_and_said_to_be_so(deidentified):
    text = "client_id,task,assigned_on\n" + "".join(f"A-1,{name},2026-10-05\n" for name in ("Maria", "Denise", "Karen"))
    code, output, written = deidentified(text, "tasks")
    assert code == 0
    assert all(row["task"].startswith("task-") for row in written)
    assert (
        "only because several of the kind stand together: other files may keep them" in told_of_columns(output)["task"]
    )


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


def test_each_clients_dates_move_by_its_own_weeks_the_same_in_every_file(deidentified):
    moved: dict[str, set[int]] = {}
    for export, column in (("attendance", "meeting_date"), ("episodes", "start_date")):
        text = f"client_id,{column},fellowship\n" + "".join(
            f"A-{n},{day},AA\n" for n in range(6) for day in ("2026-10-05", "2024-02-29")
        )
        _, output, written = deidentified(text, export, "--move-dates", "client")
        assert told_of_columns(output)[column] == "moved back, with the client's"
        for row, day in zip(written, ["2026-10-05", "2024-02-29"] * 6, strict=True):
            by = date.fromisoformat(day) - date.fromisoformat(row[column])
            moved.setdefault(row["client_id"], set()).add(by.days)
    assert all(len(days) == 1 for days in moved.values()), "within a client, days stay as far apart as they were"
    by_client = [days.pop() for days in moved.values()]
    assert len(set(by_client)) > 1
    assert all(days % 7 == 0 and 7 <= days <= 7 * 104 for days in by_client)


def test_a_closure_of_a_site_moves_with_no_client(deidentified):
    text = "client_id,site,start_date,end_date\nA-1,,2026-07-01,2026-07-09\n,North,2026-12-24,2026-12-26\n"
    code, output, written = deidentified(text, "absences", "--move-dates", "client")
    assert (code, len(written)) == (1, 1)
    assert "line 3: the row is of no client, so its dates cannot be moved with one" in output
    assert deidentified(text, "absences", "--move-dates", "clinic")[0] == 0


@pytest.mark.parametrize(
    ("header", "value", "column", "coarse"),
    [
        ("ZIP", "60614", "zip3", "606"),
        ("Zip Code", "60614-1234", "zip3", "606"),
        ("patient_zip", "606141234", "zip3", "606"),
        ("zip", "03601", "zip3", "000"),  # 036: fewer than 20,000 people
        ("zip", "10203", "zip3", "000"),
        ("zip", "10301", "zip3", "103"),
        ("zip", "near the mill", "zip3", ""),
        ("Postal Code", "SW1A 1AA", "zip3", ""),
        ("age", "17", "age_band", "0-17"),
        ("age", "18", "age_band", "18-24"),
        ("Age", "89", "age_band", "75-89"),
        ("age", "90", "age_band", "90+"),
        ("age", "103", "age_band", "90+"),
        ("age", "forty", "age_band", ""),
        ("DOB", "1980-02-03", "age_band", "45-54"),
        ("date_of_birth", "02/03/1936", "age_band", "90+"),
        ("BirthDate", "3 Feb 2001", "age_band", "25-34"),
        ("Birth Year", "1937", "age_band", "75-89"),
    ],
)
def test_zip_codes_ages_and_births_are_kept_in_a_coarser_form(deidentified, tmp_path, header, value, column, coarse):
    text = f'client_id,checkin_date,{header}\nA-1,2026-10-01,"{value}"\n'
    code, output, written = deidentified(text, "checkins")
    assert (code, written[0][column]) == (0, coarse)
    assert value not in written[0].values()
    assert value not in output.replace(str(tmp_path), "")


def test_the_age_is_in_years_so_that_it_reveals_no_birthday(deidentified):
    text = "client_id,checkin_date,DOB\n" + "".join(f"A-1,{day},1991-06-15\n" for day in ("2026-06-14", "2026-06-16"))
    assert [row["age_band"] for row in deidentified(text, "checkins")[2]] == ["35-44", "35-44"]


IDENTIFIERS = {
    "Patient Name": "Maria Lopez",
    "Address": "12 Elm Street",
    "Admitted": "1950-05-05",
    "Phone": "555-867-5309",
    "Fax": "555-867-5310",
    "Email": "maria@example.com",
    "SSN": "078-05-1120",
    "MRN": "0098213",
    "Member No": "XJH88231",
    "Account": "4111111111111111",
    "License No": "D123-4567-8910",
    "VIN": "1HGCM82633A004352",
    "IMEI": "490154203237518",
    "Web": "https://maria.example.com/me",
    "IP": "203.0.113.77",
    "Fingerprint": "f00dcafe",
    "Photo": "maria.jpg",
    "Notes": "Maria's sister drove her from 12 Elm Street",
}


def test_none_of_eighteen_kinds_of_identifiers_is_left(deidentified, tmp_path):
    text = f"client_id,checkin_date,{','.join(IDENTIFIERS)}\nLopez,2026-10-01,{','.join(IDENTIFIERS.values())}\n"
    code, output, written = deidentified(text, "checkins")
    assert (code, len(written)) == (0, 1)
    everything = output + (tmp_path / "out.csv").read_text("utf-8")
    assert not [value for value in ("Lopez", *IDENTIFIERS.values()) if value in everything]
    assert {told_of_columns(output)[header] for header in IDENTIFIERS if header in told_of_columns(output)} == {
        "left out"
    }


def test_a_header_that_is_itself_an_identifier_is_not_repeated(deidentified, tmp_path):
    headers = [f'"{value}"' for value in IDENTIFIERS.values()]
    text = f"client_id,checkin_date,{','.join(headers)}\nA-1,2026-10-01{',x' * len(headers)}\n"
    code, output, written = deidentified(text, "checkins")
    assert (code, len(written)) == (0, 1)
    everything = output + (tmp_path / "out.csv").read_text("utf-8")
    assert [value for value in IDENTIFIERS.values() if value in everything] == []


@pytest.mark.parametrize("name", ["Maria Lopez.csv", "checkins_maria_lopez.csv", "078-05-1120.csv", "555-867-5309.csv"])
def test_the_file_to_write_is_not_named_after_a_client(deidentified, tmp_path, name):
    code, output, _ = deidentified("client_id,checkin_date\nA-1,2026-10-01\n", "checkins", "--out", tmp_path / name)
    assert (code, (tmp_path / name).exists()) == (2, False)
    assert "The name of the file to write may identify a client" in output
    assert name.removesuffix(".csv") not in output


def test_two_clients_never_share_a_pseudonym(deidentified, tmp_path, monkeypatch):
    monkeypatch.setattr(Key, "pseudonym", lambda self, client_id: "c-bbbb-bbbb-bbbb-bbbb")
    code, output, written = deidentified("client_id,checkin_date\nA-1,2026-10-01\nA-2,2026-10-01\n", "checkins")
    assert (code, written) == (2, None)
    assert "two clients would have the same pseudonym" in output
    who = tmp_path / "who.csv"
    assert deidentified("client_id,checkin_date\nA-1,2026-10-01\n", "checkins", "--crosswalk", who)[0] == 0
    assert deidentified("client_id,checkin_date\nA-2,2026-10-01\n", "checkins", "--crosswalk", who)[0] == 2


def test_the_same_file_and_key_give_the_same_bytes_and_leave_nothing_else_behind(deidentified, tmp_path):
    found = []
    for _ in range(2):
        deidentified(PERSONS, "attendance")
        found.append((tmp_path / "out.csv").read_bytes())
    assert found[0] == found[1]
    assert {path.name for path in tmp_path.iterdir()} == {"key", "in.csv", "out.csv"}


def memory_for(tmp_path, rows: int) -> int:
    """The most bytes that Python held while a file was de-identified of whose rows most are not taken."""
    source = tmp_path / "in.csv"
    lines = ("A-1,2026-10-01,no\n", "A-1,10/1/2026,no\n", "A-1,2026-10-02,no,more\n")
    source.write_text("client_id,checkin_date,used\n" + "".join(lines[n % 3] for n in range(rows)))
    left_out = iter(range(rows))
    tracemalloc.start()
    try:
        done = deidentify(
            source, exports()["checkins"], tmp_path / "out.csv", Key(SECRET), left_out=lambda _: next(left_out)
        )
        assert (done.rows_read, done.not_taken, rows - next(left_out)) == (rows, rows * 2 // 3, rows // 3)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_rows_that_are_not_taken_fill_no_memory(tmp_path, monkeypatch):
    for module, name in ((delimited, "BATCH"), (duckdb, "STREAMED")):
        monkeypatch.setattr(module, name, 300)
    memory_for(tmp_path, 300)  # imports and caches, once
    few, many = memory_for(tmp_path, 3_000), memory_for(tmp_path, 30_000)
    assert many < few + 1_000_000, "as sentences they would take twice as much"


def test_the_key_appears_nowhere(deidentified, tmp_path):
    for text in (PERSONS, "", "client_id\nA-1\n"):
        _, output, _ = deidentified(text, "attendance", "--crosswalk", tmp_path / "who.csv")
        written = output.encode() + b"".join(each.read_bytes() for each in tmp_path.glob("*.csv"))
        assert SECRET not in written
        assert SECRET.hex().encode() not in written


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
def test_a_pseudonym_fits_the_contract_and_reveals_nothing_about_the_id(one, other):
    key = Key(SECRET)
    assert re.fullmatch("c(-[b-v]{4}){4}", key.pseudonym(one))
    assert (key.pseudonym(one) == key.pseudonym(other)) is (own_id(one) == own_id(other))


def test_no_pseudonym_is_refused_by_the_gate():
    key = Key(SECRET)
    with Engine() as engine:
        engine.run("CREATE TABLE ids (line BIGINT, client_id VARCHAR)")
        for start in range(0, 50_000, 10_000):
            marks = ", ".join(f"({n}, '{key.pseudonym(str(n))}')" for n in range(start, start + 10_000))
            engine.run(f"INSERT INTO ids VALUES {marks}")
        assert identifiers.in_values(engine, "ids", ["client_id"], ["client_id"]) == []


OF_NOBODY = (
    "NULL",
    "None",
    "n/a",
    " nan ",
    "000",
    "0.0",
    "xxx",
    "---",
    "Total",
    "grand total",
    "Total for May",
    "\t",
    "\u200b",
)


@pytest.mark.parametrize("nobody", OF_NOBODY)
def test_what_names_nobody_does_not_become_a_client(tmp_path, nobody):
    source = tmp_path / "attendance.csv"
    source.write_text(
        f"client_id,meeting_date,fellowship\nAB-1,2026-10-01,AA\n{nobody},2026-10-01,AA\n{nobody},2026-10-02,AA\n",
        "utf-8",
    )
    crosswalk = tmp_path / "who.csv"
    done = deidentify(source, exports()["attendance"], tmp_path / "out.csv", Key(SECRET), crosswalk=crosswalk)
    assert (done.written, done.clients, done.not_taken, done.of_nobody) == (1, 1, 2, 2)
    assert [row["client_id"] for row in rows(crosswalk)] == ["AB-1"]


@pytest.mark.parametrize("client_id", ["TOTAL-0042", "totals-1", "grand-total-7", "subtotal-AB", "Total9", "mean-01"])
def test_an_id_that_only_begins_like_a_row_of_totals_is_replaced(tmp_path, client_id):
    source = tmp_path / "attendance.csv"
    source.write_text(f"client_id,meeting_date,fellowship\n{client_id},2026-10-01,AA\n", "utf-8")
    done = deidentify(
        source, exports()["attendance"], tmp_path / "out.csv", Key(SECRET), crosswalk=tmp_path / "who.csv"
    )
    assert done.clients == 1
    assert [row["client_id"] for row in rows(tmp_path / "out.csv")] == [Key(SECRET).pseudonym(client_id)]
    assert [row["client_id"] for row in rows(tmp_path / "who.csv")] == [client_id]


TAKEN_ODDLY = st.lists(
    st.tuples(
        st.sampled_from(["", *NOBODY, "total", "sub-total", "grandtotals", "sum", "counts", "000", "xxx", "--"]),
        st.text("-_ .:09xATt\u200b", max_size=6),
    ).map("".join)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    min_size=30,
    max_size=60,
)


@given(TAKEN_ODDLY)
@settings(max_examples=10, deadline=None)
def test_whatever_stands_for_an_id_becomes_a_pseudonym_or_is_not_taken(ids):
    with TemporaryDirectory() as folder:
        source, out = Path(folder) / "attendance.csv", Path(folder) / "out.csv"
        with source.open("w", encoding="utf-8", newline="") as stream:
            cells = csv.writer(stream, quoting=csv.QUOTE_ALL)
            cells.writerows([["client_id", "meeting_date", "fellowship"], ["A-1", "2026-10-01", "AA"]])
            cells.writerows([text, "2026-10-01", "AA"] for text in ids)
        done = deidentify(source, exports()["attendance"], out, Key(SECRET))
        written = {row["client_id"] for row in rows(out)}
    assert written <= {Key(SECRET).pseudonym(text) for text in ["A-1", *ids]}
    assert len(written) == done.clients


def test_the_rows_that_name_no_client_are_counted(deidentified):
    text = "client_id,checkin_date,mood\nA-1,2026-10-01,3\n000,2026-10-01,3\n,2026-10-02,3\nA-1,2026-10-03,high\n"
    code, output, _ = deidentified(text, "checkins")
    assert code == 1
    assert "with 1 clients, 3 not taken, 2 of them because they name no client." in output


@pytest.mark.parametrize(
    ("one", "other"),
    [("A-1", " A-1 "), ("A-1", "\u200bA-1"), ("A-1", "A-1\ufeff"), ("A-1", "A-\u00ad1"), ("42", "42.0")],
)
def test_signs_that_nobody_sees_make_no_second_client(tmp_path, one, other):
    source = tmp_path / "checkins.csv"
    source.write_text(f"client_id,checkin_date\n{one},2026-10-01\n{other},2026-10-02\n", "utf-8")
    done = deidentify(source, exports()["checkins"], tmp_path / "out.csv", Key(SECRET))
    assert (done.written, done.clients) == (2, 1)
    assert len({row["client_id"] for row in rows(tmp_path / "out.csv")}) == 1


def in_words(export: str, columns: dict[str, str], values: dict[str, dict[str, str]], **more: object) -> Layout:
    """A clinic's layout with words of its own."""
    return Layout(export=export, files=("*",), columns=columns, values=values, **more)


def test_a_profiles_words_for_nobody_and_for_one_client_hold_before_pseudonyms_are_made(tmp_path):
    source = tmp_path / "visits.csv"
    ids = ("9999", "9999.0", "7777", "Lopez", "0042", "0042.0", "A-1")
    source.write_text("Chart,Seen\n" + "".join(f"{each},2026-10-0{n}\n" for n, each in enumerate(ids, 1)), "utf-8")
    layout = in_words(
        "checkins",
        {"client_id": "Chart", "checkin_date": "Seen"},
        {"client_id": {"7777": "", "lopez": "0042"}},
        unknown=("9999",),
    )
    done = deidentify(source, exports()["checkins"], tmp_path / "out.csv", Key(SECRET), layout=layout)
    assert (done.clients, done.of_nobody, done.not_taken) == (2, 3, 3)
    assert [row["client_id"] for row in rows(tmp_path / "out.csv")] == [
        *[Key(SECRET).pseudonym("0042")] * 3,
        Key(SECRET).pseudonym("A-1"),
    ]


def test_an_unknown_therapist_stays_unknown_and_a_profiles_words_for_therapists_hold(tmp_path):
    source = tmp_path / "stays.csv"
    therapists = ("unknown", "n/a", "-", "Nobody yet", "Jane Smith", "T01", " t02 ", "Dr. Lopez", "dr.  lopez")
    source.write_text(
        "Chart,From,Who\n" + "".join(f"A-{n},2026-10-01,{each}\n" for n, each in enumerate(therapists)), "utf-8"
    )
    layout = in_words(
        "episodes",
        {"client_id": "Chart", "start_date": "From", "therapist_id": "Who"},
        {"therapist_id": {"Jane Smith": "T01", "T01": "T09"}},
        unknown=("nobody yet",),
    )
    deidentify(source, exports()["episodes"], tmp_path / "out.csv", Key(SECRET), layout=layout)
    told = [row["therapist_id"] for row in rows(tmp_path / "out.csv")]
    assert told[:7] == ["", "", "", "", "T01", "T09", "t02"]
    assert told[7] == told[8] == Key(SECRET).therapist("Dr. Lopez")


def test_who_stands_in_a_profile_for_every_row_is_replaced_too(tmp_path):
    source = tmp_path / "stays.csv"
    source.write_text("From\n2026-10-01\n", "utf-8")
    layout = in_words(
        "episodes", {"start_date": "From"}, {}, constants={"client_id": "MRN 12", "therapist_id": "Jane Smith"}
    )
    done = deidentify(source, exports()["episodes"], tmp_path / "out.csv", Key(SECRET), layout=layout)
    (row,) = rows(tmp_path / "out.csv")
    key = Key(SECRET)
    assert done.clients == 1
    assert (row["client_id"], row["therapist_id"]) == (key.pseudonym("MRN 12"), key.therapist("Jane Smith"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"--out": "same.csv", "--crosswalk": "same.csv"}, "The crosswalk is the file to write."),
        ({"--crosswalk": "key"}, "The crosswalk is the key file."),
        ({"--crosswalk": "in.csv"}, "The crosswalk is the file to read."),
        ({"--key-file": "in.csv"}, "The key file is the file to read."),
        ({"--key-file": "new.csv", "--out": "new.csv"}, "The key file is the file to write."),
    ],
)
def test_no_file_of_the_command_is_written_over_another(deidentified, tmp_path, options, says):
    given = [text for option, name in options.items() for text in (option, tmp_path / name)]
    code, output, written = deidentified("client_id,checkin_date\nA-1,2026-10-01\n", "checkins", *given)
    assert (code, written) == (2, None)
    assert says in output
    assert {path.name for path in tmp_path.iterdir()} == {"key", "in.csv"}
    assert (tmp_path / "key").read_bytes() == SECRET


@pytest.mark.parametrize(
    "content", ["client_id,pseudonym\nA-1,c-1\n".encode("utf-16"), b"client_id,pseudonym\n\xe9,c-1\n"]
)
def test_a_crosswalk_that_is_not_in_utf_8_is_refused(deidentified, tmp_path, content):
    who = tmp_path / "who.csv"
    who.write_bytes(content)
    code, output, _ = deidentified("client_id,checkin_date\nA-1,2026-10-01\n", "checkins", "--crosswalk", who)
    assert code == 2
    assert "not a list of pseudonyms" in output
    assert who.read_bytes() == content


@pytest.mark.parametrize("moving", ["clinic", "client"])
def test_a_row_is_left_out_a_date_of_which_would_be_moved_to_before_what_a_run_takes(deidentified, moving):
    text = "client_id,start_date,sobriety_date\nA-1,2026-10-01,1990-01-05\nA-1,2026-10-02,1994-01-05\n"
    code, output, written = deidentified(text, "episodes", "--move-dates", moving)
    assert (code, len(written)) == (1, 1)
    assert "line 2: a date would be moved to before 1990, and a run takes none so early" in output
    assert written[0]["sobriety_date"] >= "1990-01-01"
    assert deidentified(text, "episodes")[0] == 0
