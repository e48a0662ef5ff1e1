"""Taking along what a page shows: as a picture, as a table with its definition, or as a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.access import noting
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries.trends import Group
from dashboard.sheet import Row, Sheet, as_csv
from pipelines.wording import labels
from pipelines.wording.measure import Measure

COLUMNS = ("group", "period", "value", "numerator", "denominator", "mean", "lower", "upper", "reading")


def saving(
    context: Context,
    key: str,
    title: str,
    sheet: Callable[[], Sheet],
    sentence: str,
    client_id: str | None = None,
) -> None:
    """A button that offers what the container `key` shows: as SVG, PNG or CSV, or as a sentence to copy.

    `sheet` is made once somebody takes it. `client_id`: whose records they are, where they are one client's.
    """
    name = f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}_{context.published.as_of}"
    about = f"Data to {context.published.as_of}, snapshot {int(context.snapshot.stem)}."
    named = f"{title} as CSV" if client_id is None else "weeks of a client as CSV"
    with st.popover("Save or copy", key=f"save-{key}"):
        st.html(render("save", target=f".st-key-{key}", name=name, sentence=sentence))
        st.download_button(
            "Save as CSV",
            noting.taken(context, named, lambda: as_csv(sheet(), about), client_id),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            key=f"csv-{key}",
        )


def of_measure(groups: Sequence[Group], measure: Measure) -> Sheet:
    """The points of a measure's control charts."""
    return Sheet(f"{measure.title} ({measure.unit})", measure.definition, COLUMNS, list(points(groups, measure)))


def of_measures(groups: Sequence[tuple[Group, Measure]]) -> Sheet:
    """The points of several measures of the whole clinic."""
    rows = [
        Row([measure.title, *row.names], row.figures, row.about, f"{measure.name} {row.part}", row.whole)
        for group, measure in groups
        for row in points([group], measure)
    ]
    meanings = " ".join(f"{measure.title} ({measure.unit}): {measure.definition}" for _, measure in groups)
    return Sheet("Measures", meanings, ("measure", *COLUMNS), rows)


def points(groups: Sequence[Group], measure: Measure) -> list[Row]:
    """A row a group and period."""
    rows = []
    for group in groups:
        name = labels.BREAKDOWNS["all"] if group.breakdown == "all" else labels.member(group.member, group.breakdown)
        for point in group.points.to_dict("records"):
            about = people(point["numerator"], point["denominator"], measure)
            period = f"{point['period']:%Y-%m-%d}"
            figures = [point[column] for column in COLUMNS[2:]]
            rows.append(Row([name, period], figures, about, period, group.breakdown == "all"))
    return rows


def people(numerator: float, denominator: float | None, measure: Measure) -> list[float | None]:
    """How many a figure is about. Of a share, those who are not counted are people, too."""
    others = [denominator - numerator] if measure.scale == "share" and denominator is not None else []
    return [numerator, denominator, *others]
