"""Fits the decline flag to a clinic's own weeks: some of its constants, and the scores at which it raises a flag.

Each quarter of the year has a fit of its own, made from the weeks that are over before it, and keeps it. The
false-alert rate of a threshold is measured, not assumed: each client's weeks are shuffled, and the flags that are then
raised are counted (`shuffled_week.sql`). The statistic itself stays in the models.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from pipelines import arrays, build
from pipelines.engine import Builder
from pipelines.engine.duckdb import Engine
from pipelines.model import given, models

# This many client-weeks hold about a hundred alerts at one per client-year, which gives the rate to about a fifth.
ENOUGH_CLIENT_WEEKS = 5_000
# The rate of false alerts at which a client is assumed to have changed, and left out: better too many than too few.
WATCHFUL = 2.0
# The tables that make up a fit; a row of each belongs to the quarter that begins on `fitted_on`.
TABLES = ("decline_fit", "decline_fit_threshold", "decline_fit_sign")
# Those that hold the rows of quarters after the as-of date, which a run with a later date made.
SET_ASIDE = {name: f"{name}_set_aside" for name in TABLES}

_SQL = Path(__file__).parent

Fit = Mapping[str, pa.Table]


def quarter_after(day: date) -> date:
    """The first day of the next quarter."""
    months = (day.month - 1) // 3 * 3 + 3
    return date(day.year + months // 12, months % 12 + 1, 1)


def fitted(engine: Builder, fitted_on: date) -> Fit | None:
    """The fit to the weeks of the engine's `care_week` that are over before that day; None if there are too few."""
    with Engine(at_once=True) as own:
        own.load("care_week", engine.arrow(_query("sample"), {"before": fitted_on}))
        if own.value("SELECT count(*) FROM care_week WHERE exposure > 0") < ENOUGH_CLIENT_WEEKS:
            return None
        choice = {"false_alerts_per_year": WATCHFUL, "caseload_share": 1.0}
        own.load("decline_choice", given("decline_choice", [choice]))
        own.load("clinic", engine.arrow("SELECT * FROM clinic"))
        built = build.build(own, given={"care_week", "decline_choice", "clinic"}, only=["decline_candidate"])
        for table in ("unchanged_week", "constants", "sign_weight", "shuffled_week"):
            own.run(f"CREATE TABLE {table} AS\n{_query(table)}")
        # The fit's own weeks lie before its quarter; to measure the thresholds they are scored with it all the same.
        quarters = "(SELECT DISTINCT quarter_of(week) AS fitted_on FROM care_week)"
        _load_as(own, "decline_fit", f"SELECT * FROM {quarters} CROSS JOIN constants")
        _load_as(own, "decline_fit_sign", f"SELECT * FROM {quarters} CROSS JOIN sign_weight")
        own.run("CREATE OR REPLACE TABLE care_week AS SELECT * FROM shuffled_week")
        declared = {name for name in built if not models()[name].is_query}
        build.build(own, given={"care_week", *declared}, only=["week_score"])
        whole = {
            "decline_fit": "SELECT * FROM constants",
            "decline_fit_threshold": _query("thresholds"),
            "decline_fit_sign": "SELECT * FROM sign_weight",
        }
        return {
            name: own.arrow(
                f"SELECT CAST($fitted_on AS DATE) AS fitted_on, * FROM ({query})", {"fitted_on": fitted_on}
            ).select(models()[name].schema.names)
            for name, query in whole.items()
        }


def load(engine: Builder, as_of: date, known: Fit | None = None) -> None:
    """Load the fits of all quarters up to the as-of date into the engine, in which `care_week` is built.

    `known`: the fits of quarters that an earlier run made. They stay as they are; those of later quarters are set
    aside.
    """
    fits = [known] if known else []
    done = {day for fit in fits for day in fit["decline_fit"]["fitted_on"].to_pylist()}
    enough = engine.value(_query("enough"), {"weeks": ENOUGH_CLIENT_WEEKS})
    quarter = quarter_after(enough + timedelta(days=6) if enough else as_of)
    while quarter <= as_of:
        if quarter not in done:
            fit = fitted(engine, quarter)
            fits += [fit] if fit else []
        quarter = quarter_after(quarter)
    for name, aside in SET_ASIDE.items():
        rows = pa.concat_tables([given(name, []), *(fit[name] for fit in fits)])
        later = [day > as_of for day in rows["fitted_on"].to_pylist()]
        engine.load(name, rows.filter(arrays.column((not each for each in later), pa.bool_())))
        engine.load(aside, rows.filter(arrays.column(later, pa.bool_())))


def step(as_of: date, known: Fit | None = None) -> build.Step:
    """The step of a build that loads the fits."""
    return build.Step(
        (*TABLES, *SET_ASIDE.values()), frozenset({"care_week", "clinic"}), lambda engine: load(engine, as_of, known)
    )


def _load_as(engine: Engine, table: str, query: str) -> None:
    columns = ", ".join(models()[table].schema.names)
    engine.run(f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM ({query})")


def _query(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
