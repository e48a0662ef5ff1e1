"""The therapist's Monday: whom first, why, what changed since the last visit, and what was done, noted in two clicks."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.context import Context, Viewer
from dashboard.links import SECRET, client_link, client_of
from dashboard.markup import render
from dashboard.queries import caseload, director, published
from dashboard.queries import client as client_page
from dashboard.queries.caseload import Filters
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import NO_LIMIT, Caseload, Snapshot
from dashboard.sections.records import MARK
from dashboard.sheet import as_csv
from dashboard.views.caseload import at_desk, of_reassessments, whole_list
from pipelines.engine.duckdb import Engine
from pipelines.journal.store import Contact, Entry, Journal, JournalUnavailableError
from pipelines.settings import Settings
from pipelines.wording import clients, labels, worklist
from tests.browser import seen_as, settled
from tests.dashboard.conftest import html, served

TODAY = date.today()


# Links


def token(link):
    return link.removeprefix("client?c=")


def test_a_link_leads_to_its_client_and_does_not_reveal_the_id(own, snapshot):
    client_ids = caseload.client_ids(snapshot)
    links = {client_id: client_link(own, client_id) for client_id in client_ids}
    assert len(set(links.values())) == len(client_ids)
    for client_id, link in links.items():
        assert client_of(own, snapshot, token(link)) == client_id
        assert client_id not in link


@pytest.mark.parametrize("unknown", [None, "", "nothing", "MW-94MUM"])
def test_a_token_that_no_client_has_leads_nowhere(own, snapshot, unknown):
    assert client_of(own, snapshot, unknown) is None


def test_a_home_keeps_its_secret_to_itself(own, tmp_path, snapshot):
    link = client_link(own, "c-1")
    assert stat.S_IMODE((own / SECRET).stat().st_mode) == 0o600
    assert [path.name for path in own.glob(f".{SECRET}*")] == []
    other = tmp_path / "other"
    other.mkdir()
    assert client_link(other, "c-1") != link


def test_whoever_asks_first_all_make_the_same_links(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: client_link(tmp_path, "c-1"), range(32)))
    assert len(made) == 1
    assert len((tmp_path / SECRET).read_bytes().strip()) == 64


# The queries


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        (Filters(flag_kind="participation"), "flagged AND flag_kind = 'participation'"),
        (Filters(no_sponsor=True), "has_sponsor = false"),
        (Filters(new_in_care=True), "in_care_since > (SELECT max(as_of) FROM runs) - 30"),
        (Filters(no_sponsor=True, new_in_care=True, site="Harbor"),
         "has_sponsor = false AND in_care_since > (SELECT max(as_of) FROM runs) - 30 AND site = 'Harbor'"),
    ],
)  # fmt: skip
def test_filters_give_exactly_the_clients_they_name(snapshot, tables, filters, where):
    wanted = {client_id for (client_id,) in tables.rows(f"SELECT client_id FROM client_now WHERE {where}")}
    assert wanted
    assert {client.client_id for client in caseload.caseload(snapshot, Caseload(), filters, limit=10_000)} == wanted


def test_who_has_not_started_is_found_on_the_caseload_and_has_the_note_on_the_own_page(snapshot, tmp_path):
    copy = shutil.copyfile(snapshot.path, tmp_path / snapshot.path.name)
    with Engine(copy) as engine:
        (client_id,) = engine.rows("SELECT client_id FROM client_now WHERE NOT call_first ORDER BY client_id LIMIT 1")[
            0
        ]
        engine.run("INSERT INTO not_started VALUES (?, '2026-10-05', 21, 3.0, 0.12)", [client_id])
    changed = Snapshot(copy, EVERYTHING)
    (found,) = caseload.caseload(changed, Caseload(), Filters(not_started=True))
    shown = client_page.client(changed, Caseload(), client_id)
    assert found.client_id == client_id
    for each in (found, shown):
        assert (each.days_without_meeting, each.agreed_meetings, each.not_started_usual) == (21, 3.0, 0.12)
    assert len(caseload.caseload(changed, Caseload(), Filters())) == len(
        caseload.caseload(snapshot, Caseload(), Filters())
    )


@pytest.mark.parametrize("days_before", [0, 7, 28, 365])
def test_news_are_what_was_not_known_on_the_day_before(snapshot, tables, days_before):
    after = tables.value("SELECT max(as_of) FROM runs") - timedelta(days=days_before)
    found = {(each.client_id, each.event) for each in caseload.news(snapshot, Caseload(), after)}
    flagged = tables.rows("SELECT client_id, 'flagged' FROM client_now WHERE flagged AND flag_week + 6 > ?", [after])
    back = tables.rows(
        "SELECT DISTINCT client_id, 'back_at_usual' FROM decline_flags WHERE cleared_week + 6 > ?"
        " AND client_id IN (SELECT client_id FROM client_now WHERE NOT flagged)",
        [after],
    )
    new = tables.rows("SELECT client_id, 'new_in_care' FROM client_now WHERE in_care_since > ?", [after])
    assert found == {*flagged, *back, *new}
    assert bool(found) == (days_before > 0)


def test_news_are_of_ones_own_clients_first_to_call_first(snapshot, tables):
    long_ago = date(2000, 1, 1)
    for therapist in caseload.therapists(snapshot):
        mine = Caseload(therapist.therapist_id)
        order = caseload.in_care(snapshot, mine)
        clients = [each.client_id for each in caseload.news(snapshot, mine, long_ago)]
        assert set(clients) == set(order)  # all came into care since then
        assert clients == sorted(clients, key=order.index)


def test_whoever_was_never_seen_has_not_been_since_care_began(snapshot, tmp_path):
    copy = Path(shutil.copyfile(snapshot.path, tmp_path / "snapshot.duckdb"))
    copy.chmod(0o640)
    with Engine(copy) as engine:
        (longest,) = engine.rows("SELECT client_id FROM client_now ORDER BY in_care_since, client_id LIMIT 1")[0]
        (newest,) = engine.rows("SELECT client_id FROM client_now ORDER BY in_care_since DESC, client_id LIMIT 1")[0]
        engine.run(
            "UPDATE client_now SET last_session = NULL, last_checkin = NULL WHERE client_id IN (?, ?)",
            [longest, newest],
        )
    found = caseload.caseload(Snapshot(copy, EVERYTHING), Caseload(), Filters(), "seen")
    seen = [max(filter(None, (c.last_session, c.last_checkin)), default=c.in_care_since) for c in found]
    assert seen == sorted(seen)
    assert found[0].client_id == longest
    assert newest != found[1].client_id


@pytest.mark.parametrize(
    ("sort", "of"),
    [
        (
            "fall",
            lambda client: None if client.usual is None or client.recent is None else client.recent - client.usual,
        ),
        ("sober", lambda client: client.sober_days),
    ],
)
def test_a_caseload_is_sorted_from_the_least_on_and_what_is_not_known_comes_last(snapshot, sort, of):
    found = caseload.caseload(snapshot, Caseload(), Filters(), sort, limit=10_000)
    by = [(of(client) is None, of(client) or 0.0, client.client_id) for client in found]
    assert by == sorted(by)
    assert by[0][0] is False
    assert len({value for _, value, _ in by}) > 5


@pytest.fixture
def due(snapshot, tmp_path) -> tuple[Snapshot, list[str]]:
    """The published snapshot with three reassessments due, of which one is of a client who has left; who is due."""
    copy = Path(shutil.copyfile(snapshot.path, tmp_path / "snapshot.duckdb"))
    copy.chmod(0o640)
    with Engine(copy) as engine:
        ids = [name for (name,) in engine.rows("SELECT DISTINCT client_id FROM reassessment ORDER BY 1 LIMIT 3")]
        engine.run("UPDATE reassessment SET state = 'done'")
        for n, (name, left) in enumerate(zip(ids, ("NULL", "NULL", "DATE '2026-06-01'"), strict=True)):
            engine.run(
                f"UPDATE reassessment SET state = 'open', therapist_id = 'T{n % 2 + 1:02}', left_on = {left},"
                f" window_closes = DATE '2026-11-{20 - n}' WHERE client_id = ? ",
                [name],
            )
    return Snapshot(copy, EVERYTHING), ids


def test_reassessments_due_are_listed_by_the_day_on_which_their_window_closes(due):
    own, ids = due
    assert [each.client_id for each in caseload.reassessments(own, Caseload())] == ids[::-1]
    assert [each.client_id for each in caseload.reassessments(own, Caseload("T01"))] == [ids[2], ids[0]]
    assert caseload.reassessments(own, Caseload("T01"))[0].left_on == date(2026, 6, 1)
    assert director.reassessments(own) == director.Reassessments(3, date(2026, 11, 18))


def test_the_list_of_reassessments_says_when_each_window_closes(due):
    own, ids = due
    found = caseload.reassessments(own, Caseload())
    page = render("reassessments", due=found, links=dict.fromkeys(ids, "./client?c=x"), as_of=date(2027, 1, 5))
    assert "3 reassessments are due, the first window closes on 18 November 2026" in page
    assert f">{ids[2]}</a>: closes on 18 November 2026, admitted on " in page
    assert page.count("left care on 1 Jun 2026") == 1


def test_the_list_of_reassessments_can_be_taken_along(due):
    own, ids = due
    text = as_csv(of_reassessments(caseload.reassessments(own, Caseload())), "Data to 2026-11-01.")
    title, note, header, *rows = csv.reader(io.StringIO(text))
    assert title[0].startswith("Reassessments due.")
    assert note == [f"Data to 2026-11-01. {MARK}"]
    assert header == ["client_id", "admitted_on", "left_on", "window_closes"]
    assert [row[0] for row in rows] == ids[::-1]
    assert [bool(row[2]) for row in rows] == [
        each.left_on is not None for each in caseload.reassessments(own, Caseload())
    ]


def test_the_overview_counts_reassessments_and_names_nobody(due):
    own, ids = due
    page = render(
        "reassessments_due", due=director.reassessments(own), who="./?therapist=All+therapists", as_of=date(2026, 11, 1)
    )
    assert 'href="./?therapist=All+therapists"' in page
    assert "href" not in render("reassessments_due", due=director.reassessments(own), who="", as_of=date(2026, 11, 1))
    assert "<b>3 reassessments are due</b>, 180 days after admission and 30 on each side" in page
    assert not any(name in page for name in ids)
    assert "No reassessment is due." in render("reassessments_due", due=director.Reassessments(0, None), who="")


def test_the_task_shown_is_the_open_one_that_is_due_first(snapshot, tables):
    as_of = tables.value("SELECT max(as_of) FROM runs")
    clients = caseload.caseload(snapshot, Caseload(), Filters(), limit=10_000)
    for client in clients:
        tasks = tables.rows(
            "SELECT task, due_on FROM client_task WHERE client_id = ? AND state IN ('open', 'overdue')"
            " ORDER BY due_on NULLS LAST, assigned_on, task",
            [client.client_id],
        )
        assert client.open_tasks == len(tasks)
        assert (client.task, client.task_due_on) == (tasks[0] if tasks else (None, None))
        overdue = client.task_due_on is not None and client.task_due_on < as_of
        assert client.task_overdue == overdue
    assert any(client.task_overdue for client in clients)


# The words


@pytest.mark.parametrize(
    ("judged", "judge_reason", "status", "exposure", "words"),
    [
        (True, None, "sober", [1.0, 1.0], "Not flagged."),
        (True, None, "unknown", [1.0, 1.0], "Sobriety unknown."),
        (False, "too few meetings to judge", "unknown", [None, 1.0], "Too few meetings to judge."),
        (True, None, "unknown", [1.0, 0.0], "Last week does not count: away, closed or not reported."),
        (True, None, "sober", [1.0, 0.0, 0.0], "The last 2 weeks do not count: away, closed or not reported."),
        (False, "less than a full week in care so far", "sober", [None], "Less than a full week in care so far."),
    ],
)
def test_a_client_not_to_call_first_is_described_by_what_is_known(judged, judge_reason, status, exposure, words):
    assert clients.not_first(judged, judge_reason, status, exposure, "") == words
    assert clients.not_first(judged, judge_reason, status, exposure, "Away since 1 May.") == "Away since 1 May."


@pytest.mark.parametrize(
    ("days", "agreed", "usual_share", "words"),
    [
        (None, None, None, ""),
        (21, 3.0, 0.12, "No meeting yet in 21 days of care; 3 a week were agreed. Of new clients here, 12 % had none in their first 14 days."),
        (14, 2.5, None, "No meeting yet in 14 days of care; 2.5 a week were agreed."),
        (15, None, 0.3, "No meeting yet in 15 days of care. Of new clients here, 30 % had none in their first 14 days."),
    ],
)  # fmt: skip
def test_a_client_who_has_not_started_is_described_and_compared_with_other_new_clients(
    days, agreed, usual_share, words
):
    assert clients.not_started(days, agreed, usual_share) == words


@pytest.mark.parametrize(
    ("event", "number", "words"),
    [
        ("flagged", 2, "2 new flags"),
        ("flagged", 1, "1 new flag"),
        ("back_at_usual", 1, "1 client back at usual"),
        ("new_in_care", 3, "3 clients new in care"),
    ],
)
def test_news_in_words(event, number, words):
    assert worklist.news(event, number) == words


@pytest.mark.parametrize(
    ("task", "due_on", "open_tasks", "words"),
    [
        (None, None, 0, ""),
        ("Daily plan", None, 1, "Daily plan"),
        ("Daily plan", date(2026, 11, 5), 1, "Daily plan, due 5 Nov"),
        ("Daily plan", date(2027, 1, 5), 1, "Daily plan, due 5 Jan 2027"),
        ("Daily plan", date(2026, 10, 12), 3, "Daily plan, was due 12 Oct, 2 more open"),
    ],
)
def test_the_next_task_in_words(task, due_on, open_tasks, words):
    assert clients.next_task(task, due_on, open_tasks, date(2026, 11, 1)) == words


# What was done


@pytest.fixture
def own(home, tmp_path) -> Path:
    """A home of the test's own, so that its journal does not affect other tests."""
    return shutil.copytree(home, tmp_path / "own")


