"""Meetings to suggest: the section of the client's page, and its list to take along."""

from __future__ import annotations

import io
from functools import partial

import streamlit as st

from dashboard.access import noting
from dashboard.context import Context
from dashboard.markup import render
from dashboard.queries import suggestions as queries
from dashboard.queries.suggestions import Suggestion
from pipelines import spreadsheet
from pipelines.definitions import rules
from pipelines.wording import dates

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MODES = {
    "in_person": "in person",
    "online": "online",
    "both": "in person and online",
    None: "in person or online not stated",
}


def meetings_to_suggest(context: Context, client_id: str) -> None:
    """Draw the section. Raises SnapshotError."""
    found = queries.suggestions(context.snapshot, client_id)
    names = queries.type_names(context.snapshot)
    meetings = [(each.name, each.fellowship, when(each), where(each), kinds(each, names), why(each)) for each in found]
    st.html(render("suggestions", meetings=meetings))
    if meetings:
        with st.container(horizontal=True, gap="small", key="take-along"):
            st.download_button(
                "Slip to hand over",
                noting.taken(context, "meetings to hand over", partial(slip, found, names), client_id),
                "meetings.html",
                "text/html",
                on_click="ignore",
                icon=":material/print:",
                help="A page to print, without anything about the client",
            )
            st.download_button(
                "List (CSV)",
                noting.taken(context, "meetings as CSV", partial(as_csv, meetings), client_id),
                "meetings.csv",
                "text/csv",
                on_click="ignore",
                icon=":material/download:",
            )


def when(each: Suggestion) -> str:
    """`Tuesday 19:30`, with the zone if it is not the usual one."""
    return f"{DAYS[each.day]} {each.time}" + (f" ({each.zone})" if each.zone else "")


def where(each: Suggestion) -> str:
    """How and in which region it takes place."""
    region = ", ".join(reversed(each.region.split(" > "))) if each.region and each.mode != "online" else None
    return ", ".join(filter(None, [MODES[each.mode], region]))


def address(each: Suggestion) -> str:
    """The place to go to, and what to open or dial, as far as the directory says."""
    place = [each.location, each.address] if each.mode != "online" else []
    return " · ".join(filter(None, [*place, each.conference_url, each.conference_phone]))


def kinds(each: Suggestion, names: dict[str, str]) -> str:
    """Its types by their names; codes that nobody knows are left out."""
    return ", ".join(names[code] for code in (each.types or "").split(",") if code in names)


def why(each: Suggestion) -> str:
    """Why it suits the client, in a few words."""
    habit = rules()["habit_share"]
    reasons = [
        f"{each.fellowship}, like {'most' if each.fellowship_share >= habit else 'some'} of their meetings"
        if each.fellowship and each.fellowship_share > 0
        else "",
        f"goes on {DAYS[each.day]}s and at this hour"
        if each.day_share >= habit and each.hour_share >= habit
        else f"goes on {DAYS[each.day]}s"
        if each.day_share >= habit
        else "goes at this hour on other days"
        if each.hour_share >= habit
        else "",
        f"{MODES[each.mode]}, as usual" if each.mode_share >= habit and each.mode in ("in_person", "online") else "",
        "in a region they go to" if each.region_share >= habit else "",
        f"a kind of meeting they keep attending ({each.kept_kind})" if each.kept_kind else "",
        "another fellowship for the same addiction; their own has few meetings" if each.fits else "",
        "for newcomers" if each.newcomer else "",
        "similar clients kept going" if each.others_stayed else "",
        f"went there before, last on {dates.short_date(each.went_until)}" if each.went_until else "",
    ]
    given = [reason for reason in reasons if reason]
    return "; ".join(given) or (
        "open to everyone" if each.open_to_all else "from the directory; too few meetings attended to compare"
    )


def slip(found: list[Suggestion], names: dict[str, str]) -> str:
    """A page to print and hand over: when, where and what, without a word about whose it is or why."""
    meetings = [
        (each.name, each.fellowship, when(each), where(each), address(each), kinds(each, names)) for each in found
    ]
    return render("slip", meetings=meetings)


def as_csv(meetings: list[tuple[str, str | None, str, str, str, str]]) -> str:
    """The list without a word about whose it is."""
    out = io.StringIO()
    spreadsheet.write(out, [("meeting", "fellowship", "when", "where", "kind"), *(each[:5] for each in meetings)])
    return out.getvalue()
