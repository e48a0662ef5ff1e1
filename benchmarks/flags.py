"""`python -m benchmarks.flags`: how good are the flags? Simulated caseloads, into the tables of docs/flags.md.

A false alert is a new flag of a client who has not changed: of a caseload in which nobody does. A fall counts as
flagged within so many weeks when a new flag comes in one of them, the week of the fall the first.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.caseload import EARLY, FADE_WEEKS, FIRST_FALL, FIRST_WEEK, Caseload, Kind, simulate, with_falls
from benchmarks.rules import RULES, flags, knowing_all
from pipelines import build, fit
from pipelines.engine.duckdb import Engine
from pipelines.model import given
from pipelines.turns import TURNS

CLIENTS, WEEKS = 3_000, 60
SEEDS = (7, 8, 9)  # none on which the constants were chosen
WITHIN = (2, 3, 4, 6, 8)
KINDS: dict[Kind, str] = {
    "abrupt": "abrupt drop, most signs with it",
    "fade": f"slow fade over {FADE_WEEKS} weeks",
    "meetings": "fewer meetings, the rest as usual",
    "participation": "taking part less, meetings as usual",
}
DOC = Path(__file__).parents[1] / "docs" / "flags.md"
# Weeks in care, in which false alerts are counted apart, and in which a fall began.
BANDS = {
    "2": (2, 2),
    "3 to 4": (3, 4),
    "5 to 8": (5, 8),
    "9 to 12": (9, 12),
    "13 to 25": (13, 25),
    "26 and more": (26, 99),
}
BEGAN = {"4": (4, 4), "5 to 6": (5, 6), "7 to 8": (7, 8), **{name: BANDS[name] for name in list(BANDS)[3:]}}
MARK = "<!-- measured: written by `python -m benchmarks.flags` -->"

# The usual rules that are compared with the flag in the table by weeks in care.
BESIDE = ("no meeting in 14 days", "Poisson CUSUM to 0.3 of usual")

Raised = np.ndarray  # (clients, weeks), true where a client is newly flagged


def raised(case: Caseload, *, all_exports: bool, own_fit: fit.Fit | None) -> Raised:
    """The decline flags of the product for a caseload."""
    with Engine() as engine:
        engine.load("care_week", case.care_week(all_exports=all_exports))
        given = {"care_week"}
        for name, rows in (own_fit or {}).items():
            # The fit was made from the weeks of similar clients, so it applies in every quarter.
            columns = ", ".join(rows.column_names[1:])
            engine.load("fitted", rows)
            engine.run(
                f"CREATE TABLE {name} AS SELECT quarter.fitted_on, {columns} FROM fitted"
                " CROSS JOIN (SELECT DISTINCT quarter_of(week) AS fitted_on FROM care_week) AS quarter"
            )
            given |= {name}
        build.build(engine, given=given, only=["decline_raised"], by_code=[TURNS])
        found = np.zeros(case.meetings.shape, dtype=bool)
        for client, week in engine.rows("SELECT client_id, week FROM decline_raised"):
            found[int(client[1:]), (np.datetime64(week) - FIRST_WEEK).astype(int) // 7] = True
        return found


def fitted(care_week: pa.Table) -> fit.Fit | None:
    """The fit that a clinic with these weeks would have."""
    with Engine() as engine:
        engine.load("care_week", care_week)
        engine.load("clinic", given("clinic", []))
        return fit.fitted(engine, date(2026, 1, 1))


def false_alerts(case: Caseload, found: Raised, band: tuple[int, int] = (2, 99)) -> float:
    """False alerts per client-year in these weeks in care, for a caseload in which nobody changes."""
    here = (case.weeks_in_care >= band[0]) & (case.weeks_in_care <= band[1])
    return float(found[here].sum() / (here.sum() / 52.18))


def began(case: Caseload, first: int, last: int) -> np.ndarray:
    """The clients whose fall began in these weeks in care."""
    week = case.onset - case.entered + 1
    return (week >= first) & (week <= last)


def in_time(case: Caseload, found: Raised, who: np.ndarray | None = None) -> list[float]:
    """The share of falls flagged within so many weeks, of all clients or of those in `who`."""
    week = np.arange(found.shape[1])
    shares = []
    for within in WITHIN:
        window = (week >= case.onset[:, None]) & (week < case.onset[:, None] + within)
        hit = (found & window).any(axis=1)
        shares.append(float(np.mean(hit if who is None else hit[who])))
    return shares


def falls(case: Caseload) -> float:
    """Falls per client-year of a caseload in which each client falls once."""
    return len(case.onset) / ((case.weeks_in_care >= 1).sum() / 52.18)


def precision(alerts: float, caught: float, a_year: float) -> float:
    """The share of all flags that come within 8 weeks of a fall, at this number of falls per client-year."""
    return a_year * caught / (a_year * caught + alerts)


def at_rate(case: Caseload, score: np.ndarray, rate: float) -> float:
    """The least threshold from which on a rule raises no more false alerts a client-year than that."""
    return least_threshold(score, lambda threshold: false_alerts(case, flags(case, score, threshold)), rate)


def least_threshold(score: np.ndarray, alerts: Callable[[float], float], rate: float, *, steps: int = 120) -> float:
    """The least threshold from which on there are no more alerts than that, of so many among the scores.

    Sought from above: far below, a flag hardly ever clears, and few new ones come.
    """
    offered = np.unique(np.nanquantile(np.where(np.isfinite(score), score, np.nan), 1 - np.geomspace(1e-5, 0.5, steps)))
    found = offered[-1]
    for threshold in offered[::-1]:
        if alerts(threshold) > rate:
            break
        found = threshold
    return float(found)


def percent(shares: Sequence[float]) -> str:
    return " / ".join(f"{100 * share:.0f}" for share in shares)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]


def product(seeds: Sequence[int], clients: int) -> list[str]:
    """The decline flag itself, by what exports there are and what constants."""
    within = ", ".join(map(str, WITHIN))
    falls_here = float(np.mean([falls(simulate(seed + 100, clients, WEEKS, "abrupt")) for seed in seeds]))
    rows, by_band = [], []
    for all_exports in (True, False):
        for own in (False, True):
            alerts: list[float] = []
            bands: list[list[float]] = []
            shares: dict[Kind, list[list[float]]] = {kind: [] for kind in KINDS}
            for seed in seeds:
                unchanged = simulate(seed, clients, WEEKS, "none")
                own_fit = fitted(with_falls(seed + 200, clients, WEEKS, all_exports=all_exports)) if own else None
                found = raised(unchanged, all_exports=all_exports, own_fit=own_fit)
                alerts.append(false_alerts(unchanged, found))
                bands.append([false_alerts(unchanged, found, band) for band in BANDS.values()])
                for kind in KINDS:
                    if kind == "participation" and not all_exports:
                        continue
                    case = simulate(seed + 100, clients, WEEKS, kind)
                    shares[kind].append(in_time(case, raised(case, all_exports=all_exports, own_fit=own_fit)))
            name = f"{'all exports' if all_exports else 'meetings only'}, {'fitted' if own else 'defaults'}"
            by_band.append([name, *(f"{rate:.2f}" for rate in np.mean(bands, axis=0))])
            caught = np.mean(shares["abrupt"], axis=0)[-1]
            right = [precision(float(np.mean(alerts)), caught, a_year) for a_year in (0.5, 1, falls_here)]
            rows.append(
                [
                    name,
                    f"{min(alerts):.2f}–{max(alerts):.2f}",
                    *(percent(np.mean(shares[kind], axis=0)) if shares[kind] else "–" for kind in KINDS),
                    percent(right),
                ]
            )
    header = [
        "",
        "false alerts a client-year",
        *KINDS.values(),
        f"flags that are right, at 0.5 / 1 / {falls_here:.1f} falls a client-year",
    ]
    return [
        f"Share of falls flagged within {within} weeks, %: {len(seeds)} seeds of {clients:,} clients, {WEEKS} weeks;",
        f"{100 * EARLY:.0f} % of the falls begin in weeks {FIRST_FALL} to 8 in care. Each client falls once, which is"
        f" {falls_here:.1f} falls a client-year.",
        "Fitted: to the weeks of another clinic, of which three clients in five fall, in one of these ways.",
        "",
        *table(header, rows),
        "",
        "False alerts a client-year, by weeks in care:",
        "",
        *table(["", *BANDS], by_band),
    ]


def where_it_works(seed: int, clients: int) -> list[str]:
    """The abrupt drop by how long the client had been here and what the client usually does, beside the usual rules."""
    unchanged, case = simulate(seed, clients, WEEKS, "none"), simulate(seed + 100, clients, WEEKS, "abrupt")
    groups = {f"{name} weeks in care": began(case, *band) for name, band in BEGAN.items()} | {
        "over 8 weeks, usually 1.5 and more": began(case, 9, 99) & (case.rate >= 1.5),
        "usually under 1 meeting a week": case.rate < 1,
        "1 to 2": (case.rate >= 1) & (case.rate < 2),
        "2 to 4": (case.rate >= 2) & (case.rate < 4),
        "4 and more": case.rate >= 4,
    }
    found = [raised(case, all_exports=every, own_fit=None) for every in (True, False)]
    rate = false_alerts(unchanged, raised(unchanged, all_exports=False, own_fit=None))
    for rule in RULES:
        if rule.name in BESIDE:
            found.append(flags(case, rule.score(case), at_rate(unchanged, rule.score(unchanged), rate)))
    rows = [
        [name, str(int(who.sum())), *(percent(in_time(case, each, who)[:3]) for each in found)]
        for name, who in groups.items()
    ]
    header = ["abrupt drop, within 2 / 3 / 4 weeks", "clients", "all exports", "meetings only", *BESIDE]
    return table(header, rows)


def against_the_usual_rules(seed: int, clients: int) -> list[str]:
    """Every rule on meetings only, as practised and at the flag's own rate of false alerts."""
    unchanged, fallen = simulate(seed, clients, WEEKS, "none"), simulate(seed + 100, clients, WEEKS, "abrupt")
    fading = simulate(seed + 100, clients, WEEKS, "fade")
    rate = false_alerts(unchanged, raised(unchanged, all_exports=False, own_fit=None))
    ours = [in_time(case, raised(case, all_exports=False, own_fit=None)) for case in (fallen, fading)]
    rows = [["Meshwork, meetings only", f"{rate:.2f}", *map(percent, ours), f"{rate:.2f}", *map(percent, ours)]]
    for rule in RULES:
        score = rule.score(unchanged)
        threshold = at_rate(unchanged, score, rate)
        practised = [in_time(case, flags(case, rule.score(case), rule.practised)) for case in (fallen, fading)]
        same = [in_time(case, flags(case, rule.score(case), threshold)) for case in (fallen, fading)]
        rows.append(
            [
                rule.name,
                f"{false_alerts(unchanged, flags(unchanged, score, rule.practised)):.2f}",
                *map(percent, practised),
                f"{false_alerts(unchanged, flags(unchanged, score, threshold)):.2f}",
                *map(percent, same),
            ]
        )
    truth = np.stack([unchanged.rate, dispersion(unchanged)], axis=1)
    score = knowing_all(unchanged, truth)
    threshold = at_rate(unchanged, score, rate)
    truth = np.stack([fallen.rate, dispersion(simulate(seed + 100, clients, WEEKS, "none"))], axis=1)
    best = [in_time(case, flags(case, knowing_all(case, truth), threshold)) for case in (fallen, fading)]
    rows.append(["someone who knew each client's true habits", "–", "–", "–", f"{rate:.2f}", *map(percent, best)])
    header = ["false alerts a client-year", "abrupt drop", "slow fade"]
    return table(
        ["rule", *(f"as practised: {name}" for name in header), *(f"at one rate: {name}" for name in header)], rows
    )


