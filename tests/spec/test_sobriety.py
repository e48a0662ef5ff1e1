"""Sobriety: what check-ins and tests show about which days, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.build import build
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from tests.conftest import Clinic

AS_OF = "2026-10-04"
STAYS = "client_id stay:INTEGER start_date:DATE end_date:DATE last_day:DATE\n"
STAY = f"a 1 2026-06-01 . {AS_OF}"
HEAD = "client_id checkin_date status source used last_use_date\n"


def d(text: str) -> date:
    return date.fromisoformat(text)


def clinic_of(checkins: str, stay: str = STAY, **more: str) -> Clinic:
    """Client `a`, in care since 1 June 2026 unless given otherwise."""
    return Clinic(AS_OF, stay=STAYS + stay, **({"checkins": HEAD + checkins} if checkins else {}), **more)


@pytest.mark.parametrize(
    ("checkins", "use", "abstinent"),
    [
        pytest.param("a 2026-06-20 completed self_report no .", [], [("2026-06-01", "2026-06-20")], id="no use: back to the stay's first day"),
        pytest.param("a 2026-08-20 completed clinician no .", [], [("2026-07-22", "2026-08-20")], id="at most 30 days"),
        pytest.param("a 2026-08-20 completed self_report no .\na 2026-08-27 completed self_report no .", [], [("2026-07-22", "2026-08-27")], id="the days after the check-in before"),
        pytest.param("a 2026-08-20 completed self_report . .\na 2026-08-27 completed self_report no .", [], [("2026-08-21", "2026-08-27")], id="a blank answer gives no information, and still bounds the next"),
        pytest.param("a 2026-08-20 missed self_report no .\na 2026-08-27 completed self_report no .", [], [("2026-07-29", "2026-08-27")], id="a missed one bounds nothing"),
        pytest.param("a 2026-08-20 completed self_report yes .", ["2026-08-20"], [], id="use without a date: the check-in's own"),
        pytest.param("a 2026-08-20 completed self_report yes 2026-08-15", ["2026-08-15"], [("2026-08-16", "2026-08-20")], id="use with a date: abstinent since"),
        pytest.param("a 2026-08-20 completed self_report yes 2026-08-20", ["2026-08-20"], [], id="use on the day itself"),
        pytest.param("a 2026-08-20 completed self_report yes 2026-05-01", ["2026-05-01"], [("2026-07-22", "2026-08-20")], id="use before the days it covers"),
        pytest.param("a 2026-08-20 completed self_report . 2026-08-10", ["2026-08-10"], [], id="only a last use date"),
        pytest.param("a 2026-08-20 completed self_report no 2026-08-10", ["2026-08-10"], [("2026-07-22", "2026-08-09"), ("2026-08-11", "2026-08-20")], id="no use but a last use date: both hold"),
        pytest.param("a 2026-08-20 missed self_report yes 2026-08-10", [], [], id="a missed one is no evidence"),
        pytest.param("a 2026-08-20 excused clinician no .", [], [], id="nor is an excused one"),
        pytest.param("a 2026-08-20 completed clinician no .\na 2026-08-20 completed self_report yes 2026-08-15", ["2026-08-15"], [("2026-07-22", "2026-08-14"), ("2026-08-16", "2026-08-20")], id="two of a day cover the same days"),
        pytest.param("a 2026-08-10 completed toxicology no .\na 2026-08-20 completed self_report no .", [], [("2026-07-22", "2026-08-20")], id="a test between bounds no check-in"),
        pytest.param("a 2026-08-20 completed toxicology . .", [], [], id="a test without a result"),
        pytest.param("a 2026-08-20 completed toxicology no .", [], [("2026-08-20", "2026-08-20")], id="a test covers its own day only"),
        pytest.param("a 2026-08-20 completed toxicology yes 2026-08-01", ["2026-08-20"], [], id="a positive test too"),
        pytest.param("a 2026-08-20 completed self_report no .\na 2026-08-10 completed toxicology yes .", ["2026-08-10"], [("2026-07-22", "2026-08-09"), ("2026-08-11", "2026-08-20")], id="use wins over abstinence"),
        pytest.param("a 2026-08-20 completed toxicology no .\na 2026-08-20 completed toxicology yes .", ["2026-08-20"], [], id="a mixed test is use"),
        pytest.param("a 2026-05-20 completed self_report no .", [], [("2026-05-20", "2026-05-20")], id="before any stay: its own day"),
    ],
)  # fmt: skip
def test_evidence(checkins, use, abstinent):
    c = clinic_of(checkins)
    assert c.rows("abstinent_span", "start_date, end_date") == [(d(a), d(b)) for a, b in abstinent]
    assert c.rows("use_day", "day") == [(d(day),) for day in use]


def test_a_check_in_covers_nothing_before_the_stay_that_began_last():
    stays = "a 1 2026-06-01 2026-08-05 2026-08-05\na 2 2026-08-15 . 2026-10-04"
    c = clinic_of("a 2026-08-10 completed self_report no .\na 2026-08-20 completed self_report no .", stays)
    assert c.rows("abstinent_span", "start_date, end_date") == [
        (d("2026-07-12"), d("2026-08-10")),  # in neither stay: back into the one before
        (d("2026-08-15"), d("2026-08-20")),
    ]


def test_a_use_day_is_known_from_its_first_evidence():
    c = clinic_of("a 2026-08-20 completed self_report yes 2026-08-15\na 2026-08-27 completed clinician . 2026-08-15")
    assert c.rows("use_day", "day, known_on") == [(d("2026-08-15"), d("2026-08-20"))]


@pytest.mark.parametrize(
    ("checkins", "expected"),
    [
        # sober_since, confirmed_through, sober_days, days_since_use, status, band
        ("", (None, None, None, None, "unknown", "unknown")),
        ("a 2026-10-01 completed self_report no .", ("2026-09-02", "2026-10-01", 30, None, "sober", "30-89")),
        ("a 2026-10-01 completed self_report yes 2026-09-21", ("2026-09-22", "2026-10-01", 10, 13, "recent_use", "<30")),
        ("a 2026-10-01 completed self_report yes 2026-09-20", ("2026-09-21", "2026-10-01", 11, 14, "sober", "<30")),
        ("a 2026-09-20 completed self_report no .", ("2026-08-22", "2026-09-20", 30, None, "sober", "30-89")),
        ("a 2026-09-19 completed self_report no .", ("2026-08-21", "2026-09-19", 30, None, "unknown", "unknown")),
        ("a 2026-09-01 completed self_report no .\na 2026-09-30 completed self_report yes .", ("2026-10-01", "2026-09-01", 0, 4, "recent_use", "<30")),
        ("a 2026-09-30 completed self_report yes .", ("2026-10-01", None, None, 4, "recent_use", "unknown")),
    ],
)  # fmt: skip
def test_what_is_known_now(checkins, expected):
    (row,) = clinic_of(checkins).rows(
        "sobriety_now", "sober_since, confirmed_through, sober_days, days_since_use, sobriety_status, sobriety_band"
    )
    assert row == (*(d(text) if text else None for text in expected[:2]), *expected[2:])


def test_a_declared_sobriety_date_counts_where_no_use_is_known():
    episodes = "client_id start_date program sobriety_date\na 2026-06-01 day 2026-05-15"
    none = clinic_of("a 2026-10-01 completed self_report no .", episodes=episodes)
    assert none.rows("sobriety_now", "sober_since, sober_days") == [(d("2026-05-15"), 140)]
    used = clinic_of("a 2026-10-01 completed self_report yes 2026-09-21", episodes=episodes)
    assert used.rows("sobriety_now", "sober_since") == [(d("2026-09-22"),)]


@pytest.mark.parametrize(
    ("sobriety_date", "days"),
    [
        ("2026-05-15", (68, 18, 50, 0)),  # sober by their own word up to the day on which they gave it
        ("2026-06-01", (51, 1, 50, 0)),
        ("2026-06-02", (50, 0, 50, 0)),  # a date to come is no word on the days before
    ],
)
def test_days_up_to_the_one_on_which_a_date_was_declared_are_declared(sobriety_date, days):
    episodes = f"client_id start_date program sobriety_date\na 2026-06-01 day {sobriety_date}"
    c = clinic_of("a 2026-08-20 completed self_report no .", episodes=episodes)
    assert c.rows("sober_gap", "days, declared_days, unknown_days, carried_days") == [days]


def test_the_declared_date_is_that_of_the_latest_episode_that_has_one():
    episodes = "client_id start_date program sobriety_date\na 2026-06-01 day 2026-05-15\na 2026-08-01 day 2026-05-20\na 2026-09-01 day ."
    c = clinic_of("", episodes=episodes)
    assert c.rows("sobriety_now", "sober_since, sober_days") == [(d("2026-05-20"), None)]


@pytest.mark.parametrize(
    ("stays", "clients"),
    [
        (f"a 1 2026-06-01 {AS_OF} {AS_OF}", ["a"]),
        (f"a 1 2026-06-01 2026-12-31 {AS_OF}", ["a"]),
        (f"a 1 {AS_OF} . {AS_OF}", ["a"]),
        ("a 1 2026-06-01 2026-10-03 2026-10-03", []),
        (f"a 1 2026-06-01 2026-07-01 2026-07-01\na 2 2026-08-01 . {AS_OF}", ["a"]),
    ],
    ids=["ends on the as-of date", "will end", "begins on it", "ended the day before", "came back"],
)
def test_a_row_is_a_client_in_care(stays, clients):
    assert clinic_of("", stays).rows("sobriety_now", "client_id") == [(client,) for client in clients]


def test_shares_of_days_and_their_bounds():
    said = "a 2026-09-20 completed self_report no .\na 2026-09-28 completed self_report yes 2026-09-26"
    c = clinic_of(said, stay="a 1 2026-09-15 . 2026-10-04")  # 20 days in care
    (row,) = c.rows("sobriety_now", "pda_30, pda_90, pda_90_low, pda_90_high, known_90")
    # abstinent 15-20 and 27-28 September, use on the 26th, eleven days unknown
    assert row == pytest.approx((100 * 8 / 9, 100 * 8 / 9, 40.0, 95.0, 9 / 20))


def test_shares_leave_out_the_days_between_stays():
    stays = "a 1 2026-08-01 2026-08-20 2026-08-20\na 2 2026-09-25 . 2026-10-04"  # 20 + 10 days in care
    said = "a 2026-08-20 completed self_report no .\na 2026-09-10 completed toxicology yes .\na 2026-10-04 completed self_report no ."
    (row,) = clinic_of(said, stays).rows("sobriety_now", "pda_30, pda_90, pda_90_low, pda_90_high, known_90")
    assert row == pytest.approx((100.0, 100.0, 100.0, 100.0, 1.0))


@pytest.mark.parametrize(
    ("checkins", "spells"),
    [
        ("a 2026-07-01 completed toxicology no .\na 2026-08-01 completed toxicology no .", [("2026-07-01", "2026-08-01", 32, "unknown")]),
        ("a 2026-07-01 completed toxicology no .\na 2026-08-02 completed toxicology no .", [("2026-07-01", "2026-07-01", 1, "unknown"), ("2026-08-02", "2026-08-02", 1, "unknown")]),
        ("a 2026-09-01 completed toxicology no .\na 2026-09-10 completed toxicology yes .\na 2026-09-20 completed toxicology no .", [("2026-09-01", "2026-09-01", 1, "use"), ("2026-09-20", "2026-09-20", 1, "open")]),
        ("a 2026-07-01 completed toxicology no .\na 2026-08-01 completed toxicology yes .", [("2026-07-01", "2026-07-01", 1, "use")]),
        ("a 2026-07-01 completed toxicology no .\na 2026-08-02 completed toxicology yes .", [("2026-07-01", "2026-07-01", 1, "unknown")]),
        ("a 2026-09-04 completed toxicology no .", [("2026-09-04", "2026-09-04", 1, "open")]),
        ("a 2026-09-03 completed toxicology no .", [("2026-09-03", "2026-09-03", 1, "unknown")]),
    ],
    ids=[
        "30 unknown days join", "31 part", "use parts", "use after 30 unknown days", "use after 31",
        "30 days ago: open", "31 days ago: not",
    ],
)  # fmt: skip
def test_spells(checkins, spells):
    rows = clinic_of(checkins).rows("sobriety_spells", "start_date, end_date, days, ended_by")
    assert rows == [(d(start), d(end), days, ended) for start, end, days, ended in spells]


def test_what_a_later_check_in_covers_is_not_known_before_it():
    said = "a 2026-09-10 completed toxicology no .\na 2026-09-10 completed toxicology yes .\na 2026-09-20 completed self_report no ."
    c = clinic_of(said)
    assert c.rows("sobriety_known", "from_date, until_date, last_use_day, confirmed_through") == [
        (d("2026-09-10"), d("2026-09-19"), d("2026-09-10"), None),
        (d("2026-09-20"), None, d("2026-09-10"), d("2026-09-20")),
    ]


def test_what_was_known_does_not_change_later():
    said = "a 2026-09-01 completed self_report no .\na 2026-09-15 completed toxicology . .\na 2026-09-20 completed clinician . 2026-09-01"
    c = clinic_of(said)
    assert c.rows("sobriety_known", "from_date, until_date, last_use_day, confirmed_through") == [
        (d("2026-09-01"), d("2026-09-19"), None, d("2026-09-01")),  # until the 20th nobody knew of the use on the 1st
        (d("2026-09-20"), None, d("2026-09-01"), d("2026-08-31")),
    ]


# --- against a day-by-day reference -------------------------------------------------------------------------------

END = date(2026, 10, 4)
BEGIN = END - timedelta(days=200)
BANDS = [(30, "<30"), (90, "30-89"), (365, "90-364"), (10**6, "365+")]
NOW = [
    "sober_since", "sober_days", "days_since_use", "confirmed_through", "sobriety_status", "sobriety_band",
    "longest_sober_days", "pda_30", "pda_90", "pda_90_low", "pda_90_high", "known_90",
    "sober_basis", "sober_confirmed_days", "sober_declared_days", "sober_unknown_days", "sober_carried_days",
    "declared_sobriety_date", "declared_conflict", "longest_sober_confirmed_days",
]  # fmt: skip


def before(day: date, days: int) -> date:
    return day - timedelta(days=days)


@dataclass(frozen=True)
class Check:
    """A check-in or test, or one that did not take place."""

    day: date
    source: str
    status: str
    used: bool | None
    last_use: date | None


@dataclass(frozen=True)
class History:
    """A client's stays (first and last day, None while open), declared sobriety date, and check-ins and tests."""

    stays: list[tuple[date, date | None]]
    declared: date | None
    checks: list[Check]

    def in_care(self, day: date) -> bool:
        return any(start <= day <= (end or END) for start, end in self.stays)


