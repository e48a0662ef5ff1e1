"""Writing rows to the files of exports as they come, none of them kept."""

from __future__ import annotations

import csv
import errno
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipelines.contract import exports
from pipelines.sample.clinic import Row

# The file by which a folder is known to be a sample's, so that a clinic's own exports are never written over.
MARK = ".sample"
_SAYS = "Exports of a fictional clinic, written by `meshwork sample`. No person in them exists.\n"
# Every so often a row is delivered twice, as exports do.
_TWICE_EVERY = 2500


class Exports:
    """The open files of a folder of exports; attendance goes into one file a quarter."""

    def __init__(self, folder: Path, last_day: date) -> None:
        """Make the folder ready, with an empty file of each export; those of an earlier sample go.

        Raises FileExistsError where the folder holds anything else.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise FileExistsError(errno.EEXIST, "The folder is not empty, and what it holds is no sample", str(folder))
        for old in folder.glob("attendance_*-q?.csv"):
            old.unlink()
        (folder / MARK).write_text(_SAYS, "utf-8", newline="\n")
        self._folder = folder
        self._last_day = last_day
        self._headers = {name: export.header for name, export in exports().items() if export.format == "table"}
        self._files: dict[str, Any] = {}
        self._written = 0
        self._closing = ExitStack()
        for name in self._headers:
            self._file(name, {"meeting_date": last_day})

    def write_all(self, rows: Iterable[Row]) -> None:
        """Write rows; a value that is None, or not given, is left blank."""
        for export, values in rows:
            file, header = self._file(export, values), self._headers[export]
            file.writerow(map(values.get, header))
            self._written += 1
            if self._written % _TWICE_EVERY == 0:
                file.writerow(map(values.get, header))

    def _file(self, export: str, values: dict[str, object]) -> Any:
        name = export
        if export == "attendance":
            day = values["meeting_date"]
            if not isinstance(day, date):
                day = self._last_day
            name = f"attendance_{day.year}-q{(day.month + 2) // 3}"
        if name not in self._files:
            stream = self._closing.enter_context((self._folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            self._files[name] = csv.writer(stream, lineterminator="\n")
            self._files[name].writerow(self._headers[export])
        return self._files[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
