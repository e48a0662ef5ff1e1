"""The monthly report: which month, what it says, and the files to send."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.access import noting
from dashboard.context import Context
from dashboard.queries import report as queries
from dashboard.sections.heading import heading
from dashboard.sections.notice import notice, quiet
from pipelines import settings
from pipelines.report import FORMATS, LedgerError, file_name

HEIGHT = 1000  # of the preview, in pixels; it scrolls within


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Monthly report", needs=("attendance", "checkins", "episodes", "sessions"))
    months = {f"{month:%B %Y}": month for month in reversed(queries.months(context.snapshot))}
    if not months:
        text = "The report starts with the first complete month of the data."
        notice("No complete month yet", text)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="report"):
        chosen = st.selectbox("Month", list(months), key="month", width=200, bind="query-params")
        clinic = clinic_settings(context.home)
        try:
            report = queries.read(
                context.snapshot, context.home, months[chosen], clinic.smallest_group, clinic.round_counts_to
            )
        except LedgerError as error:
            st.error(str(error))
            return
        for name, made in FORMATS.items():
            st.download_button(
                name.upper(),
                data=noting.taken(
                    context,
                    f"report of {report.month:%Y-%m} as {name}",
                    partial(queries.published, context.home, made, report),
                ),
                file_name=file_name(report.month, name),
                on_click="ignore",
                key=f"download-{name}",
                help=f"Save the report of {chosen} as {name.upper()}",
            )
    quiet(
        f"Figures for 1 to {report.smallest - 1} clients or events are hidden, and so are others that would reveal "
        "them. What is saved here counts as published: this month’s report will not change afterwards."
    )
    if clinic.name == settings.Settings.name:
        quiet("The report names no clinic yet: set `name` in the home's settings.toml, and run again.")
    st.iframe(FORMATS["html"](report).decode(), height=HEIGHT, alt=f"The report of {chosen}")


def clinic_settings(home: Path) -> settings.Settings:
    """The clinic's settings; the defaults, and the reason in a message, if they cannot be read."""
    try:
        return settings.load(home)
    except settings.SettingsError as error:
        st.warning(str(error))
        return settings.Settings()
