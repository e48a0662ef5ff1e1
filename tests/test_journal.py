"""The outreach journal: what it keeps, what it refuses, and that nothing of it is lost; in SQLite and in PostgreSQL."""

from __future__ import annotations

import csv
import multiprocessing
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.home import JOURNAL
from pipelines.journal.store import SNOOZED, Contact, ContactError, Entry, Journal, JournalUnavailableError, read
from pipelines.settings import Settings
from pipelines.spreadsheet import FORMULA
from pipelines.worklist import Done

TODAY = date.today()
CALL = Contact("c-001", date(2026, 6, 1), "contacted", None, None, False, None, "t1")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest) -> Settings:
    if request.param == "sqlite":
        return Settings()
    address = request.getfixturevalue("empty_postgres")
    return Settings(journal_url=address)


@pytest.fixture
def journal(tmp_path: Path, settings: Settings) -> Journal:
    return Journal.of(tmp_path, settings)


def test_what_was_done_is_kept_with_who_and_when(journal: Journal):
    first = journal.write(CALL)
    second = journal.write(replace(CALL, client_id="c-002", outcome="no_contact_needed", reason="work_shift"))
    third = journal.write(replace(CALL, outcome="left_message", follow_up_on=TODAY, remind=True))
    assert journal.entries() == [third, second, first]
    assert journal.entries(["c-001"]) == [third, first]
    assert journal.entries([]) == []
    assert third.written_at >= first.written_at


def test_a_correction_is_a_new_entry_and_the_old_one_stays(journal: Journal):
    wrong = journal.write(CALL)
    right = journal.write(replace(CALL, outcome="not_reached", corrects=wrong.entry_id))
    assert journal.entries() == [right, replace(wrong, corrected=True)]


def test_an_undone_entry_is_marked_as_corrected(journal: Journal):
    entry = journal.write(CALL)
    journal.withdraw(entry, "t1")
    assert journal.entries() == [replace(entry, corrected=True)]
    assert [each.contact.outcome for each in journal.everything()] == ["withdrawn", "contacted"]


def test_the_newest_contact_and_snooze_of_each_client_are_found_without_the_rest(journal: Journal):
    for client_id in ("c-001", "c-002", "c-003"):
        journal.write(replace(CALL, client_id=client_id))
        journal.write(replace(CALL, client_id=client_id, outcome=SNOOZED, follow_up_on=TODAY))
    taken_back = journal.write(CALL)
    journal.withdraw(taken_back, "t1")
    wrong = journal.write(replace(CALL, client_id="c-002"))
    right = journal.write(replace(CALL, client_id="c-002", outcome="not_reached", corrects=wrong.entry_id))
    for client_ids in (None, ["c-001"], ["c-002", "c-003"], []):
        before, now = Done.of(journal.entries(client_ids)), Done.of(journal.latest(client_ids))
        assert (now.last, now.snoozed) == (before.last, before.snoozed)
    assert len(journal.latest()) == 6
    assert journal.latest()[0] == right


@pytest.mark.parametrize("table", ["entry", "annotation"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET who = 't2'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_delete(journal: Journal, statement: str, table: str):
    entry = journal.write(CALL)
    journal.annotate(date(2026, 6, 3), "New evening group", "t1")
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), journal._engine.begin() as connection:
        connection.execute(sa.text(statement.format(table)))
    assert journal.entries() == [entry]
    assert [each.who for each in journal.annotations()] == ["t1"]


def test_annotations_are_by_their_day_until_they_are_removed(journal: Journal):
    journal.annotate(date(2026, 6, 3), "  New   evening group ", "t1")
    journal.annotate(date(2026, 5, 4), "Closed for repairs", "t2")
    earlier, later = journal.annotations()
    assert (earlier.happened_on, earlier.text, earlier.who) == (date(2026, 5, 4), "Closed for repairs", "t2")
    assert (later.happened_on, later.text, later.who) == (date(2026, 6, 3), "New evening group", "t1")
    journal.remove_annotation(earlier, "t1")
    assert journal.annotations() == [later]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "in at most 80 characters"),
        ("  ", "in at most 80 characters"),
        ("x" * 81, "in at most 80 characters"),
        ("Mary Johnson left", "may say who a client is"),
    ],
)
def test_an_annotation_that_cannot_be_kept_is_refused(tmp_path: Path, text: str, sentence: str):
    journal = Journal.of(tmp_path, Settings())
    with pytest.raises(ContactError, match=sentence):
        journal.annotate(date(2026, 6, 3), text, "t1")
    journal.annotate(date(2026, 6, 3), "x" * 80, "t1")
    assert [each.text for each in journal.annotations()] == ["x" * 80]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"follow_up_on": None}, "until which the client is snoozed"),
        ({"reason": "asleep"}, "snoozed for no reason or for one of these"),
        ({"reason": "session"}, None),
        ({}, None),
    ],
)
def test_a_client_is_snoozed_until_a_day(tmp_path: Path, changes: dict, sentence: str | None):
    journal = Journal.of(tmp_path, Settings())
    snoozed = replace(CALL, **{"outcome": SNOOZED, "follow_up_on": TODAY} | changes)
    if sentence is None:
        assert journal.write(snoozed).contact == snoozed
    else:
        with pytest.raises(ContactError, match=sentence):
            journal.write(snoozed)
    assert read(journal).num_rows == 0, "to the models it is no contact"