def cost(clients: int) -> list[str]:
    """CPU seconds to score these clients over two years, including the flags."""
    rows = []
    for all_exports in (True, False):
        weeks = simulate(1, clients, 104, "none").care_week(all_exports=all_exports)
        with Engine() as engine:
            engine.load("care_week", weeks)
            before = resource.getrusage(resource.RUSAGE_SELF)
            build.build(engine, given={"care_week"}, only=["decline_fact"], by_code=[TURNS])
            after = resource.getrusage(resource.RUSAGE_SELF)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        exports = "all exports" if all_exports else "meetings only"
        rows.append([exports, f"{len(weeks):,}", f"{spent:.1f}", f"{spent / len(weeks) * 1_040_000:.1f}"])
    return table(["", "client-weeks", "CPU seconds", "for 10,000 clients over two years"], rows)


def dispersion(case: Caseload) -> np.ndarray:
    """Variance over mean of each client's full weeks, for clients who do not change."""
    full = case.exposure == 1
    mean = np.where(full, case.meetings, 0).sum(axis=1) / full.sum(axis=1)
    square = (np.where(full, case.meetings - mean[:, None], 0) ** 2).sum(axis=1) / np.maximum(full.sum(axis=1) - 1, 1)
    return square / np.maximum(mean, 0.05)


def main(clients: int, seeds: Sequence[int]) -> None:
    parts = {
        "The flag": product(seeds, clients),
        "Where it works, and where it does not": where_it_works(seeds[0], clients),
        "Against the usual rules": against_the_usual_rules(seeds[0], clients),
        "What it costs": cost(clients),
    }
    text = "\n".join(line for title, lines in parts.items() for line in (f"### {title}", "", *lines, ""))
    print(text)
    if clients == CLIENTS and DOC.exists():
        before, _, _ = DOC.read_text("utf-8").partition(MARK)
        DOC.write_text(f"{before}{MARK}\n\n{text}", "utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLIENTS, SEEDS)
