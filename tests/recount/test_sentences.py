"""Sentences on flags, responses, contracts, crises and in the report, read as a reader would and counted again.

200 random clients, an as-of date in mid-week. That flags are raised is taken from the pipeline; what they say is not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from random import Random

import pytest

import dashboard.queries
from dashboard.queries.work import Crisis, Work
from dashboard.sections.work import contract
from pipelines.report import compile as report
from pipelines.wording.involvement import response
from tests.recount.clinics import ONE, built, random_clinic
from tests.recount.count import Caseload, Client, days

pytestmark = pytest.mark.slow

AS_OF = date(2024, 3, 6)  # a Wednesday, six days after a leap day
QUERIES = Path(dashboard.queries.__file__).parent
WEEK = 7 * ONE


@pytest.fixture(scope="module")
def clinic():
    """The pipeline's tables, the clients as they are in the exports, and the journal's entries."""
    rows, chance = random_clinic(11, AS_OF, clients=200), Random(12)
    journal = [
        {
            "entry_id": f"E{n:03}", "client_id": f"C{chance.randrange(200):03}",
            "written_on": AS_OF - chance.randint(0, 200) * ONE, "outcome": chance.choice(["contacted", "left_message"]),
            "flag_week": None, "reason": None, "follow_up_on": None, "remind": False, "who": "T1",
        }
        for n in range(500)
    ]  # fmt: skip
    engine = built(rows, AS_OF, journal)
    engine.run("CREATE TABLE runs AS SELECT 1 AS run_id, CAST($day AS DATE) AS as_of", {"day": AS_OF})
    engine.run(
        "CREATE TABLE files AS SELECT NULL::VARCHAR AS export, 0 AS rows_read, 0 AS accepted, 0 AS known, 0 AS rejected"
    )
    of = defaultdict(lambda: defaultdict(list))
    flags = engine.records("SELECT client_id, week, reason, cleared_week FROM decline_flags")
    for name, its in [*rows.items(), ("journal", journal), ("flags", flags)]:
        for row in its:
            if row.get("client_id"):
                of[row["client_id"]][name].append(row)
    closed = [row for row in rows["absences"] if not row.get("client_id")]
    return engine, {who: Client(its, closed, AS_OF) for who, its in of.items()}


@pytest.fixture(scope="module")
def caseload(clinic):
    return Caseload(clinic[1], AS_OF)


def weeks_that_count(caseload, client, first, last):
    """Week by week: the share that counts, where any does, and the days in care of it."""
    for monday in (first + n * WEEK for n in range((last - first).days // 7 + 1)):
        here = [day for day in days(monday, monday + 6 * ONE) if client.stay_on(day)]
        counted = [day for day in here if caseload.reported(client, day) and not client.is_away(day)]
        if counted:
            yield monday, len(counted) / 7, here


def is_holiday(monday):
    return any(
        (day.month, day.day) in {(12, 24), (12, 25), (12, 26), (1, 1)} for day in days(monday, monday + 6 * ONE)
    ) or (monday.month == 11 and 19 <= monday.day <= 25)


def quarter(day):
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def met(client, here):
    its = client.dated("attendance", "meeting_date")
    return [row for day in here for row in its.get(day, ())]


def held(client, here):
    its = client.dated("sessions", "session_date")
    return [row["status"] for day in here for row in its.get(day, ())]


def says(text, value):
    """Whether a rounded number in a sentence is the value, to half of its last digit."""
    return abs((0.0 if text == "none" else float(text)) - value) <= 0.05 + 1e-6


def test_the_sentence_of_a_flag_is_true(clinic, caseload):
    engine, clients = clinic
    # What a week with a holiday counts for in a usual: declared, or fitted to the quarters before (docs/flags.md).
    holiday = dict(engine.rows("SELECT quarter, holiday_factor FROM decline_setting"))
    seen = defaultdict(int)
    for client in clients.values():
        for flag in client.rows["flags"]:
            week, told = flag["week"], flag["reason"]
            what = told.partition(". Among clients")[0]
            lately = re.search(r"in the last (?:(\d+) )?weeks?\b(?! that)", what)
            number = int(lately[1] or 1) if lately else None
            recent = list(weeks_that_count(caseload, client, week - (number - 1) * WEEK, week)) if number else []
            before = list(weeks_that_count(caseload, client, week - 29 * WEEK, week - 4 * WEEK))
            usual_of = sum(
                share * (holiday[quarter(monday)] if is_holiday(monday) else 1) for monday, share, _ in before
            )
            if number and len(before) < 5:  # the client has not been here long
                before = list(weeks_that_count(caseload, client, week - 29 * WEEK, week - number * WEEK))
                usual_of = sum(share for _, share, _ in before)
            usual = sum(len(met(client, here)) for *_, here in before) / usual_of if usual_of else None
            lately_of = sum(share for _, share, _ in recent)
            came = sum(len(met(client, here)) for *_, here in recent) / lately_of if lately_of else None
            if match := re.match(r"Averaged ([\d.]+) meetings a week before, ([\d.]+|none) in the last", what):
                assert says(match[1], usual), told
                assert says(match[2], came), told
                seen["averaged"] += 1
            elif match := re.match(
                r"(Still attends about|Averages) ([\d.]+) meetings a week(?: \(usually ([\d.]+)\))?", what
            ):
                assert says(match[2], came), told
                if match[3]:
                    assert says(match[3], usual), told
                    assert (match[1] == "Averages") == (came < 0.8 * usual - 1e-6)
                seen["attends"] += 1
            elif match := re.match(
                r"(?:New in care|Agreed to .+ a week); came to (.+?),? in the last (?:(\d+) )?weeks? that count",
                what,
            ):
                counted = [
                    len(met(client, here)) for *_, here in weeks_that_count(caseload, client, week - 7 * WEEK, week)
                ]
                said = [int(each) if each.isdigit() else 0 for each in re.findall(r"\d+|no(?:ne)?\b", match[1])]
                assert said == (counted if any(counted) else [0]), told
                assert len(counted) == int(match[2] or 1)
                seen["new in care"] += 1
            else:
                raise AssertionError(told)
            if match := re.search(r"took an active part in (\d+|none) of (\d+) meetings? in the last", what):
                said = [
                    row["participation"] for *_, here in recent for row in met(client, here) if row["participation"]
                ]
                assert int(match[2]) == len(said)
                assert (0 if match[1] == "none" else int(match[1])) == sum(each != "listened" for each in said)
                seen["active part"] += 1
            if match := re.search(r"missed (\d+|none) of (\d+) sessions? in the last", what):
                due = [each for *_, here in recent for each in held(client, here) if each in ("attended", "no_show")]
                assert (match[1], int(match[2])) == (str(due.count("no_show") or "none"), len(due))
                seen["missed"] += 1
    assert seen.keys() >= {"averaged", "attends", "new in care", "missed", "active part"}, dict(seen)


def test_how_many_flags_were_acted_on_is_true(clinic):
    engine, clients = clinic
    query = (QUERIES / "caseload_response.sql").read_text("utf-8")
    began = min(row["written_on"] for client in clients.values() for row in client.rows["journal"])
    expected = defaultdict(lambda: [0, 0])
    for client in clients.values():
        flags = sorted(client.rows["flags"], key=lambda row: row["week"])
        for number, flag in enumerate(flags):
            seen_from = flag["week"] + WEEK
            until = flags[number + 1]["week"] + WEEK if number + 1 < len(flags) else date.max
            entries = [row["written_on"] for row in client.rows["journal"]]
            in_time = any(seen_from <= day <= seen_from + WEEK and day < until for day in entries)
            if seen_from < began or (AS_OF - flag["week"]).days >= 26 * 7 or not (in_time or seen_from + WEEK <= AS_OF):
                continue
            here = client.last_day(flag["week"], flag["week"] + 6 * ONE)
            for therapist in (None, client.episode_on(here)["therapist_id"] or "unknown"):
                expected[therapist][0] += in_time
                expected[therapist][1] += 1
    for therapist, (acted, flags) in expected.items():
        (row,) = engine.records(query, {"therapist_id": therapist})
        told = response(row["acted"], row["flags"], 7)
        match = re.fullmatch(r"(\d+) of (\d+) flags? in the last 26 weeks were acted on within 7 days\.", told)
        assert (int(match[1]), int(match[2])) == (acted, flags), therapist
    assert 0 < expected[None][0] < expected[None][1]
    assert len(expected) > 3


def named_day(text):
    """A day of a sentence: `29 Oct 2024`."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    number, month, year = text.split()
    return date(int(year), months.index(month) + 1, int(number))


