"""Survival: what is followed, from when to when, and the curves, compared with textbooks and a library."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

# ── What is followed, and when it is censored ────────────────────────────────────────────────────────────────────────


def times(c, curve: str, columns: str = "client_id, time, event") -> list[tuple[object, ...]]:
    return [row[1:] for row in c.rows("event_time", f"curve, {columns}") if row[0] == curve]


def test_leaving_is_an_end_as_left_lost_contact_or_administrative(clinic):
    """Any other end censors on its day, and so does one without a reason: unknown is not read as leaving."""
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id      start_date end_date   end_reason
        administrative 2026-09-01 2026-09-11 administrative
        blank          2026-09-01 2026-09-11 .
        completed      2026-09-01 2026-09-11 completed
        died           2026-09-01 2026-09-11 died
        incarcerated   2026-09-01 2026-09-11 incarcerated
        left           2026-09-01 2026-09-11 left
        lost           2026-09-01 2026-09-11 lost_contact
        other          2026-09-01 2026-09-11 other
        transferred    2026-09-01 2026-09-11 transferred
        """,
    )
    assert times(c, "days_to_leaving") == [
        ("administrative", 10, True),
        ("blank", 10, False),
        ("completed", 10, False),
        ("died", 10, False),
        ("incarcerated", 10, False),
        ("left", 10, True),
        ("lost", 10, True),
        ("other", 10, False),
        ("transferred", 10, False),
    ]


def test_a_stay_that_goes_on_is_censored_on_the_as_of_date(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   end_reason
        ends_soon 2026-09-04 2026-10-09 left
        leaves    2026-09-04 2026-10-04 left
        open      2026-09-04 .          .
        """,
    )
    assert times(c, "days_to_leaving") == [("ends_soon", 30, False), ("leaves", 30, True), ("open", 30, False)]


def test_the_last_episode_gives_the_end_of_a_stay_and_the_first_its_group(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   end_reason  site   program level_of_care primary_addiction
        later     2026-05-01 2026-05-31 left        Harbor IOP     2.1           alcohol
        later     2026-06-05 2026-06-30 .           North  OP      1             opioids
        moved     2026-07-01 2026-07-31 transferred .      Res     3.5           alcohol
        moved     2026-08-01 2026-08-31 left        North  OP      1             opioids
        twice     2026-03-01 2026-03-31 left        Harbor OP      1             sex
        twice     2026-07-01 2026-07-11 completed   North  OP      2.1           sex
        """,
    )
    columns = "client_id, stay, time, event, site, program, level_of_care, primary_addiction, admission_quarter"
    assert times(c, "days_to_leaving", columns) == [
        ("later", 1, 60, False, "Harbor", "IOP", "2.1", "alcohol", "2026 Q2"),
        ("moved", 1, 61, True, "unknown", "Res", "3.5", "alcohol", "2026 Q3"),
        ("twice", 1, 30, True, "Harbor", "OP", "1", "sex", "2026 Q1"),
        ("twice", 2, 10, False, "North", "OP", "2.1", "sex", "2026 Q3"),
    ]