# Half of all days lie whole weeks apart, so that what check-ins cover meets, as it does where they are weekly.
AGO = st.one_of(st.integers(0, 200), st.integers(0, 28).map(lambda weeks: 7 * weeks))
SINCE_USE = st.one_of(st.none(), st.integers(0, 40), st.integers(0, 5).map(lambda weeks: 7 * weeks))


@st.composite
def check(draw: st.DrawFn) -> Check:
    day = before(END, draw(AGO))
    since_use = draw(SINCE_USE)
    return Check(
        day,
        draw(st.sampled_from(["self_report", "clinician", "toxicology"])),
        draw(st.sampled_from(["completed", "completed", "completed", "missed", "excused"])),
        draw(st.sampled_from([False, False, True, None])),
        None if since_use is None else before(day, since_use),
    )


@st.composite
def history(draw: st.DrawFn) -> History:
    stays: list[tuple[date, date | None]] = []
    start = before(BEGIN, -draw(st.integers(0, 60)))
    for gap, length in draw(st.lists(st.tuples(st.integers(9, 50), st.integers(1, 120)), min_size=1, max_size=4)):
        end = before(start, 1 - length)
        stays.append((start, end))
        start = before(end, -gap)
        if start > END:
            break
    if draw(st.booleans()):
        stays[-1] = (stays[-1][0], None)
    declared = draw(st.one_of(st.none(), st.integers(0, 250).map(lambda days: before(END, days))))
    return History(stays, declared, draw(st.lists(check(), max_size=16)))


