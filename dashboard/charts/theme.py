"""The look of every chart: one Altair theme, registered when a chart is first drawn.

Its colours are the page's own (dashboard/style.css), so that they follow light and dark; a saved picture has the
colours of the screen.
"""

from __future__ import annotations

from typing import Any

import altair as alt

# Blue for an improvement and orange for a concern, as in NHS charts: colour-blind readers can distinguish them.
GREEN, CLAY = "var(--green)", "var(--clay)"
BETTER, WORSE = "var(--better)", "var(--worse)"
INK, SOFT, COMMON, BAND = "var(--ink)", "var(--soft)", "var(--common)", "var(--range)"
SMALL, TEXT, LARGE = 13, 14, 16  # pixels: --xs, --s and --m of the page


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
