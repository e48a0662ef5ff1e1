"""What docs/flags.md says of the flags on a real trial is what is measured."""

from __future__ import annotations

from datetime import date

import pytest

from benchmarks.flags import DOC
from benchmarks.trial import MARKS, TRIAL, VISITS_UNTIL, lines, read

pytestmark = pytest.mark.slow


@pytest.mark.thorough
def test_the_tables_in_the_docs_are_those_of_the_trial(real):
    _, _, rest = DOC.read_text("utf-8").partition(MARKS[0])
    published, _, _ = rest.partition(MARKS[1])
    assert published.strip().splitlines() == lines(read(real / "daily"))


def test_the_last_week_of_each_person_is_that_of_the_last_visit(real, expected):
    started = {row["client_id"]: row["start_date"] for row in expected("daily/episodes.csv") if row["program"] == TRIAL}
    last = dict.fromkeys(sorted(started), 0)
    for row in expected("daily/attendance.csv"):
        if row["client_id"] in last:
            week = week_of(row["meeting_date"]) - week_of(started[row["client_id"]]) + 1
            last[row["client_id"]] = max(last[row["client_id"]], week if week <= VISITS_UNTIL else 0)
    assert read(real / "daily").last.tolist() == list(last.values())


def week_of(day: str) -> int:
    return (date.fromisoformat(day).toordinal() - 1) // 7
