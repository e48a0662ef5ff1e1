"""Several clinics side by side: what each home has published, and what of it may be shown beside the others.

Of each clinic only the figures of all its clients together are read (`Reach.whole`): no group, no client, no id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from dashboard.queries import published
from dashboard.queries.reach import A_WHOLE_CLINIC
from dashboard.queries.snapshot import Snapshot, SnapshotError, answers, records
from pipelines import settings, snapshots
from pipelines.funnel import Case, Expected, expected
from pipelines.report import ledger, source
from pipelines.report.control.cells import SMALLEST, WHOLE
from pipelines.report.control.clinics import CLIENTS, Told, of_clinic, of_network
from pipelines.report.figures import Figure
from pipelines.report.windows import Window
from pipelines.settings import Settings, SettingsError
from pipelines.wording.control import Signal
from pipelines.wording.measure import Measure

# The first one is shown first, if two together would give a small number away.
MEASURES = (
    *("census", "meetings_per_client_week", "active_participation", "sessions_kept", "retained_90"),
    *("sober", "sobriety_known", "flagged", "flags_acted_on"),
)
# Why nothing of a clinic can be shown, or only an older snapshot.
Problem = Literal["missing", "unreadable", "empty", "damaged", "settings", "reports", "version", "no_month"]


@dataclass(frozen=True)
class About:
    """What a snapshot says of itself; see network_about.sql. No months: none is complete yet."""

    as_of: date
    published: datetime
    date_basis: str
    first_month: date | None
    last_month: date | None
    false_alerts_per_year: float | None
    caseload_share: float | None


@dataclass(frozen=True)
class Clinic:
    """A home of the network. `about` and `snapshot`: None if nothing of it can be shown, for the `problem`.

    `smallest`: the fewest clients that a figure of it may be about. `reported`: the months of which its reports were
    published. `damaged`, `pointer_lost`: why an older snapshot is shown than was published last, if it is.
    """

    home: Path
    name: str
    problem: Problem | None = None
    snapshot: Snapshot | None = None
    about: About | None = None
    smallest: int = SMALLEST
    reported: frozenset[date] = frozenset()
    date_format: str = Settings.date_format
    damaged: tuple[int, ...] = ()
    pointer_lost: bool = False

    @property
    def is_dated(self) -> bool:
        """Whether its months are those of the calendar."""
        return self.about is not None and self.about.date_basis == "real"


@dataclass(frozen=True)
class Row:
    """A measure of a clinic, as it may be shown. `figure`: None if there are no data.

    `signal`: what its control chart says at the end of that time. `expected`: what the other clinics lead one to
    expect.
    """

    clinic: Clinic
    figure: Figure | None
    signal: Signal | None = None
    expected: Expected | None = None

    @property
    def place(self) -> int:
        """1 if the clinic stands out with more than is expected beside the others, −1 with less, else 0."""
        if self.figure is None or self.figure.value is None or self.expected is None:
            return 0
        return self.expected.place(self.figure.value)

    @property
    def reading(self) -> str:
        """Whether that is for the better or the worse, as of a control chart."""
        if not self.place or self.figure is None:
            return "common_cause"
        if self.figure.measure.good == "neutral":
            return "no_direction"
        return "improvement" if (self.figure.measure.good == "up") == (self.place > 0) else "concern"


@dataclass(frozen=True)
class Measured:
    """A measure side by side. `total`: of the network; None if it cannot be added."""

    measure: Measure
    rows: tuple[Row, ...]
    total: Figure | None


@dataclass(frozen=True)
class Network:
    """The clinics, and their measures in the last month that all of them have complete; None if there is none."""

    clinics: tuple[Clinic, ...]
    month: date | None
    smallest: int
    measured: tuple[Measured, ...]

    @property
    def compared(self) -> list[Clinic]:
        """The clinics of the same months."""
        return [clinic for clinic in self.clinics if clinic.problem is None and clinic.is_dated]

    @property
    def published(self) -> list[Path]:
        """The homes that have a snapshot."""
        return [clinic.home for clinic in self.clinics if clinic.snapshot is not None]

    @property
    def is_whole(self) -> bool:
        """Whether every clinic can be read: a total of some, beside a total of all, would give the others away."""
        return all(clinic.problem in (None, "no_month") for clinic in self.clinics)


def clinics(homes: Sequence[Path]) -> list[Clinic]:
    """The clinics of these homes, in their order, each by a name of its own."""
    found = [_clinic(home) for home in homes]
    for say in (lambda home: f"{home.parent.name}/{home.name}", str):
        again = {name for name, times in Counter(clinic.name for clinic in found).items() if times > 1}
        found = [
            replace(clinic, name=f"{clinic.name} ({say(clinic.home)})") if clinic.name in again else clinic
            for clinic in found
        ]
    return found


def network(found: Sequence[Clinic]) -> Network:
    """What may be shown of the clinics side by side."""
    return _network(tuple(found))


@lru_cache(maxsize=8)
def _network(found: tuple[Clinic, ...]) -> Network:
    readable = [clinic for clinic in found if clinic.problem is None]
    smallest = max((clinic.smallest for clinic in readable), default=SMALLEST)
    common = min((_last_month(clinic) for clinic in readable if clinic.is_dated), default=None)
    months = {clinic: common if clinic.is_dated and common else _last_month(clinic) for clinic in readable}
    told = {
        clinic.name: _told(clinic.home, _snapshot(clinic), clinic.reported, month) for clinic, month in months.items()
    }
    true = {
        clinic.name: told[clinic.name].as_shown(figures(_snapshot(clinic), month)) for clinic, month in months.items()
    }
    shown = {name: of_clinic(its, smallest, told[name]) for name, its in true.items()}
    made = Network(found, common, smallest, ())
    added = {clinic.name: true[clinic.name] for clinic in made.compared} if made.is_whole else {}
    totals = {f.measure.name: f for f in of_network(added, shown, smallest)} if len(added) > 1 else {}
    measures = _measures(_snapshot(readable[0])) if readable else {}
    measured = []
    for measure in (measures[name] for name in MEASURES if name in measures):
        its = {
            clinic: next((figure for figure in shown[clinic.name] if figure.measure.name == measure.name), None)
            for clinic in readable
        }
        between = _expected(measure, {clinic: figure for clinic, figure in its.items() if clinic.is_dated}, shown)
        rows = tuple(
            Row(
                clinic,
                figure,
                _reading(clinic, months[clinic], figure),
                between.get(clinic),
            )
            for clinic, figure in its.items()
        )
        measured.append(Measured(measure, rows, totals.get(measure.name)))
    return replace(made, measured=tuple(measured))


def _reading(clinic: Clinic, month: date, figure: Figure | None) -> Signal | None:
    """What the clinic's control chart says of a figure that is shown."""
    if figure is None or figure.withheld:
        return None
    return readings(_snapshot(clinic), month).get(figure.measure.name)


