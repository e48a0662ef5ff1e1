"""The fit of the flags to a clinic: its budget, the weeks that it leaves out, and how long it is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines import build, fit, model
from pipelines.engine.duckdb import Engine
from pipelines.turns import TURNS
from tests.spec.test_decline import caseload, completed, scored

pytestmark = pytest.mark.slow

FITTED_ON = date(2026, 1, 1)
SQL = Path(fit.__file__).parent


def clinic(table: pa.Table) -> Engine:
    engine = Engine()
    engine.load("care_week", completed(table))
    engine.load("clinic", model.given("clinic", []))
    return engine


def flags_with(table: pa.Table, own: fit.Fit | None, accepted: float = 1.0) -> int:
    """How many flags the fit raises, whatever quarters the weeks lie in."""
    with clinic(table) as engine:
        choice = {"false_alerts_per_year": accepted, "caseload_share": 0.1}
        engine.load("decline_choice", model.given("decline_choice", [choice]))
        given = {"care_week", "decline_choice"}
        for name, rows in (own or {}).items():
            columns = ", ".join(each for each in rows.column_names if each != "fitted_on")
            engine.load("fitted", rows)
            engine.run(
                f"CREATE OR REPLACE TABLE {name} AS SELECT fitted_on, {columns} FROM (SELECT {columns} FROM fitted)"
                " CROSS JOIN (SELECT DISTINCT quarter_of(week) AS fitted_on FROM care_week)"
            )
            given |= {name}
        build.build(engine, given=given, only=["decline_raised"], by_code=[TURNS])
        return int(engine.value("SELECT count(*) FROM decline_raised"))


@pytest.mark.parametrize("all_exports", [False, True])
def test_flags_of_unchanged_clients_keep_to_the_budget(all_exports: bool):
    """Fitted to some clients and measured on others like them; none of these change."""
    seen, _ = caseload(40, clients=700, weeks=52, all_exports=all_exports, stops=False)
    others, _ = caseload(41, clients=700, weeks=52, all_exports=all_exports, stops=False)
    own = fit.fitted(clinic(seen), FITTED_ON)
    years = 700 * 52 / 52.18
    rates = [flags_with(others, own, accepted) / years for accepted in (0.5, 1.0, 2.0)]
    assert 0.3 < rates[0] <= 0.6
    assert 0.75 < rates[1] <= 1.1
    assert 1.4 < rates[2] <= 2.2


@pytest.mark.parametrize("one_in", [6, 2])
def test_clients_who_fall_do_not_drown_the_fit(one_in: int):
    """A sixth of all clients stop, or half, and the thresholds stay near those of a clinic in which nobody does."""
    quiet, _ = caseload(42, clients=700, weeks=52, all_exports=True, stops=False)
    falling, _ = caseload(42, clients=700, weeks=52, all_exports=True, stops=True, one_in=one_in)
    thresholds = []
    for table in (quiet, falling):
        found = fit.fitted(clinic(table), FITTED_ON)
        assert found is not None
        (row,) = [each for each in found["decline_fit_threshold"].to_pylist() if each["false_alerts_per_year"] == 1.0]
        thresholds.append(row)
    for score in ("attendance", "involvement"):
        assert thresholds[1][score] == pytest.approx(thresholds[0][score], abs=0.25)


def test_a_clinic_in_which_half_of_the_clients_fall_gets_about_the_false_alerts_that_it_accepts():
    falling, _ = caseload(40, clients=700, weeks=52, all_exports=True, stops=True, one_in=2)
    others, _ = caseload(41, clients=700, weeks=52, all_exports=True, stops=False)
    assert 0.75 < flags_with(others, fit.fitted(clinic(falling), FITTED_ON)) / (700 * 52 / 52.18) <= 1.1


@pytest.mark.parametrize(
    ("with_signs", "least", "most"),
    [
        (1.0, 0.7, 0.95),  # more often than declared
        (2 / 3, 0.5, 0.75),
        (0.0, 0.2, 0.55),  # a fall of nothing but meetings says little about how signs fall together
    ],
)
def test_a_sign_weighs_as_much_as_it_falls_with_the_others(with_signs: float, least: float, most: float):
    table, _ = caseload(50, clients=700, weeks=52, all_exports=True, stops=True, one_in=2, with_signs=with_signs)
    found = fit.fitted(clinic(table), FITTED_ON)
    assert found is not None
    weights = {row["sign"]: row["weight"] for row in found["decline_fit_sign"].to_pylist()}
    assert [(sign, weights[sign]) for sign in ("active", "checkin", "step") if not least <= weights[sign] <= most] == []


def test_too_few_weeks_are_not_fitted_to():
    """Of 52 weeks the last is not over before the day of the fit."""
    few, _ = caseload(43, clients=fit.ENOUGH_CLIENT_WEEKS // 51, weeks=52, all_exports=True, stops=False)
    enough, _ = caseload(43, clients=fit.ENOUGH_CLIENT_WEEKS // 51 + 1, weeks=52, all_exports=True, stops=False)
    assert fit.fitted(clinic(few), FITTED_ON) is None
    assert fit.fitted(clinic(enough), FITTED_ON) is not None


def test_constants_are_those_of_the_clients():
    """Rates from a gamma of shape 2.2 and mean 2.31, no holidays kept, and burstiness that differs from client to client."""
    table, _ = caseload(44, clients=900, weeks=52, all_exports=False, stops=False)
    found = fit.fitted(clinic(table), FITTED_ON)
    assert found is not None
    (constants,) = found["decline_fit"].to_pylist()
    assert constants["fitted_on"] == date(2026, 1, 1)
    assert constants["meetings_prior"] == pytest.approx(2.2, abs=0.5)
    assert constants["meetings_prior"] / constants["meetings_prior_weeks"] == pytest.approx(2.31, abs=0.25)
    assert constants["holiday_factor"] == pytest.approx(1.0, abs=0.08)
    assert 1.2 < constants["dispersion_prior"] < 1.7
    assert constants["step_down_factor"] is None  # nobody's level of care changes


def test_weeks_whose_attendance_did_not_come_stay_where_they_are():
    table, _ = caseload(46, clients=40, weeks=30, all_exports=True, stops=False)
    gap = sorted(set(table["week"].to_pylist()))[20]
    rows = [row | ({"meetings": 0} if row["week"] == gap else {}) for row in table.to_pylist()]
    engine = scored(pa.Table.from_pylist(rows, schema=table.schema), upto="decline_candidate")
    for name in ("unchanged_week", "shuffled_week"):
        engine.run(f"CREATE TABLE {name} AS {(SQL / f'{name}.sql').read_text('utf-8')}")
    checked = "SELECT client_id, checkins, no_shows FROM {} WHERE week = $gap AND exposure > 0 ORDER BY client_id"
    stayed = engine.rows(checked.format("shuffled_week"), {"gap": gap})
    assert [(client.split(" ")[0], *counts) for client, *counts in stayed] == engine.rows(
        checked.format("unchanged_week"), {"gap": gap}
    )
    assert len(stayed) > 30


def test_shuffling_exchanges_a_clients_weeks_only_with_each_other():
    table, _ = caseload(45, clients=40, weeks=52, all_exports=True, stops=True)
    engine = scored(table, upto="decline_candidate")
    for name in ("unchanged_week", "shuffled_week"):
        engine.run(f"CREATE TABLE {name} AS {(SQL / f'{name}.sql').read_text('utf-8')}")
    counts = ("exposure", "meetings", "active_meetings", "sponsor_contacts", "step_work", "checkins", "no_shows")
    query = f"SELECT client_id, week, is_holiday_week(week), unchanged, {', '.join(counts)}"
    before = engine.rows(f"{query} FROM unchanged_week ORDER BY client_id, week")
    after = engine.rows(
        f"SELECT u.client_id, u.week, is_holiday_week(u.week), unchanged, {', '.join(f's.{c}' for c in counts)}"
        " FROM shuffled_week s JOIN unchanged_week u ON s.client_id = u.client_id || ' ' || u.falls AND s.week = u.week"
        " ORDER BY u.client_id, u.week"
    )
    assert [row[:4] for row in after] == [row[:4] for row in before]
    contents: dict[str, list[Counter]] = defaultdict(lambda: [Counter(), Counter()])
    moved = 0
    for old, new in zip(before, after, strict=True):
        _, _, holidays, unchanged, *_ = old
        if not unchanged:
            assert new[4] == 0  # counts for nothing
        elif holidays:
            assert new == old
        else:
            contents[old[0]][0][old[4:]] += 1
            contents[old[0]][1][new[4:]] += 1
            moved += old != new
    assert all(drawn == dealt for drawn, dealt in contents.values())
    assert moved > len(before) / 3
    assert any(not row[3] for row in before)


def test_each_quarter_keeps_the_fit_to_the_weeks_before_it():
    """The fits are the same with or without later weeks, and whether they are made one by one or all at once."""
    table, _ = caseload(46, clients=250, weeks=52, all_exports=False, stops=False)

    def rows(engine: Engine) -> dict[str, list[tuple]]:
        return {name: engine.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in fit.TABLES}

    early, late, at_once = date(2025, 9, 30), date(2025, 12, 31), clinic(table)
    fit.load(at_once, late)
    first = clinic(table.filter(pc.less_equal(table["week"], pa.scalar(early))))
    fit.load(first, early)
    second = clinic(table)
    fit.load(second, late, {name: first.arrow(f"SELECT * FROM {name}") for name in fit.TABLES})
    assert rows(second) == rows(at_once)
    quarters = [date(2025, 7, 1), date(2025, 10, 1)]
    assert [row[0] for row in rows(at_once)["decline_fit"]] == quarters
    assert [row[0] for row in rows(first)["decline_fit"]] == quarters[:1]
    constants = [row[2:] for row in rows(at_once)["decline_fit"]]
    assert constants[0] != constants[1]


WEEKS = [date(2025, 9, 15), date(2025, 9, 22), date(2025, 9, 29)]


@pytest.mark.parametrize(("before", "fitted_to"), [((2025, 9, 28), 1), ((2025, 9, 29), 2), ((2025, 10, 1), 2)])
def test_only_weeks_that_are_over_before_a_quarter_are_fitted_to(before: tuple[int, int, int], fitted_to: int):
    """A run made on the quarter's first days does not have the week in which it begins; a later run does."""
    with Engine() as engine:
        engine.load("care_week", pa.table({"client_id": ["ann"] * 3, "week": WEEKS}))
        sample = engine.rows((SQL / "sample.sql").read_text("utf-8"), {"before": date(*before)})
    assert sorted(week for _, week in sample) == WEEKS[:fitted_to]


