"""The part of the page on the core: each way measured in the same minutes, and their tables compared."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.core import EXPORTS, files
from benchmarks.measure import LONG, TABLE, cost, line

PEERS = {"in_duckdb": "plain DuckDB", "in_pandas": "pandas"}
OURS = "in_meshwork"
WAYS = PEERS | {OURS: "Meshwork: read, gate, check, keep in the store, build"}
TEXT = """
## The core, three times

What is at the heart of a run: parse and check five exports, drop what a later row replaces, and make of the rest the
weeks of each client, usual and recent meetings, spells of sobriety and the caseload by week. `benchmarks/core` does it
as one would by hand, in plain DuckDB and in pandas, and with Meshwork's own models. All face the same physics: the same
bytes to parse, the same keys to compare, the same windows to run over. Their tables are compared row by row in each
benchmark, and are the same. Meshwork also looks for identifiers, keeps of each row where it came from, says why one was
rejected, reads other layouts, and makes tables with more columns.
"""


def lines(clinic_exports: Path) -> list[str]:
    """The table of a folder of exports. Raises RuntimeError where two ways make different tables."""
    with TemporaryDirectory() as name:
        folder, out = Path(name) / "exports", Path(name)
        folder.mkdir()
        for path in (path for export in EXPORTS for path in files(clinic_exports, export)):
            shutil.copyfile(path, folder / path.name)
        floors = [cost("-m", "benchmarks.floor", folder) for _ in range(LONG)]
        floor = min(each.seconds for each in floors)
        for way in WAYS:
            (out / way).mkdir()
        rows = [
            line(what, [cost("-m", f"benchmarks.core.{way}", folder, out / way) for _ in range(LONG)], floor)
            for way, what in WAYS.items()
        ]
        for peer, what in PEERS.items():
            if unlike := cost("-m", "benchmarks.core.compare", out / peer, out / OURS).printed.strip():
                raise RuntimeError(f"{what} and Meshwork make different tables. {unlike}")
    return [TEXT, TABLE, line("floor: every value of the five read as text", floors, floor), *rows]
