"""The overview and the pathway: what a director asks first, from the published tables."""

from __future__ import annotations

import shutil
from itertools import pairwise
from urllib.parse import parse_qs

import pytest

from dashboard.queries import director, pathway, published
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import Snapshot
from dashboard.views.director import of_changes
from pipelines.definitions import rules
from pipelines.engine.duckdb import Engine
from tests.dashboard.conftest import html, visit


@pytest.fixture
def changed(snapshot, tmp_path):
    """The published snapshot after statements, in a copy of its own."""

    def change(*statements):
        copy = shutil.copyfile(snapshot.path, tmp_path / "snapshot.duckdb")
        copy.chmod(0o640)
        with Engine(copy) as engine:
            for statement in statements:
                engine.run(statement)
        return Snapshot(copy, EVERYTHING)

    return change


def test_the_six_figures_are_in_their_order(snapshot, tables):
    found = director.figures(snapshot)
    assert [group.points["measure"].iloc[0] for group in found] == list(director.FIGURES)
    for group in found:
        assert group.signal is not None
        assert len(group.points) <= director.WEEKS
        newest = tables.value(f"SELECT max(period) FROM caseload_{group.signal.kind}")
        assert group.points["period"].iloc[-1].date() == newest


def test_what_changed_most_is_the_strongest_discovery_of_each_theme(changed, tables):
    """The stronger of two measures of one theme; a signal that is no discovery, or does not stand out, is left out."""
    last = dict(tables.rows("SELECT kind, max(period) FROM control_point WHERE measure = 'census' GROUP BY kind"))
    signals = [
        # measure, member of `site` or all, p_value, discovery, stands_out
        ("sessions_kept", "all", 0.0004, True, True),
        ("no_show_rate", "all", 0.0001, True, True),  # of the same theme, and stronger
        ("meetings_per_client_week", "all", 0.002, True, True),
        ("any_meeting", "all", 0.0000001, True, False),
        ("checkin_completion", "all", 0.01, False, True),
        ("no_show_rate", "Harbor", 0.02, False, True),
        ("no_show_rate", "Northside", 0.01, False, True),
    ]
    snapshot = changed(
        "UPDATE control_point SET special = NULL, direction = NULL, discovery = false, stands_out = false",
        *(
            f"UPDATE control_point SET special = 'outside', direction = 'up', since = period, runs = 1, outside_runs = 1,"
            f" reading = 'concern', p_value = {p}, discovery = {discovery}, stands_out = {stands_out}"
            f" WHERE kind = 'week' AND measure = '{measure}' AND member = '{member}'"
            f" AND breakdown = '{'all' if member == 'all' else 'site'}' AND period = DATE '{last['week']}'"
            for measure, member, p, discovery, stands_out in signals
        ),
    )
    found = director.changes(snapshot)
    assert [change.clinic.measure for change in found] == ["no_show_rate", "meetings_per_client_week"]
    assert [group.member for group in found[0].groups] == ["Northside", "Harbor"]
    assert found[1].groups == []
    measures = published.measures(snapshot)
    sheet = of_changes([(change, measures[change.clinic.measure]) for change in found])
    assert [(row.names[0], row.names[2], row.whole) for row in sheet.rows if row.listed == "here"] == [
        (measures["no_show_rate"].title, "All clients", True),
        (measures["no_show_rate"].title, "Northside", False),
        (measures["no_show_rate"].title, "Harbor", False),
        (measures["meetings_per_client_week"].title, "All clients", True),
    ]
    clinic = found[0].clinic
    assert sheet.rows[0].about == [clinic.numerator, clinic.denominator, clinic.denominator - clinic.numerator]
    assert sheet.rows[3].about == [found[1].clinic.numerator, found[1].clinic.denominator]


def test_a_group_of_few_clients_is_neither_named_nor_counted_among_those_that_changed(changed, tables):
    """Of three sites one has fewer clients than may be told of; those without a site are no group."""
    last = tables.value("SELECT max(period) FROM control_point WHERE kind = 'week' AND measure = 'census'")
    of_last = f"kind = 'week' AND period = DATE '{last}' AND breakdown IN ('all', 'site')"
    small, least, none = tables.rows(
        f"SELECT member FROM control_point WHERE {of_last} AND breakdown = 'site' AND measure = 'no_show_rate' ORDER BY 1"
    )
    few = int(rules()["few_least"])
    snapshot = changed(
        "UPDATE control_point SET special = NULL, direction = NULL, discovery = false, stands_out = false",
        f"UPDATE control_point SET value = {few - 1} WHERE {of_last} AND measure = 'census' AND member = '{small[0]}'",
        f"UPDATE control_point SET value = {few} WHERE {of_last} AND measure = 'census' AND member = '{least[0]}'",
        f"UPDATE control_point SET special = 'outside', direction = 'up', since = period, runs = 1, outside_runs = 1,"
        f" reading = 'concern', p_value = 0.001, discovery = breakdown = 'all', stands_out = true"
        f" WHERE {of_last} AND measure = 'no_show_rate'",
        f"UPDATE control_point SET member = 'unknown' WHERE {of_last} AND member = '{none[0]}'",
    )
    (found,) = director.changes(snapshot)
    assert [group.member for group in found.groups] == [least[0]]
    assert found.everywhere == []  # the only one that may be named


