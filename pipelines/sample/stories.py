"""What happens to a client over the year: the courses that a clinician recognises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Week:
    """How a client's week differs from the client's own usual: factors on what is usual.

    `sponsor` 0 means that the client has a sponsor no more. `uses`: expected uses in the week, besides lapses.
    """

    meetings: float = 1.0
    active: float = 1.0
    sponsor: float = 1.0
    answers: float = 1.0
    keeps_sessions: float = 1.0
    uses: float = 0.0


USUAL = Week()


@dataclass(frozen=True)
class Story:
    """A course that a client's year takes.

    `share`: of every 180 clients. `week`: weeks since the story's turn (before it, less than 0) → how that week goes.
    `turn`: when it comes: so many weeks before the last day (least, most), at admission, or four weeks before leaving.
    `admitted`: how many weeks before the last day care began, least and most; None: at any time.
    `rate`: usual meetings a week, least and most, where the story needs it. `leaves`: the chance to leave care.
    """

    name: str
    share: int
    week: Callable[[int], Week] = lambda since: USUAL
    turn: tuple[int, int] | Literal["admission", "leaving"] = "admission"
    admitted: tuple[int, int] | None = None
    rate: tuple[float, float] | None = None
    leaves: float = 0.0
    steps_down: bool = False
    away_at_end: bool = False
    sponsored_by_therapist: bool = False


def _settling(since: int) -> Week:
    """Ninety meetings in ninety days, then the client's own measure."""
    return Week(meetings=1 + 1.3 * max(0.0, 1 - since / 13))


def _stop(since: int) -> Week:
    return Week(0.05, 0.5, 0.3, answers=0.5, keeps_sessions=0.8) if since >= 0 else USUAL


def _stop_and_return(since: int) -> Week:
    return Week(0.05, 0.5, 0.2, answers=0.7) if 0 <= since < 6 else USUAL


def _fade(since: int) -> Week:
    left = min(1.0, max(0.1, 1 - since / 9))
    return Week(left, left, max(left, 0.2), answers=min(1.0, left + 0.4))


def _silent(since: int) -> Week:
    """As many meetings as before, but without a word, and then without the sponsor."""
    return USUAL if since < 0 else Week(active=0.1, sponsor=0.1 if since < 2 else 0.0)


def _lapse_and_return(since: int) -> Week:
    if 0 <= since < 3:
        return Week(0.2, 0.3, 0.3, answers=0.8, uses=1.5)
    return Week(meetings=0.7) if 3 <= since < 5 else USUAL


def _lapse(since: int) -> Week:
    return Week(0.4, 0.5, 0.5, uses=2.5) if since >= 0 else USUAL


def _unheard(since: int) -> Week:
    return Week(answers=0.0) if since >= 0 else USUAL


def _dropping_out(since: int) -> Week:
    return Week(0.25, 0.5, 0.3, answers=0.6, keeps_sessions=0.6, uses=0.3) if since >= 0 else USUAL


STORIES = (
    Story("steady", 83, leaves=0.32),
    Story("settling in", 12, _settling, admitted=(6, 24), rate=(2.2, 3.6)),
    Story("stepping down", 15, admitted=(2, 36), steps_down=True),
    Story("few meetings", 12, rate=(0.3, 0.9), leaves=0.25),
    Story("dropping out", 12, _dropping_out, turn="leaving", leaves=1.0),
    Story("abrupt stop", 6, _stop, turn=(2, 5), admitted=(16, 80), rate=(2.2, 4.5)),
    Story("stop and return", 6, _stop_and_return, turn=(14, 30), admitted=(45, 90), rate=(2.0, 4.0)),
    Story("slow fade", 6, _fade, turn=(9, 13), admitted=(26, 90), rate=(2.4, 4.5)),
    Story("attending but silent", 6, _silent, turn=(5, 9), admitted=(26, 90), rate=(2.0, 3.5)),
    Story("lapse and return", 6, _lapse_and_return, turn=(8, 30), admitted=(40, 90)),
    Story("lapse now", 3, _lapse, turn=(2, 3), admitted=(20, 90)),
    Story("too new to judge", 6, admitted=(0, 3)),
    Story("away", 3, admitted=(20, 90), away_at_end=True),
    Story("unheard of", 3, _unheard, turn=(5, 8), admitted=(20, 90)),
    Story("sponsored by the therapist", 1, admitted=(20, 90), sponsored_by_therapist=True),
)
_ROUND = tuple(story for story in STORIES for _ in range(story.share))


def story_of(number: int) -> Story:
    """The story of a client: of every 180 in a row each story has its share, spread over the therapists."""
    return _ROUND[77 * number % len(_ROUND)]
