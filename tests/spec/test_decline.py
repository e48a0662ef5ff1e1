"""The decline flag: a client's own usual, how strongly the last weeks indicate a fall from it, who is flagged, and why.

The statistic is checked against a second, plain reading of its definition; the flags against a week-by-week walk.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from math import ceil, exp, isclose, log
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines import flags as decline_flags
from pipelines.build import build
from pipelines.engine.duckdb import Engine
from pipelines.model import given, models
from pipelines.turns import TURNS, Candidate, take_turns
from pipelines.wording.flag_reason import Facts, Sign, how_seldom, reason, week_by_week, what_fell

pytestmark = pytest.mark.slow

MONDAY = date(2026, 3, 2)  # in a stretch of weeks without holidays
SETTING: dict[str, float] = {
    **tomllib.loads(models()["decline_constant"].text)["default"],
    **tomllib.loads(models()["decline_choice"].text)["default"],
}
SIGNS: dict[str, dict[str, Any]] = tomllib.loads(models()["decline_sign"].text)
SPANS: list[dict[str, Any]] = list(tomllib.loads(models()["decline_span"].text).values())

CARE_WEEK = pa.schema(
    [
        ("client_id", pa.string()), ("week", pa.date32()), ("stay", pa.int32()), ("therapist_id", pa.string()),
        ("site", pa.string()), ("level_rank", pa.int32()), ("exposure", pa.float64()), ("meetings", pa.int32()),
        ("active_meetings", pa.int32()), ("sponsor_contacts", pa.int32()), ("step_work", pa.bool_()),
        ("checkins", pa.int32()), ("sessions_attended", pa.int32()), ("no_shows", pa.int32()),
        ("weeks_in_care", pa.int32()), ("agreed_meetings", pa.float64()), ("placed_meetings", pa.int32()),
        ("in_person_meetings", pa.int32()), ("home_group_visited", pa.bool_()),
    ]
)  # fmt: skip

Row = dict[str, Any]


def week(number: int) -> date:
    return MONDAY + timedelta(weeks=number)


def care(client: str, meetings: list[int], first: date = MONDAY, **others: Any) -> list[Row]:
    """A client's weeks from the meetings of each; of `others`, a list gives a value a week, anything else the same each week."""
    blank = {
        "stay": 1, "therapist_id": client, "site": "north", "level_rank": 0, "exposure": 1.0, "active_meetings": 0,
        "sponsor_contacts": None, "step_work": None, "checkins": 0, "sessions_attended": 0, "no_shows": 0,
        "weeks_in_care": None, "agreed_meetings": None, "placed_meetings": 0, "in_person_meetings": 0,
        "home_group_visited": None,
    }  # fmt: skip
    return [
        {"client_id": client, "week": first + timedelta(weeks=i), "meetings": count}
        | {name: value[i] if isinstance(value, list) else value for name, value in (blank | others).items()}
        for i, count in enumerate(meetings)
    ]


def completed(table: pa.Table) -> pa.Table:
    """Whatever a simulation leaves out is unknown, except the participation in its meetings."""
    if "stated_meetings" not in table.column_names:
        table = table.append_column("stated_meetings", table["meetings"])
    for column in CARE_WEEK.names:
        if column not in table.column_names:
            table = table.append_column(column, pa.nulls(len(table), CARE_WEEK.field(column).type))
    return table


STAY = pa.schema(
    [("client_id", pa.string()), ("stay", pa.int32()), ("end_date", pa.date32()), ("inferred", pa.bool_())]
)
NO_STAY_IS_INFERRED = STAY.empty_table()


BASES = ("real", "shifted")  # of the clinic's dates


def scored(rows: list[Row] | pa.Table, upto: str = "decline_flags", date_basis: str = "real") -> Engine:
    table = completed(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=CARE_WEEK))
    engine = Engine()
    engine.load("care_week", table)
    engine.load("stay", NO_STAY_IS_INFERRED)
    engine.load("clinic", given("clinic", [{"name": "Elm Street", "date_basis": date_basis}]))
    build(engine, given={"care_week", "stay", "clinic"}, only=[upto], by_code=[TURNS, decline_flags.REASONS])
    return engine


def flags(rows: list[Row], columns: str = "client_id, week, kind") -> list[tuple[Any, ...]]:
    return scored(rows).rows(f"SELECT {columns} FROM decline_flags ORDER BY client_id, week")


# --- the statistic, read a second time -----------------------------------------------------------------------------


def random_care(rng: random.Random, clients: int = 40) -> list[Row]:
    """Histories with all kinds of weeks: absences, part weeks, second stays, levels of care, holidays, blanks, falls."""
    rows: list[Row] = []
    for number in range(clients):
        at, rate, share = rng.randrange(30), rng.choice([0.4, 1, 2, 3, 5]), rng.random()
        therapist, site = rng.choice(["t1", "t2", None]), rng.choice(["north", "south", None])
        start = rng.choice([date(2018, 6, 4), date(2024, 6, 3)])  # Thanksgiving at its earliest, and at its latest
        has_checkins, has_sessions = rng.random() < 0.7, rng.random() < 0.7
        settles, agreed = rng.random() < 0.7, rng.choice([None, None, 1.0, 3.0])
        for stay in range(1, rng.choice([1, 1, 2, 3]) + 1):
            fall = rng.randrange(10, 60)
            for i in range(rng.randrange(1, 60)):
                now = rate * (0.2 if i >= fall else 1)
                checkins = rng.choice([0, 1, 1, 1, 2]) if has_checkins else 0
                meetings = sum(rng.random() < now / 8 for _ in range(8))
                rows.append({
                    "client_id": f"c{number:02}", "week": start + timedelta(weeks=at), "stay": stay,
                    "therapist_id": therapist, "site": site, "level_rank": rng.choice([None, 0, 2, 2, 1]),
                    "exposure": rng.choice([0.0, 3 / 7, 1.0, 1.0, 1.0, 1.0, 1.0]), "meetings": meetings,
                    "active_meetings": sum(rng.random() < share for _ in range(meetings)),
                    "sponsor_contacts": rng.choice([None, 0, 1, 2, 3]) if checkins else None,
                    "step_work": rng.choice([None, True, False]) if checkins else None, "checkins": checkins,
                    "sessions_attended": rng.randrange(3) if has_sessions else 0,
                    "no_shows": rng.choice([0, 0, 0, 1, 2]) if has_sessions else 0,
                    "weeks_in_care": i + 1 if settles else None, "agreed_meetings": agreed,
                    "placed_meetings": max(meetings - rng.choice([0, 0, 1]), 0),
                    "in_person_meetings": max(meetings - rng.choice([1, 1, 2]), 0),
                    "home_group_visited": rng.choice([None, True, True, False]) if meetings else None,
                })  # fmt: skip
                at += 1
            at += rng.choice([1, 3, 10, 28, 29, 30, 45])
    return rows