@pytest.mark.parametrize(("enough", "first"), [(2, (2025, 10, 1)), (3, (2026, 1, 1)), (4, None)])
def test_the_first_fit_is_of_the_quarter_before_which_enough_weeks_are_over(enough, first, monkeypatch):
    asked: list[date] = []
    monkeypatch.setattr(fit, "fitted", lambda _, day: asked.append(day))
    monkeypatch.setattr(fit, "ENOUGH_CLIENT_WEEKS", enough)
    with Engine() as engine:
        engine.load("care_week", pa.table({"client_id": ["ann"] * 3, "week": WEEKS, "exposure": [1.0] * 3}))
        fit.load(engine, FITTED_ON)
    assert asked[:1] == ([date(*first)] if first else [])


def test_a_fit_that_an_earlier_run_made_is_not_made_again():
    table, _ = caseload(46, clients=150, weeks=52, all_exports=False, stops=False)
    engine = clinic(table)
    fit.load(engine, date(2025, 12, 31))
    known = {name: engine.arrow(f"SELECT * FROM {name}") for name in fit.TABLES}
    corrected = clinic(table.set_column(7, "meetings", pc.add(table["meetings"], 1)))
    fit.load(corrected, date(2025, 12, 31), known)
    for name in fit.TABLES:
        assert corrected.rows(f"SELECT * FROM {name} ORDER BY ALL") == engine.rows(f"SELECT * FROM {name} ORDER BY ALL")


