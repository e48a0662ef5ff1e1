"""What came in: each file with its rows accounted for, which rows were rejected and why, and which weeks are there."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.access import noting
from dashboard.charts import coverage as charts
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import intake as queries
from dashboard.queries.snapshot import Snapshot
from dashboard.sections.heading import heading, outline
from dashboard.sections.notice import notice, quiet
from dashboard.sections.reported import reported
from dashboard.sections.saving import saving
from dashboard.sheet import Row, Sheet, of_frame
from pipelines import spreadsheet
from pipelines.wording import exported

REPORTED = "Whether a site sent attendance or check-ins of a week, and how many clients were in care there."
OF_ROWS = "Counts of rows, not of people."


def page(context: Context) -> None:
    """Draw the page."""
    snapshot = context.snapshot
    heading(context, "What came in", needs=exported.ABOUT)
    files = queries.files(snapshot)
    with st.container(key="files"):
        st.html(render("files", files=files, noted=any(file.note for file in files)))
    saving(context, "files", "Files of the last run", partial(of_files, files), "")
    if any(file.rows_read for file in files):
        rejected(context, sorted({file.export for file in files if file.export and file.rejected}))
    else:
        notice("The exports hold no row", "The files that came in have a header and nothing under it.")
    weeks = queries.coverage(snapshot)
    if len(weeks):
        reported(context)
        title = "Weeks reported, by site"
        with st.container(key="coverage"):
            outline(title)
            st.altair_chart(charts.coverage(weeks))
        rows = weeks[["site", "week", "clients", "rows_received", "reported"]]
        saving(
            context,
            "coverage",
            title,
            lambda: Sheet(title, REPORTED, list(rows.columns), of_frame(rows, ["site", "week"], ["clients"])),
            charts.alternative(weeks),
        )
        quiet(
            "A week without a report from a site is missing, not empty: it does not count for anyone and flags nobody."
        )
    with st.expander("How complete the columns are"):
        columns = queries.columns_filled(snapshot)
        with st.container(key="columns"):
            st.html(render("columns_filled", columns=columns))
        saving(context, "columns", "How complete the columns are", partial(of_columns, columns), "")
    setting = queries.flag_setting(snapshot)
    if setting:
        st.html(render("flag_setting", setting=setting))


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


def of_files(files: Sequence[queries.File]) -> Sheet:
    """The files of the last run as a table."""
    rows = [
        Row([file.file, file.status], [file.rows_read, file.accepted, file.known, file.rejected, file.note or ""])
        for file in files
    ]
    columns = ["file", "status", "read", "accepted", "known", "rejected", "note"]
    return Sheet("Files of the last run", "Rows: read = accepted + known + rejected.", columns, rows, OF_ROWS)


def of_columns(columns: Sequence[queries.Filled]) -> Sheet:
    """How complete the columns are, as a table."""
    rows = [Row([each.export, each.column_name], [each.filled, each.rows_stored]) for each in columns]
    meaning = "In how many of the stored rows a column is filled."
    return Sheet("How complete the columns are", meaning, ["export", "column", "filled", "rows"], rows, OF_ROWS)


def as_csv(snapshot: Snapshot, export: str | None) -> str:
    """Every rejected row of an export, or of all."""
    text = io.StringIO()
    rows = queries.rejected(snapshot, export, limit=None)
    cells = ((row.file, row.line, row.export, row.column_name, row.reason) for row in rows)
    spreadsheet.write(text, [("file", "line", "export", "column", "what is wrong"), *cells])
    return text.getvalue()
