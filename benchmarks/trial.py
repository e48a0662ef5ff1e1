"""`python -m benchmarks.trial FOLDER`: the flags on a real trial, into docs/flags.md.

FOLDER holds a trial's visits as exports: attendance (kept visits), check-ins and episodes. It asks how many of the
people who stopped coming were flagged at least a week before the last week in which they came.

Check-ins are left out. A trial fills in the days of a missed visit at the next one, so that a missed week has a
check-in only where the person came back: the flags would see the future.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import rules
from benchmarks.caseload import Attendance
from benchmarks.flags import DOC, least_threshold, table
from pipelines import build
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.ingest.folder import take_in
from pipelines.ingest.layout import Profile
from pipelines.model import given
from pipelines.settings import Settings
from pipelines.turns import TURNS

# The trial (program) with one schedule throughout: a visit a week for 24 weeks (in calendar weeks, up to the 26th), and
# a few later ones, which do not count. The other trial of these data changed its schedule from phase to phase.
TRIAL, WEEKS, VISITS_UNTIL = "CTN-0027", 24, 26
STAYED = WEEKS - 1  # came in this week or later
STOPPED = WEEKS - 4  # last came in this week or before: well before the end
FIRST = {"Meshwork alone": 2, "every method": 10}  # the weeks in care from which on these flag anybody
RATE = 1.0
BUDGETS = (0.25, 4.0)  # that a clinic may choose
MARKS = "<!-- trial: written by `python -m benchmarks.trial FOLDER` -->", "<!-- end of trial -->"

Raised = np.ndarray  # (people, weeks), true where a person is newly flagged


@dataclass(frozen=True)
class Trial:
    """The people of a trial, by weeks in care (the first is column 0). `last`: the last week in which each came."""

    care_week: pa.Table
    weeks: Attendance
    last: np.ndarray

    @property
    def stayed(self) -> np.ndarray:
        return self.last >= STAYED

    def stopped(self, first: int) -> np.ndarray:
        """Who stopped, and came long enough that a flag from the `first` week on could be a week ahead."""
        return (self.last > first) & (self.last <= STOPPED)

    def false_alerts(self, found: Raised, first: int) -> float:
        """Flags a person-year of those who stayed, from that week on until the trial's end."""
        here = found[self.stayed, first - 1 : WEEKS]
        return float(here.sum() / (here.size / 52.18))

    def ahead(self, found: Raised, first: int) -> float:
        """The share of those who stopped who were flagged from that week on, a week or more before they last came."""
        return float(np.mean((found & self._between(first, self.last - 1))[self.stopped(first)].any(axis=1)))

    def by_chance(self, found: Raised, first: int) -> float:
        """The same share, were the flags of each week drawn by lot among all who still came."""
        still = self._between(first, np.minimum(self.last, WEEKS)) & (self.stayed | self.stopped(first))[:, None]
        share = (found & still).sum(axis=0) / np.maximum(still.sum(axis=0), 1)
        unflagged = np.where(self._between(first, self.last - 1), 1 - share, 1.0).prod(axis=1)
        return float(np.mean(1 - unflagged[self.stopped(first)]))

    def came_before(self, first: int) -> tuple[float, float]:
        """The share who had come in each of the four weeks before.

        Of those who stopped, before the last week in which they came; of those who stayed, before any.
        """
        met = self.weeks.meetings > 0
        four = np.zeros_like(met)
        four[:, 4:] = np.lib.stride_tricks.sliding_window_view(met, 4, axis=1).all(axis=2)[:, :-1]
        stopped = four[self.stopped(first), self.last[self.stopped(first)] - 1]
        stayed = self.stayed[:, None] & self._between(first, np.full(len(met), STOPPED)) & met
        return float(np.mean(stopped)), float(np.mean(four[stayed]))

    def _between(self, first: int, last: np.ndarray) -> np.ndarray:
        week = np.arange(self.weeks.exposure.shape[1]) + 1
        return (week >= first) & (week <= last[:, None])


