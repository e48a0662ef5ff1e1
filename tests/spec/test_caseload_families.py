"""A caseload's measures by family: windows and bands by hand, and everything recounted day by day from random exports."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

from pipelines.build import CHECKS
from pipelines.model import models

pytestmark = pytest.mark.slow

FIRST, AS_OF = date(2026, 1, 5), date(2026, 9, 30)


def day(number, start=FIRST):
    return start + timedelta(days=number)


def figures(c, kind="month", breakdown="all", member="all"):
    """(measure, period) → (numerator, denominator) of a group."""
    rows = c.rows(
        "caseload_period", "measure, period, numerator, denominator, kind, breakdown, member", "measure, period"
    )
    return {row[:2]: row[2:4] for row in rows if row[4:] == (kind, breakdown, member)}


def reported(as_of=AS_OF):
    """A client who makes every week a reported one, so that days count."""
    return [
        {"client_id": "steady", "meeting_date": str(day(7 * week)), "fellowship": "AA"}
        for week in range((as_of - FIRST).days // 7 + 1)
    ]


OF_WINDOWS = {"served"}  # made for the report's quarters and years only
STEADY = {"client_id": "steady", "start_date": str(day(-400))}


def of_one(clinic, *, start=FIRST, end=None, reason=None, as_of=AS_OF, **tables):
    """The admission of client `a`, with the given rows; the exports hold a session, so that sessions are known."""
    a = {"client_id": "a", "start_date": str(start), "end_date": end and str(end), "end_reason": reason}
    tables = {name: [{"client_id": "a", **row} for row in rows] for name, rows in tables.items()}
    tables["sessions"] = [
        *tables.get("sessions", []),
        {"client_id": "steady", "session_date": str(FIRST), "status": "attended"},
    ]
    tables["attendance"] = tables.get("attendance", []) + reported(as_of)
    return clinic(str(as_of), episodes=[a, STEADY], **tables)


def in_sites(clinic, *cases, as_of=AS_OF):
    """As `of_one` of each case, all in one clinic: the clients of a case are in the site of its number."""
    together = defaultdict(list)
    for number, case in enumerate(cases):
        case = {"start": FIRST, "end": None, "reason": None} | case
        start, end, reason = (case.pop(name) for name in ("start", "end", "reason"))
        a = {"client_id": "a", "start_date": str(start), "end_date": end and str(end), "end_reason": reason}
        case = {name: [{"client_id": "a", **row} for row in rows] for name, rows in case.items()}
        case["episodes"] = [{**row, "site": f"site {number}"} for row in (a, STEADY)]
        case["sessions"] = [*case.get("sessions", []), {"client_id": "steady", **attended(0)[0]}]
        case["attendance"] = case.get("attendance", []) + reported(as_of)
        for name, rows in case.items():
            together[name] += [{**row, "client_id": f"{row['client_id']}-{number}"} for row in rows]
    return clinic(str(as_of), **together)


def admission(c, columns):
    return next(row[1:] for row in c.rows("admission", f"client_id, {columns}") if row[0] == "a")


def admissions(c, columns):
    """What `admission` gives of each case of `in_sites`."""
    rows = c.rows("admission", f"client_id, {columns}", "client_id")
    return [row[1:] for row in sorted(rows, key=lambda row: int(row[0].partition("-")[2])) if row[0].startswith("a-")]


def attended(*numbers):
    return [{"session_date": str(day(n)), "status": "attended", "kind": "individual"} for n in numbers]


def test_initiation_and_engagement(clinic):
    cases = [  # sessions, initiated, engaged
        (attended(0), True, False),
        (attended(13), True, False),
        (attended(14, 15, 16), False, False),
        (attended(13, 14, 47), True, True),  # the 34th day after
        (attended(13, 14, 48), True, False),  # the 35th
        (attended(0, 34, 35), True, False),
        ([], False, False),
        ([{**attended(3)[0], "status": "no_show"}], False, False),
        ([*attended(1, 2), {**attended(2)[0], "kind": "group"}], True, False),  # two on one day are one day
    ]
    c = in_sites(clinic, *({"sessions": sessions} for sessions, *_ in cases))
    assert admissions(c, "initiated, engaged") == [(initiated, engaged) for _, initiated, engaged in cases]


@pytest.mark.parametrize(
    ("days", "known"),
    [(12, (None, None, None)), (13, (True, None, None)), (30, (True, None, False)), (47, (True, False, False))],
)
def test_an_admission_too_recent_to_judge_is_unknown(clinic, days, known):
    c = of_one(clinic, as_of=day(days), sessions=attended(5))
    assert admission(c, "initiated, engaged, continued") == known


def test_continuation_is_four_more_within_thirty_days(clinic):
    cases = [(attended(0, 1, 2, 3), False), (attended(0, 1, 2, 3, 30), True), (attended(0, 1, 2, 3, 31), False)]
    c = in_sites(clinic, *({"sessions": sessions} for sessions, _ in cases))
    assert admissions(c, "continued") == [(continued,) for _, continued in cases]


def test_without_an_export_of_sessions_nothing_is_known_of_them(clinic):
    c = clinic(str(AS_OF), episodes=[{"client_id": "a", "start_date": str(FIRST)}, STEADY], attendance=reported())
    assert admission(c, "initiated, engaged, continued") == (None, None, None)


def said(number, **also):
    return {"checkin_date": str(day(number)), "source": "self_report", **also}


def test_a_sponsor_by_a_day(clinic):
    cases = [  # check-ins; by day 30, by day 90
        ([said(30, has_sponsor=True, sponsor_role="peer")], True, True),
        ([said(31, has_sponsor=True)], None, True),
        ([said(10, has_sponsor=False), said(60, has_sponsor=True)], False, True),
        ([said(10, has_sponsor=True, sponsor_role="therapist")], False, False),
        ([said(10)], None, None),
        ([said(10, has_sponsor=True, status="missed")], None, None),
    ]
    c = in_sites(clinic, *({"checkins": checkins} for checkins, *_ in cases))
    assert admissions(c, "sponsor_30, sponsor_90") == [(by_30, by_90) for _, by_30, by_90 in cases]


@pytest.mark.parametrize("heard", [lambda on: {"checkins": [said(on)]}, lambda on: {"sessions": attended(on)}])
def test_retention_to_day_90(clinic, heard):
    cases = [  # end of the stay and its reason, the day that the client was heard of, retained
        (None, None, 76, True),
        (None, None, 90, True),
        (None, None, 75, False),
        (None, None, 91, False),
        (day(90), "left", 80, True),
        (day(89), "left", 80, False),
        (day(89), "completed", 80, False),
        (day(89), "died", 80, None),
        (day(89), "incarcerated", 80, None),
    ]
    c = in_sites(clinic, *({"end": end, "reason": reason, **heard(on)} for end, reason, on, _ in cases))
    assert admissions(c, "retained_90") == [(retained,) for *_, retained in cases]


def test_first_use_within_90_days(clinic):
    cases = [
        ([said(90, used=True)], True),
        ([said(91, used=True)], False),
        ([said(30 * n, used=False) for n in (1, 2, 3)], False),
        ([said(30, used=False)], None),
        ([], None),
    ]
    c = in_sites(clinic, *({"checkins": checkins} for checkins, _ in cases))
    assert admissions(c, "use_90") == [(used,) for _, used in cases]


@pytest.mark.parametrize(
    ("used_in", "left_after", "weeks", "abstinent"),
    [(None, 20, 11.0, 1.0), (13, 20, 10.0, 0.0), (3, 20, 11.0, 1.0), (None, 10, 6.0, 0.0)],
)
def test_outcomes_of_the_library_are_counted_once_the_15th_week_is_over(clinic, used_in, left_after, weeks, abstinent):
    monday = date(2026, 5, 4)
    said = [
        f"a {monday + timedelta(weeks=n - 1)} {'yes' if n == used_in else 'no'}"
        for n in range(1, min(left_after, 20) + 1)
    ]
    end = monday + timedelta(weeks=left_after, days=-1)
    c = clinic(
        "2026-10-04",
        episodes=f"client_id start_date end_date\na {monday} {end if left_after < 20 else '.'}",
        attendance=f"client_id meeting_date fellowship\na {monday} AA",
        checkins="client_id checkin_date used\n" + "\n".join(said),
    )
    found = c.rows("admission_event", "measure, day, numerator")
    assert [row[1:] for row in found if row[0].startswith("abstinent_weeks")] == [
        (date(2026, 8, 16), abstinent),
        (date(2026, 8, 16), weeks),
    ]


def test_a_stay_from_before_the_exports_began_is_no_admission_to_follow(clinic):
    assert {row[0] for row in of_one(clinic).rows("admission", "client_id")} == {"a"}


@pytest.mark.parametrize(("first", "followed"), [(29, False), (30, True)])
def test_a_stay_known_from_records_alone_may_have_begun_before_them(clinic, first, followed):
    """A client whose first record is in the exports' first 30 days; an episode has its own start date."""
    rows = [{"client_id": "b", "meeting_date": str(day(first + n)), "fellowship": "AA"} for n in range(0, 90, 10)]
    c = clinic(str(AS_OF), episodes=[STEADY], attendance=reported() + rows)
    assert [row[0] for row in c.rows("admission", "client_id")] == (["b"] if followed else [])


