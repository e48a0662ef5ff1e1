"""Trends: a measure over time as a control chart, of the clinic and of its groups: what changed, where, since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.charts import trend as charts
from dashboard.charts.small_control import small_control
from dashboard.context import Context
from dashboard.links import KEPT
from dashboard.markup import render
from dashboard.queries import published
from dashboard.queries import trends as queries
from dashboard.queries.director import FIGURES
from dashboard.sections.events import note_events, noted_events
from dashboard.sections.figures import figures
from dashboard.sections.heading import heading, outline
from dashboard.sections.notice import notice, quiet
from dashboard.sections.saving import named, of_measure, saving
from pipelines.wording import labels
from pipelines.wording.control import assured, caution, few, sentence
from pipelines.wording.measure import Measure

BY: dict[str, queries.Kind] = {"Week": "week", "Month": "month"}
BACK = {"week": [52, 26, 13, 104], "month": [12, 24, 36, 6]}
FIRST = "meetings_per_client_week"
MOST = 12  # measures of one's own
BREAKDOWNS = {title: name for name, title in labels.BREAKDOWNS.items() if name != "all"}


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Trends", needs=("attendance", "checkins", "episodes", "sessions"))
    measures = published.measures(context.snapshot)
    measure, wanted, breakdown, periods = chosen(measures)
    kind, found = over_time(context, measure, wanted, breakdown, periods)
    if kind != wanted:
        quiet("This measure has values by month only.")
    if found.whole is None:
        notice("No complete week or month yet", "Trends start with the first complete week or month of the data.")
        return
    st.html(render("measure", measure=measure))
    noted = noted_events(context)
    whole(context, found, measure, kind, [(each.happened_on, each.text) for each in noted])
    note_events(context, noted)
    groups(context, found, measure, breakdown)
    side_by_side(context, found, measure, kind, breakdown)
    own_page(context, measures, wanted, periods)
    with st.expander("What these measures mean"):
        st.html(render("measures", measures=measures.values()))


def over_time(
    context: Context, measure: Measure, kind: queries.Kind, breakdown: str, periods: int
) -> tuple[queries.Kind, queries.Trends]:
    """A measure by week or by month, as chosen; by month if it has only monthly values."""
    found = queries.trends(context.snapshot, kind, measure.name, breakdown, periods, context.viewer.caseload)
    if kind == "week" and not has_values(found):
        months = BACK["month"][0]
        by_month = queries.trends(context.snapshot, "month", measure.name, breakdown, months, context.viewer.caseload)
        if has_values(by_month):
            return "month", by_month
    return kind, found


def has_values(found: queries.Trends) -> bool:
    """Whether there is a point to draw of the whole clinic."""
    return found.whole is not None and found.whole.signal is not None


def side_by_side(context: Context, found: queries.Trends, measure: Measure, kind: queries.Kind, breakdown: str) -> None:
    """Two groups of the reader's choice on one chart."""
    names = {labels.member(group.member, breakdown): group for group in found.groups if group.signal}
    if len(names) < 2:
        return
    chosen = st.multiselect(
        "Compare two groups", list(names), max_selections=2, key="compare", placeholder="Choose two groups", width=420
    )
    if len(chosen) == 2:
        series = [(name, names[name].points) for name in chosen]
        domain = charts.scale([points for _, points in series], measure)
        with st.container(border=True, key="compared"):
            outline(f"{measure.title}: {' and '.join(chosen)}")
            chart = charts.compare(series, measure, kind=kind, domain=domain)
            st.vega_lite_chart(chart.to_dict(validate=False))
        two = [names[name] for name in chosen]
        text = {name: charts.alternative(names[name].signal, measure, title=name) for name in chosen}
        title = f"{measure.title}: {' and '.join(chosen)}"
        of_all = [found.whole, *found.groups] if found.whole else found.groups
        saving(context, "compared", title, partial(of_measure, of_all, measure, two), text)


def own_page(context: Context, measures: dict[str, Measure], kind: queries.Kind, periods: int) -> None:
    """The measures that the reader has chosen; the address keeps them, so the reader can come back to them."""
    titles = {measure.title: measure for measure in measures.values()}
    chosen = st.multiselect(
        "My measures", list(titles), key="mine", placeholder="Choose measures to see together", width=640, **KEPT
    )
    drawn: list[tuple[queries.Group, Measure]] = []
    for title in chosen[:MOST]:
        measure = titles[title]
        _, found = over_time(context, measure, kind, "site", periods)
        if found.whole is not None:
            drawn.append((found.whole, measure))
    if drawn:
        figures(context, "my-measures", "My measures", drawn)


