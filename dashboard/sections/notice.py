"""What a page says beside its charts and tables: a quiet line, or why there is nothing and which command helps."""

from __future__ import annotations

import shlex
from pathlib import Path

import streamlit as st

from dashboard.markup import render


def notice(title: str, text: str, typed: str = "", *, alone: bool = False) -> None:
    """Draw it; `typed`: the command. `alone`: there is nothing else on the page, so its title is the page's."""
    st.html(render("notice", title=title, text=text, command=typed, heading="h1" if alone else "h2"))


def quiet(text: str) -> None:
    """A line beneath what it explains."""
    st.html(render("quiet", text=text))


def command(home: Path, what: str) -> str:
    """A command about this home, as it is typed: `meshwork rollback --home /srv/meshwork`."""
    return f"meshwork {what} --home {shlex.quote(str(home))}"
