"""The dashboard of a clinic: which snapshot, which page."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import streamlit as st

from dashboard.access.session import Person, of_clinic
from dashboard.entry import answer, begin, follow, foot, who_asks
from dashboard.pages import about, pages_of
from dashboard.queries.snapshot import SnapshotError
from dashboard.sections.notice import command, notice
from pipelines import settings, snapshots
from pipelines.home import default as default_home
from pipelines.settings import SettingsError
from pipelines.wording import dates, freshness, labels

begin()
home = default_home()
entrance = of_clinic(home)
asks = who_asks(entrance)
with suppress(SettingsError):  # a page that needs the settings says so
    dates.follow(settings.load(home).date_format)
served = snapshots.in_force(home)  # read once: no page mixes two snapshots


def show(snapshot: Path, person: Person) -> None:
    """The page that is asked for, as far as the person may see it. Raises SnapshotError or AuditError."""
    described = about(snapshot, person)
    page = st.navigation(pages_of(home, snapshot, described, person), position="top")
    st.set_page_config(page_title=f"{page.title} · Meshwork")
    older = freshness.fallback(served.damaged, pointer_lost=served.pointer_lost, shown=snapshots.number(snapshot))
    if older:
        st.warning(older)
    page.run()
    foot(person, [home], "footer", labels.DATE_BASIS[described.date_basis])


def draw(person: Person) -> None:
    """The page that is asked for, or why there is none. Raises AuditError."""
    if served.snapshot is None:
        if served.damaged:
            notice(
                "No published snapshot is whole",
                "Every snapshot in the home folder is damaged or missing. A new run publishes one from the store. "
                "Write the folder that holds your exports in place of FOLDER:",
                command(home, "run --exports FOLDER"),
                alone=True,
            )
        else:
            notice(
                "Nothing is published yet",
                "This page fills by itself after the first run. "
                "Write the folder that holds your exports in place of FOLDER:",
                command(home, "run --exports FOLDER"),
                alone=True,
            )
    else:
        try:
            show(served.snapshot, person)
        except SnapshotError as error:
            logging.getLogger(__name__).error("%s", error)  # tells nothing of a row
            notice(
                "The published snapshot cannot be read",
                f"Another version of Meshwork made snapshot {served.snapshot.stem}. "
                "Run again, or go back to the snapshot before it:",
                command(home, "rollback"),
                alone=True,
            )


follow(entrance, asks, lambda: snapshots.in_force(home) != served)
answer(asks, [home], draw)
