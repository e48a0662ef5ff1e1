"""Several clinics side by side: what is read of each, which months are compared, and what the page says."""

from __future__ import annotations

import csv
import re
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest

from dashboard.access.noting import taken_of_network
from dashboard.access.roles import Role
from dashboard.access.session import Person
from dashboard.queries import network as queries
from dashboard.queries import published
from dashboard.queries.network import clinics, network
from dashboard.queries.reach import A_WHOLE_CLINIC, ABOUT_WHOLE, WHOLE
from dashboard.queries.snapshot import Snapshot, SnapshotError, answers
from dashboard.sheet import as_csv
from dashboard.views.network import COLUMNS, sheet
from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from pipelines.home import NETWORK, as_a_network
from pipelines.report import Report, ledger
from pipelines.report.figures import Figure
from pipelines.report.windows import Window
from tests.browser import seen_as
from tests.dashboard.conftest import ROOT, html, serving
from tests.dashboard.homes import CLIENT, LARGE, OCTOBER, SEPTEMBER, SITE, TABLES, a_home, a_point

DASHBOARD = [sys.executable, "-m", "pipelines", "dashboard"]


def shown(*homes: Path) -> dict[str, dict[str, str]]:
    """What is shown of each clinic and of all, by the measure's name."""
    found = network(clinics(homes))
    rows = {clinic.name: {} for clinic in found.clinics if clinic.problem is None} | {"all": {}}
    for each in found.measured:
        for row in each.rows:
            if row.figure:
                rows[row.clinic.name][each.measure.name] = f"{row.figure.shown} {row.figure.counts}".strip()
        if each.total:
            rows["all"][each.measure.name] = f"{each.total.shown} {each.total.counts}".strip()
    return rows


@pytest.fixture
def two(tmp_path) -> tuple[Path, Path]:
    """Two clinics, of which the first has a month more."""
    north = a_home(
        tmp_path / "north",
        {SEPTEMBER: LARGE, OCTOBER: LARGE | {"census": 230, "flagged": (60, 230), "sobriety_known": (150, 230)}},
        settings='name = "Northgate"',
        points=[
            a_point("sessions_kept", "2026-09-21", "concern"),
            a_point("sessions_kept", "2026-10-26", "improvement"),
        ],
    )
    south = a_home(tmp_path / "south", {SEPTEMBER: LARGE | {"meetings_per_client_week": (500, 800)}})
    return north, south


def test_a_clinic_is_named_by_its_settings_else_by_its_folder_and_never_like_another(tmp_path):
    one = a_home(tmp_path / "a" / "var", {OCTOBER: LARGE}, settings='name = "Riverside"')
    other = a_home(tmp_path / "b" / "var", {OCTOBER: LARGE}, settings='name = "Riverside"')
    plain = a_home(tmp_path / "c" / "var", {OCTOBER: LARGE})
    names = [clinic.name for clinic in clinics([one, other, plain])]
    assert names == ["Riverside (a/var)", "Riverside (b/var)", "var"]


def test_clinics_are_compared_in_the_last_month_that_all_of_them_have(two):
    found = network(clinics(two))
    assert found.month == SEPTEMBER
    assert shown(*two)["Northgate"]["flagged"] == "15 % 30 of 200"


def test_numerators_and_denominators_are_added_and_never_the_values(two):
    whole = shown(*two)["all"]
    assert whole["census"] == "400"
    assert whole["meetings_per_client_week"] == "1.6 2,500 meetings, 1,600 client-weeks"
    assert whole["flagged"] == "15 % 60 of 400"


def test_the_chart_speaks_for_the_end_of_the_months_compared(two):
    (kept,) = (each for each in network(clinics(two)).measured if each.measure.name == "sessions_kept")
    assert [row.signal and row.signal.reading for row in kept.rows] == ["concern", None]


def test_who_lies_outside_the_limits_stands_out(two):
    (meetings,) = (each for each in network(clinics(two)).measured if each.measure.name == "meetings_per_client_week")
    assert [(row.place, row.reading) for row in meetings.rows] == [(1, "improvement"), (-1, "concern")]
    (flagged,) = (each for each in network(clinics(two)).measured if each.measure.name == "flagged")
    assert [(row.place, row.reading) for row in flagged.rows] == [(0, "common_cause")] * 2


def test_rare_events_are_those_of_the_last_quarter(tmp_path):
    kept = {"retained_90": (30, 60)}
    home = a_home(tmp_path / "one", {SEPTEMBER: kept, OCTOBER: LARGE})
    (retained,) = (each for each in network(clinics([home])).measured if each.measure.name == "retained_90")
    assert [row.figure and (row.figure.window.label, row.figure.shown) for row in retained.rows] == [
        ("Jul–Sep 2026", "50 %")
    ]


