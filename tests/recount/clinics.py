"""Random clinics with all that makes counting hard: transfers, overlaps, readmissions, closures, late and silent sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.model import given
from pipelines.refresh import build_tables
from pipelines.settings import Settings

ONE = timedelta(days=1)
Row = dict[str, Any]
Rows = dict[str, list[Row]]
KEYS = {
    "episodes": ("client_id", "start_date", "program"),
    "checkins": ("client_id", "checkin_date", "source"),
    "tasks": ("client_id", "task", "assigned_on"),
    "contracts": ("client_id", "signed_on", "behaviour"),
    "crises": ("client_id", "opened_on", "kind"),
    "sessions": ("client_id", "session_date", "kind"),
    "attendance": ("client_id", "meeting_date", "fellowship", "start_time"),
    "absences": ("client_id", "site", "start_date"),
}
SITES = ("Harbor", "North", "Late", None)  # the exports of Late begin half a year after the others
LEVELS = ("1.0", "2.1", "3.5", None)


def random_clinic(seed: int, as_of: date, clients: int = 60, weeks: int = 60) -> Rows:
    """The rows of a clinic's exports in the weeks up to a day, each key once."""
    chance, begin = Random(seed), as_of - 7 * weeks * ONE
    silent = begin - begin.weekday() * ONE + 7 * chance.randint(10, 40) * ONE  # a week in which Harbor exports nothing
    of: Rows = defaultdict(list)
    for number in range(clients):
        _client(of, chance, f"C{number:03}", begin, as_of)
    for _ in range(4):
        closed = begin + chance.randint(0, 7 * weeks) * ONE
        days = chance.randint(0, 12) * ONE
        of["absences"].append({"site": chance.choice(SITES[:3]), "start_date": closed, "end_date": closed + days})
    at_harbor = {row["client_id"] for row in of["episodes"] if row["site"] == "Harbor"}
    only_late = {row["client_id"] for row in of["episodes"] if row["site"] == "Late"}
    for name, column in (("attendance", "meeting_date"), ("checkins", "checkin_date")):
        of[name] = [
            row
            for row in of[name]
            if not (row["client_id"] in at_harbor and silent <= row[column] < silent + 7 * ONE)
            and not (row["client_id"] in only_late and row[column] < begin + 182 * ONE)
        ]
    return {
        name: list({tuple(row.get(column) for column in KEYS[name]): row for row in rows}.values())
        for name, rows in of.items()
    }


