"""Several clinics side by side: nobody who adds and subtracts learns a number that is withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.report.control import clinics as module
from pipelines.report.control.attack import pinned
from pipelines.report.control.cells import WHOLE
from pipelines.report.control.clinics import Told, of_clinic, of_network
from pipelines.report.figures import Figure
from pipelines.report.windows import Window
from pipelines.wording.measure import Measure

MONTH = Window("month", date(2026, 10, 1))


def measure(name: str, scale: str = "share", denominator: str = "clients") -> Measure:
    return Measure(name, name.capitalize(), "…", scale, "up", "…", "clients", denominator, "…")


CENSUS, FLAGGED = measure("census", "count", ""), measure("flagged")
KNOWN, SOBER = measure("sobriety_known"), measure("sober")
MEETINGS = measure("meetings_per_client_week", "rate", "client-weeks")


class Numbers(NamedTuple):
    """A clinic's clients in care, and of them those flagged, those of whom sobriety is known, and those sober."""

    census: int
    flagged: int
    known: int
    sober: int


def figure(of: Measure, part: float, whole: float | None = None) -> Figure:
    value = part if whole is None else part / whole if whole else None
    return Figure(MONTH, *WHOLE, of, float(part), None if whole is None else float(whole), value)


def figures(its: Numbers) -> list[Figure]:
    return [
        figure(CENSUS, its.census),
        figure(SOBER, its.sober, its.known),
        figure(KNOWN, its.known, its.census),
        figure(FLAGGED, its.flagged, its.census),
    ]


def shown(network: Mapping[str, Numbers], smallest: int = 11):
    """What is shown of each clinic and of the network, each by the measure's name."""
    true = {name: figures(its) for name, its in network.items()}
    clinics = {name: of_clinic(its, smallest) for name, its in true.items()}
    totals = of_network(true, clinics, smallest)
    return {name: {f.measure.name: f for f in its} for name, its in clinics.items()}, {
        f.measure.name: f for f in totals
    }


def said(found: Mapping[str, Figure]) -> dict[str, str]:
    return {name: f"{each.shown} {each.counts}".strip() for name, each in found.items()}


def test_large_clinics_are_shown_with_the_sums_of_their_numbers():
    clinics, total = shown({"north": Numbers(100, 20, 80, 60), "south": Numbers(200, 60, 150, 120)})
    assert said(clinics["north"])["flagged"] == "20 % 20 of 100"
    assert said(total) == {
        "census": "300",
        "sober": "78 % 180 of 230",  # and not the mean of 75 % and 80 %
        "sobriety_known": "77 % 230 of 300",
        "flagged": "27 % 80 of 300",
    }


def test_where_one_clinic_is_withheld_the_total_gives_way_and_no_other_clinic():
    clinics, total = shown({"north": Numbers(100, 20, 80, 60), "small": Numbers(30, 4, 18, 0)})
    assert clinics["small"]["flagged"].withheld
    assert said(clinics["north"])["flagged"] == "20 % 20 of 100"
    assert total["flagged"].withheld
    assert said(total)["sobriety_known"] == "75 % 98 of 130"


def test_of_a_share_that_is_withheld_a_range_may_be_shown():
    clinics, _ = shown({"north": Numbers(100, 20, 80, 60), "small": Numbers(60, 4, 60, 0)})
    assert clinics["small"]["flagged"].shown == "under 20 %"


def test_two_clinics_that_are_withheld_do_not_hide_each_other_but_three_do():
    """Who knows that both are 1 to 10 and 17 together knows that each is 7 to 10."""
    two = {"north": Numbers(100, 20, 80, 60), "one": Numbers(30, 8, 30, 15), "two": Numbers(30, 9, 30, 15)}
    clinics, total = shown(two)
    assert clinics["one"]["flagged"].withheld
    assert clinics["two"]["flagged"].withheld
    assert total["flagged"].withheld
    _, total = shown(two | {"three": Numbers(30, 3, 30, 15)})
    assert said(total)["flagged"] == "21 % 40 of 190"
    _, total = shown(two | {"one": Numbers(30, 2, 30, 15)})
    assert said(total)["flagged"] == "19 % 31 of 160"  # 11 together: each may be any from 1 to 10
    _, total = shown(two | {"one": Numbers(30, 1, 30, 15)})
    assert total["flagged"].withheld  # who subtracts finds 10 together, so neither is 10


def test_what_is_known_of_a_small_number_without_totals_does_not_let_a_total_say_more():
    """Of eight clients four of whom are sober, that they are two at least; of sixteen in two such clinics, six."""
    _, total = shown({"one": Numbers(8, 0, 8, 4), "two": Numbers(8, 0, 8, 4)})
    assert all(each.withheld for each in total.values())


@pytest.mark.parametrize("few", [1, 10])
def test_of_a_clinic_with_few_clients_nothing_is_shown_and_no_total_that_it_is_in(few):
    """Its meetings may be many, and still are those of few."""
    true = {
        "north": [figure(CENSUS, 100), figure(MEETINGS, 900, 400)],
        "small": [figure(CENSUS, few), figure(MEETINGS, 60, 40)],
    }
    clinics = {name: of_clinic(its, 11) for name, its in true.items()}
    assert all(each.withheld for each in clinics["small"])
    assert all(each.withheld for each in of_network(true, clinics, 11))


def test_a_clinic_is_shown_alike_whichever_clinics_lie_beside_it():
    """Else a network that was shown twice, with other clinics, would give away what it withheld."""
    north, small = Numbers(100, 20, 80, 60), Numbers(30, 4, 18, 0)
    alone, _ = shown({"north": north})
    beside, _ = shown({"north": north, "small": small, "other": Numbers(12, 1, 6, 1)})
    assert alone["north"] == beside["north"]