def evidence(history: History, until: date = END) -> tuple[set[date], set[date]]:
    """The use days and the abstinent days known from check-ins and tests up to a day, one day at a time."""
    use: set[date] = set()
    abstinent: set[date] = set()
    completed = [check for check in history.checks if check.status == "completed" and check.day <= until]
    visits = {check.day for check in completed if check.source != "toxicology"}
    for check in completed:
        if check.source == "toxicology":
            if check.used is not None:
                (use if check.used else abstinent).add(check.day)
            continue
        if check.last_use:
            use.add(check.last_use)
        elif check.used:
            use.add(check.day)
        previous = max((visit for visit in visits if visit < check.day), default=date.min)
        began = max((start for start, _ in history.stays if start <= check.day), default=check.day)
        covered = {day for day in (before(check.day, n) for n in range(30)) if day > previous and day >= began}
        if check.used is False:
            abstinent |= covered
        elif check.used and check.last_use:
            abstinent |= {day for day in covered if day > check.last_use}
    return use, abstinent - use


def spells_of(use: set[date], abstinent: set[date]) -> list[tuple[date, date, int, str]]:
    """Start, end, days and how it ended of each spell."""
    spells: list[list[date]] = []
    broken = True
    for day in sorted(use | abstinent):
        if day in use:
            broken = True
        elif broken or (day - spells[-1][-1]).days > 31:
            spells.append([day])
            broken = False
        else:
            spells[-1].append(day)
    found = []
    for first, *_, last in ([*spell, spell[-1]] for spell in spells):
        following = min((day for day in use | abstinent if day > last), default=None)
        if following is None:
            ended = "open" if (END - last).days <= 30 else "unknown"
        else:
            ended = "use" if following in use and (following - last).days <= 31 else "unknown"
        found.append((first, last, (last - first).days + 1, ended))
    return found


