"""How far a viewer sees into a snapshot, and the views through which the viewer's queries see it.

This is the one place where rows are kept from a viewer. A query names tables, and finds under these names only what the
viewer may see; it cannot reach the tables themselves. So no page, link, chart, list or cached answer has to remember to
check: what is out of reach is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.engine.duckdb import Engine

# Tables that hold nothing about clients: what words mean, what was declared, which runs there were.
REFERENCE = frozenset(
    {
        *(
            "built",
            "client_measures",
            "clinic",
            "coverage_week",
            "decline_fit",
            "decline_fit_set_aside",
            "decline_fit_sign",
            "decline_fit_sign_set_aside",
            "decline_fit_threshold",
            "decline_fit_threshold_set_aside",
            "decline_setting",
            "decline_threshold",
            "files",
            "site_week",
        ),
        *("measures", "meeting_type", "outcome_library", "rules", "runs", "survival_curves", "task_catalogue"),
    }
)
# Tables of groups of clients.
GROUPS = frozenset(
    {
        *("caseload_month", "caseload_week", "caseload_window", "control_point", "event_count"),
        *("flag_response_group", "pathway", "sponsor_landmark", "survival", "survival_median", "survival_test"),
    }
)
# For a clinic in a network: these tables, of all its clients together, and what they mean.
WHOLE = frozenset({"caseload_window", "control_point"})
ABOUT_WHOLE = frozenset({"clinic", "decline_setting", "measures", "runs"})
# Which rows of the clinic's own files were rejected, and how far columns are filled.
LEDGERS = frozenset({"rejected_rows", "column_filled"})
# What is counted about clients whom the viewer may not see singly; all other columns are null, and ids are replaced.
COUNTED: Mapping[str, frozenset[str]] = {
    "client_now": frozenset(
        {
            *("therapist_id", "site", "sobriety_status", "sobriety_band"),
            *("pda_90", "pda_90_low", "pda_90_high", "known_90"),
        }
    ),
    "client_week": frozenset({"week", "site", "program", "level_of_care"}),
    "flag_response": frozenset({"still_open"}),
    "reassessment": frozenset({"state", "window_closes"}),
    "outreach": frozenset(),
}


@dataclass(frozen=True)
class Reach:
    """Whose rows a viewer sees; the default is nobody's.

    `everything`: if nobody signs in. `therapists`: the clients who have, or last had, one of these (`unknown`: of
    none). `client_ids`: these clients. `groups`: tables of groups of clients. `counted`: clients as nameless rows to be
    counted. `ledgers`: rows that were not taken. `whole`: for a clinic in a network, the figures of all clients
    together, and nothing else.
    """

    everything: bool = False
    therapists: tuple[str, ...] = ()
    client_ids: tuple[str, ...] = ()
    groups: bool = False
    counted: bool = False
    ledgers: bool = False
    whole: bool = False


EVERYTHING = Reach(everything=True)
A_WHOLE_CLINIC = Reach(whole=True)

_OF_THERAPISTS = """
    SELECT client_id
    FROM (
        SELECT client_id, therapist_id, DATE '9999-12-31' AS until FROM published.client_now
        UNION ALL
        SELECT client_id, therapist_id, week FROM published.client_week
    )
    GROUP BY client_id
    HAVING list_contains($therapists, max_by(coalesce(therapist_id, 'unknown'), until))
    UNION
    SELECT unnest($client_ids)
"""


def opened(snapshot: Path, reach: Reach) -> Engine:
    """The snapshot as far as the viewer sees it, to be read by several threads. Raises EngineError."""
    if reach.everything:
        return Engine(snapshot, sealed=True)
    engine = Engine()
    engine.attach(snapshot, "published", read_only=True)
    within = {"therapists": list(reach.therapists), "client_ids": list(reach.client_ids)}
    if not reach.whole:
        engine.run(f"CREATE TABLE within_reach AS {_OF_THERAPISTS}", within)
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in engine.rows(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'published'"
        " ORDER BY table_name, column_index"
    ):
        tables.setdefault(table, {})[column] = kind
    for table, columns in tables.items():
        engine.run(f"CREATE VIEW {table} AS {_seen(table, columns, reach)}")
    engine.seal()
    return engine


def _seen(table: str, columns: Mapping[str, str], reach: Reach) -> str:
    """The query for what is seen of a table. Nobody sees a table that this module does not know."""
    source = f"FROM published.{table}"
    if reach.whole:
        if table in WHOLE:
            return f"SELECT * {source} WHERE breakdown = 'all'"
        return f"SELECT * {source}" if table in ABOUT_WHOLE else _nothing(source)
    if "client_id" in columns:
        if reach.counted:
            return f"SELECT {_counted(columns, COUNTED[table])} {source}" if table in COUNTED else _nothing(source)
        return f"SELECT * {source} WHERE client_id IN (SELECT client_id FROM within_reach)"
    if table in REFERENCE:
        return f"SELECT *, rowid {source}"  # some are read in the order in which they were declared
    if (table in GROUPS and reach.groups) or (table in LEDGERS and reach.ledgers):
        return f"SELECT * {source}"
    return _nothing(source)


def _nothing(source: str) -> str:
    return f"SELECT * {source} WHERE false"


def _counted(columns: Mapping[str, str], kept: frozenset[str]) -> str:
    def seen(column: str, kind: str) -> str:
        if column == "client_id":
            return "'client ' || rowid AS client_id"
        return column if column in kept else f"CAST(NULL AS {kind}) AS {column}"

    return ", ".join(seen(column, kind) for column, kind in columns.items())
