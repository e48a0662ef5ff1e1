"""Each page, run as the server runs it."""

from __future__ import annotations

import ast
import csv
import io
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.links import client_link
from dashboard.markup import render
from dashboard.queries import caseload, intake
from dashboard.queries.caseload import Client
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import Caseload, Snapshot
from dashboard.views.data import as_csv
from pipelines import snapshots
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.run import run
from pipelines.settings import Settings
from pipelines.spreadsheet import FORMULA
from pipelines.wording import dates
from tests.conftest import SAMPLE
from tests.dashboard.conftest import APP, drawn_charts, html, visit, without_a_row

VIEWS = sorted(path for path in (APP.parent / "views").glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_a_view_is_functions_of_at_most_50_lines_and_does_nothing_when_it_is_imported(path):
    body = ast.parse(path.read_text("utf-8")).body
    functions = [each for each in body if isinstance(each, ast.FunctionDef)]
    assert "page" in {each.name for each in functions}
    assert {each.name: each.end_lineno - each.lineno for each in functions if each.end_lineno - each.lineno >= 50} == {}
    called = [each for each in body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)]
    assert called == []


@pytest.mark.parametrize("view", ["", "trends", "sobriety", "data"])
def test_each_page_runs_and_shows_how_fresh_it_is(app, view):
    app.run()
    visit(app, view)
    assert not app.exception
    assert "snapshot 1" in html(app)
    assert "not de-identified data" in html(app)


def test_a_deep_link_opens_one_therapists_caseload(app, snapshot):
    mine = caseload.therapists(snapshot)[3].therapist_id
    app.query_params["therapist"] = mine
    app.run()
    clients = caseload.caseload(snapshot, Caseload(mine), caseload.Filters())
    assert app.selectbox(key="therapist").value == mine
    for client in clients:
        assert client.client_id in html(app)


def test_a_filter_leaves_only_its_clients(app, snapshot):
    mine = next(
        each.therapist_id
        for each in caseload.therapists(snapshot)
        if caseload.counts(snapshot, Caseload(each.therapist_id)).flagged > 0
    )
    app.query_params["therapist"] = mine
    app.query_params["show"] = "Flagged"
    app.run()
    for client in caseload.caseload(snapshot, Caseload(mine), caseload.Filters()):
        assert (f">{client.client_id}</a></span>" in html(app)) == client.flagged


def test_a_filter_that_fits_nobody_shows_a_message(app, snapshot):
    mine = next(
        each.therapist_id
        for each in caseload.therapists(snapshot)
        if caseload.counts(snapshot, Caseload(each.therapist_id)).sobriety_unknown == 0
    )
    app.query_params["therapist"] = mine
    app.query_params["show"] = "Sobriety unknown"
    app.run()
    assert not app.exception
    assert "No client matches" in html(app)


def test_what_came_in_shows_every_file_and_every_rejected_row(app, snapshot):
    visit(app, "data")
    assert "attendance_2026-q4.csv" in html(app)
    assert "is not a date" in html(app)
    assert "Weeks reported" in drawn_charts(app)[0]["description"]
    assert "How complete the columns are" in html(app)


def test_no_week_before_the_first_export_is_called_missing(home, tmp_path):
    own = shutil.copyfile(snapshots.readable(home), tmp_path / "snapshot.duckdb")
    own.chmod(0o600)
    with Engine(own) as engine:
        weeks = [week for (week,) in engine.rows("SELECT DISTINCT week FROM coverage_week ORDER BY week DESC LIMIT 9")]
        engine.run(
            "UPDATE coverage_week SET reported = week >= ? AND site = 'Harbor' OR week = ?", [weeks[5], weeks[0]]
        )
    shown = intake.coverage(Snapshot(own, EVERYTHING))
    assert sorted({week.date() for week in shown["week"]}, reverse=True) == weeks[:6]
    assert not shown["reported"].all(), "of another site some are"


def test_a_site_that_is_late_is_named_and_one_that_was_late_before_is_not(home, tmp_path, monkeypatch):
    own = shutil.copytree(home, tmp_path / "own")
    file = snapshots.current(own)
    file.chmod(0o600)
    with Engine(file) as engine:
        last, *_ = (week for (week,) in engine.rows("SELECT DISTINCT week FROM coverage_week ORDER BY week DESC"))
        engine.run("UPDATE coverage_week SET reported = true")
        engine.run(
            "UPDATE coverage_week SET reported = false WHERE site = 'Harbor' AND week > ?", [last - timedelta(21)]
        )
        engine.run("UPDATE coverage_week SET reported = false WHERE site = 'Northside' AND week < ?", [last])
        engine.run("UPDATE site_week SET has_attendance = site <> 'Mill Street' OR week <= ?", [last - timedelta(14)])
    snapshots.seal(file)
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app = visit(AppTest.from_file(str(APP), default_timeout=60), "data")
    assert re.findall(r"<b>(\w+)</b> (last reported|has not reported)", html(app)) == [("Harbor", "last reported")]
    assert f"last reported in the {dates.period(last - timedelta(21), 'week')}" in html(app)
    without = re.findall(r"<b>([\w ]+)</b>: no complete attendance came since the (.*?)\. How many", html(app))
    assert without == [("Mill Street", dates.period(last - timedelta(14), "week"))]