def test_a_small_clinic_is_withheld_with_what_its_chart_says_and_the_total_gives_way(two, tmp_path):
    small = a_home(
        tmp_path / "small",
        {
            SEPTEMBER: {
                "census": 40,
                "flagged": (4, 40),
                "sessions_kept": (90, 140),
                "meetings_per_client_week": (90, 150),
            }
        },
        points=[a_point("flagged", "2026-09-21", "concern")],
    )
    rows = shown(*two, small)
    assert rows["small"]["flagged"] == "under 30 %"
    assert rows["all"]["flagged"] == "–"
    assert rows["all"]["census"] == "440"
    (flagged,) = (each for each in network(clinics([*two, small])).measured if each.measure.name == "flagged")
    assert flagged.rows[2].signal is None
    assert flagged.rows[2].expected is None


def test_the_largest_smallest_group_of_any_clinic_holds_for_all_and_never_less_than_eleven(two, tmp_path):
    strict = a_home(tmp_path / "strict", {SEPTEMBER: LARGE}, settings="smallest_group = 40")
    lax = a_home(tmp_path / "lax", {SEPTEMBER: LARGE}, settings="smallest_group = 5")
    assert network(clinics([*two, lax])).smallest == 11
    assert network(clinics([*two, strict])).smallest == 40
    assert shown(*two, strict)["Northgate"]["flagged"] == "under 20 %"


def test_what_a_clinics_report_withheld_or_showed_is_the_same_here(two):
    """The report of September was published when 201 were in care, and withheld how many of them are flagged."""
    north, south = two
    assert shown(north, south)["Northgate"]["flagged"] == "15 % 30 of 200"
    measures = published.measures(clinics([north])[0].snapshot)
    september = Window("month", SEPTEMBER)
    told = (
        Figure(september, "all", "all", measures["census"], 201.0, None, 201.0),
        Figure(september, "all", "all", measures["flagged"], None, None, None, withheld=True),
    )
    names = (measures["census"], measures["flagged"])
    about = ("Northgate", "real", SEPTEMBER, OCTOBER, "000001", 11)
    ledger.keep(north, Report(*about, names, {}, None, told, (), (), ()))
    rows = shown(north, south)
    assert (rows["Northgate"]["census"], rows["Northgate"]["flagged"]) == ("201", "–")
    assert rows["all"]["census"] == "401"


def test_a_clinic_whose_dates_are_shifted_is_shown_with_its_own_month_and_not_compared(two, tmp_path):
    shifted = a_home(
        tmp_path / "shifted", {date(2026, 3, 1): LARGE | {"meetings_per_client_week": (90, 800)}}, date_basis="shifted"
    )
    found = network(clinics([*two, shifted]))
    assert found.month == SEPTEMBER
    (meetings,) = (each for each in found.measured if each.measure.name == "meetings_per_client_week")
    assert meetings.rows[2].figure.window.period == date(2026, 3, 1)
    assert meetings.rows[2].expected is None
    assert (meetings.total.numerator, meetings.total.denominator) == (2500, 1600)


def test_a_snapshot_that_has_been_read_is_not_read_again(two, monkeypatch):
    """Every open page looks every few seconds whether anything is new."""
    before = network(clinics(two))
    monkeypatch.setattr(queries, "records", lambda *_, **__: pytest.fail("read again"))
    monkeypatch.setattr(queries.published, "records", lambda *_, **__: pytest.fail("read again"))
    assert network(clinics(two)) == before


def damage(home: Path) -> None:
    """Damage the newest snapshot of a home."""
    newest = snapshots.there(home)[-1]
    newest.chmod(0o600)
    newest.write_bytes(newest.read_bytes()[:-1])


def of_another_version(home: Path) -> None:
    """Publish a snapshot without the tables of this version."""
    with Engine(home / "made.duckdb") as engine:
        engine.run("CREATE TABLE runs (run_id BIGINT)")
    snapshots.publish(home, home / "made.duckdb")


@pytest.mark.parametrize(
    ("problem", "spoil"),
    [
        ("missing", shutil.rmtree),
        ("empty", lambda home: [shutil.rmtree(home), home.mkdir()]),
        ("damaged", damage),
        ("settings", lambda home: (home / "settings.toml").write_text("smallest_group = 'x'", "utf-8")),
        ("version", of_another_version),
        (
            "reports",
            lambda home: [(home / "reports").mkdir(), (home / "reports/2026-09.json").write_text("{", "utf-8")],
        ),
    ],
)
def test_a_home_that_cannot_be_read_says_so_and_the_others_are_shown_without_a_total(two, tmp_path, problem, spoil):
    third = a_home(tmp_path / "third", {SEPTEMBER: LARGE})
    spoil(third)
    found = clinics([*two, third])
    assert [clinic.problem for clinic in found] == [None, None, problem]
    rows = shown(*two, third)
    assert rows["Northgate"]["flagged"] == "15 % 30 of 200"
    assert rows["all"] == {}


def test_of_a_damaged_snapshot_the_last_good_one_is_shown(two):
    north, south = two
    snapshots.publish(south, Path(shutil.copyfile(snapshots.there(south)[-1], south / "made.duckdb")))
    damage(south)
    assert [(clinic.problem, clinic.damaged) for clinic in clinics(two)] == [(None, ()), (None, (2,))]
    assert shown(north, south)["all"]["census"] == "400"


