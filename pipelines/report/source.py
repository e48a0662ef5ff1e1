"""What a report is made of, read from a snapshot: the figures of its windows, and what became of the exports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from pipelines.report.figures import BREAKDOWNS, Ask, Figure
from pipelines.report.windows import Window, months_on
from pipelines.wording.measure import Measure

REPEATED = {"census_opening", "census_closing"}  # the census, which is shown beside last month's
BACK = 36  # earlier months that a report may show


@dataclass(frozen=True)
class Intake:
    """What became of the rows of an export, over all runs: for the ledger; these counts never leave the clinic."""

    export: str
    rows_read: int
    accepted: int
    known: int
    rejected: int


def months(ask: Ask) -> list[date]:
    """The first days of the months with figures, oldest first."""
    return [row["period"] for row in ask("SELECT DISTINCT period FROM caseload_month ORDER BY period", {})]


def about(ask: Ask) -> dict[str, Any]:
    """The clinic's name, whether its dates are real, and the day to which its data go."""
    (row,) = ask(
        "SELECT clinic.name AS clinic, date_basis, runs.as_of FROM clinic CROSS JOIN runs ORDER BY run_id DESC LIMIT 1",
        {},
    )
    return row


def measures(ask: Ask) -> dict[str, Measure]:
    """The measures of a caseload by their names, in the order of their definitions."""
    columns = ", ".join(field.name for field in fields(Measure))
    rows = ask(f"SELECT {columns} FROM measures ORDER BY place", {})
    return {row["name"]: Measure(**row) for row in rows if row["name"] not in REPEATED}


def additive(ask: Ask) -> frozenset[str]:
    """The measures of what happened, whose numbers for a window are the sums of its months'."""
    return frozenset(row["measure"] for row in ask("SELECT DISTINCT measure FROM caseload_window WHERE summed", {}))


def clinic_figures(ask: Ask, known: dict[str, Measure], month: date, until: date | None = None) -> list[Figure]:
    """The figures of the whole clinic in all windows up to a month, or until a later one."""
    return _figures(ask, known, list(known), ["all"], "kind IN ('month', 'quarter', 'year')", month, until or month)


def group_figures(
    ask: Ask,
    known: dict[str, Measure],
    names: Collection[str],
    windows: Iterable[Window],
    month: date,
    until: date | None = None,
) -> list[Figure]:
    """The figures of all groups in some windows up to a month, or until a later one; the measures in their order."""
    wanted = set(windows)
    kinds = ", ".join(f"'{kind}'" for kind in sorted({window.kind for window in wanted}))
    if not kinds:
        return []
    found = _figures(ask, known, names, list(BREAKDOWNS), f"kind IN ({kinds})", month, until or month)
    return [figure for figure in found if figure.window in wanted]


def _figures(
    ask: Ask,
    known: dict[str, Measure],
    names: Collection[str],
    breakdowns: Sequence[str],
    where: str,
    month: date,
    until: date,
) -> list[Figure]:
    rows = ask(
        "SELECT kind, period, breakdown, member, measure, numerator, denominator, value FROM caseload_window"
        f" WHERE {where} AND list_contains($breakdowns, breakdown) AND list_contains($measures, measure)"
        " AND period BETWEEN $from_month AND $until ORDER BY kind, period, member",
        {
            "breakdowns": list(breakdowns),
            "measures": list(names),
            "from_month": months_on(month, -BACK),
            "until": until,
        },
    )
    order = {name: place for place, name in enumerate(known)}
    ways = list(BREAKDOWNS)
    found = [
        Figure(Window(row.pop("kind"), row.pop("period")), measure=known[row.pop("measure")], **row) for row in rows
    ]
    return sorted(found, key=lambda f: (f.window, order[f.measure.name], ways.index(f.breakdown), f.member))


def occurring(ask: Ask, window: Window) -> list[dict[str, str]]:
    """Which combinations of groups have clients in the weeks of a window."""
    return ask(
        "SELECT DISTINCT coalesce(site, 'unknown') AS site, coalesce(program, 'unknown') AS program,"
        " coalesce(level_of_care, 'unknown') AS level_of_care"
        " FROM client_week WHERE week BETWEEN $from_month - INTERVAL 6 DAY AND last_day($month)",
        {"from_month": window.from_period, "month": window.period},
    )


def intake(ask: Ask) -> tuple[Intake, ...]:
    """What became of the rows of each export."""
    rows = ask(
        "SELECT export, sum(rows_read)::BIGINT AS rows_read, sum(accepted)::BIGINT AS accepted,"
        " sum(known)::BIGINT AS known, sum(rejected)::BIGINT AS rejected"
        " FROM files WHERE export IS NOT NULL GROUP BY export ORDER BY export",
        {},
    )
    return tuple(Intake(**row) for row in rows)


def unreported(ask: Ask, month: date) -> tuple[tuple[str, int], ...]:
    """The sites without data in weeks that begin in a month, with how many."""
    rows = ask(
        "SELECT site, count(*) AS weeks FROM coverage_week WHERE NOT reported"
        " AND week BETWEEN $month AND last_day($month) GROUP BY site ORDER BY site",
        {"month": month},
    )
    return tuple((row["site"], row["weeks"]) for row in rows)


def control_points(ask: Ask, known: Collection[str], month: date) -> list[dict[str, Any]]:
    """The points of the clinic's control charts up to a month."""
    return ask(
        "SELECT * FROM control_point WHERE kind = 'month' AND breakdown = 'all' AND list_contains($measures, measure)"
        " AND period <= $month ORDER BY measure, period",
        {"measures": list(known), "month": month},
    )
