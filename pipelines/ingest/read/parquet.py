"""Parquet: typed columns, written as an export's text would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ingest.read.reading import BATCH, Batch, Reading, UnreadableError, as_text


def read(path: Path) -> Reading:
    """Open a Parquet file for reading. Raises UnreadableError."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise UnreadableError("is damaged: it is not the kind of file that its name says") from None

    def batches() -> Iterator[Batch]:
        line = 2
        try:
            for batch in file.iter_batches(BATCH):
                yield Batch(
                    [[as_text(value) for value in column.to_pylist()] for column in batch.columns],
                    range(line, line + batch.num_rows),
                )
                line += batch.num_rows
        except (pa.ArrowException, OSError):
            raise UnreadableError("is damaged: its rows cannot be read") from None

    return Reading(tuple(file.schema_arrow.names), batches())
