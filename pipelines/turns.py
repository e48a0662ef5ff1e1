"""Who of those over the threshold is newly flagged in a week.

It is not SQL because whose turn it is depends on the flags of all weeks before, one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from pipelines.build import Step
from pipelines.definitions import rules
from pipelines.engine import Builder
from pipelines.model import given, models


class Candidate(NamedTuple):
    """A row of `decline_candidate`."""

    client_id: str
    stay: int
    run: int
    week: date
    score: float
    caseload: str
    room: int
    cleared_week: date | None


def take_turns(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The candidates who are newly flagged. They come by week and, of a week, the furthest over the threshold first.

    A run gives one flag, in the first of its weeks in which its caseload has room for it, and some weeks after the
    client's last flag (rule `flags_apart_weeks`). Only earlier weeks count: a later week changes no flag.
    """
    apart = timedelta(weeks=rules()["flags_apart_weeks"])
    last: dict[str, Candidate] = {}
    taken: Counter[tuple[str, date]] = Counter()
    for each in candidates:
        before = last.get(each.client_id)
        if before and (before.run == each.run or each.week - before.week < apart):
            continue
        if taken[each.caseload, each.week] < each.room:
            taken[each.caseload, each.week] += 1
            last[each.client_id] = each
            yield each


def load_raised(engine: Builder) -> None:
    """Load `decline_raised` from the `decline_candidate` that the engine holds."""
    rows = engine.rows(
        f"SELECT {', '.join(Candidate._fields)} FROM decline_candidate ORDER BY week, over_threshold DESC, client_id"
    )
    columns = models()["decline_raised"].schema.names
    raised = ({name: getattr(each, name) for name in columns} for each in take_turns(map(Candidate._make, rows)))
    engine.load("decline_raised", given("decline_raised", raised))


TURNS = Step(("decline_raised",), frozenset({"decline_candidate"}), load_raised)
