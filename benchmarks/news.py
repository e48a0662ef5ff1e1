"""A day's news, held back from exports to be delivered later: so many of the rows, of a tenth of the clients.

`python -m benchmarks.news EXPORTS INTO PARTS` moves the rows of each part into a folder of its own, `INTO/0` and so on;
no client is in two of them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

SHARE, ONE_IN = 0.003, 10  # of all rows; of the clients
DATED = ("attendance", "checkins", "sessions")  # whose first two columns are the client and the day


def hold_back(exports: Path, into: Path, parts: int) -> None:
    """Move the latest rows of the first tenth of the clients into the first part, of the next into the second."""
    files = {path: path.read_text("utf-8").splitlines(keepends=True) for path in sorted(exports.glob("*.csv"))}
    wanted = round(SHARE * sum(len(lines) - 1 for lines in files.values()))
    dated = {path: lines for path, lines in files.items() if path.name.startswith(DATED)}
    by_client = defaultdict(list)
    for path, lines in dated.items():
        for n, row in enumerate(lines[1:], start=1):
            client, day, _ = row.split(",", 2)
            by_client[client].append((day, path, n))
    clients = sorted(by_client)
    taken = defaultdict(set)
    for part in range(parts):
        rows = sorted((row for client in clients[part::ONE_IN] for row in by_client[client]), reverse=True)[:wanted]
        _deliver(into / str(part), dated, [(path, n) for _, path, n in sorted(rows)])
        for _, path, n in rows:
            taken[path].add(n)
    for path, places in taken.items():
        path.write_text("".join(row for n, row in enumerate(files[path]) if n not in places), "utf-8")


def _deliver(folder: Path, files: dict[Path, list[str]], rows: list[tuple[Path, int]]) -> None:
    folder.mkdir(parents=True)
    for export in DATED:
        its = [files[path][n] for path, n in rows if path.name.startswith(export)]
        header = next(lines[0] for path, lines in files.items() if path.name.startswith(export))
        (folder / f"{export}_news{folder.name}.csv").write_text("".join([header, *its]), "utf-8")


if __name__ == "__main__":
    hold_back(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
