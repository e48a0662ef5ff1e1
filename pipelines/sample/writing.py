"""Writing rows to the files of exports as they come, none of them kept."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipelines.contract import exports
from pipelines.sample.clinic import Clinic, Row

# Every so often a row is delivered twice, as exports do.
TWICE_EVERY = 2500


class Exports:
    """The open files of a folder of exports; attendance goes into one file a quarter."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, and take away the sample's files of an earlier time."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._headers = {name: export.header for name, export in exports().items() if export.format == "table"}
        for name in self._headers:
            for old in folder.glob(f"{name}*.csv"):
                old.unlink()
        self._files: dict[str, Any] = {}
        self._written = 0
        self._closing = ExitStack()
        for name in self._headers:
            if name != "attendance":
                self._file(name, name)

    def write(self, export: str, row: Row) -> None:
        """Write a row; a value that is None, or not given, is left blank."""
        name = export
        if export == "attendance":
            day = row["meeting_date"]
            assert isinstance(day, date)
            name = f"attendance_{day.year}-q{(day.month + 2) // 3}"
        cells = [row.get(column) for column in self._headers[export]]
        self._file(export, name).writerow(cells)
        self._written += 1
        if self._written % TWICE_EVERY == 0:
            self._file(export, name).writerow(cells)

    def _file(self, export: str, name: str) -> Any:
        if name not in self._files:
            stream = self._closing.enter_context((self._folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            self._files[name] = csv.writer(stream, lineterminator="\n")
            self._files[name].writerow(self._headers[export])
        return self._files[name]

    def write_rows_that_will_be_rejected(self, clinic: Clinic) -> None:
        """The slips of a front desk: each row has something wrong that a person can mend."""
        day = clinic.last_day
        client = clinic.pseudonym(0)
        attendance = f"attendance_{day.year}-q{(day.month + 2) // 3}"
        slips: tuple[tuple[str, str, Row], ...] = (
            ("attendance", attendance, {"client_id": client, "meeting_date": "31/02/2026", "fellowship": "AA"}),
            ("attendance", attendance, {"client_id": client, "meeting_date": day, "fellowship": "Rotary"}),
            ("attendance", attendance, {"client_id": client, "meeting_date": None, "fellowship": "NA"}),
            (
                "attendance",
                attendance,
                {"client_id": client, "meeting_date": day, "fellowship": "AA", "start_time": "25:30"},
            ),
            ("checkins", "checkins", {"client_id": client, "checkin_date": day, "step": 14}),
            ("checkins", "checkins", {"client_id": client, "checkin_date": day, "used": "maybe"}),
            ("sessions", "sessions", {"client_id": client, "session_date": day, "status": None}),
            ("tasks", "tasks", {"client_id": client, "task": "Daily plan", "assigned_on": "2026-09-31"}),
        )
        for export, name, row in slips:
            self._file(export, name).writerow([row.get(column) for column in self._headers[export]])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
