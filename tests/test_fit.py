"""The fit of the flags to a clinic: what it keeps to, what it leaves alone, and how long it is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines import build, fit
from pipelines.engine.duckdb import Engine
from tests.spec.test_decline import caseload, scored

pytestmark = pytest.mark.slow

AS_OF = date(2026, 1, 4)
SQL = Path(fit.__file__).parent


def clinic(table: pa.Table) -> Engine:
    engine = Engine()
    if "stated_meetings" not in table.column_names:
        table = table.append_column("stated_meetings", table["meetings"])
    engine.load("care_week", table)
    return engine


def flags_with(table: pa.Table, own: fit.Fit | None, accepted: float = 1.0) -> int:
    with clinic(table) as engine:
        engine.load("decline_choice", pa.table({"false_alerts_per_year": [accepted], "caseload_share": [0.1]}))
        given = {"care_week", "decline_choice"}
        if own is not None:
            engine.load("decline_fit", own.constants)
            engine.load("decline_fit_threshold", own.thresholds)
            given |= {"decline_fit", "decline_fit_threshold"}
        build.build(engine, given=given, only=["decline_flags"])
        return int(engine.value("SELECT count(*) FROM decline_flags"))


@pytest.mark.parametrize("all_exports", [False, True])
def test_flags_of_unchanged_clients_keep_to_the_budget(all_exports: bool):
    """Fitted to some clients and measured on others like them, of whom none changes."""
    seen, _ = caseload(40, clients=700, weeks=52, all_exports=all_exports, stops=False)
    others, _ = caseload(41, clients=700, weeks=52, all_exports=all_exports, stops=False)
    own = fit.fitted(clinic(seen), AS_OF)
    years = 700 * 52 / 52.18
    rates = [flags_with(others, own, accepted) / years for accepted in (0.5, 1.0, 2.0)]
    assert 0.3 < rates[0] <= 0.6
    assert 0.75 < rates[1] <= 1.1
    assert 1.4 < rates[2] <= 2.2


def test_clients_who_fall_do_not_drown_the_fit():
    """A sixth of all clients stop, and the thresholds stay near those of a clinic in which nobody does."""
    quiet, _ = caseload(42, clients=700, weeks=52, all_exports=True, stops=False)
    falling, _ = caseload(42, clients=700, weeks=52, all_exports=True, stops=True)
    thresholds = []
    for table in (quiet, falling):
        found = fit.fitted(clinic(table), AS_OF)
        assert found is not None
        (row,) = [each for each in found.thresholds.to_pylist() if each["false_alerts_per_year"] == 1.0]
        thresholds.append(row)
    for score in ("attendance", "involvement"):
        assert thresholds[1][score] == pytest.approx(thresholds[0][score], abs=0.25)


def test_too_few_weeks_are_not_fitted_to():
    few, _ = caseload(43, clients=fit.ENOUGH_CLIENT_WEEKS // 52, weeks=52, all_exports=True, stops=False)
    enough, _ = caseload(43, clients=fit.ENOUGH_CLIENT_WEEKS // 52 + 1, weeks=52, all_exports=True, stops=False)
    assert fit.fitted(clinic(few), AS_OF) is None
    assert fit.fitted(clinic(enough), AS_OF) is not None


def test_constants_are_those_of_the_clients():
    """Rates from a gamma of shape 2.2 and mean 2.31, no holidays kept, and burstiness that differs from client to client."""
    table, _ = caseload(44, clients=900, weeks=52, all_exports=False, stops=False)
    found = fit.fitted(clinic(table), AS_OF)
    assert found is not None
    (constants,) = found.constants.to_pylist()
    assert constants["fitted_on"] == date(2026, 1, 1)
    assert constants["meetings_prior"] == pytest.approx(2.2, abs=0.5)
    assert constants["meetings_prior"] / constants["meetings_prior_weeks"] == pytest.approx(2.31, abs=0.25)
    assert constants["holiday_factor"] == pytest.approx(1.0, abs=0.08)
    assert 1.2 < constants["dispersion_prior"] < 1.7
    assert constants["step_down_factor"] is None  # nobody's level of care changes


def test_lots_exchange_a_clients_weeks_among_themselves():
    table, _ = caseload(45, clients=40, weeks=52, all_exports=True, stops=True)
    engine = scored(table, upto="week_score")
    for name in ("unchanged_week", "shuffled_week"):
        engine.run(f"CREATE TABLE {name} AS {(SQL / f'{name}.sql').read_text('utf-8')}")
    counts = ("exposure", "meetings", "active_meetings", "sponsor_contacts", "step_work", "checkins", "no_shows")
    query = f"SELECT client_id, week, is_holiday_week(week), unchanged, {', '.join(counts)}"
    before = engine.rows(f"{query} FROM unchanged_week ORDER BY client_id, week")
    after = engine.rows(
        f"SELECT client_id, week, is_holiday_week(week), unchanged, {', '.join(f's.{c}' for c in counts)}"
        " FROM shuffled_week s JOIN unchanged_week u USING (client_id, week) ORDER BY client_id, week"
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


def test_a_fit_holds_for_a_quarter_of_the_year():
    """Of the weeks from 6 January 2025 on, those before the quarter tell; later ones, there or not, change nothing."""
    table, _ = caseload(46, clients=250, weeks=52, all_exports=False, stops=False)
    fits = {}
    for day in (date(2025, 7, 1), date(2025, 9, 30), date(2025, 10, 1), date(2025, 12, 31)):
        known = table.filter(pc.less_equal(table["week"], pa.scalar(day)))
        for weeks in (table, known):
            found = fit.fitted(clinic(weeks), day)
            assert found is not None
            fits.setdefault(day, []).append(
                (found.constants.to_pylist(), sorted(map(str, found.thresholds.to_pylist())))
            )
    third, same_third, fourth, same_fourth = fits.values()
    assert third[0] == third[1] == same_third[0] == same_third[1]
    assert fourth[0] == fourth[1] == same_fourth[0] == same_fourth[1]
    assert third[0] != fourth[0]
    assert third[0][0][0]["fitted_on"] == date(2025, 7, 1)


def test_a_small_clinic_has_no_fit_and_the_defaults_serve():
    table, _ = caseload(47, clients=10, weeks=20, all_exports=False, stops=False)
    engine = clinic(table)
    assert fit.load(engine, AS_OF) == set()
    build.build(engine, given={"care_week"}, only=["decline_threshold"])
    assert engine.rows("SELECT attendance FROM decline_threshold ORDER BY ALL") == engine.rows(
        "SELECT attendance FROM decline_threshold_default ORDER BY ALL"
    )


@pytest.mark.parametrize(
    ("accepted", "threshold"),
    [
        # As declared, and between two rates as far as the rate's logarithm.
        (4.0, 0.60),
        (2.0, 1.00),
        (1.0, 1.38),
        (2**0.5, 1.19),
        (0.25, 2.50),
        (0.5**1.5, 2.225),
    ],
)
def test_the_threshold_follows_from_the_rate(accepted: float, threshold: float):
    table, _ = caseload(48, clients=5, weeks=20, all_exports=False, stops=False)
    with clinic(table) as engine:
        engine.load("decline_choice", pa.table({"false_alerts_per_year": [accepted], "caseload_share": [0.1]}))
        build.build(engine, given={"care_week", "decline_choice"}, only=["week_score"])
        assert engine.value("SELECT min(flags_above) FROM week_score") == pytest.approx(threshold, abs=1e-9)
