"""The look of every chart: one Altair theme, registered when a chart is first drawn.

Its colours are for paper. On a dark page the style sheet turns each into its counterpart; a picture that is saved keeps
those of the page.
"""

from __future__ import annotations

from typing import Any

import altair as alt

# Blue for an improvement and orange for a concern, as in NHS charts: colour-blind readers can distinguish them.
GREEN, CLAY = "#17635f", "#a84a1f"
BETTER, WORSE = "#0a6ebd", "#b85a00"
INK, SOFT, COMMON, BAND = "#1d2a2b", "#5a6767", "#7d8583", "#6f8f8c"
SMALL, TEXT, LARGE = 12, 13, 15  # pixels


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