def test_a_run_that_looks_back_sets_the_fits_of_later_quarters_aside():
    table, _ = caseload(46, clients=150, weeks=52, all_exports=False, stops=False)
    engine = clinic(table)
    fit.load(engine, date(2025, 12, 31))
    known = {name: engine.arrow(f"SELECT * FROM {name}") for name in fit.TABLES}
    back = clinic(table)
    fit.load(back, date(2025, 12, 31) - timedelta(days=92), known)
    for name, aside in fit.SET_ASIDE.items():
        fits = "SELECT * FROM {} WHERE fitted_on {} DATE '2025-10-01' ORDER BY ALL"
        assert engine.rows(f"SELECT * FROM {aside}") == []
        assert back.rows(f"SELECT * FROM {name} ORDER BY ALL") == engine.rows(fits.format(name, "<"))
        assert back.rows(f"SELECT * FROM {aside} ORDER BY ALL") == engine.rows(fits.format(name, ">=")) != []


def test_a_small_clinic_has_no_fit_and_the_defaults_serve():
    table, _ = caseload(47, clients=10, weeks=20, all_exports=False, stops=False)
    engine = clinic(table)
    fit.load(engine, FITTED_ON)
    assert [engine.value(f"SELECT count(*) FROM {name}") for name in fit.TABLES] == [0, 0, 0]
    build.build(engine, given={"care_week", *fit.TABLES}, only=["decline_threshold"])
    assert engine.rows(
        "SELECT DISTINCT attendance FROM decline_threshold WHERE history_from = 13 ORDER BY ALL"
    ) == engine.rows("SELECT attendance FROM decline_threshold_default ORDER BY ALL")


