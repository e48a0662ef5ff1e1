"""Of several lists of one meeting directory, the one that came last is in force, whatever the files' names are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine
from pipelines.ingest.intake import READ
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import UnreadableError, scan
from pipelines.ingest.read.meeting_guide import source_of


class ListThere(NamedTuple):
    """A list that a run found: the run, its place among the run's files, the file's name, and its digest."""

    run_id: int
    place: int
    file: str
    digest: str


def lists_before(engine: Engine, source: str, export: Export, layout: Layout, run_id: int) -> list[ListThere]:
    """A directory's lists as the runs before this one found them, in the order in which they came into force."""
    rows = engine.rows(
        "SELECT run_id, coalesce(file_number, 0) AS place, file, digest FROM store.files"
        " WHERE export = ? AND status = ? AND run_id < ? ORDER BY run_id, place, file",
        [export.name, READ, run_id],
    )
    return [each for each in map(ListThere._make, rows) if source_of(each.file, layout) == source]


def came_last(lists: Sequence[ListThere]) -> list[ListThere]:
    """Those that the last of the runs found; the one in force is the last."""
    return [each for each in lists if each.run_id == lists[-1].run_id]


def order_of(
    engine: Engine, path: Path, name: str, export: Export, layout: Layout, run_id: int
) -> tuple[int, int, str]:
    """Where a list belongs among those of a run, each of which takes the place of the one before it.

    A list that the last run did not find is new. While nothing is stored yet (the store is being rebuilt), every list
    that any run found has its turn as it did then.
    """
    try:
        digest = scan(path).digest + layout.fingerprint
    except UnreadableError:
        return run_id, 0, name
    lists = lists_before(engine, source_of(name, layout), export, layout, run_id)
    if engine.value(f"SELECT count(*) FROM store.{export.name}"):
        lists = came_last(lists)
    turns = [(each.run_id, each.place, name) for each in lists if each.digest == digest]
    return max(turns, default=(run_id, 0, name))
