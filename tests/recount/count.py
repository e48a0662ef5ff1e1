"""Figures counted from the rows of the exports alone, day by day, by their definitions (docs/measures.md).

Flags are the only rows that are taken from the pipeline: what follows from them is counted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

ONE = timedelta(days=1)
OPEN = date(9000, 1, 1)
Row = dict[str, Any]
GROUPS = {"site": "site", "program": "program", "therapist": "therapist_id", "level_of_care": "level_of_care"}
REASONS = ("completed", "transferred", "left", "lost_contact", "administrative", "incarcerated", "died", "other")


def days(first: date, last: date) -> Iterator[date]:
    return (first + n * ONE for n in range((last - first).days + 1))


def newest(rows: list[Row], column: str) -> Row:
    """The row of the latest date; of several, the one whose program comes first, a blank one last."""
    return min(rows, key=lambda row: (-row[column].toordinal(), row["program"] is None, row["program"] or ""))


class Client:
    """What the exports hold of a client. `closed`: the closures of sites; `as_of`: the last day that counts."""

    def __init__(self, rows: dict[str, list[Row]], closed: list[Row], as_of: date) -> None:
        self.rows, self.closed, self.as_of = rows, closed, as_of
        self.episodes = sorted(rows["episodes"], key=lambda row: row["start_date"])
        self.completed = [row for row in rows["checkins"] if row["status"] == "completed"]
        self.answers = [row for row in self.completed if row["source"] != "toxicology"]

    @cached_property
    def stays(self) -> list[tuple[date, date]]:
        """The first and the last day of each stay; the last is OPEN while it continues."""
        found: list[tuple[date, date]] = []
        for row in self.episodes:
            end = row["end_date"] or OPEN
            if found and (row["start_date"] - found[-1][1]).days <= 7:
                found[-1] = (found[-1][0], max(found[-1][1], end))
            else:
                found.append((row["start_date"], end))
        return found

    @cache  # noqa: B019 - a client lives as long as its test
    def stay_on(self, day: date) -> tuple[date, date] | None:
        return next(((start, end) for start, end in self.stays if start <= day <= min(end, self.as_of)), None)

    @cache  # noqa: B019
    def episode_on(self, day: date) -> Row:
        """The episode of a day in care: of several the one that began last; between two, that of the day before."""
        its = [row for row in self.episodes if row["start_date"] <= day <= (row["end_date"] or OPEN)]
        return newest(its, "start_date") if its else self.episode_on(day - ONE)

    @cache  # noqa: B019
    def last_day(self, first: date, last: date) -> date | None:
        """The last day in care of some days."""
        return next((day for day in reversed(list(days(first, last))) if self.stay_on(day)), None)

    @cache  # noqa: B019
    def site_of_week(self, day: date) -> str:
        """The site to which the week of a day in care counts: that of the stay's last day in it."""
        stay = self.stay_on(day)
        sunday = day + (6 - day.weekday()) * ONE
        return self.episode_on(min(sunday, stay[1], self.as_of))["site"] or "unknown"

    @cache  # noqa: B019
    def site_of_record(self, day: date) -> str | None:
        """The site for which what came in of a day counts: out of care, that of the episode before it."""

        def nearness(row: Row) -> tuple[bool, date, date]:
            return row["start_date"] <= day, min(row["end_date"] or OPEN, day), row["start_date"]

        its = [row for row in self.episodes if row["start_date"] - row["start_date"].weekday() * ONE <= day]
        return (max(its, key=nearness)["site"] or "unknown") if its else None

    @cache  # noqa: B019
    def is_away(self, day: date) -> bool:
        """Whether an absence, or a closure of the client's site, is recorded of a day in care."""
        site = self.episode_on(day)["site"]
        closed = [row for row in self.closed if row["site"] == site]
        return any(row["start_date"] <= day <= row["end_date"] for row in [*closed, *self.rows["absences"]])

    def is_home_group(self, meeting: Row) -> bool:
        """Whether the client came to the meeting in four of the eight weeks before."""
        rows = [row for row in self.rows["attendance"] if row["meeting_id"] == meeting["meeting_id"]]
        ago = {
            (meeting["meeting_date"].toordinal() - 1) // 7 - (row["meeting_date"].toordinal() - 1) // 7 for row in rows
        }
        return len(ago & set(range(1, 9))) >= 4

    @cache  # noqa: B019
    def dated(self, name: str, column: str) -> dict[date, list[Row]]:
        found = defaultdict(list)
        for row in self.rows[name]:
            if row[column]:
                found[row[column]].append(row)
        return found

    @cache  # noqa: B019
    def used(self, known_on: date) -> set[date]:
        """The days of use that were known on a day."""
        return {
            row["last_use_date"] if row["last_use_date"] and row["source"] != "toxicology" else row["checkin_date"]
            for row in self.completed
            if row["checkin_date"] <= known_on and row["used"]
        }

    @cached_property
    def reported(self) -> dict[date, set[date]]:
        """The days that each check-in or test reports as abstinent, by its day."""
        found: dict[date, set[date]] = defaultdict(set)
        for row in self.completed:
            if row["source"] == "toxicology" and row["used"] is False:
                found[row["checkin_date"]].add(row["checkin_date"])
        before = date.min
        for on in sorted({row["checkin_date"] for row in self.answers}):
            begun = max((start for start, _ in self.stays if start <= on), default=on)
            covered = [on - n * ONE for n in range(30) if before < on - n * ONE >= begun]
            its = [row for row in self.answers if row["checkin_date"] == on]
            if any(row["used"] is False for row in its):
                found[on] |= set(covered)
            elif dated := [row["last_use_date"] for row in its if row["used"] and row["last_use_date"]]:
                found[on] |= {day for day in covered if day > min(dated)}
            before = on
        return found

    @cache  # noqa: B019
    def abstinent(self, known_on: date) -> set[date]:
        """The days known to be abstinent on a day: use wins over abstinence."""
        known = (its for on, its in self.reported.items() if on <= known_on)
        return set().union(*known) - self.used(known_on)

    @cache  # noqa: B019
    def sobriety(self, on: date) -> str:
        used, abstinent = self.used(on), self.abstinent(on)
        if used and (on - max(used)).days < 14:
            return "recent_use"
        return "sober" if abstinent and (on - max(abstinent)).days <= 14 else "unknown"

    def longest(self) -> int | None:
        used, runs = self.used(self.as_of), []
        for day in sorted(self.abstinent(self.as_of)):
            joined = runs and (day - runs[-1][1]).days <= 31 and not any(runs[-1][1] < use < day for use in used)
            runs[-1:] = [(runs[-1][0], day)] if joined else [*runs[-1:], (day, day)]
        return max(((end - start).days + 1 for start, end in runs), default=None)

    def latest_answer(self, column: str) -> Any:
        its = [row for row in self.answers if row[column] is not None]
        return max(its, key=lambda row: row["checkin_date"])[column] if its else None

    def sponsor_is_therapist(self) -> bool | None:
        has_sponsor = self.latest_answer("has_sponsor")
        if has_sponsor is False:
            return False
        none_on = max((row["checkin_date"] for row in self.answers if row["has_sponsor"] is False), default=date.min)
        given = [row for row in self.answers if row["sponsor_role"] and row["checkin_date"] >= none_on]
        if not has_sponsor:
            given = [row for row in given if row["checkin_date"] > none_on]
        return max(given, key=lambda row: row["checkin_date"])["sponsor_role"] == "therapist" if given else None

    def now(self) -> Row:
        """The columns of `client_now` that rest on the exports alone."""
        episode, used, abstinent = self.episode_on(self.as_of), self.used(self.as_of), self.abstinent(self.as_of)
        declared = [row for row in self.episodes if row["sobriety_date"]]
        since = min(abstinent, default=None)
        since = newest(declared, "start_date")["sobriety_date"] if declared else since
        since = max(used) + ONE if used else since
        confirmed = max(abstinent, default=None)
        status = self.sobriety(self.as_of)
        sober = None if confirmed is None else max((confirmed - since).days + 1, 0)
        bands = ((30, "<30"), (90, "30-89"), (365, "90-364"), (10**6, "365+"))
        band = "unknown" if status == "unknown" or sober is None else next(name for top, name in bands if sober < top)
        shares = {}
        for length in (30, 90):
            window = [day for day in days(self.as_of - (length - 1) * ONE, self.as_of) if self.stay_on(day)]
            dry, wet = (sum(day in known for day in window) for known in (abstinent, used))
            shares[length] = [100 * dry / (dry + wet) if dry + wet else None, dry / len(window), wet / len(window)]
        pda_90, low, high = shares[90]
        contract_state = "none"
        contract = max(
            self.rows["contracts"], key=lambda r: (r["signed_on"], r["behaviour"] == "drinking"), default=None
        )
        if contract is not None:
            over = contract["ends_on"] is not None and contract["ends_on"] < self.as_of
            contract_state = "broken" if contract["broken_on"] else "ended" if over else "kept"
        tasks = [row for row in self.rows["tasks"] if not row["completed_on"]]
        tasks = [
            r
            for r in tasks
            if not any(o["task"] == r["task"] and o["assigned_on"] > r["assigned_on"] for o in self.rows["tasks"])
        ]
        step = self.latest_answer("step")
        return {
            "therapist_id": episode["therapist_id"],
            "site": episode["site"],
            "program": episode["program"],
            "level_of_care": episode["level_of_care"],
            "in_care_since": self.stay_on(self.as_of)[0],
            "sober_since": since,
            "sober_days": sober,
            "days_since_use": (self.as_of - max(used)).days if used else None,
            "confirmed_through": confirmed,
            "sobriety_status": status,
            "sobriety_band": band,
            "longest_sober_days": self.longest(),
            "pda_30": shares[30][0],
            "pda_90": pda_90,
            "pda_90_low": 100 * low,
            "pda_90_high": 100 * (1 - high),
            "known_90": low + high,
            "has_sponsor": self.latest_answer("has_sponsor"),
            "step": step,
            "open_tasks": len(tasks),
            "overdue_tasks": sum(row["due_on"] is not None and row["due_on"] < self.as_of for row in tasks),
            "tasks_in_step": sum(row["step"] is not None and row["step"] == step for row in tasks),
            "contract_status": contract_state,
            "sponsor_is_therapist": self.sponsor_is_therapist(),
            "open_crises": sum(row["resolved_on"] is None for row in self.rows["crises"]),
            "last_checkin": max((row["checkin_date"] for row in self.answers), default=None),
            "last_meeting": max(self.dated("attendance", "meeting_date"), default=None),
            "last_session": max(
                (r["session_date"] for r in self.rows["sessions"] if r["status"] == "attended"), default=None
            ),
        }

    @cache  # noqa: B019
    def month_of_care(self, name: str, start: date, end: date) -> tuple[Any, ...] | None:
        """Of a stay from its first to its last day, an outcome of its first three months: its day, and the answer."""
        until = min(end, self.as_of)
        kept = sorted(
            r["session_date"]
            for r in self.rows["sessions"]
            if r["status"] == "attended" and start <= r["session_date"] <= until
        )
        told = [r for r in self.answers if start <= r["checkin_date"] <= until]
        after = [(day - start).days for day in kept]
        further = len({day for day in kept if 1 <= (day - kept[0]).days <= 34})
        last = max(
            (row for row in self.episodes if start <= row["start_date"] <= until),
            key=lambda row: (row["end_date"] or OPEN, row["start_date"]),
        )
        by = {
            n: [r for r in told if r["has_sponsor"] is not None and (r["checkin_date"] - start).days <= n]
            for n in (30, 90)
        }
        sponsor = {
            n: any(r["has_sponsor"] and r["sponsor_role"] != "therapist" for r in its) if its else None
            for n, its in by.items()
        }
        heard = any(76 <= (day - start).days <= 90 for day in [*kept, *(r["checkin_date"] for r in told)])
        retained = (
            heard if (until - start).days >= 90 else None if last["end_reason"] in ("died", "incarcerated") else False
        )
        on, answer = {
            "initiated": (13, bool(after) and after[0] <= 13),
            "engaged": (47, bool(after) and after[0] <= 13 and further >= 2),
            "continued": (30, sum(n <= 30 for n in after) >= 5),
            "sponsor_30": (30, sponsor[30]),
            "sponsor_90": (90, sponsor[90]),
            "retained_90": (90, retained),
        }[name]
        return start + on * ONE, answer


