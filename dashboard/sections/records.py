"""A list of clients as a file: its name and its first line say which records it has."""

from __future__ import annotations

import io
from collections.abc import Sequence

from dashboard.context import Context
from dashboard.queries.caseload import Client
from pipelines import spreadsheet
from pipelines.wording import freshness, labels

MARK = "Pseudonymised records, not de-identified data. Keep this file as safely as the dashboard."
COLUMNS = (
    "client_id",
    "therapist_id",
    "site",
    "level_of_care",
    "in_care_since",
    "call_first",
    "flag",
    "flag_week",
    "usual",
    "recent",
    "sobriety_status",
    "sober_days",
    "has_sponsor",
    "step",
    "last_session",
    "last_checkin",
)


def as_csv(context: Context, clients: Sequence[Client]) -> str:
    """The clients, one a row, after a line that says what they are and up to which day the data go."""
    out = io.StringIO()
    rows: list[Sequence[object]] = [
        [f"{MARK} {freshness.of_file(context.published.as_of, context.snapshot.number)}"],
        COLUMNS,
    ]
    for client in clients:
        flag = labels.FLAG_KINDS[client.flag_kind] if client.flagged and client.flag_kind else None
        row = {name: getattr(client, name, None) for name in COLUMNS} | {"flag": flag}
        rows.append([row[name] for name in COLUMNS])
    spreadsheet.write(out, rows)
    return out.getvalue()


def file_name(context: Context, what: str) -> str:
    """`caseload_2026-11-01_pseudonymised.csv`."""
    return f"{what}_{context.published.as_of}_pseudonymised.csv"
