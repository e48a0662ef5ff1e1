"""Makes a report: reads a snapshot, and decides what may be shown beside what was published before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from itertools import groupby
from typing import Any

from pipelines.report import change, source
from pipelines.report.control.breakdowns import (
    clients_of,
    controlled,
    finest,
    months_given_away,
    without,
)
from pipelines.report.control.cells import SMALLEST, WHOLE, Cell
from pipelines.report.control.choice import Choice
from pipelines.report.control.groups import FOLDED
from pipelines.report.control.guard import check_groups, check_windows
from pipelines.report.control.knowledge import Knowledge
from pipelines.report.document import Report
from pipelines.report.figures import Ask, Figure
from pipelines.report.outcomes import NAMES
from pipelines.report.series import Point, Series
from pipelines.report.windows import LENGTHS, Window, months_on
from pipelines.wording.control import Signal
from pipelines.wording.measure import Measure

CHARTED = {"month": 24, "quarter": 8, "year": 12}  # windows back, at most
FOLD_OVER = 12  # windows in which a group must have had enough clients
Key = tuple[Window, Cell, str]


@dataclass(frozen=True)
class Published:
    """What earlier reports showed and withheld, by window, group and measure."""

    figures: Mapping[Key, Figure] = field(default_factory=dict)


def read(
    ask: Ask,
    month: date,
    snapshot: str,
    smallest: int = SMALLEST,
    published: Published | None = None,
    round_to: int = 1,
) -> Report:
    """Make the report of a month (its first day) from a snapshot.

    `smallest`: the fewest clients that a figure may be about. `published`: what earlier reports showed. `round_to`:
    what counts are rounded to.
    """
    before = published or Published()
    measures = source.measures(ask)
    additive = source.additive(ask)
    # A later month that was already published says something about this one, too.
    until = max([month, *(window.period for window, _, _ in before.figures)])
    true = {figure.key: figure for figure in source.clinic_figures(ask, measures, month, until)}
    frozen = {
        key: replace(figure, measure=measures.get(key[2], figure.measure)) for key, figure in before.figures.items()
    }
    choice = Choice(
        true,
        {key: figure for key, figure in frozen.items() if figure.place == WHOLE},
        Knowledge(additive, true),
        set(measures),
        smallest,
    )
    windows: dict[str, Window] = {}
    for measure in _in_turn(measures):
        if window := _window(choice, measure, month):
            windows[measure.name] = window
            if measure.name == "census":  # its months first: a gap among them would leave no usual range
                _charted(choice, measure, window)
    groups, group_window = _breakdowns(ask, measures, month, smallest, choice, frozen, additive)
    back = {name: _charted(choice, measures[name], latest) for name, latest in windows.items()}
    choice.withdraw()
    series = tuple(_series(ask, choice, measures, back, month))
    wanted = {(window, name) for name, latest in windows.items() for window in latest.compared}
    wanted |= {(point.window, s.measure.name) for s in series for point in s.points}
    wanted |= {(figure.window, figure.measure.name) for figure in groups}
    wanted |= {(windows["sober"], "sobriety_known")} if "sober" in windows else set()
    clinic = [
        figure
        for name in measures
        for window in sorted({window for window, its in wanted if its == name}, reverse=True)
        if (figure := choice.figure(measures[name], window)) is not None
    ]
    figures = (*clinic, *(figure for figure in groups if figure.place != WHOLE))
    return Report(
        month=month,
        snapshot=snapshot,
        smallest=smallest,
        measures=tuple(measures.values()),
        windows=windows,
        group_window=group_window,
        figures=figures,
        series=series,
        intake=source.intake(ask),
        unreported=source.unreported(ask, month),
        rounded_to=round_to,
        **source.about(ask),
    )


def _in_turn(measures: Mapping[str, Measure]) -> list[Measure]:
    """The order in which measures are shown: the clients in care, the outcomes, then the others as they are defined."""
    return [measures[name] for name in dict.fromkeys(("census", *NAMES, *measures)) if name in measures]


def _window(choice: Choice, measure: Measure, month: date) -> Window | None:
    """The window in which a measure of the clinic is shown, after publishing its figures; the last one if none is."""
    kinds = list(choice.kinds(measure, Window("month", month)))
    if measure.name in change.NAMES:  # in one table, so of one time: forms are filled in by the year
        kinds = kinds[-1:]
    for window in kinds:
        if choice.publish(measure, [window]):
            choice.publish(measure, window.compared[1:])
            return window
    for window in reversed(kinds):
        if choice.publish_range(measure, window):
            for other in dict.fromkeys(window.compared[1:]):
                if not choice.publish(measure, [other]):
                    choice.publish_range(measure, other)
            return window
    there = [Window.ending(kind, month) for kind in LENGTHS]
    return next((window for window in reversed(there) if (window, WHOLE, measure.name) in choice.true), None)


def _breakdowns(
    ask: Ask,
    measures: dict[str, Measure],
    month: date,
    smallest: int,
    choice: Choice,
    frozen: Mapping[Key, Figure],
    additive: frozenset[str],
) -> tuple[list[Figure], Window | None]:
    """The figures of groups as they may leave, and the window that they cover."""
    before = [f for f in frozen.values() if f.place != WHOLE]
    kind = max(before, key=lambda f: f.window.period).window.kind if before else _finest_now(ask, measures, smallest)
    shown_by = {f.breakdown for f in before} & set(FOLDED) or FOLDED
    window = Window.ending(kind, month)
    compared = list(dict.fromkeys(window.compared))
    for each in compared:
        for name in NAMES:
            if name in measures:
                choice.publish(measures[name], [each])
    wanted = source.group_figures(ask, measures, NAMES, _extended(compared), month)
    by_window = {each: list(its) for each, its in groupby(wanted, key=lambda f: f.window)}
    months = [f for f in frozen.values() if f.place != WHOLE and LENGTHS[f.window.kind] > 1]
    knowledge = Knowledge(additive, _months_of_groups(ask, measures, month, months), [f for f in months if f.informs])
    occurring_in = cache(partial(source.occurring, ask))
    found: list[Figure] = []
    for each in compared:
        if each not in by_window:
            continue
        published = [f for (at, place, _), f in frozen.items() if at == each and place != WHOLE]
        if published:
            found += published
            continue
        figures = [f for f in by_window[each] if (whole := choice.figure(f.measure, each)) and whole.is_shown]
        clients = [clients_of(by_window[at]) for at in sorted(_extended([each])) if at in by_window]
        if figures and clients:
            gives_away = months_given_away(knowledge, smallest) if months else (lambda figure: False)
            occurring = occurring_in(each)
            new = controlled(figures, clients, occurring, smallest, gives_away, shown_by)
            shown_by = {f.breakdown for f in new} & set(FOLDED) or shown_by
            if months:
                clinic = [f for f in choice.knowledge.shown if f.place == WHOLE]
                reader = Knowledge(additive, knowledge.true, [*knowledge.shown, *found, *clinic])
                new = without(new, check_windows(reader, new, occurring_in, smallest))
            found += without(new, check_groups(by_window[each], new, occurring, smallest))
    return found, window


def _finest_now(ask: Ask, measures: dict[str, Measure], smallest: int) -> str:
    """The kind of window by which groups are shown from the first report on: by what the newest months can show."""
    newest = source.months(ask)[-1]
    latest = [Window.ending(kind, newest) for kind in LENGTHS]
    candidates = source.group_figures(ask, measures, NAMES, latest, newest)
    return finest(
        {w.kind: [f for f in candidates if f.window == w and f.numerator is not None] for w in latest}, smallest
    )


def _extended(windows: Iterable[Window]) -> set[Window]:
    """Windows, and those of the same kind that ended in the twelve windows up to each."""
    found = set()
    for window in windows:
        step = LENGTHS[window.kind] if window.kind != "year" else 1
        found |= {Window(window.kind, months_on(window.period, -n * step)) for n in range(FOLD_OVER)}
    return found


def _months_of_groups(
    ask: Ask, measures: dict[str, Measure], month: date, published: Sequence[Figure]
) -> dict[Key, Figure]:
    """The months of the groups, where published windows may overlap those to come."""
    if not published:
        return {}
    windows = {Window("month", each) for figure in published for each in figure.window.months}
    windows |= {Window("month", months_on(month, -n)) for n in range(24)}
    until = max(window.period for window in windows)
    return {figure.key: figure for figure in source.group_figures(ask, measures, NAMES, windows, month, until)}


def _charted(choice: Choice, measure: Measure, latest: Window) -> list[Window]:
    """The windows of a measure's series, the last one last, after publishing those that may be shown."""
    step = 1 if latest.kind == "year" else LENGTHS[latest.kind]
    back = [Window(latest.kind, months_on(latest.period, -n * step)) for n in range(CHARTED[latest.kind])]
    back = [each for each in back if (each, WHOLE, measure.name) in choice.true][::-1]
    if latest.kind != "year":  # the years to date before this one overlap it: only what was published is drawn
        choice.publish(measure, back)
    return back