def test_the_sentence_on_the_contract_is_true(clinic, caseload):
    engine, clients = clinic
    query, seen = (QUERIES / "work.sql").read_text("utf-8"), set()
    for who, client in clients.items():
        if not client.stay_on(AS_OF):
            continue
        (row,) = engine.records(query, {"client_id": who})
        told = contract(Work(**row))
        signed = client.rows["contracts"]
        last = max((each["signed_on"] for each in signed), default=None)
        its = [each for each in signed if each["signed_on"] == last]
        if match := re.match(r"The contract on (\w+) was broken on (.+?)\.", told):
            assert any((each["behaviour"], each["broken_on"]) == (match[1], named_day(match[2])) for each in its)
            seen.add("broken")
        elif match := re.match(r"The contract on (\w+) ended on (.+?)\.", told):
            (one,) = [each for each in its if each["behaviour"] == match[1]]
            assert one["ends_on"] == named_day(match[2]) < AS_OF
            assert one["broken_on"] is None
            seen.add("ended")
        elif match := re.match(r"Active contract on (\w+), signed (.+?), no breach recorded\.", told):
            (one,) = [each for each in its if each["behaviour"] == match[1]]
            assert one["signed_on"] == named_day(match[2])
            assert one["broken_on"] is None
            assert one["ends_on"] is None or one["ends_on"] >= AS_OF
            used = [day for day in client.used(AS_OF) if day >= one["signed_on"]]
            reported = re.search(r"The last known use was on (.+?): check whether", told)
            assert (named_day(reported[1]) if reported else None) == max(used, default=None)
            ends = re.search(r"It ends on (.+?)\.", told)
            soon = one["ends_on"] is not None and (one["ends_on"] - AS_OF).days <= 14
            assert (named_day(ends[1]) if ends else None) == (one["ends_on"] if soon else None)
            seen.add("active")
        else:
            assert told.startswith("No contract.")
            assert not signed
            seen.add("none")
        agreed = re.search(r"Agreed: (\d+) meetings? a week; attended in the last 4 weeks: (.+)\.", told)
        of_contract = its and told.startswith("Active") and one["meetings_per_week"]
        of_episode = client.episode_on(AS_OF)["meetings_per_week"]
        assert (int(agreed[1]) if agreed else None) == (of_contract or of_episode or None)
        if agreed:
            monday = AS_OF - AS_OF.weekday() * ONE
            weeks = list(weeks_that_count(caseload, client, monday - 4 * WEEK, monday - WEEK))
            if agreed[2] == "not known":
                assert not weeks
            else:
                came = sum(len(met(client, here)) for *_, here in weeks)
                assert says(agreed[2].removesuffix(" a week"), came / sum(share for _, share, _ in weeks))
            seen.add("agreed")
    assert seen == {"broken", "ended", "active", "none", "agreed"}