def test_an_entry_that_comes_twice_is_taken_once(journal: Journal, tmp_path: Path):
    entry = journal.write(CALL)
    there = Journal.of(tmp_path / "there", Settings())
    (tmp_path / "there").mkdir(exist_ok=True)
    assert there.take_in([entry, entry]) == 1
    assert there.everything() == [entry]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"outcome": "shouted"}, "Say what was done"),
        ({"outcome": "withdrawn"}, "Say what was done"),
        ({"outcome": "no_contact_needed"}, "Say why no contact is needed"),
        ({"outcome": "no_contact_needed", "reason": "asleep"}, "Say why no contact is needed"),
        ({"reason": "work_shift"}, "A reason is given only where no contact is needed"),
        ({"remind": True}, "Choose a follow-up date"),
        ({"follow_up_on": TODAY - timedelta(days=1)}, "A follow-up lies ahead"),
        ({"who": " "}, "Say who made the contact"),
        ({"client_id": "Mary Jones"}, "The client is not named by a pseudonym"),
        ({"flag_week": date(2026, 6, 2)}, "The week of a flag is named by its Monday"),
        ({"note": "tired"}, "Notes are switched off"),
    ],
)
def test_what_cannot_be_noted_is_refused_with_a_sentence(tmp_path: Path, changes: dict, sentence: str):
    journal = Journal.of(tmp_path, Settings())
    with pytest.raises(ContactError, match=sentence):
        journal.write(replace(CALL, **changes))
    assert journal.entries() == []


def test_a_note_is_kept_if_the_clinic_wants_notes_and_it_identifies_nobody(tmp_path: Path):
    journal = Journal.of(tmp_path, Settings(journal_notes=True))
    kept = journal.write(replace(CALL, note="asked about the Tuesday meeting"))
    assert journal.entries()[0].contact.note == "asked about the Tuesday meeting"
    for note in ("spoke with Mary Johnson", "call back on (555) 010-4477", "lives at 12 Elm Street"):
        with pytest.raises(ContactError) as refused:
            journal.write(replace(CALL, note=note))
        assert not any(word in str(refused.value) for word in ("Mary", "555", "Elm"))
    assert journal.entries() == [kept]


def _write_many(home: Path, settings: Settings, who: str, count: int) -> None:
    journal = Journal.of(home, settings)
    for _ in range(count):
        journal.write(replace(CALL, who=who))


@pytest.mark.slow
def test_two_who_write_at_once_lose_nothing(tmp_path: Path, settings: Settings):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, settings, who, 40)) for who in ("t1", "t2", "t3")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    written = [entry.contact.who for entry in Journal.of(tmp_path, settings).entries()]
    assert sorted(written) == ["t1"] * 40 + ["t2"] * 40 + ["t3"] * 40


