"""The sample: exports of a fictional clinic, of any size, the same to the byte for the same seed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from pipelines.sample.clinic import Clinic
from pipelines.sample.directory import write_directory
from pipelines.sample.life import Life
from pipelines.sample.riverside import write_riverside
from pipelines.sample.writing import Exports

LAST_DAY = date(2026, 11, 1)


def write(out: Path, *, clients: int = 180, weeks: int = 52, seed: int = 2026, last_day: date = LAST_DAY) -> None:
    """Write every export into a folder, and beside them a stranger's layout with its mapping profile.

    Rows are written client by client as they are made, so that memory does not grow with `clients`.
    """
    clinic = Clinic(clients, last_day - timedelta(days=7 * weeks - 1), last_day, seed)
    with Exports(out) as exports:
        for closure in clinic.closures():
            exports.write("absences", closure)
        for number in range(clients):
            for export, row in Life(clinic, number).rows():
                exports.write(export, row)
        exports.write_rows_that_will_be_rejected(clinic)
    write_directory(out / "meetings.json")
    write_riverside(out / "profiles", seed)
