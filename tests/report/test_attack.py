"""The attack: what a reader works out from sums, by linear programs and by narrowing bounds."""

from __future__ import annotations

import pytest

from pipelines.report.control.attack import Pinned, Reader, pinned

BOTH = pytest.mark.parametrize("thorough", [True, False])
WHOLE = ({"a": 1, "b": 1, "c": 1}, 72)


@BOTH
@pytest.mark.parametrize(
    ("known", "target", "found"),
    [
        ([WHOLE, ({"a": 1}, 25), ({"c": 1}, 40)], ["b"], (7, 7)),  # 72 - 25 - 40
        ([WHOLE, ({"a": 1}, 25)], ["b"], None),  # up to 47
        ([WHOLE, ({"a": 1}, 25), ({"c": 1}, 47)], ["b"], None),  # none
        ([({"a": 1, "b": 1}, 8)], ["a"], None),  # none, or up to 8
        ([({"a": 1, "b": 1}, 8)], ["a", "b"], (8, 8)),
        ([({"a": 1, "b": 1}, 20), ({"b": 1, "c": 1}, 12), ({"a": 1}, 12)], ["c"], (4, 4)),  # a step further
        ([({"now": 1, "before": -1}, 5), ({"before": 1, "more": 1}, 5)], ["now"], (5, 10)),  # it has grown by 5
        ([({"now": 1, "before": -1}, 5), ({"before": 1, "more": 1}, 6)], ["now"], None),
    ],
)
def test_what_a_reader_works_out(known, target, found, thorough):
    expected = [] if found is None else [Pinned("few", *(pytest.approx(n, abs=0.01) for n in found))]
    assert pinned(known, {"few": target}, 11, thorough=thorough) == expected


def test_linear_programs_see_through_what_narrowing_does_not():
    """a + b = b + c = a + c = 10: each is 5, though no single equation shows it."""
    known = [({"a": 1, "b": 1}, 10), ({"b": 1, "c": 1}, 10), ({"a": 1, "c": 1}, 10)]
    assert pinned(known, {"few": ["a"]}, 11)
    assert not pinned(known, {"few": ["a"]}, 11, thorough=False)


@BOTH
def test_nothing_follows_from_what_is_unknown(thorough):
    assert pinned([], {"few": ["a"]}, 11, thorough=thorough) == []
    assert pinned([({"a": 1}, 4)], {}, 11, thorough=thorough) == []


@BOTH
def test_sums_of_fractions_of_days_may_differ_by_what_was_rounded(thorough):
    """A week has seven days: what is rounded in the parts is not rounded alike in their sum."""
    known = [
        ({"whole": 1}, 3415.285714),
        ({"a": 1}, 2297.571429),
        ({"b": 1, "c": 1}, 1117.714286),
        ({"whole": -1, "a": 1, "b": 1, "c": 1}, 0.0),
    ]
    assert pinned(known, {"b": ["b"]}, 11, thorough=thorough) == []
    [found] = pinned([*known, ({"c": 1}, 1110.714286)], {"b": ["b"]}, 11, thorough=thorough)
    assert (found.least, found.most) == (pytest.approx(7, abs=0.001), pytest.approx(7, abs=0.001))


def test_a_reader_who_learns_more_knows_what_follows_from_all_of_it_and_the_first_one_knows_no_more():
    first = Reader([WHOLE, ({"a": 1}, 25)])
    more = first.knowing([({"c": 1}, 40)])
    assert [(each.least, each.most) for each in more.pinned({"few": ["b"]}, 11)] == [(7, 7)]
    assert first.pinned({"few": ["b"]}, 11) == []


@BOTH
def test_of_figures_that_do_not_agree_with_one_another_something_is_found_and_nothing_fails(thorough):
    """72 in all, of whom 80 are at one site: what was published before a correction, and what was after it."""
    known = [WHOLE, ({"a": 1}, 80), ({"b": 1, "d": 1}, 30), ({"d": 1}, 23)]
    assert pinned(known, {"few": ["b"]}, 11, thorough=thorough)
