"""A client's story on one axis of time: places and words for what story.html draws, in shares of the width and height.

Plain elements, like the sparkline: they follow light and dark, print as they are, and each one says what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from math import ceil

from dashboard.charts.sparkline import scale_top
from dashboard.history import Event, Week
from pipelines.wording import amounts, clients, dates, labels

DAY = timedelta(days=1)
NAME = 16  # per cent of the width that a mark's name needs to be read
ROWS = 10  # of a lane; if names would need more, they are dropped


@dataclass(frozen=True)
class Bar:
    """A week of meetings. `kind`: some, zero, away, unreported, running or outside.

    In per cent of the height, `parts`: active, listened and not stated, from the floor up; `band`: where the usual
    range begins, and its height.
    """

    kind: str
    parts: tuple[float, float, float]
    band: tuple[float, float] | None
    usual: float | None
    words: str


@dataclass(frozen=True)
class Mark:
    """A stretch or a day of a lane: left edge and width, per cent of the width; its row in the lane, from 0.

    Its name begins at its left edge and has `room`, per cent of the width; `leftward`, it ends there instead.
    """

    left: float
    width: float
    state: str
    label: str
    words: str
    row: int = 0
    room: float = 0.0
    leftward: bool = False


@dataclass(frozen=True)
class Lane:
    """A lane under the weeks; `rows`: how many marks lie above each other.

    `kind`: met, ribbon, stated, span, bar or dot. A gap in a ribbon, or in what was stated, is unknown.
    """

    name: str
    kind: str
    marks: list[Mark]
    rows: int = 1


@dataclass(frozen=True)
class Story:
    """All that story.html draws. `months`: left edge, per cent, and name. `flags`: from raised to cleared."""

    bars: list[Bar]
    top: int
    months: list[tuple[float, str]]
    flags: list[Mark]
    lanes: list[Lane]
    words: str


STATES_IN_WORDS = {
    "no_show": "missed",
    "cancelled_client": "cancelled by the client",
    "cancelled_clinic": "cancelled by the clinic",
}


def story(weeks: Sequence[Week], events: Sequence[Event], contacts: Sequence[tuple[date, str]], as_of: date) -> Story:
    """The story of the weeks, oldest first. `contacts`: days and what was done, from the journal."""
    first, days = weeks[0].week, 7 * len(weeks)
    highest = [ceil(week.usual_high) if week.usual_high else None for week in weeks]
    top = scale_top([*(week.meetings for week in weeks), *highest])

    def place(start: date, end: date) -> tuple[float, float]:
        left = max((start - first).days, 0)
        right = min((end - first).days + 1, days)
        return 100 * left / days, 100 * max(right - left, 0) / days

    def marks(lane: str) -> list[Mark]:
        found = []
        for event in events:
            if event.lane == lane and event.start_date <= weeks[-1].week + 6 * DAY:
                left, width = place(event.start_date, min(event.end_date or as_of, as_of))
                found.append(Mark(left, width, event.state, event.label, _event_words(event)))
        return found

    outside = _outside(weeks)
    sponsor = [replace(mark, label="sponsor" if mark.label == "yes" else "none") for mark in marks("sponsor")]
    used = [replace(mark, state="used") for mark in marks("use")]
    lanes = [
        Lane("In person or online", "met", _met(weeks)),
        Lane("Sobriety", "ribbon", [*outside, *marks("abstinent"), *used]),
        _laid("Level of care", "span", [replace(mark, label=_level(mark.label)) for mark in marks("level")]),
        _laid("Sponsor", "stated", sponsor, before=outside),
        _laid("Step", "stated", marks("step"), before=outside),
        _laid("Tasks", "bar", marks("task"), name_needs=NAME),
        Lane("Sessions", "dot", marks("session")),
        _laid("Contracts", "bar", marks("contract"), name_needs=NAME),
        _laid("Crises", "bar", marks("crisis"), name_needs=NAME),
        Lane(
            "Contacts made",
            "dot",
            [
                Mark(*place(day, day), "contact", outcome, f"{dates.short_date(day)}: {outcome}")
                for day, outcome in contacts
                if first <= day < first + days * DAY
            ],
        ),
    ]
    flags = marks("flag")
    return Story(
        bars=[_bar(week, top) for week in weeks],
        top=top,
        months=_months(weeks),
        flags=[replace(flag, row=row, leftward=flag.left > _room_after(flag)) for row, flag in enumerate(flags)],
        lanes=[lane for lane in lanes if lane.marks or lane.kind in ("ribbon", "stated")],
        words=" ".join([_in_words(weeks), *(f"Flag: {flag.words}." for flag in flags)]),
    )


def _room_after(flag: Mark) -> float:
    """How much of the axis is left for a flag's name, which begins at its left edge, or past its end if cleared."""
    return 100 - flag.left - (flag.width if flag.state == "cleared" else 0)


