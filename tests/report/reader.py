"""A reader with the reports of all months in hand, as their CSVs show them: what follows for each small number.

Nothing here is taken from the report's own disclosure control but the solving of equations.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from pipelines import report
from pipelines.engine.duckdb import Engine
from pipelines.report.control.attack import Pinned, pinned

PART, REST, OVER = "part", "rest", "over"
WHOLE = ("all", "all")
LENGTH = {"month": 1, "quarter": 3, "year": 12}
Cell = tuple[str, str]
BY = ("site", "program", "level_of_care")


TIMES = ("meetings_30_none", "meetings_30_times_1_3", "meetings_30_times_4_7", "meetings_30_times_8_30")
DAYS = ("meetings_30_none", *(f"meetings_30_days_{band}" for band in ("1_3", "4_8", "9_15", "16_30")))
ENDS = (
    "completed",
    "transferred",
    "left",
    "lost_contact",
    "administrative",
    "incarcerated",
    "died",
    "other",
    "unknown",
)
BANDS = [
    tuple(f"{at}_meetings_{band}" for band in ("none", "1_3", "4_7", "8_30")) for at in ("admitted", "contact", "ended")
]
REASONS = tuple(f"discharged_{end}" for end in ENDS)
# What a reader of the definitions knows of the numbers: sums that come to nothing in every window.
DEFINED = [
    {("sobriety_known", "part"): 1, ("sober", "of"): -1},
    {("sober_at_least", "part"): 1, ("sober", "part"): -1},
    {("sober_at_least", "of"): 1, ("sobriety_known", "of"): -1},
    {("sober_at_most", "rest"): 1, ("sober", "rest"): -1},
    {("sober_at_most", "of"): 1, ("sobriety_known", "of"): -1},
    {("no_show_rate", "rest"): 1, ("sessions_kept", "part"): -1},
    *({(name, "of"): 1, (TIMES[0], "of"): -1} for name in (*TIMES[1:], *DAYS[1:])),
    {(TIMES[0], "of"): -1, **{(name, "part"): 1 for name in TIMES}},
    {(DAYS[0], "of"): -1, **{(name, "part"): 1 for name in DAYS}},
    *({(bands[0], "of"): -1, **{(name, "part"): 1 for name in bands}} for bands in BANDS),
    *({(name, "of"): 1, (BANDS[0][0], "of"): -1} for bands in BANDS for name in bands if name != BANDS[0][0]),
    {("admitted_abstinent", "of"): 1, ("contact_abstinent", "of"): -1},
    {("ended_abstinence_known", "of"): 1, ("contact_abstinent", "of"): -1},
    {("ended_abstinence_known", "part"): 1, ("ended_abstinent", "of"): -1},
    {("contact_lower_level", "of"): 1, ("ended_lower_level", "of"): -1},
    *({(name, "of"): 1, ("discharges", "part"): -1} for name in REASONS),
    {("discharges", "part"): -1, **{(name, "part"): 1 for name in REASONS}},
]
# The same of a month, whose measures count those in care on its last day.
OF_A_MONTH = [
    {("flagged", "of"): 1, ("census", "part"): -1},
    {("sobriety_known", "of"): 1, ("census", "part"): -1},
]


def months(kind: str, last: date) -> list[date]:
    number = last.year * 12 + last.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - LENGTH[kind] + 1, number + 1)]


@dataclass
class Library:
    """All reports of a clinic, and the truth. `true`, `shown`: (kind, month, cell, measure) → its counts by name."""

    true: dict[tuple[str, date, Cell, str], dict[str, float]] = field(default_factory=dict)
    shown: dict[tuple[str, date, Cell, str], dict[str, float]] = field(default_factory=dict)
    ranges: dict[tuple[str, date, Cell, str], tuple[str, float]] = field(default_factory=dict)
    pairs: dict[date, set[frozenset[Cell]]] = field(default_factory=lambda: defaultdict(set))
    summed: set[str] = field(default_factory=set)
    outcomes: set[str] = field(default_factory=set)


def counts(scale: str, measure: str, numerator: float, denominator: float | None) -> dict[str, float]:
    if denominator is None:
        return {PART: numerator}
    if scale == "share":
        return {PART: numerator, REST: denominator - numerator}
    return {PART: numerator, OVER: denominator * (100 if measure == "new_flags" else 1)}


def library(snapshot, home) -> Library:
    """Publishes the reports of all months in turn, and reads them back."""
    found = Library()
    with Engine(snapshot, read_only=True) as engine:
        scales = dict(engine.rows("SELECT name, scale FROM measures"))
        for kind, last, breakdown, member, name, numerator, denominator, summed in engine.rows(
            "SELECT kind, period, breakdown, member, measure, numerator, denominator, summed FROM caseload_window"
        ):
            if numerator is not None:
                found.true[kind, last, (breakdown, member), name] = counts(scales[name], name, numerator, denominator)
            if summed:
                found.summed.add(name)
        for month in report.months(engine.records):
            made = report.read(engine.records, month, snapshot.stem, home)
            report.keep(home, made)
            for row in csv.DictReader(io.StringIO(report.FORMATS["csv"](made).decode())):
                cell, name = (row["breakdown"], row["member"]), row["measure"]
                key = row["covers"], date.fromisoformat(row["month"]), cell, name
                if cell != WHOLE:
                    found.outcomes.add(name)
                if row["over"] or row["under"]:
                    found.ranges[key] = (REST, 1 - float(row["over"])) if row["over"] else (PART, float(row["under"]))
                if row["withheld"] == "false" and row["numerator"]:
                    of = float(row["denominator"]) if row["denominator"] else None
                    its = counts(scales[name], name, float(row["numerator"]), of)
                    assert found.shown.setdefault(key, its) == its, "a figure is the same in every report"
        for month in report.months(engine.records):
            for group in engine.rows(
                "SELECT DISTINCT coalesce(site, 'unknown'), coalesce(program, 'unknown'),"
                " coalesce(level_of_care, 'unknown') FROM client_week"
                " WHERE week BETWEEN $month - INTERVAL 6 DAY AND last_day($month)",
                {"month": month},
            ):
                cells = list(zip(BY, group, strict=True))
                found.pairs[month] |= {frozenset(pair) for pair in combinations(cells, 2)}
    return found


def unknowns(its: Library, name: str, what: str, kind: str, last: date, cell: Cell) -> list[tuple]:
    if name in its.summed:
        return [(name, what, cell, "month", month) for month in months(kind, last)]
    return [(name, what, cell, kind, last)]


def small(its: Library, names: set[str], cells: Iterable[Cell] | None = None) -> dict[tuple, list[tuple]]:
    """The small numbers, and the small denominators of shares, with what each is made of."""
    found = {}
    for (kind, last, cell, name), numbers in its.true.items():
        if name not in names or (cells is not None and cell not in cells):
            continue
        made = {what: unknowns(its, name, what, kind, last, cell) for what in numbers}
        if REST in numbers:
            made["of"] = made[PART] + made[REST]
        for what, unknown in made.items():
            value = sum(numbers.values()) if what == "of" else numbers[what]
            if 0 < value < 11:
                found[name, what, kind, last, cell] = unknown
    return found


def of_the_clinic(its: Library) -> list[Pinned]:
    """What follows for the clinic's own numbers, all measures and months together."""
    names = {name for _, _, _, name in its.true}
    known = []
    windows = {(kind, last) for kind, last, cell, _ in its.true if cell == WHOLE}
    for (kind, last, cell, name), numbers in its.shown.items():
        if cell == WHOLE:
            known += [
                (dict.fromkeys(unknowns(its, name, what, kind, last, cell), 1.0), value)
                for what, value in numbers.items()
            ]
    for (kind, last, cell, name), (what, share) in its.ranges.items():
        if cell == WHOLE:
            of = sum(its.true[kind, last, cell, name].values())
            terms = dict.fromkeys(unknowns(its, name, what, kind, last, cell), 1.0)
            known.append(({**terms, ("and more", name, kind, last): 1.0}, of * share))
    for kind, last in windows:
        for identity in (*DEFINED, *(OF_A_MONTH if kind == "month" else ())):
            if all((kind, last, WHOLE, name) in its.true for name, _ in identity):
                known.append((dict(_terms(its, identity, kind, last)), 0.0))
        known += _balance(its, kind, last)
    targets = small(its, names, [WHOLE])
    for name, terms in left_over(its):
        known.append(({**terms, name: -1.0}, 0.0))
        targets[name] = [name]
    return pinned(known, targets, 11)


