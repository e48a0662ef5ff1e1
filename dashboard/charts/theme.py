"""The look of every chart: one Altair theme, registered when a chart is first drawn.

Its colours are the page's own (dashboard/style.css), so that they follow light and dark; a saved picture has the
colours of the screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Any

import altair as alt

# Blue for an improvement and orange for a concern, as in NHS charts: colour-blind readers can distinguish them.
GREEN, CLAY = "var(--green)", "var(--clay)"
BETTER, WORSE = "var(--better)", "var(--worse)"
INK, SOFT, COMMON, BAND = "var(--ink)", "var(--soft)", "var(--common)", "var(--range)"
SMALL, TEXT, LARGE = 13, 14, 16  # pixels: --xs, --s and --m of the page
# Letters of a line that a phone has room for: of a title, of what is beneath it, and of a name beside its bar.
TITLE, LINE, NAME = 34, 40, 22
ROW = 16  # pixels of a line of a name


def titled(title: str, *beneath: str, offset: int = 12) -> alt.Title:
    """A chart's title and what is beneath it, each in lines of its own: a chart cuts off what is longer than it."""
    return alt.Title(
        _lines(title, TITLE),
        subtitle=[line for sentence in beneath for line in _broken(sentence)],
        anchor="start",
        frame="bounds",
        offset=offset,
    )


def in_lines(names: Iterable[Sequence[str]]) -> list[str]:
    """Names for an axis of `names_axis`: each is one or more texts from a line of their own on, and as high as all."""
    found = [[line for text in name for line in wrap(text, NAME) or [text]] for name in names]
    most = max(map(len, found), default=1)
    # An axis begins to write at the middle of a row: all names are moved up alike, so a lower one begins lower.
    return [
        "\n".join([*[""] * ((most - len(lines)) // 2), *lines, *[""] * ((most - len(lines) + 1) // 2)])
        for lines in found
    ]


def names_axis(names: Sequence[str]) -> alt.Axis:
    """The axis that writes such names, each in the middle of its row."""
    return alt.Axis(
        ticks=False,
        domain=False,
        labelPadding=8,
        labelLimit=190,
        labelExpr="split(datum.value, '\\n')",
        labelLineHeight=ROW - 1,
        labelOffset=-(ROW - 1) / 2 * max((name.count("\n") for name in names), default=0),
    )


def tall(names: Iterable[str], least: int) -> int:
    """Pixels of a row that holds any of these names, `least` at least."""
    return max([least, *(ROW * (1 + name.count("\n")) + 2 for name in names)])


def _broken(sentence: str) -> list[str]:
    """A sentence in lines; if it is too long for one, each of its parts begins its own, as long as they fit."""
    if len(sentence) <= LINE:
        return [sentence]
    *head, last = re.split(r"(?<=[,;]) ", sentence)
    return [*_broken(" ".join(head)), *wrap(last, LINE)] if head else wrap(sentence, LINE)


def _lines(text: str, width: int) -> str | list[str]:
    found = wrap(text, width)
    return found if len(found) > 1 else text


@alt.theme.register("meshwork", enable=True)
def _theme() -> alt.theme.ThemeConfig:
    axis: Any = {
        "domain": False,
        "ticks": False,
        "labelFontSize": SMALL,
        "labelColor": SOFT,
        "titleFontSize": SMALL,
        "titleFontWeight": 400,
        "titleColor": SOFT,
        "gridOpacity": 0.5,
        "labelPadding": 6,
    }
    return {
        "config": {
            "font": "Figtree, sans-serif",
            "view": {"stroke": None},
            "axis": axis,
            "title": {
                "anchor": "start",
                "frame": "bounds",
                "fontSize": LARGE,
                "fontWeight": 600,
                "color": INK,
                "subtitleFontSize": TEXT,
                "subtitleColor": SOFT,
                "offset": 14,
            },
            "text": {"fontSize": TEXT, "font": "Figtree, sans-serif"},
        }
    }
