"""Reading: any file that clinics really send → rows of text, each with its physical line (the header is line 1)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.contract import Export
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import delimited, meeting_guide, parquet, workbook
from pipelines.ingest.read.delimited import normal
from pipelines.ingest.read.reading import Batch, Broken, Reading, UnreadableError, damage_told, open_bytes

__all__ = ["SUFFIXES", "Batch", "Broken", "Reading", "UnreadableError", "digest", "normal", "read"]

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx", ".json")


def digest(path: Path) -> str:
    """What a file is known by: the SHA-256 of its content, decompressed. Raises UnreadableError."""
    found = hashlib.sha256()
    with open_bytes(path) as stream, damage_told():
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def read(path: Path, export: Export, layout: Layout) -> Reading:
    """Open a file for reading as an export. Raises UnreadableError, also while its batches are read."""
    name = path.name.lower()
    if export.format == "meeting_guide":
        return meeting_guide.read(path, export)
    if name.endswith(".parquet"):
        return parquet.read(path)
    if name.endswith(".xlsx"):
        return workbook.read(path)
    return delimited.read(path, export, layout)
