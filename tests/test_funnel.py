"""What is expected of a clinic beside the others, and how seldom chance alone makes one stand out."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.funnel import Case, expected


def places(cases: list[Case], *, share: bool) -> list[int]:
    """Where each clinic lies: 1 over, −1 under what is expected, 0 within."""
    found = expected(cases, share=share)
    return [its.place(case.numerator / case.denominator) if its else 0 for case, its in zip(cases, found, strict=True)]


def test_a_clinic_is_compared_with_what_the_others_come_to_and_not_with_itself():
    one, *_ = expected([Case(90, 100, 100), Case(60, 100, 100), Case(150, 200, 200)], share=True)
    assert one is not None
    assert one.others == pytest.approx(210 / 300)


def test_the_range_is_three_standard_deviations_of_the_clinic_and_of_the_others_together():
    """Of a half: a quarter over the 100 of the clinic, and over the 1,000 of the others."""
    one, _ = expected([Case(60, 100, 100), Case(500, 1000, 1000)], share=True)
    assert one is not None
    reach = 3 * (0.25 / 100 + 0.25 / 1000) ** 0.5
    assert (one.lower, one.upper) == pytest.approx((0.5 - reach, 0.5 + reach))


def test_the_fewer_its_clients_the_wider_is_the_band_and_a_share_ends_at_none_and_all():
    few, many, _ = expected([Case(27, 30, 30), Case(270, 300, 300), Case(900, 1000, 1000)], share=True)
    assert few is not None
    assert many is not None
    assert few.lower < many.lower
    assert few.upper == 1.0


def test_what_one_client_does_again_and_again_counts_once():
    """Ten thousand sessions of forty clients say no more about a clinic than forty clients can."""
    often, once = ([Case(n * 32, n * 40, 40), Case(n * 400, n * 500, 500)] for n in (250, 1))
    (many, *_), (few, *_) = expected(often, share=True), expected(once, share=True)
    assert many is not None
    assert few is not None
    assert (many.lower, many.upper) == pytest.approx((few.lower, few.upper), abs=0.001)


@pytest.mark.parametrize("part", [0, 100])
def test_none_and_all_leave_room_for_chance(part):
    (its, _) = expected([Case(50, 100, 100), Case(part, 100, 100)], share=True)
    assert its is not None
    assert its.lower < its.upper


def test_one_clinic_alone_and_one_without_a_denominator_are_compared_with_nobody():
    assert expected([Case(50, 100, 100)], share=True) == [None]
    assert expected([Case(50, 100, 100), Case(0, 0, 50)], share=True) == [None, None]


def test_a_clinic_that_is_far_off_stands_out_and_the_others_do_not():
    alike = [Case(2000 + n, 800, 200) for n in (-60, -20, 20, 60)]
    assert places([*alike, Case(900, 800, 200)], share=False) == [0, 0, 0, 0, -1]
    assert places([Case(95, 100, 100), Case(600, 1000, 1000), Case(620, 1000, 1000)], share=True) == [1, 0, 0]


def test_where_the_others_differ_much_none_of_them_stands_out():
    shares = (0.5, 0.6, 0.7, 0.8, 0.9)
    cases = [Case(300 * share, 300, 300) for share in shares]
    assert places(cases, share=True) == [0] * 5
    assert any(places(cases[1:], share=True))  # of four nobody can tell how much clinics differ


@pytest.mark.parametrize(
    ("clinics", "differing", "at_most"),
    [(2, 0.0, 0.01), (3, 0.0, 0.01), (5, 0.0, 0.01), (5, 0.1, 0.08), (12, 0.1, 0.03)],
)
@pytest.mark.parametrize("share", [True, False])
def test_how_seldom_a_clinic_stands_out_by_chance(clinics, differing, at_most, share):
    """`differing`: how much clinics differ anyway, as a standard deviation: of a share in points, of a rate relative."""
    random = np.random.default_rng(2026)
    outside = []
    for _ in range(400):
        sizes = random.integers(40, 400, clinics)
        own = random.normal(0, differing, clinics)
        outside += places(
            [a_clinic(random, int(n), off, share=share) for n, off in zip(sizes, own, strict=True)], share=share
        )
    assert np.mean(np.abs(outside)) <= at_most


def a_clinic(random: np.random.Generator, clients: int, off: float, *, share: bool) -> Case:
    """A clinic with a share about 80 %, or in a month a rate about 2.4 a week, of clients who differ."""
    if share:
        return Case(float(random.binomial(clients, min(max(0.8 + off, 0.02), 0.98))), clients, clients)
    rates = random.gamma(2.2, 2.4 * max(1 + off, 0.1) / 2.2, clients)
    return Case(float(random.poisson(4 * rates).sum()), 4 * clients, clients)
