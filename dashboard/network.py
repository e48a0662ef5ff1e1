"""The dashboard of a network: one page, of several clinics side by side."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.access.session import Person, of_network
from dashboard.entry import answer, begin, follow, foot, who_asks
from dashboard.queries.network import clinics, network
from dashboard.views import network as view
from pipelines.home import of_a_network
from pipelines.wording import dates
from pipelines.wording.network import DATE_BASIS

begin()
homes = of_a_network()
found = clinics(homes)  # read once: the page mixes no two snapshots of a clinic
published = [clinic.home for clinic in found if clinic.snapshot is not None]
entrance = of_network(homes, published)
asks = who_asks(entrance)
formats = {clinic.date_format for clinic in found if clinic.about is not None}
dates.follow(formats.pop() if len(formats) == 1 else dates.DEFAULT)


def draw(person: Person) -> None:
    """The network's page."""
    page = st.Page(partial(view.page, network(found), person), title=view.TITLE, url_path="", default=True)
    st.navigation([page], position="top").run()
    st.set_page_config(page_title=f"{view.TITLE} · Meshwork")
    foot(person, published, "network_footer", DATE_BASIS)


follow(entrance, asks, lambda: clinics(homes) != found)
answer(asks, published, draw)