def now_of(history: History) -> dict[str, Any]:
    """The measures of a client in care, after section 4 of the data contract."""
    use, abstinent = evidence(history)
    last, confirmed = max(use, default=None), max(abstinent, default=None)
    since = before(last, -1) if last else history.declared or min(abstinent, default=None)
    sober_days = None if confirmed is None or since is None else max((confirmed - since).days + 1, 0)
    if last and (END - last).days < 14:
        status = "recent_use"
    elif confirmed and (END - confirmed).days <= 14:
        status = "sober"
    else:
        status = "unknown"
    band = "unknown"
    if status != "unknown" and sober_days is not None:
        band = next(name for below, name in BANDS if sober_days < below)
    days = {n: {day for day in (before(END, ago) for ago in range(n)) if history.in_care(day)} for n in (30, 90)}
    clean = {n: len(days[n] & abstinent) for n in days}
    dirty = {n: len(days[n] & use) for n in days}
    pda = {n: 100 * clean[n] / (clean[n] + dirty[n]) if clean[n] + dirty[n] else None for n in days}
    sober = {before(since, -n) for n in range(sober_days)} if since and sober_days else set()
    rests_on = {"confirmed": 0, "declared": 0, "unknown": 0, "carried": 0}
    for day in sober:
        if day in abstinent:
            rests_on["confirmed"] += 1
        elif not last and history.declared and day <= history.stays[0][0]:
            rests_on["declared"] += 1
        else:
            rests_on["unknown" if history.in_care(day) else "carried"] += 1
    conflict = None
    if history.declared and last and history.declared > before(last, -1):
        conflict = "after_last_use"
    elif history.declared and confirmed and history.declared > confirmed:
        conflict = "after_confirmed"
    longest = max(spells_of(use, abstinent), key=lambda spell: (spell[2], spell[0]), default=None)
    return {
        **{f"sober_{kind}_days": None if sober_days is None else n for kind, n in rests_on.items()},
        "sober_basis": "use" if last else "declared" if history.declared else "confirmed" if abstinent else None,
        "declared_sobriety_date": history.declared,
        "declared_conflict": conflict,
        "longest_sober_confirmed_days": longest and sum(longest[0] <= day <= longest[1] for day in abstinent),
        "sober_since": since,
        "sober_days": sober_days,
        "days_since_use": (END - last).days if last else None,
        "confirmed_through": confirmed,
        "sobriety_status": status,
        "sobriety_band": band,
        "longest_sober_days": longest and longest[2],
        "pda_30": pda[30],
        "pda_90": pda[90],
        "pda_90_low": 100 * clean[90] / len(days[90]),
        "pda_90_high": 100 * (len(days[90]) - dirty[90]) / len(days[90]),
        "known_90": (clean[90] + dirty[90]) / len(days[90]),
    }


