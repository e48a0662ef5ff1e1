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
# Where the outreach journal lies in the folder; a run reads no folders in that of the exports.
JOURNAL = Path("journal") / "outreach.csv"
# Every so often a row is delivered twice, as exports do.
_TWICE_EVERY = 2500


class Exports:
    """The open files of a folder of exports; attendance goes into one file a quarter."""

    def __init__(self, folder: Path, last_day: date) -> None:
        """Make the folder ready, with an empty file of each export; those of an earlier sample go.

        Raises FileExistsError if the folder holds anything else.
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
        self._written = 0
        self._closing = ExitStack()
        self._files = {name: self._opened(name, name) for name in self._headers if name != "attendance"}
        self._attendance: dict[tuple[int, int], Any] = {}
        self._of_day: dict[object, Any] = {}
        self._of_quarter(last_day)

    def write_all(self, rows: Iterable[Row]) -> None:
        """Write rows; a value that is None, or not given, is left blank."""
        for export, values in rows:
            header = self._headers[export]
            if export != "attendance":
                file = self._files[export]
            elif (day := values["meeting_date"]) in self._of_day:
                file = self._of_day[day]
            else:
                file = self._of_day[day] = self._of_quarter(day)
            file.writerow(map(values.get, header))
            self._written += 1
            if self._written % _TWICE_EVERY == 0:
                file.writerow(map(values.get, header))

    def _of_quarter(self, day: object) -> Any:
        """The file for the attendance of a day; of what is no day, that of the last day."""
        known = day if isinstance(day, date) else self._last_day
        quarter = known.year, (known.month + 2) // 3
        if quarter not in self._attendance:
            self._attendance[quarter] = self._opened("attendance_{}-q{}".format(*quarter), "attendance")
        return self._attendance[quarter]

    def _opened(self, name: str, export: str) -> Any:
        stream = self._closing.enter_context((self._folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
        file = csv.writer(stream, lineterminator="\n")
        file.writerow(self._headers[export])
        return file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
