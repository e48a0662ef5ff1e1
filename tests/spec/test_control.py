"""Control charts after NHS England's "Making Data Count": limits, the four rules, and what a signal means."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from math import asin, ceil, erfc, log, pi, sqrt
from random import Random
from statistics import mean, stdev

import pyarrow as pa
import pytest

START = date(2026, 1, 5)
# The vignette of the NHSRplotthedots package on the screening of moving ranges.
PUBLISHED = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
STEADY = [4, 6, 4, 6, 4, 6, 4, 6, 4, 6, 4, 6]  # mean 5, limits 5 ± 5.32

CASELOAD = (
    "period:DATE",
    "breakdown",
    "member",
    "measure",
    "numerator:DOUBLE",
    "denominator:DOUBLE",
    "value:DOUBLE",
)


TYPES = (pa.date32(), pa.string(), pa.string(), pa.string(), pa.float64(), pa.float64(), pa.float64())


def week(number):
    return START + timedelta(weeks=number)


def charted(clinic, values, columns, *, measure="admissions", breakdown="all", member="all", over=None, **given):
    """The points of a measure's weekly values, which may hold gaps.

    `over`: the denominator, or one for each; without it, the number that each value counts is unknown.
    """
    denominators = over if isinstance(over, list) else [over] * len(values)
    counted = [
        None if value is None or denominator is None else value * denominator
        for value, denominator in zip(values, denominators, strict=True)
    ]
    rows = [
        dict(zip(CASELOAD, (week(n), breakdown, member, measure, *told), strict=True))
        for n, told in enumerate(zip(counted, denominators, values, strict=True))
    ]
    nothing = [dict.fromkeys(CASELOAD)]
    c = clinic("2030-01-06", caseload_week=rows, caseload_month=nothing, **given)
    return c.rows("control_point", columns, "period")


def clinic_of(clinic, rows, **given):
    """A clinic with many rows of `caseload_week`, each its values in the order of CASELOAD."""
    nothing = [dict.fromkeys(CASELOAD)]
    c = clinic("2030-01-06", caseload_week=nothing, caseload_month=nothing, **given)
    names = [column.partition(":")[0] for column in CASELOAD]
    values = [pa.array(column, type_) for column, type_ in zip(zip(*rows, strict=True), TYPES, strict=True)]
    c.engine.load("caseload_week", pa.table(dict(zip(names, values, strict=True))))
    return c


def anew(*weeks, measure="admissions", breakdown=None, member=None):
    """The weeks from which the limits are recalculated."""
    header = ("measure", "breakdown", "member", "period:DATE")
    return [dict(zip(header, (measure, breakdown, member, week(n)), strict=True)) for n in weeks]


def test_the_published_example(clinic):
    found = charted(clinic, PUBLISHED, "mean, lower, upper, special")
    assert [row[3] for row in found] == [None] * 4 + ["outside"] + [None] * 13
    for centre, lower, upper, _ in found:
        assert (centre, lower, upper) == pytest.approx((1.944, -0.716, 4.604), abs=5e-4)
    # With the leap's own two steps among the moving ranges, the limits would be almost wide enough to hide it.
    reach = 2.66 * mean(abs(b - a) for a, b in pairwise(PUBLISHED))
    assert (centre - reach, centre + reach) == pytest.approx((-3.063, 6.952), abs=5e-4)


def test_the_limits_of_a_share_end_at_none_and_all(clinic):
    found = charted(clinic, [0.1, 0.9] * 6, "lower, upper, sigma", measure="any_meeting")
    assert found[0] == (0.0, 1.0, pytest.approx(2.66 * 0.8 / 3))


@pytest.mark.parametrize(("points", "trial"), [(11, True), (12, False)])
def test_fewer_than_twelve_points_have_trial_limits(clinic, points, trial):
    found = charted(clinic, [*STEADY[:points], None, None], "trial")
    assert set(found) == {(trial,)}


@pytest.mark.parametrize(
    ("values", "special"),
    [
        ([1, 2, 2, 2] + [2] * 60, {None}),  # it grew by one once: nothing has happened since
        ([20 + 2 * (n // 2) for n in range(30)] + [48] * 14, {"run"}),  # it grew by one a week, and no longer does
    ],
)
def test_a_stock_that_hardly_ever_moved_is_not_below_its_mean_step(clinic, values, special):
    found = charted(clinic, values, "special", measure="open_crises")
    assert {each for (each,) in found[-10:]} == special


@pytest.mark.parametrize(
    ("stock", "off", "special"),
    [("yes", 0.1, "run"), ("yes", 0.0999, None), ("yes", -0.0999, None), ("no", 0.0999, "run")],
)
def test_a_step_of_a_stock_within_a_tenth_of_a_deviation_of_the_mean_step_is_on_no_side_of_it(
    clinic, stock, off, special
):
    columns = (
        "series period:DATE value:DOUBLE off:DOUBLE sigma:DOUBLE stock:BOOLEAN trial:BOOLEAN run_needed:INTEGER"
        " weak_run_needed:INTEGER autocorrelation:DOUBLE"
    )
    points = (f"a {week(n)} 5.0 {off} 1.0 {stock} no 8 12 0.0" for n in range(12))
    c = clinic("2026-12-31", control_limit="\n".join([columns, *points]))
    assert c.rows("control_signal", "special, period") == [(special, week(n)) for n in range(12)]


def test_one_point_has_no_limits_and_none_is_no_point(clinic):
    assert charted(clinic, [3, None], "value, mean, lower, reading") == [(3.0, 3.0, None, "too_few")]
    assert charted(clinic, [None], "mean, trial, reading") == []


def test_what_hardly_ever_happens_keeps_limits_though_every_step_is_a_leap(clinic):
    found = charted(clinic, [0] * 9 + [1] + [0] * 9, "special, sigma")
    assert {row[0] for row in found[9:10]} == {"outside"}
    assert "outside" not in {row[0] for row in found[:9] + found[10:]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("4 6 4 6 4 6 4 6 4 6 4 6", "............"),
        ("4 6 4 6 4 6 20 4 6 4 6 4 6", "......O......"),
        ("6 8 6 8 6 8 6 8 4 2 4 2 4 2 4 2", "RRRRRRRRrrrrrrrr"),
        ("6 8 6 8 6 8 6 2 4 2 4 2 4 2", ".............."),
        ("2 6 2 6 1 2 3 4 5 6 7 2 6 2 6", "....TTTTTTT...."),
        ("2 6 2 6 7 6 5 4 3 2 1 2 6 2 6", "....ttttttt...."),
        ("2 6 2 6 1 2 3 4 5 6 2 6 2 6", ".............."),
        ("2 6 2 6 1 2 3 4 4 5 6 7 2 6 2 6", "................"),  # as many as before is not rising
        ("3 7 3 7 3 7 3 7 3 7 15 8 15 3 7 3 7 3 7 3 7 3 7", "..........N.N.........."),
        ("3 7 3 7 3 7 3 7 3 7 15 4 15 3 7 3 7 3 7 3 7 3 7", "......................."),  # the third under the mean
        ("3 7 3 7 3 7 3 7 3 7 15 8 8 15 3 7 3 7 3 7 3 7 3 7", "........................"),  # 2 of 4
    ],
)
def test_the_rules_by_hand(clinic, values, expected):
    found = charted(clinic, [float(v) for v in values.split()], "special, direction")
    assert "".join(map(letter, found)) == expected


def letter(row):
    """The rule's first letter, small where it points down."""
    special, direction = row
    if special is None:
        return "."
    return special[0].upper() if direction == "up" else special[0]


