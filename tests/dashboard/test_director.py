"""The overview and the pathway: what a director asks first, from the tables as they stand."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import parse_qs

import pytest

from dashboard.queries import director, pathway, published
from pipelines.wording.control import FEW
from tests.dashboard.conftest import html, visit


def test_the_six_figures_stand_in_their_order(snapshot, tables):
    found = director.figures(snapshot)
    assert [group.points["measure"].iloc[0] for group in found] == list(director.FIGURES)
    for group in found:
        assert group.signal is not None
        assert len(group.points) <= director.WEEKS
        newest = tables.value(f"SELECT max(period) FROM caseload_{group.signal.kind}")
        assert group.points["period"].iloc[-1].date() == newest


def test_what_changed_most_is_the_newest_and_then_the_largest_signal(snapshot, tables):
    """Against the rule, worked out from the table by hand."""
    measures = published.measures(snapshot)
    rows = tables.records("SELECT * FROM control_point JOIN (SELECT name, read_by FROM measures) ON measure = name")
    rows_of_census = tables.records("SELECT * FROM control_point WHERE measure = 'census'")
    last = {
        kind: max(row["period"] for row in rows_of_census if row["kind"] == kind and row["breakdown"] == "all")
        for kind in ("week", "month")
    }
    census = {(row["kind"], row["breakdown"], row["member"], row["period"]): row["value"] for row in rows_of_census}
    now = [
        row
        for row in rows
        if row["kind"] == row["read_by"]
        and row["period"] == last[row["kind"]]
        and row["special"]
        and not row["trial"]
        and measures[row["measure"]].good != "neutral"
        and not measures[row["measure"]].stock
        and not (
            measures[row["measure"]].scale == "share" and row["value"] in (0, 1) and row["reading"] == "improvement"
        )
        and row["member"] != "unknown"
        and census[row["kind"], row["breakdown"], row["member"], row["period"]] >= FEW
    ]

    def size(row):
        return abs(row["value"] - row["mean"]) / row["sigma"] if row["sigma"] else 0

    whole = sorted(
        (row for row in now if row["breakdown"] == "all"),
        key=lambda row: (-row["since"].toordinal(), -size(row), row["measure"]),
    )
    themes: set[str] = set()
    whole = [row for row in whole if not ((theme := measures[row["measure"]].theme) in themes or themes.add(theme))]
    found = director.changes(snapshot)
    assert found, "the sample holds a change"
    assert [change.clinic.measure for change in found] == [row["measure"] for row in whole[: director.CHANGES]]
    for change, row in zip(found, whole, strict=False):
        groups = sorted(
            (
                each
                for each in now
                if each["breakdown"] not in ("all", "therapist")
                and (each["measure"], each["direction"]) == (row["measure"], row["direction"])
            ),
            key=lambda each: (each["breakdown"] != "site", -size(each), each["breakdown"], each["member"]),
        )
        assert [(group.breakdown, group.member) for group in change.groups] == [
            (each["breakdown"], each["member"]) for each in groups[: director.GROUPS]
        ]


def test_every_site_says_how_far_it_reported(snapshot, tables):
    sites = director.reported(snapshot)
    assert {each.site for each in sites} == {row[0] for row in tables.rows("SELECT DISTINCT site FROM coverage_week")}
    for each in sites:
        assert each.last_reported <= each.last_week


def test_the_overview_links_to_the_trends_it_speaks_of(app):
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
def test_a_page_runs_and_says_how_fresh_it_is(app, view):
    visit(app, view)
    assert not app.exception
    assert "snapshot 1" in html(app)
