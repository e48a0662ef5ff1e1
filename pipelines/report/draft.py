"""Drafts: reports as they would be published now, kept in the ledger's folder, so that looking at one again is quick.

A draft holds what the report holds, and nothing of what it withholds. No report depends on it. It is made again as soon
as anything that it depends on has changed; its name stands for that.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from pipelines import own_code, snapshots
from pipelines.home import SNAPSHOTS
from pipelines.report import ledger
from pipelines.report.document import Report

FOLDER = "drafts"


def place(home: Path, month: date, snapshot: str, smallest: int, round_to: int) -> Path | None:
    """Where a month's draft lies; None if the snapshot has no digest to know it by.

    The name follows from the snapshot's bytes, from what was published before, the settings and the code.
    """
    beside = snapshots.digest_file(home / SNAPSHOTS / f"{snapshot}.duckdb")
    if not beside.exists():
        return None
    digest = hashlib.sha256(beside.read_bytes())
    for path in ledger.entries(home):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(repr((snapshot, smallest, round_to, own_code.digest())).encode())
    return home / ledger.FOLDER / FOLDER / f"{month:%Y-%m}-{digest.hexdigest()}.json"


def read(path: Path) -> Report | None:
    """The draft there; None if there is none that can be read."""
    try:
        return ledger.read(path, published_before=False)
    except ledger.LedgerError:
        return None


def keep(path: Path, report: Report) -> None:
    """Keep a draft in place of the month's earlier ones; a home that cannot be written to keeps none."""
    try:
        ledger.write(path, report)
        for other in path.parent.glob(f"{report.month:%Y-%m}-*.json"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError:
        return
