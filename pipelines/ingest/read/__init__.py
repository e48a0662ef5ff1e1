"""Reading: any file that clinics really send → rows of text, each with its physical line (the header is line 1)."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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

# How many kinds of rows that no layout takes a remark lists with their lines.
KINDS_SHOWN = 5

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx", ".json")


def read(
    path: Path,
    export: Export,
    layout: Layout,
    content: Content | None = None,
    name: str = "",
    beside: Sequence[Layout] | None = (),
) -> Reading:
    """Open a file for reading as an export; `name`: its name within the folder. Raises UnreadableError, also while its
    batches are read: whatever a damaged file makes a reader do, the file is refused and the others go on.

    `beside`: the other layouts by which the file is read, so that the remarks mention rows that none of them takes;
    None if they need not.
    """
    with _refused():
        reading = _opened(path, export, layout, content or scan(path), name or path.name)
    reading = replace(reading, batches=_guarded(reading.batches))
    return _selected(reading, layout, beside) if layout.only or layout.stop_at else reading


def _opened(path: Path, export: Export, layout: Layout, content: Content, name: str) -> Reading:
    suffix = path.name.lower()
    if export.format == "meeting_guide":
        return meeting_guide.read(path, export, layout, content, name)
    # Most deliveries hold neither, and their readers often take longer to load than a delivery takes to read.
    if suffix.endswith(".parquet"):
        from pipelines.ingest.read import parquet

        return parquet.read(path)
    if suffix.endswith(".xlsx"):
        from pipelines.ingest.read import workbook

        return workbook.read(path, export, layout)
    return delimited.read(path, export, layout, content)


@contextmanager
def _refused() -> Iterator[None]:
    """Any error of a reader except a full disk refuses its file; the error's own words may hold values."""
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


def _selected(reading: Reading, layout: Layout, beside: Sequence[Layout] | None) -> Reading:
    """The rows that a profile's `only` and `stop_at` leave; what they pass over is counted in the remarks."""
    places = {normal(header): n for n, header in enumerate(reading.headers)}
    for header in layout.only:
        if normal(header) not in places:
            raise UnreadableError(f"has no column {header}, by which the profile's `only` chooses rows")
    wanted = _wanted(layout, places) or []
    others = [choice for choice in (_wanted(each, places) for each in beside or ()) if choice]

    def batches() -> Iterator[Batch]:
        passed = ended = 0
        from_line = None
        by_none = _TakenByNone()
        for batch in reading.batches:
            rows = list(zip(*batch.cells, strict=True)) if batch.lines else []
            if from_line is None and layout.stop_at:
                from_line = _first_beginning(layout.stop_at, batch, rows)
            chosen = []
            for line, row in zip(batch.lines, rows, strict=True):
                if from_line is not None and line >= from_line:
                    ended += 1
                elif _is_wanted(row, wanted):
                    chosen.append((line, row))
                else:
                    passed += 1
                    if beside is not None and not any(_is_wanted(row, choice) for choice in others):
                        by_none.add(line, tuple(_words(row[place] or "") for place, _ in wanted))
            kept = [broken for broken in batch.broken if from_line is None or broken.line < from_line]
            ended += len(batch.broken) - len(kept)
            columns = list(zip(*(row for _, row in chosen), strict=True)) if chosen else [()] * len(reading.headers)
            yield Batch(columns, [line for line, _ in chosen], kept)
        if passed:
            reading.remarks.append(f"{passed:,} rows passed over, as the profile's `only` says")
        if by_none.rows:
            reading.remarks.append(str(by_none))
        if from_line is not None:
            # The line that ends early is none that is wanted.
            reading.remarks[:] = [remark for remark in reading.remarks if remark != delimited.CUT_SHORT]
            reading.remarks.append(f"{ended:,} rows from line {from_line} on not read, as the profile's `stop_at` says")

    return replace(reading, batches=batches(), regular=None)


_Choice = list[tuple[int, str]]


def _wanted(layout: Layout, places: Mapping[str, int]) -> _Choice | None:
    """Where a layout's `only` looks, each place with the words of a row that is taken; None if one is not there."""
    if not all(normal(header) in places for header in layout.only):
        return None
    return [(places[normal(header)], _words(value)) for header, value in layout.only.items()]


def _is_wanted(row: Sequence[str | None], choice: _Choice) -> bool:
    return all(_words(row[place] or "") == value for place, value in choice)


def _first_beginning(word: str, batch: Batch, rows: Sequence[Sequence[str | None]]) -> int | None:
    """The first line of a batch whose first cell begins so, be it a whole row or one that cannot be divided."""
    firsts = [
        (line, next((cell for cell in row if (cell or "").strip()), "") or "")
        for line, row in zip(batch.lines, rows, strict=True)
    ]
    firsts += [(broken.line, broken.begins) for broken in batch.broken]
    return min((line for line, first in firsts if _words(first).startswith(_words(word))), default=None)


@dataclass
class _TakenByNone:
    """Rows that no layout of the profile takes, by the word that tells their kind: where each kind begins, and how many
    rows it has. The words themselves may be anybody's, and are not repeated.
    """

    rows: int = 0
    kinds: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)

    def add(self, line: int, words: tuple[str, ...]) -> None:
        """Note a row."""
        self.rows += 1
        if words in self.kinds or len(self.kinds) < KINDS_SHOWN:
            first, count = self.kinds.get(words, (line, 0))
            self.kinds[words] = first, count + 1

    def __str__(self) -> str:
        kinds = [
            f"line {first} ({count:,} rows{'' if any(words) else ', blank'})"
            for words, (first, count) in self.kinds.items()
        ]
        other = self.rows - sum(count for _, count in self.kinds.values())
        more = f", and {other:,} rows of other words" if other else ""
        return f"no source of the profile takes {self.rows:,} of them: see {', '.join(kinds)}{more}"


def _words(text: str) -> str:
    return " ".join(text.lower().split())