def test_bands_of_meetings_in_thirty_days(clinic):
    cases = [  # meetings; the band of their number, and of their days
        (0, "none", "none"),
        (1, "times_1_3", "days_1_3"),
        (3, "times_1_3", "days_1_3"),
        (4, "times_4_7", "days_4_8"),
        (7, "times_4_7", "days_4_8"),
        (8, "times_8_30", "days_4_8"),
        (9, "times_8_30", "days_9_15"),
        (15, "times_8_30", "days_9_15"),
        (16, "times_8_30", "days_16_30"),
        (30, "times_8_30", "days_16_30"),
    ]
    month_end = date(2026, 6, 30)
    went = [
        [{"meeting_date": str(month_end - timedelta(days=n)), "fellowship": "NA"} for n in range(meetings)]
        for meetings, *_ in cases
    ]
    c = in_sites(clinic, *({"attendance": rows} for rows in went))
    steady = {"meetings_30_times_4_7": 1, "meetings_30_days_4_8": 1}  # 5 Mondays
    for number, (_, times, days) in enumerate(cases):
        found = figures(c, breakdown="site", member=f"site {number}")
        for band in (
            "none",
            *(f"times_{b}" for b in ("1_3", "4_7", "8_30")),
            *(f"days_{b}" for b in ("1_3", "4_8", "9_15", "16_30")),
        ):
            name = f"meetings_30_{band}"
            assert found[name, date(2026, 6, 1)] == ((band in (times, days)) + steady.get(name, 0), 2), (times, band)


