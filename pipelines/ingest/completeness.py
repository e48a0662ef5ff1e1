"""How much of each column the exports fill: a measure that rests on a column nobody fills cannot be known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine


def columns_filled(engine: Engine, exports: Mapping[str, Export]) -> list[dict[str, Any]]:
    """A row for each column of each export in the attached store: how many rows there are, and how many fill it."""
    found = []
    for export in exports.values():
        optional = [column.name for column in export.columns if not column.required]
        counts = ", ".join(["count(*)", *(f"count({name})" for name in optional)])
        total, *filled = engine.rows(f"SELECT {counts} FROM store.{export.name}")[0]
        found += [
            {"export": export.name, "column_name": name, "rows_stored": total, "filled": count}
            for name, count in zip(optional, filled, strict=True)
            if total
        ]
    return found