def test_a_first_use_is_the_first_known_of_the_stay_and_is_censored_where_knowledge_ends(clinic):
    """Not on the as-of date: nothing is known about the days after the last known abstinent day."""
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   end_reason
        at_once   2026-09-01 .          .
        before    2026-09-01 .          .
        confirmed 2026-09-01 .          .
        ended     2026-09-01 2026-09-11 completed
        missed    2026-09-01 .          .
        silent    2026-09-01 .          .
        tested    2026-09-01 .          .
        used      2026-09-01 .          .
        """,
        checkins="""
        client_id checkin_date used last_use_date status    source
        at_once   2026-09-01   yes  .             completed self_report
        before    2026-09-08   yes  2026-08-20    completed self_report
        confirmed 2026-09-05   no   .             completed self_report
        confirmed 2026-09-21   .    .             completed self_report
        ended     2026-09-05   no   .             completed self_report
        ended     2026-09-20   yes  2026-09-15    completed self_report
        missed    2026-09-05   .    .             missed    self_report
        tested    2026-09-20   no   .             completed toxicology
        tested    2026-09-27   yes  .             completed toxicology
        used      2026-09-10   yes  2026-09-08    completed self_report
        used      2026-09-20   yes  2026-09-19    completed self_report
        """,
    )
    assert times(c, "days_to_first_use") == [
        ("at_once", 0, True),
        ("before", 7, False),
        ("confirmed", 4, False),
        ("ended", 4, False),
        ("tested", 26, True),
        ("used", 7, True),
    ]


def test_a_next_use_follows_a_day_known_to_be_abstinent(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date end_reason
        daily     2026-08-01 .        .
        gap       2026-08-01 .        .
        stopped   2026-08-01 .        .
        thrice    2026-08-01 .        .
        unknown   2026-08-01 .        .
        """,
        checkins="""
        client_id checkin_date used last_use_date source
        daily     2026-08-10   yes  .             toxicology
        daily     2026-08-11   yes  .             toxicology
        daily     2026-08-12   no   .             toxicology
        daily     2026-08-13   yes  .             toxicology
        gap       2026-08-10   yes  2026-08-08    self_report
        gap       2026-09-30   yes  2026-09-30    self_report
        stopped   2026-08-10   yes  2026-08-08    self_report
        stopped   2026-08-20   no   .             self_report
        thrice    2026-08-10   yes  2026-08-05    self_report
        thrice    2026-08-20   yes  2026-08-15    self_report
        thrice    2026-08-30   yes  2026-08-28    self_report
        unknown   2026-08-10   yes  .             self_report
        unknown   2026-08-17   yes  .             self_report
        """,
    )
    assert times(c, "days_to_next_use") == [
        ("daily", 2, True),  # two days in a row are one use, its last day counts; the third is the last thing known
        ("gap", 53, True),
        ("stopped", 12, False),
        ("thrice", 2, False),
        ("thrice", 10, True),
        ("thrice", 13, True),
    ]  # `unknown`: no abstinent day is known between the two


