"""The therapist's Monday: whom first, why, what changed since the last visit, and what was done, noted in two clicks."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.links import SECRET, client_link, client_of
from dashboard.queries import caseload
from dashboard.queries.caseload import Filters
from dashboard.queries.snapshot import Scope
from pipelines.journal.store import Contact, Journal, JournalUnavailableError
from pipelines.settings import Settings
from pipelines.wording import clients, labels
from tests.dashboard.conftest import html, served, settled

TODAY = date.today()


# Links


def token(link):
    return link.removeprefix("client?c=")


def test_a_link_leads_to_its_client_and_tells_nothing_of_it(own, snapshot):
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
    assert len((tmp_path / SECRET).read_bytes()) == 32


# What is asked of the snapshot


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
    assert {client.client_id for client in caseload.caseload(snapshot, Scope(), filters, limit=10_000)} == wanted


@pytest.mark.parametrize("days_before", [0, 7, 28, 365])
def test_news_are_what_was_not_known_on_the_day_before(snapshot, tables, days_before):
    after = tables.value("SELECT max(as_of) FROM runs") - timedelta(days=days_before)
    found = {(each.client_id, each.event) for each in caseload.news(snapshot, Scope(), after)}
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
        mine = Scope(therapist.therapist_id)
        order = caseload.in_care(snapshot, mine)
        clients = [each.client_id for each in caseload.news(snapshot, mine, long_ago)]
        assert set(clients) == set(order)  # all came into care since then
        assert clients == sorted(clients, key=order.index)


def test_the_task_shown_is_the_open_one_that_is_due_first(snapshot, tables):
    as_of = tables.value("SELECT max(as_of) FROM runs")
    clients = caseload.caseload(snapshot, Scope(), Filters(), limit=10_000)
    for client in clients:
        tasks = tables.rows(
            "SELECT task, due_on FROM client_task WHERE client_id = ? AND completed_on IS NULL"
            " ORDER BY due_on NULLS LAST, assigned_on, task",
            [client.client_id],
        )
        assert client.open_tasks == len(tasks)
        assert (client.task, client.task_due_on) == (tasks[0] if tasks else (None, None))
        overdue = client.task_due_on is not None and client.task_due_on < as_of
        assert client.task_days_overdue == ((as_of - client.task_due_on).days if overdue else None)
    assert any(client.task_days_overdue for client in clients)


# The words


@pytest.mark.parametrize(
    ("judged", "judge_reason", "status", "exposure", "words"),
    [
        (True, None, "sober", [1.0, 1.0], "Not flagged."),
        (True, None, "unknown", [1.0, 1.0], "Sobriety unknown."),
        (False, "too few meetings to judge", "unknown", [None, 1.0], "Too few meetings to judge."),
        (True, None, "unknown", [1.0, 0.0], "The last week does not count: away, closed, or nothing reported."),
        (True, None, "sober", [1.0, 0.0, 0.0], "The last 2 weeks do not count: away, closed, or nothing reported."),
        (False, "less than a full week in care so far", "sober", [None], "Less than a full week in care so far."),
    ],
)
def test_a_client_not_among_the_first_is_told_of_as_what_is_known(judged, judge_reason, status, exposure, words):
    assert clients.nothing_first(judged, judge_reason, status, exposure, "") == words
    assert clients.nothing_first(judged, judge_reason, status, exposure, "Away since 1 May.") == "Away since 1 May."


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
    assert clients.news(event, number) == words


@pytest.mark.parametrize(
    ("task", "due_on", "days_overdue", "open_tasks", "words"),
    [
        (None, None, None, 0, ""),
        ("Daily plan", None, None, 1, "Daily plan"),
        ("Daily plan", date(2026, 11, 5), None, 1, "Daily plan, due 5 Nov"),
        ("Daily plan", date(2026, 10, 12), 1, 3, "Daily plan, overdue by 1 day, 2 more open"),
    ],
)
def test_the_next_task_in_words(task, due_on, days_overdue, open_tasks, words):
    assert clients.next_task(task, due_on, days_overdue, open_tasks) == words


# What was done


@pytest.fixture
def own(home, tmp_path) -> Path:
    """A home of the test's own: what is noted in its journal concerns no other test."""
    return shutil.copytree(home, tmp_path / "own")


@pytest.fixture
def journal(own) -> Journal:
    return Journal.of(own, Settings())


@pytest.fixture(scope="module")
def mine(snapshot) -> caseload.Therapist:
    """A therapist with a flagged client."""
    return next(
        each for each in caseload.therapists(snapshot) if caseload.counts(snapshot, Scope(each.therapist_id)).flagged
    )


