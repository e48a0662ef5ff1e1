"""The dashboard's entry: which snapshot, which pages, what stands on all of them."""

from __future__ import annotations

import logging
import os
from datetime import date
from pathlib import Path

import streamlit as st

from dashboard.markup import render
from dashboard.queries.published import published
from dashboard.queries.snapshot import SnapshotError
from pipelines import publish
from pipelines.wording import phrases

HERE = Path(__file__).parent
LOOKS_EVERY = 5  # seconds between looks for a new snapshot

st.set_page_config(page_title="Meshwork", page_icon=str(HERE / "static" / "icon.svg"), layout="wide")
st.html(HERE / "style.css")
st.logo(str(HERE / "static" / "wordmark.svg"), size="large")

home = Path(os.environ.get("MESHWORK_HOME", "var"))
snapshot = publish.current(home)  # read once: no page mixes two snapshots


@st.fragment(run_every=LOOKS_EVERY)
def follow() -> None:
    """Show a newer snapshot as soon as there is one."""
    if publish.current(home) != snapshot:
        st.rerun()


def show(snapshot: Path) -> None:
    """The page that is asked for, from a snapshot. Raises SnapshotError."""
    about = published(snapshot)
    st.session_state["home"] = home
    st.session_state["snapshot"] = snapshot
    st.session_state["published"] = about
    st.session_state["freshness"] = phrases.freshness(about.as_of, about.published, int(snapshot.stem))
    st.session_state["stale"] = phrases.stale(about.as_of, date.today(), about.date_basis)
    # The pages lie in views/, for a folder called pages/ would make Streamlit run them without this script.
    pages = [
        st.Page(HERE / "views" / "caseload.py", title="My caseload", default=True),
        st.Page(HERE / "views" / "client.py", title="Client", url_path="client", visibility="hidden"),
        st.Page(HERE / "views" / "director.py", title="Overview"),
        st.Page(HERE / "views" / "trends.py", title="Trends"),
        st.Page(HERE / "views" / "pathway.py", title="Pathway"),
        st.Page(HERE / "views" / "sobriety.py", title="Sobriety"),
        st.Page(HERE / "views" / "report.py", title="Monthly report"),
        st.Page(HERE / "views" / "task_sheet.py", title="Task sheet", url_path="task_sheet", visibility="hidden"),
        st.Page(HERE / "views" / "data.py", title="What came in"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · Meshwork")
    page.run()
    st.html(render("footer", date_basis=phrases.DATE_BASIS[about.date_basis]))


def notice(title: str, text: str, command: str) -> None:
    """Why there is no page, and the command that helps."""
    st.html(render("notice", title=title, text=text, command=f"meshwork {command}"))


follow()
if snapshot is None:
    notice(
        "Nothing is published yet",
        "This page fills by itself after the first run. Give it the folder with your exports:",
        "run --exports DIR --home HOME",
    )
elif not snapshot.exists():
    notice(
        "The published snapshot is missing",
        f"Snapshot {snapshot.stem} is in force, but its file is gone. Run again, or go back to the snapshot before it:",
        "rollback --home HOME",
    )
else:
    try:
        show(snapshot)
    except SnapshotError as error:
        logging.getLogger(__name__).error("%s", error)  # tells nothing of a row
        notice(
            "The published snapshot cannot be read",
            f"Snapshot {snapshot.stem} is damaged, or another version of Meshwork made it. "
            "Run again, or go back to the snapshot before it:",
            "rollback --home HOME",
        )