@pytest.fixture
def journal(own) -> Journal:
    return Journal.of(own, Settings())


@pytest.fixture(scope="module")
def mine(snapshot) -> caseload.Therapist:
    """A therapist with a flagged client."""
    return next(
        each for each in caseload.therapists(snapshot) if caseload.counts(snapshot, Caseload(each.therapist_id)).flagged
    )


@pytest.fixture(scope="module")
def flagged(snapshot, mine) -> caseload.Client:
    """The first flagged client of the therapist."""
    return next(each for each in caseload.caseload(snapshot, Caseload(mine.therapist_id), Filters(flagged=True)))


@pytest.fixture
def desk(app, own, mine, monkeypatch):
    """The therapist's own caseload, opened."""
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    return app.run()


def contact(client_id, who, **said):
    blank = {
        "flag_week": None,
        "outcome": "contacted",
        "reason": None,
        "follow_up_on": None,
        "remind": False,
        "note": None,
    }
    return Contact(**blank | {"client_id": client_id, "who": who} | said)


def opened(app, home, client_id, dialog="note"):
    """The page with the dialog of a client open, as its button opens it."""
    app.query_params[dialog] = token(client_link(home, client_id))
    return app.run()


def choose(app, key, value):
    app.session_state[key] = value
    return app.run()


