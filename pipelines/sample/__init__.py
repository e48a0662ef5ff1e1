"""The sample: exports of a fictional clinic, of any size, the same to the byte for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from pipelines.sample.care import care_rows
from pipelines.sample.client import Client
from pipelines.sample.clinic import Clinic
from pipelines.sample.directory import write_directory
from pipelines.sample.recovery import recovery_rows
from pipelines.sample.riverside import write_riverside
from pipelines.sample.slips import slips
from pipelines.sample.writing import JOURNAL, Exports

LAST_DAY = date(2026, 11, 1)


def write(
    out: Path,
    *,
    clients: int = 180,
    weeks: int = 52,
    seed: int = 2026,
    last_day: date = LAST_DAY,
    journal: bool = False,
    progress: Callable[[int], None] = lambda clients_written: None,
) -> None:
    """Write every export into a folder, and beside them a stranger's layout with its mapping profile.

    `last_day`: a Sunday, so that the last week is complete. `journal`: also what the therapists noted about the flags
    that a run of these exports raises; it takes that run. `progress` hears how many clients have been written.
    Rows are written client by client as they are made, so that memory does not grow with `clients`.
    Raises FileExistsError if the folder holds files that are not an earlier sample's, and with `journal` what `run`
    raises.
    """
    clinic = Clinic(clients, last_day - timedelta(days=7 * weeks - 1), last_day, seed)
    with Exports(out, last_day) as exports:
        exports.write_all(clinic.closures())
        for number in range(clients):
            client = Client(clinic, number)
            exports.write_all(care_rows(client))
            exports.write_all(recovery_rows(client))
            progress(number + 1)
        exports.write_all(slips(clinic))
    write_directory(out / "meetings.json")
    write_riverside(out / "profiles", seed)
    (out / JOURNAL).unlink(missing_ok=True)
    if journal:
        # A run needs the engine and the journal's store, which take longer to load than a small sample to write.
        from pipelines.sample.outreach import write_journal

        write_journal(out, clinic)
