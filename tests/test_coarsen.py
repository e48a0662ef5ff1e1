"""What an exact value becomes in a coarser form: the published list of small areas, and every age by its band."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.coarsen import coarse_form

DAY = date(2026, 10, 1)
# Department of Health and Human Services, guidance on de-identification (26 November 2012): the 17 areas of the census
# of 2000; and those with 20,000 people or fewer by the census of 2010.
SMALL = [
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893",
    "202", "204", "205", "369", "753", "772",
]  # fmt: skip


def coarse(header: str, text: str) -> str:
    form = coarse_form(header)
    assert form is not None
    return form.of(text, DAY)


def test_the_areas_of_few_people_are_one_and_no_other_is():
    areas = [f"{n:03}" for n in range(1000)]
    assert [area for area in areas if coarse("zip", f"{area}01") == "000"] == ["000", *sorted(SMALL)]
    assert all(coarse("zip", f"{area}01") == area for area in areas if area not in SMALL)


@pytest.mark.parametrize(
    ("text", "area"),
    [("60614.0", "606"), ("606", "606"), ("606-1234", ""), ("6061", ""), ("60614-12", ""), ("", ""), ("Elm St", "")],
)
def test_a_text_that_is_no_zip_code_becomes_blank(text, area):
    assert coarse("zip", text) == area


@pytest.mark.parametrize(
    ("least", "most", "band"),
    [(0, 17, "0-17"), (18, 24, "18-24"), (25, 34, "25-34"), (35, 44, "35-44"), (45, 54, "45-54"), (55, 64, "55-64"),
     (65, 74, "65-74"), (75, 89, "75-89"), (90, 130, "90+"), (131, 400, "")],
)  # fmt: skip
def test_every_age_is_in_its_band_by_years_and_by_birth(least, most, band):
    for age in range(least, most + 1):
        assert coarse("age", str(age)) == band
        if age < 227:  # births from 1800 on are read
            assert coarse("dob", f"{DAY.year - age}-12-31") == band


@pytest.mark.parametrize(
    ("header", "text"),
    [("age", "-1"), ("age", "x"), ("dob", "03/04/80"), ("dob", "2030-01-01"), ("dob", "1980 or 1981")],
)
def test_a_text_that_is_no_age_and_no_birth_becomes_blank(header, text):
    assert coarse(header, text) == ""


def test_other_columns_are_kept_in_no_form():
    assert coarse_form("site") is None
    assert coarse_form("package") is None