OUTCOMES = ("initiated", "engaged", "continued", "sponsor_30", "sponsor_90", "retained_90")


class Caseload:
    """The measures of a clinic and its groups in a period, from what its clients' exports hold."""

    def __init__(self, clients: dict[str, Client], as_of: date) -> None:
        self.clients, self.as_of = clients, as_of
        heard, there = set(), set()
        self.first_of_site: dict[str, date] = defaultdict(lambda: as_of)
        for client in clients.values():
            records = [*client.dated("attendance", "meeting_date"), *client.dated("checkins", "checkin_date")]
            for start, end in client.stays:
                for day in days(start, min(end, as_of)):
                    monday = day - day.weekday() * ONE
                    if monday + 6 * ONE <= as_of:
                        there.add((client.site_of_week(day), monday))
            for day in records:
                site = client.site_of_record(day)
                if site is not None:
                    heard.add((site, day - day.weekday() * ONE))
                    self.first_of_site[site] = min(day, self.first_of_site[site])
        self.silent = there - heard
        self.begin = min(monday for _, monday in heard & there)

    def reported(self, client: Client, day: date) -> bool:
        return (client.site_of_week(day), day - day.weekday() * ONE) not in self.silent

    def present(self, client: Client, first: date, last: date) -> Iterator[tuple[str, float, float | None, Row]]:
        """What a client in care adds to each measure of a period, and the episode by which it is grouped."""
        end = client.last_day(first, last)
        if end is not None:
            here, its = [day for day in days(first, last) if client.stay_on(day)], client.episode_on(end)
            yield from ((*each, its) for each in self.activity(client, here, first, last))
            if end == last:
                yield from ((*each, its) for each in self.state(client, last))
            opening = client.stay_on(first)
            yield "census_opening", float(opening is not None and opening[0] < first), None, its
            yield "census_closing", float(end == last and client.stay_on(last)[1] > last), None, its

    def events(self, client: Client, first: date, last: date) -> Iterator[tuple[str, float, float | None, Row]]:
        """What the events of a client's stays add to each measure of a period; never by therapist."""
        for start, stop in client.stays:
            episodes = [row for row in client.episodes if start <= row["start_date"] <= min(stop, self.as_of)]
            begun = min(episodes, key=lambda r: (r["start_date"], r["program"] is None, r["program"] or ""))
            if first <= start <= last:
                yield "admissions", 1, None, begun
            if first <= stop <= last and stop <= self.as_of:
                over = newest([row for row in episodes if row["end_date"] == stop], "start_date")
                yield "discharges", 1, None, over
                for reason in (*REASONS, None):
                    yield f"discharged_{reason or 'unknown'}", over["end_reason"] == reason, 1, over
            for before, row in pairwise(sorted(episodes, key=lambda r: (r["start_date"], r["program"] or "~"))):
                levels = {before["level_of_care"], row["level_of_care"]}
                if first <= row["start_date"] <= last and None not in levels and len(levels) == 2:
                    yield "transfers", 1, None, row
            for name, rows in (
                ("tasks_in_time", client.dated("tasks", "due_on")),
                ("contracts_broken", client.dated("contracts", "broken_on")),
            ):
                for on in days(max(first, start), min(last, stop, self.as_of)):
                    week = client.episode_on(min(on + (6 - on.weekday()) * ONE, stop, self.as_of))
                    for row in rows.get(on, ()):
                        done = row.get("completed_on") is not None and row["completed_on"] <= on
                        yield (name, done, 1, week) if name == "tasks_in_time" else (name, 1, None, week)
            if start < self.begin:
                continue
            came = (r["session_date"] for r in client.rows["sessions"] if r["status"] == "attended")
            came_first = min((day for day in came if start <= day <= min(stop, self.as_of)), default=OPEN)
            if first <= came_first <= last:
                yield "waiting_days", (came_first - start).days, 1, begun
            for name in OUTCOMES:
                on, answer = client.month_of_care(name, start, stop)
                if first <= on <= last and on <= self.as_of and answer is not None:
                    yield name, answer, 1, begun

    def activity(
        self, client: Client, here: list[date], first: date, last: date
    ) -> Iterator[tuple[str, float, float | None]]:
        told = [day for day in here if self.reported(client, day)]
        counted = [day for day in told if not client.is_away(day)]
        meetings, checks = client.dated("attendance", "meeting_date"), client.dated("checkins", "checkin_date")
        sessions = client.dated("sessions", "session_date")
        met = [row for day in here for row in meetings.get(day, ())]
        asked = [row["status"] for day in here for row in checks.get(day, ()) if row["source"] != "toxicology"]
        held = [row["status"] for day in here for row in sessions.get(day, ())]
        if counted:
            yield "meetings_per_client_week", len(met), len(counted) / 7
            yield "any_meeting", bool(met), 1
        yield (
            "new_flags",
            sum(here[0] <= row["week"] + 6 * ONE <= last for row in client.rows["flags"]),
            len(counted) / 700,
        )
        said = [row["participation"] for row in met if row["participation"]]
        yield "active_participation", sum(each in ("shared", "service", "chaired") for each in said), len(said)
        placed = [row["mode"] for row in met if row["mode"]]
        yield "in_person_meetings", placed.count("in_person"), len(placed)
        if "in_person" in placed or (met and len(placed) == len(met)):
            yield "online_only", "in_person" not in placed, 1
        begun = max(client.stay_on(here[-1])[0], self.first_of_site[client.episode_on(here[-1])["site"] or "unknown"])
        listed = [row for row in met if row["meeting_id"]]
        if listed and (first - begun).days >= 56:
            yield "at_home_group", any(map(client.is_home_group, listed)), 1
        yield "checkin_completion", asked.count("completed"), asked.count("completed") + asked.count("missed")
        yield "sessions_kept", held.count("attended"), len(held)
        yield "no_show_rate", held.count("no_show"), held.count("attended") + held.count("no_show")
        yield "data_reported", len(told), len(here)
        if last <= self.as_of - 30 * ONE:
            used, dry = client.used(self.as_of), client.abstinent(self.as_of)
            yield "days_abstinent", sum(day in dry for day in here), sum(day in dry or day in used for day in here)

    def state(self, client: Client, last: date) -> Iterator[tuple[str, float, float | None]]:
        status = client.sobriety(last)
        crisis = any(r["opened_on"] <= last < (r["resolved_on"] or OPEN) for r in client.rows["crises"])
        raised = {True for row in client.rows["flags"] if self.stands(client, row, last)}
        yield "flagged", bool(raised), 1
        yield "to_call", bool(raised) or crisis or status == "recent_use", None
        yield "census", 1, None
        yield "open_crises", crisis, None
        yield "sobriety_known", status != "unknown", 1
        yield "sober_at_least", status == "sober", 1
        yield "sober_at_most", status != "recent_use", 1
        if status != "unknown":
            yield "sober", status == "sober", 1
        begin, site = last - 29 * ONE, client.episode_on(last)["site"] or "unknown"
        weeks = {day - day.weekday() * ONE for day in days(begin, last)}
        if (
            (last + ONE).day == 1
            and client.stay_on(last)[0] <= begin
            and not any((site, w) in self.silent for w in weeks)
        ):
            meetings = [
                len(its) for day, its in client.dated("attendance", "meeting_date").items() if begin <= day <= last
            ]
            yield "meetings_30_none", not meetings, 1
            for unit, number, bands in (
                ("times", sum(meetings), ((1, 3), (4, 7), (8, 30))),
                ("days", len(meetings), ((1, 3), (4, 8), (9, 15), (16, 30))),
            ):
                for low, high in bands:
                    yield f"meetings_30_{unit}_{low}_{high}", low <= number and (number <= high or high == 30), 1

    def stands(self, client: Client, flag: Row, day: date) -> bool:
        """Whether a published flag stands at the end of a day, in the stay in which it was raised."""
        start = client.stay_on(day)[0]
        cleared = flag["cleared_week"] and flag["cleared_week"] + 6 * ONE
        return start - start.weekday() * ONE <= flag["week"] and flag["week"] + 6 * ONE <= day < (cleared or OPEN)

    def measures(self, first: date, last: date) -> dict[tuple[str, str, str], list[float]]:
        """(breakdown, member, measure) → numerator and denominator of a period; the latter is 0 if there is none."""
        found: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for client in self.clients.values():
            for made, groups in ((self.present, GROUPS), (self.events, GROUPS.keys() - {"therapist"})):
                for name, numerator, denominator, episode in made(client, first, last):
                    members = ((by, episode[GROUPS[by]] or "unknown") for by in groups)
                    for group in [("all", "all"), *members]:
                        found[(*group, name)][0] += numerator
                        found[(*group, name)][1] += denominator or 0
        return found
