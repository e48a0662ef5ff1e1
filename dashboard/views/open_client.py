"""A client's page for people who have no clients: opened for a while by giving a reason, and noted in the audit."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from dashboard.context import Context
from dashboard.links import client_of, token_of
from dashboard.markup import render
from dashboard.queries.reach import EVERYTHING, Reach
from dashboard.queries.snapshot import Snapshot
from dashboard.sections.heading import heading
from dashboard.views import client
from pipelines import audit

OPEN_FOR = 30 * 60  # seconds
SHORTEST_REASON = 10  # characters; fewer are no reason


def page(context: Context, own: Context | None = None) -> None:
    """Draw the page of the client whose link was followed, or ask which client and why.

    `own`: what a client's page is drawn from whom the viewer has in another role.
    """
    everyone = Snapshot(context.snapshot.path, EVERYTHING)
    token = st.query_params.get("c")
    if own is not None and client_of(own.home, own.snapshot, token):
        client.page(own)
        return
    asked = client_of(context.home, everyone, token)
    until, reason = st.session_state.setdefault("opened-clients", {}).get(asked, (0.0, ""))
    if asked and time.monotonic() < until:
        seen = replace(
            context,
            snapshot=Snapshot(context.snapshot.path, Reach(client_ids=(asked,))),
            viewer=replace(context.viewer, reason=reason),
        )
        st.info(f"You opened this page for a reason, which was noted with your name: {reason}")
        client.page(seen)
        return
    heading(context, "Open a client’s page")
    ask(context, everyone, asked)


def ask(context: Context, everyone: Snapshot, asked: str | None) -> None:
    """The form: which client, and why."""
    st.html(render("open_client"))
    with st.form("open-client"):
        named = st.text_input("Pseudonym of the client", key="open-client-id") if asked is None else ""
        reason = st.text_area(
            "Why do you need to see this client’s record?", key="open-client-reason", max_chars=500, height=100
        )
        wanted = st.form_submit_button("Open, and note it")
    if not wanted:
        return
    client_id = asked or client_of(context.home, everyone, token_of(context.home, named.strip()))
    if len(reason.strip()) < SHORTEST_REASON:
        st.error("Give a reason, in a few words that a reader of the audit will understand.")
    elif client_id is None:
        st.error("No client has this pseudonym.")
    else:
        viewer = context.viewer
        act = audit.Act(viewer.name, viewer.role, "break_glass", client_id, reason=reason.strip())
        audit.note(context.home, act)
        st.session_state["opened-clients"][client_id] = (time.monotonic() + OPEN_FOR, reason.strip())
        st.query_params["c"] = token_of(context.home, client_id)
        st.rerun()