def test_two_meetings_on_one_day_are_two_times_and_one_day(clinic):
    rows = [{"meeting_date": "2026-06-30", "fellowship": f} for f in ("AA", "NA", "CA", "OA")]
    found = figures(of_one(clinic, attendance=rows))
    assert found["meetings_30_times_4_7", date(2026, 6, 1)] == (2, 2)
    assert found["meetings_30_days_1_3", date(2026, 6, 1)] == (1, 2)


def test_the_thirty_days_of_february_reach_into_january(clinic):
    cases = [(date(2026, 1, 29), False), (date(2026, 1, 30), True), (date(2026, 2, 28), True)]
    c = in_sites(clinic, *({"attendance": [{"meeting_date": str(met), "fellowship": "NA"}]} for met, _ in cases))
    for number, (met, counted) in enumerate(cases):
        found = figures(c, breakdown="site", member=f"site {number}")
        assert found["meetings_30_none", date(2026, 2, 1)] == (0 if counted else 1, 2), met


def test_meetings_of_thirty_days_are_not_known_of_the_new_and_where_nothing_was_reported(clinic):
    late = figures(of_one(clinic, start=date(2026, 6, 2)))
    assert late["meetings_30_none", date(2026, 6, 1)] == (0, 1)
    assert figures(of_one(clinic, start=date(2026, 6, 1)))["meetings_30_none", date(2026, 6, 1)] == (1, 2)
    rows = [row for row in reported() if not "2026-06-08" <= row["meeting_date"] < "2026-06-15"]
    silent = figures(clinic(str(AS_OF), episodes=[STEADY], attendance=rows))
    assert silent["meetings_30_times_1_3", date(2026, 6, 1)] == (0, 0)
    assert silent["meetings_30_times_4_7", date(2026, 7, 1)] == (1, 1)