def test_the_sentences_on_crises_are_true(clinic):
    engine, clients = clinic
    query, seen = (QUERIES / "work_crises.sql").read_text("utf-8"), 0
    for who, client in clients.items():
        told = [Crisis(**row) for row in engine.records(query, {"client_id": who})]
        still = [row for row in client.rows["crises"] if row["resolved_on"] is None]
        assert sorted((each.kind, each.opened_on) for each in told) == sorted(
            (row["kind"], row["opened_on"]) for row in still
        )
        seen += len(told)
    assert seen > 20


OUTCOMES = {  # how a sentence of the report's first page begins, and the measure that it is counted from
    r"(\d+) clients were in care in": "served",
    r"(\d+) admissions in": "admissions",
    r"([\d.]+) % of those whose 91st day fell in": "retained_90",
    r"([\d.]+) % of those whose sobriety was known": "sober",
    r"Clients went to ([\d.]+) mutual-help meetings": "meetings_per_client_week",
    r"([\d.]+) % had a sponsor by day 30": "sponsor_30",
    r"([\d.]+) % of the scheduled therapy sessions": "sessions_kept",
}


def test_the_summary_of_the_report_is_true(clinic, caseload):
    engine, clients = clinic
    seen = set()
    for month, end in ((date(2024, 1, 1), date(2024, 1, 31)), (date(2024, 2, 1), date(2024, 2, 29))):
        made = report.read(engine.records, month, "000001")
        counted = caseload.measures(month, end)
        served = sum(client.last_day(month, end) is not None for client in clients.values())
        for outcome, measure in made.outcomes:
            told = made.outcome_sentence(outcome, measure)
            if f"{month:%B %Y}" not in told or "from " in told:
                continue  # withheld, or of a longer window
            begins, name = next((each for each in OUTCOMES.items() if re.match(each[0], told)), (None, None))
            if name is None:
                continue
            numerator, denominator = counted["all", "all", name] if name != "served" else (served, 0)
            value = numerator / denominator if denominator else numerator
            shown = float(re.match(begins, told)[1])
            assert shown == pytest.approx(
                100 * value if "%" in begins else value, abs=0.5 if "%" in begins else 0.05
            ), told
            if beside := re.search(r"It was known of ([\d.]+) % of the clients", told):
                known, of = counted["all", "all", "sobriety_known"]
                assert float(beside[1]) == pytest.approx(100 * known / of, abs=0.5)
                seen.add("known")
            seen.add(name)
    assert seen >= {"sober", "known", "meetings_per_client_week", "sessions_kept"}, seen
