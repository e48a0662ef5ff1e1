"""The ledger of reports: each as it was published, in one file per month in the home's folder `reports`.

A published report is returned as it was, whatever the exports have brought since, so that nobody can compare two
versions of a figure; and every later report takes account of what it showed and withheld. Like the snapshots, the
ledger stays in the clinic.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

from pipelines import owner_only
from pipelines.errors import ActionableError
from pipelines.report.compile import Published
from pipelines.report.document import Report
from pipelines.report.figures import Figure
from pipelines.report.series import Point, Series
from pipelines.report.source import Intake
from pipelines.report.windows import Window
from pipelines.wording.control import Signal
from pipelines.wording.measure import Measure

FOLDER = "reports"
VERSION = 1
_PLAIN = ("clinic", "date_basis", "snapshot", "smallest", "rounded_to")


class LedgerError(ActionableError):
    """An entry of the ledger that cannot be read; the message names the file."""


def entry(home: Path, month: date) -> Path:
    """Where the report of a month is kept."""
    return home / FOLDER / f"{month:%Y-%m}.json"


def keep(home: Path, report: Report) -> None:
    """Keep a published report; one of the same month that is already kept stays as it is."""
    path = entry(home, report.month)
    if not path.exists():
        write(path, report)


def write(path: Path, report: Report) -> None:
    """Write a report whole, or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{uuid.uuid4()}")  # two people may save one report at the same moment
    try:
        with owner_only.new_text(unfinished) as stream:
            json.dump(_written(report), stream, ensure_ascii=False, default=str)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def kept_months(home: Path) -> frozenset[date]:
    """The months with a published report."""
    return frozenset(date.fromisoformat(f"{path.stem}-01") for path in entries(home))


def entries(home: Path) -> list[Path]:
    """The files of the ledger, the oldest month first."""
    return sorted((home / FOLDER).glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].json"))


def published_report(home: Path, month: date) -> Report | None:
    """The report of a month as it was published; None if it was not. Raises LedgerError."""
    path = entry(home, month)
    return read(path) if path.exists() else None


def published(home: Path) -> Published:
    """What all reports that were published showed and withheld. Raises LedgerError."""
    reports = (read(path) for path in entries(home))
    return Published({(f.window, f.place, f.measure.name): f for report in reports for f in report.figures})


def _written(report: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        **{name: getattr(report, name) for name in _PLAIN},
        "month": report.month,
        "as_of": report.as_of,
        "measures": [asdict(measure) for measure in report.measures],
        "windows": {name: [window.kind, window.period] for name, window in report.windows.items()},
        "group_window": report.group_window and [report.group_window.kind, report.group_window.period],
        "figures": [list(_figure_row(figure)) for figure in report.figures],
        "series": [
            {"measure": series.measure.name, "points": [_point_row(point) for point in series.points]}
            for series in report.series
        ],
        "intake": [asdict(each) for each in report.intake],
        "unreported": report.unreported,
    }


_NUMBERS = ("numerator", "denominator", "value", "withheld", "over", "under")


def _figure_row(figure: Figure) -> Iterator[Any]:
    yield from (figure.window.kind, figure.window.period, figure.breakdown, figure.member, figure.measure.name)
    yield from (getattr(figure, name) for name in _NUMBERS)


def _point_row(point: Point) -> dict[str, Any]:
    return {
        **{each.name: getattr(point, each.name) for each in fields(Point) if each.name not in ("window", "signal")},
        "window": [point.window.kind, point.window.period],
        "signal": point.signal and asdict(point.signal),
    }


def read(path: Path, *, published_before: bool = True) -> Report:
    """The report in a file. Raises LedgerError."""
    try:
        return _report(json.loads(path.read_text("utf-8")), published_before)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise LedgerError(
            f"What was published cannot be read: {path.name} in the home's folder {FOLDER} is damaged. "
            "Restore it from a backup; without it, a new report might give away what an earlier one withheld."
        ) from None


def _report(kept: dict[str, Any], published_before: bool) -> Report:
    if kept["version"] != VERSION:
        raise ValueError
    measures = {each["name"]: Measure(**each) for each in kept["measures"]}
    return Report(
        **{name: kept[name] for name in _PLAIN},
        month=date.fromisoformat(kept["month"]),
        as_of=date.fromisoformat(kept["as_of"]),
        measures=tuple(measures.values()),
        windows={name: _window(its) for name, its in kept["windows"].items()},
        group_window=_window(kept["group_window"]) if kept["group_window"] else None,
        figures=tuple(
            Figure(_window(row[:2]), row[2], row[3], measures[row[4]], **dict(zip(_NUMBERS, row[5:], strict=True)))
            for row in kept["figures"]
        ),
        series=tuple(
            Series(measures[each["measure"]], tuple(_point(point) for point in each["points"]))
            for each in kept["series"]
        ),
        intake=tuple(Intake(**each) for each in kept["intake"]),
        unreported=tuple((site, weeks) for site, weeks in kept["unreported"]),
        published_before=published_before,
    )


def _window(its: list[str]) -> Window:
    return Window(its[0], date.fromisoformat(its[1]))


def _point(its: dict[str, Any]) -> Point:
    signal = its["signal"]
    if signal is not None:
        days = {name: signal[name] and date.fromisoformat(signal[name]) for name in ("period", "since")}
        signal = Signal(**{**signal, **days})
    return Point(**{**its, "window": _window(its["window"]), "signal": signal})