@pytest.mark.parametrize(
    ("start", "end", "met", "sponsor", "steps"),
    [
        # clients, left care, not known, still in care; at the first meeting, the sponsor, day 90
        (0, None, 3, 40, [(1, 0, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0)]),
        (0, None, 90, None, [(1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 0)]),
        (0, None, 91, 40, [(0, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)]),
        (0, 60, None, None, [(0, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]),
        (0, 60, 3, 40, [(1, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0)]),
    ],
)
def test_the_pathway_and_where_it_was_left(clinic, start, end, met, sponsor, steps):
    heard = [said(80)] if end is None else []
    c = of_one(
        clinic,
        start=day(start),
        end=end and day(end),
        reason="left" if end else None,
        attendance=[{"meeting_date": str(day(met)), "fellowship": "NA"}] if met is not None else [],
        checkins=heard + ([said(sponsor, has_sponsor=True, sponsor_role="peer")] if sponsor else []),
    )
    columns = "admission_quarter, place, clients, left_care, not_known, still_in_care"
    found = c.rows("pathway", columns)
    assert [row[2:] for row in found if row[0] == "2026 Q1"] == [(1, 0, 0, 0), *steps]
    assert [row[2:] for row in found if row[0] == "all"] == [(1, 0, 0, 0), *steps]
    on_day_90 = c.engine.rows("SELECT clients, retained FROM pathway WHERE admission_quarter = 'all' ORDER BY place")
    assert on_day_90 == [(clients, clients if end is None else 0) for clients, _ in on_day_90]
    ((median_met,),) = c.engine.rows("SELECT median_days FROM pathway WHERE place = 1 AND admission_quarter = 'all'")
    assert median_met == (met if steps[0][0] else None)


def test_an_admission_of_less_than_90_days_is_too_recent_for_the_pathway(clinic):
    assert of_one(clinic, start=FIRST, as_of=day(89)).rows("pathway", "place") == []
    assert of_one(clinic, start=FIRST, as_of=day(90)).rows("pathway", "place, came", "place")[0] == (0, 1)


FLAG = {
    "client_id": "a",
    "week:DATE": date(2026, 5, 25),
    "kind": "attendance",
    "score:DOUBLE": 9.0,
    "usual:DOUBLE": 2.0,
    "recent:DOUBLE": 0.0,
    "recent_weeks:INTEGER": 3,
    "reason": "",
    "cleared_week:DATE": date(2026, 8, 10),
}


def entry(written_on, follow_up_on=None):
    return {
        "entry_id": "e",
        "written_on:DATE": written_on,
        "client_id": "a",
        "flag_week:DATE": None,
        "outcome": "contacted",
        "reason": None,
        "follow_up_on:DATE": follow_up_on,
        "remind:BOOLEAN": True,
        "who": "T1",
    }


@pytest.mark.parametrize(
    ("entries", "waiting", "acted", "overdue"),
    [
        ([entry(date(2026, 3, 2))], 1, (0, 1), 0),
        ([entry(date(2026, 3, 2)), entry(date(2026, 6, 8))], 0, (1, 1), 0),
        ([entry(date(2026, 3, 2)), entry(date(2026, 6, 9))], 0, (0, 1), 0),
        ([entry(date(2026, 6, 3), date(2026, 6, 30))], 0, (0, 0), 1),  # the flag is older than the journal
        ([entry(date(2026, 6, 3), date(2026, 7, 1))], 0, (0, 0), 0),
        ([entry(date(2026, 6, 3), date(2026, 6, 10)), entry(date(2026, 6, 30))], 0, (0, 0), 0),  # followed up in time
        ([entry(date(2026, 6, 3), date(2026, 6, 10)), entry(date(2026, 7, 1))], 0, (0, 0), 1),
        ([entry(date(2026, 3, 2)), entry(date(2026, 7, 1))], 1, (0, 1), 0),  # acted on in July
        ([entry(date(2026, 7, 1))], None, (0, 0), None),  # nothing was noted of anyone yet
    ],
)
def test_flags_and_what_was_noted_of_them(clinic, entries, waiting, acted, overdue):
    c = of_one(clinic, decline_flags=[FLAG], outreach=entries, flags_from=[{"day:DATE": FIRST}])
    june = {measure: found for (measure, period), found in figures(c).items() if period == date(2026, 6, 1)}
    assert june["flags_waiting"] == (waiting, None)
    assert june["flags_acted_on"] == acted
    assert june["follow_ups_overdue"] == (overdue, None)
    assert june["flagged"] == (1, 2)
    assert june["to_call"] == (1, None)
    assert figures(c)["flags_back_at_usual", date(2026, 8, 1)] == (0, 1)  # cleared after its eighth week


def test_whom_to_call_first(clinic):
    cases = [
        ({"crises": [{"opened_on": "2026-06-30", "kind": "legal"}]}, 1, 1),
        ({"crises": [{"opened_on": "2026-06-01", "kind": "legal", "resolved_on": "2026-07-01"}]}, 1, 1),
        ({"crises": [{"opened_on": "2026-06-01", "kind": "legal", "resolved_on": "2026-06-30"}]}, 0, 0),
        ({"checkins": [{"checkin_date": "2026-06-17", "used": True}]}, 1, 0),
        ({"checkins": [{"checkin_date": "2026-06-16", "used": True}]}, 0, 0),
    ]
    c = in_sites(clinic, *(rows for rows, *_ in cases))
    for number, (rows, to_call, in_crisis) in enumerate(cases):
        found = figures(c, breakdown="site", member=f"site {number}")
        assert found["to_call", date(2026, 6, 1)] == (to_call, None), rows
        assert found["open_crises", date(2026, 6, 1)] == (in_crisis, None), rows


def test_every_measure_declared_is_made_and_of_therapists_none_of_what_happened(clinic):
    c = of_one(clinic, flags_from=[{"day:DATE": FIRST}])
    made = {measure for measure, _ in figures(c)} | OF_WINDOWS
    assert made == set(models()["measures"].rows()["name"].to_pylist())
    by_therapist = {measure for measure, _ in figures(c, breakdown="therapist", member="unknown")}
    assert not by_therapist & {"discharges", "retained_90", "tasks_in_time"}


def invented(random):
    """Exports of a clinic that has no pattern at all: stays with gaps and levels, and records in and out of them."""
    tables = {name: [] for name in ("episodes", "attendance", "checkins", "sessions", "tasks", "contracts", "crises")}
    tables["episodes"].append(STEADY)
    tables["attendance"] += reported()
    reasons = [
        "completed",
        "transferred",
        "left",
        "lost_contact",
        "administrative",
        "incarcerated",
        "died",
        "other",
        None,
    ]
    for number in range(25):
        who, at = f"c{number:02}", random.randrange(-60, 200)
        for _ in range(random.randint(1, 3)):
            until = at + random.randrange(0, 140)
            on = until < 330 and random.random() < 0.8
            tables["episodes"].append(
                {
                    "client_id": who,
                    "start_date": str(day(at)),
                    "end_date": str(day(until)) if on else None,
                    "level_of_care": random.choice(["1.0", "2.1", "3.5", None]),
                    "end_reason": random.choice(reasons) if on else None,
                    "program": f"P{at}",
                }
            )
            if not on:
                break
            at = until + random.choice([0, 1, 5, 7, 8, 9, 30])
            if day(at) > AS_OF:
                break
        days = [n for n in range(269) if random.random() < 0.16]
        for n in days:
            on = str(day(n))
            match random.randrange(6):
                case 0 | 1:
                    part = random.choice(["listened", "shared", None])
                    row = {"meeting_date": on, "fellowship": random.choice(["AA", "NA"]), "participation": part}
                    tables["attendance"].append({"client_id": who, **row})
                case 2 | 3:
                    row = {
                        "checkin_date": on,
                        "source": "self_report",
                        "used": random.choice([True, False, False, None]),
                    }
                    row |= {"status": random.choice(["completed"] * 5 + ["missed", "excused"])}
                    row |= {"has_sponsor": random.choice([True, False, None])}
                    row |= {"sponsor_role": random.choice(["peer", "therapist", None])}
                    tables["checkins"].append({"client_id": who, **row})
                case 4:
                    status = random.choice(["attended", "attended", "no_show", "cancelled_client"])
                    tables["sessions"].append({"client_id": who, "session_date": on, "status": status})
                case _:
                    due = n + random.randrange(0, 30)
                    done = random.choice([None, str(day(due)), str(day(due + 1)), str(day(n))])
                    row = {"task": f"t{n}", "assigned_on": on, "due_on": str(day(due)), "completed_on": done}
                    tables["tasks"].append({"client_id": who, **row})
                    broken = random.choice([None, str(day(due))])
                    tables["contracts"].append(
                        {"client_id": who, "signed_on": on, "behaviour": f"b{n}", "broken_on": broken}
                    )
                    tables["crises"].append({"client_id": who, "opened_on": on, "kind": "legal", "resolved_on": broken})
    return tables


def real(text):
    return None if text is None else date.fromisoformat(text)


def recounted(tables):
    """Every measure of the whole clinic by month, by walking through the days of each client."""
    totals = defaultdict(lambda: [0, 0])
    months = [date(2026, month, 1) for month in range(1, 10)]
    last = {month: (month.replace(month=month.month + 1) - timedelta(days=1)) for month in months}

    def add(measure, on, numerator, denominator=None):
        if on is None or not months[0] <= on <= AS_OF:
            return
        total = totals[measure, on.replace(day=1)]
        total[0] += numerator
        total[1] = None if denominator is None else (total[1] or 0) + denominator

    of = {name: defaultdict(list) for name in tables}
    for name, rows in tables.items():
        for row in rows:
            of[name][row["client_id"]].append(row)
    for who in of["episodes"]:
        episodes = sorted(
            (real(e["start_date"]), real(e.get("end_date")), e.get("level_of_care"), e.get("end_reason"))
            for e in of["episodes"][who]
            if real(e["start_date"]) <= AS_OF
        )
        stays = []
        for episode in episodes:
            if stays and (episode[0] - stays[-1][-1][1]).days <= 7:
                stays[-1].append(episode)
            else:
                stays.append([episode])
        meetings = [(real(r["meeting_date"]), r.get("participation")) for r in of["attendance"][who]]
        checks = sorted((real(r["checkin_date"]), r) for r in of["checkins"][who])
        done = [(on, r) for on, r in checks if r["status"] == "completed"]
        sessions = [(real(r["session_date"]), r["status"]) for r in of["sessions"][who]]
        use = {on for on, r in done if r["used"]}
        in_care_ever = set()
        for stay, following in zip(stays, [*stays[1:], None], strict=True):
            start, end, reason = stay[0][0], stay[-1][1], stay[-1][3]
            until = min(end or AS_OF, AS_OF)
            days = {start + timedelta(days=n) for n in range((until - start).days + 1)}
            in_care_ever |= days
            add("admissions", start, 1)
            if end and end <= AS_OF:
                add("discharges", end, 1)
                for word in (
                    "completed",
                    "transferred",
                    "left",
                    "lost_contact",
                    "administrative",
                    "incarcerated",
                    "died",
                    "other",
                    None,
                ):
                    add(f"discharged_{word or 'unknown'}", end, reason == word, 1)
            for before, after in pairwise(stay):
                if before[2] and after[2] and before[2] != after[2]:
                    add("transfers", after[0], 1)
            for month in months:
                if start < month <= until:
                    add("census_opening", month, 1)
                if last[month] in days:
                    add("census", month, 1)
                    if end is None or end > last[month]:
                        add("census_closing", month, 1)
                    window = [on for on, _ in meetings if 0 <= (last[month] - on).days <= 29]
                    if (last[month] - start).days >= 29 and (last[month] - FIRST).days >= 29:
                        for low, high, name in (
                            (0, 0, "none"),
                            (1, 3, "times_1_3"),
                            (4, 7, "times_4_7"),
                            (8, 99, "times_8_30"),
                        ):
                            add(f"meetings_30_{name}", month, low <= len(window) <= high, 1)
                        for low, high in ((1, 3), (4, 8), (9, 15), (16, 30)):
                            add(f"meetings_30_days_{low}_{high}", month, low <= len(set(window)) <= high, 1)
                    open_now = [
                        r
                        for r in of["crises"][who]
                        if real(r["opened_on"]) <= last[month]
                        and not (r["resolved_on"] and real(r["resolved_on"]) <= last[month])
                    ]
                    add("open_crises", month, bool(open_now))
            abstinent, before = set(), None
            for on, r in done:
                if r["used"] is False and on >= start and (following is None or on < following[0][0]):
                    since = max(on - timedelta(days=29), start, before + timedelta(days=1) if before else start)
                    abstinent |= {since + timedelta(days=n) for n in range((on - since).days + 1)} & days
                before = on
            for on in days:
                if on in use:
                    add("days_abstinent", on, 0, 1)
                elif on in abstinent:
                    add("days_abstinent", on, 1, 1)
            for on, part in meetings:
                if on in days and part:
                    add("active_participation", on, part != "listened", 1)
            for on, r in checks:
                if on in days and r["status"] != "excused":
                    add("checkin_completion", on, r["status"] == "completed", 1)
            for on, status in sessions:
                if on in days:
                    add("sessions_kept", on, status == "attended", 1)
                    if status in ("attended", "no_show"):
                        add("no_show_rate", on, status == "no_show", 1)
            if start < FIRST:
                continue
            numbers = sorted((on - start).days for on, status in sessions if status == "attended" and on in days)
            if numbers:
                add("waiting_days", start + timedelta(days=numbers[0]), numbers[0], 1)
            begun = bool(numbers) and numbers[0] <= 13
            add("initiated", start + timedelta(days=13), begun, 1)
            further = {n for n in numbers if begun and 1 <= n - numbers[0] <= 34}
            add("engaged", start + timedelta(days=47), len(further) >= 2, 1)
            add("continued", start + timedelta(days=30), len([n for n in numbers if n <= 30]) >= 5, 1)
            told = [((on - start).days, r) for on, r in done if on in days and r["has_sponsor"] is not None]
            for limit in (30, 90):
                by = [r["has_sponsor"] and r["sponsor_role"] != "therapist" for n, r in told if n <= limit]
                if by:
                    add(f"sponsor_{limit}", start + timedelta(days=limit), any(by), 1)
            heard = [n for n in numbers if 76 <= n <= 90] + [
                n for n in ((on - start).days for on, _ in done) if 76 <= n <= 90
            ]
            if (until - start).days >= 90:
                add("retained_90", start + timedelta(days=90), bool(heard), 1)
            elif reason not in ("died", "incarcerated"):
                add("retained_90", start + timedelta(days=90), 0, 1)
            used = [on for on in use if on in days and (on - start).days <= 90]
            later = [on for on in (use & days) | (abstinent - use) if (on - start).days >= 90]
            if used or later:
                add("use_90", start + timedelta(days=90), bool(used), 1)
        for month in months:
            held = [on for on in in_care_ever if max(month, FIRST) <= on <= last[month]]
            if held:
                went = [on for on, _ in meetings if on in held]
                add("meetings_per_client_week", month, len(went), len(held) / 7)
                add("any_meeting", month, bool(went), 1)
        for r in of["tasks"][who]:
            due = real(r["due_on"])
            if due in in_care_ever:
                add("tasks_in_time", due, r["completed_on"] is not None and real(r["completed_on"]) <= due, 1)
        for r in of["contracts"][who]:
            if real(r["broken_on"]) in in_care_ever:
                add("contracts_broken", real(r["broken_on"]), 1)
    return totals


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_of_a_month_recounted(clinic, seed):
    tables = invented(Random(seed))
    c = clinic(str(AS_OF), **tables)
    found, expected = figures(c), recounted(tables)
    names = {measure for measure, _ in expected}
    assert len(names) > 40
    for (measure, period), (numerator, denominator) in found.items():
        if measure in names:
            assert (numerator, denominator or 0) == pytest.approx(
                (expected[measure, period][0], expected[measure, period][1] or 0)
            ), (measure, period)
    for period in {period for _, period in found}:
        sober, known = found["sober", period]
        assert found["sober_at_least", period][0] == sober
        assert found["sober_at_most", period][0] == found["census", period][0] - (known - sober)
    assert c.engine.rows(CENSUS_CHECK) == []


CENSUS_CHECK = (CHECKS / "census_balances.sql").read_text("utf-8")