def test_a_stay_starts_over(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   end_reason
        a         2026-03-01 2026-03-31 left
        a         2026-07-01 2026-07-31 completed
        """,
        checkins="""
        client_id checkin_date used last_use_date
        a         2026-03-10   yes  2026-03-06
        a         2026-07-10   no   .
        a         2026-07-20   yes  2026-07-18
        """,
    )
    columns = "client_id, stay, time, event"
    assert times(c, "days_to_first_use", columns) == [("a", 1, 5, True), ("a", 2, 17, True)]
    assert times(c, "days_to_next_use", columns) == [("a", 1, 4, False), ("a", 2, 2, False)]


def test_the_outcome_librarys_times_are_followed_too(clinic):
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date end_date end_reason\n a 2026-08-31 2026-09-27 left",
        checkins="""
        client_id checkin_date used
        a         2026-09-02   no
        a         2026-09-09   no
        a         2026-09-16   yes
        a         2026-09-23   no
        """,
    )
    weeks = [row for row in c.rows("event_time", "curve, time, event") if row[0].startswith("weeks_to")]
    assert weeks == [
        ("weeks_to_dropout", 1, False),
        ("weeks_to_first_positive", 3, True),
        ("weeks_to_first_use", 3, True),
        ("weeks_to_relapse_2_of_4", 3, False),
        ("weeks_to_relapse_3_of_3", 2, False),
        ("weeks_to_relapse_4_of_4", 1, False),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_random_stays_are_followed_as_they_are_day_by_day(clinic, seed):
    """Each day of a stay, and of the days around it, is known as use (`+`), known as none (`-`), or unknown (`?`)."""
    chance = random.Random(seed)
    lengths = {f"c{n}": chance.randrange(1, 60) for n in range(40)}
    days = {client: "".join(chance.choices("+-?", (1, 6, 2), k=length + 20)) for client, length in lengths.items()}
    first = date(2026, 3, 1)
    starts = {client: first + timedelta(10) for client in days}
    ends = {client: starts[client] + timedelta(length - 1) for client, length in lengths.items()}
    spans = [
        {
            "client_id": client,
            "start_date:DATE": first + timedelta(run.start()),
            "end_date:DATE": first + timedelta(run.end() - 1),
        }
        for client, text in days.items()
        for run in re.finditer("-+", text)
    ]
    c = clinic(
        "2026-10-04",
        stay=[
            {"client_id": x, "stay:INTEGER": 1, "start_date:DATE": starts[x], "end_date:DATE": None, "last_day:DATE": ends[x]}
            for x in days
        ],
        care_span=[
            {"client_id": x, "start_date:DATE": starts[x], "end_date:DATE": None, "site": "Harbor", "program": "P",
             "level_of_care": "1", "primary_addiction": "sex", "end_reason": None}
            for x in days
        ],
        outcomes=[{"client_id": "none", "stay:INTEGER": 1, "outcome": "none", "value:DOUBLE": 0, "event:BOOLEAN": None}],
        use_day=[
            {"client_id": client, "day:DATE": first + timedelta(n)}
            for client, text in days.items()
            for n, symbol in enumerate(text)
            if symbol == "+"
        ],
        abstinent_span=spans,
        site_start=[{"site": "Harbor", "first_day:DATE": first}],
    )  # fmt: skip
    in_stay = {client: days[client][10 : 10 + length] for client, length in lengths.items()}
    assert times(c, "days_to_first_use") == sorted(
        (client, text.index("+"), True) if "+" in text else (client, text.rindex("-"), False)
        for client, text in in_stay.items()
        if set(text) & set("+-")
    )
    # From a use, over unknown days, to an abstinent day: on to the next use, or to the last abstinent day.
    assert times(c, "days_to_next_use") == sorted(
        (client, text.index("+", n + 1) - n, True) if "+" in text[n + 1 :] else (client, text.rindex("-") - n, False)
        for client, text in in_stay.items()
        for n in range(len(text))
        if re.match(r"\+\?*-", text[n:])
    )


# ── Delayed entry ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sites_data_begin_with_its_first_row_though_it_is_of_a_day_between_two_episodes(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   site
        a         2026-03-02 2026-03-05 Harbor
        a         2026-03-09 .          North
        b         2026-01-05 .          South
        """,
        checkins="""
        client_id checkin_date
        a         2026-03-07
        a         2026-03-10
        b         2026-01-06
        """,
    )
    assert c.rows("site_start", "site, first_day::VARCHAR") == [
        ("Harbor", "2026-03-07"),
        ("North", "2026-03-10"),
        ("South", "2026-01-06"),
    ]


def test_a_stay_that_began_before_the_data_enters_on_their_first_day(clinic):
    """More than 30 days before its site's first row: a check-in looks back 30 days at most."""
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   end_reason site
        early     2026-01-01 2026-03-31 left       Harbor
        exactly   2026-06-01 .          .          Harbor
        late      2026-05-31 .          .          Harbor
        no_row    2026-05-31 .          .          North
        other     2026-03-01 .          .          South
        """,
        checkins="""
        client_id checkin_date used
        exactly   2026-07-01   no
        late      2026-07-05   no
        other     2026-03-10   no
        """,
        sessions="""
        client_id session_date status
        early     2026-01-10   attended
        """,  # of a clinic that had a diary before it had check-ins
    )
    assert c.rows("site_start", "site, first_day::VARCHAR") == [
        ("Harbor", "2026-07-01"),
        ("North", "2026-03-10"),
        ("South", "2026-03-10"),
    ]
    assert times(c, "days_to_leaving", "client_id, time, entered_at") == [
        ("exactly", 125, 0),
        ("late", 126, 31),
        ("no_row", 126, 0),
        ("other", 217, 0),
    ]  # `early` was over before


def test_an_event_before_the_entry_is_not_counted(clinic):
    """A last use long ago, named at the first check-in, is not followed; the next one from the entry on is."""
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date
        again     2026-01-01 .
        on_it     2026-01-01 .
        sober     2026-01-01 .
        """,
        checkins="""
        client_id checkin_date used last_use_date
        again     2026-07-20   yes  2026-02-10
        again     2026-08-10   yes  2026-08-05
        on_it     2026-07-01   yes  2026-07-01
        sober     2026-07-20   yes  2026-02-10
        """,
    )
    columns = "client_id, time, event, entered_at"
    assert times(c, "days_to_first_use", columns) == [
        ("again", 216, True, 181),
        ("on_it", 181, True, 181),
        ("sober", 200, False, 181),
    ]


