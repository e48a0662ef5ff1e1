"""Taking a chart along: as a picture, as a table with its definition, or as a sentence."""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.access import noting
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries.trends import Group
from pipelines.spreadsheet import as_text
from pipelines.wording import labels
from pipelines.wording.control import FEW
from pipelines.wording.measure import Measure

COLUMNS = ("group", "period", "value", "numerator", "denominator", "mean", "lower", "upper", "reading")


def save_chart(context: Context, chart: str, groups: list[Group], measure: Measure, sentence: str) -> None:
    """Buttons for the chart in the container `chart` (a CSS selector), and for the figures of the groups."""
    name = f"{re.sub(r'[^a-z0-9]+', '-', measure.title.lower())}_{context.published.as_of}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="saving"):
        st.html(render("save_chart", chart=chart, name=name, sentence=sentence), width="content")
        st.download_button(
            "Save as CSV",
            noting.taken(context, f"{name} as CSV", partial(as_csv, context, groups, measure)),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            type="tertiary",
            help=f"With the definition. Figures for 1 to {FEW - 1} are left out.",
        )


def as_csv(context: Context, groups: list[Group], measure: Measure) -> str:
    """The points of the groups, after what they are; those that are about 1 to 10 are left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{measure.title} ({measure.unit}). {measure.definition}"])
    about = f"Data to {context.published.as_of}, snapshot {int(context.snapshot.stem)}."
    writer.writerow([f"{about} Figures for 1 to {FEW - 1} clients or events are left out."])
    writer.writerow(COLUMNS)
    for group in groups:
        name = as_text("All clients" if group.breakdown == "all" else labels.member(group.member, group.breakdown))
        for row in group.points.to_dict("records"):
            shown = not any(0 < _number(row[column]) < FEW for column in ("numerator", "denominator"))
            figures = [_cell(row[column]) if shown else "" for column in COLUMNS[2:]]
            writer.writerow([name, f"{row['period']:%Y-%m-%d}", *figures])
    return out.getvalue()


def _number(value: Any) -> float:
    return 0.0 if pd.isna(value) else float(value)


def _cell(value: Any) -> Any:
    return "" if pd.isna(value) else value