def test_rejected_rows_can_be_handed_back_and_none_is_a_formula(snapshot):
    rows = list(csv.reader(io.StringIO(as_csv(snapshot, None))))
    assert rows[0] == ["file", "line", "export", "column", "what is wrong"]
    assert len(rows) - 1 == intake.rejected(snapshot)[0].rejected_in_all
    assert {row[2] for row in csv.reader(io.StringIO(as_csv(snapshot, "sessions")))} == {"export", "sessions"}
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]


def test_the_reasons_add_up_to_the_rejected_rows_and_columns_are_counted_as_they_are_stored(snapshot):
    assert sum(each.rejected for each in intake.reasons(snapshot)) == intake.rejected(snapshot)[0].rejected_in_all
    filled = {(each.export, each.column_name): each for each in intake.columns_filled(snapshot)}
    status = filled["checkins", "status"]
    assert status.filled == status.rows_stored, "a column with a default is filled by it"
    with (SAMPLE / "tasks.csv").open(newline="") as stream:
        due = sum(bool(row["due_on"]) for row in csv.DictReader(stream))
    assert abs(filled["tasks", "due_on"].filled - due) <= 1, "less the one row that is rejected"


def test_an_empty_home_shows_which_command_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MESHWORK_HOME", str(tmp_path / "none"))
    app = AppTest.from_file(str(APP)).run()
    assert not app.exception
    assert "meshwork run --exports" in html(app)


def cut_short(file):
    file.write_bytes(file.read_bytes()[:5000])


def gone(file):
    file.unlink()


@pytest.mark.parametrize("damage", [cut_short, gone])
def test_the_last_whole_snapshot_is_served_while_the_one_in_force_is_damaged(home, tmp_path, monkeypatch, damage):
    own = shutil.copytree(home, tmp_path / "own")
    first = snapshots.current(own)
    second = snapshots.publish(own, Path(shutil.copyfile(first, own / "finished")))
    second.chmod(0o600)
    damage(second)
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    (banner,) = (each.value for each in app.warning)
    assert f"Snapshot {int(second.stem)} is damaged or missing, so snapshot {int(first.stem)} is shown" in banner
    assert "My caseload" in html(app)


def test_a_home_without_a_whole_snapshot_shows_what_to_do(home, tmp_path, monkeypatch):
    own = shutil.copytree(home, tmp_path / "own")
    file = snapshots.current(own)
    file.chmod(0o600)
    cut_short(file)
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    assert "No published snapshot is whole" in html(app)
    assert f"--home {own}" in html(app)


def of_an_earlier_version(file):
    with Engine(file) as engine:
        engine.run("DROP TABLE clinic")


def lacking_what_one_page_reads(file):
    with Engine(file) as engine:
        engine.run("DROP TABLE client_now")


@pytest.mark.parametrize("change", [of_an_earlier_version, lacking_what_one_page_reads])
def test_a_snapshot_of_another_version_is_no_error_on_the_screen(home, tmp_path, monkeypatch, change):
    own = shutil.copytree(home, tmp_path / "own")
    file = snapshots.current(own)
    file.chmod(0o600)
    change(file)
    snapshots.seal(file)
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    assert "<h1>The published snapshot cannot be read</h1>" in html(app)
    assert "meshwork rollback" in html(app)


def test_a_filter_survives_a_change_of_therapist_and_back(app, snapshot):
    everyone = {
        each.therapist_id: caseload.caseload(snapshot, Caseload(each.therapist_id), caseload.Filters())
        for each in caseload.therapists(snapshot)
    }
    levels = {mine: {client.level_of_care for client in clients} for mine, clients in everyone.items()}
    mine, other, level = next(
        (mine, other, level)
        for mine in levels
        for other in levels
        for level in levels[mine] - levels[other] - {None}
        if len(levels[mine]) > 1
    )
    app.query_params["therapist"] = mine
    app.query_params["level"] = level
    app.run()
    app.selectbox(key="therapist").set_value(other).run()
    assert "No client matches" in html(app)
    app.selectbox(key="therapist").set_value(mine).run()
    assert app.selectbox(key="level").value == level
    for client in everyone[mine]:
        assert (f">{client.client_id}</a></span>" in html(app)) == (client.level_of_care == level)


