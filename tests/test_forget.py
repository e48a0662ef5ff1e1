"""A forgotten client is in no file any more, and no later export brings the client back."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import subprocess
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from pipelines import audit, forget, snapshots
from pipelines.cli import main
from pipelines.engine.duckdb import Engine
from pipelines.home import JOURNAL, KEPT, STORE
from pipelines.journal.store import Contact, Journal, JournalUnavailableError
from pipelines.settings import Settings

pytestmark = pytest.mark.slow
GONE, STAYS = "c-gone-jkmn-pqrs", "c-stay-jkmn-pqrs"


def meshwork(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def deliver(exports: Path, name: str, *clients: str) -> None:
    exports.mkdir(exist_ok=True)
    days = [f"2026-{month:02d}-{day:02d}" for month in (7, 8, 9) for day in (3, 10, 17, 24)]
    (exports / f"attendance{name}.csv").write_text(
        "client_id,meeting_date,fellowship\n" + "".join(f"{c},{day},AA\n" for c in clients for day in days)
    )
    (exports / f"checkins{name}.csv").write_text(
        "client_id,checkin_date,used\n" + "".join(f"{c},{day},no\n" for c in clients for day in days)
    )
    (exports / f"episodes{name}.csv").write_text(
        "client_id,start_date,therapist_id,site\n" + "".join(f"{c},2026-07-01,T1,North\n" for c in clients)
    )


@pytest.fixture(scope="session")
def published(made_once) -> Path:
    """A folder with exports, and a home with two snapshots and a journal."""
    return made_once("of-two-clients", publish_two_clients)


def publish_two_clients(place: Path) -> None:
    home, exports = place / "home", place / "exports"
    deliver(exports, "", GONE, STAYS)
    assert meshwork("run", "--exports", exports, "--home", home, "--as-of", "2026-09-28")[0] == 0
    journal = Journal.of(home, Settings())
    for client in (GONE, STAYS, GONE):
        journal.write(Contact(client, None, "contacted", None, None, False, None, "t1"))
    assert meshwork("run", "--exports", exports, "--home", home, "--as-of", "2026-09-30")[0] == 0


@pytest.fixture
def place(published, tmp_path) -> Path:
    subprocess.run(["cp", "-a", f"{published}/.", str(tmp_path)], check=True)
    return tmp_path


def forget_one(place: Path) -> None:
    shutil.copytree(place.parent / "of-two-clients", place, dirs_exist_ok=True)
    assert meshwork("forget", GONE, "--home", place / "home")[0] == 0


@pytest.fixture
def forgotten(published, made_once, tmp_path) -> Path:
    """As `place`, once the client was forgotten."""
    subprocess.run(["cp", "-a", f"{made_once('of-one-client', forget_one)}/.", str(tmp_path)], check=True)
    return tmp_path


def files_with(folder: Path, text: str) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()}


def rows_of(database: Path, client: str) -> int:
    with Engine() as engine:
        engine.attach(database, "old", read_only=True)
        tables = engine.rows("SELECT table_name FROM duckdb_columns() WHERE column_name = 'client_id'")
        return sum(engine.value(f"SELECT count(*) FROM old.{t} WHERE client_id = ?", [client]) for (t,) in tables)


def census(snapshot: Path) -> int | None:
    with Engine(snapshot, read_only=True) as engine:
        return engine.value(
            "SELECT numerator FROM caseload_week WHERE measure = 'census' AND breakdown = 'all' ORDER BY period DESC"
        )


def databases(home: Path) -> list[Path]:
    return [home / "store.duckdb", *snapshots.there(home)]


def test_a_forgotten_client_is_in_no_table_and_in_no_byte(place):
    home = place / "home"
    before = snapshots.there(home)
    built_by_spark = home / "tables" / "000001-0123456789ab" / "client_now"
    built_by_spark.mkdir(parents=True)
    (built_by_spark / "rows.parquet").write_text(GONE)
    (home / KEPT).write_text(f"rows of {GONE}")
    assert {"store.duckdb", KEPT, JOURNAL, "rows.parquet", *(path.name for path in before)} <= files_with(home, GONE)
    stayed = [rows_of(path, STAYS) for path in databases(home)]
    assert census(before[-1]) == 2

    code, output = meshwork("forget", GONE, "--home", home)
    assert code == 0, output
    assert "2 entries of the journal" in output
    assert "attendance.csv delivered rows of the client" in output

    assert files_with(home, GONE) == {audit.FILE}
    assert [rows_of(path, GONE) for path in databases(home)] == [0, 0, 0, 0]
    assert [rows_of(path, STAYS) for path in databases(home)][:3] == stayed
    assert snapshots.there(home)[:2] == before
    assert snapshots.current(home) == snapshots.there(home)[2]
    assert census(snapshots.there(home)[2]) == 1
    assert [entry.contact.client_id for entry in Journal.of(home, Settings()).everything()] == [STAYS]
    assert audit.verify(home).entries == 1


def test_a_client_is_forgotten_in_what_a_run_that_looked_back_set_aside(place):
    home, exports = place / "home", place / "exports"
    assert meshwork("run", "--exports", exports, "--home", home, "--as-of", "2026-08-30")[0] == 0
    looked_back = snapshots.there(home)[-1]
    with Engine(looked_back, read_only=True) as engine:
        assert engine.value("SELECT count(*) FROM week_set_aside WHERE client_id = ?", [GONE]) > 0
    assert meshwork("forget", GONE, "--home", home)[0] == 0
    assert files_with(home, GONE) == {audit.FILE}
    with Engine(snapshots.there(home)[-1], read_only=True) as engine:
        assert engine.rows("SELECT DISTINCT client_id FROM week_set_aside") == [(STAYS,)]


def test_the_journal_refuses_to_delete_as_before(forgotten):
    home = forgotten / "home"
    with sqlite3.connect(home / JOURNAL) as connection, pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        connection.execute("DELETE FROM entry")


def test_what_was_replaced_of_the_client_is_forgotten_too(place):
    home = place / "home"
    corrected = "".join(f"{client},2026-07-03,yes\n" for client in (GONE, STAYS))
    (place / "exports" / "checkins_b.csv").write_text(f"client_id,checkin_date,used\n{corrected}")
    assert meshwork("run", "--exports", place / "exports", "--home", home)[0] == 0
    assert meshwork("forget", GONE, "--home", home)[0] == 0
    for database in (home / STORE, snapshots.current(home)):
        with Engine(database, read_only=True) as engine:
            assert engine.rows("SELECT DISTINCT client_id FROM replaced") == [(STAYS,)]


def test_a_later_export_does_not_bring_the_client_back(forgotten):
    home, exports = forgotten / "home", forgotten / "exports"
    deliver(exports, "_2026-10", GONE, STAYS, "c-new1-jkmn-pqrs")
    code, output = meshwork("run", "--exports", exports, "--home", home, "--as-of", "2026-09-30")
    assert code == 1, output
    assert "the client was forgotten on" in meshwork("rejected", "--home", home)[1]
    assert files_with(home, GONE) == {audit.FILE}
    assert rows_of(home / "store.duckdb", "c-new1-jkmn-pqrs") > 0
    assert census(snapshots.there(home)[-1]) == 2


def test_an_unknown_client_changes_nothing(place):
    home = place / "home"
    before = {path: path.read_bytes() for path in databases(home)}
    code, output = meshwork("forget", "c-none-jkmn-pqrs", "--home", home)
    assert (code, "No such client" in output) == (2, True)
    assert {path: path.read_bytes() for path in databases(home)} == before
    assert meshwork("forget", "Maria Lopez", "--home", home)[0] == 2


def test_an_id_that_is_part_of_another_is_distinguished(place):
    home, exports = place / "home", place / "exports"
    deliver(exports, "_2026-10", "c-part-jkmn", "c-part-jkmn-2")
    assert meshwork("run", "--exports", exports, "--home", home, "--as-of", "2026-09-30")[0] == 0
    code, output = meshwork("forget", "c-part-jkmn", "--home", home)
    assert code == 0, output
    assert "Searched in every table of" in output
    assert [rows_of(path, "c-part-jkmn") for path in databases(home)] == [0] * 5
    assert rows_of(home / "store.duckdb", "c-part-jkmn-2") == 25


@pytest.mark.postgres
def test_a_journal_in_postgresql_forgets_too_and_refuses_to_delete_as_before(place, empty_postgres):
    home = place / "home"
    (home / "settings.toml").write_text(f'journal_url = "{empty_postgres}"\n', "utf-8")
    settings = Settings(journal_url=empty_postgres)
    (home / JOURNAL).unlink()
    journal = Journal.of(home, settings)
    for client in (GONE, STAYS, GONE):
        journal.write(Contact(client, None, "contacted", None, None, False, None, "t1"))
    code, output = meshwork("forget", GONE, "--home", home)
    assert code == 0, output
    assert "2 entries of the journal" in output
    assert [entry.contact.client_id for entry in Journal.of(home, settings).everything()] == [STAYS]
    files = Path(sa.make_url(empty_postgres).query["host"]) / "data" / "base"
    assert files_with(files, STAYS), "what is looked for would be found"
    assert files_with(files, GONE) == set()
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), journal._engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM entry"))


@pytest.mark.thorough
def test_a_journal_in_use_stops_it_and_it_can_be_done_again(place):
    home = place / "home"
    other = sqlite3.connect(home / JOURNAL, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM entry").fetchall()
    with pytest.raises(JournalUnavailableError):
        Journal.of(home, Settings()).forget(GONE)
    other.execute("COMMIT")
    other.close()
    assert meshwork("forget", GONE, "--home", home)[0] == 0
    assert files_with(home, GONE) == {audit.FILE}


@pytest.mark.thorough
def test_where_a_list_in_the_home_names_the_client_all_else_is_said_too(place):
    home = place / "home"
    (home / "worklists").mkdir()
    (home / "worklists" / "T1.html").write_text(GONE)
    code, output = meshwork("forget", GONE, "--home", home)
    assert code == 1
    assert "The client is still found in worklists/T1.html." in output
    assert "attendance.csv delivered rows of the client" in output
    assert "nothing of the client is left" not in output
    (home / "worklists" / "T1.html").unlink()
    code, output = meshwork("forget", GONE, "--home", home)
    assert (code, "nothing of the client is left" in output) == (0, True)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("stops", "why"),
    [(KeyboardInterrupt(), "It was interrupted."), (OSError(errno.ENOSPC, "full"), "The disk is full.")],
)
def test_a_forgetting_that_is_broken_off_says_that_it_is_unfinished(place, monkeypatch, stops, why):
    def stop(*_: object) -> None:
        raise stops

    with monkeypatch.context() as patched:
        patched.setattr(forget, "publish_again", stop)
        code, output = meshwork("forget", GONE, "--home", place / "home")
    assert code == 1
    assert (
        f"Unfinished: the client is not forgotten yet, and some files were written anew. {why} Run it again" in output
    )
    assert "attendance.csv delivered rows of the client" in output
    assert "has not changed" not in output
    assert meshwork("forget", GONE, "--home", place / "home")[0] == 0
    assert files_with(place / "home", GONE) == {audit.FILE}


def as_of(home: Path) -> date:
    with Engine(snapshots.current(home), read_only=True) as engine:
        return engine.value("SELECT max_by(as_of, run_id) FROM runs")


def clients_of(home: Path) -> list[str]:
    with Engine(snapshots.current(home), read_only=True) as engine:
        return [client for (client,) in engine.rows("SELECT DISTINCT client_id FROM client_week ORDER BY 1")]


@pytest.mark.thorough
def test_what_was_rolled_back_does_not_come_back(place):
    home = place / "home"
    deliver(place / "exports", "_wrong", "c-new1-jkmn-pqrs")
    assert meshwork("run", "--exports", place / "exports", "--home", home, "--as-of", "2026-10-30")[0] == 0
    assert meshwork("rollback", "--home", home)[0] == 0
    assert meshwork("forget", GONE, "--home", home)[0] == 0
    assert (as_of(home), clients_of(home)) == (date(2026, 9, 30), [STAYS])
    with Engine(snapshots.current(home), read_only=True) as engine:
        assert engine.value("SELECT count(*) FROM files WHERE contains(file, 'wrong')") == 0
    assert meshwork("run", "--exports", place / "exports", "--home", home)[0] == 0
    assert clients_of(home) == ["c-new1-jkmn-pqrs", STAYS]


@pytest.mark.thorough
def test_where_what_was_rolled_back_replaced_rows_its_return_is_said(place):
    home = place / "home"
    (place / "exports" / "checkins_b.csv").write_text(f"client_id,checkin_date,used\n{STAYS},2026-07-03,yes\n")
    assert meshwork("run", "--exports", place / "exports", "--home", home, "--as-of", "2026-10-30")[0] == 0
    assert meshwork("rollback", "--home", home)[0] == 0
    code, output = meshwork("forget", GONE, "--home", home)
    assert code == 0
    assert "You had gone back to an earlier snapshot. What was delivered after it replaced rows" in output
    assert as_of(home) == date(2026, 10, 30)


@pytest.mark.parametrize(
    ("client", "elsewhere"),
    [
        ("20261001", ("attendance_20261001.csv", "Day 20261001")),
        ("Outpatient", ("attendance_Outpatient.csv", "Outpatient")),
        ("in_person", ("attendance_b.csv", "in_person")),
        ("mw12345678", ("attendance_b.csv", "xmw12345678")),
    ],
)
def test_an_id_that_is_a_number_or_word_elsewhere_is_left_there(tmp_path, client, elsewhere):
    home, exports = tmp_path / "home", tmp_path / "exports"
    file, program = elsewhere
    deliver(exports, "", STAYS)
    (exports / "checkins.csv").write_text(f"client_id,checkin_date\n{client},2026-07-03\n{STAYS},2026-07-03\n")
    (exports / file).write_text(
        f"client_id,meeting_date,fellowship,mode\n{client},2026-07-03,AA,in_person\n{STAYS},2026-07-04,AA,in_person\n"
    )
    (exports / "episodes.csv").write_text(
        f"client_id,start_date,program\n{client},2026-07-01,{program}\n{STAYS},2026-07-01,{program}\n"
    )
    code, output = meshwork("run", "--exports", exports, "--home", home)
    assert code == 0, output
    code, output = meshwork("forget", client, "--home", home)
    assert code == 0, output
    assert "Searched in every table of" in output
    assert [rows_of(path, client) for path in databases(home)] == [0] * 3
    with Engine(home / STORE, read_only=True) as engine:
        assert engine.rows("SELECT DISTINCT program FROM episodes") == [(program,)]
        assert engine.rows("SELECT file, mode FROM attendance WHERE mode IS NOT NULL") == [(file, "in_person")]


def test_an_id_in_the_name_of_a_file_is_taken_out_of_it(tmp_path):
    home, exports = tmp_path / "home", tmp_path / "exports"
    client = "mw12345678"
    deliver(exports, "", STAYS)
    deliver(exports, f"_{client}", client)
    assert meshwork("run", "--exports", exports, "--home", home)[0] == 0
    assert meshwork("forget", client, "--home", home)[0] == 0
    assert files_with(home, client) == {audit.FILE}
