"""The attack on the sample's reports: every month, as its CSV shows it, with last month's figures beside it.

Of small members that are told as one, the reader knows which they are, so they are attacked one by one as well.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import pytest

from pipelines import report, snapshots
from pipelines.engine.duckdb import Engine
from pipelines.report.control.cells import OF, PART, REST, SMALLEST, WHOLE, Cell, Counts, counts, too_small
from pipelines.report.control.groups import FOLDED
from pipelines.report.figures import BREAKDOWNS, WITHHELD
from pipelines.report.render import FORMATS
from tests.report.attack import Number, Reader

pytestmark = pytest.mark.slow

TIMES = ("meetings_30_none", "meetings_30_times_1_3", "meetings_30_times_4_7", "meetings_30_times_8_30")
DAYS = ("meetings_30_none", *(f"meetings_30_days_{band}" for band in ("1_3", "4_8", "9_15", "16_30")))
ENDS = (
    "completed",
    "transferred",
    "left",
    "lost_contact",
    "administrative",
    "incarcerated",
    "died",
    "other",
    "unknown",
)
REASONS = tuple(f"discharged_{end}" for end in ENDS)
MONTHS = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 11))]
# What a reader of the definitions knows of the numbers: sums that come to nothing in every cell.
DEFINED: list[dict[Number, int]] = [
    {("flagged", OF): 1, ("census", PART): -1},
    {("sobriety_known", OF): 1, ("census", PART): -1},
    {("sobriety_known", PART): 1, ("sober", OF): -1},
    {("sober_at_least", PART): 1, ("sober", PART): -1},
    {("sober_at_least", OF): 1, ("census", PART): -1},
    {("sober_at_most", REST): 1, ("sober", REST): -1},
    {("sober_at_most", OF): 1, ("census", PART): -1},
    {("no_show_rate", REST): 1, ("sessions_kept", PART): -1},
    *({(name, OF): 1, (TIMES[0], OF): -1} for name in (*TIMES[1:], *DAYS[1:])),
    {(TIMES[0], OF): -1, **{(name, PART): 1 for name in TIMES}},
    {(DAYS[0], OF): -1, **{(name, PART): 1 for name in DAYS}},
    *({(name, OF): 1, ("discharges", PART): -1} for name in REASONS),
    {("discharges", PART): -1, **{(name, PART): 1 for name in REASONS}},
]
# From one month's clients in care to the next's; it is known of a cell where it holds there.
BALANCE: dict[Number, int] = {
    ("census", PART): 1,
    ("admissions", PART): -1,
    ("discharges", PART): 1,
    ("census before", PART): -1,
}


@dataclass(frozen=True)
class Clinic:
    """The published months of the sample: what is true, what a report shows, and who occurs together."""

    true: dict[date, dict[str, dict[Cell, Counts]]]
    shown: dict[date, dict[date, dict[str, dict[Cell, Counts]]]]
    pairs: dict[date, set[frozenset[Cell]]]


@pytest.fixture(scope="module")
def clinic(published_home) -> Clinic:
    snapshot = snapshots.current(published_home())
    assert snapshot is not None
    true: dict[date, dict[str, dict[Cell, Counts]]] = defaultdict(lambda: defaultdict(dict))
    with Engine(snapshot, read_only=True) as engine:
        shares = {name for (name,) in engine.rows("SELECT name FROM measures WHERE scale = 'share'")}
        for month, breakdown, member, name, numerator, denominator in engine.rows(
            "SELECT period, breakdown, member, measure, numerator, denominator FROM caseload_month"
        ):
            if breakdown in BREAKDOWNS:
                _tell(true[month], shares, name, (breakdown, member), numerator, denominator)
        shown, pairs = {}, {}
        for month in report.months(engine.records):
            content = FORMATS["csv"](report.read(engine.records, month, snapshot.stem))
            shown[month] = _read(content, shares)
            members = _members(content, month)
            groups = engine.rows(
                "SELECT DISTINCT coalesce(site, 'unknown'), coalesce(program, 'unknown'),"
                " coalesce(level_of_care, 'unknown') FROM client_week"
                " WHERE week BETWEEN $month - INTERVAL 6 DAY AND last_day($month)",
                {"month": month},
            )
            pairs[month] = {
                frozenset(pair)
                for group in groups
                for pair in combinations(_with_told(dict(zip(BY, group, strict=True)), members), 2)
            }
            for table in true[month].values():
                for (breakdown, member), told in list(table.items()):
                    for cell in _with_told({breakdown: member}, members)[1:]:
                        table[cell] = tuple(map(sum, zip(table[cell], told, strict=True))) if cell in table else told
    return Clinic(true, shown, pairs)


BY = ("site", "program", "level_of_care")


def _members(content: bytes, month: date) -> set[Cell]:
    rows = csv.DictReader(io.StringIO(content.decode()))
    return {(row["breakdown"], row["member"]) for row in rows if row["month"] == str(month)}


def _with_told(group: dict[str, str], members: set[Cell]) -> list[Cell]:
    """A group's cells, and those under which the report tells of them where it tells small members as one."""
    cells = list(group.items())
    for breakdown, member in group.items():
        if breakdown in FOLDED:
            names = {name for way, name in members if way == breakdown}
            found = {member} & names or {name for name in names if name.startswith("All but ")}
            cells += [_told(breakdown, name) for name in found]
    return cells