def _series(
    ask: Ask, choice: Choice, measures: dict[str, Measure], charted: dict[str, list[Window]], month: date
) -> Iterable[Series]:
    """The series of the clinic's measures."""
    rows = {(row["measure"], row["period"]): row for row in source.control_points(ask, list(measures), month)}
    for name, back in charted.items():
        points = [_point(choice, measures[name], window, rows.get((name, window.period))) for window in back]
        made = [point for point in points if point.window.kind != "year" or not point.withheld]
        if made and made[-1].window == back[-1]:
            yield Series(measures[name], _ranged(made))


def _point(choice: Choice, measure: Measure, window: Window, row: dict[str, Any] | None) -> Point:
    figure = choice.figure(measure, window)
    withheld = figure is not None and figure.withheld
    value = figure.value if figure is not None and not withheld else None
    if row is None or window.kind != "month":
        return Point(window, withheld, value)
    signal = Signal.of(row) if row["value"] is not None else None
    limits = {name: row[name] for name in ("phase", "mean", "lower", "upper")}
    return Point(window, withheld, value, signal=signal, **limits)


def _ranged(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points without the limits that would give away a withheld one, because a mean is made of every point of its
    phase.
    """
    withheld = {point.phase for point in points if point.withheld}
    return tuple(
        replace(point, mean=None, lower=None, upper=None, signal=None) if point.phase in withheld else point
        for point in points
    )


def changed(ask: Ask, report: Report) -> bool:
    """Whether a figure of the clinic would now differ from what a report shows."""
    measures = {measure.name: measure for measure in report.measures}
    known = {name: measure for name, measure in source.measures(ask).items() if name in measures}
    now = {figure.key: figure.value for figure in source.clinic_figures(ask, known, report.month)}
    shown = [figure for figure in report.figures if figure.place == WHOLE and figure.is_shown]
    return any(now.get(figure.key) != figure.value for figure in shown)
