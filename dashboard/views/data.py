"""What came in: files with their rows accounted for, what was not taken and why, and the weeks that sites reported."""

from __future__ import annotations

import streamlit as st

from dashboard.charts import coverage as charts
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import intake as queries
from dashboard.sections.heading import heading


def page(context: Context) -> None:
    """Draw the page."""
    snapshot = context.snapshot
    heading(context, "What came in")
    files = queries.files(snapshot)
    st.html(render("files", files=files, noted=any(file.note for file in files)))

    in_all = queries.rejected(snapshot)
    if not in_all:
        st.html(render("notice", title="Every row was taken", text="No row of any file was rejected.", command=""))
    else:
        export = st.pills(
            "Rows not taken of",
            sorted({file.export for file in files if file.export and file.rejected}),
            key="export",
            bind="query-params",
            persist_state="session",
        )
        rows = queries.rejected(snapshot, export)
        st.html(render("rejected", rows=rows, in_all=rows[0].rejected_in_all if rows else 0))

    weeks = queries.coverage(snapshot)
    if len(weeks):
        st.altair_chart(charts.coverage(weeks))
        st.caption(
            "A week in which nothing came from a site is missing, not empty: it counts for nobody and flags nobody."
        )
    st.html(render("flag_setting", setting=queries.flag_setting(snapshot)))
