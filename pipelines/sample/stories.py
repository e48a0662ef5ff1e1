"""What happens to a client over the year: the courses that a clinician recognises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Week:
    """How a client's week differs from the client's own usual: factors on what is usual, and what is out of order."""

    meetings: float = 1.0
    active: float = 1.0
    sponsor: float = 1.0
    answers: bool = True
    uses: bool = False


@dataclass(frozen=True)
class Story:
    """A course. `week(to_end, in_care)`: weeks to the end of the year and weeks in care → how that week goes.

    `admitted`: weeks before the end at which care began, least and most. `rate`: usual meetings a week where the story
    needs one. `leaves`: whether the client may leave before the end.
    """

    name: str
    share: int
    week: Callable[[int, int], Week]
    admitted: tuple[int, int] = (10, 140)
    rate: tuple[float, float] | None = None
    leaves: bool = False
    steps_down: bool = False


def _usual(_to_end: int, _in_care: int) -> Week:
    return Week()


def _settling(_to_end: int, in_care: int) -> Week:
    return Week(meetings=1.0 + 1.5 * max(0.0, 1 - in_care / 14))


def _stop(to_end: int, _in_care: int) -> Week:
    return Week(0.08, 0.5, 0.3, answers=to_end % 2 == 0) if to_end < 4 else Week()


def _stop_and_back(to_end: int, _in_care: int) -> Week:
    return Week(0.05, 0.5, 0.2) if 17 <= to_end < 23 else Week()


def _fade(to_end: int, _in_care: int) -> Week:
    return Week(max(0.15, min(1.0, to_end / 11)), max(0.4, min(1.0, to_end / 9)), max(0.3, min(1.0, to_end / 9)))


def _silent(to_end: int, _in_care: int) -> Week:
    return Week(1.0, 0.1, 0.0) if to_end < 7 else Week()


def _lapse(to_end: int, _in_care: int) -> Week:
    if 9 <= to_end < 12:
        return Week(0.2, 0.3, 0.3, uses=True)
    return Week(0.7) if 7 <= to_end < 9 else Week()


def _lapse_now(to_end: int, _in_care: int) -> Week:
    return Week(0.4, 0.5, 0.5, uses=True) if to_end < 3 else Week()


def _unheard(to_end: int, _in_care: int) -> Week:
    return Week(answers=to_end >= 6)


STORIES = (
    Story("steady", 30, _usual, leaves=True),
    Story("settling in", 4, _settling, admitted=(9, 26), rate=(3.0, 4.0)),
    Story("stepping down", 5, _usual, admitted=(16, 40), steps_down=True),
    Story("few meetings", 5, _usual, rate=(0.3, 0.8), leaves=True),
    Story("abrupt stop", 2, _stop, admitted=(14, 110), rate=(2.4, 4.0)),
    Story("stop and return", 2, _stop_and_back, admitted=(40, 120), rate=(2.0, 4.0)),
    Story("slow fade", 2, _fade, admitted=(22, 110), rate=(2.4, 4.0)),
    Story("attending but silent", 2, _silent, admitted=(22, 110), rate=(2.0, 3.5)),
    Story("lapse and return", 2, _lapse, admitted=(26, 70)),
    Story("lapse now", 1, _lapse_now),
    Story("too new to judge", 3, _usual, admitted=(0, 3)),
    Story("away", 1, _usual),
    Story("unheard of", 1, _unheard),
)
_ROUND = tuple(story for story in STORIES for _ in range(story.share))


def story_of(number: int, therapists: int) -> Story:
    """The story of a client: every story comes up equally often among the therapists, and each has a mixed caseload."""
    therapist, place = number % therapists, number // therapists
    return _ROUND[(5 * therapist + 37 * place) % len(_ROUND)]
