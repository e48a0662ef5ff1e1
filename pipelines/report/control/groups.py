"""Which groups a report tells apart, where a breakdown has small members.

Members that had too few clients in any of the last twelve months are told as one, with as many of the next smallest as
it takes that they are enough together. They are named by the others (`All but Outpatient`), so that a name means the
same in every month. What is told of them is no more than who subtracts the others from the whole finds out.

Programs and levels of care may be so near to one another that to tell of both is to tell of the few in which they
differ. Then the report tells of the one of them that tells more groups apart.

All this follows from a month itself and those before it, so every report that repeats a month tells the same groups.
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
    """Which members are told apart in the last of the months.

    `clients`: of each month and cell, the numbers of clients that must not be small. `occurring`: the combinations of
    members that occur in the last month. `of`: the breakdowns among which to choose.
    """
    lately = clients[-MONTHS:]
    cells = {cell for month in lately for cell in month}
    told = {
        breakdown: _large({cell for cell in cells if cell[0] == breakdown}, lately, smallest) for breakdown in FOLDED
    }

    def choice(breakdowns: Sequence[str]) -> Apart:
        left = {cell: its for cell, its in clients[-1].items() if cell[0] not in FOLDED or cell[0] in breakdowns}
        large = frozenset[Cell]().union(*(told[breakdown] for breakdown in breakdowns))
        small = frozenset(cell for cell in left if cell[0] in FOLDED) - large
        return large - withheld(left, Layout.of(left, occurring), also=small, smallest=smallest)

    choices = [each for each in (FOLDED, *((one,) for one in FOLDED)) if set(each) <= set(of)]
    return max((choice(each) for each in choices), key=len, default=frozenset())


def rest(members: Collection[str]) -> str:
    """What the members of a breakdown that are not told apart are called; `members`: those that are."""
    *most, last = sorted(members)
    return f"{REST}{', '.join(most)} and {last}" if most else f"{REST}{last}"


def is_rest(name: str) -> bool:
    """Whether a group is the one of all that are not told apart."""
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