def _bar(week: Week, top: int) -> Bar:
    when = f"Week of {dates.short_date(week.week)}"
    if week.meetings is None:
        return Bar("outside", (0, 0, 0), None, None, f"{when}: not in care")

    def up(meetings: float) -> float:
        return 100 * min(meetings, top) / top

    band = None
    if week.usual is not None and week.usual_low is not None and week.usual_high is not None:
        band = (up(week.usual_low), up(week.usual_high) - up(week.usual_low))
    usual = None if week.usual is None else up(week.usual * (week.exposure or 0))
    if not week.exposure:
        kind, why = ("away", "does not count (away or closed)") if week.reported else ("unreported", "not reported")
        if not (week.reported or week.complete):
            why += " yet"
        return Bar(kind, (0, 0, 0), None, None, f"{when}: {why}")
    active, stated = week.active or 0, week.stated or 0
    words = f"{when}: {amounts.count(week.meetings, 'meeting')}"
    if week.meetings:
        words += f", active part in {active} of {stated}" if stated else ", part taken not stated"
    if not week.complete:
        words += ", not over yet"
    elif not week.reported:
        words += ", attendance not complete"
    elif week.exposure < 1:
        words += f", {round(7 * week.exposure)} of 7 days count"
    shares = [active, stated - active, week.meetings - stated]
    scale = up(week.meetings) / week.meetings if week.meetings else 0
    parts = (shares[0] * scale, shares[1] * scale, shares[2] * scale)
    kind = "running" if not week.complete else "some" if week.meetings else "zero"
    return Bar(kind, parts, band, usual, words)


def _outside(weeks: Sequence[Week]) -> list[Mark]:
    """The weeks outside care, which are not unknown."""
    return [
        Mark(100 * n / len(weeks), 100 / len(weeks), "outside", "", "not in care")
        for n, week in enumerate(weeks)
        if week.meetings is None
    ]


def _met(weeks: Sequence[Week]) -> list[Mark]:
    """How the client came to the meetings of each week, then the weeks at the home group; alike weeks are one mark.

    None if nothing of it is recorded, in the clinic's exports or for this client.
    """
    if not any(week.placed or week.home_group is not None for week in weeks):
        return []
    ways = [_way(week) for week in weeks]
    at_home_group = ["home_group" if week.home_group else "" for week in weeks]
    return [*_stretches(weeks, ways), *_stretches(weeks, at_home_group)]


def _way(week: Week) -> str:
    """The ways that are recorded; `partly` if not for every meeting of the week."""
    if week.meetings is None:
        return "outside"
    if week.meetings == 0 and week.reported:
        return "none"
    if not week.placed:
        return "unknown"
    way = "online" if not week.in_person else "in_person" if week.in_person == week.placed else "both"
    return way if week.placed == week.meetings else f"{way} partly"


