"""Overview: how the clinic is doing, what changed most and where, and how fresh the data are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard.context import Context
from dashboard.links import EVERYONE, FILTERS, list_link
from dashboard.markup import render
from dashboard.queries import director as queries
from dashboard.queries import published
from dashboard.sections.figures import figures, link
from dashboard.sections.heading import heading
from dashboard.sections.notice import notice
from dashboard.sections.reported import reported
from dashboard.sections.saving import people, saving
from dashboard.sheet import Row, Sheet, of_breakdowns
from pipelines.definitions import rules
from pipelines.wording import amounts, labels
from pipelines.wording.control import READINGS, Signal, around, looked_at, sentence
from pipelines.wording.measure import Measure

RESPONSES = (
    *("acted", "flags", "back_4", "of_4", "back_4_without", "of_4_without"),
    *("back_8", "of_8", "back_8_without", "of_8_without"),
)
CHANGED = ("measure", "unit", "group", "period", "value", "numerator", "denominator", "usually", "reading")
PLURALS = {
    "site": "site",
    "level_of_care": "level of care",
    "primary_addiction": "primary addiction",
    "program": "program",
}


def page(context: Context) -> None:
    """Draw the page."""
    heading(context, "Overview", needs=("attendance", "checkins", "episodes", "sessions", "absences"))
    snapshot = context.snapshot
    measures = published.measures(snapshot)
    found = queries.figures(snapshot)
    if not found:
        notice("No complete week yet", "The overview starts with the first complete week of the data.")
        return
    named = [(each, measures[str(each.points["measure"].iloc[0])]) for each in found]
    figures(context, "glance", "Overview", named)
    st.html(render("control_key"))
    changes(context, measures)
    responses(context)
    everyone = list_link(context.caseload_at, {"therapist": EVERYONE})
    due, who = queries.reassessments(snapshot), everyone and f"{everyone}#reassessments"
    st.html(render("reassessments_due", due=due, who=who, as_of=context.published.as_of))
    reported(context)


def changes(context: Context, measures: Mapping[str, Measure]) -> None:
    """What changed most, and where."""
    found = [(change, measures[change.clinic.measure]) for change in queries.changes(context.snapshot)]
    chance = looked_at(*queries.looked_at(context.snapshot))
    with st.container(key="changes"):
        st.html(render("changes", changes=[changed(context, *each) for each in found], looked_at=chance))
    if found:
        said = {measure.title: sentence(change.clinic, measure) for change, measure in found}
        saving(context, "changes", "What changed most, and where", partial(of_changes, found), said)


def of_changes(found: Sequence[tuple[queries.Change, Measure]]) -> Sheet:
    """The same as a table: the whole clinic in each measure that changed, and below it the groups."""
    rows = []
    for change, measure in found:
        for signal in (change.clinic, *change.groups):
            whole = signal.breakdown == "all"
            name = labels.member(signal.member, signal.breakdown)
            # What is usual in a group, or of a stock, would reveal what it was the time before.
            usually = signal.mean if whole and not measure.stock else None
            figures = [signal.value, signal.numerator, signal.denominator, usually, READINGS[signal.reading]]
            names = [measure.title, measure.unit, name, f"{signal.period:%Y-%m-%d}"]
            about = people(signal.numerator, signal.denominator, measure)
            rows.append((signal.breakdown, Row(names, figures, about, measure.name, whole)))
    meaning = (
        "Measures of the whole clinic that moved more than chance would explain, and the groups that moved with it."
    )
    return Sheet("What changed most, and where", meaning, CHANGED, of_breakdowns(rows))


def responses(context: Context) -> None:
    """What was done about flags, and what came after."""
    found, journal = queries.responses(context.snapshot), queries.journal(context.snapshot)
    with st.container(key="responses"):
        st.html(render("responses", responses=found, journal=journal))
    if journal.noted and found:
        saving(context, "responses", "Flags, contacts and what followed", partial(of_responses, found), "")


def of_responses(found: Sequence[queries.Response]) -> Sheet:
    """The same as a table: how many flags there were, how many were acted on, and how many clients were back, with and
    without a contact.
    """
    rows = []
    for each in found:
        counts = [getattr(each, column) for column in RESPONSES]
        rest = [each.of_4 - each.back_4, each.of_4_without - each.back_4_without]
        rest += [each.of_8 - each.back_8, each.of_8_without - each.back_8_without, each.flags - each.acted]
        whole = each.breakdown == "all"
        name = labels.member(each.member, each.breakdown)
        rows.append(Row([name], counts, [*counts, *rest], whole=whole))
    rule = rules()
    meaning = (
        f"Flags acted on within {rule['acted_within_days']} days, of all. Back at usual within "
        f"{rule['back_within_weeks_early']} and {rule['back_within_weeks_late']} weeks, of those contacted and of "
        "those not."
    )
    return Sheet("Flags, contacts and what followed", meaning, ["group", *RESPONSES], rows)


def changed(context: Context, change: queries.Change, measure: Measure) -> dict[str, object]:
    """A change in words: the clinic's own signal, and the groups that it comes from."""
    clinic = change.clinic
    return {
        "signal": clinic,
        "measure": measure,
        "sentence": sentence(clinic, measure),
        "size": sized(clinic, measure),
        "usually": usually(clinic, measure),
        "link": link(measure, clinic.kind, change.groups[0].breakdown if change.groups else "site"),
        "everywhere": [PLURALS[breakdown] for breakdown in change.everywhere],
        "groups": [
            {
                "clients": list_link(
                    context.caseload_at, {"therapist": EVERYONE, FILTERS[group.breakdown]: group.member}
                ),
                "chart": link(measure, group.kind, group.breakdown),
                "name": labels.member(group.member, group.breakdown),
                "breakdown": labels.BREAKDOWNS[group.breakdown].lower(),
                "value": sized(group, measure),
                "usually": usually(group, measure),
                "since": around(group.since, group) if group.since else "",
            }
            for group in change.groups
        ],
    }


def usually(signal: Signal, measure: Measure) -> str:
    """`usually 14 %`; for a stock, the value of the period before plus its mean change."""
    return f"{'expected' if measure.stock else 'usually'} {amounts.amount(signal.mean, measure.scale)}"


def sized(signal: Signal, measure: Measure) -> str:
    """A value with what it is of: `14 % (20 of 145)`, `3.6 flags in 100 client-weeks`."""
    value = amounts.amount(signal.value, measure.scale)
    if measure.scale == "share" and signal.denominator is not None:
        return f"{value} ({signal.numerator:,.0f} of {signal.denominator:,.0f})"
    return f"{value} {measure.unit}"
