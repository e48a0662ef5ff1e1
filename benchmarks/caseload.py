"""Simulated caseloads in which it is known who changed, when and how: what the decline flags are measured on.

Half of the clients keep a routine (so many meetings that they hold each week, each kept with a probability, and a few
besides), half come as it suits (bursty counts), and what is usual wanders a little over time in all. Clients enter care
in any week, and half of them start high and come down over their first weeks. Weeks go missing, some count in part,
check-ins are skipped, a third have no sponsor, and three in five have agreed to so many meetings a week. The tests' own
simulation assumes none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal["none", "abrupt", "fade", "meetings", "participation"]
FALLS: tuple[Kind, ...] = ("abrupt", "fade", "meetings", "participation")
FIRST_WEEK = np.datetime64("2024-01-01")
NEVER = 10**6
KEPT = 0.15  # of the usual, after a fall
FADE_WEEKS = 6
MOVES = 0.7  # the chance that a sign moves with a fall, each on its own
PER_THERAPIST = 40
FIRST_FALL = 4  # the first week in care in which a fall may begin
EARLY = 0.4  # the share of falls that begin in weeks 4 to 8


@dataclass(frozen=True)
class Attendance:
    """What the usual rules see, (clients, weeks). `exposure`: share of the week that counts."""

    exposure: np.ndarray
    meetings: np.ndarray


@dataclass(frozen=True)
class Caseload(Attendance):
    """Clients by weeks. Arrays are (clients, weeks) but `entered`, `onset`, `rate` and `agreed` (clients).

    `entered`: the first week in care. `onset`: the week of the fall, NEVER without one. `rate`: usual meetings a week,
    once settled. `agreed`: meetings a week agreed to, 0 where none.
    Sponsor contacts and step work are known in weeks with a check-in.
    """

    active: np.ndarray
    in_person: np.ndarray
    checkins: np.ndarray
    sponsor_contacts: np.ndarray
    step_work: np.ndarray
    sessions: np.ndarray
    no_shows: np.ndarray
    entered: np.ndarray
    onset: np.ndarray
    rate: np.ndarray
    agreed: np.ndarray

    @property
    def weeks_in_care(self) -> np.ndarray:
        """The week in care, the first being 1; below 1 before the client came."""
        return np.arange(self.meetings.shape[1]) - self.entered[:, None] + 1

    def care_week(self, *, all_exports: bool) -> pa.Table:
        """The table `care_week` of these clients; with `all_exports` false, as of a clinic that has attendance only."""
        clients, weeks = self.meetings.shape
        here = (self.weeks_in_care >= 1).ravel()
        number = np.repeat(np.arange(clients), weeks)[here]
        answered = (all_exports & (self.checkins.ravel() > 0))[here]
        whole = np.ones(len(number), dtype=int)

        def seen(values: np.ndarray, always: bool = False) -> pa.Array:
            return pa.array(values.ravel()[here] * (all_exports or always), pa.int32())

        def per_client(values: np.ndarray) -> np.ndarray:
            return np.repeat(values, weeks)[here]

        agreed = per_client(self.agreed)
        return pa.table(
            {
                "client_id": [f"c{n:05}" for n in number],
                "week": pa.array(np.tile(FIRST_WEEK + 7 * np.arange(weeks), clients)[here], pa.date32()),
                "stay": pa.array(whole, pa.int32()),
                "weeks_in_care": pa.array(self.weeks_in_care.ravel()[here], pa.int32()),
                "therapist_id": [f"t{n // PER_THERAPIST:03}" for n in number],
                "site": [f"s{n // PER_THERAPIST % 5}" for n in number],
                "level_rank": pa.array(whole, pa.int32()),
                "exposure": self.exposure.ravel()[here],
                "meetings": seen(self.meetings, always=True),
                "agreed_meetings": pa.array(agreed.astype(float), mask=(agreed == 0) | (not all_exports)),
                "stated_meetings": seen(self.meetings),
                "active_meetings": seen(self.active),
                "placed_meetings": seen(self.meetings),
                "in_person_meetings": seen(self.in_person),
                "home_group_visited": pa.nulls(len(number), pa.bool_()),
                "sponsor_contacts": pa.array(self.sponsor_contacts.ravel()[here], pa.int32(), mask=~answered),
                "step_work": pa.array(self.step_work.ravel()[here], mask=~answered),
                "checkins": seen(self.checkins),
                "sessions_attended": seen(self.sessions - self.no_shows),
                "no_shows": seen(self.no_shows),
            }
        )


def simulate(seed: int, clients: int, weeks: int, kind: Kind) -> Caseload:
    """A caseload in which each client falls so, from the fourth week in care on; with `none`, none change."""
    rng = np.random.default_rng(seed)
    shape = (clients, weeks)
    entered = rng.integers(0, weeks - 20, clients)
    first = np.where(rng.random(clients) < EARLY, rng.integers(FIRST_FALL, 9, clients), rng.integers(9, weeks, clients))
    latest = weeks - 8
    late = entered + first - 1
    late = np.where(late < latest, late, rng.integers(entered + 8, latest))
    onset = np.full(clients, NEVER) if kind == "none" else late
    way = np.clip((np.arange(weeks) - onset[:, None] + 1) / (FADE_WEEKS if kind == "fade" else 1), 0, 1)
    left = 1 - (1 - KEPT) * way
    in_care = np.arange(weeks) - entered[:, None]

    exposure = np.where(rng.random(shape) < 0.06, rng.integers(1, 7, shape) / 7, 1.0)
    exposure = np.where(rng.random(shape) < 0.04, 0.0, exposure)
    exposure = np.where(in_care < 0, 0.0, exposure)

    wander = np.zeros(shape)
    for week in range(1, weeks):
        wander[:, week] = 0.95 * wander[:, week - 1] + rng.normal(0, 0.04, clients)
    starts_high = rng.uniform(0.3, 1.2, clients) * (rng.random(clients) < 0.5)
    settling = 1 + starts_high[:, None] * np.exp(-np.maximum(in_care, 0) / 2.5)
    level = np.exp(wander) * exposure * settling * (left if kind != "participation" else 1)

    held = rng.choice([1, 2, 3, 4, 5, 7], clients, p=[0.25, 0.25, 0.2, 0.15, 0.1, 0.05])
    kept, besides = rng.beta(6, 2, clients), rng.gamma(1, 0.3, clients)
    # A routine of more meetings at first: attendance beyond the routine meetings goes to other meetings.
    share = kept[:, None] * level
    routine = rng.binomial(held[:, None], np.clip(share, 0, 1)) + rng.poisson(
        besides[:, None] * level + held[:, None] * np.maximum(share - 1, 0)
    )
    suits, burst = rng.gamma(2.0, 1.2, clients), rng.uniform(0.05, 1.0, clients)[:, None]
    bursty = rng.poisson(rng.gamma(np.maximum(suits[:, None] * level, 1e-9) / burst) * burst)
    keeps_routine = rng.random(clients) < 0.5
    meetings = np.where(keeps_routine[:, None], routine, bursty)
    rate = np.where(keeps_routine, held * kept + besides, suits)
    agreed = np.maximum(1, np.round(rate * np.exp(rng.normal(0.15, 0.3, clients)))).astype(int)
    agreed = np.where(rng.random(clients) < 0.6, agreed, 0)

    def moved(moves: bool = True) -> np.ndarray:
        return np.where((rng.random(clients) < MOVES)[:, None] & moves & (kind != "meetings"), left, 1.0)

    beside = kind != "participation"  # check-ins and sessions: as usual while only participation falls
    active = rng.binomial(meetings, rng.beta(2, 3, clients)[:, None] * moved())
    answered = rng.random(shape) < rng.beta(8, 2, clients)[:, None] * np.maximum(moved(beside), 0.4)
    has_sponsor = rng.random(clients) < 2 / 3
    contacts = rng.poisson((rng.gamma(1.5, 1.0, clients) * has_sponsor)[:, None] * moved())
    step_work = rng.random(shape) < rng.beta(2, 2, clients)[:, None] * moved()
    sessions = rng.integers(0, 3, shape) * (exposure > 0)
    no_shows = rng.binomial(
        sessions, np.minimum(rng.beta(1.5, 8, clients)[:, None] / np.maximum(moved(beside), 1 / 3), 0.9)
    )
    mostly = rng.random(clients) < 0.6
    in_person = rng.binomial(
        meetings, np.where(mostly, rng.beta(8, 1.5, clients), rng.beta(2, 2, clients))[:, None] * moved(beside)
    )
    return Caseload(
        exposure=exposure,
        meetings=meetings * (exposure > 0),
        active=active * (exposure > 0),
        in_person=in_person * (exposure > 0),
        checkins=(answered & (exposure > 0)).astype(int),
        sponsor_contacts=contacts,
        step_work=step_work,
        sessions=sessions,
        no_shows=no_shows,
        entered=entered,
        onset=onset,
        rate=rate,
        agreed=agreed,
    )


def with_falls(seed: int, clients: int, weeks: int, *, all_exports: bool) -> pa.Table:
    """The table `care_week` of a clinic of which three clients in five fall, as many in each of the four ways."""
    kinds: dict[Kind, int] = {"none": clients * 2 // 5} | dict.fromkeys(FALLS, clients * 3 // 20)
    clinic = []
    for kind, so_many in kinds.items():
        table = simulate(seed, so_many, weeks, kind).care_week(all_exports=all_exports)
        for column in ("client_id", "therapist_id"):
            named = pc.binary_join_element_wise(table[column], kind, " ")
            table = table.set_column(table.column_names.index(column), column, named)
        clinic.append(table)
    return pa.concat_tables(clinic)
