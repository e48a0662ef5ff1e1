"""Sentences are true: each is read as a reader would, and its figures are counted again from the raw rows.

200 random clients, with readmissions, transfers, overlapping episodes, a leap day, and an as-of date in mid-week.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from dashboard.queries.work import Work
from dashboard.sections.work import sponsor
from pipelines.wording import sobriety
from pipelines.wording.associations import retained_with_sponsor
from pipelines.wording.clients import next_task
from pipelines.wording.control import Signal, sentence
from pipelines.wording.measure import Measure
from tests.conftest import Clinic

pytestmark = pytest.mark.slow

AS_OF = date(2024, 3, 6)  # a Wednesday, six days after a leap day
BEGIN = date(2023, 3, 1)
ONE = timedelta(days=1)
Row = dict[str, Any]


def chosen(chance: Random) -> dict[str, list[Row]]:
    """The exports of 200 clients."""
    of: dict[str, list[Row]] = defaultdict(list)
    for number in range(200):
        who = f"C{number:03}"
        for start, end in episodes(chance):
            declared = chance.choice(
                [None, None, start - chance.randint(0, 90) * ONE, start + chance.randint(0, 60) * ONE]
            )
            of["episodes"].append(
                {
                    "client_id": who,
                    "start_date": start,
                    "end_date": end,
                    "site": chance.choice(["Harbor", "North", None]),
                    "program": chance.choice(["IOP", "OP"]),
                    "sobriety_date": declared if declared and declared <= AS_OF else None,
                    "end_reason": chance.choice(["left", "completed", None]) if end else None,
                }
            )
        day = BEGIN + chance.randint(0, 200) * ONE
        often, uses = chance.choice([3, 7, 7, 14, 40]), chance.choice([0.0, 0.05, 0.3])
        while day <= AS_OF:
            used = chance.choice([None, False]) if chance.random() > uses else True
            of["checkins"].append(
                {
                    "client_id": who,
                    "checkin_date": day,
                    "status": chance.choices(["completed", "missed"], (9, 1))[0],
                    "source": chance.choices(["self_report", "clinician", "toxicology"], (5, 2, 2))[0],
                    "used": used,
                    "last_use_date": day - chance.randint(0, 12) * ONE if used and chance.random() < 0.7 else None,
                    "has_sponsor": chance.choice([None, False, False, True]),
                }
            )
            day += chance.randint(1, 2 * often) * ONE
        for task in ("Phone list", "Letter"):
            for _ in range(chance.randint(0, 3)):
                assigned = BEGIN + chance.randint(0, 371) * ONE
                of["tasks"].append(
                    {
                        "client_id": who,
                        "task": task,
                        "assigned_on": assigned,
                        "due_on": chance.choice([None, assigned + chance.randint(0, 60) * ONE]),
                        "completed_on": chance.choice([None, None, assigned + chance.randint(0, 40) * ONE]),
                    }
                )
        of["attendance"].append(
            {"client_id": who, "meeting_date": BEGIN + chance.randint(0, 365) * ONE, "fellowship": "AA"}
        )
    keys = {
        "episodes": ("client_id", "start_date", "program"),
        "checkins": ("client_id", "checkin_date", "source"),
        "tasks": ("client_id", "task", "assigned_on"),
        "attendance": ("client_id", "meeting_date"),
    }
    return {
        name: list({tuple(row[column] for column in keys[name]): row for row in rows if _came(row)}.values())
        for name, rows in of.items()
    }


def _came(row: Row) -> bool:
    return all(row.get(column) is None or row[column] <= AS_OF for column in ("assigned_on", "completed_on"))


def episodes(chance: Random) -> list[tuple[date, date | None]]:
    """A client's episodes: the next begins before the one ends, at most a week later, or after some time out of care."""
    start, found = BEGIN - chance.randint(-250, 120) * ONE, []
    for _ in range(chance.randint(1, 4)):
        end = start + chance.randint(1, 150) * ONE
        found.append((start, end if end < AS_OF else None))
        if end >= AS_OF:
            break
        start = end + chance.choice([-5, 0, 1, 5, 7, 8, 40, 100]) * ONE
        if start > AS_OF:
            break
    if chance.random() < 0.6:
        found[-1] = (found[-1][0], None)
    return sorted(dict(found).items())


