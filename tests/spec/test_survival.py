"""Survival curves, against a textbook and a library."""

from __future__ import annotations

import random

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

GROUPS = {
    "site": "Harbor",
    "program": "P",
    "level_of_care": "2.1",
    "primary_addiction": "alcohol",
    "admission_quarter": "Q",
}


def followed(times: list[tuple[float, bool]], curve: str = "days_to_leaving") -> list[dict[str, object]]:
    return [
        {"curve": curve, "client_id": f"c{n}", "stay:INTEGER": 1, "time:DOUBLE": time, "event:BOOLEAN": event, **GROUPS}
        for n, (time, event) in enumerate(times)
    ]


def test_remission_under_6_mp(clinic):
    """Freireich and others 1963, the 6-MP arm, as in every textbook since."""
    events = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    c = clinic("2026-10-04", event_time=followed([(t, True) for t in events] + [(t, False) for t in censored]))
    rows = c.rows("survival", "time, at_risk, round(survival, 3)", "breakdown, time")[:7]
    assert rows == [
        (6, 21, 0.857), (7, 17, 0.807), (10, 15, 0.753), (13, 12, 0.690), (16, 11, 0.627), (22, 7, 0.538), (23, 6, 0.448),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_curve_equals_the_librarys(clinic, seed):
    chance = random.Random(seed)
    times = [(chance.randint(0, 40), chance.random() < 0.6) for _ in range(150)]
    c = clinic("2026-10-04", event_time=followed(times))
    found = c.rows("survival", "breakdown, time, at_risk, events, survival, ci_low, ci_high")
    found = [row[1:] for row in found if row[0] == "all"]
    reference = SurvfuncRight(np.array([t for t, _ in times], float), np.array([e for _, e in times], float))
    assert [row[0] for row in found] == list(reference.surv_times)
    assert [row[1] for row in found] == list(reference.n_risk)
    assert [row[3] for row in found] == pytest.approx(list(reference.surv_prob), abs=1e-12)
    # The library gives Greenwood's standard error of the survival; the log-log interval follows from it.
    s, se = reference.surv_prob[:-1], reference.surv_prob_se[:-1]
    width = 1.959963984540054 * se / (s * np.log(s))
    assert [row[4] for row in found[:-1]] == pytest.approx(list(s ** np.exp(-width)), abs=1e-9)
    assert [row[5] for row in found[:-1]] == pytest.approx(list(s ** np.exp(width)), abs=1e-9)


def test_what_is_followed_and_when_it_is_censored(clinic):
    c = clinic(
        "2026-10-04",
        episodes="""
        client_id start_date end_date   end_reason   site
        left      2026-09-01 2026-09-11 lost_contact Harbor
        done      2026-09-01 2026-09-21 completed    Harbor
        moved     2026-08-01 2026-08-31 transferred  Harbor
        moved     2026-09-01 .          .            North
        """,
        checkins="""
        client_id checkin_date used last_use_date
        left      2026-09-05   no   .
        done      2026-09-10   yes  2026-09-08
        done      2026-09-15   no   .
        moved     2026-09-01   yes  2026-08-11
        moved     2026-09-20   yes  2026-09-18
        """,
    )
    times = c.rows("event_time", "curve, client_id, time, event, site")
    assert [row[1:] for row in times if row[0] == "days_to_leaving"] == [
        ("done", 20, False, "Harbor"),
        ("left", 10, True, "Harbor"),
        ("moved", 64, False, "Harbor"),
    ]
    assert [row[1:4] for row in times if row[0] == "days_to_first_use"] == [
        ("done", 7, True),
        ("left", 4, False),
        ("moved", 10, True),
    ]
    assert [row[1:4] for row in times if row[0] == "days_to_next_use"] == [
        ("done", 7, False),
        ("moved", 2, False),
        ("moved", 38, True),
    ]