def test_nothing_but_the_figures_of_all_clients_is_within_reach(two):
    snapshot = Snapshot(snapshots.there(two[0])[-1], A_WHOLE_CLINIC)
    tables = {"measures", *re.findall(r"CREATE TABLE (\w+)", TABLES)}
    rows = {name: answers(snapshot, "rows", f"SELECT * FROM {name}", {}) for name in tables}
    assert {name for name in tables if rows[name]} == WHOLE | ABOUT_WHOLE
    assert SITE not in str(rows)
    assert CLIENT not in str(rows)
    with pytest.raises(SnapshotError):
        answers(snapshot, "within", "SELECT * FROM within_reach", {})


@pytest.fixture
def page(monkeypatch):
    """Draws the page of a network of homes."""

    def drawn(*homes: Path) -> AppTest:
        monkeypatch.setenv(NETWORK, as_a_network(homes))
        monkeypatch.chdir(ROOT)
        return AppTest.from_file(str(ROOT / "dashboard" / "network.py"), default_timeout=60).run()

    return drawn


@pytest.mark.slow
def test_the_page_shows_the_clinics_their_readings_and_what_stands_out(two, page):
    app = page(*two)
    assert not app.exception
    text = html(app)
    assert "2 clinics side by side in September 2026, the last month that all of them have complete." in text
    assert "All are compared in September 2026, the last complete month of south." in text
    assert "south: 0.6, 1.9 less than the others together (2.5)." in text
    assert "Northgate: Sessions kept have been below their average for 8 weeks" in text
    assert "All clinics" in text
    assert CLIENT not in text
    assert SITE not in text


@pytest.mark.slow
def test_the_figures_can_be_taken_along_as_they_are_shown_and_every_clinic_notes_it(two, tmp_path):
    small = a_home(tmp_path / "small", {SEPTEMBER: {"census": 40, "flagged": (4, 40)}})
    found = network(clinics([*two, small]))
    about, note, *table = csv.reader(as_csv(sheet(found), "September.").splitlines())
    assert about == ["Clinics. Clinics treat different clients: a difference is a question, not a ranking."]
    assert "withheld" in note[0]
    rows = {(row["clinic"], row["measure"]): row for row in csv.DictReader(map(",".join, table))}
    assert rows["Northgate", "Clients flagged"]["numerator"] == "30"
    assert rows["Northgate", "Clients flagged"]["period"] == "Sep 2026"
    assert rows["small", "Clients flagged"] == {
        **dict.fromkeys(COLUMNS, ""),
        "clinic": "small",
        "measure": "Clients flagged",
        "period": "Sep 2026",
        "shown": "under 30 %",
    }
    made = taken_of_network([*two, small], Person("dana", (Role("reporting"),)), "Clinics as CSV", lambda: "the file")
    assert made() == "the file"
    for home in (*two, small):
        assert "Clinics as CSV" in (home / "audit.jsonl").read_text("utf-8")


@pytest.mark.slow
def test_the_page_says_of_each_home_what_is_the_matter(two, tmp_path, page):
    text = html(page(*two, tmp_path / "gone"))
    assert text.count("Its home folder is not there") == 2  # beside its figures, and where their age is
    assert "There are no totals while gone cannot be read" in text
    assert "All clinics" not in text


@pytest.mark.slow
def test_clinics_that_accept_different_false_alerts_are_said_to_differ(two, tmp_path, page):
    third = a_home(tmp_path / "third", {SEPTEMBER: LARGE}, accepted=2.0)
    assert "(Northgate 1, south 1, third 2): do not compare their flags" in html(page(*two, third))


@pytest.mark.slow
def test_homes_without_anything_are_said_to_have_nothing(tmp_path, page):
    (tmp_path / "empty").mkdir()
    text = html(page(tmp_path / "empty", tmp_path / "gone"))
    assert "Nothing can be compared yet" in text
    assert "Nothing is published yet." in text


@pytest.mark.browser
def test_the_page_in_a_browser(two, tmp_path, open_page):
    homes = [word for home in (*two, tmp_path / "gone") for word in ("--home", str(home))]
    with serving([*DASHBOARD, *homes], tmp_path / "log") as address:
        page = open_page(address)
        page.get_by_text("How fresh the data are").first.wait_for()
        for width, scheme in ((1440, "light"), (1440, "dark"), (800, "light"), (390, "light"), (390, "dark")):
            seen_as(page, width, scheme)
            broken = Axe().run(page).response["violations"]
            found = [(each["id"], [node["target"] for node in each["nodes"]]) for each in broken]
            assert found == [], (width, scheme)
            assert page.evaluate(
                "document.querySelector('.stMain').scrollWidth <= document.querySelector('.stMain').clientWidth"
            ), width
        assert page.complaints == []
        assert page.elsewhere == []
        assert page.title() == "Clinics · Meshwork"
