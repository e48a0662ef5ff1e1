"""The outcome library: a stay's weekly use pattern in, the values of published outcomes out."""

from __future__ import annotations

import random

import pytest

from pipelines.build import build
from pipelines.model import declared_rows, models

LIBRARY = {row["name"]: row for row in declared_rows(models()["outcome_library"].text).to_pylist()}

# For each outcome: a pattern, the value, and for times to an event whether there was one.
CASES: dict[str, list[tuple[str, float | None, bool | None]]] = {
    "abstinent_weeks": [
        ("--+o*-", 3, None),
        ("ooo", 0, None),
    ],
    "abstinent_weeks_5_15": [
        ("-" * 18, 11, None),
        ("----+-", 1, None),
        ("----_+-", 1, None),  # a week that does not count is left out before weeks are counted
        ("---", 0, None),
    ],
    "longest_abstinence_strict": [
        ("--o---+-", 3, None),
        ("--_-", 3, None),
        ("++", 0, None),
    ],
    "longest_abstinence_seen": [
        ("--o---+-", 5, None),
        ("--*---", 3, None),
        ("oo", 0, None),
    ],
    "three_negative_weeks": [
        ("+---", 1, None),
        ("--o-", 0, None),
        ("--_-", 1, None),
        ("--", 0, None),
    ],
    "abstinent_weeks_12_15": [
        ("+" * 11 + "--o-", 1, None),
        ("+" * 11 + "-oo-", 0, None),
        ("+" * 11 + "-*--", 0, None),
        ("-" * 14, 0, None),
        ("-" * 14 + "_", 0, None),
    ],
    "abstinent_at_end": [
        ("++-+--", 1, None),
        ("-++-", 0, None),
        ("-o*-", 0, None),
        ("---o", 0, None),
        ("+-", 1, None),
        ("---+__", 0, None),
    ],
    "weeks_to_first_use": [
        ("--o-", 3, True),
        ("-_*", 2, True),
        ("----", 4, False),
    ],
    "weeks_to_first_positive": [
        ("-oo*", 4, True),
        ("-oo-", 4, False),
    ],
    "weeks_to_relapse_4_of_4": [
        ("-+o*+-", 2, True),
        ("-+o*-+", 3, False),
        ("++++", 1, True),
        ("+++", None, None),
    ],
    "weeks_to_relapse_3_of_3": [
        ("-+++", 2, True),
        ("-++-", 2, False),
        ("-+_+_+", 2, True),
        ("++", None, None),
    ],
    "weeks_to_relapse_2_of_4": [
        ("++--", 3, True),
        ("-----+-+--", 7, True),
        ("+---+---", 7, False),
        ("+++", None, None),
    ],
    "weeks_to_dropout": [
        ("-oooo", 2, True),
        ("-oo_oo", 2, True),
        ("-ooo-", 2, False),
        ("ooo", None, None),
    ],
    "three_positive_weeks": [
        ("-+o*-", 1, None),
        ("++-++", 0, None),
    ],
    "two_positive_from_week_4": [
        ("--++-++", 1, None),
        ("+++-+-+", 0, None),
        ("--++", 0, None),
    ],
    "negative_share": [
        ("-*+o", 0.375, None),
        ("o", 0, None),
        ("", None, None),  # a share of nothing
    ],
    "negative_share_seen": [
        ("-*+o", 0.5, None),
        ("oo", 0, None),
    ],
    "negative_share_retained": [
        ("-o+oo", 1 / 3, None),
        ("oo", 0, None),
    ],
    "seventy_percent_negative": [
        ("-------+++", 1, None),
        ("------*+++", 0, None),
        ("o" * 5 + "-" * 15 + "+" * 30, 1, None),
        ("ooo", 0, None),
    ],
    "weeks_retained": [
        ("-o-oo", 3, None),
        ("-_o-", 3, None),
        ("ooo", 0, None),
    ],
}


def given(patterns: list[str]) -> list[dict[str, object]]:
    """Stays with these patterns, client c0 the first."""
    return [
        {"client_id": f"c{n}", "start_week:DATE": "2026-01-05", "pattern": pattern, "stay:INTEGER": 1}
        for n, pattern in enumerate(patterns)
    ]


def values(c) -> dict[tuple[str, str], tuple[float | None, bool | None]]:
    """(client, outcome) → (value, event)."""
    rows = c.rows("outcomes", "client_id, outcome, value, event")
    return {(client, outcome): (value, event) for client, outcome, value, event in rows}


@pytest.mark.parametrize("outcome", LIBRARY)
def test_patterns_give(clinic, outcome):
    cases = CASES[outcome]
    found = values(clinic("2026-10-04", use_pattern=given([pattern for pattern, _, _ in cases])))
    assert [(p, *found[f"c{n}", outcome]) for n, (p, _, _) in enumerate(cases)] == [
        (pattern, pytest.approx(value), event) for pattern, value, event in cases
    ]


def test_a_stay_has_each_outcome_once_whatever_its_pattern(clinic):
    patterns = ["", "_", "____", "o", "+", "-", "*", "__+", "-" * 520, "+-*o_" * 80]
    found = clinic("2026-10-04", use_pattern=given(patterns)).rows("outcomes", "client_id, outcome")
    assert found == sorted((f"c{n}", name) for n in range(len(patterns)) for name in LIBRARY)


