"""Raises the decline flags, as far as SQL alone cannot: fits them to the clinic, and puts each into a sentence."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from pipelines import build
from pipelines.engine.duckdb import Engine
from pipelines.model import given as given_table
from pipelines.wording.flag_reason import Facts, Sign, reason

# The meetings of the last weeks that count, of clients with too few weeks for a usual level.
_WEEKLY = """
SELECT decline_fact.client_id, decline_fact.week, here.meetings
FROM decline_fact
JOIN involvement_week AS here
    ON decline_fact.client_id = here.client_id
    AND here.week BETWEEN add_days(decline_fact.week, -49) AND decline_fact.week
WHERE decline_fact.short_history AND here.weeks_of > 0
ORDER BY decline_fact.client_id, decline_fact.week, here.week
"""


def load_reasons(engine: Engine, given: set[str]) -> set[str]:
    """Build the facts of the flags and load their sentences (`decline_reason`). Gives the tables that now are there."""
    built = build.build(engine, given=given, only=["decline_fact"])
    weekly: dict[tuple[str, date], list[int]] = defaultdict(list)
    for client, week, meetings in engine.rows(_WEEKLY):
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
    return {*built, "decline_reason"}


def _facts(row: dict[str, Any], weekly: list[int]) -> Facts:
    signs = [
        Sign(row[f"{place}_sign"], row[f"{place}_counted"], row[f"{place}_out_of"], row[f"{place}_usual"])
        for place in ("first", "second")
        if row[f"{place}_sign"] is not None
    ]
    named = ("kind", "usual", "recent", "recent_weeks", "short_history", "agreed", "once_in", "rarer")
    return Facts(**{name: row[name] for name in named}, weekly=weekly, signs=signs)
