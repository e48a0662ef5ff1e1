"""Which folder is the home: where the store, the snapshots and the journal lie."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "MESHWORK_HOME"
NETWORK = "MESHWORK_HOMES"  # set by the server of a network's dashboard: its homes, as JSON
STORE = "store.duckdb"
JOURNAL = "journal.db"  # where the settings name no database
SNAPSHOTS = "snapshots"
POINTER = "CURRENT"  # names the snapshot in force, and in the folder of Spark's tables those in force
SETTINGS = "settings.toml"
LOCK = "lock"
RUNNING = "running"  # unfinished work
TABLES = "tables"  # what Spark built, in Parquet
KEPT = "kept.duckdb"  # tables of the last run, for the next one to begin with
TASKS = "tasks.toml"  # the clinic's own catalogue of tasks
ACCEPTED_WORDS = "accepted_words.txt"  # words that the clinic says are no names
OF_A_HOME = (POINTER, JOURNAL, SETTINGS, STORE)


def default() -> Path:
    """`$MESHWORK_HOME`; else `var` here, if that is a home; else this user's folder for Meshwork's data.

    `var` must already hold part of a home; otherwise a command that cron starts in `/` would use the system's own
    `/var`.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).absolute()
    here = Path("var").absolute()
    if any((here / name).exists() for name in OF_A_HOME):
        return here
    import platformdirs

    return platformdirs.user_data_path("meshwork", appauthor=False)


def of_a_network() -> list[Path]:
    """The homes of the network whose dashboard is served."""
    return [Path(home) for home in json.loads(os.environ.get(NETWORK, "[]"))]


def as_a_network(homes: Sequence[Path]) -> str:
    """Homes as `of_a_network` reads them."""
    return json.dumps([str(home.absolute()) for home in homes])