def test_a_measure_that_a_clinic_lacks_has_no_total():
    true = {"north": figures(Numbers(100, 20, 80, 60)), "south": figures(Numbers(200, 60, 150, 120))[:-1]}
    totals = of_network(true, {name: of_clinic(its, 11) for name, its in true.items()}, 11)
    assert [total.measure.name for total in totals] == ["census", "sober", "sobriety_known"]


@st.composite
def larger_clinics(draw) -> Numbers:
    census = draw(st.integers(8, 60))
    known = draw(st.integers(census // 2, census))
    return Numbers(census, draw(st.integers(0, census // 3)), known, draw(st.integers(known // 2, known)))


@pytest.mark.thorough
@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(network=st.lists(larger_clinics(), min_size=2, max_size=6))
def test_an_attack_by_linear_programs_finds_no_total_to_withhold_more(network):
    by_name = {str(n): its for n, its in enumerate(network)}
    with patch.object(module, "worked_out", pinned):
        stronger = shown(by_name)
    assert shown(by_name) == stronger


SMALLEST, MOST = 3, 6  # so small that every world can be gone through


@st.composite
def small_clinics(draw) -> Numbers:
    census = draw(st.integers(0, MOST))
    known = draw(st.integers(0, census))
    return Numbers(census, draw(st.integers(0, census)), known, draw(st.integers(0, known)))


ALL = [
    Numbers(census, flagged, known, sober)
    for census in range(MOST + 1)
    for flagged in range(census + 1)
    for known in range(census + 1)
    for sober in range(known + 1)
]
COUNTS = {
    "census": lambda its: (its.census,),
    "flagged": lambda its: (its.flagged, its.census),
    "sobriety_known": lambda its: (its.known, its.census),
    "sober": lambda its: (its.sober, its.known),
}
# Every number of which a small one must not be found out.
SECRETS = {
    "census": lambda its: its.census,
    "flagged": lambda its: its.flagged,
    "not flagged": lambda its: its.census - its.flagged,
    "known": lambda its: its.known,
    "not known": lambda its: its.census - its.known,
    "sober": lambda its: its.sober,
    "not sober": lambda its: its.known - its.sober,
}


def read(found: Mapping[str, Figure]) -> dict[str, tuple[float, ...]]:
    """The counts that a reader sees."""
    return {
        name: tuple(n for n in (each.numerator, each.denominator) if n is not None)
        for name, each in found.items()
        if not each.withheld
    }


def possible(its: Numbers, seen: Mapping[str, tuple[float, ...]]) -> list[Numbers]:
    """What a clinic may have for who sees its figures and knows of the others what is small."""
    small = [secret for secret in SECRETS.values() if 0 < secret(its) < SMALLEST]
    return [
        each
        for each in ALL
        if all(COUNTS[name](each) == counts for name, counts in seen.items())
        and all(0 < secret(each) < SMALLEST for secret in small)
    ]


def worlds(clinics: list[list[Numbers]], total: Mapping[str, tuple[float, ...]]) -> Iterator[tuple[Numbers, ...]]:
    """Every network that would be shown with these totals."""
    *first, last = clinics
    by_sums: dict[tuple[tuple[int, ...], ...], list[Numbers]] = {}
    for its in last:
        by_sums.setdefault(tuple(COUNTS[name](its) for name in total), []).append(its)
    for some in product(*first):
        left = tuple(
            tuple(int(n - sum(COUNTS[name](its)[at] for its in some)) for at, n in enumerate(counts))
            for name, counts in total.items()
        )
        for its in by_sums.get(left, ()):
            yield (*some, its)


@settings(max_examples=40, deadline=None)
@given(network=st.lists(small_clinics(), min_size=1, max_size=4))
@example(network=[Numbers(6, 3, 6, 3), Numbers(5, 1, 5, 5), Numbers(6, 2, 5, 0)])
@example(network=[Numbers(6, 6, 6, 6), Numbers(2, 2, 2, 2), Numbers(2, 0, 0, 0)])
@example(network=[Numbers(2, 0, 2, 1), Numbers(2, 0, 2, 1)])
@example(network=[Numbers(6, 1, 6, 6), Numbers(6, 1, 6, 3), Numbers(6, 2, 6, 3)])
def test_who_subtracts_learns_of_no_small_number_more_than_that_it_is_small(network):
    """Through every network that there could be: each small number may be all that it may be without the totals."""
    found, totals = shown({str(n): its for n, its in enumerate(network)}, SMALLEST)
    without = [possible(its, read(found[str(n)])) for n, its in enumerate(network)]
    left: list[dict[str, set[int]]] = [{name: set() for name in SECRETS} for _ in network]
    for world in worlds(without, read(totals)):
        for n, its in enumerate(world):
            for name, secret in SECRETS.items():
                left[n][name].add(secret(its))
    for n, its in enumerate(network):
        for name, secret in SECRETS.items():
            if 0 < secret(its) < SMALLEST:
                assert left[n][name] == {secret(each) for each in without[n]}, (name, n)


def test_beside_what_a_clinics_report_showed_nobody_learns_a_small_number():
    """The report said that 152 were served: of the 145 in care at the month's end it said nothing, for 7 have left."""
    its = figures(Numbers(census=145, flagged=30, known=130, sober=90))
    served = figure(measure("served", "count", ""), 152)
    assert [each.is_shown for each in of_clinic(its, 11)] == [True, True, True, True]
    beside = of_clinic(its, 11, Told([served], [served]))
    assert {each.measure.name for each in beside if each.is_shown} == {"sober"}
