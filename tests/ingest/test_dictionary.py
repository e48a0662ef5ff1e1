"""Words that are no names: which texts ask whether they name somebody, and what is kept of the name of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import snapshots
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.ingest.dictionary import Dictionary, WordsError, accepted_in

ASKED = "rows ask whether a word of topic is somebody's name"


@pytest.mark.parametrize(
    "text",
    [
        "Letter to Xiadani", "Call Quillfeather", "talk with O'Grady", "McKenzie called", "Letter to Maria", "QUILLFEATHER", "Bautista's visit",
        "王伟", "Звонок Ивановой", "لقاء مع فاطمة", "Session with Nguyễn", "Jean-Baptiste", "JOHN",
    ],
)  # fmt: skip
def test_a_word_with_a_capital_that_is_in_no_dictionary_asks(text):
    assert Dictionary().asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Relapse prevention", "RELAPSE PREVENTION", "Relapse-prevention plan", "CBT", "HALT", "Step Four inventory", "Don't quit", "Let's talk",
        "Bill's Story", "Dr. Bob's Nightmare", "The Body Keeps the Score (Bessel van der Kolk)", "Brené Brown video", "Suboxone", "Jack Daniels",
        "Family's boundaries", "Triggers: People, Places, Things", "Al-Anon", "xiadani", "B vitamins", "12-Step", "Christmas", "",
    ],
)  # fmt: skip
def test_everyday_words_acronyms_and_public_names_do_not(text):
    assert not Dictionary().asks(text)


def test_an_accepted_word_or_phrase_no_longer_asks():
    assert not Dictionary(frozenset(["brainspotting"])).asks("Brainspotting")
    phrase = Dictionary(frozenset(["tara quillfeather"]))
    assert not phrase.asks("Radical Acceptance (Tara Quillfeather)")
    assert phrase.asks("Call Quillfeather")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("attendance_quillfeather_2026-10.csv", "attendance_[3]_2026-10.csv"),
        ("attendance_Xiadani Quillfeather.csv", "attendance_[3].csv"),
        ("attendance_00123456.csv", "attendance_[3].csv"),
        ("attendance_王伟.csv", "attendance_[3].csv"),
        ("attendance/O'Grady.parquet", "attendance/[3].parquet"),
        ("attendance_kim.csv", "attendance_[3].csv"),
    ],
)
def test_a_number_stands_for_what_may_be_somebodys_in_the_name_of_a_file(name, kept):
    assert Dictionary().masked(name, 3) == kept


@pytest.mark.parametrize(
    "name",
    [
        "attendance.csv", "attendance/2026-10.parquet", "attendance_2026-10_northside.csv", "attendance_20261031T120000.csv", "attendance_10312026.csv",
        "attendance (2).csv", "Tasks_north.CSV", "MutualHelp_2026-10.csv", "attendance_cp1252.csv", "sessionnotes.csv", "attendance_q3_v2.csv",
        "openemr_postcalendar_events.csv", "attendance_IOP.xlsx", ".hidden.csv", "~$attendance.xlsx", "attendance_2026-10-31_183000.csv",
    ],
)  # fmt: skip
def test_an_ordinary_name_is_kept(name):
    assert Dictionary().masked(name, 3) == name


def test_a_file_of_words_has_one_a_line(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("# ours\nBrainspotting\n\nTara Quillfeather  # an author\nGróf\n", "utf-8")
    assert accepted_in(path) == {"brainspotting", "tara quillfeather", "grof"}
    assert accepted_in(tmp_path / "none.txt") == frozenset()
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(WordsError, match=r"words\.txt is no text file"):
        accepted_in(path)


SESSIONS = """client_id,session_date,status,topic
AB-1,2026-10-01,attended,Relapse prevention
AB-1,2026-10-02,attended,Brainspotting
AB-1,2026-10-03,attended,Letter to Xiadani
"""


def test_a_row_that_asks_is_rejected_and_its_word_is_nowhere(desk):
    desk.lay({"sessions.csv": SESSIONS}).take()
    assert [(line, column) for _, line, column, _ in desk.reasons()] == [(3, "topic"), (4, "topic")]
    told = " ".join(reason for *_, reason in desk.reasons()) + desk.count("sessions.csv").note
    assert "`--accept-words`" in told
    assert ASKED in told
    assert "Brainspotting" not in told
    assert "Xiadani" not in told
    assert desk.stored("sessions", "topic") == [("Relapse prevention",)]


@pytest.mark.parametrize(
    ("rows", "others"),
    [
        ("AB-1,2026-10-02,attended,Brainspotting\n", 0),
        ("AB-1,2026-10-02,attended,Brainspotting\nAB-1,2026-10-03,attended,Letter to Xiadani\n", 1),
        ("AB-1,2026-10-02,attended,Brainspotting\nAB-1,2026-10-32,attended,\n", 1),
    ],
)
def test_a_word_that_is_no_longer_accepted_asks_again_whatever_else_the_file_holds(desk, rows, others):
    desk.lay(
        {"sessions.csv": f"client_id,session_date,status,topic\n{rows}AB-1,2026-10-01,attended,Relapse prevention\n"}
    )
    for words, taken in ((["brainspotting"], True), ([], False), (["brainspotting"], True)):
        desk.take(words=words)
        assert desk.count("sessions.csv").rejected == others + (not taken)
        assert (("Brainspotting",) in desk.stored("sessions", "topic")) == taken
        desk.take(words=words)
        assert desk.count("sessions.csv").known == 1 + taken


@pytest.mark.slow
def test_the_clinics_own_words_hold_for_this_run_and_those_after_it(tmp_path):
    exports, home, words = tmp_path / "exports", tmp_path / "home", tmp_path / "words.txt"
    exports.mkdir()
    (exports / "attendance.csv").write_text("client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n")
    (exports / "checkins.csv").write_text("client_id,checkin_date\nAB-1,2026-10-05\n")
    (exports / "sessions.csv").write_text(SESSIONS)
    words.write_text("Brainspotting\n")

    def rejected(*more: str) -> list[str]:
        ran = CliRunner().invoke(main, ["run", "--exports", str(exports), "--home", str(home), "--json", *more])
        assert ran.exit_code == 1, ran.output
        return CliRunner().invoke(main, ["rejected", "--home", str(home)]).stdout.splitlines()

    assert [row.split(":")[0] for row in rejected()] == ["sessions.csv, line 3", "sessions.csv, line 4"]
    assert [row.split(":")[0] for row in rejected("--accept-words", str(words))] == ["sessions.csv, line 4"]
    assert [row.split(":")[0] for row in rejected()] == ["sessions.csv, line 4"]
    assert (home / "accepted_words.txt").read_text() == "brainspotting\n"
    assert attended(home) == 2
    (home / "accepted_words.txt").write_text("")
    assert [row.split(":")[0] for row in rejected()] == ["sessions.csv, line 3", "sessions.csv, line 4"]
    assert attended(home) == 1, "a run that only takes rows back builds the tables without them"


def attended(home: Path) -> int:
    with Engine(snapshots.in_force(home).snapshot, read_only=True) as engine:
        return engine.value("SELECT sum(sessions_attended) FROM client_week")


@pytest.mark.slow
def test_what_looks_like_a_name_is_accepted_in_just_that_wording_where_no_persons_are_named(tmp_path):
    words = tmp_path / "words.txt"
    (tmp_path / "checkins.csv").write_text("client_id,checkin_date\nAB-1,2026-10-05\n")

    def reads(site: str, accepted: str, column: str = "site") -> str:
        header = f"client_id,meeting_date,fellowship,{column}\n"
        (tmp_path / "attendance.csv").write_text(f"{header}AB-1,2026-10-05,AA,{site}\n")
        words.write_text(accepted)
        ran = CliRunner().invoke(main, ["check", "--exports", str(tmp_path), "--accept-words", str(words)])
        return "" if ran.exit_code == 0 else ran.output

    hint = "What is nobody's name, just as it is written there, can be accepted with `--accept-words`"
    assert hint in reads("Glen Allen", "")
    assert reads("Glen Allen", "Glen Allen\n") == ""
    assert "looks like a name" in reads("Tom Glen Allen", "Glen Allen\n")
    assert "looks like a name" in reads("Glen Allen", "Glen\nAllen\n")
    assert "looks like a telephone" in reads("415-555-1212", "415-555-1212\n")
    assert hint in reads("Dr. Seuss", "", column="room")
    assert reads("Dr. Seuss", "Dr. Seuss\n", column="room") == ""
    assert "looks like" not in reads("Dr. Seuss", "Dr. Seuss\n", column="mode")
    assert hint in reads("j-garcia", "", column="meeting_id")
    assert reads("j-garcia", "j-garcia\n", column="meeting_id") == ""
    for column in ("therapist_id", "counselor", "sponsor"):
        refused = reads("Glen Allen", "Glen Allen\n", column=column)
        assert "looks like a name" in refused
        assert hint not in refused


@pytest.mark.slow
def test_the_words_of_the_task_catalogue_are_known(tmp_path):
    (tmp_path / "tasks.csv").write_text("client_id,task,assigned_on\nAB-1,Brainspotting diary,2026-10-01\n")
    (tmp_path / "attendance.csv").write_text("client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n")
    (tmp_path / "checkins.csv").write_text("client_id,checkin_date\nAB-1,2026-10-05\n")
    home = tmp_path / "home"
    home.mkdir()
    (home / "tasks.toml").write_text(
        '[spot]\nstep = 0\ntitle = "Brainspotting diary"\npurpose = "To see."\nmatches = "brainspotting"\nprompts = ["Where?"]\n'
    )
    ran = CliRunner().invoke(main, ["run", "--exports", str(tmp_path), "--home", str(home)])
    assert ran.exit_code == 0, ran.output


def test_of_an_unusual_name_only_a_number_is_stored_and_shown(desk):
    rows = "client_id,meeting_date,fellowship\nAB-5,2026-10-0{},AA\nAB-5,03/14/1961,AA\n"
    desk.lay(
        {
            "attendance_quillfeather.csv": rows.format(1),
            "attendance_xiadani.csv": rows.format(2),
            "Quillfeather CV.docx": "x",
        }
    )
    intake = desk.take()
    assert [count.file for count in intake.files] == [
        "attendance.csv", "attendance_[3].csv", "attendance_[4].csv", "checkins.csv",
    ]  # fmt: skip
    assert desk.count("attendance_[3].csv").note.startswith("[3] stands for what may be somebody's")
    assert [entry.name for entry in intake.not_read] == ["[1] CV.docx"]
    kept = repr(
        [desk.engine.rows(f"SELECT * FROM store.{table}") for table in ("attendance", "files", "rejected_rows")]
    )
    assert "attendance_[3].csv" in kept
    for word in ("quillfeather", "xiadani"):
        assert word not in kept.lower()