@pytest.mark.parametrize(
    ("measure", "values", "over", "too_few"),
    [
        ("any_meeting", [0.4, 0.6] * 6, 2.0, False),  # 1 with, 1 without
        ("any_meeting", [0.4, 0.5] * 6, 2.0, True),  # 0.9 with
        ("any_meeting", [0.9, 1.0] * 6, 15.0, True),  # 0.75 without
        ("any_meeting", [0.9, 1.0] * 6, 30.0, False),
        ("any_meeting", [1.0] * 12, 3.0, False),  # always all
        ("any_meeting", [0.0] * 12, 3.0, True),
        ("new_flags", [2.0, 6.0] * 6, 0.2, True),  # 0.8 flags in 20 client-weeks
        ("new_flags", [2.0, 6.0] * 6, 0.3, False),
        ("meetings_per_client_week", [2.0, 6.0] * 6, 0.5, True),  # half a client
        ("admissions", [0.0, 1.0] * 6, 1.0, True),
        ("admissions", [0.0, 3.0] * 6, 1.0, False),
    ],
)
def test_less_than_one_event_a_point_is_too_few_to_say(clinic, measure, values, over, too_few):
    found = charted(clinic, values, "reading, lower IS NULL, special, mean", measure=measure, over=over)
    centre = round(mean(values), 9)
    assert set(found) == {("too_few" if too_few else "common_cause", too_few, None, centre)}


