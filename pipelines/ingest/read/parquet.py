"""Parquet: typed columns, written as an export's text would be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest import bounds
from pipelines.ingest.read.delimited import header_of
from pipelines.ingest.read.reading import BATCH, MARK, Batch, Reading, UnreadableError, as_text, unread

NOT_TEXT = unread("is not written as text (UTF-8)")


def read(path: Path) -> Reading:
    """Open a Parquet file for reading. Raises UnreadableError."""
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError):
        raise UnreadableError("is damaged: it is not the kind of file that its name says") from None
    headers = header_of(schema.names)
    if len(headers) < len(schema.names):
        raise UnreadableError("has columns without a name")
    nested = [name for name, kind in zip(schema.names, schema.types, strict=True) if pa.types.is_nested(kind)]
    if nested:
        raise UnreadableError(f"has a column that holds lists or records, not single values: {', '.join(nested)}")
    groups = (file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups))
    expanded = max(sum(groups), file.metadata.num_rows * len(headers))
    if bounds.expands_too_far(expanded, path.stat().st_size):
        raise UnreadableError(
            f"grows to more than {bounds.EXPANSION} times its size when it is decompressed: no export does"
        )

    def batches() -> Iterator[Batch]:
        line = 2
        with file:
            for batch in file.iter_batches(max(1, min(BATCH, 4_000_000 // max(1, len(headers))))):
                cells = [_texts(column) for column in batch.columns]
                yield Batch(cells, range(line, line + batch.num_rows))
                line += batch.num_rows

    return Reading(headers, batches())


def _texts(column: pa.Array) -> Sequence[str | None]:
    """A column's values as texts; bytes are read as UTF-8, because that is what writers without a text type mean."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    plain = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if plain and not pc.any(pc.match_substring_regex(column, f"[{MARK}\\x00]")).as_py():
        texts: list[str | None] = column.to_pylist()
        return texts
    return [_text(value) for value in column.to_pylist()]


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            return NOT_TEXT
    text = as_text(value)
    return NOT_TEXT if text and (MARK in text or "\0" in text) else text