def is_holiday_week(monday: date) -> bool:
    days = [monday + timedelta(i) for i in range(7)]
    thanksgiving = [d for d in days if d.month == 11 and d.weekday() == 3 and 22 <= d.day <= 28]
    return bool(thanksgiving) or any((d.month, d.day) in {(12, 24), (12, 25), (12, 26), (1, 1)} for d in days)


def plainly(rows: list[Row]) -> dict[tuple[str, date], Row]:
    """The scores, one client and one week at a time, straight from the definition."""
    s = SETTING
    has_checkins = {(row["site"], row["week"]) for row in rows if row["checkins"] > 0}
    clients: dict[str, Weeks] = defaultdict(Weeks)
    for row in rows:
        number = (row["week"] - date(2018, 1, 1)).days // 7
        asked = row["checkins"] > 0
        full = row["exposure"] == 1 and (row["site"], row["week"]) in has_checkins
        sponsor_known = asked and row["sponsor_contacts"] is not None
        step_known = asked and row["step_work"] is not None
        home_group = row["home_group_visited"] is not None and row["meetings"] > 0
        tenure = row["weeks_in_care"]
        settling = 1 if tenure is None else 1 + s["settling"] * exp(-(tenure - 1) / s["settling_weeks"])
        holiday = s["holiday_factor"] if is_holiday_week(row["week"]) else 1
        counts = {
            "meetings": (row["meetings"], row["exposure"] * holiday * settling),
            "sponsor": (row["sponsor_contacts"], 1) if sponsor_known else (0, 0),
            "active": (row["active_meetings"], row["meetings"]),
            "step": (int(row["step_work"]), 1) if step_known else (0, 0),
            "checkin": (int(asked), 1) if full else (0, 0),
            "no_show": (row["no_shows"], row["sessions_attended"] + row["no_shows"]),
            "in_person": (row["in_person_meetings"], row["placed_meetings"]),
            "home_group": (int(row["home_group_visited"]), 1) if home_group else (0, 0),
        }
        here = {"week": row["week"], "exposure": row["exposure"]}
        here["agreed"], here["level"] = (
            (row["agreed_meetings"], row["level_rank"]) if row["exposure"] > 0 else (None, None)
        )
        here["usual_of"] = row["exposure"] * holiday
        clients[row["client_id"]][number] = here | (counts if row["exposure"] > 0 else dict.fromkeys(SIGNS, (0, 0)))
    found = {}
    for client, weeks in clients.items():
        for t, here in weeks.items():
            ratio = {(x, n["weeks"]): exp(evidence(x, weeks, t, n["weeks"])) for x in SIGNS for n in SPANS}
            fallen = {(x, n): 1 - SIGNS[x]["weight"] * (1 - value) for (x, n), value in ratio.items()}
            takes_part = [x for x in SIGNS if SIGNS[x]["participates"]]
            attendance = sum(n["meetings"] * ratio["meetings", n["weeks"]] for n in SPANS)
            involvement = sum(n["meetings"] * np.prod([fallen[x, n["weeks"]] for x in SIGNS]) for n in SPANS)
            participation = sum(
                n["participation"] * np.prod([fallen[x, n["weeks"]] for x in takes_part]) for n in SPANS
            )
            together = log(
                s["attendance_share"] * attendance
                + s["participation_share"] * participation
                + s["involvement_share"] * involvement
            )
            base = [weeks[u] for u in range(t - 29, t - 3) if u in weeks]
            base_of = sum(w["usual_of"] for w in base)
            history = sum(weeks[u]["exposure"] > 0 for u in range(t - 29, t) if u in weeks)
            computable = here["exposure"] > 0 and history > 0
            found[client, here["week"]] = {
                "evidence": {key: log(value) for key, value in ratio.items()},
                "usual": sum(w["meetings"][0] for w in base) / base_of if base_of > 0 else None,
                "attendance_score": log(attendance) if computable else None,
                "involvement_score": together if computable else None,
            }
    return found


class Weeks(dict[int, Row]):
    """A client's weeks, by number; once they are all there, what follows from them is counted once."""

    __hash__ = object.__hash__


@cache
def total(weeks: Weeks, sign: str, first: int, last: int) -> tuple[float, float]:
    """What was counted of a sign in the weeks from `first` to `last`, and out of what."""
    within = [weeks[u][sign] for u in range(first, last + 1) if u in weeks]
    return sum(y for y, _ in within), sum(of for _, of in within)


@cache
def level_factor(weeks: Weeks, t: int) -> float:
    """What a step down from the mean level of care of the weeks before leaves of the meetings expected."""
    levels = [weeks[u]["level"] for u in range(t - 29, t) if u in weeks and weeks[u]["level"] is not None]
    if not levels or weeks[t]["level"] is None:
        return 1.0
    return float(SETTING["step_down_factor"] ** max(sum(levels) / len(levels) - weeks[t]["level"], 0))


@cache
def dispersion(sign: str, weeks: Weeks, t: int, a: float, b: float) -> float:
    """How much more the counts of a sign vary from week to week than by chance."""
    declared = SIGNS[sign]
    known, known_of = total(weeks, sign, t - 29, t - 1)
    rate = (a + known) / (b + known_of)
    within = [weeks[u][sign] for u in range(t - 29, t) if u in weeks and weeks[u][sign][1] > 0]
    pearson = sum((y - rate * e) ** 2 / (rate * e) for y, e in within)
    worth = SETTING["dispersion_weeks"]
    phi = (worth * declared["dispersion"] + pearson) / (worth + len(within))
    return float(min(max(phi, SETTING["dispersion_least"]), SETTING["dispersion_most"]))


