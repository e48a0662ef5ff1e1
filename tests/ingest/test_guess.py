"""A first mapping profile for a foreign folder: what is certain is written, and what is not becomes a question."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.contract import exports
from pipelines.ingest.guess import as_toml, guess

RIVERSIDE = Path(__file__).parents[2] / "data" / "sample" / "profiles" / "riverside"

REDCAP = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,checkin_date,any_use,craving_score,has_sponsor,mtg_date,fellowship,mtg_mode
1001,baseline_arm_1,weekly_checkin,1,2026-10-05,Unchecked,3,Yes,,,
1001,baseline_arm_1,weekly_checkin,2,2026-10-12,Checked,7,Yes,,,
1002,baseline_arm_1,weekly_checkin,1,2026-10-06,Unchecked,1,No,,,
1001,baseline_arm_1,mutual_help,1,,,,,2026-10-03,Alcoholics Anonymous,Zoom
1002,baseline_arm_1,mutual_help,1,,,,,2026-10-04,Narcotics Anonymous,In person
1002,baseline_arm_1,mutual_help,2,,,,,2026-10-08,NA,in person
"""

OPENEMR = """pc_eid,pc_pid,pc_eventDate,pc_startTime,pc_catname,pc_apptstatus
1,1001,03/04/2026,09:00:00,Individual,@
2,1002,03/05/2026,10:00:00,Group,?
3,12,04/06/2026,10:00:00,Group,x
"""


@pytest.fixture
def guessed(tmp_path):
    """Lays files in a folder; gives the guesses by export, the sentences for files without one, and the profile."""

    def of(**files: str):
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        guesses, without = guess(tmp_path, exports())
        return {each.export.name: each for each in guesses}, without, as_toml(guesses, without)

    return of


def test_the_worked_example(tmp_path):
    guesses, without = guess(RIVERSIDE, exports())
    assert without == []
    checkins, attendance = guesses
    assert attendance.columns == {
        "client_id": "Patient Key",
        "meeting_date": "Session Date",
        "fellowship": "Group Type",
        "start_time": "Clock",
        "participation": "Role",
    }
    assert (attendance.date_format, attendance.time_format, attendance.unknown) == ("%m/%d/%Y", "%I:%M %p", {"UNK"})
    assert attendance.values["fellowship"] == {"A.A.": "AA", "N.A.": "NA"}
    assert [question for question in checkins.questions if "used" in question and '"Positive" (7 rows)' in question]
    tomllib.loads(as_toml(guesses, without))


def test_a_redcap_table_of_two_forms_reads_as_two_exports(guessed, tmp_path):
    found, without, text = guessed(weekly_DATA__csv=REDCAP)
    assert without == []
    checkins, attendance = found["checkins"], found["attendance"]
    assert checkins.columns == {
        "client_id": "record_id",
        "checkin_date": "checkin_date",
        "used": "any_use",
        "craving": "craving_score",
        "has_sponsor": "has_sponsor",
    }
    assert checkins.only == {"redcap_repeat_instrument": "weekly_checkin"}
    assert checkins.values == {"used": {"Unchecked": "no", "Checked": "yes"}}
    assert attendance.only == {"redcap_repeat_instrument": "mutual_help"}
    assert attendance.values["mode"] == {"Zoom": "online"}
    assert "check it" in text, "what words mean is a guess, and said to be one"

    (tmp_path / "profile.toml").write_text(text)
    result = CliRunner().invoke(
        main, ["check", "--exports", str(tmp_path), "--profile", str(tmp_path / "profile.toml"), "--json"]
    )
    assert '"accepted": 6' in result.output, result.output


def test_an_openemr_calendar_reads_as_sessions_and_asks_what_is_not_certain(guessed):
    found, _, text = guessed(openemr_postcalendar_events__csv=OPENEMR)
    sessions = found["sessions"]
    assert sessions.columns == {
        "client_id": "pc_pid",
        "session_date": "pc_eventDate",
        "status": "pc_apptstatus",
        "kind": "pc_catname",
    }
    assert sessions.date_format == ""
    assert (
        'ways (03/04 is a day in March or in April): `date_format = "%m/%d/%Y"` or `date_format = "%d/%m/%Y"`' in text
    )
    assert '"?" (1 rows), "@" (1 rows), "x" (1 rows)' in text
    assert "1 ids are no pseudonyms" in text
    assert "# ? " in text
    assert not sessions.certain


