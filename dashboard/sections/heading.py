"""The head of every page: its title, how fresh the data are, and what was rejected."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import streamlit as st

from dashboard.context import Context
from dashboard.markup import render
from pipelines.wording import amounts, exported, freshness


def outline(title: str, level: int = 2) -> None:
    """A heading for a chart, which shows its title itself: for whoever goes through a page by its headings."""
    st.html(render("outline", title=title, level=level))


def heading(context: Context, title: str, needs: Collection[str] = (), *, warns: bool = False) -> None:
    """Draw the head of a page. Old data are a warning on pages that somebody acts on the same day.

    `needs`: the exports without which the page does not show all that it could; it says which of them are missing.
    """
    about = context.published
    rejected = [
        amounts.count(about.files_refused, "file") if about.files_refused else "",
        amounts.count(about.rows_rejected, "row") if about.rows_rejected else "",
    ]
    label = f"{' and '.join(filter(None, rejected))} rejected" if any(rejected) else ""
    if about.rows_later:
        label = ", ".join(filter(None, [label, f"{amounts.count(about.rows_later, 'row')} dated after the data"]))
    st.html(
        render(
            "head",
            title=title,
            freshness=freshness.freshness(about.as_of, about.published, context.snapshot.number),
            stale=freshness.stale(about.as_of, date.today(), about.date_basis),
            rejected=label,
            lacks=exported.not_known(needs, about.came_in, about.came_empty),
            warns=warns,
        )
    )