def press(app, what):
    return app.button(key=what).click().run()


@pytest.mark.parametrize(
    ("pressed", "outcome", "reason", "words"),
    [
        ("outcome-contacted", "contacted", None, "Contacted today"),
        ("outcome-left_message", "left_message", None, "Left a message today"),
        ("outcome-not_reached", "not_reached", None, "Not reached today"),
        ("outcome-talked_in_session", "talked_in_session", None, "Talked in session today"),
        ("reason-planned_absence", "no_contact_needed", "planned_absence", "No contact needed (planned absence) today"),
        ("reason-work_shift", "no_contact_needed", "work_shift", "No contact needed (work shift) today"),
        ("reason-changed_meeting", "no_contact_needed", "changed_meeting", "No contact needed (changed meeting) today"),
        ("reason-other", "no_contact_needed", "other", "No contact needed (other) today"),
    ],
)
def test_two_clicks_note_what_was_done(desk, own, journal, mine, flagged, pressed, outcome, reason, words):
    card = f'id="card-{token(client_link(own, flagged.client_id))}"'
    assert card in html(desk)
    opened(desk, own, flagged.client_id)
    assert journal.entries() == []
    press(desk, pressed)
    assert not desk.exception
    (entry,) = journal.entries()
    assert entry.contact == contact(
        flagged.client_id, mine.therapist_id, flag_week=flagged.flag_week, outcome=outcome, reason=reason
    )
    shown = html(desk.run())
    assert words in shown
    assert card not in shown  # the worklist empties
    assert "Done today" in shown
    assert "note" not in desk.query_params