def _told(breakdown: str, member: str) -> Cell:
    return (f"{breakdown}, as told", member) if breakdown in FOLDED else (breakdown, member)


def _tell(tables, shares, name, cell, numerator, denominator) -> None:
    """A share as it is; of a rate, whose two numbers have nothing in common, each number as a table of its own."""
    if denominator is not None and name == "new_flags":
        denominator *= 100  # it is told in hundreds
    if name in shares or denominator is None:
        tables[name][cell] = counts(numerator, denominator, share=name in shares)
    else:
        tables[name][cell] = counts(numerator, None, share=False)
        tables[f"{name}: denominator"][cell] = counts(denominator, None, share=False)


def _read(content: bytes, shares: set[str]) -> dict[date, dict[str, dict[Cell, Counts]]]:
    """The figures that a report shows of each of its months."""
    months: dict[date, dict[str, dict[Cell, Counts]]] = defaultdict(lambda: defaultdict(dict))
    for row in csv.DictReader(io.StringIO(content.decode())):
        if row["value"] != WITHHELD:
            numbers = [float(row[column]) if row[column] else None for column in ("numerator", "denominator")]
            cell = _told(row["breakdown"], row["member"])
            _tell(months[date.fromisoformat(row["month"])], shares, row["measure"], cell, *numbers)
    return months


def test_nothing_small_is_shown(clinic):
    for months in clinic.shown.values():
        for tables in months.values():
            for name, table in tables.items():
                assert not [cell for cell, told in table.items() if too_small(told)], name


def test_a_month_is_withheld_alike_in_every_report_that_repeats_it(clinic):
    for months in clinic.shown.values():
        for month, tables in months.items():
            assert {n: t for n, t in tables.items() if t} == {n: t for n, t in clinic.shown[month][month].items() if t}


def test_every_month_is_attacked(clinic):
    assert list(clinic.true) == MONTHS
    small = [
        number
        for true in clinic.true.values()
        for table in true.values()
        for told in table.values()
        for number in told
        if too_small((number,))
    ]
    assert len(small) > 500


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_no_attack_on_a_months_report_pins_what_it_withholds(clinic, month):
    true, shown = dict(clinic.true[month]), dict(clinic.shown[month][month])
    before = max((each for each in MONTHS if each < month), default=None)
    if before is not None:
        true["census before"] = clinic.true[before]["census"]
        shown["census before"] = clinic.shown[month][before]["census"]
    found, attacked = [], 0
    for names in _linked(set(true)):
        if not any(shown.get(name) for name in names):
            continue  # nothing is known of them
        reader = Reader(
            {pair for pair in clinic.pairs[month] if pair <= true["census"].keys()},
            sorted({cell for name in names for cell in true[name]}),
            {name: shown.get(name, {}) for name in names},
            list(_known(true, names)),
            frozenset({"census before"}),
        )
        small = [
            ((name, which), cell)
            for name in names
            for cell, told in true[name].items()
            for which, number in enumerate(told)
            if too_small((number,))
        ]
        attacked += len(small)
        found += reader.pins(small, SMALLEST)
    assert attacked > 0
    assert not found


def _known(true: dict[str, dict[Cell, Counts]], names: set[str]):
    """What is known of the numbers of some tables, and of which cells."""
    for numbers in (*DEFINED, BALANCE):
        if {name for name, _ in numbers} <= names:
            cells = [
                cell
                for cell in true["census"]
                if sum(sign * true[name][cell][which] for (name, which), sign in numbers.items() if cell in true[name])
                == 0
            ]
            assert numbers is BALANCE or len(cells) == len(true["census"]), numbers
            yield numbers, cells


def _linked(names: set[str]) -> list[set[str]]:
    """The tables that have to be attacked together."""
    apart = [{name} for name in sorted(names)]
    for numbers in (*DEFINED, BALANCE):
        linked = {name for name, _ in numbers}
        if linked <= names:
            together = [each for each in apart if each & linked]
            apart = [*(each for each in apart if not each & linked), set().union(*together)]
    return apart


def test_the_attack_finds_a_number_that_is_given_away(clinic):
    """One withheld cell shown beside the total, and the reader knows its neighbour."""
    month = max(clinic.true)
    true, shown = clinic.true[month]["census"], dict(clinic.shown[month][month]["census"])
    small = min((cell for cell, told in true.items() if told[PART] > 0), key=lambda cell: true[cell])
    shown |= {cell: told for cell, told in true.items() if cell != small and cell[0] == small[0]}
    reader = Reader(clinic.pairs[month], list(true), {"census": shown})
    assert reader.pins([(("census", PART), small)], SMALLEST)
    assert WHOLE in shown