def _client(of: Rows, chance: Random, who: str, begin: date, as_of: date) -> None:
    therapist = f"T{chance.randint(1, 3)}"
    start = begin + chance.randint(-200, 300) * ONE
    last = False
    while start <= as_of and not last:
        end = start + chance.randint(0, 150) * ONE
        last = chance.random() < 0.35
        open_end = end > as_of or (last and chance.random() < 0.7)
        of["episodes"].append(
            {
                "client_id": who, "start_date": start, "end_date": None if open_end else end,
                "therapist_id": chance.choice([therapist, therapist, None]), "site": chance.choice(SITES),
                "program": chance.choice(["IOP", "OP", None]), "level_of_care": chance.choice(LEVELS),
                "end_reason": None if open_end else chance.choice(["left", "completed", "transferred", "died", None]),
                "primary_addiction": chance.choice(["alcohol", "opioids", None]),
                "meetings_per_week": chance.choice([None, 3.0]),
                "sobriety_date": chance.choice([None, min(start - chance.randint(-40, 90) * ONE, as_of)]),
            }
        )  # fmt: skip
        start = end + chance.choice([-30, -5, 0, 1, 5, 7, 8, 40]) * ONE
    first = max(begin, min(row["start_date"] for row in of["episodes"] if row["client_id"] == who) - 5 * ONE)
    usual, fell = chance.uniform(0.0, 0.7), first + chance.randint(60, 500) * ONE
    place = Random(who)
    uses, every = chance.choice([0.0, 0.05, 0.3]), chance.choice([4, 7, 7, 20])
    for n in range((as_of - first).days + 1):
        day = first + n * ONE
        gone = chance.random() < 0.5 if day >= fell else False
        for time in ("12:00", "19:00"):
            if not gone and chance.random() < usual / (2 if day < fell else 8):
                row = {"client_id": who, "meeting_date": day, "fellowship": chance.choice(["AA", "NA"])}
                took_part = chance.choice(["listened", "shared", "chaired", None] if day < fell else ["listened"])
                where = {"meeting_id": place.choice([f"at-{time[:2]}", f"at-{time[:2]}", None])}
                where["mode"] = place.choice([None, "online", "phone", *["in_person"] * (5 if day < fell else 1)])
                of["attendance"].append(row | where | {"start_time": time, "participation": took_part})
        if chance.random() < 1 / every:
            used = chance.random() < uses or chance.choice([False, False, None])
            of["checkins"].append(
                {
                    "client_id": who, "checkin_date": day,
                    "status": chance.choices(["completed", "missed", "excused"], (8, 2, 1))[0],
                    "source": chance.choices(["self_report", "clinician", "toxicology"], (5, 2, 2))[0],
                    "used": used,
                    "last_use_date": day - chance.randint(0, 12) * ONE if used and chance.random() < 0.7 else None,
                    "has_sponsor": chance.choice([None, False, True, True]),
                    "sponsor_role": chance.choice([None, "peer", "peer", "therapist"]),
                    "step": chance.choice([None, 1, 2, 3]),
                }
            )  # fmt: skip
        if chance.random() < 0.15:
            status = chance.choices(["attended", "no_show", "cancelled_client", "cancelled_clinic"], (6, 2, 1, 1))[0]
            kind = chance.choice(["individual", "group"])
            of["sessions"].append({"client_id": who, "session_date": day, "status": status, "kind": kind})
    within = (as_of - first).days
    for task in ("Phone list", "Letter"):
        for _ in range(chance.randint(0, 2)):
            on = first + chance.randint(0, within) * ONE
            due, done = (chance.choice([None, on + chance.randint(0, 60) * ONE]) for _ in range(2))
            row = {
                "client_id": who,
                "task": task,
                "assigned_on": on,
                "due_on": due,
                "step": chance.choice([None, 1, 2]),
            }
            of["tasks"].append(row | {"completed_on": done if done and done <= as_of else None})
    for _ in range(chance.randint(0, 2)):
        on = first + chance.randint(0, within) * ONE
        ends, broken = (chance.choice([None, on + chance.randint(0, 200) * ONE]) for _ in range(2))
        row = {"client_id": who, "signed_on": on, "ends_on": ends, "behaviour": chance.choice(["drinking", "gaming"])}
        row["meetings_per_week"] = chance.choice([None, 2.0])
        of["contracts"].append(row | {"broken_on": broken if broken and broken <= as_of else None})
        on = first + chance.randint(0, within) * ONE
        resolved = chance.choice([None, on + chance.randint(0, 60) * ONE])
        row = {"client_id": who, "opened_on": on, "kind": chance.choice(["housing", "legal"])}
        of["crises"].append(row | {"resolved_on": resolved if resolved and resolved <= as_of else None})
        away = first + chance.randint(0, within) * ONE
        row = {"client_id": who, "start_date": away, "end_date": away + chance.randint(0, 20) * ONE}
        of["absences"].append(row | {"reason": chance.choice(["vacation", "work"])})


def built(rows: Rows, as_of: date, outreach: Sequence[Row] = ()) -> Engine:
    """All tables of a clinic, built by the pipeline from stored rows and journal entries."""
    engine = Engine()
    store.open_in(engine, exports())
    fill(engine, rows)
    build_tables(engine, as_of, Settings(), {"outreach": given("outreach", outreach)})
    return engine


def fill(engine: Engine, rows: Rows) -> None:
    """Put rows into the engine's store."""
    declared = exports()
    for name, its in rows.items():
        columns = [column.name for column in declared[name].columns if any(column.name in row for row in its)]
        defaults = {column.name: column.default for column in declared[name].columns if column.default}
        complete = [{**dict.fromkeys(columns), **defaults, **row} for row in its]
        engine.load("raw_rows", pa.Table.from_pylist(complete))
        engine.run(f"INSERT INTO store.{name} BY NAME SELECT * FROM raw_rows")