def test_the_filters_stay_when_a_new_snapshot_comes(home, tmp_path, monkeypatch):
    own = shutil.copytree(home, tmp_path / "own")
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    third = app.selectbox(key="therapist").options[2]
    app.selectbox(key="therapist").set_value(third).run()
    shutil.copyfile(own / "snapshots" / "000001.duckdb", own / "snapshots" / "000002.duckdb")
    (own / "CURRENT").write_text("snapshots/000002.duckdb\n")
    app.run()
    assert "snapshot 2" in html(app)
    assert app.selectbox(key="therapist").value == third


def client(**said):
    unknown = dict.fromkeys(Client.__dataclass_fields__)
    return Client(
        **unknown
        | {
            "client_id": "c-1", "priority": 1, "call_first": False, "flagged": False, "weeks_since_flag": 0, "judged": True, "open_crises": 0,
            "open_tasks": 0, "task_overdue": False, "as_of": date(2026, 11, 1), "sobriety_status": "unknown", "meetings": [], "exposure": [], "clients_matching": 1,
        }
        | said
    )  # fmt: skip


def card_html(client):
    return render(
        "today",
        clients=[client],
        follow_ups={client.client_id: ""},
        outreach={client.client_id: ""},
        weeks={client.client_id: ""},
        links={client.client_id: "client?c=t"},
        today=date(2026, 11, 26),
        writable=True,
        progress="1 to call",
        note="",
        in_all=1,
        full=False,
        therapists=False,
    )


def caseload_html(*clients, on_cards=()):
    client_ids = [each.client_id for each in clients]
    return render(
        "caseload",
        clients=clients,
        matching=len(clients),
        in_all=len(clients),
        weeks=dict.fromkeys(client_ids, ""),
        on_cards=set(on_cards),
        links=dict.fromkeys(client_ids, "client?c=t"),
        outreach=dict.fromkeys(client_ids, ""),
        today=date(2026, 11, 26),
        writable=True,
        filtered=False,
        therapists=False,
    )


def test_no_value_of_a_row_becomes_markup():
    evil = '<img src=x onerror="alert(1)">'
    flagged = client(client_id=evil, site=evil, reason=evil, call_first=True, flagged=True, flag_kind="attendance")
    for drawn in (caseload_html(flagged), card_html(flagged)):
        assert "<img" not in drawn
        assert drawn.count("&lt;img") >= 3


def test_a_screen_reader_can_read_the_table():
    drawn = caseload_html(client())
    assert "<caption" in drawn
    assert drawn.count('scope="col"') == 9
    assert drawn.count('scope="row"') == 1


def test_an_unknown_client_is_shown_as_unknown():
    drawn = caseload_html(client(judged=False, judge_reason="too few meetings to judge"))
    for words in ("Too few meetings to judge<", ">unknown</td>", "sponsor unknown", "no record", "usually unknown"):
        assert words in drawn


def test_a_card_shows_that_nothing_is_known():
    drawn = card_html(client(call_first=True, open_crises=1, judged=False, judge_reason="too new to compare"))
    for words in ("A crisis is open. Too new to compare.", "no record", "unknown", "none noted"):
        assert words in drawn


def test_the_sentence_is_in_the_row_only_where_there_is_no_card_above():
    flagged = client(call_first=True, flagged=True, flag_kind="attendance", reason="Averaged 3.4, 1.0 now. Rare.")
    assert "Averaged 3.4, 1.0 now." in caseload_html(flagged)
    assert "Averaged 3.4, 1.0 now." not in caseload_html(flagged, on_cards=["c-1"])
    before = replace(flagged, flag_week=date(2026, 10, 5), weeks_since_flag=3)
    assert "<small>When flagged (week of 5 Oct): averaged 3.4, 1.0 now.</small>" in caseload_html(before)


def test_of_an_older_flag_the_current_figure_leads():
    drawn = card_html(
        client(
            call_first=True, flagged=True, flag_kind="attendance", reason="Averaged 3.4 before, 1.9 then.",
            flag_week=date(2026, 10, 5), weeks_since_flag=3, usual=3.4, recent=1.0, recent_weeks=4,
        )
    )  # fmt: skip
    now, then = drawn.index("Now 1.0 meetings a week"), drawn.index("When flagged (week of 5 Oct): averaged 3.4 before")
    assert now < then


