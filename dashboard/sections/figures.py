"""Figures of the whole clinic: their values, their small charts and what the charts say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from dashboard.charts import trend as charts
from dashboard.charts.small_control import small_control
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries.trends import Group
from dashboard.sections.saving import of_measures, saving
from pipelines.wording import labels
from pipelines.wording.control import sentence
from pipelines.wording.measure import Measure


def figures(context: Context, key: str, title: str, found: Sequence[tuple[Group, Measure]]) -> None:
    """Draw a card for each, in a container of this key."""
    with st.container(key=key):
        drawn = [figure(*each) for each in found]
        st.html(render("figures", figures=drawn, as_of=context.published.as_of))
    said = {measure.title: charts.alternative(group.signal, measure, title=measure.title) for group, measure in found}
    saving(context, key, title, partial(of_measures, found), said)


def figure(of: Group, measure: Measure) -> dict[str, object]:
    """A figure of the whole clinic: its value, its chart and what the chart says."""
    signal, points = of.signal, of.points
    return {
        "measure": measure,
        "signal": signal,
        "link": link(measure, signal.kind if signal else "week", "site"),
        "sentence": sentence(signal, measure) if signal else "There is no value yet.",
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
