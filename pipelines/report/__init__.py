"""The monthly report: a clinic's figures, withheld if they are too small, in several formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipelines import publish, snapshots
from pipelines.errors import ActionableError
from pipelines.file_names import parts
from pipelines.report import compile as compiling
from pipelines.report import draft, ledger, source
from pipelines.report.control.cells import SMALLEST
from pipelines.report.document import Report
from pipelines.report.figures import Ask
from pipelines.report.ledger import LedgerError
from pipelines.report.render import FORMATS
from pipelines.report.source import months

__all__ = [
    "FORMATS",
    "LedgerError",
    "NoSuchMonthError",
    "Report",
    "file_name",
    "keep",
    "kept_months",
    "months",
    "read",
    "write",
]

keep, kept_months = ledger.keep, ledger.kept_months


class NoSuchMonthError(ActionableError):
    """A month of which nothing is published; the message lists those with figures."""


def read(
    ask: Ask,
    month: date,
    snapshot: str,
    home: Path,
    smallest: int = SMALLEST,
    round_to: int = 1,
    *,
    drafts: bool = False,
) -> Report:
    """The report of a month (its first day) from a snapshot: as it was published, or made now.

    `home`: where the ledger of reports lies. `smallest`: the fewest clients that a figure may be about. `round_to`:
    what counts are rounded to. `drafts`: whether an earlier draft may be used and this one kept; only for people who
    may see everything that a report is made of. Raises LedgerError if what was published cannot be read.
    """
    kept = ledger.published_report(home, month)
    if kept is None:
        place = draft.place(home, month, snapshot, smallest, round_to) if drafts else None
        made = draft.read(place) if place else None
        if made is None:
            made = compiling.read(ask, month, snapshot, smallest, ledger.published(home), round_to)
            if place:
                draft.keep(place, made)
        return made
    before = {each.export: each.accepted for each in kept.intake}
    return replace(
        kept,
        corrections=tuple(each.export for each in source.intake(ask) if each.accepted > before.get(each.export, 0)),
        changed=compiling.changed(ask, kept),
    )


def write(
    home: Path,
    month: date | None,
    out: Path,
    formats: Sequence[str] = tuple(FORMATS),
    smallest: int = SMALLEST,
    *,
    round_to: int = 1,
    by_site: bool = False,
) -> list[Path]:
    """Write the report of a month (its first day; None: of every month) from the snapshot in force; return the files.

    `by_site`: also one of each site. What is written is kept in the ledger. Raises NoSuchMonthError, LedgerError,
    NothingPublishedError or AnotherVersionError.
    """
    snapshot = snapshots.readable(home)
    written = []
    with publish.reading(snapshot) as engine:
        there = months(engine.records)
        if not there or month not in (None, *there):
            known = f"there are {there[0]:%Y-%m} to {there[-1]:%Y-%m}" if there else "there is no complete month yet"
            raise NoSuchMonthError(f"Nothing is published of {f'{month:%Y-%m}' if month else 'any month'}; {known}.")
        out.mkdir(parents=True, exist_ok=True)
        for each in [month] if month else there:
            report = read(engine.records, each, snapshot.stem, home, smallest, round_to, drafts=True)
            sites = parts(report.groups("site") if by_site else ())
            for one in [report, *map(report.of_site, sites)]:
                for name in formats:
                    path = out / file_name(each, name, sites.get(one.site, ""))
                    path.write_bytes(FORMATS[name](one))
                    written.append(path)
            ledger.keep(home, report)
    return written


def file_name(month: date, extension: str, site: str = "") -> str:
    """What the file of a month's report is called; `site`: the part that names the site, if it is of one."""
    return f"meshwork-{month:%Y-%m}{f'-{site.lower()}' if site else ''}.{extension}"
