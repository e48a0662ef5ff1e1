"""Meetings to suggest: why each suits the client, and what the slip to hand over says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dashboard.queries.suggestions import Suggestion
from dashboard.sections.suggestions import slip, where, why

SUGGESTION = Suggestion(
    place=1,
    name="Step by Step",
    fellowship="AA",
    day=2,
    time="19:30",
    zone=None,
    mode="in_person",
    region="Elmford > Old Town",
    location="Library Annex",
    address="4 Old Town Road, Elmford",
    conference_url=None,
    conference_phone=None,
    types="C,ST",
    fellowship_share=0.9,
    day_share=0.0,
    hour_share=0.0,
    mode_share=0.0,
    region_share=0.0,
    kept_kind=None,
    fits=False,
    newcomer=False,
    open_to_all=False,
    others_stayed=False,
    went_until=None,
)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "from the directory; too few meetings attended to compare"),
        ({"open_to_all": True}, "open to everyone"),
        ({"fellowship_share": 0.01}, "AA, like some of their meetings"),
        ({"fellowship_share": 0.49}, "AA, like some of their meetings"),
        ({"fellowship_share": 0.5}, "AA, like most of their meetings"),
        ({"fellowship": None, "fellowship_share": 0.9, "newcomer": True}, "for newcomers"),
        ({"day_share": 0.5}, "goes on Tuesdays"),
        ({"day_share": 0.49, "hour_share": 0.5}, "goes at this hour on other days"),
        ({"day_share": 0.5, "hour_share": 0.5}, "goes on Tuesdays and at this hour"),
        ({"mode_share": 0.5}, "in person, as usual"),
        ({"mode_share": 0.49, "newcomer": True}, "for newcomers"),
        ({"mode": "both", "mode_share": 0.9, "newcomer": True}, "for newcomers"),
        ({"region_share": 0.5}, "in a region they go to"),
        ({"region_share": 0.49, "others_stayed": True}, "similar clients kept going"),
        ({"kept_kind": "Step Study"}, "a kind of meeting they keep attending (Step Study)"),
        ({"fits": True}, "another fellowship for the same addiction; their own has few meetings"),
        ({"went_until": date(2026, 9, 15)}, "went there before, last on 15 Sep 2026"),
        (
            {"fellowship_share": 1.0, "day_share": 1.0, "newcomer": True},
            "AA, like most of their meetings; goes on Tuesdays; for newcomers",
        ),
    ],
)
def test_why_a_meeting_suits_the_client(told, words):
    assert why(replace(SUGGESTION, **{"fellowship_share": 0.0} | told)) == words


def test_the_slip_shows_when_and_where_and_not_why_or_whose():
    page = slip([SUGGESTION], {"C": "Closed", "ST": "Step Study"})
    for told in ("Tuesday 19:30", "Step by Step, AA", "Library Annex · 4 Old Town Road, Elmford", "Closed, Step Study"):
        assert told in page
    assert "their meetings" not in page


def test_a_region_is_named_from_near_to_far():
    assert where(SUGGESTION) == "in person, Old Town, Elmford"