def read(folder: Path) -> Trial:
    """The trial's weeks as the pipeline makes them of the exports."""
    with Engine() as engine:
        store.open_in(engine, exports())
        intake = take_in(engine, folder, exports(), Profile(), run_id=1, today=date.today())
        engine.run("DELETE FROM store.checkins")
        engine.load("clock", pa.table({"as_of": [intake.as_of]}))
        build.build(engine, given={"clock"}, only=["care_week"])
        care_week = engine.arrow("SELECT * FROM care_week WHERE program = $trial", {"trial": TRIAL})
    number, week = _place(care_week)
    shape = (number.max() + 1, week.max() + 1)
    exposure, meetings = np.zeros(shape), np.zeros(shape)
    exposure[number, week] = care_week["exposure"]
    meetings[number, week] = care_week["meetings"]
    came = (meetings > 0) & (np.arange(shape[1]) < VISITS_UNTIL)
    last = np.where(came.any(axis=1), shape[1] - np.argmax(came[:, ::-1], axis=1), 0)
    return Trial(care_week, Attendance(exposure, meetings * (exposure > 0)), last)


def _place(weeks: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """The row and the column of each week of a person."""
    _, number = np.unique(weeks["client_id"].to_pylist(), return_inverse=True)
    return number, np.asarray(weeks["weeks_in_care"]) - 1


def raised(trial: Trial, budget: float) -> Raised:
    """The product's flags for a clinic that accepts so many false alerts, without a limit on caseloads."""
    with Engine() as engine:
        choice = {"false_alerts_per_year": budget, "caseload_share": 1.0}
        engine.load("decline_choice", given("decline_choice", [choice]))
        engine.load("care_week", trial.care_week)
        build.build(engine, given={"decline_choice", "care_week"}, only=["decline_raised"], by_code=[TURNS])
        flagged = engine.arrow(
            "SELECT client_id, week, flag.week IS NOT NULL AS flagged FROM care_week"
            " LEFT JOIN decline_raised AS flag USING (client_id, week)"
        )
    weeks = trial.care_week.join(flagged, ["client_id", "week"])
    found = np.zeros(trial.weeks.exposure.shape, dtype=bool)
    found[_place(weeks)] = weeks["flagged"]
    return found


def largest_budget(trial: Trial, first: int) -> float:
    """The largest budget at which those who stayed are flagged no more often than at the rate, to a hundredth."""
    low, high = BUDGETS
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if trial.false_alerts(raised(trial, middle), first) <= RATE else (low, middle)
    return low


def by_rule(trial: Trial, rule: rules.Rule, first: int) -> Raised:
    """The flags of a usual rule at the rate, or as near under it as there is a threshold."""
    score = rule.score(trial.weeks)

    def flags(threshold: float) -> Raised:
        return rules.flags(trial.weeks, score, threshold, share=1.0)

    return flags(least_threshold(score, lambda each: trial.false_alerts(flags(each), first), RATE, steps=600))


def lines(trial: Trial) -> list[str]:
    """The tables of docs/flags.md."""
    found = [f"{TRIAL}: {len(trial.last):,} people, {trial.stayed.sum()} of whom came until week {STAYED} or later."]
    for who, first in FIRST.items():
        budget = largest_budget(trial, first)
        methods = {f"Meshwork, set to {budget:.1f} a year": raised(trial, budget)}
        if who == "every method":
            methods |= {rule.name: by_rule(trial, rule, first) for rule in rules.RULES}
        else:
            default = Settings().false_alerts_per_year
            methods = {f"Meshwork, its default of {default} a year": raised(trial, default)} | methods
        header = [
            f"weeks {first} to {WEEKS}: {who}",
            "false alerts a person-year",
            f"flagged ahead, of {trial.stopped(first).sum()} who stopped, %",
            "by chance, %",
        ]
        rows = [
            [
                name,
                f"{trial.false_alerts(flags, first):.2f}",
                *(f"{100 * share:.0f}" for share in (trial.ahead(flags, first), trial.by_chance(flags, first))),
            ]
            for name, flags in methods.items()
        ]
        found += ["", *table(header, rows)]
    stopped, stayed = (f"{100 * share:.0f} %" for share in trial.came_before(first))
    return [
        *found,
        "",
        f"Of the latter who stopped, {stopped} had come in each of the four weeks before the last in which they came; "
        f"of those who stayed, {stayed} before any such week.",
    ]


def main(folder: Path) -> None:
    text = "\n".join(lines(read(folder)))
    print(text)
    before, _, rest = DOC.read_text("utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    DOC.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
