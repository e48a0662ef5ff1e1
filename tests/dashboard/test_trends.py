"""Trends: control charts that have an honest scale, describe what they show, and give no outcome of a therapist."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from dashboard.charts import trend as charts
from dashboard.charts.small_control import small_control
from dashboard.queries import caseload, published, trends
from dashboard.queries.snapshot import Caseload
from pipelines.wording.control import Signal, assured, caution, few, looked_at, sentence, verdict
from pipelines.wording.measure import Measure
from tests.dashboard.conftest import drawn_charts, html, visit

MEETINGS = Measure(
    "meetings_per_client_week",
    "Meetings per client-week",
    "meetings a week",
    "rate",
    "up",
    "…",
    "meetings attended",
    "client-weeks",
    "…",
    plural=True,
)
SHARE = Measure("active", "Active participation", "% of meetings", "share", "up", "…", "active", "meetings", "…")
CENSUS = Measure("census", "Clients in care", "clients", "count", "neutral", "…", "clients", "", "…", plural=True)
STOCK = Measure(
    "to_call", "Clients to call", "clients", "count", "down", "…", "clients", "", "…", plural=True, stock=True
)
USUAL = Signal(
    kind="week",
    breakdown="site",
    member="Harbor",
    measure="meetings_per_client_week",
    period=date(2026, 9, 14),
    numerator=60,
    denominator=30,
    value=2.0,
    mean=2.4,
    lower=1.9,
    upper=2.9,
    sigma=1 / 6,
    points=40,
    trial=False,
    special=None,
    direction=None,
    reading="common_cause",
    since=None,
    runs=None,
    outside_runs=None,
    run_needed=8,
    p_value=1.0,
    stands_out=False,
    discovery=False,
    looked_at=40,
    by_chance=0.8,
    denominator_low=30,
    denominator_high=30,
    target=None,
    assurance=None,
)


def signalling(special, direction, runs, since=date(2026, 8, 3), **also):
    return replace(USUAL, special=special, direction=direction, runs=runs, since=since, reading="concern", **also)


@pytest.mark.parametrize(
    ("signal", "measure", "words"),
    [
        (USUAL, MEETINGS, "Meetings per client-week vary as usual: no sign of a change."),
        (USUAL, SHARE, "Active participation varies as usual: no sign of a change."),
        (
            signalling("run", "down", 7),
            MEETINGS,
            "Meetings per client-week have been below their average for 7 weeks: something changed around 3 August.",
        ),
        (
            signalling("outside", "up", 9, date(2025, 11, 3), outside_runs=9),
            SHARE,
            "Active participation has been above its usual range for 9 weeks: "
            "something changed around 3 November 2025.",
        ),
        (
            signalling("outside", "down", 1, date(2026, 9, 14), outside_runs=1),
            MEETINGS,
            "Meetings per client-week were below their usual range in the week of 14 September: "
            "more than chance would explain.",
        ),
        (
            signalling("outside", "down", 3, outside_runs=1),  # two of the three lie within the range
            MEETINGS,
            "Meetings per client-week were below their usual range in the week of 14 September: "
            "more than chance would explain.",
        ),
        (
            signalling("outside", "down", 12, outside_runs=1),
            MEETINGS,
            "Meetings per client-week have been below their average for 12 weeks, "
            "and outside the usual range in the last week: something changed around 3 August.",
        ),
        (
            signalling("outside", "up", 12, outside_runs=3),
            SHARE,
            "Active participation has been above its average for 12 weeks, "
            "and outside the usual range in the last 3 weeks: something changed around 3 August.",
        ),
        (
            replace(USUAL, reading="too_few", points=8, trial=True),
            MEETINGS,
            "Meetings per client-week: 8 weeks so far, and 12 are needed to judge.",
        ),
        (replace(USUAL, reading="too_few"), CENSUS, "Clients in care: too few a week to judge."),
        (
            replace(USUAL, reading="too_few", mean=0.99),
            SHARE,
            "Active participation: almost everyone every time, so a single client would look like a change.",
        ),
        (
            replace(USUAL, reading="too_few", mean=0.89),
            SHARE,
            "Active participation: too few clients a week to judge.",
        ),
        (
            signalling("outside", "up", 2, date(2026, 9, 7), outside_runs=1),
            STOCK,
            "Clients to call were higher than expected from the week before, in the week of 14 September: "
            "more than chance would explain.",
        ),
        (
            signalling("outside", "down", 1, date(2026, 9, 14), outside_runs=1),
            STOCK,
            "Clients to call were lower than expected from the week before, in the week of 14 September: "
            "more than chance would explain.",
        ),
        (
            signalling("run", "up", 9),
            STOCK,
            "The weekly change in clients to call has been above its average for 9 weeks: "
            "something changed around 3 August.",
        ),
        (
            replace(USUAL, reading="too_few", mean=0.4),
            SHARE,
            "Active participation: too few clients a week to judge.",
        ),
        (
            signalling("trend", "down", 8, date(2026, 2, 1), kind="month"),
            SHARE,
            "Active participation has been falling for 8 months: something changed around February 2026.",
        ),
        (
            signalling("near", "up", 1, date(2026, 9, 14)),
            SHARE,
            "Active participation was far above its average in two of the last three weeks: "
            "something changed around 14 September.",
        ),
    ],
)
def test_the_sentence_of_a_chart_is_made_by_rule(signal, measure, words):
    assert sentence(signal, measure) == words


def test_differing_denominators_and_stocks_are_mentioned():
    assert caution(USUAL, MEETINGS) == ""
    assert caution(replace(USUAL, lower=None, denominator_low=12), MEETINGS) == ""
    said = caution(replace(USUAL, denominator_low=12), MEETINGS)
    assert said == "Each week rests on 12–30 client-weeks; the range is wider where they are few."
    assert caution(replace(USUAL, denominator_low=12), CENSUS) == ""
    assert "steady growth is no signal" in caution(USUAL, STOCK)
    flags = replace(MEETINGS, denominator="hundreds of …", denominator_in=100, denominator_unit="client-weeks")
    said = caution(replace(USUAL, denominator_low=0.21, denominator_high=1.4), flags)
    assert said.startswith("Each week rests on 21–140 client-weeks")


@pytest.mark.parametrize(
    ("charts_looked_at", "by_chance", "words"),
    [
        (0, 0.0, ""),
        (1, 0.02, "1 chart was checked; chance alone would raise fewer than one signal."),
        (46, 0.92, "46 charts were checked; chance alone would raise fewer than one signal."),
        (1320, 26.4, "1,320 charts were checked; chance alone would raise about 26 signals."),
    ],
)
def test_how_many_were_looked_at(charts_looked_at, by_chance, words):
    assert looked_at(charts_looked_at, by_chance).startswith(words)
    assert bool(looked_at(charts_looked_at, by_chance)) == bool(words)


@pytest.mark.parametrize(
    ("measure", "reading", "word"),
    [
        (MEETINGS, "common_cause", "As usual"),
        (STOCK, "common_cause", "No sudden change"),  # it may have risen slowly
        (STOCK, "concern", "Concern"),
    ],
)
def test_the_verdict_on_a_chart(measure, reading, word):
    assert verdict(replace(USUAL, reading=reading), measure) == word


@pytest.mark.parametrize(("measure", "lowest", "said"), [(SHARE, 10, True), (SHARE, 11, False), (MEETINGS, 10, False)])
def test_a_share_of_few_is_marked_as_one(measure, lowest, said):
    assert bool(few(replace(USUAL, denominator_low=lowest), measure)) == said
    assert few(replace(USUAL, denominator_low=lowest, reading="too_few"), measure) == ""


def test_a_target_is_drawn_and_described():
    rows = points(1, 2).assign(target=2.5)
    signal = replace(USUAL, target=2.5, assurance="may_or_may_not")
    domain = charts.scale([rows.assign(upper=2.0)], MEETINGS)
    assert domain[1] >= 2.5
    spec = charts.control(rows, MEETINGS, signal, kind="week", title="All", domain=domain).to_dict()
    assert any("target 2.5" in line for line in spec["title"]["subtitle"])


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [
        (1.9, 2.9, "usual range 1.9 to 2.9"),
        (-0.4, 2.9, "usual range 0.0 to 2.9"),
        (2.0, 2.0, "always 2.0"),
        (1.98, 2.02, "usually 2.0"),
        (None, None, "usual range not known yet"),
    ],
)
def test_a_range_that_is_one_value_is_said_as_one(lower, upper, said):
    assert f", {said}. " in charts.alternative(replace(USUAL, lower=lower, upper=upper), MEETINGS, title="Harbor")


def test_a_chart_has_no_layer_without_a_row():
    def layers(rows, **more):
        return len(
            charts.control(rows, MEETINGS, USUAL, kind="week", title="", domain=(0, 3), **more).to_dict()["layer"]
        )

    assert layers(points(1, 2).assign(target=2.5)) == layers(points(1, 2)) + 1
    assert layers(points(float("nan"))) == layers(points(1, 2)) - 3


def test_the_text_of_an_event_is_on_the_side_with_more_room():
    rows = points(*[1] * 9)
    early, late = rows["period"].iloc[0].date(), rows["period"].iloc[-1].date()
    spec = charts.control(
        rows, MEETINGS, USUAL, kind="week", title="", domain=(0, 3), annotations=[(early, "a"), (late, "b")]
    ).to_dict()
    texts = [
        layer["mark"]["align"] for layer in spec["layer"] if layer["encoding"].get("text", {}).get("field") == "event"
    ]
    assert texts == ["left", "right"]


@pytest.mark.parametrize("assurance", ["will_hit", "may_or_may_not", "will_miss"])
def test_a_target_has_its_sentence(assurance):
    assert "the target is m" in assured(replace(USUAL, target=2.0, assurance=assurance))
    assert assured(USUAL) == ""


def points(*values, reading="common_cause", lower=1.0, upper=3.0, phase=0):
    return pd.DataFrame(
        {
            "period": pd.date_range("2026-01-05", periods=len(values), freq="7D"),
            "numerator": 3.0,
            "denominator": 1.5,
            "value": [float("nan") if value is None else float(value) for value in values],
            "phase": phase,
            "mean": 2.0,
            "lower": lower,
            "upper": upper,
            "target": None,
            "reading": [None if value is None else reading for value in values],
        }
    )


@pytest.mark.parametrize("kind", ["week", "month"])
@pytest.mark.parametrize(
    ("rows", "measure", "signal"),
    [
        (points(1, 2, None, 3), MEETINGS, USUAL),
        (points(2, lower=None, upper=None), MEETINGS, USUAL),
        (points(None), MEETINGS, None),
        (points(0.2, 0.4, lower=0.0, upper=1.0), SHARE, USUAL),
        (points(20, 24, lower=-3.0, upper=40.0), CENSUS, USUAL),
    ],
)
def test_a_control_chart_is_valid_and_has_words(rows, measure, signal, kind):
    domain = charts.scale([rows], measure)
    spec = charts.control(rows, measure, signal, kind=kind, title="Harbor", domain=domain).to_dict()
    assert spec["title"]["text"] == "Harbor"
    assert spec["description"].startswith("Harbor: ")
    assert domain[0] >= 0


def test_the_words_give_the_value_the_range_and_what_it_means():
    assert charts.alternative(USUAL, MEETINGS, title="Harbor") == (
        "Harbor: 2.0 in the week of 14 September; mean 2.4, usual range 1.9 to 2.9. "
        "Meetings per client-week vary as usual: no sign of a change."
    )


@pytest.mark.parametrize(
    ("series", "measure", "begins_at_zero"),
    [
        ([points(1, 3)], MEETINGS, True),
        ([points(2.5, 3, lower=2.0)], MEETINGS, False),  # all in the upper half: the scale is cut, and marked as cut
        ([points(2.5, 3, lower=2.0), points(0.5, lower=0.1)], MEETINGS, True),
        ([points(None, lower=None, upper=None)], MEETINGS, True),
        ([points(2, lower=-4.0)], CENSUS, True),
    ],
)
def test_a_scale_begins_at_zero_unless_all_lies_in_its_upper_half(series, measure, begins_at_zero):
    low, high = charts.scale(series, measure)
    assert (low == 0) == begins_at_zero
    assert low >= 0
    for rows in series:
        filled = rows.dropna(subset="value")
        assert all(low <= value <= high for value in filled["value"])
        assert all(limit <= high for limit in filled["upper"])


def test_a_cut_scale_is_marked_as_cut():
    rows = points(2.5, 3, lower=2.0)
    chart = charts.control(rows, MEETINGS, USUAL, kind="week", title="All", domain=charts.scale([rows], MEETINGS))
    assert any("the scale begins at" in line for line in chart.to_dict()["title"]["subtitle"])


def test_a_share_is_drawn_up_to_all_and_no_further():
    assert charts.scale([points(0.2, 1.0, lower=0.1, upper=1.0)], SHARE)[1] == 1.0


def test_a_small_chart_has_a_dot_a_point_a_line_a_stretch_and_its_words():
    rows = points(1, 2, None, 3, 2, None, 1, reading="concern")
    drawn = small_control(rows, periods=list(rows["period"]), domain=(0.0, 4.0), words='Site "A" < B')
    assert drawn.count('<i class="concern"') == 5
    assert drawn.count('class="line"') == 2  # the last point is separate
    assert drawn.count('class="range"') == 1
    assert 'aria-label="Site &#34;A&#34; &lt; B"' in drawn


def test_a_small_chart_lies_on_the_scale_and_the_span_of_its_peers():
    rows = points(1, 2)
    periods = pd.date_range("2026-01-05", periods=5, freq="7D")
    drawn = small_control(rows, periods=list(periods), domain=(0.0, 4.0), words="")
    assert '<i class="common_cause" style="left:0.0%;bottom:25.0%">' in drawn
    assert '<i class="common_cause" style="left:25.0%;bottom:50.0%">' in drawn
    assert 'class="range" style="left:0.0%;width:25.0%;bottom:25.0%;height:50.0%"' in drawn


@pytest.mark.parametrize("kind", ["week", "month"])
@pytest.mark.parametrize("breakdown", ["site", "level_of_care", "primary_addiction", "program"])
def test_trends_are_the_published_control_points(snapshot, tables, kind, breakdown):
    found = trends.trends(snapshot, kind, "sessions_kept", breakdown, periods=6)
    assert found.whole is not None
    assert found.groups
    for group in (found.whole, *found.groups):
        assert group.points["period"].is_monotonic_increasing
        assert len(group.points) <= 6
        assert group.signal is not None
        ((value, reading),) = tables.rows(
            "SELECT value, reading FROM control_point WHERE kind = ? AND breakdown = ? AND member = ? AND period = ?"
            " AND measure = 'sessions_kept'",
            [kind, group.breakdown, group.member, group.signal.period],
        )
        assert (group.signal.value, group.signal.reading) == (value, reading)


def test_the_largest_groups_come_first_and_the_rest_are_counted(snapshot, monkeypatch):
    monkeypatch.setattr(trends, "GROUPS", 2)
    found = trends.trends(snapshot, "month", "census", "therapist", periods=3)
    census = [group.points["value"].iloc[-1] for group in found.groups]
    assert len(found.groups) == 2 < found.groups_in_all
    assert census == sorted(census, reverse=True)


@pytest.mark.slow
def test_outcomes_of_therapists_are_not_given(snapshot):
    for name, measure in published.measures(snapshot).items():
        assert bool(trends.trends(snapshot, "month", name, "therapist", 6).groups) == measure.by_therapist
    assert not published.measures(snapshot)["sober"].by_therapist


def test_a_therapists_scope_holds_the_therapists_own_figures_only(snapshot):
    mine = Caseload(caseload.therapists(snapshot)[0].therapist_id)
    found = trends.trends(snapshot, "month", "census", "therapist", 6, mine)
    assert [group.member for group in found.groups] == [mine.therapist_id]
    assert found.whole is None
    assert trends.trends(snapshot, "month", "census", "site", 6, mine).groups == []
    assert [each.therapist_id for each in caseload.therapists(snapshot, mine)] == [mine.therapist_id]


@pytest.mark.parametrize("by", ["Week", "Month"])
@pytest.mark.parametrize(
    ("measure", "split"),
    [
        ("Clients in care", "Therapist"),
        ("No-shows", "Site"),
        ("Sessions kept", "Level of care"),
        ("No-shows", "Therapist"),
        ("No meeting in 30 days", "Program"),  # made by month only
    ],
)
def test_the_page_draws_the_clinic_and_each_group(app, by, measure, split):
    app.query_params |= {"by": by, "measure": measure, "split": split}
    visit(app, "trends")
    assert not app.exception
    (chart,) = drawn_charts(app)
    assert chart["title"]["text"] == measure
    assert chart["description"]
    page = html(app)
    assert page.count('class="mw-spc" role="img" aria-label="') >= 3
    by_month_in_place_of_week = by == "Week" and measure == "No meeting in 30 days"
    assert ("has values by month only" in page) == by_month_in_place_of_week
    if (measure, split) == ("No-shows", "Therapist"):
        assert "By therapist" not in page, "an outcome is not to be had by therapist, whatever the address asks for"


@pytest.mark.slow
@pytest.mark.parametrize("above", ["Clients in care", "No meeting in 30 days"])
def test_ones_own_page_shows_by_month_only_the_measures_that_have_no_values_by_week(app, above):
    app.query_params |= {"by": "Week", "measure": above, "mine": ["No-shows", "No meeting in 30 days"]}
    visit(app, "trends")
    assert not app.exception
    dated = r'(?s)_self">{}</a></h3>.{{0,120}}?<b>[\d.]+ %</b> <small>{}</small>'
    page = html(app)
    assert re.search(dated.format("No-shows", "week of 26 Oct"), page)
    assert re.search(dated.format("No meeting in 30 days", "October 2026"), page)