def test_a_locked_journal_gives_an_error_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipelines.journal.store.WAITS", 0.2)
    journal = Journal.of(tmp_path, Settings())
    before = journal.write(CALL)
    other = sqlite3.connect(tmp_path / JOURNAL)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailableError, match="being written by someone else") as refused:
        journal.write(CALL)
    assert CALL.client_id not in str(refused.value.__context__), "nor does the error behind it hold a value"
    assert journal.entries() == [before]  # reading goes on
    other.rollback()
    journal.write(CALL)
    assert len(journal.entries()) == 2


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://meshwork:secret@127.0.0.1:1/clinic", "cannot be reached"),
        ("mysql://meshwork:secret@127.0.0.1/clinic", "must be that of a PostgreSQL"),
        ("secret", "is not an address"),
    ],
)
def test_an_unreachable_journal_gives_an_error_without_its_address(tmp_path: Path, address: str, sentence: str):
    with pytest.raises(JournalUnavailableError, match=sentence) as refused:
        Journal.of(tmp_path, Settings(journal_url=address)).write(CALL)
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(Settings(journal_url=address))


@pytest.mark.postgres
def test_a_journal_in_postgresql_goes_on_after_its_connections_were_cut(tmp_path: Path, empty_postgres: str):
    journal = Journal.of(tmp_path, Settings(journal_url=empty_postgres))
    before = journal.write(CALL)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = user"
    administrator = sa.create_engine(sa.make_url(empty_postgres).set(drivername="postgresql+psycopg"))
    with administrator.begin() as connection:
        assert connection.scalars(sa.text(others)).all(), "the journal kept a connection"
    administrator.dispose()
    after = journal.write(CALL)
    assert journal.entries() == [after, before]


def test_a_journal_in_postgresql_without_psycopg_gives_an_error_that_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("pipelines.journal.store.find_spec", lambda name: None)
    with pytest.raises(JournalUnavailableError, match=r"psycopg\[binary\]"):
        Journal.of(tmp_path, Settings(journal_url="postgresql://meshwork@127.0.0.1/clinic"))


def test_visits(journal: Journal):
    later = date(2026, 6, 21)
    assert journal.last_visit("t1", later) is None
    journal.visited("t1", 4, date(2026, 6, 7))
    journal.visited("t1", 5, date(2026, 6, 14))
    journal.visited("t2", 6, date(2026, 6, 20))
    for before, snapshot in ((later, 5), (date(2026, 6, 14), 4)):
        visit = journal.last_visit("t1", before)
        assert visit is not None
        assert visit.snapshot == snapshot
    assert journal.last_visit("t1", date(2026, 6, 7)) is None