def _stretches(weeks: Sequence[Week], states: Sequence[str]) -> list[Mark]:
    """A mark for each run of weeks in the same state; a blank state has none."""
    found = []
    for state, run in groupby(range(len(weeks)), key=lambda n: states[n]):
        numbers = list(run)
        first, last = numbers[0], numbers[-1]
        way, _, partly = state.partition(" ")
        if way:
            when = f"{dates.short_date(weeks[first].week)} to {dates.short_date(weeks[last].week + 6 * DAY)}"
            words = labels.MET[way] + (", as far as recorded" if partly else "")
            left, width = 100 * first / len(weeks), 100 * len(numbers) / len(weeks)
            found.append(Mark(left, width, state, "", words if way == "outside" else f"{when}: {words}"))
    return found


def _event_words(event: Event) -> str:
    end = "now" if event.end_date is None else dates.short_date(event.end_date)
    start = dates.short_date(event.start_date)
    when = start if event.end_date == event.start_date else f"{start} to {end}"
    label = _level(event.label) if event.lane == "level" else event.label.replace("_", " ")
    if event.lane == "flag":
        label = labels.FLAG_KINDS[event.label]
    elif event.lane == "sponsor":
        label = clients.sponsor(event.label == "yes")
    elif event.lane == "step":
        label = f"step {event.label}"
    state = STATES_IN_WORDS.get(event.state, event.state.replace("_", " "))
    suffix = "" if event.state in ("stated", "known") else f", {state}"
    return f"{when}: {label}{suffix}"


def _level(label: str) -> str:
    return labels.member(label, "level_of_care")


def _laid(name: str, kind: str, marks: Sequence[Mark], *, name_needs: float = 0, before: Sequence[Mark] = ()) -> Lane:
    """Marks that overlap lie above each other. A mark takes at least what its name needs, per cent of the width; near
    the end of the axis the name lies before it. Marks of `before` are drawn first, and have no name."""
    reach = [
        (mark.left - name_needs, mark.left + mark.width, replace(mark, leftward=True))
        if name_needs and mark.left + name_needs > 100
        else (mark.left, mark.left + max(mark.width, name_needs), mark)
        for mark in marks
    ]
    rows: list[list[tuple[float, float, Mark]]] = []
    for start, end, mark in sorted(reach, key=lambda each: each[0]):
        row = next((row for row in rows if row[-1][1] <= start + 0.001), None)
        if row is None:
            rows.append(row := [])
        row.append((start, end, mark))
    if name_needs and len(rows) > ROWS:
        return _laid(name, kind, marks)
    placed = [
        replace(mark, row=n, room=name_needs if mark.leftward else after - mark.left)
        for n, row in enumerate(rows)
        for (_, _, mark), after in zip(row, [*(start for start, _, _ in row[1:]), 100.0], strict=True)
    ]
    return Lane(name, kind, [*before, *placed], max(len(rows), 1))


def _months(weeks: Sequence[Week]) -> list[tuple[float, str]]:
    """Where months begin: every month, or every few so that their names have room."""
    every = 1 if len(weeks) <= 30 else 2 if len(weeks) <= 60 else 4
    found, days = [], 7 * len(weeks)
    for day in (weeks[0].week + n * DAY for n in range(days)):
        if day.day == 1 and (day.month - 1) % every == 0 and (weeks[-1].week - day).days > 0:
            name = f"{day:%Y}" if day.month == 1 else f"{day:%b}"
            found.append((100 * (day - weeks[0].week).days / days, name))
    return found


def _in_words(weeks: Sequence[Week]) -> str:
    counting = [week for week in weeks if week.exposure and week.complete and week.reported]
    if not counting:
        return "No complete week in care yet."
    attended = ", ".join(str(week.meetings) for week in counting)
    not_counting = sum(bool(week.complete) and not (week.exposure and week.reported) for week in weeks)
    usual = counting[-1].usual
    words = f"Meetings a week, oldest first, in the weeks that count: {attended}."
    if usual is not None:
        words += f" Usually {amounts.meetings_a_week(usual)}."
    return words + (f" Weeks that do not count: {not_counting}." if not_counting else "")