def test_one_client_makes_no_signal(clinic):
    """The same leap is a signal for a hundred clients, and none for two."""
    leap = [0.0] * 11 + [0.5]
    for over, reading in ((200.0, "concern"), (2.0, "too_few")):
        assert charted(clinic, leap, "reading", measure="no_show_rate", over=over)[-1] == (reading,)


@pytest.mark.parametrize(
    ("measure", "points", "level", "special"),
    [  # before them, weeks that change between 6 and 5; a run lies so high
        ("admissions", 8, 6.2, "run"),
        ("admissions", 7, 6.2, None),
        ("meetings_per_client_week", 11, 6.2, None),
        ("meetings_per_client_week", 12, 6.2, "run"),
        ("meetings_per_client_week", 8, 7.1, "run"),
        ("meetings_per_client_week", 7, 7.1, None),
    ],
)
def test_clients_who_stay_make_a_long_run_unless_it_lies_near_the_mean(clinic, measure, points, level, special):
    values = [6, 5] * 15 + [level + (-1) ** n * 0.3 for n in range(points)]
    over = None if measure == "admissions" else 40.0
    assert charted(clinic, values, "special", measure=measure, over=over)[-1] == (special,)


def test_a_point_on_the_mean_ends_a_run(clinic):
    found = charted(clinic, [2, 4, 2, 4, 5, 2, 4, 8, 6, 8, 5, 6, 8, 6], "special, mean")
    assert set(found) == {(None, 5.0)}


@pytest.mark.parametrize(
    ("measure", "reading"),
    [("meetings_per_client_week", "concern"), ("no_show_rate", "improvement"), ("admissions", "no_direction")],
)
def test_what_a_signal_means_is_the_measures_good_direction(clinic, measure, reading):
    values = [0.6, 0.61] * 4 + [0.4, 0.41] * 4
    assert charted(clinic, values, "reading", measure=measure)[-1] == (reading,)


def test_a_run_began_with_the_first_point_of_its_side(clinic):
    found = charted(
        clinic, [6, 8, 4, 2, 6, 8, 6, 8, 6, None, 4, 2, 4, 2, 4, 2, 4, 2], "special, since, runs, outside_runs"
    )
    assert found[-1] == ("run", week(10), 8, None)
    assert found[9] == ("run", week(10), 1, None)


def test_a_trend_began_with_the_point_from_which_it_rises(clinic):
    found = charted(clinic, [4, 6, 4, 6, 4, 1, 2, 3, 4, 5, 6, 7], "special, since, runs, outside_runs")
    assert found[-1] == ("trend", week(5), 7, None)
    assert found[6] == ("trend", week(5), 2, None)


def test_how_many_points_lie_outside_is_not_how_many_lie_on_that_side(clinic):
    found = charted(clinic, [4, 6] * 12 + [8, 9, 8, 9, 8, 19, 20], "special, since, runs, outside_runs")
    assert found[-1] == ("outside", week(24), 7, 2)
    assert found[-2] == ("outside", week(24), 6, 1)
    found = charted(clinic, [4, 6] * 12 + [4, 19, 20], "special, since, runs, outside_runs")
    assert found[-1] == ("outside", week(25), 2, 2)


def test_a_gap_is_no_point_and_breaks_no_run(clinic):
    found = charted(clinic, [6, 8, 6, None, 8, 6, 8, 6, 8, 4, 2, 4, 2, 4, 2, 4, 2], "special")
    assert found == [("run",)] * 16


@pytest.mark.parametrize(
    ("values", "stands_out"),
    [
        ([0.5, 0.52] * 12 + [0.9, 1.0], True),
        ([0.5, 0.52] * 12 + [1.0, 1.0], True),
        ([0.5, 0.52] * 12 + [1.0, 1.0, 1.0], False),
        ([0.5, 0.52] * 12 + [1.0, None, 1.0], False),  # as far as they have a value
        ([0.5, 0.52] * 12 + [0.9, 1.0, None, 1.0], False),  # the one before is too long ago
        ([0.5, 0.52] * 12 + [1.0, 0.9, 1.0], True),
        ([0.5, 0.52] * 12 + [1.0, 0.95], False),  # better than usual, and worse than the week before
        ([0.5, 0.52] * 12 + [1.0, None, 0.95], True),  # a week without a value hides that
    ],
)
def test_a_share_that_stays_at_all_or_falls_again_does_not_stand_out(clinic, values, stands_out):
    assert charted(clinic, values, "special IS NOT NULL, stands_out", measure="any_meeting")[-1] == (True, stands_out)


