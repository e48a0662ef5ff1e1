"""A client's weeks: what does not count never looks like a week of no meetings."""

from __future__ import annotations

import re

import pytest

from dashboard.charts.sparkline import scale_top, weekly_meetings


def bars(meetings, exposure, **said):
    drawn = weekly_meetings(meetings, exposure, **({"usual": None, "recent_weeks": None, "top": 5} | said))
    return re.findall(r"<i(?: class=\"([^\"]*)\")?(?: style=\"height:(\d+)%\")?></i>", drawn), drawn


@pytest.mark.parametrize(
    ("meetings", "exposure", "recent_weeks", "kinds"),
    [
        ([None, 2, 0], [None, 1.0, 1.0], None, ["", "some", "zero"]),
        ([2, 0, 0], [1.0, 0.0, 1.0], 1, ["some", "off", "zero now"]),
        ([3, 1, 0, 2], [1.0, 1.0, 0.0, 1.0], 2, ["some", "some now", "off", "some now"]),  # the weeks that count
        ([0, 0], [0.0, 0.0], 2, ["off", "off"]),
        ([None, None], [None, None], None, ["", ""]),
    ],
)
def test_each_week_is_drawn_as_what_it_is(meetings, exposure, recent_weeks, kinds):
    assert [kind for kind, _ in bars(meetings, exposure, recent_weeks=recent_weeks)[0]] == kinds


def test_heights_are_shares_of_one_scale_and_never_leave_it():
    assert [height for _, height in bars([1, 5, 9], [1.0] * 3, top=5)[0]] == ["20", "100", "100"]


def test_the_usual_is_a_line_at_its_level():
    assert '<b style="bottom:50%"></b>' in bars([3], [1.0], usual=2.5, top=5)[1]
    assert "<b" not in bars([3], [1.0])[1]


@pytest.mark.parametrize(
    ("meetings", "exposure", "usual", "words"),
    [
        ([None, 3, 0, 0], [None, 1.0, 0.0, 1.0], 3.25, "Meetings a week, oldest first: 3, not counted, 0; usually 3.2"),
        ([None], [None], None, "No complete week in care yet"),
    ],
)
def test_it_can_be_heard(meetings, exposure, usual, words):
    assert f'aria-label="{words}"' in bars(meetings, exposure, usual=usual)[1]


@pytest.mark.parametrize(("caseload", "top"), [([[1, 2], [None, 0]], 5), ([[8]], 8), ([[40]], 14), ([], 5)])
def test_a_caseload_has_one_scale(caseload, top):
    assert scale_top(caseload) == top
