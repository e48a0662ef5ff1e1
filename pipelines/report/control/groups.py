"""The groups that a report shows separately if a breakdown has small members.

Members that had too few clients in any of the last twelve months are reported as one group, joined by as many of the
next smallest as it takes to be large enough. The group is named by the others (`All but Outpatient`), so that a name
means the same in every month. Its figures reveal no more than subtracting the others from the whole would.

Programs and levels of care may be so alike that reporting both would reveal the few clients in which they differ. Then
the report shows only the breakdown with more separate groups.

All this depends only on a month and those before it, so every report that repeats a month shows the same groups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pipelines.report.control.cells import Cell, Counts
from pipelines.report.control.disclosure import Layout, withheld

Apart = frozenset[Cell]
FOLDED = ("program", "level_of_care")
MONTHS = 12
REST = "All but "


def apart(
    clients: Sequence[Mapping[Cell, Counts]],
    occurring: Collection[Mapping[str, str]],
    smallest: int,
    of: Collection[str] = FOLDED,
) -> Apart:
    """The members reported separately in the last of the months.

    `clients`: of each month and cell, the numbers of clients that must not be small. `occurring`: the combinations of
    members that occur in the last month. `of`: the breakdowns among which to choose.
    """
    lately = clients[-MONTHS:]
    cells = {cell for month in lately for cell in month}
    large_enough = {
        breakdown: _large({cell for cell in cells if cell[0] == breakdown}, lately, smallest) for breakdown in FOLDED
    }

    def choice(breakdowns: Sequence[str]) -> Apart:
        left = {cell: its for cell, its in clients[-1].items() if cell[0] not in FOLDED or cell[0] in breakdowns}
        large = frozenset[Cell]().union(*(large_enough[breakdown] for breakdown in breakdowns))
        small = frozenset(cell for cell in left if cell[0] in FOLDED) - large
        return large - withheld(left, Layout.of(left, occurring), also=small, smallest=smallest)

    choices = [each for each in (FOLDED, *((one,) for one in FOLDED)) if set(each) <= set(of)]
    return max((choice(each) for each in choices), key=len, default=frozenset())


def rest(members: Collection[str]) -> str:
    """The name of the members of a breakdown reported as one; `members`: those reported separately."""
    *most, last = sorted(members)
    return f"{REST}{', '.join(most)} and {last}" if most else f"{REST}{last}"


def is_rest(name: str) -> bool:
    """Whether a group is the one of the members reported together."""
    return name.startswith(REST)


def _large(members: set[Cell], months: Sequence[Mapping[Cell, Counts]], smallest: int) -> set[Cell]:
    large = {member for member in members if _least(months, member) >= smallest}
    while large and not all(total == 0 or total >= smallest for total in _totals(months, members - large)):
        large.remove(min(large, key=lambda member: (_least(months, member), member)))
    return large


def _least(months: Sequence[Mapping[Cell, Counts]], member: Cell) -> float:
    return min((n for month in months for n in month.get(member, ()) if n), default=0)


def _totals(months: Sequence[Mapping[Cell, Counts]], members: set[Cell]) -> Iterator[float]:
    for month in months:
        yield from map(sum, zip(*(its for member, its in month.items() if member in members), strict=True))
