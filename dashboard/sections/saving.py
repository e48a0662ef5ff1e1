"""Taking along what a page shows: as a picture, as a table with its definition, or as a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from dashboard.access import noting
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries.trends import Group
from dashboard.sheet import Row, Sheet, as_csv, rests, told_in_part
from pipelines.wording import freshness, labels
from pipelines.wording.control import READINGS
from pipelines.wording.measure import Measure

COLUMNS = ("group", "period", "value", "numerator", "denominator", "mean", "lower", "upper", "reading")


def saving(
    context: Context,
    key: str,
    title: str,
    sheet: Callable[[], Sheet],
    sentence: str | Mapping[str, str],
    client_id: str | None = None,
    label: str = "",
) -> None:
    """A button that offers what the container `key` shows: as SVG, PNG or CSV, or as a sentence to copy.

    `sentence`: what is copied; or, for the rows of each first name in the sheet, what is said of them. No sentence is
    offered about what the sheet leaves out, because it leaves the clinic like the sheet. A picture is what the screen
    shows. `client_id`: whose records they are, if they are one client's. `label`: what the button says, where its place
    on the page does not tell what it saves.
    """
    in_part = told_in_part(sheet())
    if isinstance(sentence, str):
        sentence = "" if in_part else sentence
    else:
        sentence = " ".join(words for name, words in sentence.items() if name not in in_part)
    name = f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}_{context.published.as_of}"
    about = freshness.of_file(context.published.as_of, context.snapshot.number)
    named = f"{title} as CSV" if client_id is None else "weeks of a client as CSV"
    with st.popover(label or ("Save or copy" if sentence else "Save"), key=f"save-{key}"):
        st.html(render("save", target=f".st-key-{key}", name=name, sentence=sentence, in_part=bool(in_part)))
        st.download_button(
            "Save as CSV",
            noting.taken(context, named, lambda: as_csv(sheet(), about), client_id),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            key=f"csv-{key}",
        )


def of_measure(groups: Sequence[Group], measure: Measure, listed: Collection[Group] | None = None) -> Sheet:
    """The points of a measure's control charts. `listed`: which of these groups are listed; None: all."""
    rows = points(groups, measure)
    if listed is not None:
        names = {named(group) for group in listed}
        rows = [row if row.names[0] in names else replace(row, listed="elsewhere") for row in rows]
    return Sheet(
        f"{measure.title} ({measure.unit})", measure.definition, COLUMNS, [*rows, *rests(rows), *before(groups)]
    )


def of_measures(groups: Sequence[tuple[Group, Measure]]) -> Sheet:
    """The points of several measures of the whole clinic."""
    rows = [
        replace(
            row,
            names=[measure.title, *row.names] if row.names else [],
            part=f"{measure.name} {row.part}",
            series=f"{measure.name} {row.series}",
        )
        for group, measure in groups
        for row in (*points([group], measure), *before([group]))
    ]
    meanings = " ".join(f"{measure.title} ({measure.unit}): {measure.definition}" for _, measure in groups)
    return Sheet("Measures", meanings, ("measure", *COLUMNS), rows)


def points(groups: Sequence[Group], measure: Measure) -> list[Row]:
    """A row a group and period. The groups of a breakdown are one series: together with the whole, one would give the
    others away.
    """
    rows = []
    for group in groups:
        name, whole = named(group), group.breakdown == "all"
        columns = (group.points[column].tolist() for column in COLUMNS[1:])
        for day, value, numerator, denominator, mean, lower, upper, reading in zip(*columns, strict=True):
            period = f"{day:%Y-%m-%d}"
            figures, of_series = [value, numerator, denominator], [mean, lower, upper, READINGS.get(reading, "")]
            about = people(numerator, denominator, measure)
            rows.append(Row([name, period], figures, about, period, whole, group.breakdown, of_series))
    return rows


def before(groups: Sequence[Group]) -> list[Row]:
    """A row that is listed nowhere, for each series with points of few clients, even in periods that are not drawn."""
    few = sorted({group.breakdown for group in groups if group.has_few})
    return [Row([], [], part=f"before, {breakdown}", series=breakdown, listed="nowhere") for breakdown in few]


def named(group: Group) -> str:
    """What a group is called in a table."""
    return labels.member(group.member, group.breakdown)


def people(numerator: float, denominator: float | None, measure: Measure) -> list[float | None]:
    """How many people a figure is about. In a share, those not counted are people, too."""
    others = [denominator - numerator] if measure.scale == "share" and denominator is not None else []
    return [numerator, denominator, *others]
