"""What a run took in: of every file what became of its rows, and what is no export; and the run itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from pipelines.ingest.entries import Look

READ, REFUSED = "read", "refused"
COUNTS = ("rows_read", "accepted", "known", "rejected")  # of a file's rows


@dataclass(frozen=True)
class NotRead:
    """An entry of the folder that is no export, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class FileCount:
    """What became of a file: rows read = accepted + known + rejected, or why it was refused whole."""

    file: str
    export: str
    rows_read: int = 0
    accepted: int = 0
    known: int = 0
    rejected: int = 0
    status: str = READ
    note: str = ""
    digest: str = ""
    checked_by: str = ""


@dataclass(frozen=True)
class Run:
    """A row of the table `runs`."""

    run_id: int
    as_of: date
    started: datetime
    finished: datetime
    status: str


@dataclass
class Intake:
    """What a run took in. `looks`: each file that was read, as it was then. `unopened`: the entries refused for their
    name or their kind alone. `unsure`: whether a file that was refused now might be accepted another time.
    """

    as_of: date
    files: list[FileCount] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)
    looks: dict[Path, Look] = field(default_factory=dict)
    unopened: set[Path] = field(default_factory=set)
    unsure: bool = False

    @property
    def totals(self) -> FileCount:
        """The counts of all files together."""
        rows = (sum(getattr(count, name) for count in self.files) for name in COUNTS)
        return FileCount("all", "", *rows)

    @property
    def clean(self) -> bool:
        """Whether nothing was rejected or refused."""
        return not any(count.rejected or count.status == REFUSED for count in self.files)

    @property
    def status(self) -> str:
        """How the run ended, as the table `runs` says it."""
        return "done" if self.clean else "done, with rows or files not taken"
