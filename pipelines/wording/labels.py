"""The names on the screen and in the report: breakdowns, groups, kinds of flags, bands."""

from __future__ import annotations

UNKNOWN = "unknown"


FLAG_KINDS = {
    "attendance": "Fewer meetings",
    "participation": "Taking part less",
    "involvement": "Several signs together",
}


MET = {
    "in_person": "in person",
    "online": "online or by phone",
    "both": "in person and online",
    "unknown": "not recorded",
    "none": "no meeting",
    "outside": "not in care",
    "home_group": "at the home group",
}


BREAKDOWNS = {
    "all": "All clients",
    "site": "Site",
    "therapist": "Therapist",
    "level_of_care": "Level of care",
    "primary_addiction": "Primary addiction",
    "program": "Program",
}


AWAY = {
    "vacation": "vacation",
    "illness": "illness",
    "hospital": "in hospital",
    "jail": "in jail",
    "work": "for work",
    "holiday": "holiday",
}


SOBRIETY_BANDS = {
    "<30": "under 30 days",
    "30-89": "30 to 89 days",
    "90-364": "90 to 364 days",
    "365+": "365 days and more",
    "unknown": "unknown",
}


DATE_BASIS = {
    "real": "Dates are real dates of service: pseudonymised records, not de-identified data.",
    "shifted": "Dates are shifted by one secret offset for the whole clinic: "
    "pseudonymised records, not de-identified data.",
}


def member(name: str, breakdown: str) -> str:
    """A group's name on the screen."""
    if breakdown == "all":
        return BREAKDOWNS["all"]
    if name == UNKNOWN:
        return "Not recorded"
    if breakdown == "level_of_care":
        return f"Level {name}" if name[:1].isdigit() else name
    return f"{name[:1].upper()}{name[1:]}" if breakdown == "primary_addiction" else name


def addiction(name: str) -> str:
    """A client's primary addiction, with a word that says what it is: `Addiction: sex`."""
    return f"Addiction: {name}"


def therapist(therapist_id: str) -> str:
    """A therapist's name on the screen."""
    return "No therapist recorded" if therapist_id == UNKNOWN else therapist_id
