"""What the pipeline publishes equals what is counted again from the raw rows, on clinics that are hard to count."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta

import pytest

from tests.recount.clinics import built, random_clinic
from tests.recount.count import OUTCOMES, REASONS, Caseload, Client

pytestmark = pytest.mark.slow

# Mid-week; a leap day; mid-week; the end of a month and a year.
CLINICS = [(1, date(2024, 3, 6)), (2, date(2024, 2, 29)), (3, date(2025, 1, 3)), (4, date(2023, 12, 31))]
COUNTED = {  # the others are measures of funders and of the journal, which their own specification tests count
    "admissions", "discharges", *(f"discharged_{reason}" for reason in (*REASONS, "unknown")), "transfers",
    "census", "census_opening", "census_closing", "waiting_days", *OUTCOMES, "meetings_per_client_week", "any_meeting",
    "meetings_30_none", "meetings_30_times_1_3", "meetings_30_times_4_7", "meetings_30_times_8_30",
    "meetings_30_days_1_3", "meetings_30_days_4_8", "meetings_30_days_9_15", "meetings_30_days_16_30",
    "active_participation", "in_person_meetings", "online_only", "at_home_group", "checkin_completion", "sessions_kept", "no_show_rate", "data_reported", "days_abstinent",
    "sober", "sober_at_least", "sober_at_most", "sobriety_known", "open_crises", "to_call", "flagged", "new_flags",
    "tasks_in_time", "contracts_broken",
}  # fmt: skip
SINCE_FLAGS = {"flagged", "new_flags"}  # which begin once clients can be judged


@pytest.fixture(scope="module", params=CLINICS, ids=lambda each: f"as of {each[1]}")
def clinic(request):
    """The pipeline's tables, the clients as they are in the exports, and the as-of date."""
    seed, as_of = request.param
    rows = random_clinic(seed, as_of)
    engine = built(rows, as_of)
    of: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for name, its in [
        *rows.items(),
        ("flags", engine.records("SELECT client_id, week, cleared_week FROM decline_flags")),
    ]:
        for row in its:
            if row.get("client_id"):
                of[row["client_id"]][name].append(row)
    closed = [row for row in rows["absences"] if not row.get("client_id")]
    return engine, {who: Client(its, closed, as_of) for who, its in of.items()}, as_of


def test_what_is_known_of_each_client_now(clinic):
    engine, clients, as_of = clinic
    now = {row["client_id"]: row for row in engine.records("SELECT * FROM client_now")}
    assert now.keys() == {who for who, client in clients.items() if client.stay_on(as_of)}
    for who, row in now.items():
        counted = clients[who].now()
        assert {name: row[name] for name in counted} == pytest.approx(counted), who


def test_the_order_of_a_caseload(clinic):
    engine, clients, _ = clinic
    caseloads = defaultdict(list)
    for row in engine.records("SELECT * FROM client_now ORDER BY priority"):
        caseloads[row["therapist_id"]].append(row)
    for rows in caseloads.values():
        placed = []
        for row in rows:
            counted = clients[row["client_id"]].now()
            contact = max(filter(None, (counted["last_checkin"], counted["last_session"])), default=date.min)
            signs = [
                counted["open_crises"] > 0, row["flagged"], counted["sobriety_status"] == "recent_use",
                False, counted["sobriety_status"] == "unknown", True,
            ]  # fmt: skip
            newest = -row["flag_week"].toordinal() if row["flag_week"] else 0
            placed.append((signs.index(True), newest, -row["call_score"], contact, row["client_id"]))
        assert placed == sorted(placed)
        assert [row["priority"] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("kind", ["week", "month"])
def test_the_measures_of_the_caseload(clinic, kind):
    engine, clients, as_of = clinic
    caseload, published = Caseload(clients, as_of), defaultdict(dict)
    for period, *cell, numerator, denominator in engine.rows(
        f"SELECT period, breakdown, member, measure, numerator, denominator FROM caseload_{kind}"
        " WHERE breakdown <> 'primary_addiction' AND numerator IS NOT NULL"
    ):
        if cell[-1] in COUNTED:
            published[period][tuple(cell)] = (numerator, denominator or 0)
    assert len(published) > 10
    assert {cell[-1] for cells in published.values() for cell in cells} >= COUNTED - {
        name for name in COUNTED if kind == "week" and name.startswith("meetings_30")
    }
    for period, cells in published.items():
        end = (
            period + timedelta(days=6)
            if kind == "week"
            else period.replace(day=monthrange(period.year, period.month)[1])
        )
        counted = caseload.measures(period, end)
        expected = {cell: tuple(counted.get(cell, (0, 0))) for cell in cells}
        assert cells == {cell: pytest.approx(numbers) for cell, numbers in expected.items()}, period
        missing = {cell for cell, numbers in counted.items() if any(numbers)} - cells.keys()
        not_yet = {cell for cell in missing if cell[-1] in SINCE_FLAGS or (kind, cell[-1][:8]) == ("week", "meetings")}
        assert missing == not_yet