def table(columns: dict[str, pa.DataType], rows: list[tuple[Any, ...]]) -> pa.Table:
    return pa.table({name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(columns.items())})


def measured(histories: dict[str, History]) -> Engine:
    """The models of all these clients, built at once."""
    text, day = pa.string(), pa.date32()
    engine = Engine()
    store.open_in(engine, exports())
    engine.load("clock", table({"as_of": day}, [(END,)]))
    engine.load(
        "stay",
        table(
            {"client_id": text, "stay": pa.int32(), "start_date": day, "end_date": day, "last_day": day},
            [
                (client, n, start, end, min(end or END, END))
                for client, history in histories.items()
                for n, (start, end) in enumerate(history.stays, 1)
            ],
        ),
    )
    engine.append(
        "store.episodes",
        table(
            {"client_id": text, "start_date": day, "sobriety_date": day},
            [(client, history.stays[0][0], history.declared) for client, history in histories.items()],
        ),
    )
    engine.append(
        "store.checkins",
        table(
            {
                "client_id": text,
                "checkin_date": day,
                "source": text,
                "status": text,
                "used": pa.bool_(),
                "last_use_date": day,
            },
            [
                (client, check.day, check.source, check.status, check.used, check.last_use)
                for client, history in histories.items()
                for check in history.checks
            ],
        ),
    )
    build(engine, given={"clock", "stay"}, only=["sobriety_now", "sobriety_known"])
    return engine