@dataclass
class Facts:
    """What the raw rows show about a client, day by day; asked once all rows are there."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def stays(self) -> list[tuple[date, date]]:
        found: list[tuple[date, date]] = []
        for row in sorted(self.rows["episodes"], key=lambda row: row["start_date"]):
            end = row["end_date"] or date.max
            if found and (row["start_date"] - min(found[-1][1], date(9000, 1, 1))).days <= 7:
                found[-1] = (found[-1][0], max(found[-1][1], end))
            else:
                found.append((row["start_date"], end))
        return found

    def in_care(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.stays)

    @cached_property
    def completed(self) -> list[Row]:
        return [row for row in self.rows["checkins"] if row["status"] == "completed"]

    @cached_property
    def used(self) -> set[date]:
        days = set()
        for row in self.completed:
            tested = row["source"] == "toxicology"
            if row["used"]:
                days.add(row["checkin_date"] if tested else row["last_use_date"] or row["checkin_date"])
        return days

    @cached_property
    def abstinent(self) -> set[date]:
        days = {row["checkin_date"] for row in self.completed if row["source"] == "toxicology" and row["used"] is False}
        answers = defaultdict(list)
        for row in self.completed:
            if row["source"] != "toxicology":
                answers[row["checkin_date"]].append(row)
        before = date.min
        for on in sorted(answers):
            begun = [start for start, _ in self.stays if start <= on]
            covered = [
                on - n * ONE
                for n in range(30)
                if on - n * ONE > before and on - n * ONE >= (max(begun) if begun else on)
            ]
            if any(row["used"] is False for row in answers[on]):
                days |= set(covered)
            elif dated := [row["last_use_date"] for row in answers[on] if row["used"] and row["last_use_date"]]:
                days |= {day for day in covered if day > min(dated)}
            before = on
        return days - self.used

    @cached_property
    def declared(self) -> tuple[date, date] | None:
        """The declared date of the latest episode that has one, and that episode's first day."""
        found = [row for row in self.rows["episodes"] if row["sobriety_date"]]
        last = max(found, key=lambda row: (row["start_date"], row["program"] == "IOP"), default=None)
        return (last["sobriety_date"], last["start_date"]) if last else None


