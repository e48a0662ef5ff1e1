"""The page of sobriety: its queries on the published sample, its charts, and its sentences."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest

from dashboard.charts import sobriety as charts
from dashboard.charts import survival as curves
from dashboard.curve import Curve
from dashboard.queries import caseload
from dashboard.queries import sobriety as queries
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import Caseload, Snapshot
from pipelines.definitions import rules
from pipelines.engine.duckdb import Engine
from pipelines.wording import labels
from tests.dashboard.conftest import drawn_charts, html, visit

BREAKDOWNS = ["all", "site", "program", "level_of_care", "primary_addiction", "admission_quarter"]


def test_the_bands_hold_every_client_in_care_once(snapshot, tables):
    bands = queries.bands(snapshot)
    assert list(bands["band"]) == list(labels.SOBRIETY_BANDS)
    found = dict(tables.rows("SELECT sobriety_band, count(*) FROM client_now GROUP BY sobriety_band"))
    assert dict(zip(bands["band"], bands["clients"], strict=True)) == dict.fromkeys(bands["band"], 0) | found
    assert set(bands["in_care"]) == {tables.value("SELECT count(*) FROM client_now")}


@pytest.mark.parametrize("breakdown", ["site", "therapist"])
def test_the_unknown_are_counted_among_the_clients_of_their_group(snapshot, tables, breakdown):
    column = {"site": "site", "therapist": "therapist_id"}[breakdown]
    rows = queries.unknown(snapshot, breakdown)
    found = tables.rows(
        f"SELECT coalesce({column}, 'unknown'), count(*) FILTER (WHERE sobriety_status = 'unknown'), count(*)"
        " FROM client_now GROUP BY ALL"
    )
    assert sorted(rows[["member", "unknown", "clients"]].itertuples(index=False, name=None)) == sorted(found)
    assert list(rows["share"]) == [row.unknown / row.clients for row in rows.itertuples()]
    assert rows["unknown"].is_monotonic_decreasing


def test_a_therapists_scope_holds_the_therapists_own_clients_only(snapshot):
    mine = Caseload(caseload.therapists(snapshot)[0].therapist_id)
    clients = caseload.counts(snapshot, mine).clients
    assert queries.bands(snapshot, mine)["clients"].sum() == clients
    assert list(queries.unknown(snapshot, "therapist", mine)["member"]) == [mine.therapist_id]
    assert queries.unknown(snapshot, "site", mine)["clients"].sum() == clients
    assert queries.abstinent(snapshot, mine)["clients"].iloc[0] == clients


def test_days_abstinent_lie_within_what_the_unknown_days_allow(snapshot, tables):
    rows = queries.abstinent(snapshot)
    assert list(rows["member"]) == ["all", *sorted(rows["member"][1:])]
    for row in rows.itertuples():
        assert 0 <= row.low <= row.high <= 1
        assert pd.isna(row.value) == (row.known < 0.5)
        assert pd.isna(row.value) or row.low <= row.value <= row.high
    assert rows["value"].iloc[0] == pytest.approx(tables.value("SELECT avg(pda_90) / 100 FROM client_now"))


def test_days_abstinent_have_no_figure_where_too_few_days_are_known(snapshot, tmp_path):
    copy = shutil.copyfile(snapshot.path, tmp_path / "snapshot.duckdb")
    copy.chmod(0o640)
    with Engine(copy) as engine:
        engine.run("UPDATE client_now SET known_90 = CASE site WHEN 'Harbor' THEN 0.49 ELSE 0.5 END")
    values = queries.abstinent(Snapshot(copy, EVERYTHING)).set_index("member")["value"]
    assert pd.isna(values["Harbor"])
    assert values.drop(["all", "Harbor"]).notna().all(), "of all clients, under half is known too"


def test_every_curve_has_its_event_defined(snapshot, tables):
    events = queries.events(snapshot)
    assert {event.name for event in events} == {name for (name,) in tables.rows("SELECT DISTINCT curve FROM survival")}
    for event in events:
        assert event.title
        assert event.definition
        assert event.source
        assert event.unit in queries.STEPS
        assert event.of_trials == event.name.startswith("weeks_to_")


@pytest.mark.slow
@pytest.mark.parametrize("breakdown", BREAKDOWNS)
def test_a_curve_is_the_survival_table_while_enough_are_at_risk(snapshot, tables, breakdown):
    for event in queries.events(snapshot):
        found = queries.survival(snapshot, event, breakdown)
        assert found.curves
        for curve in found.curves:
            key = [event.name, breakdown, curve.member]
            of = "WHERE curve = ? AND breakdown = ? AND member = ?"
            points = curve.points
            assert points["time"].iloc[0] == 0
            assert points["time"].is_unique
            assert points["time"].is_monotonic_increasing
            assert points["at_risk"].min() >= rules()["few_least"]
            assert points["survival"].is_monotonic_decreasing
            at_events = tables.rows(
                f"SELECT time, at_risk, survival, ci_low, ci_high FROM survival {of} AND time <= ? ORDER BY time",
                [*key, points["time"].iloc[-1]],
            )
            drawn = points[points["time"].isin([row[0] for row in at_events])]
            columns = ["time", "at_risk", "survival", "low", "high"]
            assert list(drawn[columns].itertuples(index=False, name=None)) == at_events
            for mark in points[points["is_mark"]].itertuples():
                assert mark.at_risk == tables.value(
                    "SELECT sum(CASE WHEN time >= $time THEN followed ELSE 0 END)"
                    " - sum(CASE WHEN time > $time THEN entered ELSE 0 END) FROM event_count"
                    " WHERE curve = $curve AND breakdown = $breakdown AND member = $member",
                    dict(zip(("curve", "breakdown", "member", "time"), [*key, mark.time], strict=True)),
                )
            (said,) = tables.rows(f"SELECT followed, entered, events, median FROM survival_median {of}", key)
            assert (curve.followed, curve.entered, curve.events) == said[:3]
            assert curve.median == (said[3] if said[3] is not None and said[3] <= points["time"].iloc[-1] else None)
            assert (curve.median is not None) == (round(points["survival"].iloc[-1], 12) <= 0.5)


def test_groups_with_too_few_at_the_start_are_left_out_and_counted(snapshot, tables):
    event = queries.events(snapshot)[0]
    for breakdown in BREAKDOWNS:
        found = queries.survival(snapshot, event, breakdown)
        groups = dict(
            tables.rows(
                "SELECT member, arg_min(at_risk, time)::INTEGER FROM event_count WHERE curve = ? AND breakdown = ?"
                " GROUP BY member",
                [event.name, breakdown],
            )
        )
        assert {curve.member for curve in found.curves} == {member for member, n in groups.items() if n >= 11}
        assert found.groups_in_all == len(groups)
    quarters = [curve.member for curve in queries.survival(snapshot, event, "admission_quarter").curves]
    assert quarters == sorted(quarters)


def curve(*points, followed=30, entered=0, events=9, median=None, low=None, high=None):
    columns = ["time", "is_mark", "at_risk", "survival", "low", "high"]
    return Curve("Harbor", followed, entered, events, median, low, high, pd.DataFrame(points, columns=columns))


DOWN = curve(
    (0.0, True, 30, 1.0, 1.0, 1.0),
    (12.0, False, 28, 0.6, 0.5, 0.7),
    (30.0, True, 20, 0.6, 0.5, 0.7),
    (40.0, False, 15, 0.4, 0.3, 0.5),
    median=40.0,
    low=12.0,
)  # fmt: skip


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("drawn", [DOWN, curve((0.0, True, 30, 0.9, 0.8, 0.95))])
def test_a_curve_is_valid_and_lies_between_none_and_all(drawn, small):
    spec = curves.survival(drawn, unit="days", title="Harbor", last_time=40.0, small=small).to_dict()
    assert spec["title"]["text"] == "Harbor"
    lines = [layer for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    assert [line["mark"]["interpolate"] for line in lines] == ["step-after"]
    assert lines[0]["encoding"]["y"]["scale"]["domain"] == [0, 1.08]
    assert lines[0]["encoding"]["x"]["scale"]["domain"][0] == 0


def test_a_curve_is_described_with_the_number_at_risk():
    spec = curves.survival(DOWN, unit="days", title="Harbor", last_time=40.0).to_dict()
    assert spec["description"] == (
        "Harbor: 30 followed, 9 had the event; median 40 days (12 to beyond the curve). "
        "Still without the event: 60 % at 30 days, 20 at risk."
    )
    axis = spec["layer"][0]["encoding"]["x"]["axis"] if "x" in spec["layer"][0]["encoding"] else {}
    assert axis["values"] == [0.0, 30.0]
    assert "'0': '30', '30': '20'" in axis["labelExpr"]


def test_the_bars_are_labelled():
    bands = pd.DataFrame({"band": list(labels.SOBRIETY_BANDS), "clients": [3, 2, 4, 0, 1], "in_care": 10})
    assert charts.bands(bands).to_dict()["description"] == (
        "Clients in care, by sober days: under 30 days: 3 (30 %); 30 to 89 days: 2 (20 %); 90 to 364 days: 4 (40 %); "
        "365 days and more: 0 (0 %); unknown: 1 (10 %)."
    )
    unknown = pd.DataFrame({"member": ["T1"], "unknown": [1], "clients": [4], "share": [0.25], "groups_in_all": [1]})
    spec = charts.unknown(unknown, "therapist").to_dict()
    assert spec["description"] == "Sobriety unknown, by therapist: T1, 1 of 4: 25 %."
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"][0] == 0


def test_a_range_without_enough_known_days_has_no_dot_and_a_note():
    rows = pd.DataFrame(
        {
            "member": ["all", "Harbor"], "clients": [9, 4], "low": [0.5, 0.1], "high": [0.9, 0.95],
            "value": [0.8, None], "known": [0.6, 0.15],
        }
    )  # fmt: skip
    spec = charts.abstinent(rows).to_dict()
    assert spec["description"] == (
        "Days abstinent in the last 90 days: All sites, 9 clients: 50 % to 90 %, 80 % of the known days; "
        "Harbor, 4 clients: 10 % to 95 %, too few days known for one figure."
    )
    circles = [layer for layer in spec["layer"] if layer["mark"]["type"] == "circle"]
    assert [layer["transform"] for layer in circles] == [[{"filter": "isValid(datum.value)"}]]


@pytest.mark.parametrize(
    "group", ["All clients", "Site", "Program", "Level of care", "Primary addiction", "Quarter of admission"]
)
def test_the_page_draws_the_curves_that_are_asked_for(app, snapshot, group):
    event = queries.events(snapshot)[-1]
    app.query_params["event"] = event.title
    app.query_params["group"] = group
    visit(app, "sobriety")
    assert not app.exception
    specs = drawn_charts(app)
    assert all(spec["title"]["text"] and spec["description"] for spec in specs)
    breakdown = {"All clients": "all", "Quarter of admission": "admission_quarter"}.get(
        group, group.lower().replace(" ", "_")
    )
    assert len(specs) == 4 + len(queries.survival(snapshot, event, breakdown).curves)
    assert event.definition in html(app)
    assert event.source in html(app)
    headings = re.findall(r"<h([23]).*?>(.*?)</h", html(app))
    assert ("2", "Clients in care, by sober days") in headings
    assert headings.index(("2", "Time to an event")) == len(headings) - len(specs) + 3, "the curves are under it"
    assert {level for level, _ in headings[-len(specs) + 4 :]} == {"3"}


@pytest.mark.slow
def test_an_outcome_of_trials_is_marked_as_one(app, snapshot):
    for event in queries.events(snapshot):
        app.query_params["event"] = event.title
        visit(app, "sobriety")
        app.selectbox(key="event").set_value(event.title).run()
        assert ("defined for trials with opioid tests" in html(app)) == event.of_trials


def test_groups_are_compared_and_the_whole_clinic_is_not(snapshot, tables):
    published = {
        (curve, breakdown): (groups, p)
        for curve, breakdown, groups, p in tables.rows("SELECT curve, breakdown, groups, p_value FROM survival_test")
    }
    assert published
    for event in queries.events(snapshot):
        assert queries.survival(snapshot, event, "all").log_rank is None
        found = queries.survival(snapshot, event, "site").log_rank
        assert ((found.groups, found.p_value) if found else None) == published.get((event.name, "site"))