def _terms(its: Library, identity, kind: str, last: date) -> Iterator[tuple[tuple, float]]:
    terms: dict[tuple, float] = defaultdict(float)
    for (name, what), sign in identity.items():
        for each in (PART, REST) if what == "of" else (what,):
            for unknown in unknowns(its, name, each, kind, last, WHOLE):
                terms[unknown] += sign
    yield from terms.items()


CENSUS, SERVED = ("census", "part"), ("served", "part")
CAME, LEFT = ("admissions", "part"), ("discharges", "part")
# From the clients in care before a window to those served in it and in care at its end; True: before it.
FLOWS = [
    {(CENSUS, False): 1, (CAME, False): -1, (LEFT, False): 1, (CENSUS, True): -1},
    {(SERVED, False): 1, (CENSUS, False): -1, (LEFT, False): -1},
    {(SERVED, False): 1, (CENSUS, True): -1, (CAME, False): -1},
]


def _balance(its: Library, kind: str, last: date) -> Iterator[tuple[dict[tuple, float], float]]:
    """From one window's clients in care to the next's, where it holds but for one or two."""
    first, *_ = months(kind, last)
    before = months("quarter", first)[1]
    for flow in FLOWS:
        keys = {
            (*(("month", before if earlier else last) if number == CENSUS else (kind, last)), WHOLE, number[0]): sign
            for (number, earlier), sign in flow.items()
        }
        total = sum(sign * its.true[key][PART] for key, sign in keys.items()) if keys.keys() <= its.true.keys() else 9
        if abs(total) <= 2:
            terms = {
                u: sign for (k, m, cell, name), sign in keys.items() for u in unknowns(its, name, PART, k, m, cell)
            }
            yield terms, total


