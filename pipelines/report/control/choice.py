"""What is shown of the whole clinic: for each measure, the finest window that gives nothing away.

A measure is shown by the month if each of its last twelve months may be shown, else by the calendar quarter, else for
the year to date. A figure is shown if it is not small itself, and if nobody can work out a small number from it and
everything already shown, in this report and those published before it. The outcomes come first, then the measures in
the order of their definitions.

If a share may not be shown because it leaves out (or takes in) few, a range may be shown: one so wide that they might
be none, or as many as may be shown.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from pipelines.report.control.attack import Pinned
from pipelines.report.control.cells import PART, REST, WHOLE, Cell, too_small
from pipelines.report.control.knowledge import Knowledge, Reading, linked
from pipelines.report.figures import Figure
from pipelines.report.windows import LENGTHS, Window
from pipelines.wording.measure import Measure

True_ = Mapping[tuple[Window, Cell, str], Figure]
STEP = 0.05  # of a range's end
STEADY = 12  # months of which each may be shown, before a measure is shown by the month


@dataclass
class Choice:
    """What is shown so far. `frozen`: figures as they were published before, shown or withheld."""

    true: True_
    frozen: Mapping[tuple[Window, Cell, str], Figure]
    knowledge: Knowledge
    names: set[str]
    smallest: int

    def __post_init__(self) -> None:
        self.shown: dict[tuple[Window, Cell, str], Figure] = {}
        published = [figure for figure in self.frozen.values() if figure.place == WHOLE and figure.informs]
        self.knowledge.shown.extend(published)
        self._group = {name: group for group in linked(self.names) for name in group}
        self._given_away: dict[tuple[frozenset[str], bool | None], dict[Hashable, Pinned]] = {}
        self._published = {frozenset(group): self._with(published, group, Reading()) for group in linked(self.names)}
        self._known = dict(self._published)

    def publish(self, measure: Measure, windows: Iterable[Window]) -> bool:
        """Show a measure of the clinic in these windows, without those that may not be shown; False if none is.

        All of them are shown together, or else each that may be shown by itself.
        """
        wanted = [
            figure for window in dict.fromkeys(windows) if (figure := self._candidate(measure, window)) is not None
        ]
        self._show_safe([figure for figure in wanted if not self._is_known(figure)])
        return any(figure.key in self.shown or self._is_known(figure) for figure in wanted)

    def publish_range(self, measure: Measure, window: Window) -> bool:
        """Show that a share of the clinic is over or under something."""
        figure = self.true.get((window, WHOLE, measure.name))
        if figure is None or (window, WHOLE, measure.name) in self.frozen:
            return False
        ranged = self._ranged(figure)
        if ranged is None or not self._is_safe([ranged]):
            return False
        self._show([ranged])
        return True

    def withdraw(self) -> None:
        """Withhold again what a stronger attack finds to give something away, the last one shown first."""
        for group in linked(self.names):
            its = [figure for figure in self.shown.values() if figure.measure.name in group]
            while its and (found := self._worked_out(self._known[frozenset(group)], group)):
                culprit = self._culprit(its, group, {each.target for each in found})
                its.remove(culprit)
                del self.shown[culprit.key]
                self.knowledge.shown.remove(culprit)
                self._known[frozenset(group)] = self._with(its, group, self._published[frozenset(group)])

    def _culprit(self, figures: list[Figure], group: set[str], targets: Collection[Hashable]) -> Figure:
        """The first figure that gives one of the targets away with those shown before it."""
        few, many = 0, len(figures)  # nothing follows from the first `few`, something from the first `many`
        reading = self._published[frozenset(group)]
        while many - few > 1:
            middle = (few + many) // 2
            of_more = self._with(figures[few:middle], group, reading)
            if self._worked_out(of_more, group, of=targets):
                many = middle
            else:
                few, reading = middle, of_more
        return figures[few]

    def figure(self, measure: Measure, window: Window) -> Figure | None:
        """The clinic's figure as it may leave; None if there is none."""
        key = (window, WHOLE, measure.name)
        true = self.true.get(key)
        found = self.frozen.get(key) or self.shown.get(key)
        if found is not None or true is None:
            return found
        return true if true.numerator is None else true.hidden

    def kinds(self, measure: Measure, latest: Window) -> Iterator[Window]:
        """The windows of a measure that end by a month, from the finest that can be kept up for a year."""
        for kind in LENGTHS:
            window = Window.ending(kind, latest.period)
            if (window, WHOLE, measure.name) not in self.true:
                continue
            last = [window]
            while len(last) * LENGTHS[kind] < STEADY:
                last.append(last[-1].before)
            only_kind = measure.name not in self.knowledge.additive and kind == "month"
            there = [each for each in last if (each, WHOLE, measure.name) in self.true]
            steady = all((figure := self._candidate(measure, each)) is not None and figure.is_shown for each in there)
            if steady or kind == "year" or (only_kind and self._candidate(measure, window) is not None):
                yield window

    def _candidate(self, measure: Measure, window: Window) -> Figure | None:
        frozen = self.frozen.get((window, WHOLE, measure.name))
        if frozen is not None:
            return frozen if frozen.is_shown else None
        figure = self.true.get((window, WHOLE, measure.name))
        if figure is None or figure.numerator is None or too_small(figure.cell_counts, self.smallest):
            return None
        return figure  # also if there is nothing to divide by, because that itself is then known

    def _is_known(self, figure: Figure) -> bool:
        key = figure.key
        return key in self.frozen or key in self.shown

    def _show(self, figures: Iterable[Figure]) -> None:
        for figure in figures:
            group = self._group[figure.measure.name]
            self.shown[figure.key] = figure
            self.knowledge.shown.append(figure)
            self._known[frozenset(group)] = self._with([figure], group, self._known[frozenset(group)])

    def _show_safe(self, figures: Sequence[Figure]) -> None:
        """Show the figures in turn, except those that give something away: all at once, or else as much of each half as
        possible.
        """
        if self._is_safe(figures):
            self._show(figures)
        elif len(figures) > 1:
            middle = len(figures) // 2
            self._show_safe(figures[:middle])
            self._show_safe(figures[middle:])

    def _is_safe(self, figures: Sequence[Figure]) -> bool:
        """Whether nobody can work out a small number with these figures as well."""
        if not figures:
            return True
        group = self._group[figures[0].measure.name]
        known = self._with(figures, group, self._known[frozenset(group)])
        return not self._worked_out(known, group, thorough=False)

    def _with(self, figures: Sequence[Figure], group: set[str], reading: Reading) -> Reading:
        return self.knowledge.reading(figures, group, self.smallest, reading)

    def _worked_out(
        self, reading: Reading, group: set[str], *, thorough: bool = True, of: Collection[Hashable] | None = None
    ) -> list[Pinned]:
        """The small numbers of a group of measures that can be worked out, except those of which earlier reports
        already say as much. `of`: only these.
        """
        before = self._before(group, thorough=thorough)
        targets = self.knowledge.targets(group, self.smallest)
        if of is not None or before:
            targets = {
                target: its
                for target, its in targets.items()
                if (of is None or target in of) and not (target in before and before[target].is_exact)
            }
        found = reading.reader.pinned(targets, self.smallest, thorough=thorough)
        return [each for each in found if each.target not in before or each.is_closer(before[each.target])]

    def _before(self, group: set[str], *, thorough: bool) -> Mapping[Hashable, Pinned]:
        """What can be worked out from what was published before, whatever is shown now."""
        key = frozenset(group), thorough
        if key not in self._given_away:
            reading = self._published[frozenset(group)]
            targets = self.knowledge.targets(group, self.smallest) if reading.figures else {}
            found = reading.reader.pinned(targets, self.smallest, thorough=thorough)
            self._given_away[key] = {each.target: each for each in found}
        return self._given_away[key]

    def _ranged(self, figure: Figure) -> Figure | None:
        its = figure.cell_counts
        if figure.measure.scale != "share" or figure.denominator is None or figure.value is None or len(its) <= REST:
            return None
        room = self.smallest / figure.denominator
        few_left, few_in = 0 < its[REST] < self.smallest, 0 < its[PART] < self.smallest
        if few_left and not few_in:
            over = round(floor(round((1 - room) / STEP, 6)) * STEP, 2)
            return replace(figure.hidden, over=over) if 0.5 <= over < figure.value else None
        if few_in and not few_left:
            under = round(ceil(round(room / STEP, 6)) * STEP, 2)
            return replace(figure.hidden, under=under) if figure.value < under <= 0.5 else None
        return None
