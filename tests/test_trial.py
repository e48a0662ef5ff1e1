"""The benchmark on a trial: who stopped, who was flagged ahead, and what chance alone gives."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.caseload import Attendance
from benchmarks.trial import STAYED, STOPPED, TRIAL, Trial, read

MONDAY = date(2026, 1, 5)


def trial(last: list[int]) -> Trial:
    weeks = np.ones((len(last), 30))
    return Trial(pa.table({}), Attendance(weeks, weeks), np.array(last))


def flags(*weeks: set[int]) -> np.ndarray:
    return np.array([[week + 1 in its for week in range(30)] for its in weeks])


def test_who_came_when_is_read_from_the_exports(tmp_path: Path):
    weeks = {"stays": range(1, 27), "stops": [1, 2, 3, 6, 12], "follow-up": [*range(1, 9), 29], "early": [1]}
    lines = {"attendance": ["client_id,meeting_date,fellowship"], "episodes": ["client_id,start_date,program"]}
    for who, its in weeks.items():
        lines["attendance"] += [f"{who},{MONDAY + timedelta(7 * week - 6)},other" for week in its]
        lines["episodes"].append(f"{who},{MONDAY},{TRIAL}")
    lines["episodes"].append(f"elsewhere,{MONDAY},another")
    lines["checkins"] = ["client_id,checkin_date", f"early,{MONDAY + timedelta(7 * 20)}"]
    for name, its in lines.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(its) + "\n", "utf-8")
    found = read(tmp_path)
    assert found.last.tolist() == [1, 8, 26, 12]  # by name; a visit after the trial is none of its weeks
    assert found.stayed.tolist() == [False, False, True, False]
    assert found.stopped(2).tolist() == [False, True, False, True]
    assert found.weeks.meetings[3, :12].tolist() == [1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_false_alerts_are_flags_of_those_who_stayed_until_the_end():
    found = flags({3, 24, 25}, {1, 10}, {5}, {6})
    assert trial([STAYED, 26, STAYED - 1, STOPPED]).false_alerts(found, 2) == pytest.approx(3 / (2 * 23 / 52.18))
    assert trial([STAYED, 26, STAYED - 1, STOPPED]).false_alerts(found, 10) == pytest.approx(2 / (2 * 15 / 52.18))


@pytest.mark.parametrize(
    ("flagged", "first", "ahead"),
    [({9}, 2, 1), ({10}, 2, 0), ({2}, 2, 1), ({1}, 2, 0), ({4}, 5, 0), ({5, 11}, 5, 1), (set(), 2, 0)],
)
def test_a_flag_is_ahead_a_week_or_more_before_the_last_week(flagged: set[int], first: int, ahead: int):
    assert trial([10, 26]).ahead(flags(flagged, {3}), first) == ahead


def test_chance_is_the_same_flags_of_each_week_on_anybody_who_still_came():
    found = flags({3}, {3, 4}, {4, 5}, set())
    by_chance = trial([6, 5, 26, 4]).by_chance(found, 2)
    # Flagged in week 3: two of four, in week 4: two of four, in week 5: one of the three who still came.
    assert by_chance == pytest.approx(np.mean([1 - 2 / 4 * 2 / 4 * 2 / 3, 1 - 2 / 4 * 2 / 4, 1 - 2 / 4]))
    assert trial([6, 5, 26, 4]).by_chance(found, 4) == pytest.approx(np.mean([1 - 1 / 3 * 2 / 3, 1 - 1 / 3]))