@pytest.fixture(scope="module")
def clinic() -> tuple[Clinic, dict[str, Facts]]:
    tables = chosen(Random(20240306))
    facts: dict[str, Facts] = defaultdict(Facts)
    for name, rows in tables.items():
        for row in rows:
            facts[row["client_id"]].rows[name].append(row)
    texts = {
        name: [{column: None if cell is None else str(cell) for column, cell in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    return Clinic(str(AS_OF), **texts), facts


def now(c: Clinic, model: str = "client_now") -> list[dict[str, Any]]:
    c.rows(model, "client_id")
    return c.engine.records(f"SELECT * FROM {model}")


def day(text: str) -> date:
    return datetime.strptime(text, "%d %b %Y").date()


def dated(text: str) -> date:
    """A day as it is written beside the last day of the data: without its year, if that is the same."""
    return day(text if text[-4:].isdigit() else f"{text} {AS_OF.year}")


def numbers(text: str) -> list[int]:
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)]


def test_the_sentence_on_sober_days_is_true(clinic):
    c, facts = clinic
    kinds_seen, bases_seen = set(), set()
    for row in now(c):
        if not row["sober_days"]:
            continue
        who = facts[row["client_id"]]
        kinds = ("confirmed", "declared", "unknown", "carried")
        told = sobriety.day_kinds(row["sober_days"], **{kind: row[f"sober_{kind}_days"] for kind in kinds})
        dates = sobriety.counted_from(row["sober_basis"], row["sober_since"], row["confirmed_through"])
        since, basis, until = re.fullmatch(
            r"counted from (.+?), (?:the )?(.+), to (.+), the last confirmed day", dates
        ).groups()
        bases_seen.add(basis)
        # What makes the first and the last day.
        assert day(until) == max(who.abstinent)
        if basis == "day after the last known use":
            assert day(since) - ONE == max(who.used)
        else:
            assert not who.used
            assert day(since) == (who.declared[0] if basis == "declared sobriety date" else min(who.abstinent))
        # How many days they are, and what each rests on.
        days = [day(since) + n * ONE for n in range((day(until) - day(since)).days + 1)]
        assert numbers(told)[0] == len(days)
        confirmed = [each for each in days if each in who.abstinent]
        rest = [each for each in days if each not in who.abstinent]
        declared_to = who.declared[1] if basis == "declared sobriety date" else date.min
        of_kind = {
            "as declared": sum(each <= declared_to for each in rest),
            "unknown": sum(each > declared_to and who.in_care(each) for each in rest),
            "out of care": sum(each > declared_to and not who.in_care(each) for each in rest),
        }
        if told.endswith("all confirmed"):
            assert not rest
            kinds_seen.add("all confirmed")
            continue
        first, *others = told.partition(": ")[2].split(", ")
        assert first == f"{len(confirmed):,} confirmed"
        if others[0].startswith("the rest "):
            (only,) = others
            assert of_kind[only.removeprefix("the rest ")] == len(rest)
            kinds_seen.add(only)
        else:
            said = {kind: int(number.replace(",", "")) for number, kind in (each.split(" ", 1) for each in others)}
            assert said == {kind: number for kind, number in of_kind.items() if number}
            kinds_seen.add("several")
    assert kinds_seen >= {"all confirmed", "the rest unknown", "several"}
    assert len(bases_seen) == 3


def test_the_words_on_sobriety_in_a_row_are_true(clinic):
    c, facts = clinic
    seen = set()
    for row in now(c):
        who = facts[row["client_id"]]
        used_on = None if row["days_since_use"] is None else AS_OF - row["days_since_use"] * ONE
        known = (row["sobriety_status"], row["sober_days"], row["sober_confirmed_days"])
        told = sobriety.sobriety(*known, used_on, row["confirmed_through"], AS_OF)
        last_use, last_confirmed = max(who.used, default=None), max(who.abstinent, default=None)
        if match := re.fullmatch(r"used (\d.+)", told):
            assert last_use == dated(match[1])
            assert (AS_OF - last_use).days < 14
            seen.add("used")
        elif match := re.fullmatch(r"unknown(?: since use on (.+))?", told):
            assert last_use is None or last_confirmed is None or last_confirmed < last_use
            assert last_confirmed is None or (AS_OF - last_confirmed).days > 14
            if match[1]:
                assert last_use == dated(match[1])
            seen.add("unknown")
        elif told == "declared date not confirmed yet":
            assert last_use is None
            assert who.declared[0] > last_confirmed
            seen.add("not confirmed")
        else:
            match = re.fullmatch(r"([\d,]+) days?, (?:([\d,]+) )?confirmed(?:, last confirmed (.+))?", told)
            assert match, told
            since = last_use + ONE if last_use else who.declared[0] if who.declared else min(who.abstinent)
            span = {since + n * ONE for n in range((last_confirmed - since).days + 1)}
            assert numbers(match[1]) == [len(span)]
            assert len(span & who.abstinent) == (numbers(match[2])[0] if match[2] else len(span))
            assert bool(match[3]) == ((AS_OF - last_confirmed).days > 14)
            if match[3]:
                assert last_confirmed == dated(match[3])
            seen.add("days")
    assert seen >= {"used", "unknown", "days"}


def test_a_declared_date_that_contradicts_what_is_known_is_shown(clinic):
    c, facts = clinic
    seen = set()
    for row in now(c):
        who = facts[row["client_id"]]
        last_use, last_confirmed = max(who.used, default=None), max(who.abstinent, default=None)
        told = sobriety.declared_conflict(
            row["declared_conflict"], row["declared_sobriety_date"], last_use, row["confirmed_through"]
        )
        declared = who.declared[0] if who.declared else None
        after_use = declared is not None and last_use is not None and declared > last_use + ONE
        after_confirmed = declared is not None and last_confirmed is not None and declared > last_confirmed
        assert bool(told) == (after_use or after_confirmed)
        if match := re.fullmatch(r"declared (.+), later than the (.+), (\d.+)", told):
            assert day(match[1]) == declared
            assert day(match[3]) == {"last known use": last_use, "last confirmed day": last_confirmed}[match[2]]
            assert day(match[1]) > day(match[3])
            seen.add(match[2])
    assert len(seen) == 2


def test_the_sentence_on_the_longest_run_is_true(clinic):
    c, facts = clinic
    for row in now(c):
        who = facts[row["client_id"]]
        told = sobriety.longest_run(row["longest_sober_days"], row["longest_sober_confirmed_days"])
        runs: list[list[date]] = []
        for each in sorted(who.abstinent):
            known = runs and not any(runs[-1][-1] < use < each for use in who.used)
            if known and (each - runs[-1][-1]).days <= 31:
                runs[-1].append(each)
            else:
                runs.append([each])
        if not runs:
            assert told == "unknown"
            continue
        lengths = {(run[-1] - run[0]).days + 1: len(run) for run in sorted(runs)}  # of equals the latest
        days, *confirmed = numbers(told)
        assert days == max(lengths)
        assert (confirmed or [days]) == [lengths[days]]
        assert told.endswith("all confirmed") == (lengths[days] == days)


def test_the_sentence_on_days_abstinent_is_true(clinic):
    c, facts = clinic
    seen = set()
    for row in now(c):
        who = facts[row["client_id"]]
        told = sobriety.days_abstinent(row["pda_90"], row["pda_90_low"], row["pda_90_high"], row["known_90"])
        window = [each for n in range(90) if who.in_care(each := AS_OF - n * ONE)]
        abstinent, used = (sum(each in of for each in window) for of in (who.abstinent, who.used))
        low, high = 100 * abstinent / len(window), 100 * (len(window) - used) / len(window)
        if match := re.fullmatch(r"(\d+) % of known days(?:; (\d+)–(\d+) % if unknown days are counted)?", told):
            assert (abstinent + used) / len(window) >= 0.5
            assert abs(int(match[1]) - 100 * abstinent / (abstinent + used)) <= 0.5 + 1e-9
            bounds = (int(match[2]), int(match[3])) if match[2] else (round(low), round(low))
            seen.add("value")
        else:
            match = re.fullmatch(r"(\d+)–(\d+) % \((\d+) % of days known\)", told)
            assert match, told
            assert (abstinent + used) / len(window) < 0.5
            assert abs(int(match[3]) - 100 * (abstinent + used) / len(window)) <= 0.5 + 1e-9
            bounds = int(match[1]), int(match[2])
            seen.add("range")
        assert abs(bounds[0] - low) <= 0.5 + 1e-9
        assert abs(bounds[1] - high) <= 1 + 1e-9
    assert len(seen) == 2


def test_no_sponsor_covers_only_the_days_between_answers(clinic):
    c, facts = clinic
    seen = 0
    for row in now(c, "client_work"):
        answers = [
            (each["checkin_date"], each["has_sponsor"])
            for each in facts[row["client_id"]].completed
            if each["source"] != "toxicology" and each["has_sponsor"] is not None
        ]
        answers.sort()
        if row["has_sponsor"] is not False or len({on for on, _ in answers}) < len(answers):
            continue
        since, answered = row["no_sponsor_since"], row["sponsor_answered_on"]
        facts_of_work = dict.fromkeys(Work.__dataclass_fields__) | {
            "has_sponsor": False,
            "days_without_sponsor": (answered - since).days,
            "sponsor_answered_on": answered,
        }
        told = sponsor(Work(**facts_of_work))
        match = re.fullmatch(r"No sponsor(?: for ([\d,]+) days?)?, as answered on (.+)\.", told)
        last, said = answers[-1]
        assert said is False
        assert last == day(match[2])
        days = numbers(match[1])[0] if match[1] else 0
        within = [has for on, has in answers if on >= last - days * ONE]
        assert not any(within)
        assert (last - days * ONE) in [on for on, _ in answers]
        who = facts[row["client_id"]]
        assert all(who.in_care(last - n * ONE) for n in range(days + 1 if days else 0))
        seen += 1
    assert seen > 20


def test_the_task_that_is_due_first_is_open_and_so_late(clinic):
    c, facts = clinic
    rows = now(c, "client_task")
    counted = {row["client_id"]: row["open_tasks"] for row in now(c)}
    seen = set()
    for who, count in counted.items():
        tasks = facts[who].rows["tasks"]
        latest = {
            name: max(row["assigned_on"] for row in tasks if row["task"] == name) for name in {r["task"] for r in tasks}
        }
        still_open = [row for row in tasks if not row["completed_on"] and row["assigned_on"] == latest[row["task"]]]
        mine = [row for row in rows if row["client_id"] == who and row["state"] in ("open", "overdue")]
        assert count == len(still_open)
        first = min(mine, key=lambda row: (row["due_on"] or date.max, row["assigned_on"], row["task"]), default=None)
        told = next_task(first and first["task"], first and first["due_on"], count, AS_OF)
        if not still_open:
            assert told == ""
            continue
        task, *rest = told.split(", ")
        named = [row for row in still_open if row["task"] == task]
        assert named
        earliest = min((row["due_on"] for row in still_open if row["due_on"]), default=None)
        for part in rest:
            if part.startswith(("was due", "due")):
                assert dated(part.partition("due ")[2]) == earliest
                assert earliest in [row["due_on"] for row in named]
                assert part.startswith("was") == (earliest < AS_OF) == (first["state"] == "overdue")
            else:
                assert numbers(part) == [len(still_open) - 1]
            seen.add(part.split()[0])
    assert {"was", "due"} <= seen


def test_the_sentence_on_stays_followed_is_true(clinic):
    c, facts = clinic
    c.rows("survival_median", "curve")
    (row,) = c.engine.records("SELECT * FROM survival_median WHERE curve = 'days_to_leaving' AND breakdown = 'all'")
    told = sobriety.followed(row["followed"], row["entered"], row["events"])
    first_day: dict[str, date] = {}
    for who in facts.values():
        received = [
            (r.get("checkin_date") or r["meeting_date"]) for k in ("checkins", "attendance") for r in who.rows[k]
        ]
        for on in received:
            for episode in who.rows["episodes"]:
                if episode["start_date"] <= on <= min(episode["end_date"] or AS_OF, AS_OF):
                    site = episode["site"] or "unknown"
                    first_day[site] = min(on, first_day.get(site, on))
    stays, entered, events = 0, 0, 0
    for who in facts.values():
        for start, end in who.stays:
            its = sorted(
                (row for row in who.rows["episodes"] if start <= row["start_date"] <= min(end, AS_OF)),
                key=lambda row: (row["start_date"], row["program"]),
            )
            seen_from = first_day[its[0]["site"] or "unknown"]
            late = (seen_from - start).days > 30
            if late and min(end, AS_OF) < seen_from:
                continue
            stays += 1
            entered += late
            last = max(its, key=lambda row: (row["end_date"] or date.max, row["start_date"]))
            events += end <= AS_OF and last["end_reason"] == "left"
    assert numbers(told) == [stays, *([entered] if entered else []), events]
    assert entered > 5


def test_those_with_and_without_a_sponsor_are_compared_from_day_30_on(clinic):
    c, facts = clinic
    c.rows("sponsor_landmark", "clients")
    found = {
        row["has_sponsor"]: (row["clients"], row["retained"])
        for row in c.engine.records("SELECT * FROM sponsor_landmark WHERE admission_quarter = 'all'")
    }
    told = retained_with_sponsor(*found[True], *found[False])
    expected = {True: [0, 0], False: [0, 0]}
    first_week = min(
        r["checkin_date"] for who in facts.values() for r in who.rows["checkins"] if who.in_care(r["checkin_date"])
    )
    first_week -= first_week.weekday() * ONE
    for who in facts.values():
        checkins = [row for row in who.completed if row["source"] != "toxicology"]
        done = [row for row in checkins if row["has_sponsor"] is not None]
        for start, end in who.stays:
            until = min(end, AS_OF)
            by_30 = [row["has_sponsor"] for row in done if start <= row["checkin_date"] <= min(until, start + 30 * ONE)]
            if start < first_week or (AS_OF - start).days < 90 or (until - start).days < 30 or not by_30:
                continue
            heard = any(
                76 <= (row["checkin_date"] - start).days <= 90 for row in checkins if row["checkin_date"] <= until
            )
            expected[any(by_30)][0] += 1
            expected[any(by_30)][1] += (until - start).days >= 90 and heard
    assert {key: list(value) for key, value in found.items()} == expected
    parts = re.search(r"Of the (\d+) clients.*, (\d+) of (\d+) .*with a sponsor and (\d+) of (\d+)", told)
    (with_all, with_kept), (without_all, without_kept) = expected[True], expected[False]
    assert [int(part) for part in parts.groups()] == [
        with_all + without_all, with_kept, with_all, without_kept, without_all,
    ]  # fmt: skip


def charted(measure: str, chance: Random) -> list[tuple[Signal, list[float]]]:
    """100 random charts of up to 60 weeks: the signal of each at its last point, and its values."""
    weeks = [date(2023, 1, 2) + 7 * n * ONE for n in range(60)]
    series: dict[str, list[float]] = {}
    for number in range(100):
        level, values = 20.0, []
        for _ in range(chance.choice([8, 30, 60])):
            level += chance.choice([0.0] * 30 + [-4.0, 5.0])
            values.append(max(level + chance.gauss(0, 1.5), 0.0))
        if chance.random() < 0.4 and len(values) > 8:
            lasting = chance.randint(8, 14)
            values[-lasting:] = [20.0 + chance.gauss(5, 1.5) for _ in range(lasting)]
            values[:-lasting] = [20.0 + chance.gauss(0, 1.5) for _ in values[:-lasting]]
        elif chance.random() < 0.3:
            values[-1] += chance.choice([-9.0, 9.0, 15.0])
        if chance.random() < 0.2:
            values[-8:] = [values[-8] + 1.5 * n for n in range(8)]
        series[f"M{number:03}"] = [round(max(value, 0.0), 2) for value in values]
    rows = [(weeks[n], member, value) for member, values in series.items() for n, value in enumerate(values)]
    c = Clinic("2030-01-06")
    periods, members, values = (list(column) for column in zip(*rows, strict=True))
    table = pa.table(
        {
            "period": periods,
            "breakdown": ["site"] * len(rows),
            "member": members,
            "measure": [measure] * len(rows),
            "numerator": values,
            "denominator": pa.array([None] * len(rows), pa.float64()),
            "value": values,
        }
    )
    c.give("caseload_week", table)
    c.give("caseload_month", table.slice(0, 0))
    c.rows("control_point", "member")
    columns = ", ".join(each.name for each in fields(Signal))
    points = c.engine.records(f"SELECT {columns} FROM control_point ORDER BY member, period")
    last = {row["member"]: Signal(**row) for row in points}
    return [(last[member], series[member]) for member in series]


FLOW = Measure("admissions", "Admissions", "admissions", "count", "neutral", "", "", "", "", plural=True)
STOCK = Measure("to_call", "Clients to call", "clients", "count", "down", "", "", "", "", plural=True, stock=True)


def test_the_sentence_of_a_chart_is_true():
    seen = set()
    for signal, values in charted("admissions", Random(1)):
        told = sentence(signal, FLOW)
        average = sum(values) / len(values)
        if match := re.search(r"have been (above|below) their average for (\d+) weeks(, and outside)?", told):
            side = 1 if match[1] == "above" else -1
            run = int(match[2])
            assert all(side * (value - average) > 0 for value in values[-run:])
            assert len(values) == run or side * (values[-run - 1] - average) <= 0
            assert not match[3] or not signal.lower <= values[-1] <= signal.upper
            seen.add("run")
        elif match := re.search(r"have been (rising|falling) for (\d+) weeks", told):
            side = 1 if match[1] == "rising" else -1
            its = values[-int(match[2]) :]
            assert all(side * (after - before) > 0 for before, after in pairwise(its))
            assert len(values) == len(its) or side * (its[0] - values[-len(its) - 1]) <= 0
            assert len(its) >= 7
            seen.add("trend")
        elif match := re.search(r"were (above|below) their usual range in the week of (.+):", told):
            assert values[-1] > signal.upper if match[1] == "above" else values[-1] < signal.lower
            assert match[2].startswith(f"{signal.period.day} {signal.period:%B}")
            seen.add("outside")
        elif match := re.search(r"have been (above|below) their usual range for (\d+) weeks", told):
            beyond = [v > signal.upper if match[1] == "above" else v < signal.lower for v in values[-int(match[2]) :]]
            assert all(beyond)
            seen.add("outside for long")
        elif " far " in told and "so far" not in told:
            side = 1 if "above" in told else -1
            two_thirds = 2 * (signal.upper - signal.mean) / 3
            assert sum(side * (value - average) > two_thirds - 1e-6 for value in values[-3:]) >= 2
            seen.add("near")
        elif "so far" in told:
            assert numbers(told)[0] == len(values) < numbers(told)[1] == 12
            seen.add("trial")
        else:
            assert told == "Admissions vary as usual: no sign of a change."
            assert signal.lower <= values[-1] <= signal.upper
            seen.add("usual")
    assert seen >= {"run", "trend", "outside", "trial", "usual"}


def test_the_sentence_of_a_stock_is_true():
    seen = set()
    for signal, values in charted("to_call", Random(2)):
        told = sentence(signal, STOCK)
        steps = [after - before for before, after in pairwise(values)]
        average = sum(steps) / len(steps)
        if match := re.search(
            r"were (higher|lower) than expected from the week before, in the week of (.+): more", told
        ):
            assert steps[-1] > average if match[1] == "higher" else steps[-1] < average
            assert match[2].startswith(f"{signal.period.day} {signal.period:%B}")
            assert not signal.lower <= values[-1] <= signal.upper
            assert signal.mean == pytest.approx(values[-2] + average, abs=1e-6)
            seen.add("step")
        elif match := re.search(r"weekly change in clients to call has been (above|below) its average for (\d+)", told):
            side = 1 if match[1] == "above" else -1
            assert all(side * (step - average) > 0 for step in steps[-int(match[2]) :])
            seen.add("run")
        elif "so far" in told:
            assert numbers(told)[0] == len(values) < 12
            seen.add("trial")
        else:
            assert told == "Clients to call vary as usual from one week to the next; a slow rise or fall is not judged."
            assert signal.lower <= values[-1] <= signal.upper
            seen.add("usual")
    assert seen >= {"step", "trial", "usual"}
