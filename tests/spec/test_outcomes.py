"""The outcome library: a pattern in, a value out."""

from __future__ import annotations

import pytest

from pipelines.build import declared_rows, models

LIBRARY = declared_rows(models()["outcome_library"].text)["name"].to_pylist()


@pytest.mark.parametrize(
    ("outcome", "pattern", "value", "event"),
    [
        ("abstinent_weeks", "--+o*-", 3, None),
        ("abstinent_weeks", "", 0, None),
        ("abstinent_weeks_5_15", "----" + "-" * 11 + "---", 11, None),
        ("abstinent_weeks_5_15", "---", 0, None),
        ("longest_abstinence_strict", "--o---+-", 3, None),
        ("longest_abstinence_seen", "--o---+-", 5, None),
        ("longest_abstinence_seen", "--*---", 3, None),
        ("longest_abstinence_seen", "++", 0, None),
        ("three_negative_weeks", "--o-", 0, None),
        ("three_negative_weeks", "+---", 1, None),
        ("abstinent_weeks_12_15", "+" * 11 + "--o-", 1, None),
        ("abstinent_weeks_12_15", "+" * 11 + "-oo-", 0, None),
        ("abstinent_weeks_12_15", "+" * 11 + "-*--", 0, None),
        ("abstinent_weeks_12_15", "-" * 14, 0, None),
        ("abstinent_at_end", "++-+--", 1, None),
        ("abstinent_at_end", "-++-", 0, None),
        ("abstinent_at_end", "-o*-", 0, None),
        ("abstinent_at_end", "---o", 0, None),
        ("abstinent_at_end", "+-", 1, None),
        ("weeks_to_first_use", "--o-", 3, True),
        ("weeks_to_first_use", "----", 4, False),
        ("weeks_to_first_positive", "-oo*", 4, True),
        ("weeks_to_first_positive", "-oo-", 4, False),
        ("weeks_to_relapse_4_of_4", "-+o*+-", 2, True),
        ("weeks_to_relapse_4_of_4", "-+o*-+", 3, False),
        ("weeks_to_relapse_4_of_4", "+++", None, None),
        ("weeks_to_relapse_3_of_3", "-+++", 2, True),
        ("weeks_to_relapse_3_of_3", "-++-", 2, False),
        ("weeks_to_relapse_2_of_4", "-----+-+--", 7, True),
        ("weeks_to_relapse_2_of_4", "+---+---", 7, False),
        ("weeks_to_dropout", "-oooo", 2, True),
        ("weeks_to_dropout", "-ooo-", 2, False),
        ("three_positive_weeks", "-+o*-", 1, None),
        ("two_positive_from_week_4", "+++-+-+", 0, None),
        ("two_positive_from_week_4", "--++-++", 1, None),
        ("negative_share", "-*+o", 0.375, None),
        ("negative_share", "", None, None),
        ("negative_share_seen", "-*+o", 0.5, None),
        ("negative_share_seen", "oo", 0, None),
        ("negative_share_retained", "-o+oo", 1 / 3, None),
        ("negative_share_retained", "oo", 0, None),
        ("seventy_percent_negative", "-------+++", 1, None),
        ("seventy_percent_negative", "------++++", 0, None),
        ("seventy_percent_negative", "o" * 5 + "-" * 15 + "+" * 30, 1, None),
        ("seventy_percent_negative", "", 0, None),
        ("weeks_retained", "-o-oo", 3, None),
        ("weeks_retained", "ooo", 0, None),
        ("weeks_to_relapse_3_of_3", "-+_+_+", 2, True),  # weeks that do not count are left out before anything else
        ("abstinent_weeks", "____", 0, None),
    ],
)
def test_a_pattern_gives(clinic, outcome, pattern, value, event):
    c = clinic(
        "2026-10-04",
        use_pattern=[{"client_id": "a", "start_week:DATE": "2026-01-05", "pattern": pattern, "stay:INTEGER": 1}],
    )
    rows = {name: (v, e) for name, v, e in c.rows("outcomes", "outcome, value, event")}
    assert rows[outcome] == (pytest.approx(value) if value is not None else None, event)


@pytest.mark.parametrize("pattern", ["", "_", "o", "+", "-", "*", "__+", "-" * 520, "+-*o_" * 80])
def test_no_pattern_fails(clinic, pattern):
    c = clinic(
        "2026-10-04",
        use_pattern=[{"client_id": "a", "start_week:DATE": "2026-01-05", "pattern": pattern, "stay:INTEGER": 1}],
    )
    assert {name for (name,) in c.rows("outcomes", "outcome")} == set(LIBRARY)