@pytest.mark.parametrize(
    ("chip", "days"),
    [("Tomorrow", 1), ("In a week", 7), ("Next Monday", 7 - TODAY.weekday()), ("Another day", 3)],
)
def test_a_follow_up_date_is_a_reminder(desk, own, journal, flagged, chip, days):
    opened(desk, own, flagged.client_id)
    choose(desk, "note-chip", chip)
    if chip == "Another day":
        desk.date_input(key="note-day").set_value(TODAY + timedelta(days=days))
    press(desk, "outcome-left_message")
    (entry,) = journal.entries()
    assert (entry.contact.follow_up_on, entry.contact.remind) == (TODAY + timedelta(days=days), True)


@pytest.mark.parametrize(
    ("pressed", "reason", "words"),
    [("snooze-plain", None, "until tomorrow"), ("snooze-session", "session", "seeing tomorrow")],
)
def test_a_snoozed_client_is_off_the_worklist_until_the_day(desk, own, journal, flagged, pressed, reason, words):
    card = f'id="card-{token(client_link(own, flagged.client_id))}"'
    opened(desk, own, flagged.client_id, "snooze")
    choose(desk, "snooze-chip", "Tomorrow")
    press(desk, pressed)
    (entry,) = journal.entries()
    assert (entry.contact.outcome, entry.contact.reason) == ("snoozed", reason)
    shown = html(desk.run())
    assert words in shown
    assert card not in shown
    press(desk, f"undo-{flagged.client_id}")
    assert card in html(desk)


