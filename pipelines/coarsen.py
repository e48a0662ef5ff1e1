"""Columns that would identify a person as they are, and are kept in a coarser form when a file is de-identified.

The rules are those of HIPAA Safe Harbor (45 CFR 164.514(b)(2)(i)(B) and (C)). Of a ZIP code, the first three digits are
kept if more than 20,000 people live in that area, else 000; a birth date becomes an age band; all ages over 89 share
one band.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pipelines.ingest.plain import words
from pipelines.ingest.plausible import OLDEST

# The three-digit areas with 20,000 people or fewer: the 17 by the census of 2000 that the Department of Health and
# Human Services lists in its guidance on de-identification, and the six that lists based on the 2010 census add.
SMALL_ZIP_AREAS = frozenset(
    {
        *("036", "059", "063", "102", "203", "556", "692", "790", "821"),
        *("823", "830", "831", "878", "879", "884", "890", "893"),
        *("202", "204", "205", "369", "753", "772"),
    }
)
NO_ZIP_AREA = "000"

# From the first age of a band to that of the next.
AGE_BANDS = ((0, "0-17"), (18, "18-24"), (25, "25-34"), (35, "35-44"), (45, "45-54"), (55, "55-64"), (65, "65-74"),
             (75, "75-89"), (90, "90+"))  # fmt: skip


@dataclass(frozen=True)
class Coarse:
    """What a column becomes. `header`: how its header reads in words. `of`: its text and the day of the row → the rest.

    A text that does not fit its header becomes blank.
    """

    name: str
    header: re.Pattern[str]
    of: Callable[[str, date], str]


def zip_area(text: str, _day: date) -> str:
    """The first three digits of a ZIP code, 000 for those of a small area."""
    found = re.fullmatch(r"(\d{3})(\d{2})?([- ]?\d{4})?", text.strip().removesuffix(".0"))
    if found is None or (found[3] and not found[2]):
        return ""
    return NO_ZIP_AREA if found[1] in SMALL_ZIP_AREAS else found[1]


def age_band(text: str, _day: date) -> str:
    """The band of an age in years."""
    found = re.fullmatch(r"(\d{1,3})(\.\d+)?", text.strip())
    return _band(int(found[1])) if found else ""


def age_band_of_birth(text: str, day: date) -> str:
    """The band of the age that a person born then reaches in the year of the day.

    It goes by years: an exact age would change on the birthday, and so reveal it to anyone who sees the rows before and
    after.
    """
    years = re.findall(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", text)
    return _band(day.year - int(years[0])) if len(years) == 1 else ""


def _band(age: int) -> str:
    return next((name for least, name in reversed(AGE_BANDS) if age >= least), "") if age <= OLDEST else ""


_OF_CLIENT = r"(client |patient |member |home |mailing )?"

COARSE = (
    Coarse("zip3", re.compile(_OF_CLIENT + r"(zip|zip ?code|postal code|post ?code|zip ?(3|4|5|9|plus ?4))"), zip_area),
    Coarse("age_band", re.compile(_OF_CLIENT + r"(age|age in years|age \w+ (intake|admission))"), age_band),
    Coarse(
        "age_band",
        re.compile(
            _OF_CLIENT
            + r"(dob|d o b|birth ?(date|day|year)|date ?(of ?)?birth|year of birth|born( on)?|bday|geburtsdatum)"
        ),
        age_band_of_birth,
    ),
)


def coarse_form(header: str) -> Coarse | None:
    """What a column of that header is coarsened to; None if it is not kept in any form."""
    return next((each for each in COARSE if each.header.fullmatch(words(header))), None)