@pytest.mark.parametrize(
    ("accepted", "threshold"),
    [
        # As declared, and between two rates as far as the rate's logarithm.
        (4.0, -0.12),
        (2.0, 0.65),
        (1.0, 1.35),
        (2**0.5, 1.0),
        (0.25, 2.44),
        (0.5**1.5, 2.18),
    ],
)
def test_the_threshold_follows_from_the_rate(accepted: float, threshold: float):
    table, _ = caseload(48, clients=5, weeks=20, all_exports=False, stops=False)
    with clinic(table) as engine:
        choice = {"false_alerts_per_year": accepted, "caseload_share": 0.1}
        engine.load("decline_choice", model.given("decline_choice", [choice]))
        build.build(engine, given={"care_week", "decline_choice"}, only=["week_score"])
        long_history = "SELECT DISTINCT flags_above FROM week_score WHERE history >= 13"
        assert engine.value(long_history) == pytest.approx(threshold, abs=1e-9)


@pytest.mark.parametrize(
    ("weeks", "apart", "changed"),
    [
        (3, 0, []),  # three weeks over the threshold may be chance
        (4, 0, range(6, 16)),  # four are a fall, which began six weeks before it was seen
        (6, 0, range(6, 18)),
        (6, 2, []),  # two runs are not one
    ],
)
def test_a_lasting_fall_is_left_out_from_six_weeks_before_it_is_seen(weeks: int, apart: int, changed: Sequence[int]):
    """The score is over the threshold for so many weeks from the thirteenth on, in two halves if they are apart."""
    mondays = [date(2025, 1, 6) + timedelta(weeks=n) for n in range(30)]
    over = [12 + n + (apart if n >= weeks / 2 else 0) for n in range(weeks)]
    runs = [1 + (n - place > 12) for place, n in enumerate(over)]
    with Engine() as engine:
        engine.load("care_week", pa.table({"client_id": ["c"] * 30, "week": mondays}))
        candidates = {"client_id": ["c"] * weeks, "run": runs, "week": [mondays[n] for n in over]}
        engine.load("decline_candidate", pa.table(candidates))
        rows = engine.rows(
            f"SELECT unchanged, falls FROM ({(SQL / 'unchanged_week.sql').read_text('utf-8')}) ORDER BY week"
        )
    assert [n for n, (unchanged, _) in enumerate(rows) if not unchanged] == list(changed)
    assert [n for n, (_, falls) in enumerate(rows) if falls == 1] == (list(range(6, 30)) if changed else [])