def test_a_snooze_without_a_day_is_not_written(desk, own, journal, flagged):
    opened(desk, own, flagged.client_id, "snooze")
    press(desk, "snooze-plain")
    assert desk.error[0].value == "Choose the day until which the client is snoozed."
    assert journal.entries() == []


@pytest.mark.parametrize("notes", [False, True])
def test_free_text_is_asked_for_only_where_the_clinic_switched_it_on(app, own, mine, flagged, monkeypatch, notes):
    (own / "settings.toml").write_text(f"journal_notes = {str(notes).lower()}\n")
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    opened(app.run(), own, flagged.client_id)
    assert [each.label for each in app.text_input if each.label == "Note"] == (["Note"] if notes else [])
    if notes:
        app.text_input(key="contact-note").set_value("Prefers mornings")
        press(app, "outcome-contacted")
        (entry,) = Journal.of(own, Settings(journal_notes=True)).entries()
        assert entry.contact.note == "Prefers mornings"


def test_a_contact_that_cannot_be_noted_is_reported_and_nothing_is_written(
    app, own, journal, mine, flagged, monkeypatch
):
    (own / "settings.toml").write_text("journal_notes = true\n")
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    opened(app.run(), own, flagged.client_id)
    app.text_input(key="contact-note").set_value("Call 555 123 4567")
    press(app, "outcome-contacted")
    assert app.error[0].value.startswith("The note")
    assert app.text_input(key="contact-note").value == "Call 555 123 4567"
    assert journal.entries() == []


def test_an_unreachable_journal_is_reported_and_the_caseload_stays(app, own, mine, flagged, monkeypatch):
    (own / "settings.toml").write_text('journal_url = "mysql://clinic"\n')
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    app.run()
    assert not app.exception
    assert "must be that of a PostgreSQL database" in app.warning[0].value
    assert flagged.client_id in html(app)


def test_what_was_noted_can_be_taken_back_and_stays_in_the_journal(desk, own, journal, flagged):
    opened(desk, own, flagged.client_id)
    press(desk, "outcome-contacted")
    desk.run()
    press(desk, f"undo-{flagged.client_id}")
    assert not desk.exception
    assert "Contacted today" not in html(desk)
    assert [entry.contact.outcome for entry in journal.entries() if entry.corrected] == ["contacted"]


@pytest.mark.thorough
def test_a_journal_that_is_locked_keeps_what_was_typed(desk, own, journal, flagged):
    journal.entries()
    opened(desk, own, flagged.client_id)
    choose(desk, "note-chip", "In a week")
    with sqlite3.connect(own / "journal.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        press(desk, "outcome-left_message")
        assert not desk.exception
        assert "journal" in desk.error[0].value
        assert desk.session_state["note-chip"] == "In a week"
        other.execute("ROLLBACK")
    press(desk, "outcome-left_message")
    (entry,) = journal.entries()
    assert entry.contact.follow_up_on == TODAY + timedelta(days=7)


def test_a_caseload_is_shown_without_its_journal_where_it_cannot_be_read(desk, flagged, monkeypatch):
    def unavailable(*_):
        raise JournalUnavailableError("The journal cannot be reached.")

    monkeypatch.setattr(Journal, "latest", unavailable)
    desk.run()
    assert not desk.exception
    assert "The journal cannot be reached." in desk.warning[0].value
    assert flagged.client_id in html(desk)


def test_a_follow_up_that_is_due_has_a_card_in_the_order_of_the_caseload(
    desk, own, journal, mine, snapshot, monkeypatch
):
    quiet = [
        each for each in caseload.caseload(snapshot, Caseload(mine.therapist_id), Filters()) if not each.call_first
    ]
    client_id = quiet[-1].client_id
    first = f'id="card-{token(client_link(own, client_id))}"'
    journal.write(contact(client_id, mine.therapist_id, follow_up_on=TODAY + timedelta(days=1), remind=False))
    assert first not in html(desk.run())
    with sqlite3.connect(own / "journal.db") as database:  # as if it had been noted a week ago, for today
        database.execute("DROP TRIGGER entry_update")
        database.execute(
            "UPDATE entry SET written_at = datetime('now', '-7 days'), follow_up_on = date('now', 'localtime')"
        )
    monkeypatch.setattr(caseload, "CARDS", 1)
    shown = html(desk.run())
    assert "Follow-up due today" in shown
    assert shown.count("<article") == 2
    assert shown.index(first) > shown.index('id="card-')


@pytest.fixture
def narrow(app, own, monkeypatch):
    """The caseload of all therapists, on a page that has room for three clients."""
    monkeypatch.setattr(caseload, "SHOWN", 3)
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = "All therapists"
    return app


def test_nobody_is_left_out_of_the_day_because_the_page_is_full(narrow, own, journal, snapshot):
    standing = caseload.standing(snapshot, Caseload(), [])
    everyone = caseload.caseload(snapshot, Caseload(), Filters(), limit=NO_LIMIT)
    late, put_off, called = [each.client_id for each in everyone if not each.call_first][-3:]
    week_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=9)
    due = contact(late, "T01", follow_up_on=TODAY - timedelta(days=1), remind=True)
    journal.take_in([Entry("e1", week_ago, due, corrected=False)])
    journal.write(contact(put_off, "T01", outcome="snoozed", follow_up_on=TODAY + timedelta(days=3)))
    journal.write(contact(called, "T01"))
    shown = html(narrow.run())
    assert not narrow.exception
    assert f"{len(standing) + 1} to call, 1 done, 1 snoozed" in shown
    assert f"4 of {len(standing) + 1} clients to call are shown." in shown
    assert re.findall('id="card-([^"]+)"', shown) == [
        token(client_link(own, client_id)) for client_id in (*(each.client_id for each in standing[:3]), late)
    ]
    assert {f"undo-{put_off}", f"undo-{called}"} <= {each.key for each in narrow.button}


