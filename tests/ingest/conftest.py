"""A folder of exports as a clinic would send it, and the rows that a run takes in from it."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import layout, store
from pipelines.ingest.dictionary import Dictionary
from pipelines.ingest.folder import take_in
from pipelines.ingest.intake import FileCount, Intake

TODAY = date(2026, 11, 23)

# The smallest folder that a run accepts; a test replaces or adds files.
SMALLEST = {
    "attendance.csv": "client_id,meeting_date,fellowship\nAB-1,2026-10-05,AA\n",
    "checkins.csv": "client_id,checkin_date\nAB-1,2026-10-05\n",
}


@dataclass
class Desk:
    """Files in, counts and stored rows out; every `take` is a run of its own."""

    folder: Path
    engine: Engine
    runs: int = 0
    intakes: list[Intake] = field(default_factory=list)

    def lay(self, files: dict[str, str | bytes], *, smallest: bool = True) -> Desk:
        """Put files into the folder, `.gz` ones compressed."""
        for name, content in ({**SMALLEST, **files} if smallest else files).items():
            raw = content.encode() if isinstance(content, str) else content
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(raw) if name.endswith(".gz") and isinstance(content, str) else raw)
        return self

    def take(self, *, profile: str | None = None, as_of: date | None = None, words: Collection[str] = ()) -> Intake:
        """Take the folder in. `words`: those that the clinic accepts."""
        self.runs += 1
        declared = exports()
        mapping = layout.Profile()
        if profile is not None:
            path = self.folder.parent / "profile.toml"
            path.write_text(profile, "utf-8")
            mapping = layout.load(path, declared)
        dictionary = Dictionary(frozenset(words))
        intake = take_in(
            self.engine,
            self.folder,
            declared,
            mapping,
            run_id=self.runs,
            today=TODAY,
            as_of=as_of,
            dictionary=dictionary,
        )
        self.intakes.append(intake)
        for count in intake.files:
            assert count.rows_read == count.accepted + count.known + count.rejected, count
        return intake

    def count(self, file: str) -> FileCount:
        """The outcome of a file in the last run."""
        return next(count for count in self.intakes[-1].files if count.file == file)

    def stored(self, export: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """The columns of an export's stored rows, in their order."""
        return self.engine.rows(f"SELECT {columns} FROM store.{export} WHERE {where} ORDER BY {columns}")

    def reasons(self) -> list[tuple[str, int, str | None, str]]:
        """The rejected rows: file, line, column, reason."""
        return self.engine.rows("SELECT file, line, column_name, reason FROM store.rejected_rows ORDER BY file, line")


def a_desk(place: Path) -> Desk:
    """A desk with an empty folder and an empty store."""
    folder = place / "exports"
    folder.mkdir()
    engine = Engine()
    store.open_in(engine, exports())
    return Desk(folder, engine)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk(tmp_path)


@pytest.fixture
def as_xlsx() -> Callable[[list[list[Any]]], bytes]:
    """A workbook's bytes from rows of cells; a cell (value, number format) is formatted."""
    import openpyxl

    def written(rows: list[list[Any]]) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row, 1):
                cell = sheet.cell(r, c)
                if isinstance(value, tuple):
                    cell.value, cell.number_format = value
                else:
                    cell.value = value
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return written
