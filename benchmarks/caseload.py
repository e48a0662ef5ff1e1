"""Simulated caseloads of which it is known who changed, when and how: what the decline flags are measured on.

Half of the clients keep a routine (so many meetings that they hold each week, each kept with a probability, and a few
besides), half come as it suits (bursty counts), and what is usual wanders a little with time in all. Weeks go missing,
some count in part, check-ins are skipped, a third have no sponsor. The tests' own simulation assumes none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

Kind = Literal["none", "abrupt", "fade", "meetings", "participation"]
FIRST_WEEK = np.datetime64("2024-01-01")
NEVER = 10**6
KEPT = 0.15  # of the usual, after a fall
FADE_WEEKS = 6
MOVES = 0.7  # how many of a client's signs move with a fall, each for itself
PER_THERAPIST = 40


@dataclass(frozen=True)
class Caseload:
    """Clients by weeks. Arrays are (clients, weeks) but `onset` and `rate` (clients).

    `exposure`: share of the week that counts. `onset`: the week of the fall, NEVER without one. `rate`: usual meetings
    a week. Sponsor contacts and step work are known in weeks with a check-in.
    """

    exposure: np.ndarray
    meetings: np.ndarray
    active: np.ndarray
    checkins: np.ndarray
    sponsor_contacts: np.ndarray
    step_work: np.ndarray
    sessions: np.ndarray
    no_shows: np.ndarray
    onset: np.ndarray
    rate: np.ndarray

    def care_week(self, *, all_exports: bool) -> pa.Table:
        """The table `care_week` of these clients; with `all_exports` false, as of a clinic that has attendance only."""
        clients, weeks = self.meetings.shape
        number = np.repeat(np.arange(clients), weeks)
        told = all_exports & (self.checkins.ravel() > 0)
        whole = np.ones(clients * weeks, dtype=int)

        def seen(values: np.ndarray) -> pa.Array:
            return pa.array(values.ravel() * all_exports, pa.int32())

        return pa.table(
            {
                "client_id": [f"c{n:05}" for n in number],
                "week": pa.array(np.tile(FIRST_WEEK + 7 * np.arange(weeks), clients), pa.date32()),
                "stay": pa.array(whole, pa.int32()),
                "therapist_id": [f"t{n // PER_THERAPIST:03}" for n in number],
                "site": [f"s{n // PER_THERAPIST % 5}" for n in number],
                "level_rank": pa.array(whole, pa.int32()),
                "exposure": self.exposure.ravel(),
                "meetings": pa.array(self.meetings.ravel(), pa.int32()),
                "stated_meetings": seen(self.meetings),
                "active_meetings": seen(self.active),
                "sponsor_contacts": pa.array(self.sponsor_contacts.ravel(), pa.int32(), mask=~told),
                "step_work": pa.array(self.step_work.ravel(), mask=~told),
                "checkins": seen(self.checkins),
                "sessions_attended": seen(self.sessions - self.no_shows),
                "no_shows": seen(self.no_shows),
            }
        )


def simulate(seed: int, clients: int, weeks: int, kind: Kind) -> Caseload:
    """A caseload in which every client falls so, some week from the tenth on; with `none`, nobody changes."""
    rng = np.random.default_rng(seed)
    shape = (clients, weeks)
    onset = np.full(clients, NEVER) if kind == "none" else rng.integers(10, weeks - 8, clients)
    way = np.clip((np.arange(weeks) - onset[:, None] + 1) / (FADE_WEEKS if kind == "fade" else 1), 0, 1)
    left = 1 - (1 - KEPT) * way

    exposure = np.where(rng.random(shape) < 0.06, rng.integers(1, 7, shape) / 7, 1.0)
    exposure = np.where(rng.random(shape) < 0.04, 0.0, exposure)

    wander = np.zeros(shape)
    for week in range(1, weeks):
        wander[:, week] = 0.95 * wander[:, week - 1] + rng.normal(0, 0.04, clients)
    level = np.exp(wander) * exposure * (left if kind != "participation" else 1)

    held = rng.choice([1, 2, 3, 4, 5, 7], clients, p=[0.25, 0.25, 0.2, 0.15, 0.1, 0.05])
    kept, besides = rng.beta(6, 2, clients), rng.gamma(1, 0.3, clients)
    routine = rng.binomial(held[:, None], np.clip(kept[:, None] * level, 0, 1)) + rng.poisson(besides[:, None] * level)
    suits, burst = rng.gamma(2.0, 1.2, clients), rng.uniform(0.05, 1.0, clients)[:, None]
    bursty = rng.poisson(rng.gamma(np.maximum(suits[:, None] * level, 1e-9) / burst) * burst)
    keeps_routine = rng.random(clients) < 0.5
    meetings = np.where(keeps_routine[:, None], routine, bursty)

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
    return Caseload(
        exposure=exposure,
        meetings=meetings * (exposure > 0),
        active=active * (exposure > 0),
        checkins=(answered & (exposure > 0)).astype(int),
        sponsor_contacts=contacts,
        step_work=step_work,
        sessions=sessions,
        no_shows=no_shows,
        onset=onset,
        rate=np.where(keeps_routine, held * kept + besides, suits),
    )