def test_weeks_that_do_not_count_change_nothing(clinic):
    """Property: a `_` anywhere in a pattern does not change the result."""
    found = values(clinic("2026-10-04", use_pattern=given(["-*-+-oo++o*----+", "_-*_-+-__oo++o*-_---+_", "", "___"])))
    for name in LIBRARY:
        assert found["c1", name] == found["c0", name]
        assert found["c3", name] == found["c2", name]


def test_every_outcome_has_a_definition():
    for row in LIBRARY.values():
        assert all(row[column] for column in ("title", "unit", "definition", "source", "kind", "reading"))
        assert row["definition"].endswith(".")
        assert row["good"] in ("up", "down")
    assert LIBRARY.keys() == CASES.keys()


def test_an_analyst_adds_an_outcome_by_adding_a_table(clinic):
    added = """
    [weeks_to_relapse_2_of_2]
    kind = "weeks_to"
    reading = "+-++"
    symbol = "+"
    at_least = 2
    of_weeks = 2
    shift = 0

    [weeks_to_missing_3_of_5]
    kind = "weeks_to"
    reading = "+-*o"
    symbol = "o"
    at_least = 3
    of_weeks = 5
    shift = 0

    [negative_share_5_8]
    kind = "share"
    reading = "+-*o"
    from_week = 5
    to_week = 8
    """
    c = clinic("2026-10-04", use_pattern=given(["-+-+o-oo-", "--"]))
    c.engine.load("outcome_library", declared_rows(models()["outcome_library"].text + added))
    build(c.engine, given={"use_pattern", "outcome_library"}, only=["outcomes"])
    rows = c.engine.rows("SELECT client_id, outcome, value, event FROM outcomes")
    found = {(client, outcome): (value, event) for client, outcome, value, event in rows}
    assert found["c0", "weeks_to_relapse_2_of_2"] == (4, True)
    assert found["c1", "weeks_to_relapse_2_of_2"] == (1, False)
    assert found["c0", "weeks_to_missing_3_of_5"] == (4, True)
    assert found["c1", "weeks_to_missing_3_of_5"] == (None, None)
    assert found["c0", "negative_share_5_8"] == (0.25, None)
    assert found["c1", "negative_share_5_8"] == (None, None)


# The definitions week by week, as a reader of the papers would count them: a reference for random patterns.


def longest(weeks: str) -> int:
    """Of weeks without use."""
    return max(map(len, weeks.translate(str.maketrans("+*o", "   ")).split(" ")))


def first(weeks: str, symbol: str, k: int, n: int, shift: int = 0) -> tuple[float | None, bool | None]:
    starts = range(len(weeks) - n + 1)
    if not starts:
        return None, None
    hits = [i + 1 for i in starts if weeks[i : i + n].count(symbol) >= k]
    return (hits[0] if hits else len(starts)) + shift, bool(hits)


def share(weeks: str, of_none: float | None = 0) -> float | None:
    return (weeks.count("-") + weeks.count("*") / 2) / len(weeks) if weeks else of_none


def by_hand(pattern: str) -> dict[str, tuple[float | None, bool | None]]:
    weeks = pattern.replace("_", "")
    strict = weeks.replace("o", "+").replace("*", "+")
    seen = weeks.replace("o", "")
    end = weeks[11:15]
    once: dict[str, float | bool | None] = {
        "abstinent_weeks": strict.count("-"),
        "abstinent_weeks_5_15": strict[4:15].count("-"),
        "longest_abstinence_strict": longest(strict),
        "longest_abstinence_seen": longest(seen),
        "three_negative_weeks": "---" in weeks,
        "abstinent_weeks_12_15": len(end) == 4 and not set(end) & set("+*") and end.count("o") <= 1,
        "abstinent_at_end": strict[-1:] == "-" and strict[-4:-1].count("+") <= 1,
        "three_positive_weeks": "+++" in strict,
        "two_positive_from_week_4": "++" in strict[3:],
        "negative_share": share(weeks, None),
        "negative_share_seen": share(seen),
        "negative_share_retained": share(weeks.rstrip("o")),
        "seventy_percent_negative": (share(seen[:15]) or 0) >= 0.7,
        "weeks_retained": len(weeks.rstrip("o")),
    }
    timed = {
        "weeks_to_first_use": first(strict, "+", 1, 1),
        "weeks_to_first_positive": first(weeks.replace("o", "-").replace("*", "+"), "+", 1, 1),
        "weeks_to_relapse_4_of_4": first(strict, "+", 4, 4),
        "weeks_to_relapse_3_of_3": first(strict, "+", 3, 3),
        "weeks_to_relapse_2_of_4": first(strict, "+", 2, 4, shift=2),
        "weeks_to_dropout": first(weeks, "o", 4, 4),
    }
    return {name: (None if value is None else float(value), None) for name, value in once.items()} | timed


@pytest.mark.parametrize("weights", [(1, 4, 1, 1, 1), (1, 12, 0, 1, 0), (4, 2, 1, 4, 2)])
def test_random_patterns_give_what_is_counted_by_hand(clinic, weights):
    chance = random.Random(sum(weights))
    patterns = ["".join(chance.choices("+-*o_", weights, k=chance.randrange(45))) for _ in range(300)]
    found = values(clinic("2026-10-04", use_pattern=given(patterns)))
    for n, pattern in enumerate(patterns):
        for name, (value, event) in by_hand(pattern).items():
            assert found[f"c{n}", name] == (pytest.approx(value), event), (name, pattern)
