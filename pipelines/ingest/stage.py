"""The rows of a file, as text, in the table `raw` of an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import Broken, Reading, UnreadableError


def require_columns(export: Export, layout: Layout, places: Mapping[str, int], reading: Reading) -> None:
    """Raises UnreadableError where a column that the export needs is not there, or one that is read is there twice."""
    missing = [
        layout.columns.get(column.name, column.name)
        for column in export.columns
        if column.required and column.name not in places and column.name not in layout.constants
    ]
    if missing:
        # Without its columns the first line may be no header at all: its words are not repeated.
        raise UnreadableError(f"has no column {', '.join(missing)} in its first line")
    taken = [layout.columns.get(name, name) for name in places]
    for name, place in zip(taken, places.values(), strict=True):
        twice = [n for n, header in enumerate(reading.headers) if header.lower() == reading.headers[place].lower()]
        if len(twice) > 1:
            raise UnreadableError(f"has the column {name} twice")


def stage(engine: Engine, reading: Reading, progress: Callable[[int], None] = lambda rows: None) -> list[Broken]:
    """Put the rows into `raw`: `line`, `c0`, `c1`, … in the order of the headers. Gives the broken rows between them.

    `progress` hears how many rows have been read. Raises UnreadableError.
    """
    columns = ", ".join(f"c{n} VARCHAR" for n in range(len(reading.headers)))
    engine.run(f"CREATE OR REPLACE TABLE raw (line BIGINT, {columns})")
    broken: list[Broken] = []
    rows = 0
    for batch in reading.batches:
        engine.append("raw", batch.table())
        broken += batch.broken
        rows += len(batch.lines)
        progress(rows)
    return broken