LABELS = """Record ID,Event Name,Repeat Instrument,Repeat Instance,Date of check-in,Any use?,Last used on,Mtg date,Fellowship
1001,Baseline,Weekly check-in,1,10/05/2026,Yes,9/30/26,,
1002,Baseline,Weekly check-in,1,10/17/2026,No,,,
1001,Baseline,Mutual help,1,,,,03/04/2026,AA
1002,Baseline,Mutual help,1,,,,05/06/2026,N.A.
"""


def test_a_redcap_export_with_labels_reads_as_two_exports_and_says_what_its_dates_leave_open(guessed):
    found, without, text = guessed(study_LABELS__csv=LABELS)
    assert without == []
    assert found["checkins"].only == {"Repeat Instrument": "Weekly check-in"}
    assert found["checkins"].columns == {
        "client_id": "Record ID",
        "checkin_date": "Date of check-in",
        "used": "Any use?",
        "last_use_date": "Last used on",
    }
    assert found["checkins"].date_question.startswith("The dates are written in no known format, or in several")
    assert "can be read in 2 ways" in found["attendance"].date_question
    assert found["attendance"].values == {"fellowship": {"N.A.": "NA"}}
    tomllib.loads(text)


FORM_LBF = """pid,encounter,field_when,field_what,clinic
1001,88,2026-10-05,AA,North
1002,89,2026-10-06,NA,North
1002,90,2026-10-07,CA,South
"""


def test_columns_without_a_telling_name_are_found_by_what_they_hold_and_asked_about(guessed):
    found, _, text = guessed(mutual_help_form__csv=FORM_LBF)
    attendance = found["attendance"]
    assert attendance.columns == {
        "client_id": "pid",
        "meeting_date": "field_when",
        "fellowship": "field_what",
        "site": "clinic",
    }
    assert '# ? "field_when" was taken for meeting_date by what it holds: is it?' in text
    assert not attendance.certain


def test_two_columns_that_could_be_one_of_ours_are_not_guessed_between(guessed):
    two = (
        FORM_LBF.replace("pid,encounter", "pid,other_when")
        .replace(",88,", ",2026-10-01,")
        .replace(",89,", ",2026-10-02,")
    )
    found, _, _ = guessed(mutual_help_form__csv=two.replace(",90,", ",2026-10-03,"))
    assert found["attendance"].missing == ["meeting_date"]


def test_of_an_unusual_name_a_pattern_is_written_and_a_telling_one_is_withheld(guessed):
    found, without, text = guessed(attendance_quillfeather__csv=FORM_LBF, attendance_maria_lopez__csv=FORM_LBF)
    assert found["attendance"].file == "attendance_*.csv"
    assert without == ["a file whose name may identify a person (name): give it another name."]
    assert "quillfeather" not in text
    assert "lopez" not in text


def test_a_name_or_an_identifier_is_not_repeated(guessed):
    table = "client_id,meeting_date,fellowship,mode,phone\n" + "AB-1,2026-10-01,AA,Maria,555-867-5309\n" * 3
    _, _, text = guessed(attendance__csv=table)
    assert "Maria" not in text
    assert "5309" not in text
    assert "may identify a person" in text


def test_a_day_over_12_settles_the_order(guessed):
    found, _, _ = guessed(sessions__csv=OPENEMR.replace("04/06/2026", "04/16/2026"))
    assert (found["sessions"].date_format, found["sessions"].date_question) == ("%m/%d/%Y", "")


def test_a_file_that_is_not_an_export_or_cannot_be_read_is_reported(guessed):
    found, without, text = guessed(colours__csv="red,green\n1,2\n", broken__xlsx="x")
    assert found == {}
    assert without == [
        "broken.xlsx: the file is damaged: it is no workbook, not the kind of file that its name says.",
        "colours.csv: its columns are those of no export.",
    ]
    assert text.count("# Not in it: ") == 2


