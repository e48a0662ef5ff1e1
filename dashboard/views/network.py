"""Clinics: the clinics of a network side by side, which of them stand out, and how fresh their data are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

import streamlit as st

from dashboard.access import noting
from dashboard.access.session import Person
from dashboard.charts.strip import shared_scale, strip
from dashboard.markup import render
from dashboard.queries.network import Clinic, Measured, Network, Row
from dashboard.sections.notice import notice
from dashboard.sheet import Row as SheetRow
from dashboard.sheet import Sheet, as_csv
from pipelines import snapshots
from pipelines.report.figures import Figure
from pipelines.wording import freshness
from pipelines.wording import network as say
from pipelines.wording.control import READINGS, sentence
from pipelines.wording.measure import Measure

TITLE = "Clinics"


COLUMNS = (
    *("clinic", "measure", "period", "shown", "numerator", "denominator", "value"),
    *("others", "lower", "upper", "reading"),
)


def page(network: Network, person: Person) -> None:
    """Draw the page."""
    st.html(
        render(
            "head",
            title=TITLE,
            freshness=say.compared(len(network.compared), network.month),
            stale="",
            rejected="",
            lacks="",
            warns=False,
        )
    )
    if not network.measured:
        notice("Nothing can be compared yet", "This page fills by itself once a clinic has a complete month.")
    else:
        found = {"apart": list(apart(network)), "changed": list(changed(network))}
        st.html(render("network_apart", **found, caution=say.CAUTION))
        side_by_side(network)
        beside(network)
        save(network, person)
    st.html(render("network_fresh", clinics=[fresh(clinic) for clinic in network.clinics]))
    if network.measured:
        with st.expander("What these measures mean"):
            st.html(render("measures", measures=[each.measure for each in network.measured]))


def save(network: Network, person: Person) -> None:
    """A button for the figures as a table to take along."""
    name = f"Clinics {network.month:%Y-%m}" if network.month else "Clinics"
    about = say.compared(len(network.compared), network.month)
    st.download_button(
        "Save as CSV",
        noting.taken_of_network(network.published, person, f"{name} as CSV", partial(as_csv, sheet(network), about)),
        f"{name.lower().replace(' ', '-')}.csv",
        "text/csv",
        on_click="ignore",
        key="save-clinics",
    )


def side_by_side(network: Network) -> None:
    """Every clinic's figures in a row, and the network's."""
    rows = [
        {
            "name": clinic.name,
            "own": say.own_month(clinic.about.last_month) if clinic.about and not clinic.is_dated else "",
            "cells": [] if clinic.problem else [cell(each, clinic) for each in network.measured],
            "why": say.PROBLEMS[clinic.problem] if clinic.problem else "",
        }
        for clinic in network.clinics
    ]
    totals = [total(each.total) for each in network.measured] if network.is_whole and len(network.compared) > 1 else []
    st.html(
        render(
            "network_table",
            measured=network.measured,
            rows=rows,
            totals=totals,
            all_clinics=say.ALL,
            notes=list(notes(network)),
        )
    )


def notes(network: Network) -> Iterator[str]:
    """What to bear in mind when reading the table."""
    yield say.READINGS
    yield say.withholding(network.smallest)
    if network.month is not None:
        last = {clinic.name: clinic.about.last_month for clinic in network.compared if clinic.about}
        if len(set(last.values())) > 1:
            yield say.behind([name for name, month in last.items() if month == network.month], network.month)
    windows = {
        row.figure.window for each in network.measured for row in each.rows if row.figure and row.clinic.is_dated
    }
    quarters = {window.label for window in windows if window.kind == "quarter"}
    if quarters:
        yield say.rare(" and ".join(sorted(quarters)))
    if not network.is_whole:
        yield say.no_total([clinic.name for clinic in network.clinics if clinic.problem not in (None, "no_month")])
    accepted = [
        (clinic.name, clinic.about.false_alerts_per_year)
        for clinic in network.compared
        if clinic.about and clinic.about.false_alerts_per_year is not None
    ]
    if different := say.flags_differ(accepted):
        yield different


def cell(measured: Measured, clinic: Clinic) -> dict[str, object]:
    """A clinic's figure in the table: its value, what it is of, and what its control chart says."""
    (row,) = (row for row in measured.rows if row.clinic == clinic)
    place = say.PLACES.get(row.place, "")
    said = {"title": measured.measure.title, "signal": row.signal, "place": place, "beside": row.reading}
    return total(row.figure) | said