def test_the_first_cards_are_drawn_and_the_others_when_somebody_asks(narrow, snapshot, monkeypatch):
    everyone = [each.client_id for each in caseload.standing(snapshot, Caseload(), [])]
    monkeypatch.setattr(caseload, "SHOWN", 400)
    monkeypatch.setattr(caseload, "CARDS", 2)
    shown = html(narrow.run())
    assert (shown.count("<article"), f"{len(everyone)} to call" in shown) == (2, True)
    (button,) = [each for each in narrow.button if each.label == f"Show all {len(everyone)} to call"]
    shown = html(button.click().run())
    assert not narrow.exception
    assert shown.count("<article") == len(everyone)
    assert not [each for each in narrow.button if each.label.startswith("Show all")]


def test_the_cards_and_the_list_have_one_order(app, snapshot):
    app.query_params["therapist"] = "All therapists"
    shown = html(app.run())
    cards = re.findall(r'<article .*?aria-label="([^"]+)"', shown)
    rows = re.findall(r'<span class="mw-id"><a [^>]*>([^<]+)', shown)
    assert cards == rows[: len(cards)]


def test_where_all_therapists_are_shown_each_client_has_one(app, mine, snapshot):
    whose = {each.client_id: each.therapist_id for each in caseload.caseload(snapshot, Caseload(), Filters())}
    app.query_params["therapist"] = "All therapists"
    shown = html(app.run())
    cards = re.findall(r'<h3><a [^>]*>(.+?)</a></h3><span class="mw-place">.* · (.+?)</span>', shown)
    rows = re.findall(r'<span class="mw-id"><a [^>]*>(.+?)</a></span> <small>.* · (.+?)</small>', shown)
    assert dict(rows) == whose
    assert set(cards) < set(rows)


def test_where_one_therapist_is_shown_the_clients_do_not_say_so(desk, mine):
    assert f" · {mine.therapist_id}" not in html(desk)


def test_a_list_that_is_cut_can_be_sorted_searched_and_taken_along_whole(narrow, own, snapshot):
    everyone = caseload.caseload(snapshot, Caseload(), Filters(), "client_id", NO_LIMIT)
    last = everyone[-1].client_id
    narrow.query_params["sort"] = "Client ID"
    shown = html(narrow.run())
    assert not narrow.exception
    assert f"The first 3 of {len(everyone)} clients are shown." in shown
    assert everyone[0].client_id in shown
    narrow.text_input(key="find").set_value(last).run()
    assert not narrow.exception
    opened(narrow, own, last)
    press(narrow, "outcome-contacted")
    assert [each.contact.client_id for each in Journal.of(own, Settings()).entries()] == [last]
    context = Context(own, snapshot, published.published(snapshot), Viewer())
    text = whole_list(at_desk(context, "All therapists"), Filters(), "client_id")
    _, columns, *rows = csv.reader(io.StringIO(text))
    assert columns[:2] == ["client_id", "therapist_id"]
    assert [row[:2] for row in rows] == [[each.client_id, each.therapist_id] for each in everyone]
    assert all(each.therapist_id for each in everyone)


def test_a_first_visit_has_no_news(desk):
    assert "Since your last visit" not in html(desk)