def evidence(sign: str, weeks: Weeks, t: int, span: int) -> float:
    """How strongly the last weeks indicate a fall that began so many weeks ago.

    Of a share, by the binomial likelihoods of its odds as before and of a fall of them to the ratio, the less the fewer
    units are known; of a count, by the marginal gamma-Poisson likelihoods.
    """
    declared = SIGNS[sign]
    a, b, rho = declared["prior"], declared["worth"], declared["ratio"]
    if sign == "meetings" and weeks[t]["agreed"]:
        a = SETTING["agreed_prior"]
        b = a / (SETTING["agreed_kept"] * weeks[t]["agreed"])
    counted, of = total(weeks, sign, t - span + 1, t)
    before, before_of = total(weeks, sign, t - 29, t - span)
    if before == 0 and not (declared["tells_from_nothing"] and before_of > 0):
        return 0.0
    if not declared["own_dispersion"]:
        share, known = (a + before) / (b + before_of), b + before_of
        odds = rho * share / (1 - share)
        fallen = odds / (1 + odds)
        likelihood = counted * log(fallen / share) + (of - counted) * log((1 - fallen) / (1 - share))
        return likelihood * known / (known + of)
    phi = dispersion(sign, weeks, t, a, b)
    due = of * (level_factor(weeks, t) if sign == "meetings" else 1)

    def marginal(exposure: float) -> float:
        """The log of the gamma-Poisson marginal of the span's count, its terms without the exposure left out."""
        shape, rate = a + before / phi, b + before_of / phi
        return shape * log(rate) - (shape + counted / phi) * log(rate + exposure / phi)

    return counted / phi * log(rho) + marginal(rho * due) - marginal(due)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_statistic_is_its_definition(seed: int):
    rows = random_care(random.Random(seed))
    engine, wanted = scored(rows), plainly(rows)
    found: dict[tuple[str, date], Row] = defaultdict(dict)
    for record in engine.records("SELECT * FROM sign_week"):
        found[record["client_id"], record["week"]][record["sign"]] = record
    for key, plain in wanted.items():
        for (sign, span), value in plain["evidence"].items():
            record = found[key].get(sign)  # none of a sign that the client never shows
            got = record[f"evidence_{span}"] if record else 0.0
            assert isclose(got, value, rel_tol=1e-9, abs_tol=1e-9), (key, sign, span, got, value)
    scores = engine.records("SELECT * FROM week_score")
    assert len(scores) == len(rows)
    for record in scores:
        plain = wanted[record["client_id"], record["week"]]
        for score in ("usual", "attendance_score", "involvement_score"):
            if plain[score] is None:
                assert record[score] is None
            else:
                assert record[score] == pytest.approx(plain[score], rel=0, abs=5.1e-7)  # rounded to six digits


@pytest.mark.parametrize("fall", ["meetings", "participation"])
def test_the_spans_of_a_fall_add_up_to_one(fall: str):
    assert sum(span[fall] for span in SPANS) == pytest.approx(1)


# --- who is flagged ------------------------------------------------------------------------------------------------

TURNS_BY_CASE = {
    "the furthest over the threshold come first, as many as there is room for": (
        {"ann": "9 . .", "ben": "8 . .", "cay": "7 . ."}, 2, ["ann 0", "ben 0"]
    ),
    "of two as far, the first by name": ({"ben": "9 .", "ann": "9 ."}, 1, ["ann 0"]),
    "a client who is still over it is looked at again": (
        {"ann": "9 9 9", "ben": "8 8 8", "cay": "7 . ."}, 1, ["ann 0", "ben 1"]
    ),
    "one who no longer is takes nobody's turn": ({"ann": "9 9 9", "ben": "8 . .", "cay": "7 7 7"}, 1, ["ann 0", "cay 1"]),
    "one who falls further overtakes": ({"ann": "9 . .", "ben": "4 4 4", "cay": ". 5 5"}, 1, ["ann 0", "cay 1", "ben 2"]),
    "a run gives one flag, however long": ({"ann": "9 9 9 9 9 9 9 9"}, 1, ["ann 0"]),
    "the next run gives one from the fifth week after": ({"ann": "9 . 9 9 9 9 9"}, 1, ["ann 0", "ann 5"]),
    "and none if it is over by then": ({"ann": "9 . 9 9 9 . . ."}, 1, ["ann 0"]),
    "the weeks are those from the flag, not from the run": ({"ann": "9 9 . . . 9", "ben": "10 . . . . ."}, 1, ["ben 0", "ann 1"]),
}  # fmt: skip


@pytest.mark.parametrize("case", TURNS_BY_CASE)
def test_turns(case: str):
    """Of clients of one caseload, how far over the threshold they are week by week."""
    clients, room, flagged = TURNS_BY_CASE[case]
    candidates = []
    for client, line in clients.items():
        run = 0
        for t, (over, before) in enumerate(zip(line.split(), [".", *line.split()], strict=False)):
            run += over != "." and before == "."
            if over != ".":
                candidates.append(
                    (week(t), -int(over), Candidate(client, 1, run, week(t), int(over), "t1", room, None))
                )
    candidates.sort()
    assert [
        f"{each.client_id} {(each.week - week(0)).days // 7}" for each in take_turns(c for *_, c in candidates)
    ] == flagged


def open_to(engine: Engine) -> dict[tuple[str, date], list[tuple[float, str]]]:
    """By caseload and week, who could be flagged by what was flagged before: over the threshold, whose run gave none yet,
    whose last flag was five weeks ago or more. With how far over it, the furthest first.
    """
    flagged: dict[str, list[date]] = defaultdict(list)
    for client, monday in engine.rows("SELECT client_id, week FROM decline_flags ORDER BY week"):
        flagged[client].append(monday)
    began: dict[tuple[str, int], date | None] = {}
    candidates: dict[tuple[str, date], list[tuple[float, str]]] = defaultdict(list)
    for client, stay, monday, above, over, caseload in engine.rows(
        "SELECT client_id, stay, week, s.above, s.score - s.flags_above,"
        " coalesce('t ' || c.therapist_id, 's ' || c.site, '')"
        " FROM week_score s JOIN care_week c USING (client_id, stay, week) WHERE s.above IS NOT NULL ORDER BY week"
    ):
        if not above:
            began[client, stay] = None
            continue
        start = began[client, stay] = began.get((client, stay)) or monday
        earlier = [day for day in flagged[client] if day < monday]
        if not earlier or (earlier[-1] < start and (monday - earlier[-1]).days >= 35):
            candidates[caseload, monday].append((round(-over, 9), client))
    return {key: sorted(waiting) for key, waiting in candidates.items()}