def chosen(measures: dict[str, Measure]) -> tuple[Measure, queries.Kind, str, int]:
    """The measure, by week or by month, the breakdown and how many periods, as chosen at the top of the page."""
    # The measures that are read most come first, then the others by subject.
    by_theme = sorted(measures.values(), key=lambda each: (each.name not in FIGURES, each.theme))
    titles = {measure.title: measure for measure in by_theme}
    with st.container(horizontal=True, gap="medium"):
        title = st.selectbox(
            "Measure (type to search)",
            list(titles),
            index=list(titles).index(measures[FIRST].title),
            key="measure",
            width=320,
            **KEPT,
        )
        measure = titles[title]
        by = st.segmented_control("By", list(BY), default="Week", required=True, key="by", **KEPT) or "Week"
        kind = BY[by]
        periods = st.selectbox(f"{by}s back", BACK[kind], key=f"{kind}s", width=140, **KEPT)
        # Therapists do not choose their clients, so they are compared only by what helps to share the work.
        allowed = [name for name in BREAKDOWNS if BREAKDOWNS[name] != "therapist" or measure.by_therapist]
        split = st.selectbox("Group by", allowed, key="split", width=200, **KEPT)
    return measure, kind, BREAKDOWNS[split], periods


def whole(
    context: Context,
    found: queries.Trends,
    measure: Measure,
    kind: queries.Kind,
    events: Sequence[tuple[date, str]],
) -> None:
    """The clinic's control chart, and beside it what it says."""
    clinic = found.whole
    if clinic is None:
        return
    left, right = st.columns([7, 3], gap="medium", vertical_alignment="center")
    signal = clinic.signal
    with left, st.container(border=True, key="whole"):
        outline(measure.title)
        chart = charts.control(
            clinic.points,
            measure,
            signal,
            kind=kind,
            title=measure.title,
            domain=charts.scale([clinic.points], measure),
            annotations=events,
        )
        # The tests check charts against the schema of Vega-Lite; doing so here would take most of the page's time.
        st.vega_lite_chart(chart.to_dict(validate=False))
    with right:
        st.html(
            render(
                "control",
                signal=signal,
                measure=measure,
                kind=kind,
                sentence=sentence(signal, measure) if signal else "",
                notes=[assured(signal), caution(signal, measure)] if signal else [],
            )
        )
    text = {named(clinic): charts.alternative(signal, measure, title=measure.title)}
    st.html(render("control_key"))
    saving(context, "whole", measure.title, partial(of_measure, [clinic, *found.groups], measure), text)


def groups(context: Context, found: queries.Trends, measure: Measure, breakdown: str) -> None:
    """The groups' control charts, on one scale."""
    title = f"By {labels.BREAKDOWNS[breakdown].lower()}"
    cut = found.groups_in_all > len(found.groups)
    largest = f" The {len(found.groups)} largest of {found.groups_in_all}." if cut else ""
    st.html(render("section", title=title, text=f"All on the same scale, largest first.{largest}"))
    # A small group varies a lot; it is drawn on the scale of the others, with what lies beyond at its edge.
    many = [group for group in found.groups if group.signal and group.signal.reading != "too_few"]
    domain = charts.scale([group.points for group in many or found.groups], measure)
    periods = sorted({pd.Timestamp(period) for group in found.groups for period in group.points["period"]})
    drawn = [small(group, measure, periods, domain) for group in found.groups]
    with st.container(key="groups"):
        st.html(render("small_controls", charts=drawn, measure=measure, domain=domain))
    whole = [found.whole] if found.whole else []
    saved = f"{measure.title}, {title[:1].lower()}{title[1:]}"
    sentences = {str(each["title"]): str(each["words"]) for each in drawn}
    saving(context, "groups", saved, partial(of_measure, [*whole, *found.groups], measure), sentences)
    if breakdown == "therapist":
        quiet("Therapists do not choose their clients, so outcomes are not compared between therapists.")


def small(
    group: queries.Group, measure: Measure, periods: Sequence[pd.Timestamp], domain: tuple[float, float]
) -> dict[str, object]:
    """A group's small chart, with what it says."""
    title = labels.member(group.member, group.breakdown)
    words = charts.alternative(group.signal, measure, title=title)
    return {
        "title": title,
        "signal": group.signal,
        "sentence": f"{sentence(group.signal, measure)} {few(group.signal, measure)}" if group.signal else "",
        "words": words,
        "plot": small_control(group.points, periods=periods, domain=domain, words=words),
    }