def total(figure: Figure | None) -> dict[str, object]:
    """A figure as it may be shown."""
    if figure is None:
        return {"shown": say.NO_DATA, "counts": "", "quiet": True}
    if figure.withheld and not figure.is_legible:
        return {"shown": say.WITHHELD, "counts": "", "quiet": True}
    return {"shown": figure.shown, "counts": figure.counts, "quiet": not figure.is_legible}


def apart(network: Network) -> Iterator[dict[str, str]]:
    """The clinics that stand out beside the others, each in a sentence."""
    for each in network.measured:
        for row in each.rows:
            if row.place and row.expected and row.figure and row.figure.value is not None:
                its = row.expected
                yield {
                    "reading": row.reading,
                    "label": say.PLACES[row.place],
                    "title": each.measure.title,
                    "sentence": say.apart(
                        row.clinic.name, each.measure, row.figure.value, its.others, its.lower, its.upper
                    ),
                }


def changed(network: Network) -> Iterator[dict[str, str]]:
    """What changed in a clinic over time, by the rule of its own overview."""
    for each in network.measured:
        for row in each.rows:
            if row.signal and row.signal.stands_out and row.signal.discovery:
                label, said = READINGS[row.signal.reading], sentence(row.signal, each.measure)
                yield {"reading": row.signal.reading, "label": label, "sentence": f"{row.clinic.name}: {said}"}


def beside(network: Network) -> None:
    """Each measure by itself: the clinics on one scale, each with the range that chance leaves it."""
    cards = [card(each) for each in network.measured if any(row.expected for row in each.rows)]
    if cards:
        st.html(render("section", title="Beside one another", text=say.funnel(len(network.compared))))
        st.html(render("network_strips", cards=cards))


def card(measured: Measured) -> dict[str, object]:
    """A measure of all clinics."""
    measure = measured.measure
    ends = [n for row in measured.rows if row.expected for n in (row.expected.lower, row.expected.upper)]
    values = [row.figure.value for row in measured.rows if row.expected and row.figure and row.figure.value is not None]
    domain = shared_scale([*ends, *values], share=measure.scale == "share")
    return {
        "measure": measure,
        "total": total(measured.total),
        "domain": domain,
        "rows": [drawn(row, measure, domain) for row in measured.rows if row.clinic.is_dated],
    }


def drawn(row: Row, measure: Measure, domain: tuple[float, float]) -> dict[str, object]:
    """A clinic's line in the card of a measure."""
    value = row.figure.value if row.figure else None
    its = row.expected
    shown = str(total(row.figure)["shown"])
    band = (its.lower, its.others, its.upper) if its else None
    words = say.beside(row.clinic.name, shown, band, measure)
    plot = strip(value, band, domain=domain, reading=row.reading, words=words)
    return {"name": row.clinic.name, "shown": shown, "reading": row.reading, "place": row.place, "plot": plot}


def sheet(network: Network) -> Sheet:
    """The clinics' figures and the totals as a table, as far as they are shown."""
    rows = []
    for each in network.measured:
        for row in each.rows:
            its = (row.expected.others, row.expected.lower, row.expected.upper) if row.expected else (None,) * 3
            rows.append(
                line(row.clinic.name, each.measure, row.figure, [*its, row.signal.reading if row.signal else None])
            )
        if each.total is not None:
            rows.append(line(say.ALL, each.measure, each.total, [None] * 4))
    return Sheet(TITLE, say.CAUTION, COLUMNS, rows, say.withholding(network.smallest))


def line(name: str, measure: Measure, figure: Figure | None, more: Sequence[object]) -> SheetRow:
    """A figure in the table; if it is withheld, so are its numbers."""
    shown = str(total(figure)["shown"])
    numbers = [figure.numerator, figure.denominator, figure.value] if figure else [None] * 3
    return SheetRow([name, measure.title, figure.window.label if figure else "", shown], [*numbers, *more])


def fresh(clinic: Clinic) -> dict[str, object]:
    """How fresh a clinic's data are, and what is wrong with them."""
    about = clinic.about
    notes = [say.PROBLEMS[clinic.problem]] if clinic.problem else []
    if clinic.snapshot is not None:
        number = snapshots.number(clinic.snapshot.path)
        notes.append(freshness.fallback(clinic.damaged, pointer_lost=clinic.pointer_lost, shown=number))
    if about is not None:
        notes.append(freshness.stale(about.as_of, date.today(), about.date_basis))
        notes.append("" if clinic.is_dated else say.SHIFTED)
    return {"name": clinic.name, "about": about, "notes": " ".join(filter(None, notes))}