# Who is counted first is counted among the second, too: what is left is a number of its own.
WITHIN = [
    (("sober", "of"), SERVED),
    (("sobriety_known", "of"), SERVED),
    (("any_meeting", "of"), SERVED),
    (("online_only", "of"), ("any_meeting", "part")),
    (("at_home_group", "of"), ("any_meeting", "part")),
    (("meetings_30_none", "of"), CENSUS),
    (("meetings_30_none", "of"), SERVED),
    *(((name, "part"), CENSUS) for name in ("open_crises", "follow_ups_overdue", "to_call")),
    *(((name, "part"), ("to_call", "part")) for name in ("open_crises", "flagged")),
    (("sober", "rest"), ("to_call", "part")),
    (("flags_waiting", "part"), ("flagged", "part")),
    (("sponsor_30", "of"), ("continued", "of")),
    (("sponsor_90", "of"), ("retained_90", "of")),
    (("use_90", "of"), ("retained_90", "of")),
    *(((name, "of"), LEFT) for name in ("admitted_meetings_none", "contact_abstinent", "contact_lower_level")),
    (("no_show_rate", "of"), ("sessions_kept", "of")),
    *(((name, "of"), ("meetings_per_client_week", "part")) for name in ("active_participation", "in_person_meetings")),
]


def left_over(its: Library) -> Iterator[tuple[tuple, dict[tuple, float]]]:
    """Of the clinic, each small count of those whom one number counts beyond another, and the sum that it is."""
    for kind, last in {(kind, last) for kind, last, cell, _ in its.true if cell == WHOLE}:
        first, *_ = its_months = months(kind, last)
        pairs = [((kind, last), part, whole) for part, whole in WITHIN]
        pairs += [(("month", month), CENSUS, SERVED) for month in (months("quarter", first)[1], *its_months)]
        pairs += [(("month", month), SERVED, SERVED) for month in its_months if kind != "month"]
        for (inner, at), (part, some), (whole, of) in pairs:
            keys = (inner, at, WHOLE, part), (kind, last, WHOLE, whole)
            if all(key in its.true for key in keys):
                values = [
                    sum(its.true[key].values()) if what == "of" else its.true[key].get(what, 0.0)
                    for key, what in zip(keys, (some, of), strict=True)
                ]
                if 0 < values[1] - values[0] < 11:
                    terms: dict[tuple, float] = defaultdict(float)
                    for unknown, sign in _terms(its, {(whole, of): 1}, kind, last):
                        terms[unknown] += sign
                    for unknown, sign in _terms(its, {(part, some): -1}, inner, at):
                        terms[unknown] += sign
                    yield ("left", whole, kind, last, part, inner, at), terms