LOWEST = -0.6  # that is offered


@pytest.mark.parametrize(
    ("over", "accepted", "threshold"),
    [
        ([10, 30], 2.0, LOWEST),  # 100 alerts in 57.5 client-years are 1.74 a year
        ([10, 30], 1.0, 2.0),  # only with a higher score are they fewer
        ([10, 15], 1.0, 2.0),
        ([10, 14], 1.0, LOWEST),  # the second comes too soon to be another: 50 alerts are 0.87 a year
        ([10, 11], 1.0, LOWEST),  # it is over still
    ],
)
def test_a_fitted_threshold_keeps_to_the_rate_with_the_default_worth_twenty_alerts(
    over: list[int], accepted: float, threshold: float
):
    """50 clients in their 10th to 69th week, each with a score of 2 in these, and no other sign."""
    with Engine() as engine:
        engine.load("decline_threshold_default", model.models()["decline_threshold_default"].rows())
        engine.run(
            """
            CREATE TABLE week_score AS
            SELECT client_id, 1 AS stay, DATE '2025-01-06' + CAST(7 * n AS INTEGER) AS week, 1 AS exposure, n AS history,
                0 AS signs, CASE WHEN n IN $over THEN 2.0 ELSE -9.0 END AS attendance_score, NULL AS involvement_score
            FROM range(50) AS clients(client_id) CROSS JOIN range(1, 69) AS weeks(n)
            """,
            {"over": over},
        )
        found = engine.rows((SQL / "thresholds.sql").read_text("utf-8"))
        default = engine.value(
            "SELECT attendance FROM decline_threshold_default WHERE false_alerts_per_year = $1", [accepted]
        )
    alerts = accepted * 50 * 60 / 52.18
    expected = pytest.approx((20 * default + alerts * threshold) / (20 + alerts))
    assert (expected, None) in [
        (attendance, involvement) for rate, attendance, involvement in found if rate == accepted
    ]


def test_the_dispersion_of_a_new_client_is_the_root_mean_square_of_the_clients_own():
    table, _ = caseload(49, clients=300, weeks=52, all_exports=False, stops=False)
    with clinic(table) as engine:
        build.build(engine, given={"care_week"}, only=["decline_candidate"])
        for name in ("unchanged_week", "constants"):
            engine.run(f"CREATE TABLE {name} AS {(SQL / f'{name}.sql').read_text('utf-8')}")
        surprises = defaultdict(list)
        for client, counted, expected, out_of, out_of_before in engine.rows(
            """
            SELECT client_id, counted, expected, out_of, out_of_before
            FROM sign_week
            JOIN unchanged_week USING (client_id, week)
            JOIN involvement_week USING (client_id, week)
            WHERE sign = 'meetings' AND unchanged AND falls = 0 AND weeks_of > 0 AND usual_weeks >= 5
            """
        ):
            surprises[client].append((counted - expected) ** 2 / (expected * (1 + out_of / (out_of_before + 1))))
        # The square of the mean of n squares of chance alone is greater than that of what it measures by (n + 2) / n.
        squares = sum(sum(each) ** 2 / (len(each) + 2) for each in surprises.values())
        expected = (squares / sum(map(len, surprises.values()))) ** 0.5
        assert engine.value("SELECT dispersion_prior FROM constants") == pytest.approx(expected, abs=1e-5)
