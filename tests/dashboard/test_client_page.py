"""A client's page: the story on one axis of time, its sentences, what was done, and the print for the session."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.charts.story import NAME, ROWS, story
from dashboard.history import Event, Week
from dashboard.links import client_link
from dashboard.markup import render
from dashboard.queries import caseload
from dashboard.queries import client as queries
from dashboard.queries.client import LEAST
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import EVERYONE, Caseload, Snapshot
from pipelines.engine.duckdb import Engine
from pipelines.journal.store import Contact, Entry, Journal
from pipelines.settings import Settings
from tests.browser import seen_as, settled
from tests.dashboard.conftest import html, visit

MONDAY = date(2026, 6, 1)
AS_OF = date(2026, 6, 28)


# The story


def week(n=0, **said):
    usual = {"exposure": 1.0, "complete": True, "meetings": 2, "active": 1, "stated": 2, "reported": True}
    level = {"usual": 2.0, "usual_low": 1.0, "usual_high": 3.0}
    way = {"placed": 0, "in_person": 0, "home_group": None}
    return Week(**{"week": MONDAY + timedelta(weeks=n)} | usual | level | way | said)


def outside(n=0):
    blank = ("exposure", "complete", "meetings", "active", "stated", "placed", "in_person")
    return week(n, **dict.fromkeys((*blank, "usual", "usual_low", "usual_high")))


def event(lane, start, end=None, label="x", state="open"):
    """`start` and `end`: days since the first Monday."""
    return Event(lane, MONDAY + timedelta(start), None if end is None else MONDAY + timedelta(end), label, state)


def drawn(weeks=None, events=(), contacts=(), as_of=AS_OF):
    return story(weeks or [week(n) for n in range(4)], events, contacts, as_of)


def lane(drawn, name):
    return next(each for each in drawn.lanes if each.name == name)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ({}, "some", "2 meetings, active part in 1 of 2"),
        ({"meetings": 3, "active": 0, "stated": 1}, "some", "3 meetings, active part in 0 of 1"),
        ({"meetings": 1, "active": 0, "stated": 0}, "some", "1 meeting, part taken not stated"),
        ({"meetings": 0, "active": 0, "stated": 0}, "zero", "0 meetings"),
        ({"meetings": 0, "exposure": 3 / 7}, "zero", "0 meetings, 3 of 7 days count"),
        ({"meetings": 0, "exposure": 0.0}, "away", "does not count (away or closed)"),
        ({"meetings": 0, "exposure": 0.0, "reported": False}, "unreported", "not reported"),
        ({"meetings": 0, "exposure": 0.0, "reported": False, "complete": False}, "unreported", "not reported yet"),
        ({"complete": False}, "running", "2 meetings, active part in 1 of 2, not over yet"),
        ({"meetings": None, "exposure": None}, "outside", "not in care"),
    ],
)
def test_each_week_is_drawn_as_what_it_is(said, kind, words):
    (bar,) = drawn([week(**said)]).bars
    assert bar.kind == kind
    assert bar.words.partition(": ")[2] == words


@pytest.mark.parametrize(
    ("meetings", "active", "stated", "parts"),
    [(5, 2, 4, (40, 40, 20)), (2, 0, 0, (0, 0, 40)), (2, 2, 2, (40, 0, 0)), (0, 0, 0, (0, 0, 0))],
)
def test_a_bar_is_shaded_by_the_part_taken_and_what_is_not_stated_is_neither(meetings, active, stated, parts):
    story = drawn([week(meetings=meetings, active=active, stated=stated)])
    assert story.top == 5
    assert story.bars[0].parts == pytest.approx(parts)


@pytest.mark.parametrize(
    ("said", "band", "usual"),
    [
        ({}, (20, 40), 40),
        ({"exposure": 0.5, "usual_low": 0.0, "usual_high": 2.0}, (0, 40), 20),
        ({"usual": None, "usual_low": None, "usual_high": None}, None, None),
        ({"exposure": 0.0}, None, None),
    ],
)
def test_the_usual_is_drawn_as_far_as_it_is_known_and_the_week_counts(said, band, usual):
    (bar,) = drawn([week(**said)]).bars
    assert (bar.band, bar.usual) == (pytest.approx(band), pytest.approx(usual))


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ({"placed": 2, "in_person": 2}, "in_person", "in person"),
        ({"placed": 2, "in_person": 0}, "online", "online or by phone"),
        ({"placed": 2, "in_person": 1}, "both", "in person and online"),
        ({"placed": 1, "in_person": 1}, "in_person partly", "in person, as far as recorded"),
        ({"placed": 1, "in_person": 0}, "online partly", "online or by phone, as far as recorded"),
        ({"meetings": 3, "placed": 2, "in_person": 1}, "both partly", "in person and online, as far as recorded"),
        ({}, "unknown", "not recorded"),
        ({"meetings": 0}, "none", "no meeting"),
        ({"meetings": 0, "exposure": 0.0, "reported": False}, "unknown", "not recorded"),
    ],
)
def test_a_week_is_in_person_or_online_as_far_as_that_is_recorded(said, state, words):
    mark, *_ = lane(drawn([week(**said), week(1, placed=2, in_person=1, active=0)]), "In person or online").marks
    assert mark.state == state
    assert mark.words.endswith(f": {words}")


def test_weeks_alike_are_one_stretch_and_those_at_the_home_group_are_marked():
    in_person = {"placed": 2, "in_person": 2}
    weeks = [
        outside(0), week(1, **in_person, home_group=True), week(2, **in_person, home_group=True),
        week(3, placed=2, in_person=0, home_group=False), week(4), week(5, **in_person),
    ]  # fmt: skip
    marks = lane(drawn(weeks), "In person or online").marks
    assert [(mark.state, round(mark.left * 6 / 100), round(mark.width * 6 / 100)) for mark in marks] == [
        ("outside", 0, 1), ("in_person", 1, 2), ("online", 3, 1), ("unknown", 4, 1), ("in_person", 5, 1),
        ("home_group", 1, 2),
    ]  # fmt: skip
    assert [mark.words for mark in marks][1::4] == [
        "8 Jun 2026 to 21 Jun 2026: in person",
        "8 Jun 2026 to 21 Jun 2026: at the home group",
    ]


def test_there_is_no_lane_where_neither_the_mode_nor_a_home_group_is_recorded():
    assert "In person or online" not in [each.name for each in drawn().lanes]


@pytest.mark.parametrize(
    ("start", "end", "left", "width"),
    [
        (0, 6, 0, 25),
        (7, 7, 25, 100 / 28),
        (-10, 6, 0, 25),  # it began before the axis does
        (14, None, 50, 50),  # it goes on
        (14, 90, 50, 50),  # it ends on a day to come
    ],
)
def test_an_event_lies_where_its_days_are(start, end, left, width):
    (mark,) = lane(drawn(events=[event("crisis", start, end)]), "Crises").marks
    assert (mark.left, mark.width) == (pytest.approx(left), pytest.approx(width))


def test_what_goes_on_ends_on_the_as_of_date_and_not_with_the_week():
    (mark,) = lane(drawn(events=[event("crisis", 14)], as_of=AS_OF - timedelta(3)), "Crises").marks
    assert mark.width == pytest.approx(100 * 11 / 28)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (event("task", 0, label="List", state="overdue"), "1 Jun 2026 to now: List, overdue"),
        (event("task", 0, 7, "List", "done late"), "1 Jun 2026 to 8 Jun 2026: List, done late"),
        (event("session", 1, 1, "group", "no_show"), "2 Jun 2026: group, missed"),
        (event("session", 1, 1, "group", "cancelled_clinic"), "2 Jun 2026: group, cancelled by the clinic"),
        (event("level", 0, 9, "2.1", "lost_contact"), "1 Jun 2026 to 10 Jun 2026: Level 2.1, lost contact"),
        (event("step", 0, 9, "3", "stated"), "1 Jun 2026 to 10 Jun 2026: step 3"),
        (event("sponsor", 0, 9, "no", "stated"), "1 Jun 2026 to 10 Jun 2026: no sponsor"),
        (event("use", 3, 3, "use", "known"), "4 Jun 2026: use"),
    ],
)
def test_every_event_has_a_label(shown, words):
    story = drawn(events=[shown])
    assert [mark.words for each in story.lanes for mark in each.marks] == [words]


def test_flags_and_clearings_are_drawn_and_described():
    events = [
        event("flag", 6, 20, "participation", "cleared"),
        event("flag", 27, label="attendance", state="standing"),
    ]
    story = drawn(events=events)
    assert [(flag.label, flag.state, flag.row, flag.leftward) for flag in story.flags] == [
        ("participation", "cleared", 0, False),
        ("attendance", "standing", 1, True),
    ]
    assert story.words == (
        "Meetings a week, oldest first, in the weeks that count: 2, 2, 2, 2. Usually 2.0. "
        "Flag: 7 Jun 2026 to 21 Jun 2026: Taking part less, cleared. Flag: 28 Jun 2026 to now: Fewer meetings, standing."
    )


def test_the_words_of_the_picture_leave_out_what_does_not_count():
    weeks = [outside(0), week(1), week(2, exposure=0.0, meetings=0), week(3, usual=None, complete=False)]
    assert drawn(weeks).words == (
        "Meetings a week, oldest first, in the weeks that count: 2. Usually 2.0. Weeks that do not count: 1."
    )
    assert drawn([outside()]).words == "No complete week in care yet."


def test_unknown_data_have_a_lane_and_data_that_never_existed_have_none():
    assert [each.name for each in drawn().lanes] == ["Sobriety", "Sponsor", "Step"]
    assert all(not each.marks for each in drawn().lanes)
    assert {mark.state for mark in lane(drawn([outside(0), week(1)]), "Sponsor").marks} == {"outside"}


def test_tasks_that_overlap_lie_above_each_other_and_all_have_room_for_their_names():
    tasks = [event("task", 0, 27, "a"), event("task", 1, 2, "b"), event("task", 3, 4, "c"), event("task", 9, 10, "d")]
    tasks_lane = lane(drawn(events=tasks), "Tasks")
    assert {mark.label: mark.row for mark in tasks_lane.marks} == {"a": 0, "b": 1, "c": 2, "d": 1}
    assert tasks_lane.rows == 3
    assert all(mark.room >= NAME for mark in tasks_lane.marks)


def test_a_name_near_the_end_of_the_axis_is_before_its_mark():
    (mark,) = lane(drawn(events=[event("task", 26, 27, "a")]), "Tasks").marks
    assert mark.leftward


def test_where_names_would_fill_the_page_they_go():
    weeks = [week(n) for n in range(52)]
    as_of = weeks[-1].week
    few, many = ([event("task", n, n, f"task {n}") for n in range(0, 364, every)] for every in (14, 2))
    assert 1 < lane(drawn(weeks, few, as_of=as_of), "Tasks").rows <= ROWS
    assert lane(drawn(weeks, many, as_of=as_of), "Tasks").rows == 1


def test_a_contact_is_drawn_on_its_day_as_far_as_the_axis_goes():
    days = [(MONDAY - timedelta(1), "Contacted"), (MONDAY, "Left a message"), (MONDAY + timedelta(28), "Contacted")]
    assert [mark.words for mark in lane(drawn(contacts=days), "Contacts made").marks] == ["1 Jun 2026: Left a message"]


@pytest.mark.parametrize(("weeks", "names"), [(9, ["Jun", "Jul"]), (40, ["Jul", "Sep", "Nov", "2027"])])
def test_months_are_named_as_far_as_there_is_room(weeks, names):
    assert [name for _, name in drawn([week(n) for n in range(weeks)]).months] == names


# The queries


def test_a_client_is_shown_to_those_whose_scope_holds_it(snapshot):
    for therapist in caseload.therapists(snapshot)[:2]:
        mine = Caseload(therapist.therapist_id)
        (first, *_) = caseload.in_care(snapshot, mine)
        shown = queries.client(snapshot, mine, first)
        assert shown is not None
        assert shown.therapist_id == therapist.therapist_id
        assert queries.client(snapshot, EVERYONE, first) == shown
        assert queries.client(snapshot, Caseload("somebody else"), first) is None
    assert queries.client(snapshot, EVERYONE, "nobody") is None


def test_the_axis_is_the_time_in_care_at_most_so_many_weeks_of_it(snapshot, tables):
    spans = tables.rows("SELECT client_id, min(week), max(week) FROM client_week GROUP BY client_id ORDER BY client_id")
    seen = set()
    for client_id, first, last in spans[::9]:
        in_care = (last - first).days // 7 + 1
        for count in (26, None):
            drawn = queries.weeks(snapshot, client_id, count)
            wanted = max(in_care, LEAST)
            assert len(drawn) == (wanted if count is None else min(count, wanted))
            assert drawn[-1].week == last
            assert drawn[-1].meetings is not None
            seen.add(len(drawn))
    assert len(seen) > 3


def test_the_weeks_are_those_published(snapshot, tables):
    client_id = tables.value("SELECT client_id FROM client_now WHERE flagged ORDER BY client_id LIMIT 1")
    wanted = tables.rows(
        "SELECT week, meetings, active_meetings, stated_meetings, usual, exposure FROM client_week"
        " WHERE client_id = ? ORDER BY week DESC LIMIT 26",
        [client_id],
    )
    drawn = queries.weeks(snapshot, client_id, 26)
    found = [(w.week, w.meetings, w.active, w.stated, w.usual, w.exposure) for w in reversed(drawn)]
    assert found == wanted
    dispersion = tables.value("SELECT dispersion_prior FROM decline_setting ORDER BY quarter DESC LIMIT 1")
    with_usual = [each for each in drawn if each.usual is not None and each.exposure]
    for each in with_usual:
        expected = each.usual * each.exposure
        reach = 1.28 * (expected * dispersion) ** 0.5
        assert (each.usual_low, each.usual_high) == pytest.approx((max(expected - reach, 0), expected + reach))
    assert with_usual


def test_the_week_that_is_not_over_yet_is_unknown_until_something_came_of_the_site(snapshot, tables, tmp_path):
    client_id, site, other = tables.rows(
        "SELECT a.client_id, a.site, b.client_id FROM client_now AS a JOIN client_now AS b"
        " ON a.site = b.site AND a.client_id < b.client_id AND a.away_until IS NULL"
        " JOIN client_week ON a.client_id = client_week.client_id AND week = (SELECT max(week) FROM client_week)"
        " WHERE exposure = 1 ORDER BY ALL LIMIT 1"
    )[0]
    for came, met, found in (
        ("", 0, (0.0, False)),
        (f"checkins = 1 WHERE client_id = '{other}'", 0, (1.0, True)),
        (f"meetings = 2 WHERE client_id = '{client_id}'", 2, (1.0, True)),
    ):
        copy = Path(shutil.copyfile(snapshot.path, tmp_path / f"{met}{bool(came)}.duckdb"))
        copy.chmod(0o640)
        with Engine(copy) as engine:
            last = engine.value("SELECT max(week) FROM client_week")
            engine.run("UPDATE client_week SET complete = false WHERE week = ?", [last])
            engine.run("UPDATE client_week SET meetings = 0, checkins = 0 WHERE week = ? AND site = ?", [last, site])
            if came:
                engine.run(f"UPDATE client_week SET {came} AND week = ?", [last])
        week = queries.weeks(Snapshot(copy, EVERYTHING), client_id, 26)[-1]
        assert (week.meetings, week.exposure, week.reported) == (met, *found)


def test_a_client_without_a_site_is_away_or_unreported_as_those_of_no_site_are(snapshot, tmp_path):
    copy = Path(shutil.copyfile(snapshot.path, tmp_path / "snapshot.duckdb"))
    copy.chmod(0o640)
    with Engine(copy) as engine:
        client_id, week = engine.rows("SELECT client_id, max(week) FROM client_week GROUP BY ALL ORDER BY ALL LIMIT 1")[
            0
        ]
        engine.run("UPDATE client_week SET site = NULL, exposure = 0 WHERE client_id = ?", [client_id])
        engine.run("INSERT INTO coverage_week VALUES ('unknown', ?, 1, 0, false)", [week])
    assert not queries.weeks(Snapshot(copy, EVERYTHING), client_id, 26)[-1].reported


# The page


@pytest.fixture
def own(home, tmp_path) -> Path:
    return shutil.copytree(home, tmp_path / "own")


@pytest.fixture
def opened(app, own, monkeypatch):
    """Opens the page of a client."""
    monkeypatch.setenv("MESHWORK_HOME", str(own))

    def of(client_id):
        app.query_params["c"] = client_link(own, client_id).partition("c=")[2]
        app.run()
        visit(app, "client")
        assert not app.exception
        return app

    return of


def one(tables, where):
    client_id = tables.value(f"SELECT client_id FROM client_now WHERE {where} ORDER BY client_id LIMIT 1")
    assert client_id
    return client_id


def test_a_flag_is_shown_with_what_it_does_not_mean(opened, tables):
    client_id = one(tables, "flagged")
    page = html(opened(client_id))
    reason = tables.value("SELECT reason FROM client_now WHERE client_id = ?", [client_id])
    assert reason.partition(". ")[0][1:] in page  # of an earlier week, it goes on a line that is begun
    assert "It does not say that use is likely" in page


def test_a_flag_that_a_correction_changed_says_so():
    on, when = date(2026, 8, 3), date(2026, 6, 1)
    flags = [
        queries.Flag(when, "attendance", 2, 0, None, None),
        queries.Flag(when, "attendance", None, None, "reopened", on),
        queries.Flag(when, "attendance", 0, 3, "withdrawn", on),
    ]
    said = re.findall(r"1 Jun 2026: (.*?)</li>", render("flag_history", flags=flags))
    assert said == [
        "contact on the same day; back at usual after 2 weeks.",
        "no contact noted; not back at usual yet; in force again since 3 Aug 2026 after a correction of the records.",
        "contact after 3 days; the corrected records of 3 Aug 2026 no longer show a fall.",
    ]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("judged AND NOT flagged AND NOT call_first", ">Not flagged.<"),
        (
            "NOT flagged AND away_until IS NOT NULL AND open_crises = 0 AND sobriety_status <> 'recent_use'",
            '<p class="mw-why">Away ',
        ),
        ("NOT judged", "There is too little data to judge."),
        ("sobriety_status = 'unknown' AND sober_days > 0", "; unknown now"),
        (
            "sober_confirmed_days < sober_days AND sober_declared_days = 0 AND sober_carried_days = 0",
            "the rest unknown",
        ),
        ("sober_declared_days > 0 AND sober_unknown_days = 0", "the rest as declared"),
        ("NOT flagged AND open_crises = 1", "crisis has been open since"),
        ("days_since_use BETWEEN 15 AND 40", "last known use"),
        ("flagged AND flag_week < (SELECT max(week) - 28 FROM client_week)", "When flagged "),
        (
            "flagged AND flag_week < (SELECT max(week) - 28 FROM client_week) AND recent > 0.8 * usual",
            "close to the usual",
        ),
        ("last_checkin IS NULL OR pda_90 IS NULL OR usual IS NULL", "no usual level yet"),
        ("open_crises = 1", "Open crisis"),
        ("sponsor_is_therapist", "The sponsor is recorded as the client’s therapist."),
    ],
)
def test_it_shows_the_state_of_the_client_and_what_is_not_known(opened, tables, where, words):
    assert words in html(opened(one(tables, where)))


def test_one_whose_care_ended_has_a_history_and_no_form(opened, tables):
    client_id, end, why = tables.rows(
        "SELECT client_id, end_date, state FROM client_event WHERE lane = 'level' AND end_date IS NOT NULL"
        " AND client_id NOT IN (SELECT client_id FROM client_now) AND state <> 'ended' ORDER BY end_date DESC LIMIT 1"
    )[0]
    app = opened(client_id)
    page = html(app)
    assert f"Care ended on {end.day} {end:%b %Y} ({why.replace('_', ' ')}). The page shows the history." in page
    assert "Week by week" in page
    assert "Note a contact" not in page
    site, therapist = tables.rows(
        "SELECT max_by(site, week), max_by(therapist_id, week) FROM client_week WHERE client_id = ?", [client_id]
    )[0]
    assert f'<p class="mw-place">{site} · {therapist}</p>' in page


@pytest.mark.parametrize("token", [None, "", "nobody"])
def test_a_link_that_no_client_has_is_answered_kindly(app, token):
    if token is not None:
        app.query_params["c"] = token
    app.run()
    visit(app, "client")
    assert not app.exception
    assert "<h1>No client has this link</h1>" in html(app)
    assert '<a href="./">My caseload</a>' in html(app)


def test_a_task_sheet_leads_back_to_the_client_from_whose_page_it_came(opened, own, tables):
    client_id = one(tables, "step = 1")
    app = opened(client_id)
    back = f'<a href="{client_link(own, client_id)}" target="_self">← {client_id}</a>'
    assert f'href="task_sheet?step=1&amp;c={client_link(own, client_id).partition("c=")[2]}"' in html(app)
    app.query_params["step"] = "1"
    assert back in html(visit(app, "task_sheet"))
    app.query_params["c"] = "nobody"
    assert "←" not in html(visit(app, "task_sheet"))


def test_a_follow_up_that_was_made_does_not_read_as_open(opened, own, tables):
    client_id, seen_on = tables.rows("SELECT client_id, last_session FROM client_now WHERE last_session IS NOT NULL")[0]
    said = {"client_id": client_id, "flag_week": None, "note": None, "who": "T01", "outcome": "left_message"}
    journal, written_at = Journal.of(own, Settings()), datetime.combine(seen_on, datetime.min.time())
    for number, day in enumerate((seen_on - timedelta(days=3), seen_on, seen_on + timedelta(days=1))):
        contact = Contact(**said, reason=None, follow_up_on=day, remind=True)
        journal.take_in([Entry(f"e{number}", written_at - timedelta(days=9 - number), contact, corrected=False)])
    page = html(opened(client_id))
    assert page.count("Left a message, followed up since") == 2
    assert page.count("Left a message, follow up ") == 1


def test_contacts_are_newest_first_and_a_new_one_joins_them(opened, own, tables):
    client_id = one(tables, "flagged")
    journal = Journal.of(own, Settings())
    said = {"client_id": client_id, "flag_week": None, "note": None, "who": "T01"}
    journal.write(Contact(**said, outcome="not_reached", reason=None, follow_up_on=None, remind=False))
    journal.write(Contact(**said, outcome="no_contact_needed", reason="work_shift", follow_up_on=None, remind=False))
    app = opened(client_id)
    page = html(app)
    assert page.index("No contact needed (work shift) <span>by T01") < page.index("Not reached <span>by T01")
    app.query_params["note"] = app.query_params["c"]
    app.run()
    app.button(key="outcome-contacted").click().run()
    app.run()
    assert not app.exception
    assert journal.entries()[0].contact.outcome == "contacted"
    assert "Contacted <span>by" in html(app)


def test_one_goes_through_a_caseload_in_its_order(opened, own, snapshot):
    therapist = caseload.therapists(snapshot)[0].therapist_id
    order = caseload.in_care(snapshot, Caseload(therapist))
    for place, client_id in ((0, order[0]), (1, order[1]), (len(order) - 1, order[-1])):
        page = html(opened(client_id))
        assert f"{place + 1} of {len(order)}" in page
        assert ('rel="prev"' in page) == (place > 0)
        assert ('rel="next"' in page) == (place < len(order) - 1)
        if place:
            assert client_link(own, order[place - 1]) in page


def test_from_a_client_without_a_therapist_one_comes_back_to_those_without_one(opened, own, snapshot, monkeypatch):
    client_id = caseload.in_care(snapshot, EVERYONE)[0]
    alone = replace(queries.client(snapshot, EVERYONE, client_id), therapist_id=None)
    known = caseload.therapists(snapshot)
    monkeypatch.setattr(queries, "client", lambda *_: alone)
    monkeypatch.setattr(caseload, "therapists", lambda *_: [*known, caseload.Therapist("unknown", 1)])
    app = opened(client_id)
    (back,) = re.findall(r'href="([^"]*)"[^>]*>← My caseload', html(app))
    assert back == "./?therapist=No+therapist+recorded"
    app.query_params["therapist"] = "No therapist recorded"
    visit(app, "my_caseload")
    assert app.selectbox(key="therapist").value == "unknown"
    assert not app.info


@pytest.mark.slow
def test_every_client_of_the_sample_has_a_page(snapshot):
    for client_id in caseload.client_ids(snapshot):
        shown = queries.client(snapshot, EVERYONE, client_id)
        weeks = queries.weeks(snapshot, client_id, None)
        drawn = story(weeks, queries.events(snapshot, client_id, weeks[0].week), [], date(2026, 11, 1))
        assert shown.in_care or shown.left_on
        for each in drawn.lanes:
            assert all(mark.left >= -0.001 and mark.left + mark.width <= 100.001 for mark in each.marks), each.name
        assert all(sum(bar.parts) <= 100.001 for bar in drawn.bars)


# In a browser


@pytest.fixture
def story_page(open_page, address, home, tables):
    client_id = one(tables, "flagged AND open_crises > 0")

    return lambda: open_page(f"{address}/{client_link(home, client_id)}")


@pytest.mark.browser
def test_it_fits_asks_nobody_and_has_nothing_that_axe_forbids(story_page):
    page = story_page()
    for width, scheme in ((1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")):
        seen_as(page, width, scheme)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        for part in (".mw-client", ".mw-story", ".mw-through"):
            found = Axe().run(page, context=part, options={"resultTypes": ["violations"]}).response["violations"]
            assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], (width, scheme)
        edge = page.locator(".mw-story").bounding_box()
        for name in page.locator(".mw-flags b").all():
            box = name.bounding_box()
            assert edge["x"] - 1 <= box["x"]
            assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1
    assert page.elsewhere == []


@pytest.mark.browser
def test_the_axis_of_all_lanes_is_one(story_page):
    tracks = [track.bounding_box() for track in story_page().locator(".mw-track").all()]
    assert len(tracks) > 6
    assert {(round(box["x"]), round(box["width"])) for box in tracks} == {
        (round(tracks[0]["x"]), round(tracks[0]["width"]))
    }


@pytest.mark.browser
def test_the_keyboard_opens_the_next_client_and_the_words(story_page):
    page = story_page()
    following = page.locator(".mw-through a[rel=next]")
    target = following.get_attribute("href")
    page.locator(".mw-weeks-table summary").focus()
    page.keyboard.press("Enter")
    page.locator(".mw-weeks-table td").first.wait_for(state="visible")
    following.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{target}")
    settled(page)
    assert page.locator(".mw-client h1").count() == 1


@pytest.mark.browser
def test_a_longer_view_is_in_the_address(story_page):
    page = story_page()
    before = page.locator(".mw-week").count()
    page.get_by_role("radio", name="All").or_(page.get_by_role("button", name="All", exact=True)).first.click()
    page.wait_for_function(f"document.querySelectorAll('.mw-week').length > {before}")
    assert "span=All" in page.url


@pytest.mark.browser
def test_the_print_is_dark_on_white_on_two_pages_without_what_is_for_the_screen(story_page):
    page = story_page()
    for scheme in ("light", "dark"):
        page.emulate_media(media="screen")
        seen_as(page, 1440, scheme)
        pages = page.pdf(format="A4").count(b"/Type /Page\n")
        assert 1 <= pages <= 2
        page.emulate_media(media="print", color_scheme=scheme)
        assert page.locator(".mw-story").is_visible()
        for hidden in (".mw-through", ".mw-weeks-table", "[data-testid=stButtonGroup]", "header.stAppHeader"):
            assert not page.locator(hidden).first.is_visible(), hidden
        ink = page.locator(".mw-client h1").evaluate("element => getComputedStyle(element).color")
        assert ink == "rgb(29, 42, 43)", scheme


def test_the_name_of_a_flag_is_where_there_is_more_room():
    events = [
        event("flag", 2, 8, "attendance", "cleared"),
        event("flag", 9, 24, "attendance", "cleared"),  # its name would begin at its end, near that of the axis
        event("flag", 9, label="attendance", state="standing"),  # and of one that stands, at its beginning
    ]
    assert [flag.leftward for flag in drawn(events=events).flags] == [False, True, False]