def crowd(seed: int, clients: int, weeks: int, onset: int | None = None) -> list[Row]:
    """Clients of two therapists and of a site without one; some of them change; with `onset`, all stop at about the same time."""
    rng = random.Random(seed)
    rows = []
    for number in range(clients):
        rate, stops = rng.uniform(1, 5), onset + rng.randrange(2) if onset else rng.randrange(10, 2 * weeks)
        meetings = [sum(rng.random() < (0 if i >= stops else rate / 9) for _ in range(9)) for i in range(weeks)]
        away = [0.0 if rng.random() < 0.04 else 1.0 for _ in range(weeks)]
        therapist, moves = ["t1", "t1", "t2", None][number % 4], stops + 4 if number % 5 == 0 else weeks
        therapists = [therapist if i < moves else "t2" for i in range(weeks)]
        rows += care(f"c{number:03}", meetings, therapist_id=therapists, exposure=away)
    return rows


@pytest.mark.parametrize("rows", [crowd(5, 80, 70), crowd(6, 60, 40, onset=15), random_care(random.Random(7), 80)])
def test_flagged_are_the_furthest_over_the_threshold_of_those_who_could_be_as_many_as_there_is_room_for(
    rows: list[Row],
):
    engine = scored(rows)
    found = set(engine.rows("SELECT client_id, week FROM decline_flags"))
    assert found
    of_caseload = "SELECT coalesce('t ' || therapist_id, 's ' || site, ''), week, count(*) FROM care_week GROUP BY ALL"
    sizes = {(caseload, monday): count for caseload, monday, count in engine.rows(of_caseload)}
    turns = {
        (client, key[1])
        for key, waiting in open_to(engine).items()
        for _, client in waiting[: ceil(round(SETTING["caseload_share"] * sizes[key], 6))]
    }
    assert found == turns
    close = "SELECT a.client_id FROM decline_flags a JOIN decline_flags b USING (client_id) WHERE a.week < b.week"
    assert engine.rows(f"{close} AND days_between(a.week, b.week) < 35") == []
    same_stay = "(SELECT count(DISTINCT stay) FROM week_score s WHERE s.client_id = a.client_id AND s.week IN (a.week, b.week)) = 1"
    assert engine.rows(f"{close} AND {same_stay} AND coalesce(a.cleared_week > b.week, true)") == []


def test_when_everyone_stops_the_strongest_come_first_and_the_others_in_turn():
    stopping = [row for i in range(30) for row in care(f"c{i:02}", [2 + i % 5] * 12 + [0] * 6, therapist_id="t1")]
    others = [row for i in range(30) for row in care(f"d{i:02}", [2 + i % 5] * 18, therapist_id="t2")]
    engine = scored(stopping + others)
    new = engine.rows("SELECT week, count(*), min(score) FROM decline_flags GROUP BY week ORDER BY week")
    assert [count for _, count, _ in new][:4] == [3, 3, 3, 3]
    first = new[0][0]
    (left_out,) = engine.rows(
        "SELECT max(score) FROM week_score WHERE above AND week = ? AND client_id NOT IN"
        " (SELECT client_id FROM decline_flags WHERE week = ?)",
        [first, first],
    )
    assert new[0][2] >= left_out[0]


# --- guards --------------------------------------------------------------------------------------------------------


def test_a_week_that_does_not_count_makes_no_flag_and_no_score():
    meetings = [4] * 12 + [0] * 3
    for gone in ({12}, {12, 13}, {14}):
        exposure = [0.0 if i in gone else 1.0 for i in range(15)]
        engine = scored(care("ann", meetings, exposure=exposure))
        away = engine.rows(
            "SELECT week, score, above FROM week_score WHERE week IN (SELECT week FROM care_week WHERE exposure = 0)"
        )
        assert [(score, above) for _, score, above in away] == [(None, None)] * len(gone)
        assert not {w for w, _, _ in away} & {w for (w,) in engine.rows("SELECT week FROM decline_flags")}
    assert flags(care("ann", [4] * 12 + [0] * 8, exposure=[1.0] * 12 + [0.0] * 8)) == []


def test_taking_any_week_away_makes_no_flag_in_it_and_changes_none_before_it():
    rows = crowd(8, 12, 45)
    before = set(flags(rows))
    for gone in range(10, 45, 5):
        missing = [row | {"exposure": 0.0, "meetings": 0} if row["week"] == week(gone) else row for row in rows]
        after = set(flags(missing))
        assert not {f for f in after if f[1] == week(gone)}
        assert {f for f in after if f[1] < week(gone)} == {f for f in before if f[1] < week(gone)}


@pytest.mark.parametrize("rows", [crowd(9, 40, 60), crowd(10, 60, 40, onset=15), random_care(random.Random(11), 60)])
def test_no_look_ahead(rows: list[Row]):
    whole, last = scored(rows), max(row["week"] for row in rows)
    for back in (1, 5, 12, 30):
        upto = last - timedelta(weeks=back)
        part = scored([row for row in rows if row["week"] <= upto])
        for query in (
            "SELECT * FROM week_score WHERE week <= ? ORDER BY client_id, week",
            "SELECT client_id, week, kind, score, usual, recent, recent_weeks, reason FROM decline_flags"
            " WHERE week <= ? ORDER BY client_id, week",
        ):
            assert part.rows(query, [upto]) == whole.rows(query, [upto])


def test_a_flag_clears_in_the_first_counted_week_back_under_the_threshold():
    meetings = [3] * 12 + [0] * 3 + [3] * 6
    exposure = [1.0] * 15 + [0.0] + [1.0] * 5
    engine = scored(care("ann", meetings, exposure=exposure))
    ((raised, cleared),) = engine.rows("SELECT week, cleared_week FROM decline_flags")
    under = engine.rows("SELECT week FROM week_score WHERE week > ? AND NOT above ORDER BY week", [raised])
    assert week(12) <= raised <= week(14)
    assert cleared == under[0][0]
    assert cleared >= week(16)


def test_an_open_flag_is_not_raised_again():
    assert len(flags(care("ann", [4] * 20 + [0] * 12))) == 1