def test_a_next_use_of_a_late_stay_enters_there_too(clinic):
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date end_date\n a 2026-01-01 .",
        checkins="""
        client_id checkin_date used last_use_date
        a         2026-07-01   yes  2026-06-21
        a         2026-07-10   yes  2026-07-08
        a         2026-07-20   no   .
        """,
    )
    assert times(c, "days_to_next_use", "time, event, entered_at") == [(12, False, 0), (17, True, 10)]


def test_weeks_run_from_admission_too(clinic):
    """The pattern leaves out the 26 weeks before the site's first row; the curve does not, and enters with the 27th."""
    c = clinic(
        "2026-10-04",
        episodes="client_id start_date end_date end_reason\n a 2026-01-05 2026-07-26 left",
        checkins="""
        client_id checkin_date used
        a         2026-07-08   no
        a         2026-07-15   no
        a         2026-07-22   yes
        """,
    )
    assert c.rows("use_pattern", "pattern") == [("_" * 26 + "--+",)]
    assert times(c, "weeks_to_first_use", "time, event, entered_at") == [(29, True, 27)]
    assert times(c, "days_to_first_use", "time, event, entered_at") == [(198, True, 184)]


def test_four_observed_at_day_10_all_used(clinic):
    """Ten whose stays began two years before the data are not at risk then, and the curve is down to 0."""
    old = [((743.0, True), 728.0)] * 10
    new = [((10.0, True), 0.0)] * 4
    observed, entry = zip(*old, *new, strict=True)
    c = clinic("2026-10-04", event_time=followed(list(observed), entry=entry))
    assert curve_of_all(c, "time, entered, at_risk, events, survival, ci_low, ci_high") == [
        (10, 0, 4, 4, 0, 0, 0),
        (743, 10, 10, 10, 0, 0, 0),
    ]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_200_random_cohorts_with_delayed_entry_equal_the_librarys(clinic):
    """The library's entrants are at risk after their entry, ours on it: to it they enter half a unit before."""
    chance = random.Random(11)
    rows, cohorts = [], {}
    for number in range(200):
        site, late = f"S{number:03}", chance.choice([0.1, 0.5, 0.9])
        entry = [float(chance.randint(1, 60)) if chance.random() < late else 0.0 for _ in range(chance.randint(5, 80))]
        event = chance.choice([0.2, 0.7, 1.0])
        observed = [(at + chance.randint(0, 60), chance.random() < event) for at in entry]
        cohorts[site] = (observed, entry)
        rows += followed(observed, site=site, entry=entry)
    c = clinic("2026-10-04")
    names = [name.partition(":")[0] for name in rows[0]]
    columns = zip(*(row.values() for row in rows), strict=True)
    c.give("event_time", pa.table({name: list(values) for name, values in zip(names, columns, strict=True)}))
    found: dict[str, list[tuple[float, ...]]] = {}
    for breakdown, site, *row in c.rows(
        "survival", "breakdown, member, time, entered, at_risk, events, survival, ci_low, ci_high"
    ):
        if breakdown == "site":
            found.setdefault(site, []).append(tuple(row))
    medians = {
        site: median
        for breakdown, site, median in c.rows("survival_median", "breakdown, member, median")
        if breakdown == "site"
    }
    for site, (observed, entry) in cohorts.items():
        entered_at = np.array(entry)
        reference = SurvfuncRight(
            np.array([t for t, _ in observed], float), np.array([e for _, e in observed], float), entry=entered_at - 0.5
        )
        if not len(reference.surv_times):
            assert site not in found
            continue
        time, entered, at_risk, events, survival, low, high = np.array(found[site]).T
        np.testing.assert_array_equal(time, reference.surv_times)
        np.testing.assert_array_equal(at_risk, reference.n_risk)
        np.testing.assert_array_equal(events, reference.n_events)
        np.testing.assert_array_equal(entered, [((entered_at > 0) & (entered_at <= t)).sum() for t in time])
        # Once the curve is 0 it stays there; the library carries on from the last value above it.
        above = np.cumsum(reference.n_events == reference.n_risk) == 0
        np.testing.assert_allclose(survival[above], reference.surv_prob[above], atol=1e-9)
        assert not np.array([survival, low, high])[:, ~above].any()
        s, se = reference.surv_prob[above], reference.surv_prob_se[above]
        width = 1.959963984540054 * se / (s * np.log(s))
        np.testing.assert_allclose(low[above], s ** np.exp(-width), atol=1e-9)
        np.testing.assert_allclose(high[above], s ** np.exp(width), atol=1e-9)
        below = time[survival <= 0.5 + 1e-12]
        assert medians[site] == (below[0] if len(below) else None)


