"""The parts of the decline flags that SQL cannot do: carrying over published flags, and writing each one's sentence."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines import fit
from pipelines.build import Step
from pipelines.engine import Builder
from pipelines.engine.duckdb import Engine
from pipelines.model import given as given_table
from pipelines.model import models
from pipelines.wording.flag_reason import Facts, Sign, reason

# The tables that a run takes from the previous snapshot; with their names there, and those where that run looked back.
_CARRIED_OVER = {
    "flag_published": ("decline_flags", "flag_set_aside"),
    "withdrawn_published": ("decline_withdrawn", "withdrawn_set_aside"),
    "week_published": ("client_week", "week_set_aside"),
}


def published(snapshot: Path | None) -> dict[str, pa.Table]:
    """The flags, scored weeks and fits that a run goes on from: those of a snapshot; empty tables without one.

    A run that looked back shows what lies before its as-of date, and set aside what was published before it: the next
    run goes on from that, as if nobody had looked back. What an earlier release did not publish is null, or no rows;
    its fits, of another statistic, are not taken over.
    """
    tables = {name: given_table(name, []) for name in (*_CARRIED_OVER, *fit.TABLES)}
    if snapshot is None:
        return tables
    with Engine(snapshot, read_only=True) as engine:
        found = engine.rows("SELECT table_name, column_name FROM information_schema.columns")
        columns: dict[str, set[str]] = defaultdict(set)
        for table, column in found:
            columns[table].add(column)

        def rows(name: str, source: str) -> pa.Table:
            if source not in columns:
                return given_table(name, [])
            schema = models()[name].schema
            named = ", ".join(each if each in columns[source] else f"NULL AS {each}" for each in schema.names)
            complete = " WHERE complete" if name == "week_published" and "complete" in columns[source] else ""
            return engine.arrow(f"SELECT {named} FROM {source}{complete}").cast(schema)

        set_aside = {name: rows(name, aside) for name, (_, aside) in _CARRIED_OVER.items()}
        if any(table.num_rows for table in set_aside.values()):  # that run looked back
            tables |= set_aside
        else:
            tables |= {name: rows(name, shown) for name, (shown, _) in _CARRIED_OVER.items()}
        if "decline_fit_sign" in columns:
            for name, aside in fit.SET_ASIDE.items():
                tables[name] = pa.concat_tables([rows(name, name), rows(name, aside)])
    return tables


def load_reasons(engine: Builder) -> None:
    """Load the sentence of each flag whose facts the engine holds."""
    weekly: dict[tuple[str, date], list[int]] = defaultdict(list)
    listed = "SELECT client_id, week, meetings FROM decline_fact_week ORDER BY client_id, week, listed_week"
    for client, week, meetings in engine.rows(listed):
        weekly[client, week].append(int(meetings))
    rows = [
        {
            "client_id": fact["client_id"],
            "week": fact["week"],
            "reason": reason(_facts(fact, weekly[fact["client_id"], fact["week"]])),
        }
        for fact in engine.records("SELECT * FROM decline_fact")
    ]
    engine.load("decline_reason", given_table("decline_reason", rows))


REASONS = Step(("decline_reason",), frozenset({"decline_fact", "decline_fact_week"}), load_reasons)


def _facts(row: dict[str, Any], weekly: list[int]) -> Facts:
    signs = [
        Sign(row[f"{place}_sign"], row[f"{place}_counted"], row[f"{place}_out_of"], row[f"{place}_usual"])
        for place in ("first", "second")
        if row[f"{place}_sign"] is not None
    ]
    named = ("kind", "usual", "recent", "recent_weeks", "short_history", "agreed", "once_in", "rarer")
    return Facts(**{name: row[name] for name in named}, weekly=weekly, signs=signs)
