"""A client's weeks: what does not count never looks like a week of no meetings."""

from __future__ import annotations

import re

import pytest

from dashboard.charts.sparkline import FLOOR, scale_top, weekly_meetings


def bars(meetings, exposure, **given):
    """Each week's kind and the top of its bar, in their order; and what was drawn."""
    drawn = weekly_meetings(meetings, exposure, **({"usual": None, "recent_weeks": None} | given))
    found = {}
    for kind, polygon in re.findall(r'<b class="([^"]+)" style="clip-path:polygon\(([^"]+)\)"', drawn):
        corners = polygon.split(",")
        for n in range(0, len(corners), 4):
            left, top = corners[n + 1].split("% ", 1)
            found[float(left)] = (kind, top)
    return [found[left] for left in sorted(found)], drawn


@pytest.mark.parametrize(
    ("meetings", "exposure", "recent_weeks", "kinds"),
    [
        ([None, 2, 0], [None, 1.0, 1.0], None, ["some", "zero"]),
        ([2, 0, 0], [1.0, 0.0, 1.0], 1, ["some", "off", "zero now"]),
        ([3, 1, 0, 2], [1.0, 1.0, 0.0, 1.0], 2, ["some", "some now", "off", "some now"]),  # the weeks that count
        ([0, 0], [0.0, 0.0], 2, ["off", "off"]),
        ([None, None], [None, None], None, []),
        ([], [], None, []),
    ],
)
def test_each_week_is_drawn_as_what_it_is(meetings, exposure, recent_weeks, kinds):
    assert [kind for kind, _ in bars(meetings, exposure, recent_weeks=recent_weeks)[0]] == kinds


def test_heights_are_shares_of_the_clients_own_scale():
    tops = [top for _, top in bars([2, 5, 10, 0], [1.0] * 4)[0]]
    assert tops == ["80%", "50%", "0%", FLOOR]


def test_the_usual_is_a_line_at_its_level():
    assert '<u style="bottom:40%"></u>' in bars([3], [1.0], usual=2.0)[1]
    assert "<u" not in bars([3], [1.0])[1]


@pytest.mark.parametrize(
    ("meetings", "exposure", "usual", "words"),
    [
        ([None, 3, 0, 0], [None, 1.0, 0.0, 1.0], 3.25, "Meetings a week, oldest first: 3, not counted, 0; usually 3.2"),
        ([None], [None], None, "No complete week in care yet"),
    ],
)
def test_a_screen_reader_can_read_it(meetings, exposure, usual, words):
    assert f'aria-label="{words}"' in bars(meetings, exposure, usual=usual)[1]


@pytest.mark.parametrize(("weeks", "top"), [([1, 2, None, 0], 5), ([8], 8), ([40], 40), ([], 5), ([None], 5)])
def test_a_client_has_a_scale_of_their_own(weeks, top):
    assert scale_top(weeks) == top
