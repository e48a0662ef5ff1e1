"""The dashboard's entry: which snapshot, which page, and what all pages share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from dashboard.context import Context, Viewer
from dashboard.markup import render
from dashboard.queries.published import published
from dashboard.queries.snapshot import Snapshot, SnapshotError
from dashboard.views import caseload, client, data, director, pathway, report, sobriety, task_sheet, trends
from pipelines import snapshots
from pipelines.home import default as default_home
from pipelines.wording import freshness, labels

HERE = Path(__file__).parent
LOOKS_EVERY = 5  # seconds between looks for a new snapshot

st.set_page_config(page_title="Meshwork", page_icon=str(HERE / "static" / "icon.svg"), layout="wide")
st.html(HERE / "style.css")
st.html(
    '<script src="app/static/desk.js"></script>', unsafe_allow_javascript=True
)  # a file of our own, no values in it
st.logo(str(HERE / "static" / "wordmark.svg"), size="large")

home = default_home()
served = snapshots.in_force(home)  # read once: no page mixes two snapshots


@st.fragment(run_every=LOOKS_EVERY)
def follow() -> None:
    """Show a newer snapshot as soon as there is one."""
    if snapshots.in_force(home) != served:
        st.rerun()


def show(snapshot: Snapshot) -> None:
    """The page that is asked for, from a snapshot. Raises SnapshotError."""
    about = published(snapshot)
    context = Context(home, snapshot, about, Viewer())
    page = st.navigation(pages(context), position="top")
    st.set_page_config(page_title=f"{page.title} · Meshwork")
    older = freshness.fallback(served.damaged, pointer_lost=served.pointer_lost, shown=int(snapshot.stem))
    if older:
        st.warning(older)
    page.run()
    st.html(render("footer", date_basis=labels.DATE_BASIS[about.date_basis]))


def pages(context: Context) -> list[st.Page]:
    """Every page of the dashboard. A page that is hidden is reached by links only."""

    def page(view: Callable[[Context], None], title: str, url_path: str, *, hidden: bool = False) -> st.Page:
        visibility: Literal["visible", "hidden"] = "hidden" if hidden else "visible"
        draw = partial(view, context)
        return st.Page(draw, title=title, url_path=url_path, default=not url_path, visibility=visibility)

    return [
        page(caseload.page, "My caseload", ""),
        page(client.page, "Client", "client", hidden=True),
        page(director.page, "Overview", "director"),
        page(trends.page, "Trends", "trends"),
        page(pathway.page, "Pathway", "pathway"),
        page(sobriety.page, "Sobriety", "sobriety"),
        page(report.page, "Monthly report", "report"),
        page(task_sheet.page, "Task sheet", "task_sheet", hidden=True),
        page(data.page, "What came in", "data"),
    ]


def notice(title: str, text: str, command: str) -> None:
    """Why there is no page, and the command that helps."""
    st.html(render("notice", title=title, text=text, command=f"meshwork {command}"))


follow()
if served.snapshot is None:
    if served.damaged:
        notice(
            "No published snapshot is whole",
            "Every snapshot in the home folder is damaged or missing. A new run publishes one from the store:",
            f"run --exports FOLDER --home {home}",
        )
    else:
        notice(
            "Nothing is published yet",
            "This page fills by itself after the first run. Give it the folder with your exports:",
            f"run --exports FOLDER --home {home}",
        )
else:
    try:
        show(Snapshot(served.snapshot))
    except SnapshotError as error:
        logging.getLogger(__name__).error("%s", error)  # tells nothing of a row
        notice(
            "The published snapshot cannot be read",
            f"Another version of Meshwork made snapshot {served.snapshot.stem}. "
            "Run again, or go back to the snapshot before it:",
            f"rollback --home {home}",
        )