def test_what_follows_what_is_seen_by_month_too(clinic):
    months = [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 3, 1)]
    rows = [
        dict(zip(CASELOAD, (month, "all", "all", "census", n, None, n), strict=True)) for n, month in enumerate(months)
    ]
    c = clinic("2030-01-06", caseload_week=[dict.fromkeys(CASELOAD)], caseload_month=rows)
    assert c.rows("control_series", "value_before, adjacent, level", "period") == [
        (None, False, None),
        (0.0, True, 1.0),
        (1.0, True, 1.0),
        (2.0, True, 1.0),  # from one year to the next
        (None, False, None),  # February has no value
    ]


def test_limits_are_recalculated_from_a_period(clinic):
    values = [4, 6] * 6 + [14, 16] * 6
    assert {row[0] for row in charted(clinic, values, "mean")} == {10.0}
    found = charted(clinic, values, "phase, mean, special", rebase=anew(12))
    assert set(found) == {(0, 5.0, None), (1, 15.0, None)}


@pytest.mark.parametrize(
    ("choice", "phases"),
    [
        (anew(6, measure="no_show_rate"), {0}),
        (anew(6, breakdown="site", member="North"), {0, 1}),
        (anew(6, breakdown="site", member="Harbor"), {0}),
        (anew(3, 6, breakdown="site"), {0, 1, 2}),
    ],
)
def test_limits_are_recalculated_for_the_groups_named(clinic, choice, phases):
    found = charted(clinic, STEADY, "phase", breakdown="site", member="North", rebase=choice)
    assert {row[0] for row in found} == phases


@pytest.mark.parametrize(
    ("measure", "target", "assurance"),
    [
        ("sessions_kept", 0.30, "will_hit"),  # limits 0.447 to 0.553
        ("sessions_kept", 0.50, "may_or_may_not"),
        ("sessions_kept", 0.60, "will_miss"),
        ("no_show_rate", 0.30, "will_miss"),
        ("no_show_rate", 0.60, "will_hit"),
        ("admissions", 0.60, None),
        ("sober", 0.30, None),  # a stock
        ("meetings_per_client_week", None, None),
    ],
)
def test_whether_a_target_will_be_hit_as_long_as_nothing_changes(clinic, measure, target, assurance):
    wanted = [{"measure": measure if target else "other", "value:DOUBLE": target}]
    found = charted(clinic, [0.49, 0.51] * 6, "target, assurance", measure=measure, target=wanted)
    assert set(found) == {(target, assurance)}


def test_the_lowest_and_highest_denominators_are_given(clinic):
    over = [30.0, 20.0, 0.0, 40.0]
    found = charted(
        clinic, [0.5, 0.4, None, 0.5], "denominator_low, denominator_high", measure="any_meeting", over=over
    )
    assert set(found) == {(20.0, 40.0)}


def test_outcomes_of_therapists_have_no_chart(clinic):
    assert charted(clinic, STEADY, "value", measure="sober", breakdown="therapist", member="T1") == []
    assert len(charted(clinic, STEADY, "value", measure="census", breakdown="therapist", member="T1")) == 12