def test_a_client_who_comes_back_is_compared_with_the_earlier_stay_only_while_it_is_recent():
    gone, back = care("ann", [4] * 20), care("ann", [0] * 8, first=week(22), stay=2)
    assert flags(gone + back)
    long_gone = [row | {"week": row["week"] + timedelta(weeks=40)} for row in back]
    assert flags(gone + long_gone) == []


def test_a_flag_does_not_outlast_the_stay():
    gone, back = care("ann", [4] * 20 + [0] * 4), care("ann", [0] * 6, first=week(26), stay=2)
    (first, cleared), (second, _) = flags(gone + back, "week, cleared_week")
    assert week(20) <= first < week(24)
    assert cleared is None
    assert second >= week(26)


# --- stories -------------------------------------------------------------------------------------------------------

STEADY = [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 3]


@pytest.mark.parametrize(
    ("story", "rows", "kinds"),
    [
        ("steady", care("ann", STEADY * 3), []),
        ("an abrupt stop", care("ann", STEADY + [0] * 4), ["attendance"]),
        ("a slow fade", care("ann", STEADY * 2 + [2, 2, 1, 1, 0, 1, 0, 0]), ["attendance"]),
        ("a good week among others", care("ann", [*STEADY, 7, *STEADY]), []),
        ("one poor week", care("ann", [*STEADY, 1, *STEADY]), []),
        ("a stop in the third week", care("ann", [3, 3, 0, 0, 0]), ["attendance"]),
        ("never came", care("ann", [0] * 8), []),
        ("settling in", care("ann", [6, 5, 4, 3, 3, 3, 3, 3], weeks_in_care=list(range(1, 9))), []),
        ("agreed to more than came", care("ann", [2, 1, 2, 1, 2, 1, 2, 1, 2], agreed_meetings=5.0), []),
        ("a stop in the sixth week", care("ann", [3] * 5 + [0] * 3), ["attendance"]),
        ("fewer in the holidays", care("ann", [*STEADY, 2, 1, 3, 3], first=date(2026, 12, 21) - timedelta(weeks=12)), []),
        ("fewer at a lower level of care", care("ann", STEADY * 2 + [2, 1, 2, 2, 1, 2] * 3, level_rank=[1] * 24 + [0] * 18), []),
        (
            "still attending, but silent and without the sponsor",
            care("ann", STEADY * 2, checkins=1, step_work=True, active_meetings=[2, 1] * 8 + [0] * 8,
                 sponsor_contacts=[2] * 16 + [0] * 8),
            ["participation"],
        ),
        (
            "everything at once",
            care("ann", STEADY + [0] * 4, checkins=1, step_work=[True] * 12 + [False] * 4, active_meetings=[2, 1] * 6 + [0] * 4,
                 sponsor_contacts=[2] * 12 + [0] * 4),
            ["involvement"],
        ),
        (
            "fewer meetings, hardly less of the rest",
            care("ann", STEADY + [0] * 4, checkins=1, sponsor_contacts=[2] * 12 + [1, 2, 1, 2]),
            ["attendance"],
        ),
        (
            "never many meetings, and silent now",
            care("ann", [1, 0, 0, 0] * 5 + [0] * 5, checkins=[1] * 20 + [0] * 5, sponsor_contacts=[2] * 20 + [None] * 5),
            ["involvement"],
        ),
        (
            "fewer meetings, all else as ever",
            care("ann", STEADY + [0] * 4, checkins=1, step_work=True, sponsor_contacts=2, sessions_attended=1),
            ["attendance"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_stories(story: str, rows: list[Row], kinds: list[str]):
    # Another client of the site checks in each week, so that the site's exports are seen to hold check-ins.
    assert [
        kind for _, _, kind in flags(rows + care("bob", [2] * len(rows), first=rows[0]["week"], checkins=1))
    ] == kinds


def test_an_exports_gap_in_checkins_is_not_a_missed_checkin():
    both = [
        row
        for client in ("ann", "bob")
        for row in care(client, STEADY * 2, checkins=[1] * 18 + [0] * 6, sponsor_contacts=[2] * 18 + [None] * 6)
    ]
    evidence = "SELECT max(evidence_4) FROM sign_week WHERE client_id = 'ann' AND sign = 'checkin'"
    assert scored(both).value(evidence) <= 0
    assert scored([row | {"checkins": 1} if row["client_id"] == "bob" else row for row in both]).value(evidence) > 0.5


def test_where_dates_are_shifted_no_week_is_one_of_holidays():
    rows = care("ann", [*STEADY, 2, 1, 3, 3], first=date(2026, 12, 21) - timedelta(weeks=12))
    due = {
        basis: scored(rows, "involvement_week", basis).rows("SELECT meetings_due FROM involvement_week")
        for basis in BASES
    }
    assert set(due["shifted"]) == {(1.0,)} != set(due["real"])


def test_an_exports_gap_in_attendance_is_no_fall_of_everyone():
    """Check-ins came in, so the week is reported; but so many clients do not stop at once: the export broke off."""
    for last_weeks in ([0, 0], [1, 0], [0, 1]):
        rows = [row for i in range(12) for row in care(f"c{i:02}", STEADY * 2 + last_weeks, checkins=1)]
        assert flags(rows) == []
    few = [row for i in range(4) for row in care(f"c{i:02}", STEADY * 2 + [0, 0, 0], checkins=1)]
    assert len(flags(few)) > 0  # a few clients may well stop together


@pytest.mark.parametrize(
    ("clients", "who_come", "weeks", "known"),
    [
        (5, 5, 1, False),
        (5, 5, 13, False),
        (10, 5, 13, False),
        (4, 4, 5, True),  # four may well stop together
        (12, 4, 5, True),
    ],
)
def test_where_five_clients_would_come_none_is_a_gap_however_long(clients, who_come, weeks, known):
    meetings = {f"c{i:02}": (STEADY if i < who_come else [0] * 12) * 2 + [0] * weeks for i in range(clients)}
    engine = scored([row for client, counts in meetings.items() for row in care(client, counts, checkins=1)])
    last = engine.rows("SELECT has_attendance, has_meetings FROM site_week ORDER BY week DESC LIMIT 1")
    assert last == [(known, known)]
    assert (engine.value("SELECT count(*) FROM decline_flags") == 0) == (not known)


@pytest.mark.parametrize(
    ("clients", "known"),
    [
        ({"Harbor": (5, 0)}, {"Harbor": False}),  # nobody anywhere: attendance is not exported
        ({"Harbor": (4, 0)}, {"Harbor": True}),
        ({"Harbor": (10, 0), "Mill": (10, 5)}, {"Harbor": False, "Mill": True}),
        ({"Harbor": (9, 0), "Mill": (10, 5)}, {"Harbor": True, "Mill": True}),  # four or five of them would come
    ],
)
def test_a_site_without_any_meeting_is_compared_with_the_others(clients, known):
    rows = [
        row
        for site, (here, who_come) in clients.items()
        for i in range(here)
        for row in care(f"{site}{i:02}", STEADY if i < who_come else [0] * 12, checkins=1, site=site)
    ]
    found = scored(rows, "site_week").rows("SELECT DISTINCT site, has_attendance FROM site_week ORDER BY site")
    assert dict(found) == known


@pytest.mark.parametrize(
    ("each", "known"),
    [
        # Every other week: once that has shown, it is no gap.
        ([3, 0, 3, 0, 3, 0, 3, 0], [True, False, True, True, True, True, True, True]),
        ([3, 3, 3, 2, 0, 0], [True, True, True, False, False, False]),  # it broke off within the week
        ([3, 3, 3, 3, 0, 3], [True, True, True, True, False, True]),
        ([3, 3, 0, 2, 3, 3], [True, True, False, False, True, True]),  # it began again within the week
        ([3, 3, 2, 3, 3, 3], [True, True, True, True, True, True]),
    ],
)
def test_a_week_beside_a_gap_counts_where_it_is_whole(each: list[int], known: list[bool]):
    engine = scored([row for i in range(10) for row in care(f"c{i:02}", each, checkins=1)], "site_week")
    assert [has for (has,) in engine.rows("SELECT has_attendance FROM site_week ORDER BY week")] == known


AT_SITES: dict[str, tuple[int, list[tuple[int, int]], str]] = {
    # Of so many clients, in each week: how many came, and to how many meetings together; and of which weeks all meetings
    # came (+), some (~), or none is known (-).
    "it began late, and was not whole at first": (10, [(0, 0), (0, 0), (10, 20), (10, 30), (10, 30), (10, 30)], "---+++"),
    "five clients": (5, [(0, 0), (5, 15), (5, 15)], "-++"),
    "three quarters are whole": (10, [*[(10, 40)] * 4, (10, 30), (0, 0)], "+++++-"),
    "less are not": (10, [*[(10, 40)] * 4, (10, 29), (0, 0)], "++++--"),
    "one in five began so": (10, [(10, 30), (0, 0), *[(10, 30)] * 4, (0, 0)], "+-++++~"),
    "one in six": (10, [(10, 30), (0, 0), *[(10, 30)] * 5, (0, 0)], "+-+++++-"),
    "one in six, though of one only one came": (10, [(10, 30), (0, 0), (10, 30), (1, 3), *[(10, 30)] * 3, (0, 0)], "+-+~+++-"),
    "one in five, after a week in which one came": (10, [*[(10, 30)] * 2, (1, 3), (0, 0), *[(10, 30)] * 2, (0, 0)], "++--+++"),
    "weeks before the first are no beginning": (10, [(0, 0), *[(10, 30)] * 5, (0, 0)], "-+++++-"),
    "under five come of ten": (10, [(8, 24), (1, 3), (8, 24), (1, 3), (0, 0)], "+~+++"),
    "the week before counts, too": (10, [(4, 12), (4, 12), (8, 24), (0, 0)], "+++-"),
    "of a fourth week nothing follows for the third": (10, [(4, 12), (4, 12), (0, 0), (10, 30)], "++++"),
}  # fmt: skip


def test_what_is_known_of_the_weeks_of_each_site():
    """All sites in one clinic, for what is usual at one says nothing of another."""
    rows = [
        row
        for site, (clients, weeks, _) in AT_SITES.items()
        for n in range(clients)
        for row in care(
            f"{site} {n}",
            [met // came + (n < met % came) if n < came else 0 for came, met in weeks],
            site=site,
            checkins=1,
        )
    ]
    rows += [
        row
        for present in (4, 5)
        for n in range(6)
        for row in care(
            f"{present}-{n}", [3] * 6 + [0], exposure=[1.0] * 6 + [float(n < present)], site=f"{present} of 6"
        )
    ]
    engine = scored(rows, "site_week")
    known: dict[str, str] = defaultdict(str)
    for site, has, whole in engine.rows("SELECT site, has_attendance, has_meetings FROM site_week ORDER BY week"):
        known[site] += "+" if whole else "~" if has else "-"
    assert known == {site: its for site, (*_, its) in AT_SITES.items()} | {
        "4 of 6": "+++++++",  # the others are away
        "5 of 6": "++++++-",
    }


@pytest.mark.parametrize(
    ("meetings", "came"),
    [
        ([30] * 4 + [10], True),
        ([28] * 4 + [9], False),
        ([20] * 4 + [6], False),
        ([19] * 4 + [6], True),  # so few meetings may well be a third the week after
        ([90] * 3 + [30] * 4 + [10], True),  # only the month before counts
    ],
)
def test_an_export_broke_off_where_under_a_third_of_the_month_before_came(meetings: list[int], came: bool):
    engine = scored(care("ann", meetings), "site_week")
    assert engine.rows("SELECT has_meetings FROM site_week ORDER BY week DESC LIMIT 1") == [(came,)]


def test_meetings_that_fall_with_a_step_down_are_flagged_once_they_fall_further():
    meetings, levels = STEADY * 2 + [0] * 5, [1] * 24 + [0] * 5
    assert [kind for _, _, kind in flags(care("ann", meetings, level_rank=levels))] == ["attendance"]


# --- too soon, or too little, to judge ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (care("ann", [3]), "too new to compare"),
        (care("ann", [3] * 2), "only 1 earlier week to compare with"),
        (care("ann", [3] * 3), "only 2 earlier weeks to compare with"),
        (care("ann", [3] * 4), None),
        (care("ann", [1] * 20), "too few meetings to judge"),
        (care("ann", [1] * 20, checkins=1, step_work=True), None),
        (care("ann", [3] * 12, exposure=[1.0] * 8 + [0.0] * 4), "none of the last 4 weeks counts"),
        (care("ann", [3] * 12, exposure=[1.0] * 11 + [0.0]), None),
    ],
)
def test_judged(rows: list[Row], reason: str | None):
    engine = scored(rows, "week_score")
    assert engine.rows("SELECT judged, judge_reason FROM week_score ORDER BY week DESC LIMIT 1") == [
        (reason is None, reason)
    ]


def test_the_usual_and_the_recent_are_the_clients_own():
    engine = scored(care("ann", [4, 2] * 6 + [1, 0, 1, 0], exposure=[1.0] * 15 + [0.5]), "week_score")
    columns = "usual, attendance_recent, attendance_recent_weeks, usual_weeks"
    assert engine.rows(f"SELECT {columns} FROM week_score ORDER BY week DESC LIMIT 1") == [
        (pytest.approx(3.0), pytest.approx(2 / 3.5), 4, 12)
    ]


def test_the_usual_of_a_new_client_is_over_all_weeks_before_the_recent_ones():
    assert flags(care("ann", [5, 4, 3, 2, 0, 0]), "usual, recent, recent_weeks") == [(3.5, 0.0, 2)]


# --- the sentence --------------------------------------------------------------------------------------------------


SECOND = " Among clients whose involvement has not changed, a flag this strong comes up "


@pytest.mark.parametrize(
    ("rows", "kind", "recent", "recent_weeks", "reason"),
    [
        (
            care("ann", [3, 4] * 6 + [0] * 4),
            "attendance", 0.0, 1,
            "Averaged 3.4 meetings a week before, none in the last week." + SECOND + "about once in 2 years.",
        ),
        (
            care("ann", [2, 2, 3] * 4 + [0, 1, 0]),
            "attendance", 0.5, 2,
            "Averaged 2.3 meetings a week before, 0.5 in the last 2 weeks." + SECOND + "about once a year.",
        ),
        (
            care("ann", [3, 2, 0, 0, 0], agreed_meetings=3.0),
            "attendance", 0.0, 2,
            "Agreed to 3 meetings a week; came to 3 meetings, then 2, none and none, in the last 4 weeks that count." + SECOND
            + "less than once in 4 years.",
        ),
        (
            care("ann", STEADY * 2, checkins=1, active_meetings=[2, 1] * 9 + [0, 1, 0, 0, 0, 0],
                 sponsor_contacts=[2] * 18 + [1, 0, 1, 0, 0, 0]),
            "participation", 3.25, 4,
            "Still attends about 3.3 meetings a week (usually 2.9), but reported 2 sponsor contacts in the last 4 weeks"
            " (usually 2.0 a week) and took an active part in 1 of 13 meetings in the last 4 weeks (usually 52 %)." + SECOND
            + "less than once in 4 years.",
        ),
        (
            care("ann", [*STEADY, 1, 0, 1, 0], sessions_attended=[1] * 12 + [0] * 4, no_shows=[0] * 12 + [1] * 4),
            "involvement", 0.5, 2,
            "Averaged 3.0 meetings a week before, 0.5 in the last 2 weeks; also missed 2 of 2 sessions in the last"
            " 2 weeks (usually 0 %)." + SECOND + "less than once in 4 years.",
        ),
    ],
)  # fmt: skip
def test_sentences(rows: list[Row], kind: str, recent: float, recent_weeks: int, reason: str):
    assert flags(rows, "kind, recent, recent_weeks, reason") == [(kind, recent, recent_weeks, reason)]


def test_every_sentence_reads_well_whatever_the_numbers():
    table, _ = caseload(30, clients=300, weeks=45, all_exports=True, stops=True)
    reasons = [reason for (reason,) in scored(table).rows("SELECT reason FROM decline_flags")]
    number, usually = r"\d+\.\d", r" \(usually (over |under )?\d+ %\)"
    of, lately = r"(none|\d+) of", r"the last (week|[23468] weeks)"
    sign = "(" + "|".join([
        rf"took (an active part in {of} \d+ meetings|no active part in the one meeting) in {lately}{usually}",
        rf"reported (no sponsor contact|1 sponsor contact|\d+ sponsor contacts) in {lately} \(usually {number} a week\)",
        rf"reported (step work in {of} \d+ weeks|no step work in the one week) with a check-in{usually}",
        rf"completed (a check-in in {of} \d+ weeks|no check-in in the one week that counts){usually}",
        rf"missed ({of} \d+ sessions|the one session) in {lately}{usually}",
    ]) + ")"  # fmt: skip
    sentence = re.compile(
        rf"((Averaged {number} meetings a week before, (none|{number}) in {lately}"
        rf"|New in care; came to (no meetings|1 meeting|\d+ meetings)(, then (none|\d+)((, (none|\d+))* and (none|\d+))?,)?"
        rf" in the last (week that counts|\d+ weeks that count))"
        rf"(; also {sign}( and {sign})?)?"
        rf"|(Still attends about {number} meetings a week \(usually {number}\), but"
        rf"|Averages {number} meetings a week \(usually {number}\); also) {sign}( and {sign})?)\."
        rf"{SECOND}(about once (a year|in 2 years)|less than once in 4 years)\."
    )
    assert len(reasons) > 200
    assert [reason for reason in reasons if not sentence.fullmatch(reason)] == []


@pytest.mark.parametrize(
    ("weeks", "rarer", "words"),
    [
        (26, False, "about once in 26 weeks"),
        (52, False, "about once a year"),
        (104, False, "about once in 2 years"),
        (208, True, "less than once in 4 years"),
    ],
)
def test_how_seldom_such_a_flag_comes_up(weeks: int, rarer: bool, words: str):
    assert how_seldom(weeks, rarer=rarer) == words


@pytest.mark.parametrize(
    ("meetings", "words"),
    [
        ([0], "no meetings"),
        ([1], "1 meeting"),
        ([0, 0, 0], "no meetings"),
        ([3, 1], "3 meetings, then 1,"),
        ([1, 0], "1 meeting, then none,"),
        ([0, 2, 0, 0], "no meetings, then 2, none and none,"),
    ],
)
def test_the_meetings_of_the_first_weeks(meetings: list[int], words: str):
    assert week_by_week(meetings) == words


@pytest.mark.parametrize("kind", ["attendance", "participation", "involvement"])
@pytest.mark.parametrize("short_history", [False, True])
def test_meetings_that_are_not_known_are_not_said_to_be_none(kind: str, short_history: bool):
    facts = Facts(kind, None, None, 4, short_history, 3.0, [], [Sign("step", 0, 3, 0.8)], 52, rarer=False)
    assert what_fell(facts) == (
        "Reported step work in none of 3 weeks with a check-in (usually 80 %); "
        "how many meetings in the last 4 weeks is not known"
    )


def of_participation(recent: float, *signs: Sign) -> str:
    facts = Facts("participation", 8.0, recent, 4, False, None, [], signs, 104, rarer=False)
    return reason(facts).partition(". ")[0]


@pytest.mark.parametrize(
    ("recent", "words"),
    [
        (6.4, "Still attends about 6.4 meetings a week (usually 8.0), but"),
        (6.3, "Averages 6.3 meetings a week (usually 8.0); also"),
        (9.0, "Still attends about 9.0 meetings a week (usually 8.0), but"),
    ],
)
def test_a_client_still_attends_from_four_fifths_of_the_usual_on(recent: float, words: str):
    assert of_participation(recent, Sign("active", 0, 5, 0.5)) == (
        f"{words} took an active part in none of 5 meetings in the last 4 weeks (usually 50 %)"
    )


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (Sign("active", 0, 1, 0.5), "took no active part in the one meeting in the last 4 weeks"),
        (Sign("in_person", 0, 1, 0.5), "did not come in person to the one meeting in the last 4 weeks"),
        (Sign("in_person", 2, 9, 0.5), "came in person to 2 of 9 meetings in the last 4 weeks"),
        (Sign("home_group", 0, 1, 0.5), "did not come to the home group in the one week with a meeting"),
        (Sign("home_group", 0, 4, 0.5), "came to the home group in none of 4 weeks with a meeting"),
        (Sign("step", 0, 1, 0.5), "reported no step work in the one week with a check-in"),
        (Sign("checkin", 0, 1, 0.5), "completed no check-in in the one week that counts"),
        (Sign("no_show", 1, 1, 0.5), "missed the one session in the last 4 weeks"),
        (Sign("no_show", 2, 3, 0.5), "missed 2 of 3 sessions in the last 4 weeks"),
    ],
)
def test_a_sign_that_fell_reads_well_where_there_was_one_chance_only(sign: Sign, words: str):
    assert of_participation(8.0, sign).endswith(f"but {words} (usually 50 %)")


# --- how often it is wrong, and how often it is in time ------------------------------------------------------------


def caseload(
    seed: int, *, clients: int, weeks: int, all_exports: bool, stops: bool, one_in: int = 6, with_signs: float = 2 / 3
) -> tuple[pa.Table, np.ndarray]:
    """A simulated caseload: clients differ in rate (gamma) and burstiness (negative binomial).

    With `stops`, one client in so many falls abruptly to a tenth of the usual, and each other sign with it in the share
    `with_signs` of them. Returns the week of each client's fall too, -1 if there is none.
    """
    rng = np.random.default_rng(seed)
    shape = (clients, weeks)
    stopping = stops & (rng.permutation(clients) % one_in == 0)
    onset = np.where(stopping, rng.integers(14, weeks - 4, clients), -1)
    fallen = stopping[:, None] & (np.arange(weeks) >= onset[:, None])

    def per_client(values: np.ndarray, falls_to: float, how_many: float = with_signs) -> np.ndarray:
        moves = fallen & (rng.random(clients) < how_many)[:, None]
        return np.where(moves, values[:, None] * falls_to, values[:, None])

    rate, burst = per_client(rng.gamma(2.2, 1.05, clients), 0.1, 1), rng.uniform(0.05, 0.9, clients)[:, None]
    meetings = rng.poisson(rng.gamma(rate / burst) * burst)
    active = rng.binomial(meetings, per_client(rng.beta(2, 3, clients), 0.25))
    checkins = (rng.random(shape) < per_client(rng.beta(8, 2, clients), 0.5)).astype(int)
    contacts = rng.poisson(per_client(rng.gamma(1.5, 1.0, clients), 0.25))
    steps = rng.random(shape) < per_client(rng.beta(2, 2, clients), 0.35)
    no_shows = rng.random(shape) < np.minimum(per_client(rng.beta(1.5, 8, clients), 3.0), 0.9)
    known = (checkins.ravel() > 0) & all_exports
    number = np.repeat(np.arange(clients), weeks)
    seen = int(all_exports)
    return pa.table(
        [
            pa.array([f"c{n:04}" for n in number]),
            pa.array(np.tile(np.datetime64("2025-01-06") + 7 * np.arange(weeks), clients)),
            pa.array(np.ones(clients * weeks, int)),
            pa.array([f"t{n // 25}" for n in number]),
            pa.array([f"s{n // 25 % 3}" for n in number]),
            pa.array(np.zeros(clients * weeks, int)),
            pa.array(np.ones(clients * weeks)),
            pa.array(meetings.ravel()),
            pa.array(active.ravel() * seen),
            pa.array(contacts.ravel(), mask=~known),
            pa.array(steps.ravel(), mask=~known),
            pa.array(checkins.ravel() * seen),
            pa.array((1 - no_shows.ravel()) * seen),
            pa.array(no_shows.ravel() * seen),
        ],
        names=CARE_WEEK.names[:14],
    ).cast(pa.schema(list(CARE_WEEK)[:14])), onset


@pytest.mark.parametrize(("all_exports", "in_time"), [(False, 0.6), (True, 0.7)])
def test_false_alerts_are_under_one_a_year_and_abrupt_stops_are_flagged_in_three_weeks(
    all_exports: bool, in_time: float
):
    unchanged, _ = caseload(20, clients=1000, weeks=52, all_exports=all_exports, stops=False)
    false_alerts = scored(unchanged).value("SELECT count(*) FROM decline_flags") / (1000 * 52 / 52.18)
    changed, onset = caseload(21, clients=1000, weeks=40, all_exports=all_exports, stops=True)
    raised = scored(changed).rows("SELECT client_id, days_between(DATE '2025-01-06', week) // 7 FROM decline_flags")
    caught = {client for client, at in raised for fell in [onset[int(client[1:])]] if fell >= 0 and 0 <= at - fell < 3}
    assert 0.6 <= false_alerts <= 1.1  # of the benchmark's clients about 0.8 (docs/flags.md); these are burstier
    assert len(caught) / np.count_nonzero(onset >= 0) >= in_time
