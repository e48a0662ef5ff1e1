"""Are the tables of two cores the same? `python -m benchmarks.core.compare ONE OTHER` prints what differs."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.core import TABLES

NEARLY = 2e-6  # Meshwork rounds the usual to six digits


def differences(one: Path, other: Path) -> list[str]:
    """A sentence for each table that is not the same in the two folders; two empty tables are not the same."""
    found = []
    with duckdb.connect() as con:
        for table, key in TABLES.items():
            here, there = (f"read_parquet('{folder / table}.parquet')" for folder in (one, other))
            columns, others = (
                {name: kind for name, kind, *_ in con.execute(f"DESCRIBE SELECT * FROM {each}").fetchall()}
                for each in (here, there)
            )
            if columns.keys() != others.keys():
                found.append(f"{table} has other columns")
                continue
            unlike = " OR ".join(
                f"abs(here.{name} - there.{name}) > {NEARLY} OR (here.{name} IS NULL) <> (there.{name} IS NULL)"
                if kind == "DOUBLE"
                else f"here.{name} IS DISTINCT FROM there.{name}"
                for name, kind in columns.items()
            )
            rows, differ = con.execute(
                f"SELECT count(*), count(*) FILTER (WHERE {unlike})"
                f" FROM {here} AS here FULL JOIN {there} AS there USING ({', '.join(key)})"
            ).fetchone() or (0, 0)
            if not rows:
                found.append(f"{table} has no rows")
            elif differ:
                found.append(f"{table}: {differ:,} of {rows:,} rows differ")
    return found


if __name__ == "__main__":
    print("\n".join(differences(Path(sys.argv[1]), Path(sys.argv[2]))))