# ── The curves ───────────────────────────────────────────────────────────────────────────────────────────────────────


def followed(
    observed: list[tuple[float, bool]],
    curve: str = "days_to_leaving",
    site: str = "Harbor",
    entry: Sequence[float] | None = None,
) -> list[dict[str, object]]:
    group = {
        "site": site,
        "program": "P",
        "level_of_care": "2.1",
        "primary_addiction": "alcohol",
        "admission_quarter": "2026 Q1",
    }
    return [
        {
            "curve": curve,
            "client_id": f"c{n}",
            "stay:INTEGER": 1,
            "time:DOUBLE": time,
            "event:BOOLEAN": event,
            "entered_at:DOUBLE": entered_at,
            **group,
        }
        for n, ((time, event), entered_at) in enumerate(zip(observed, entry or [0.0] * len(observed), strict=True))
    ]


def curve_of_all(c, columns: str = "time, at_risk, events, survival, ci_low, ci_high") -> list[tuple[float, ...]]:
    return [row[1:] for row in c.rows("survival", f"breakdown, {columns}") if row[0] == "all"]


# Freireich and others 1963: weeks in remission under 6-MP and under placebo, in every textbook since.
SIX_MP = [(t, True) for t in (6, 6, 6, 7, 10, 13, 16, 22, 23)] + [
    (t, False) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
]
PLACEBO = [(t, True) for t in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]


def test_remission_under_6_mp(clinic):
    rows = curve_of_all(clinic("2026-10-04", event_time=followed(SIX_MP)))
    assert [(time, at_risk, events, round(survival, 3)) for time, at_risk, events, survival, _, _ in rows] == [
        (6, 21, 3, 0.857),
        (7, 17, 1, 0.807),
        (10, 15, 1, 0.753),
        (13, 12, 1, 0.690),
        (16, 11, 1, 0.627),
        (22, 7, 1, 0.538),
        (23, 6, 1, 0.448),
    ]
    assert rows[0][4:] == pytest.approx((0.6197, 0.9516), abs=5e-5)


def test_events_come_before_censorings_of_the_same_time(clinic):
    c = clinic("2026-10-04", event_time=followed([(3, True), (3, False), (3, False), (5, True), (5, False)]))
    assert curve_of_all(c, "time, at_risk, events, survival") == [
        (3, 5, 1, pytest.approx(0.8)),
        (5, 2, 1, pytest.approx(0.4)),
    ]


def test_where_the_curve_is_0_its_interval_is_too(clinic):
    c = clinic("2026-10-04", event_time=followed([(0, True), (4, True)]))
    assert [row[3:] for row in curve_of_all(c)][-1] == (0, 0, 0)