def of_groups(its: Library) -> list[Pinned]:
    """What follows for the numbers of groups, each measure's months, groups and windows together."""
    return [each for name in sorted(its.outcomes) for each in _of_groups(its, name)]


def _of_groups(its: Library, name: str) -> list[Pinned]:
    cells = {cell for _, _, cell, each in its.true if each == name}
    known = []
    for (kind, last, cell, each), numbers in its.shown.items():
        if each != name:
            continue
        members = [cell]
        if cell[1].startswith("All but "):
            apart = {c for k, la, c, e in its.shown if (k, la, e, c[0]) == (kind, last, name, cell[0])}
            apart |= {
                (cell[0], member) for member in cell[1].removeprefix("All but ").replace(", ", " and ").split(" and ")
            }
            members = [c for c in cells if c[0] == cell[0] and c not in apart]
        for what, value in numbers.items():
            terms = [u for member in members for u in unknowns(its, name, what, kind, last, member)]
            known.append((dict.fromkeys(terms, 1.0), value))
    units = {(kind, last) for kind, last, _, each in its.true if each == name}
    if name in its.summed:
        units = {unit for unit in units if unit[0] == "month"}
    for kind, last in units:
        here = {cell: its.true.get((kind, last, cell, name)) for cell in cells}
        for what in {what for numbers in here.values() if numbers for what in numbers}:
            values = {cell: numbers[what] if numbers else 0.0 for cell, numbers in here.items()}
            known += [({(name, what, cell, kind, last): 1.0}, 0.0) for cell, numbers in here.items() if numbers is None]
            known += _sums(its, name, what, kind, last, values)
    return pinned(known, small(its, {name}), 11)


def _sums(its: Library, name: str, what: str, kind: str, last: date, values: dict[Cell, float]):
    """The groups of a breakdown come to the clinic; where two breakdowns hold the same clients, to the same."""
    for way in BY:
        its_cells = [cell for cell in values if cell[0] == way]
        if sum(values[cell] for cell in its_cells) == values[WHOLE]:
            yield {(name, what, cell, kind, last): 1.0 if cell != WHOLE else -1.0 for cell in (*its_cells, WHOLE)}, 0.0
    pairs = set().union(*(its.pairs[month] for month in months(kind, last)))
    for one, other in combinations(BY, 2):
        blocks = [{cell} for cell in values if cell[0] in (one, other)]
        for pair in pairs:
            if {way for way, _ in pair} == {one, other}:
                touching = [block for block in blocks if block & pair]
                blocks = [*(block for block in blocks if not block & pair), set().union(*touching)]
        for block in blocks:
            if sum(values[c] * (1 if c[0] == one else -1) for c in block) == 0:
                yield {(name, what, cell, kind, last): 1.0 if cell[0] == one else -1.0 for cell in block}, 0.0