def test_changes_since_the_last_visit_are_on_top_until_newer_data_come(
    app, own, journal, mine, snapshot, tables, monkeypatch
):
    as_of = tables.value("SELECT max(as_of) FROM runs")
    journal.visited(mine.therapist_id, 1, as_of - timedelta(days=60))
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    news = caseload.news(snapshot, Caseload(mine.therapist_id), as_of - timedelta(days=60))
    told = [sum(each.event == event for each in news) for event in worklist.EVENTS]
    words = [worklist.news(event, number) for event, number in zip(worklist.EVENTS, told, strict=True) if number]
    assert words
    app.query_params["therapist"] = mine.therapist_id
    for _ in range(2):  # a second look at the same data gives the same news
        shown = html(app.run())
        assert f"Since your last visit on {TODAY.day} {TODAY:%B}:" in shown
        for each in words:
            assert f"<b>{each}</b>" in shown
    assert journal.last_visit(mine.therapist_id, as_of + timedelta(days=1)).as_of == as_of


# In a real browser


@pytest.fixture
def own_address(own, tmp_path):
    with served(own, tmp_path / "log") as url:
        yield url


@pytest.fixture(scope="module")
def noted_address(home, mine, flagged, tmp_path_factory):
    """A page with all its parts: news, a contact of today, and a client who is snoozed."""
    folder = tmp_path_factory.mktemp("noted")
    noted = shutil.copytree(home, folder / "home")
    journal = Journal.of(noted, Settings())
    journal.visited(mine.therapist_id, 1, date(2026, 1, 1))
    journal.write(contact(flagged.client_id, mine.therapist_id))
    with served(noted, folder / "log") as url:
        yield f"{url}/?therapist={mine.therapist_id}"


def tab_to(page, *, role, name):
    """Press Tab until the element of the dialog is reached."""
    wanted = page.get_by_role("dialog").get_by_role(role, name=name).first
    wanted.wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{role} {name} is not reached by Tab")


@pytest.mark.browser
def test_no_rule_of_accessibility_is_broken(open_page, noted_address):
    page = open_page(noted_address)
    page.get_by_text("Since your last visit").wait_for()
    page.get_by_text("Done today").wait_for()
    page.locator(".mw-order summary").click()
    page.locator(".mw-shortcuts summary").click()
    for width, scheme in ((1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")):
        seen_as(page, width, scheme)
        assert page.locator(".mw-order[open], .mw-shortcuts[open]").count() == 2
        found = Axe().run(page).response
        assert found["passes"]
        broken = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]]
        assert broken == [], (width, scheme)
        assert page.evaluate(
            "document.querySelector('.stMain').scrollWidth <= document.querySelector('.stMain').clientWidth"
        ), width
    assert page.elsewhere == []
    assert page.complaints == []


@pytest.mark.browser
def test_from_a_flag_to_the_journal_in_two_clicks(open_page, own_address, journal, mine, flagged):
    page = open_page(f"{own_address}/?therapist={mine.therapist_id}")
    card = page.get_by_label(flagged.client_id, exact=True)
    card.get_by_role("button", name="Note a contact").click()
    page.get_by_role("button", name="Left a message").click()
    page.get_by_text("Left a message today").first.wait_for()
    settled(page)
    (entry,) = journal.entries()
    assert (entry.contact.client_id, entry.contact.outcome) == (flagged.client_id, "left_message")
    assert card.count() == 0
    row = page.locator(".mw-table tbody tr").filter(has_text=flagged.client_id)
    assert "Left a message today" in row.inner_text()
    page.get_by_role("button", name="Undo").click()
    card.wait_for()


