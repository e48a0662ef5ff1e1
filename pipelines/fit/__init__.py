"""Fits the decline flag to a clinic's own weeks: some of its constants, and the scores at which it raises a flag.

The false-alert rate of a threshold is measured, not assumed: each client's weeks are put in an order drawn by lot, and
the flags that this raises are counted (`shuffled_week.sql`). The statistic itself stays in the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from pipelines import build
from pipelines.engine.duckdb import Engine

# So many client-weeks hold about a hundred alerts at one a client-year, which tells the rate to about a fifth.
ENOUGH_CLIENT_WEEKS = 5_000
# The rate of false alerts at which a client is taken to have changed, to be left out: better too many than too few.
WATCHFUL = 2.0

_SQL = Path(__file__).parent


@dataclass(frozen=True)
class Fit:
    """A fit: one row of constants, and a row a rate of false alerts. See decline_fit.sql, decline_fit_threshold.sql."""

    constants: pa.Table
    thresholds: pa.Table


def fitted(engine: Engine, as_of: date) -> Fit | None:
    """The fit to the engine's `care_week` as it was when the quarter of the year began; None where that is too little.

    A quarter's fit follows from the weeks before it alone, so that its flags stay as they are while it lasts.
    """
    fitted_on = date(as_of.year, as_of.month - (as_of.month - 1) % 3, 1)
    weeks = engine.arrow(_query("sample"), {"before": fitted_on})
    with Engine() as own:
        own.load("care_week", weeks)
        if own.value("SELECT count(*) FROM care_week WHERE exposure > 0") < ENOUGH_CLIENT_WEEKS:
            return None
        own.load("decline_choice", pa.table({"false_alerts_per_year": [WATCHFUL], "caseload_share": [1.0]}))
        build.build(own, given={"care_week", "decline_choice"}, only=["week_score"])
        for table in ("unchanged_week", "constants", "shuffled_week"):
            own.run(f"CREATE TABLE {table} AS\n{_query(table)}")
        own.run(
            "CREATE OR REPLACE TABLE decline_fit AS SELECT $fitted_on AS fitted_on, constants.* FROM constants",
            {"fitted_on": fitted_on},
        )
        own.run("CREATE OR REPLACE TABLE care_week AS SELECT * FROM shuffled_week")
        build.build(own, given={"care_week", "decline_fit"}, only=["week_score"])
        return Fit(own.arrow("SELECT * FROM decline_fit"), own.arrow(_query("thresholds")))


def load(engine: Engine, as_of: date) -> set[str]:
    """Fit, and load the fit's tables into the engine, in which `care_week` is built.

    Gives their names; none where the clinic has too few weeks, and then the models' defaults serve.
    """
    fit = fitted(engine, as_of)
    if fit is None:
        return set()
    engine.load("decline_fit", fit.constants)
    engine.load("decline_fit_threshold", fit.thresholds)
    return {"decline_fit", "decline_fit_threshold"}


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