def test_a_caseload_with_nobody_to_call_shows_a_message(app, snapshot, monkeypatch):
    quiet = [each for each in caseload.caseload(snapshot, Caseload(), caseload.Filters()) if not each.call_first]
    monkeypatch.setattr(caseload, "caseload", lambda *_, **__: quiet)
    monkeypatch.setattr(caseload, "standing", lambda *_: [])
    app.query_params["therapist"] = "All therapists"
    assert html(app.run()).count("Nobody is left to call") == 1


def test_no_therapist_is_taken_for_granted(app):
    app.run()
    assert app.selectbox(key="therapist").value is None
    assert "Whose caseload?" in html(app)
    assert '<article class="mw-card"' not in html(app)


def test_days_are_written_and_typed_as_the_clinic_writes_them(home, tmp_path, monkeypatch):
    own = shutil.copytree(home, tmp_path / "own")
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app = AppTest.from_file(str(APP), default_timeout=60)
    try:
        for date_format, words in (
            ("MM/DD/YYYY", "Sunday, November 1, 2026"),
            ("DD.MM.YYYY", "Sunday 1 November 2026"),
        ):
            (own / "settings.toml").write_text(f'date_format = "{date_format}"')
            visit(app, "trends")
            assert not app.exception
            assert words in html(app)
            assert app.date_input(key="event-day").proto.format == date_format
    finally:
        dates.follow(Settings.date_format)


NO_EPISODES = "admissions, discharges, therapists, programs and levels of care (episodes)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("", [NO_EPISODES, "sessions kept and missed (sessions)", "until there has been none for 30 days", "in care"]),
        ("director", [NO_EPISODES, "There is no value yet."]),
        ("trends", [NO_EPISODES]),
        ("pathway", ["Nobody knows yet when clients were admitted", "meshwork run --exports FOLDER --home"]),
        ("sobriety", [NO_EPISODES, "first record"]),
        ("report", [NO_EPISODES]),
        ("data", [NO_EPISODES, "; crises; ", "meetings to suggest (meetings)"]),
    ],
)
def test_a_page_says_what_it_cannot_show_without_the_other_exports(home_of_two_exports, monkeypatch, view, words):
    monkeypatch.setenv("MESHWORK_HOME", str(home_of_two_exports))
    app = visit(AppTest.from_file(str(APP), default_timeout=60), view)
    assert not app.exception
    assert [each for each in words if each not in html(app)] == []
    assert "100 %, median 0 days" not in html(app)


@pytest.mark.slow
def test_an_export_that_came_without_a_row_is_not_called_missing(home_of_two_exports, tmp_path, monkeypatch):
    run(without_a_row(tmp_path / "more", "crises", "tasks", "sessions"), home_of_two_exports)
    monkeypatch.setenv("MESHWORK_HOME", str(home_of_two_exports))
    page = html(visit(AppTest.from_file(str(APP), default_timeout=60), "data"))
    assert f"because it was not exported: {NO_EPISODES}; absences and closures (absences); contracts; answers" in page
    assert "Exported without any row: sessions kept and missed (sessions); tasks; crises." in page
    (client_id, *_) = caseload.client_ids(Snapshot(snapshots.current(home_of_two_exports), EVERYTHING))
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["c"] = client_link(home_of_two_exports, client_id).partition("c=")[2]
    page = html(visit(app, "client"))
    beside = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page))
    assert "No open tasks." in beside
    assert "Crises None open." in beside
    assert "Not known: there is no contracts export." in beside


@pytest.mark.slow
def test_each_page_can_be_drawn_of_exports_without_any_row(tmp_path, monkeypatch):
    folder = without_a_row(tmp_path / "exports", *(name for name in exports() if name != "meetings"))
    run(folder, tmp_path / "home")
    monkeypatch.setenv("MESHWORK_HOME", str(tmp_path / "home"))
    for view in ("", "my_caseload", "director", "trends", "pathway", "sobriety", "report", "task_sheet", "data"):
        app = visit(AppTest.from_file(str(APP), default_timeout=60), view)
        assert not app.exception, view
        assert "How the flags are set" not in html(app)


def test_nobody_is_asked_for_a_therapist_where_no_export_names_one(home_of_two_exports, monkeypatch):
    monkeypatch.setenv("MESHWORK_HOME", str(home_of_two_exports))
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert "Whose caseload?" not in html(app)
    assert "therapist" not in [each.key for each in app.selectbox]


def test_with_all_exports_nothing_is_missing(app):
    assert "because it was not exported" not in html(visit(app, "director"))
