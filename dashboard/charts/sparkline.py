"""A client's weeks of meetings in the height of two lines of text.

Plain elements, coloured by the page's style sheet: they follow light and dark, and the page's sanitiser, which takes
out SVG, leaves them alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

LEAST_TOP, MOST_TOP = 5, 14  # a quiet caseload must not look like a busy one, nor one busy client flatten the others


def scale_top(caseload: Sequence[Sequence[int | None]]) -> int:
    """The top of the one scale on which all clients of a caseload are drawn: the most meetings of any week, 5 to 14."""
    most = max((week for weeks in caseload for week in weeks if week is not None), default=0)
    return min(max(most, LEAST_TOP), MOST_TOP)


def weekly_meetings(
    meetings: Sequence[int | None],
    exposure: Sequence[float | None],
    *,
    usual: float | None,
    recent_weeks: int | None,
    top: int,
) -> Markup:
    """Bars of meetings a week, oldest first, with the usual level as a dashed line; `top` is the end of the scale.

    A week of no meetings is a stump on the floor; a week that does not count (exposure 0) a pale column; a week before
    the stay began is blank. The last `recent_weeks` that count, of which a flag or the recent mean
    speaks, stand out.
    """
    weeks = list(zip(meetings, exposure, strict=True))
    counting = [index for index, (met, share) in enumerate(weeks) if met is not None and share]
    recent = set(counting[-recent_weeks:]) if recent_weeks else set()
    bars = []
    for index, (met, share) in enumerate(weeks):
        if met is None:
            bars.append("<i></i>")
        elif not share:
            bars.append('<i class="off"></i>')
        else:
            kind = ("zero" if met == 0 else "some") + (" now" if index in recent else "")
            height = f' style="height:{100 * min(met, top) / top:.0f}%"' if met else ""
            bars.append(f'<i class="{kind}"{height}></i>')
    line = "" if usual is None else f'<b style="bottom:{100 * min(usual, top) / top:.0f}%"></b>'
    # Numbers and fixed words only: nothing in here needs escaping.
    return Markup(f'<span class="mw-weeks" role="img" aria-label="{_said(weeks, usual)}">{"".join(bars)}{line}</span>')


def _said(weeks: Sequence[tuple[int | None, float | None]], usual: float | None) -> str:
    in_care = [str(met) if share else "not counted" for met, share in weeks if met is not None]
    if not in_care:
        return "No complete week in care yet"
    level = "" if usual is None else f"; usually {usual:.1f}"
    return f"Meetings a week, oldest first: {', '.join(in_care)}{level}"
