"""Reading: any file that clinics really send → rows of text, each with its physical line (the header is line 1)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipelines.contract import Export
from pipelines.ingest.columns import normal
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import delimited, meeting_guide
from pipelines.ingest.read.content import Content, require_unchanged, scan
from pipelines.ingest.read.reading import Batch, Broken, Reading, Regular, UnreadableError, UnreadNowError

__all__ = [
    "SUFFIXES",
    "Batch",
    "Broken",
    "Content",
    "Reading",
    "Regular",
    "UnreadNowError",
    "UnreadableError",
    "read",
    "require_unchanged",
    "scan",
]

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx", ".json")


def read(path: Path, export: Export, layout: Layout, content: Content | None = None, name: str = "") -> Reading:
    """Open a file for reading as an export; `name`: its name within the folder. Raises UnreadableError, also while its
    batches are read: whatever a damaged file makes a reader do, the file is refused and the others go on.
    """
    with _refused():
        reading = _opened(path, export, layout, content or scan(path), name or path.name)
    reading = replace(reading, batches=_guarded(reading.batches))
    return _selected(reading, layout) if layout.only or layout.stop_at else reading


def _opened(path: Path, export: Export, layout: Layout, content: Content, name: str) -> Reading:
    suffix = path.name.lower()
    if export.format == "meeting_guide":
        return meeting_guide.read(path, export, layout, content, name)
    # Most deliveries hold neither, and what reads them takes longer to load than many a delivery to read.
    if suffix.endswith(".parquet"):
        from pipelines.ingest.read import parquet

        return parquet.read(path)
    if suffix.endswith(".xlsx"):
        from pipelines.ingest.read import workbook

        return workbook.read(path, export, layout)
    return delimited.read(path, export, layout, content)


@contextmanager
def _refused() -> Iterator[None]:
    """Any error of a reader, but a full disk, is the refusal of its file; the error's own words may hold values."""
    try:
        yield
    except UnreadableError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        why = f"cannot be read ({error.strerror})" if error.strerror else "is damaged: it cannot be read to its end"
        raise UnreadNowError(why) from None
    except MemoryError:
        raise UnreadNowError("is damaged: it cannot be read to its end (MemoryError)") from None
    except (Exception, RecursionError) as error:
        raise UnreadableError(f"is damaged: it cannot be read to its end ({error.__class__.__name__})") from None


def _guarded(batches: Iterator[Batch]) -> Iterator[Batch]:
    with _refused():
        yield from batches


def _selected(reading: Reading, layout: Layout) -> Reading:
    """The rows that a profile's `only` and `stop_at` leave; what they pass over is counted in the remarks."""
    places = {normal(header): n for n, header in enumerate(reading.headers)}
    for header in layout.only:
        if normal(header) not in places:
            raise UnreadableError(f"has no column {header}, by which the profile's `only` chooses rows")
    wanted = [(places[normal(header)], _words(value)) for header, value in layout.only.items()]

    def batches() -> Iterator[Batch]:
        passed = ended = 0
        from_line = None
        for batch in reading.batches:
            rows = list(zip(*batch.cells, strict=True)) if batch.lines else []
            chosen = []
            for line, row in zip(batch.lines, rows, strict=True):
                first = next((cell for cell in row if (cell or "").strip()), "") or ""
                if from_line is None and layout.stop_at and _words(first).startswith(_words(layout.stop_at)):
                    from_line = line
                if from_line is not None:
                    ended += 1
                elif all(_words(row[place] or "") == value for place, value in wanted):
                    chosen.append((line, row))
                else:
                    passed += 1
            kept = [broken for broken in batch.broken if from_line is None or broken.line < from_line]
            ended += len(batch.broken) - len(kept)
            columns = list(zip(*(row for _, row in chosen), strict=True)) if chosen else [()] * len(reading.headers)
            yield Batch(columns, [line for line, _ in chosen], kept)
        if passed:
            reading.remarks.append(f"{passed:,} rows passed over, as the profile's `only` says")
        if from_line is not None:
            reading.remarks.append(f"{ended:,} rows from line {from_line} on not read, as the profile's `stop_at` says")

    return replace(reading, batches=batches(), regular=None)


def _words(text: str) -> str:
    return " ".join(text.lower().split())