def test_the_command_writes_the_profile_and_never_over_another(tmp_path):
    out = tmp_path / "profile.toml"
    run = CliRunner().invoke(main, ["profile", "--exports", str(RIVERSIDE), "--out", str(out)])
    assert run.exit_code == 1, "it asks"
    assert "MutualHelp_2026-10.csv is read as attendance: 5 columns found" in run.output
    assert tomllib.loads(out.read_text())["source"]
    assert CliRunner().invoke(main, ["profile", "--exports", str(RIVERSIDE), "--out", str(out)]).exit_code == 2


def test_no_word_that_may_be_somebodys_is_written(guessed):
    rows = "".join(
        f"AB-{n},10/2{n}/2026,{word}\n"
        for n, word in enumerate(
            ("kowalczyk", "jsmith", "Sometimes", "12/04/85", "415", "7", "Level 2.1", "+", "maria")
        )
    )
    _, _, text = guessed(CheckIns__csv=f"Patient Key,Checkin Date,Used\n{rows}")
    shown = '"+" (1 rows), "7" (1 rows), "Level 2.1" (1 rows), "Sometimes" (1 rows)'
    assert f"{shown}, 5 words that are not repeated here (5 rows)?" in text
    assert not [word for word in ("kowalczyk", "jsmith", "85", "415", "maria") if word in text]


def test_a_header_that_names_somebody_is_taken_for_no_column(guessed):
    visits = "Patient Key,Kowalczyk,Gonzalez date,Role\nAB-1,AA,10/25/2026,shared\n"
    found, _, text = guessed(mutual_help__csv=visits)
    assert "Kowalczyk" not in text
    assert "Gonzalez" not in text
    assert found["attendance"].missing == ["meeting_date", "fellowship"]


def test_a_form_whose_name_may_be_somebodys_is_asked_about(guessed):
    found, _, text = guessed(weekly_DATA__csv=REDCAP.replace("mutual_help", "mutual_help_kowalczyk"))
    assert "kowalczyk" not in text
    assert found["attendance"].only == {}
    assert 'whose name in "redcap_repeat_instrument" is not repeated here' in text


TITLED = """Attendance of October
printed 1 November

Patient Key;Meeting Date;Group;Meetings per week
AB-1;15.10.2026;AA;2,5
AB-2;16.10.2026;NA;3
{footer}"""


@pytest.mark.parametrize("footer", ["Total: 2 rows\nend\n", "Grand total;2;;\n", " ;Total;2\n", ""])
def test_where_the_rows_begin_and_end_is_written_down(guessed, tmp_path, footer):
    stays = TITLED.replace("Meeting Date;Group", "Start date;LOC").replace("AA", "2.1").replace("NA", "3.5")
    found, without, text = guessed(Episodes__csv=stays.format(footer=footer))
    assert without == []
    assert found["episodes"].columns == {
        "client_id": "Patient Key",
        "start_date": "Start date",
        "level_of_care": "LOC",
        "meetings_per_week": "Meetings per week",
    }
    (source,) = tomllib.loads(text)["source"]
    word = "" if not footer else "Grand total" if footer.startswith("Grand") else "Total"
    assert (source["skip_rows"], source.get("stop_at", ""), source["decimal"]) == (2, word, ",")
    assert source["date_format"] == "%d.%m.%Y"


def test_totals_among_the_rows_are_no_end_of_them(guessed):
    rows = "".join(f"AB-{n};1{n % 10}.10.2026;AA\n" for n in range(12))
    found, _, _ = guessed(MutualHelp__csv=f"Patient Key;Meeting Date;Group\nTotal: 3\n{rows}")
    assert found["attendance"].layout.stop_at == ""


def test_numbers_whose_comma_may_part_thousands_are_asked_about(guessed):
    rows = 'AB-1,2026-10-01,"1,000"\nAB-2,2026-10-02,"2,5"\n'
    found, _, text = guessed(Episodes__csv=f"Patient Key,Start date,Meetings per week\n{rows}")
    assert found["episodes"].decimal == ""
    assert '# ? Is the comma in numbers that of decimals? Then say `decimal = ","`.' in text
