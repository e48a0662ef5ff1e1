"""The floor of a run: the engine reads every value of every CSV file of a folder as text, and does nothing with it.

`python -m benchmarks.floor FOLDER` prints how many rows there are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.engine.duckdb import Engine


def parse_everything(folder: Path) -> int:
    """How many rows the CSV files of a folder hold, each value of which is read."""
    rows = 0
    with Engine() as engine:
        for path in sorted(folder.glob("*.csv")):
            columns = ", ".join(f"max({name})" for name in path.open(encoding="utf-8").readline().strip().split(","))
            query = f"SELECT count(*), {columns} FROM read_csv('{path}', header = true, all_varchar = true)"
            rows += engine.rows(query)[0][0]
    return rows


if __name__ == "__main__":
    print(parse_everything(Path(sys.argv[1])))
