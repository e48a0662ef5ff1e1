"""The core of a run, written three times: in plain DuckDB, in pandas, and by Meshwork's own models.

The core: parse and check five exports, drop what a later row of its key replaces, and make four tables of the rest.

- `client_week`: a client in a complete week: days in care, days that count, meetings, check-ins, sessions attended.
- `usual`: a client in a complete week: usual and recent meetings a full week.
- `spell`: a spell of sobriety: its first and last day, its confirmed days, what ended it.
- `caseload`: all clients, and those of a site, in a complete week: how many are in care at its end, and their meetings.

Each module is a process that reads a folder of exports and writes the tables into another as files of Parquet:
`python -m benchmarks.core.in_duckdb EXPORTS OUT`. The two peers assume what holds of the sample: each client has an
episode, and a client's episodes do not overlap.
"""

from pathlib import Path

EXPORTS = ("attendance", "checkins", "sessions", "episodes", "absences")
# Each table and its key.
TABLES = {
    "client_week": ("client_id", "week"),
    "usual": ("client_id", "week"),
    "spell": ("client_id", "start_date"),
    "caseload": ("week", "breakdown", "member"),
}


def files(folder: Path, export: str) -> list[Path]:
    """The files of an export, in the order in which they count."""
    return sorted(folder.glob(f"{export}*.csv"))