@pytest.fixture(scope="module")
def flagged(snapshot, mine) -> caseload.Client:
    """The first flagged client of the therapist."""
    return next(each for each in caseload.caseload(snapshot, Scope(mine.therapist_id), Filters(flagged=True)))


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


def press(app, part, client_id, what):
    return app.button(key=f"{part}-{client_id}-{what}").click().run()


@pytest.mark.parametrize(
    ("pressed", "outcome", "reason", "words"),
    [
        ("contacted", "contacted", None, "Contacted today"),
        ("left_message", "left_message", None, "Left a message today"),
        ("not_reached", "not_reached", None, "Not reached today"),
        ("talked_in_session", "talked_in_session", None, "Talked in session today"),
        ("planned_absence", "no_contact_needed", "planned_absence", "No contact needed (planned absence) today"),
        ("work_shift", "no_contact_needed", "work_shift", "No contact needed (work shift) today"),
        ("changed_meeting", "no_contact_needed", "changed_meeting", "No contact needed (changed meeting) today"),
        ("other", "no_contact_needed", "other", "No contact needed (other) today"),
    ],
)
def test_two_clicks_note_what_was_done(desk, journal, mine, flagged, pressed, outcome, reason, words):
    press(desk, "call", flagged.client_id, "turn")
    assert journal.entries() == []
    press(desk, "call", flagged.client_id, pressed)
    assert not desk.exception
    (entry,) = journal.entries()
    assert entry.contact == contact(
        flagged.client_id, mine.therapist_id, flag_week=flagged.flag_week, outcome=outcome, reason=reason
    )
    assert f"Noted: {words}" in html(desk)


def test_a_follow_up_is_noted_with_what_was_done(desk, journal, flagged):
    press(desk, "call", flagged.client_id, "turn")
    desk.date_input(key=f"call-{flagged.client_id}-follow-up").set_value(TODAY + timedelta(days=3))
    desk.checkbox(key=f"call-{flagged.client_id}-remind").check()
    press(desk, "call", flagged.client_id, "left_message")
    (entry,) = journal.entries()
    assert (entry.contact.follow_up_on, entry.contact.remind) == (TODAY + timedelta(days=3), True)


@pytest.mark.parametrize("notes", [False, True])
def test_free_text_is_asked_for_only_where_the_clinic_switched_it_on(app, own, mine, flagged, monkeypatch, notes):
    (own / "settings.toml").write_text(f"journal_notes = {str(notes).lower()}\n")
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    press(app.run(), "call", flagged.client_id, "turn")
    assert [each.label for each in app.text_input] == (["Note"] if notes else [])
    if notes:
        app.text_input[0].set_value("Prefers mornings")
        press(app, "call", flagged.client_id, "contacted")
        (entry,) = Journal.of(own, Settings(journal_notes=True)).entries()
        assert entry.contact.note == "Prefers mornings"


@pytest.mark.parametrize(
    ("said", "problem"),
    [({"remind": True}, "To be reminded, give the day of the follow-up."), ({"note": "Call 555 123 4567"}, "The note")],
)
def test_what_cannot_be_noted_so_is_said_and_nothing_is_written(
    app, own, journal, mine, flagged, monkeypatch, said, problem
):
    (own / "settings.toml").write_text("journal_notes = true\n")
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    press(app.run(), "call", flagged.client_id, "turn")
    app.checkbox[0].set_value(said.get("remind", False))
    app.text_input[0].set_value(said.get("note", ""))
    press(app, "call", flagged.client_id, "contacted")
    assert app.error[0].value.startswith(problem)
    assert app.text_input[0].value == said.get("note", "")
    assert journal.entries() == []


def test_a_journal_that_cannot_be_had_is_said_and_the_caseload_stands(app, own, mine, flagged, monkeypatch):
    (own / "settings.toml").write_text('journal_url = "mysql://clinic"\n')
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    app.query_params["therapist"] = mine.therapist_id
    app.run()
    assert not app.exception
    assert "must be that of a PostgreSQL database" in app.warning[0].value
    assert flagged.client_id in html(app)


def test_what_was_noted_can_be_taken_back_and_stays_in_the_journal(desk, journal, flagged):
    press(desk, "call", flagged.client_id, "turn")
    press(desk, "call", flagged.client_id, "contacted")
    press(desk, "call", flagged.client_id, "undo")
    assert not desk.exception
    assert "Contacted today" not in html(desk)
    assert [entry.contact.outcome for entry in journal.entries() if entry.corrected] == ["contacted"]


