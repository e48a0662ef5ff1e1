"""Disclosure control: what is withheld, and an attacker who cannot work it out."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.report.control.cells import WHOLE, counts, too_small
from pipelines.report.control.disclosure import Layout, control, withheld
from tests.report.second_reader import Reader

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("numerator", "denominator", "share", "small"),
    [
        (0, 40, True, False),  # none of many
        (1, 40, True, True),
        (10, 40, True, True),
        (11, 40, True, False),
        (29, 40, True, False),
        (30, 40, True, True),  # ten are left
        (39, 40, True, True),
        (40, 40, True, False),
        (5, 5, True, True),
        (0, 10, True, True),
        (0, 0, True, False),
        (136, None, False, False),
        (4, None, False, True),
        (100, 95.0, False, False),  # a rate: the difference means nothing
        (100, 8.5, False, True),
    ],
)
def test_what_is_too_small(numerator, denominator, share, small):
    assert too_small(counts(numerator, denominator, share=share)) is small


def test_the_threshold_is_the_clinics():
    assert too_small(counts(6, None, share=False), 7)
    assert not too_small(counts(6, None, share=False), 6)


def census(**members: float):
    """A table of counts, by the members of one breakdown `site`."""
    table = {("site", name): counts(number, None, share=False) for name, number in members.items()}
    return {WHOLE: counts(sum(members.values()), None, share=False)} | table


@pytest.mark.parametrize(
    ("members", "hidden"),
    [
        ({"A": 25, "B": 30, "C": 40}, ""),
        ({"A": 25, "B": 0, "C": 40}, ""),  # zero is shown
        ({"A": 25, "B": 7, "C": 40}, "AB"),  # and the next smallest, for 72 - 25 - 40 = 7
        ({"A": 25, "B": 7, "C": 4}, "BC"),  # together 11
        ({"A": 25, "B": 6, "C": 4}, "ABC"),  # together 10 only
        ({"A": 0, "B": 7, "C": 40}, "BC"),  # a zero hides nothing, and stays
    ],
)
def test_what_is_withheld_with_the_small(members, hidden):
    told = census(**members)
    assert withheld(told, Layout.of(told, [])) == {("site", name) for name in hidden}


def test_where_the_whole_is_small_nothing_is_shown():
    told = census(A=4, B=0, C=3)
    assert withheld(told, Layout.of(told, [])) == set(told)


def test_a_program_does_not_give_away_its_levels():
    """Outpatient is levels 1 and 1.5: to show it and 1.5 is to show level 1."""
    told = {
        WHOLE: counts(140, None, share=False),
        ("program", "Outpatient"): counts(99, None, share=False),
        ("program", "Medication"): counts(41, None, share=False),
        ("level_of_care", "1"): counts(3, None, share=False),
        ("level_of_care", "1.5"): counts(96, None, share=False),
        ("level_of_care", "1.7"): counts(41, None, share=False),
    }
    nested = [
        {"program": "Outpatient", "level_of_care": "1"},
        {"program": "Outpatient", "level_of_care": "1.5"},
        {"program": "Medication", "level_of_care": "1.7"},
    ]
    assert withheld(told, Layout.of(told, nested)) == {("level_of_care", "1"), ("level_of_care", "1.5")}
    # Where the breakdowns cross, no block gives level 1 away but the whole.
    crossed = [*nested, {"program": "Outpatient", "level_of_care": "1.7"}]
    assert withheld(told, Layout.of(told, crossed)) == {("level_of_care", "1"), ("level_of_care", "1.7")}


def test_what_is_withheld_for_another_tables_sake_is_not_left_alone():
    told = census(A=30, B=40, C=50)
    assert withheld(told, Layout.of(told, []), also={("site", "B")}) == {("site", "A"), ("site", "B")}


def tables(**numbers):
    """Tables by their names, each of the cells whole, A, B and C."""
    cells = [WHOLE, *(("site", name) for name in "ABC")]
    return {
        name: dict(zip(cells, (counts(n, of, share=of is not None) for n, of in [_whole(its), *its]), strict=True))
        for name, its in numbers.items()
    }


def _whole(its):
    return sum(n for n, _ in its), None if its[0][1] is None else sum(of for _, of in its)


LAYOUT = Layout.of(census(A=60, B=50, C=40), [])


def test_a_number_that_two_measures_reveal_is_withheld_in_both():
    """Kept: 7 of the 100 at C. No-shows: 5 at A; and the 7 again, as the rest of those that were not cancelled."""
    told = tables(
        kept=[(30, 100), (20, 100), (7, 100)],
        no_shows=[(5, 35), (60, 80), (50, 57)],
        apart=[(150, 400), (60, 400), (60, 400)],
    )
    hidden = control(told, LAYOUT)
    assert hidden["kept"] == hidden["no_shows"] == {("site", "A"), ("site", "C")}
    assert not hidden["apart"]


def test_bands_that_add_up_are_withheld_together():
    """Of 60 at A, 20 + 36 + 4; the flags, which are no band of it, are shown."""
    told = tables(
        few=[(20, 60), (20, 50), (15, 40)],
        some=[(36, 60), (15, 50), (13, 40)],
        many=[(4, 60), (15, 50), (12, 40)],
        flagged=[(12, 60), (14, 50), (13, 40)],
    )
    hidden = control(told, LAYOUT)
    assert hidden["few"] == hidden["some"] == hidden["many"] == {("site", "A"), ("site", "C")}
    assert not hidden["flagged"]


@pytest.mark.parametrize(
    ("admitted", "discharged", "hidden"),
    [
        ((20, 15, 12), (13, 14, 11), ""),
        ((20, 15, 5), (13, 14, 11), "BC"),  # 26 came and 25 left
        ((20, 15, 5), (0, 0, 0), "all"),  # nobody left: who came is how much the census grew
    ],
)
def test_arrivals_and_departures_cannot_be_worked_out_from_the_census(admitted, discharged, hidden):
    told = tables(admissions=[(n, None) for n in admitted], discharges=[(n, None) for n in discharged])
    found = control(told, LAYOUT, flows=("admissions", "discharges"))
    expected = set(told["admissions"]) if hidden == "all" else {("site", name) for name in hidden}
    assert found == dict.fromkeys(("admissions", "discharges"), expected)


def test_a_census_withheld_last_month_withholds_what_leads_from_it():
    told = tables(admissions=[(20, None), (15, None), (14, None)], discharges=[(13, None), (14, None), (11, None)])
    found = control(told, LAYOUT, flows=("admissions", "discharges"), stock={("site", "B"), ("site", "C")})
    assert found["admissions"] == {("site", "B"), ("site", "C")}


@st.composite
def clinics(draw):
    """A random clinic: which combinations of members occur, and of each the counts of three shares and a count.

    `flagged` and `known` are parts of those in care, `sober` a part of those known.
    """
    few = st.integers(0, 14) | st.integers(0, 60)
    atoms = draw(
        st.lists(
            st.tuples(*(st.sampled_from([(name, f"{name[0]}{n}") for n in range(most)]) for name, most in BREAKDOWNS)),
            min_size=1,
            max_size=9,
            unique=True,
        )
    )
    numbers = {}
    for atom in atoms:
        in_care = draw(few)
        known = draw(st.integers(0, in_care))
        numbers[atom] = {
            "census": (in_care, None),
            "flagged": (draw(st.integers(0, in_care)), in_care),
            "known": (known, in_care),
            "sober": (draw(st.integers(0, known)), known),
        }
    return numbers


BREAKDOWNS = [("site", 3), ("program", 4), ("level", 4)]
SAME = [
    {("census", 0): 1, ("flagged", 1): -1},
    {("census", 0): 1, ("known", 1): -1},
    {("known", 0): 1, ("sober", 1): -1},
]


def added(numbers):
    """The tables of a clinic, each as its cells with what they reveal."""
    cells = [WHOLE, *sorted({cell for atom in numbers for cell in atom})]
    tables = {}
    for name in ("census", "flagged", "known", "sober"):
        tables[name] = {}
        for cell in cells:
            its = [told[name] for atom, told in numbers.items() if cell in (WHOLE, *atom)]
            of = None if name == "census" else float(sum(d for _, d in its))
            tables[name][cell] = counts(float(sum(n for n, _ in its)), of, share=of is not None)
    return tables


@settings(max_examples=50, deadline=None)
@given(numbers=clinics())
@example(  # a part that happens to lie as the rest of another table does, which is the part of a third
    numbers={
        (("site", "s0"), ("program", "p0"), ("level", "l0")): {
            "census": (22, None),
            "flagged": (11, 22),
            "known": (11, 22),
            "sober": (0, 11),
        },
        (("site", "s0"), ("program", "p0"), ("level", "l1")): {
            "census": (12, None),
            "flagged": (0, 12),
            "known": (11, 12),
            "sober": (11, 11),
        },
    }
)
def test_no_attack_pins_what_is_withheld(numbers):
    told = added(numbers)
    layout = Layout.of(told["census"], [dict(atom) for atom in numbers])
    hidden = control(told, layout)
    for name, table in told.items():
        assert not any(too_small(its) for cell, its in table.items() if cell not in hidden[name])
    shown = {name: {cell: its for cell, its in told[name].items() if cell not in hidden[name]} for name in told}
    pairs = {frozenset(pair) for atom in numbers for pair in combinations(atom, 2)}
    reader = Reader(pairs, list(told["census"]), shown, [(same, list(told["census"])) for same in SAME])
    small = [
        ((name, which), cell)
        for name, cells in hidden.items()
        for cell in sorted(cells)
        for which, number in enumerate(told[name][cell])
        if too_small((number,))
    ]
    assert reader.pins(small, 11) == []
