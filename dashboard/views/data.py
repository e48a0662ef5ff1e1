"""What came in: each file with its rows accounted for, which rows were rejected and why, and which weeks are there."""

from __future__ import annotations

import csv
import io
from functools import partial

import streamlit as st

from dashboard.access import noting
from dashboard.charts import coverage as charts
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import intake as queries
from dashboard.queries.snapshot import Snapshot
from dashboard.sections.heading import heading
from dashboard.sections.notice import notice, quiet
from pipelines.spreadsheet import as_text
from pipelines.wording import exported


def page(context: Context) -> None:
    """Draw the page."""
    snapshot = context.snapshot
    heading(context, "What came in", needs=exported.TELLS)
    files = queries.files(snapshot)
    st.html(render("files", files=files, noted=any(file.note for file in files)))
    rejected(context, sorted({file.export for file in files if file.export and file.rejected}))
    weeks = queries.coverage(snapshot)
    if len(weeks):
        st.altair_chart(charts.coverage(weeks))
        quiet(
            "A week without a report from a site is missing, not empty: it does not count for anyone and flags nobody."
        )
    with st.expander("How complete the columns are"):
        st.html(render("columns_filled", columns=queries.columns_filled(snapshot)))
    st.html(render("flag_setting", setting=queries.flag_setting(snapshot)))


def rejected(context: Context, exports: list[str]) -> None:
    """Why rows were rejected, each row with its line, and a file of them to hand back to whoever sent the export."""
    snapshot = context.snapshot
    if not queries.rejected(snapshot, limit=1):
        notice("Every row was accepted", "No row was rejected.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        export = st.pills("Rejected rows in", exports, key="export", bind="query-params", persist_state="session")
        st.download_button(
            "Rejected rows (CSV)",
            noting.taken(context, "rejected rows as CSV", partial(as_csv, snapshot, export)),
            f"rejected-{export or 'rows'}-{snapshot.stem}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            help="To hand back to whoever sent the exports: file, line, column and what is wrong",
        )
    st.html(render("reasons", reasons=queries.reasons(snapshot, export)))
    rows = queries.rejected(snapshot, export)
    st.html(render("rejected", rows=rows, in_all=rows[0].rejected_in_all if rows else 0))


def as_csv(snapshot: Snapshot, export: str | None) -> str:
    """Every rejected row of an export, or of all."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "line", "export", "column", "what is wrong"])
    for row in queries.rejected(snapshot, export, limit=None):
        cells = (row.file, str(row.line), row.export, row.column_name or "", row.reason)
        writer.writerow([as_text(cell) for cell in cells])
    return text.getvalue()