def _expected(
    measure: Measure, figures: Mapping[Clinic, Figure | None], shown: Mapping[str, Sequence[Figure]]
) -> dict[Clinic, Expected | None]:
    """What is expected of each clinic, from what is shown of the others, so that it gives nothing away."""
    if measure.scale == "count":
        return {}
    cases = {}
    for clinic, figure in figures.items():
        clients = next((each.numerator for each in shown[clinic.name] if each.measure.name == CLIENTS), None)
        if figure and clients and figure.is_shown and figure.numerator is not None and figure.denominator:
            cases[clinic] = Case(figure.numerator, measure.one_by_one(figure.denominator), clients)
    return dict(zip(cases, expected(list(cases.values()), share=measure.scale == "share"), strict=True))


def _clinic(home: Path) -> Clinic:
    try:
        if not home.is_dir():
            return Clinic(home, home.name, "missing")
        own = settings.load(home)
        served = snapshots.in_force(home)
    except OSError:
        return Clinic(home, home.name, "unreadable")
    except SettingsError:  # nobody knows what it withholds
        return Clinic(home, home.name, "settings")
    name = home.name if own.name in ("", Settings.name) else own.name
    if served.snapshot is None:
        return Clinic(home, name, "damaged" if served.damaged or served.pointer_lost else "empty")
    snapshot = Snapshot(served.snapshot, A_WHOLE_CLINIC)
    clinic = Clinic(
        home,
        name,
        None,
        snapshot,
        smallest=max(SMALLEST, own.smallest_group),
        reported=ledger.kept_months(home),
        date_format=own.date_format,
        damaged=served.damaged,
        pointer_lost=served.pointer_lost,
    )
    try:
        about = _about(snapshot)
        if about.last_month is None:
            return replace(clinic, about=about, problem="no_month")
        _measures(snapshot), figures(snapshot, about.last_month), readings(snapshot, about.last_month)
        _told(home, snapshot, clinic.reported, about.last_month)
    except SnapshotError:
        return replace(clinic, problem="version")
    except ledger.LedgerError:  # nobody knows what its reports withheld
        return replace(clinic, problem="reports")
    return replace(clinic, about=about)


@lru_cache(maxsize=64)
def _about(snapshot: Snapshot) -> About:
    (row,) = records(snapshot, "network_about")
    return About(**row)


@lru_cache(maxsize=64)
def _measures(snapshot: Snapshot) -> Mapping[str, Measure]:
    return published.measures(snapshot)


@lru_cache(maxsize=64)
def figures(snapshot: Snapshot, month: date) -> tuple[Figure, ...]:
    """The clinic's figures as they are, in the month or in the last quarter that was over by its end."""
    measures = _measures(snapshot)
    quarter = Window.ending("quarter", month).period
    rows = records(snapshot, "network_figures", measures=list(MEASURES), month=month, quarter=quarter)
    return tuple(
        Figure(Window(row.pop("kind"), row.pop("period")), *WHOLE, measures[row.pop("measure")], **row) for row in rows
    )


@lru_cache(maxsize=64)
def _told(home: Path, snapshot: Snapshot, reported: frozenset[date], month: date) -> Told:
    """What the clinic's reports of the months `reported` showed. Raises LedgerError."""
    if not reported:
        return Told()
    measures, ask = _measures(snapshot), partial(answers, snapshot, "report")
    before = [figure for figure in ledger.published(home).figures.values() if figure.place == WHOLE]
    published = [replace(f, measure=measures[f.measure.name]) for f in before if f.measure.name in measures]
    until = max([month, *(figure.window.period for figure in published)])
    true = source.clinic_figures(ask, dict(measures), month, until)
    return Told(published, true, source.additive(ask))


@lru_cache(maxsize=64)
def readings(snapshot: Snapshot, month: date) -> Mapping[str, Signal]:
    """What the clinic's control charts say at the end of a month, by the measure's name."""
    rows = records(snapshot, "network_readings", measures=list(MEASURES), month=month)
    return {row["measure"]: Signal.of(row) for row in rows}


def _snapshot(clinic: Clinic) -> Snapshot:
    if clinic.snapshot is None:
        raise ValueError("Nothing is published of this clinic.")
    return clinic.snapshot


def _last_month(clinic: Clinic) -> date:
    if clinic.about is None or clinic.about.last_month is None:
        raise ValueError("No month of this clinic is complete.")
    return clinic.about.last_month