def autocorrelation(series):
    """Lag 1, of two adjacent points each, after the one change of level that explains most; `None` is a missing week."""
    filled = [value for value in series if value is not None]
    if not filled:
        return 0.0
    count, centre = len(filled), mean(filled)
    splits = {
        k: round(sum(v - centre for v in filled[:k]) ** 2 / (k * (1 - k / count)), 9) for k in range(4, count - 3)
    }
    split = max(splits, key=lambda k: splits[k]) if splits else 0
    levels = [mean(filled[: split or count])] * split + [mean(filled[split:])] * (count - split)
    rest = iter(v - level for v, level in zip(filled, levels, strict=True))
    left = [None if value is None else next(rest) for value in series]
    squares = mean(v**2 for v in left if v is not None)
    if squares < 1e-15:
        return 0.0
    filled_rest = [value for value in left if value is not None]
    pairs = [a * b for a, b in pairwise(left) if a is not None and b is not None]
    next_one = mean(pairs) / squares if pairs else 0.0
    lags = min(7, count // 4) if count >= 24 else 0
    weights = {lag: 1 - lag / (lags + 1) for lag in range(1, lags + 1)}
    back = {lag: mean(a * b for a, b in zip(filled_rest[lag:], filled_rest, strict=False)) / squares for lag in weights}
    back = {**back, 1: next_one}
    several = sum(weights[lag] * back[lag] for lag in weights) / sum(weights.values()) if lags else -1.0
    error = sqrt(sum(w**2 for w in weights.values()) / count) / sum(weights.values()) if lags else 0.0
    found = [0.0]
    if next_one + 3.5 / count > 0.5 / sqrt(count) and pairs:
        found.append(1.5 * (next_one + min(9 / count, 0.4)))
    if lags and several + 4 / count > 0.75 * error:
        found.append(5 * (several + min(12 / count, 0.4)))
    return min(max(found), 0.95)


def reference(gapped):
    """The mean, how far the limits lie from it, the autocorrelation, and each point's rule and direction.

    Of the points by looking at every window of 3, 7 and more on its own.
    """
    series = [value for value in gapped if value is not None]
    count = len(series)
    centre = sum(series) / count
    correlated = autocorrelation(gapped)
    needed = max(8, 1 + ceil(round(log(1 / 128) / log(0.5 + asin(correlated) / pi), 6)))
    steps = [abs(b - a) for a, b in pairwise(gapped) if a is not None and b is not None]
    widest = 3.267 * sum(steps) / len(steps) if steps else 0
    kept = [step for step in steps if step < widest - 1e-9]
    average = mean(kept) if any(step > 1e-9 for step in kept) else mean(steps) if steps else 0
    deviation = stdev(series) if count > 1 else 0
    reach = min(2.66 * average / sqrt(1 - correlated), max(2.66 * average, 3 * 1.15 * deviation))
    off = [0 if abs(value - centre) < 1e-9 else value - centre for value in series]
    outside = [abs(o) > reach + 1e-9 for o in off]
    near = [abs(o) > reach * 2 / 3 + 1e-9 and not out for o, out in zip(off, outside, strict=True)]
    run, trend, two = [""] * count, [""] * count, [""] * count
    for word, sign in (("up", 1), ("down", -1)):
        for first in range(count - needed + 1):
            if all(sign * o > 0 for o in off[first : first + needed]):
                run[first : first + needed] = [word] * needed
    for last in range(6, count):
        seven = range(last - 6, last + 1)
        for word, sign in (("up", 1), ("down", -1)):
            if all(sign * (series[i + 1] - series[i]) > 1e-9 for i in seven[:-1]):
                for i in seven:
                    trend[i] = trend[i] or word
    for last in range(2, count):
        three = range(last - 2, last + 1)
        for word, sign in (("up", 1), ("down", -1)):
            if all(sign * off[i] > 0 for i in three) and sum(near[i] for i in three) >= 2:
                for i in three:
                    two[i] = word if near[i] else two[i]
    rules = []
    for i in range(count):
        if count < 12 or not steps:
            rules.append((None, None))
        elif outside[i]:
            rules.append(("outside", "up" if off[i] > 0 else "down"))
        else:
            found = (("trend", trend[i]), ("near", two[i]), ("run", run[i]))
            rules.append(next(((rule, word) for rule, word in found if word), (None, None)))
    return centre, reach if steps else None, correlated, rules


def wandering(random):
    """A series that wanders, leaps, stays level and climbs, on round values so that ties come up."""
    value, drift, series = 20.0, 0.0, []
    for _ in range(random.randint(2, 90)):
        if random.random() < 0.1:
            drift = random.choice([-1, 0, 0, 0, 1])
        value += drift + random.choice([-2, -1, -1, 0, 0, 1, 1, 2]) + random.choice([0] * 20 + [15, -15])
        series.append(None if random.random() < 0.08 else value)
    return series


def returning(random):
    """A series that comes back to its mean, sooner or later: its autocorrelation is neither none nor the most."""
    pull, off, series = random.uniform(0, 0.6), 0.0, []
    for _ in range(random.randint(12, 90)):
        off = pull * off + random.gauss(0, 3)
        series.append(None if random.random() < 0.03 else 20 + round(off, 1))
    return series


@pytest.mark.slow
def test_the_rules_on_random_series(clinic):
    """Compared with a reference that does not use stretches: gaps, ties, leaps and phases included."""
    random = Random(20261101)
    rows, breaks, expected = [], [], {}
    for number in range(700):
        member, series = f"M{number}", wandering(random) if number < 400 else returning(random)
        split = random.randrange(1, len(series)) if random.random() < 0.3 else len(series)
        breaks += anew(*([split] if split < len(series) else []), breakdown="site", member=member)
        for n, value in enumerate(series):
            rows.append((week(n), "site", member, "admissions", None, None, value))
        for part in (range(split), range(split, len(series))):
            filled = [n for n in part if series[n] is not None]
            if filled:
                *limits, rules = reference([series[n] for n in part])
                for n, point in zip(filled, rules, strict=True):
                    expected[member, week(n)] = (*limits, *point)
    c = clinic_of(clinic, rows, rebase=breaks)
    columns = "member, period, mean, 3 * sigma, autocorrelation, special, direction"
    found = {tuple(row[:2]): row[2:] for row in c.rows("control_point", columns, "member, period")}
    assert found.keys() == expected.keys()
    seen = set()
    for key, (centre, reach, correlated, *told) in expected.items():
        assert list(found[key][3:]) == told, key
        assert found[key][0] == pytest.approx(centre)
        assert found[key][1] == (pytest.approx(reach, rel=1e-7, abs=1e-7) if reach is not None else None)
        assert found[key][2] == pytest.approx(correlated, rel=1e-7, abs=1e-7)
        seen.add(tuple(told))
    assert len(seen) == 9, "every rule came up in both directions"


@pytest.mark.parametrize("nearly", [0, 1])
def test_a_run_far_from_the_mean_is_a_signal_after_8_points_and_a_near_one_is_not(clinic, nearly):
    """Of a rate, whose clients stay: 8 points on one side are enough where they lie 1.25 of a sigma off, on average."""
    values = [2.4, 2.8, 2.0] * 6 + [2.4 + (0.66, 0.65)[nearly]] * 8
    columns = "special, abs(value - mean) / sigma"
    found = charted(clinic, values, columns, measure="meetings_per_client_week", over=400.0)
    off = mean(sigmas for _, sigmas in found[-8:])
    assert 1.23 < off < 1.27
    assert (off >= 1.25) == (not nearly)
    assert found[-1][0] == (None if nearly else "run")


def test_discoveries_are_those_of_benjamini_and_hochberg(clinic):
    """Over 40 sites, most of which change, more or less: of the signals listed, a tenth may be false."""
    random = Random(1)
    rows = [
        (
            week(n),
            "site",
            f"s{site:02}",
            "admissions",
            None,
            None,
            round(random.gauss(10, 2) + site % 8 * (n >= 20), 2),
        )
        for site in range(40)
        for n in range(30)
    ]
    c = clinic_of(clinic, rows)
    families = {}
    for period, member, p_value, special, discovery in c.rows(
        "control_point", "period, member, p_value, special, discovery"
    ):
        families.setdefault(period, []).append((p_value, member, special, discovery))

    def discovered(family, rate):
        ranked = sorted((p_value, member, special) for p_value, member, special, _ in family)
        found = max((n for n, (p_value, *_) in enumerate(ranked, 1) if p_value <= rate * n / len(ranked)), default=0)
        return {member for _, member, special in ranked[:found] if special}

    for family in families.values():
        assert {member for *_, member, _, discovery in family if discovery} == discovered(family, 0.1)
    assert sum(discovered(family, 0.1) != set() for family in families.values()) > 5
    assert any(discovered(family, 0.1) != discovered(family, 0.115) for family in families.values())


def test_how_strong_a_run_is(clinic):
    """Eight independent points on one side: of eight coins, one side or the other, by four rules looked for at once."""
    found = charted(
        clinic, [2.4, 2.8, 2.0] * 6 + [3.06] * 8, "special, p_value", measure="meetings_per_client_week", over=400.0
    )
    assert found[-1] == ("run", pytest.approx(4 * 0.5**7))


@pytest.mark.parametrize(
    ("end", "special", "p_value"),
    [
        ([8.5], None, lambda sigmas: erfc(sigmas / sqrt(2))),
        ([5.0, 13.0], "outside", lambda sigmas: erfc(sigmas / sqrt(2))),
        ([2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "trend", lambda sigmas: 2 / 5040),  # two of the orders of 7 points
        ([9.2, 9.4, 6.0], "near", lambda sigmas: 0.0031),
    ],
)
def test_how_strong_other_points_are(clinic, end, special, p_value):
    """By the likeliest rule, times the four rules that are looked for at once."""
    found = charted(clinic, STEADY * 3 + end, "special, p_value, abs(value - mean) / sigma")
    points = [row for row in found[-len(end) :] if row[0] == special]
    assert points
    for _, strength, sigmas in points:
        assert strength == pytest.approx(4 * p_value(sigmas), rel=0.004)
