"""A figure of the whole clinic: its value, its small chart and what the chart says."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboard.charts import trend as charts
from dashboard.charts.small_control import small_control
from dashboard.queries.trends import Group
from pipelines.wording import labels
from pipelines.wording.control import sentence
from pipelines.wording.measure import Measure


def figure(of: Group, measure: Measure) -> dict[str, object]:
    """A figure of the whole clinic: its value, its chart and what the chart says."""
    signal, points = of.signal, of.points
    return {
        "measure": measure,
        "signal": signal,
        "link": link(measure, signal.kind if signal else "week", "site"),
        "sentence": sentence(signal, measure) if signal else "Nothing is recorded.",
        "plot": small_control(
            points,
            periods=list(points["period"]),
            domain=charts.scale([points], measure),
            words=charts.alternative(signal, measure, title=measure.title),
        ),
    }


def link(measure: Measure, kind: str, breakdown: str) -> str:
    """The address of a measure's trend. It holds names of measures and breakdowns, nothing of a row."""
    return "trends?" + urlencode(
        {"measure": measure.title, "by": kind.capitalize(), "split": labels.BREAKDOWNS[breakdown]}
    )