@pytest.mark.browser
def test_a_second_click_while_the_first_is_being_written_notes_nothing(
    open_page, own, own_address, journal, mine, flagged
):
    journal.entries()
    page = open_page(f"{own_address}/?therapist={mine.therapist_id}")
    page.get_by_label(flagged.client_id, exact=True).get_by_role("button", name="Note a contact").click()
    with sqlite3.connect(own / "journal.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(2):
            page.get_by_role("button", name="Left a message").click()
            page.wait_for_timeout(500)
        other.execute("ROLLBACK")
    page.get_by_text("Left a message today").first.wait_for()
    settled(page)
    assert len(journal.entries()) == 1


def closed(page):
    page.get_by_role("dialog").wait_for(state="detached")
    settled(page)


@pytest.mark.browser
def test_a_monday_by_keyboard_alone(open_page, own, own_address, journal, snapshot):
    """Five calls noted, one client snoozed, one found by a part of the ID and opened, all without the mouse."""
    page = open_page(f"{own_address}/?therapist=All therapists")
    clients = [each for each in caseload.caseload(snapshot, Caseload(), Filters()) if each.call_first]
    for client in clients[:5]:
        page.locator(".mw-card").filter(has_text=client.client_id).wait_for()
        page.keyboard.press("n")
        page.get_by_role("dialog").get_by_text(client.client_id).wait_for()
        page.get_by_role("button", name="Other").wait_for()  # the last of them: the page listens to keys now
        settled(page)
        page.wait_for_timeout(300)
        page.keyboard.press("2")
        closed(page)
        page.wait_for_function("document.activeElement.matches('.mw-card')")  # the next card has the focus
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_text(clients[5].client_id).wait_for()
    tab_to(page, role="radio", name="Tomorrow")  # the arrow keys go on from there
    page.keyboard.press("Space")
    settled(page)
    tab_to(page, role="button", name="Snooze")
    page.keyboard.press("Enter")
    closed(page)
    page.get_by_text("until tomorrow").first.wait_for()
    assert [entry.contact.client_id for entry in reversed(journal.entries())] == [
        each.client_id for each in clients[:6]
    ]
    sought = clients[-1].client_id
    page.keyboard.press("/")
    page.keyboard.type(sought[-4:].lower())
    page.get_by_text(f"1 of {caseload.counts(snapshot, Caseload()).clients} clients").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.mw-list tr')")
    page.keyboard.press("o")
    page.wait_for_url("**/client?c=*")
    page.get_by_role("heading", name=sought).wait_for()
    assert client_of(own, snapshot, page.url.partition("c=")[2]) == sought


@pytest.mark.browser
def test_single_keys_can_be_switched_off(open_page, address):
    page = open_page(f"{address}/?therapist=All therapists")
    page.locator(".mw-shortcuts summary").click()
    page.get_by_role("button", name="Turn shortcuts off").click()
    page.get_by_role("button", name="Turn shortcuts on").wait_for()
    page.keyboard.press("n")
    page.wait_for_timeout(500)
    assert page.get_by_role("dialog").count() == 0


@pytest.mark.browser
def test_the_browser_remembers_whose_caseload_it_was(open_page, address, mine):
    page = open_page(f"{address}/?therapist={mine.therapist_id}")
    page.wait_for_function("localStorage.getItem('meshwork-therapist')")  # written with the next frame that is drawn
    page.goto(f"{address}/")
    page.wait_for_url(f"**therapist={mine.therapist_id}**")
    page.get_by_role("heading", name="Everyone in care").wait_for()


@pytest.mark.browser
def test_a_click_anywhere_on_a_row_opens_its_client_and_back_comes_back(open_page, address, home, snapshot, mine):
    page = open_page(f"{address}/?therapist={mine.therapist_id}&show=Flagged")
    row = page.locator(".mw-table tbody tr").last
    client_id = row.locator(".mw-id").inner_text()
    row.click()  # in its middle, far from the id: the link lies over the whole row
    page.wait_for_url("**/client?c=*")
    assert client_of(home, snapshot, page.url.partition("c=")[2]) == client_id
    page.locator(".mw-client").wait_for()
    settled(page)
    page.get_by_role("link", name="← My caseload").click()
    page.get_by_text("filtered").wait_for()
    settled(page)
    assert "show=Flagged" in page.url
    page.go_back()
    page.locator(".mw-client").wait_for()
    settled(page)
    page.go_back()
    page.get_by_text("filtered").wait_for()
    assert page.locator(".mw-list .mw-id").last.inner_text() == client_id


@pytest.mark.browser
def test_a_deep_link_keeps_every_filter_it_knows_and_ignores_the_rest(open_page, address, snapshot, mine, flagged):
    filters = Filters(flagged=True, flag_kind=flagged.flag_kind, site=flagged.site, level_of_care=flagged.level_of_care)
    wanted = caseload.caseload(snapshot, Caseload(mine.therapist_id), filters)
    known = {
        "therapist": mine.therapist_id,
        "show": "Flagged",
        "kind": labels.FLAG_KINDS[flagged.flag_kind],
        "site": flagged.site,
        "level": flagged.level_of_care,
    }
    page = open_page(f"{address}/?{urlencode(known)}&show=Nobody&sight=x")
    assert page.locator(".mw-list .mw-id").all_inner_texts() == [client.client_id for client in wanted]
    assert 0 < len(wanted) < mine.clients
    page.goto(f"{address}/?therapist={mine.therapist_id}&level=99&site=Nowhere&kind=None&show=Nothing")
    settled(page)
    page.get_by_role("heading", name="Everyone in care").wait_for()
    assert page.locator(".stAlert").count() == 0