def test_a_curve_without_an_event_has_no_row(clinic):
    c = clinic("2026-10-04", event_time=followed([(4, False), (9, False)]))
    assert curve_of_all(c) == []
    assert {row[1:] for row in c.rows("survival_median", "breakdown, followed, events, median, ci_low, ci_high")} == {
        (2, 0, None, None, None)
    }


def test_each_group_has_its_own_curve(clinic):
    rows = followed(SIX_MP, site="Harbor") + followed(PLACEBO, site="North")
    c = clinic("2026-10-04", event_time=rows)
    by_site = [row[1:] for row in c.rows("survival", "breakdown, member, time, at_risk") if row[0] == "site"]
    alone = curve_of_all(clinic("2026-10-04", event_time=followed(PLACEBO)), "time, at_risk")
    assert [row[1:] for row in by_site if row[0] == "North"] == alone
    assert len([row for row in by_site if row[0] == "Harbor"]) == 7
    members = set(c.rows("survival", "breakdown, member"))
    assert members == {
        ("all", "all"),
        ("site", "Harbor"),
        ("site", "North"),
        ("program", "P"),
        ("level_of_care", "2.1"),
        ("primary_addiction", "alcohol"),
        ("admission_quarter", "2026 Q1"),
    }


@pytest.mark.parametrize(("seed", "chance_of_event"), [(0, 0.6), (1, 0.9), (2, 0.2), (3, 1.0), (4, 0.05)])
def test_a_curve_equals_the_librarys(clinic, seed, chance_of_event):
    chance = random.Random(seed)
    observed = [(chance.randint(0, 40), chance.random() < chance_of_event) for _ in range(150)]
    c = clinic("2026-10-04", event_time=followed(observed))
    time, at_risk, events, survival, ci_low, ci_high = np.array(curve_of_all(c)).T
    reference = SurvfuncRight(np.array([t for t, _ in observed], float), np.array([e for _, e in observed], float))
    np.testing.assert_array_equal(time, reference.surv_times)
    np.testing.assert_array_equal(at_risk, reference.n_risk)
    np.testing.assert_array_equal(events, reference.n_events)
    np.testing.assert_allclose(survival, reference.surv_prob, atol=1e-12)
    # The library gives Greenwood's standard error of the survival; the log-log interval follows from it.
    above = reference.surv_prob > 0
    s, se = reference.surv_prob[above], reference.surv_prob_se[above]
    width = 1.959963984540054 * se / (s * np.log(s))
    np.testing.assert_allclose(ci_low[above], s ** np.exp(-width), atol=1e-9)
    np.testing.assert_allclose(ci_high[above], s ** np.exp(width), atol=1e-9)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the library's, of the logarithm of a curve that is 0
@pytest.mark.parametrize("seed", range(6))
def test_a_median_and_its_interval_equal_the_librarys(clinic, seed):
    chance = random.Random(seed)
    observed = [(chance.randint(1, 60), chance.random() < 0.7) for _ in range(101)]
    c = clinic("2026-10-04", event_time=followed(observed))
    (found,) = {row[1:] for row in c.rows("survival_median", "breakdown, followed, events, median, ci_low, ci_high")}
    reference = SurvfuncRight(np.array([t for t, _ in observed], float), np.array([e for _, e in observed], float))
    assert found == (
        101,
        sum(event for _, event in observed),
        reference.quantile(0.5),
        *reference.quantile_ci(0.5),
    )


@pytest.mark.parametrize(
    ("observed", "median"), [(SIX_MP, (21, 9, 23, 13, None)), (PLACEBO, (21, 21, 8, 4, 11))], ids=["6-MP", "placebo"]
)
def test_median_weeks_in_remission(clinic, observed, median):
    c = clinic("2026-10-04", event_time=followed(observed))
    rows = c.rows("survival_median", "breakdown, followed, events, median, ci_low, ci_high")
    assert [row[1:] for row in rows if row[0] == "all"] == [median]
