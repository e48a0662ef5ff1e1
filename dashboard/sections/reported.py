"""How fresh the data are: which sites are late, and how many weeks are missing."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import director as queries
from pipelines.wording import freshness


def reported(context: Context) -> None:
    """Draw it. Raises SnapshotError."""
    sites = queries.reported(context.snapshot)
    basis = context.published.date_basis
    missing = freshness.weeks_since(sites[0].last_week, date.today(), basis) if sites else 0
    st.html(render("reported", sites=sites, missing=missing))