def test_what_was_done_about_flags_and_what_came_after_of_the_clinic_and_each_site(changed):
    numbers = {
        ("acted_within_7", "all"): (1, 2),
        ("back_within_4", "contacted"): (3, 4),
        ("back_within_4", "not contacted"): (5, 6),
        ("back_within_8", "contacted"): (7, 8),
        ("back_within_8", "not contacted"): (9, 10),
        ("back_within_4", "all"): (98, 99),
        ("back_within_8", "all"): (98, 99),
    }
    rows = [
        (breakdown, member, *of, *its)
        for breakdown, member in (("site", "Aspen"), ("all", "all"), ("program", "Day"))
        for of, its in numbers.items()
    ]
    rows.append(("site", "Birch", "acted_within_7", "all", 0, 1))
    values = ", ".join(f"('{b}', '{m}', '{measure}', '{contact}', {n}, {of})" for b, m, measure, contact, n, of in rows)
    columns = "breakdown, member, measure, contact, numerator, denominator"
    snapshot = changed(
        "DELETE FROM flag_response_group", f"INSERT INTO flag_response_group ({columns}) VALUES {values}"
    )
    assert director.responses(snapshot) == [
        director.Response("all", "all", *range(1, 11)),
        director.Response("Aspen", "site", *range(1, 11)),
        director.Response("Birch", "site", 0, 1, *[0] * 8),
    ]


def test_how_many_charts_were_looked_at(snapshot, tables):
    charts, by_chance = director.looked_at(snapshot)
    assert charts == tables.value(
        "SELECT count(*) FROM control_point JOIN measures ON measure = name AND kind = read_by"
        " WHERE breakdown = 'all' AND p_value IS NOT NULL AND period = (SELECT max(period) FROM control_point AS c"
        " WHERE c.kind = control_point.kind AND c.measure = 'census' AND c.breakdown = 'all')"
    )
    assert charts > 10
    assert by_chance == pytest.approx(0.02 * charts)


def test_every_site_shows_how_far_it_reported(snapshot, tables):
    sites = director.reported(snapshot)
    assert {each.site for each in sites} == {row[0] for row in tables.rows("SELECT DISTINCT site FROM coverage_week")}
    for each in sites:
        assert each.last_reported <= each.last_week


def test_a_site_is_known_as_far_as_it_reported_and_as_far_as_all_its_meetings_came(changed):
    weeks = [f"DATE '2026-10-{day}'" for day in ("05", "12", "19")]
    reported = {  # of each site, in the three weeks: whether it reported, and whether all meetings came
        "unknown": ("yyy", "yyn"),
        "late": ("ynn", "yyy"),
        "silent": ("nnn", "nnn"),
    }
    covered = [(s, w, y == "y") for s, (its, _) in reported.items() for w, y in zip(weeks, its, strict=True)]
    came = [(s, w, y == "y") for s, (_, its) in reported.items() for w, y in zip(weeks, its, strict=True)]
    left = f"('left', {weeks[0]}, true)"  # nobody was in care there in the last week
    snapshot = changed(
        "DELETE FROM coverage_week",
        "DELETE FROM site_week",
        f"INSERT INTO coverage_week (site, week, reported) VALUES {left}, "
        + ", ".join(f"('{s}', {w}, {y})" for s, w, y in covered),
        "INSERT INTO site_week (site, week, has_attendance) VALUES "
        + ", ".join(f"(nullif('{s}', 'unknown'), {w}, {y})" for s, w, y in came),
    )
    found = [
        (each.site, str(each.last_reported), str(each.attended_until), str(each.last_week))
        for each in director.reported(snapshot)
    ]
    assert found == [
        ("silent", "None", "None", "2026-10-19"),
        ("late", "2026-10-05", "2026-10-05", "2026-10-19"),
        ("unknown", "2026-10-19", "2026-10-12", "2026-10-19"),
    ]


def test_the_overview_links_to_the_trends_it_mentions(app):
    visit(app, "director")
    assert not app.exception
    page = html(app)
    assert page.count('class="mw-spc" role="img" aria-label="') == len(director.FIGURES)
    link = page.split('href="trends?')[1].split('"')[0]
    chosen = {name: value[0] for name, value in parse_qs(link.replace("&amp;", "&")).items()}
    app.query_params |= chosen
    visit(app, "trends")
    assert not app.exception
    assert app.selectbox(key="measure").value == chosen["measure"]
    assert app.selectbox(key="split").value == chosen["split"]


def test_a_pathway_loses_nobody_uncounted(snapshot):
    (name, whole), *quarters = pathway.pathway(snapshot)
    assert name == "all"
    assert [quarter for quarter, _ in quarters] == sorted((quarter for quarter, _ in quarters), reverse=True)
    for _, steps in [(name, whole), *quarters]:
        assert [step.stage for step in steps] == ["admitted", "first_meeting", "sponsor", "retained"]
        for before, step in pairwise(steps):
            assert step.came == before.clients
            assert step.lost == step.left_care + step.not_known + step.still_in_care
    for place in range(4):
        assert whole[place].clients == sum(steps[place].clients for _, steps in quarters)


@pytest.mark.parametrize("view", ["director", "pathway"])
def test_a_page_runs_and_shows_how_fresh_it_is(app, view):
    visit(app, view)
    assert not app.exception
    assert "snapshot 1" in html(app)
