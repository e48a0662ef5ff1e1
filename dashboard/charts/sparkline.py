"""A client's weeks of meetings in the height of two lines of text, on a scale of the client's own.

Plain elements, coloured by the page's style sheet: they follow light and dark, and the page's sanitiser, which takes
out SVG, leaves them alone. All weeks of a kind are one element, so that a page of many clients is drawn at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from markupsafe import Markup

LEAST_TOP = 5  # a client who hardly goes must not look like one who goes often
GAP = 0.12  # of the room of a week, on either side of its bar
FLOOR = "calc(100% - 2px)"  # the top of the stump of a week without a meeting


def scale_top(weeks: Sequence[int | None]) -> int:
    """The top of the scale on which a client's weeks are drawn: the most meetings of any week, at least 5."""
    return max([LEAST_TOP, *(week for week in weeks if week is not None)])


def weekly_meetings(
    meetings: Sequence[int | None], exposure: Sequence[float | None], *, usual: float | None, recent_weeks: int | None
) -> Markup:
    """Bars of meetings a week, oldest first, with the usual level as a dashed line.

    A week of no meetings is a stump on the floor; a week that does not count (exposure 0) a pale column; a week before
    the stay began is blank. The last `recent_weeks` that count, over which the recent mean is taken, stand out.
    """
    weeks = list(zip(meetings, exposure, strict=True))
    top = scale_top([*meetings, None if usual is None else ceil(usual)])
    counting = [index for index, (met, share) in enumerate(weeks) if met is not None and share]
    recent = set(counting[-recent_weeks:]) if recent_weeks else set()
    drawn: dict[str, list[tuple[int, str]]] = {}
    for index, (met, share) in enumerate(weeks):
        if met is None:
            continue
        if not share:
            drawn.setdefault("off", []).append((index, "0%"))
        else:
            kind = ("zero" if met == 0 else "some") + (" now" if index in recent else "")
            drawn.setdefault(kind, []).append((index, f"{100 - 100 * met / top:.0f}%" if met else FLOOR))
    bars = "".join(f'<b class="{kind}" style="{_bars(of, len(weeks))}"></b>' for kind, of in drawn.items())
    line = "" if usual is None else f'<u style="bottom:{100 * usual / top:.0f}%"></u>'
    # Numbers and fixed words only: nothing in here needs escaping.
    words = _in_words(weeks, usual)
    return Markup(f'<span class="mw-weeks" role="img" aria-label="{words}">{bars}{line}<small>{top}</small></span>')


def _bars(places: Sequence[tuple[int, str]], weeks: int) -> str:
    """Bars, cut out of a filled box: along the floor, and up and down again at each week's place."""
    points = []
    for index, up in places:
        left, right = (100 * (index + edge) / weeks for edge in (GAP, 1 - GAP))
        points += [f"{left:.1f}% 100%", f"{left:.1f}% {up}", f"{right:.1f}% {up}", f"{right:.1f}% 100%"]
    return f"clip-path:polygon({','.join(points)})"


def _in_words(weeks: Sequence[tuple[int | None, float | None]], usual: float | None) -> str:
    in_care = [str(met) if share else "not counted" for met, share in weeks if met is not None]
    if not in_care:
        return "No complete week in care yet"
    level = "" if usual is None else f"; usually {usual:.1f}"
    return f"Meetings a week, oldest first: {', '.join(in_care)}{level}"