def now_in(engine: Engine) -> dict[str, dict[str, Any]]:
    rows = engine.rows(f"SELECT client_id, {', '.join(NOW)} FROM sobriety_now")
    found = {client: dict(zip(NOW, values, strict=True)) for client, *values in rows}
    assert len(found) == len(rows)
    return found


# Without shrinking, which takes minutes for a batch of clients: a failure names the one client's history anyway.
MANY = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
@MANY
@given(st.lists(history(), min_size=8, max_size=16))
def test_every_measure_equals_the_day_by_day_reference(drawn):
    histories = {f"c{n:03}": history for n, history in enumerate(drawn)}
    engine = measured(histories)
    found = now_in(engine)
    assert found.keys() == {client for client, history in histories.items() if history.in_care(END)}
    for client, values in found.items():
        assert values == pytest.approx(now_of(histories[client]), abs=1e-9), histories[client]
        assert values["pda_90_low"] <= values["pda_90_high"]
        if values["pda_90"] is not None:
            assert values["pda_90_low"] - 1e-9 <= values["pda_90"] <= values["pda_90_high"] + 1e-9
    spells = engine.rows("SELECT client_id, start_date, end_date, days, ended_by FROM sobriety_spells ORDER BY ALL")
    assert spells == [
        (client, *spell) for client, history in histories.items() for spell in spells_of(*evidence(history))
    ]


@pytest.mark.slow
@MANY
@given(st.lists(history(), min_size=8, max_size=16))
def test_what_was_known_on_a_day_follows_from_the_evidence_up_to_it(drawn):
    histories = {f"c{n:03}": history for n, history in enumerate(drawn)}
    engine = measured(histories)
    rows = engine.rows("SELECT client_id, from_date, until_date, last_use_day, confirmed_through FROM sobriety_known")
    for client, history in histories.items():
        mine = [row[1:] for row in rows if row[0] == client]
        for day in {END, *(before(check.day, n) for check in history.checks for n in (0, 1))}:
            known = [row[2:] for row in mine if row[0] <= day <= (row[1] or END)]
            use, abstinent = evidence(history, day)
            told = [(max(use, default=None), max(abstinent, default=None))] if use or abstinent else []
            assert known == told, (day, history)
    now = now_in(engine)
    for client, *_, last_use, confirmed in (row for row in rows if row[2] is None and row[0] in now):
        assert now[client]["confirmed_through"] == confirmed
        assert now[client]["days_since_use"] == (None if last_use is None else (END - last_use).days)


@pytest.mark.slow
@MANY
@given(st.lists(st.tuples(history(), check()), min_size=5, max_size=10))
def test_more_that_confirms_abstinence_never_widens_the_bounds_and_use_always_breaks_a_spell(drawn):
    histories: dict[str, History] = {}
    for n, (history, further) in enumerate(drawn):
        confirms = Check(further.day, further.source, "completed", False, None)
        shows_use = Check(further.day, "toxicology", "completed", True, None)
        histories[f"{n:02}"] = history
        histories[f"{n:02}-confirmed"] = History(history.stays, history.declared, [*history.checks, confirms])
        histories[f"{n:02}-use"] = History(history.stays, history.declared, [*history.checks, shows_use])
    engine = measured(histories)
    now = now_in(engine)
    for client in (client for client in now if f"{client}-confirmed" in now):
        less, more = now[client], now[f"{client}-confirmed"]
        assert more["pda_90_low"] >= less["pda_90_low"] - 1e-9
        assert more["pda_90_high"] <= less["pda_90_high"] + 1e-9
        assert more["known_90"] >= less["known_90"] - 1e-9
    spells = engine.rows("SELECT client_id, start_date, end_date FROM sobriety_spells ORDER BY ALL")
    for n, (_, further) in enumerate(drawn):
        assert not any(client == f"{n:02}-use" and start <= further.day <= end for client, start, end in spells)
    for (client, _, end), (other, start, _) in pairwise(spells):
        assert client != other or end < start