def test_a_journal_that_is_locked_keeps_what_was_typed(desk, own, journal, flagged):
    journal.entries()
    key = f"call-{flagged.client_id}"
    press(desk, "call", flagged.client_id, "turn")
    desk.date_input(key=f"{key}-follow-up").set_value(TODAY + timedelta(days=3))
    with sqlite3.connect(own / "journal.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        press(desk, "call", flagged.client_id, "left_message")
        assert not desk.exception
        assert "journal" in desk.error[0].value
        assert desk.date_input(key=f"{key}-follow-up").value == TODAY + timedelta(days=3)
        other.execute("ROLLBACK")
    press(desk, "call", flagged.client_id, "left_message")
    (entry,) = journal.entries()
    assert entry.contact.follow_up_on == TODAY + timedelta(days=3)


def test_a_caseload_is_shown_without_its_journal_where_it_cannot_be_read(desk, flagged, monkeypatch):
    def unavailable(*_):
        raise JournalUnavailableError("The journal cannot be reached.")

    monkeypatch.setattr(Journal, "entries", unavailable)
    desk.run()
    assert not desk.exception
    assert "The journal cannot be reached." in desk.warning[0].value
    assert flagged.client_id in html(desk)


def test_what_was_done_last_stands_with_the_client(own, journal, desk, mine, flagged):
    journal.write(contact(flagged.client_id, mine.therapist_id, outcome="contacted"))
    journal.write(contact(flagged.client_id, mine.therapist_id, outcome="left_message", follow_up_on=TODAY))
    desk.run()
    shown = html(desk)
    assert f"Last: Left a message today, follow up on {TODAY.day} {TODAY:%b}" in shown
    assert "<dt>Last contact</dt><dd>today</dd>" in shown  # the client was reached before the message was left


def test_trying_to_reach_a_client_is_no_contact(own, journal, desk, mine, flagged):
    before = html(desk).count("<dd>today</dd>")
    journal.write(contact(flagged.client_id, mine.therapist_id, outcome="not_reached"))
    assert html(desk.run()).count("<dd>today</dd>") == before


@pytest.mark.parametrize(
    ("in_days", "remind", "words"),
    [(0, True, "due today"), (1, True, None), (0, False, None)],
)
def test_a_follow_up_that_is_due_stands_on_top(desk, journal, mine, flagged, in_days, remind, words):
    day = TODAY + timedelta(days=in_days)
    journal.write(contact(flagged.client_id, mine.therapist_id, follow_up_on=day, remind=remind))
    shown = html(desk.run())
    assert ("Follow-ups due" in shown) == (words is not None)
    if words:
        assert words in shown
        press(desk, "due", flagged.client_id, "turn")
        press(desk, "due", flagged.client_id, "contacted")
        assert "</b> done" in html(desk)  # it stands until the next visit, to be undone
        press(desk, "due", flagged.client_id, "undo")
        assert words in html(desk)


def test_a_first_visit_tells_no_news(desk):
    assert "Since your last visit" not in html(desk)


def test_what_changed_since_the_last_visit_stands_on_top_until_newer_data_come(
    app, own, journal, mine, snapshot, tables, monkeypatch
):
    as_of = tables.value("SELECT max(as_of) FROM runs")
    journal.visited(mine.therapist_id, 1, as_of - timedelta(days=60))
    monkeypatch.setenv("MESHWORK_HOME", str(own))
    news = caseload.news(snapshot, Scope(mine.therapist_id), as_of - timedelta(days=60))
    told = [sum(each.event == event for each in news) for event in caseload.EVENTS]
    words = [clients.news(event, number) for event, number in zip(caseload.EVENTS, told, strict=True) if number]
    assert words
    app.query_params["therapist"] = mine.therapist_id
    for _ in range(2):  # a second look at the same data tells the same
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
    """A page with all its parts: news, a follow-up that is due, and something noted."""
    folder = tmp_path_factory.mktemp("noted")
    noted = shutil.copytree(home, folder / "home")
    journal = Journal.of(noted, Settings())
    journal.visited(mine.therapist_id, 1, date(2026, 1, 1))
    journal.write(contact(flagged.client_id, mine.therapist_id, follow_up_on=TODAY, remind=True))
    with served(noted, folder / "log") as url:
        yield f"{url}/?therapist={mine.therapist_id}"


def tab_to(page, *, role, name):
    """Press Tab until the element is reached."""
    wanted = page.get_by_role(role, name=name, exact=True).first
    wanted.wait_for()
    for _ in range(200):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{role} {name} is not reached by Tab")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_no_rule_of_accessibility_is_broken(open_page, noted_address, width, scheme):
    page = open_page(noted_address, width, scheme)
    page.get_by_text("Since your last visit").wait_for()
    page.get_by_text("due today").wait_for()
    page.get_by_role("button", name="Note a contact").last.click()
    page.get_by_role("button", name="Left a message").wait_for()
    page.locator(".mw-order summary").click()
    found = Axe().run(page).response
    assert found["passes"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert page.evaluate(
        "document.querySelector('.stMain').scrollWidth <= document.querySelector('.stMain').clientWidth"
    )
    assert page.elsewhere == []


@pytest.mark.browser
def test_from_a_flag_to_the_journal_in_two_clicks(open_page, own_address, journal, mine, flagged):
    page = open_page(f"{own_address}/?therapist={mine.therapist_id}&show=Flagged")
    card = page.locator(f".st-key-card-{flagged.client_id}")
    card.get_by_role("button", name="Note a contact").click()
    card.get_by_role("button", name="Left a message").click()
    card.get_by_text("Noted: Left a message today").wait_for()
    settled(page)
    (entry,) = journal.entries()
    assert (entry.contact.client_id, entry.contact.outcome) == (flagged.client_id, "left_message")
    row = page.locator(".mw-table tbody tr").filter(has_text=flagged.client_id)
    assert "Left a message today" in row.inner_text()
    card.get_by_role("button", name="Undo").click()
    card.get_by_text("Noted").wait_for(state="detached")


@pytest.mark.browser
def test_a_second_click_while_the_first_is_being_written_notes_nothing(
    open_page, own, own_address, journal, mine, flagged
):
    journal.entries()
    page = open_page(f"{own_address}/?therapist={mine.therapist_id}&show=Flagged")
    card = page.locator(f".st-key-card-{flagged.client_id}")
    card.get_by_role("button", name="Note a contact").click()
    with sqlite3.connect(own / "journal.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(2):
            card.get_by_role("button", name="Left a message").click()
            page.wait_for_timeout(500)
        other.execute("ROLLBACK")
    card.get_by_text("Noted: Left a message today").wait_for()
    settled(page)
    assert len(journal.entries()) == 1


@pytest.mark.browser
def test_by_keyboard_alone(open_page, own, own_address, journal, snapshot, mine, flagged):
    page = open_page(f"{own_address}/?therapist={mine.therapist_id}&show=Flagged")
    tab_to(page, role="button", name="Note a contact")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Left a message").wait_for()
    tab_to(page, role="button", name="Left a message")
    page.keyboard.press("Enter")
    page.get_by_text("Noted: Left a message today").wait_for()
    settled(page)
    assert [entry.contact.client_id for entry in journal.entries()] == [flagged.client_id]
    tab_to(page, role="link", name=flagged.client_id)
    page.keyboard.press("Enter")
    page.wait_for_url("**/client?c=*")
    assert client_of(own, snapshot, page.url.partition("c=")[2]) == flagged.client_id


@pytest.mark.browser
def test_a_click_anywhere_on_a_row_opens_its_client_and_back_comes_back(open_page, address, home, snapshot, mine):
    page = open_page(f"{address}/?therapist={mine.therapist_id}&show=Flagged")
    row = page.locator(".mw-table tbody tr").last
    client_id = row.locator(".mw-id").inner_text()
    row.locator(".mw-spark").click(force=True)  # the link lies over the whole row
    page.wait_for_url("**/client?c=*")
    assert client_of(home, snapshot, page.url.partition("c=")[2]) == client_id
    page.go_back()
    page.get_by_text("Filtered").wait_for()
    assert page.locator(".mw-id").last.inner_text() == client_id


@pytest.mark.browser
def test_a_deep_link_keeps_every_filter_it_knows_and_ignores_the_rest(open_page, address, snapshot, mine, flagged):
    filters = Filters(flagged=True, flag_kind=flagged.flag_kind, site=flagged.site, level_of_care=flagged.level_of_care)
    wanted = caseload.caseload(snapshot, Scope(mine.therapist_id), filters)
    known = {
        "therapist": mine.therapist_id,
        "show": "Flagged",
        "kind": labels.FLAG_KINDS[flagged.flag_kind],
        "site": flagged.site,
        "level": flagged.level_of_care,
    }
    page = open_page(f"{address}/?{urlencode(known)}&show=Nobody&sight=x")
    assert page.locator(".mw-id").all_inner_texts() == [client.client_id for client in wanted]
    assert 0 < len(wanted) < mine.clients
    page.goto(f"{address}/?therapist=nobody&level=99&site=Nowhere&kind=None&show=Nothing")
    settled(page)
    page.get_by_text("The whole caseload").wait_for()
    assert page.get_by_role("alert").count() == 0
