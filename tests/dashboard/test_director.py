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