def read_by_another_process(home: Path) -> list[str]:
    """The entries that a program finds when it opens the journal for the first time."""
    reading = (
        "import sys; from pathlib import Path; from pipelines.journal.store import Journal; "
        "from pipelines.settings import Settings; "
        "print(*(entry.entry_id for entry in Journal.of(Path(sys.argv[1]), Settings()).entries()))"
    )
    command = [sys.executable, "-c", reading, str(home)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def taken_away(home: Path) -> None:
    for path in home.glob(f"{JOURNAL}*"):
        path.unlink()


def restored(home: Path) -> None:
    taken_away(home)
    shutil.copyfile(home / "backup.db", home / JOURNAL)


@pytest.mark.slow
@pytest.mark.parametrize(("happens", "kept"), [(taken_away, 0), (restored, 1)])
def test_an_entry_goes_into_the_file_that_others_read_though_it_was_replaced_meanwhile(
    tmp_path: Path, happens: Callable[[Path], None], kept: int
):
    journal = Journal.of(tmp_path, Settings())
    first = journal.write(CALL)
    with sqlite3.connect(tmp_path / JOURNAL) as source, sqlite3.connect(tmp_path / "backup.db") as backup:
        source.backup(backup)
    journal.write(CALL)
    happens(tmp_path)
    last = journal.write(CALL)
    assert set(read_by_another_process(tmp_path)) == {last.entry_id, *[first.entry_id][:kept]}


@pytest.mark.slow
def test_an_entry_written_into_a_file_that_is_being_replaced_is_not_reported_as_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    journal = Journal.of(tmp_path, Settings())
    journal.write(CALL)

    def replaced(entry: Entry) -> None:
        taken_away(tmp_path)
        written_and_checked(entry)

    written_and_checked = journal._require
    monkeypatch.setattr(journal, "_require", replaced)
    with pytest.raises(JournalUnavailableError, match="was not noted"):
        journal.write(CALL)
    assert read_by_another_process(tmp_path) == []


def test_a_damaged_file_is_named_and_nothing_is_written(tmp_path: Path):
    Journal.of(tmp_path, Settings()).write(CALL)
    (tmp_path / JOURNAL).write_bytes(b"no database" * 1000)
    with pytest.raises(JournalUnavailableError, match=r"journal\.db is damaged"):
        Journal.of(tmp_path, Settings()).write(CALL)


def test_a_folder_that_programs_cannot_share_gets_an_error_with_a_remedy(tmp_path: Path):
    # SQLite's "dotfile" locking has no shared memory, as on a network folder.
    url = sa.make_url(f"sqlite:///file:{tmp_path / JOURNAL}?vfs=unix-dotfile&uri=true")
    with pytest.raises(JournalUnavailableError, match="on a local disk, or name a PostgreSQL"):
        Journal(url).write(CALL)


# Journals with this layout exist: other tables, or columns kept otherwise, need another number.
LAYOUT_2 = """
annotation: annotation_id VARCHAR(36)!, written_at DATETIME!, happened_on DATE!, text VARCHAR(80)!, who VARCHAR(64)!,
            removes VARCHAR(36)
entry: entry_id VARCHAR(36)!, written_at DATETIME!, client_id VARCHAR(64)! indexed, flag_week DATE,
       outcome VARCHAR(32)!, reason VARCHAR(32), follow_up_on DATE, remind BOOLEAN!, note TEXT, who VARCHAR(64)!,
       corrects VARCHAR(36) indexed
visit: who VARCHAR(64)! indexed, seen_at DATETIME!, snapshot INTEGER!, as_of DATE!
"""


def test_the_tables_of_layout_2_are_those_of_the_journals_that_exist(tmp_path: Path):
    Journal.of(tmp_path, Settings()).write(CALL)
    with sqlite3.connect(tmp_path / JOURNAL) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (2,)
        tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        found = []
        for (table,) in tables:
            indexes = file.execute(f"SELECT name FROM pragma_index_list('{table}') WHERE origin = 'c'").fetchall()
            indexed = {column for (index,) in indexes for _, _, column in file.execute(f"PRAGMA index_info({index})")}
            columns = [
                f"{name} {kind}{'!' if needed else ''}{' indexed' if name in indexed else ''}"
                for _, name, kind, needed, *_ in file.execute(f"PRAGMA table_info({table})")
            ]
            found.append(f"{table}: {', '.join(columns)}")
    assert " ".join(found) == " ".join(LAYOUT_2.split())


def test_only_the_owner_may_read_the_file(tmp_path: Path):
    Journal.of(tmp_path, Settings()).write(CALL)
    assert (tmp_path / JOURNAL).stat().st_mode & 0o077 == 0


# --- as a file -----------------------------------------------------------------------------------------------------


def command(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    # The other stream names the home that a command works in; the tests of the commands check that.
    lines = [line for line in result.output.splitlines(keepends=True) if not line.startswith("Home: ")]
    return result.exit_code, "".join(lines)


def test_out_of_one_store_and_into_another(tmp_path: Path, journal: Journal, settings: Settings):
    here, there = tmp_path, tmp_path / "there"
    if settings.journal_url:
        (here / "settings.toml").write_text(f'journal_url = "{settings.journal_url}"\n', "utf-8")
    entry = journal.write(replace(CALL, follow_up_on=TODAY, remind=True))
    journal.withdraw(journal.write(replace(CALL, client_id="c-002")), "t1")
    assert command("outreach", "export", "--home", here, "--out", tmp_path / "out.csv") == (
        0,
        f"3 entries written to {tmp_path / 'out.csv'}.\n",
    )
    with (tmp_path / "out.csv").open(newline="") as stream:
        (row,) = (row for row in csv.DictReader(stream) if row["entry_id"] == entry.entry_id)
    assert (row["written_at"], row["remind"]) == (entry.written_at.isoformat(), "yes")
    for told in ("Entries added: 3; known: 0; not taken: 0.\n", "Entries added: 0; known: 3; not taken: 0.\n"):
        assert command("outreach", "import", "--home", there, "--file", tmp_path / "out.csv") == (0, told)
    assert Journal.of(there, Settings()).everything() == journal.everything()
    assert entry in Journal.of(there, Settings()).entries()


@pytest.mark.parametrize("who", ['=HYPERLINK("elsewhere")', "+1", "-1", "@SUM(A1)", "'t1", "t1"])
def test_nothing_in_the_file_is_a_formula_and_what_comes_back_is_what_was_written(tmp_path: Path, who: str):
    journal = Journal.of(tmp_path, Settings())
    entry = journal.write(replace(CALL, who=who))
    assert command("outreach", "export", "--home", tmp_path, "--out", tmp_path / "out.csv")[0] == 0
    with (tmp_path / "out.csv").open(newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    assert command("outreach", "import", "--home", tmp_path / "new", "--file", tmp_path / "out.csv")[0] == 0
    assert Journal.of(tmp_path / "new", Settings()).entries() == [entry]


def test_notes_stay_in_the_store(tmp_path: Path):
    Journal.of(tmp_path, Settings(journal_notes=True)).write(replace(CALL, note="tired"))
    command("outreach", "export", "--home", tmp_path, "--out", tmp_path / "out.csv")
    assert "tired" not in (tmp_path / "out.csv").read_text("utf-8")


HEADER = "entry_id,written_at,client_id,flag_week,outcome,reason,follow_up_on,remind,who,corrects"


def imported(home: Path, *lines: str) -> tuple[int, str]:
    """What `outreach import` says of a file of these lines."""
    (home / "in.csv").write_text("\n".join([HEADER, *lines]), "utf-8")
    return command("outreach", "import", "--home", home, "--file", home / "in.csv")


def test_a_bad_line_is_reported_without_its_values_and_the_others_are_read(tmp_path: Path):
    code, said = imported(
        tmp_path,
        "e2,yesterday,c-001,2026-06-01,contacted,,,no,t1,",
        "e1,2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,",
        "e3,2026-06-08T09:00:00,the client,2026-06-01,contacted,,,no,t1,",
        "e4,2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,perhaps,t1,",
        "e5,2026-06-08T09:00:00,,2026-06-01,contacted,,,no,t1,",
        f"{'e' * 37},2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,",
        ",2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,",
        "e,2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,",
        f"{'e' * 36},2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,",
        "e6,2026-06-08T09:00:00,the client,2026-06-01,withdrawn,,,no,t1,e1",
        "e7,2026-06-08T09:00:00,c-001,2026-06-01,withdrawn,,,no,t1,",
        "e8,2026-06-08T09:00:00,c-001,2026-06-01,withdrawn,anything,,no,t1,e1",
        "e9,0001-01-01T00:00:00+05:00,c-001,2026-06-01,contacted,,,no,t1,",
    )
    assert code == 1
    assert "Entries added: 3; known: 0; not taken: 10" in said
    assert "line 2: a date, time or yes/no cannot be read" in said
    assert "line 4: The client is not named by a pseudonym." in said
    assert "line 6: The client is not named by a pseudonym." in said
    assert "line 7: a date, time or yes/no cannot be read" in said
    assert "line 8: a date, time or yes/no cannot be read" in said
    assert "line 11: The client is not named by a pseudonym." in said
    assert "line 12: Say which entry is withdrawn, and no more." in said
    assert "line 13: Say which entry is withdrawn, and no more." in said
    assert "line 14: a date, time or yes/no cannot be read" in said
    assert "the client" not in said
    assert "perhaps" not in said


@pytest.mark.parametrize("outcome", ["contacted", "withdrawn", "snoozed"])
@pytest.mark.parametrize(
    ("client_id", "who", "corrects", "found"),
    [
        ("123-45-6789", "t1", "e1", 'column "client_id", line 3: looks like an SSN'),
        ("John Smith john@x.com", "t1", "e1", 'column "client_id", line 3: looks like an e-mail address'),
        ("c-001", "Ann Smith", "e1", "looks like a name"),
        ("c-001", "t1 555-123-4567", "e1", "looks like a telephone or fax number"),
        ("c-001", "555-123-4567", "e1", "looks like a telephone or fax number"),
        ("maria-lopez", "dana.reyes", "e1", 'column "client_id", line 3: looks like a name'),
        ("c-001", "t1", "Ann Smith", "looks like a name"),
    ],
)
def test_a_file_that_may_identify_a_person_is_refused_whole(
    tmp_path: Path, outcome: str, client_id: str, who: str, corrects: str, found: str
):
    code, said = imported(
        tmp_path,
        "e1,2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,",
        f"e2,2026-06-08T09:00:00,{client_id},2026-06-01,{outcome},,2026-07-01,no,{who},{corrects}",
    )
    assert code == 2
    assert found in said
    assert not any(text in said for text in ("123-45", "John", "Ann", "555-123"))
    assert Journal.of(tmp_path, Settings()).everything() == []


@pytest.mark.parametrize(
    "who",
    [
        "ann.smith@clinic.example",
        "dana.reyes",
        r"CLINIC\dana.reyes",
        "Reyes",
        "mariagarcia",
        "Dana-Reyes",
        "auth0|5f7c8ec7",
    ],
)
def test_who_signed_in_is_known_by_an_email_address_or_another_name(tmp_path: Path, who: str):
    entry = Journal.of(tmp_path, Settings()).write(replace(CALL, who=who))
    command("outreach", "export", "--home", tmp_path, "--out", tmp_path / "out.csv")
    told = "Entries added: 1; known: 0; not taken: 0.\n"
    assert command("outreach", "import", "--home", tmp_path / "new", "--file", tmp_path / "out.csv") == (0, told)
    assert Journal.of(tmp_path / "new", Settings()).entries() == [entry]


@pytest.mark.parametrize(
    ("written_at", "kept"),
    [
        ("2026-06-08T23:30:00", datetime(2026, 6, 8, 23, 30)),
        ("2026-06-08T23:30:00Z", datetime(2026, 6, 8, 23, 30)),
        ("2026-06-08T23:30:00-05:00", datetime(2026, 6, 9, 4, 30)),
        ("1990-01-01T00:00:00", datetime(1990, 1, 1)),
        ("1989-12-31T23:59:59", "It was written before 1990."),
        ("9999-12-31T23:59:59", "lies in the future"),
    ],
)
def test_when_an_entry_was_written(tmp_path: Path, written_at: str, kept: datetime | str):
    code, said = imported(tmp_path, f"e1,{written_at},c-001,,contacted,,,no,t1,")
    entries = Journal.of(tmp_path, Settings()).entries()
    if isinstance(kept, str):
        assert (code, entries) == (1, [])
        assert "line 2: " in said
        assert kept in said
    else:
        assert (code, [each.written_at for each in entries]) == (0, [kept])


def test_an_entry_of_the_day_after_tomorrow_is_not_taken(tmp_path: Path):
    written_at = f"{datetime.now() + timedelta(days=2):%Y-%m-%dT%H:%M:%S}"
    said = imported(tmp_path, f"e1,{written_at},c-001,2026-06-01,contacted,,,no,t1,")[1]
    assert "lies in the future" in said
    assert Journal.of(tmp_path, Settings()).entries() == []


@pytest.mark.parametrize(
    "line",
    [
        "e2,2026-06-0",
        "e2,2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1",
        "e2,2026-06-08T09:00:00,c-001,,,,,,,,",
    ],
)
def test_nothing_is_taken_of_a_file_that_is_cut_off(tmp_path: Path, line: str):
    code, said = imported(tmp_path, "e1,2026-06-08T09:00:00,c-001,2026-06-01,contacted,,,no,t1,", line)
    assert code == 2
    assert "in.csv, line 3: the line does not have 10 cells; the file may be cut off. Nothing was taken." in said
    assert Journal.of(tmp_path, Settings()).everything() == []


@pytest.mark.parametrize("content", [b"client_id,meeting_date\nc-001,2026-06-08\n", b"", b"\xff\xfe"])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "in.csv").write_bytes(content)
    code, said = command("outreach", "import", "--home", tmp_path, "--file", tmp_path / "in.csv")
    assert code == 2
    assert ("in.csv is not text" if content.startswith(b"\xff") else "in.csv is not a journal") in said


def test_a_home_that_there_is_not_has_no_journal_to_take_out(tmp_path: Path):
    words = ["outreach", "export", "--out", str(tmp_path / "out.csv"), "--home", str(tmp_path / "gone")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert f"there is no folder {tmp_path / 'gone'}" in " ".join(result.output.split())
    assert not (tmp_path / "gone").exists()
