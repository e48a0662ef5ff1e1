"""What the benchmarks rest on: the same work done three times, news that is part of the exports, sums that add up."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

from benchmarks import __main__ as page
from benchmarks import dearest, growth, news
from benchmarks.core import EXPORTS, compare, files, in_duckdb, in_meshwork, in_pandas
from benchmarks.dearest import DEAREST, PUBLISHING, READING, REST
from benchmarks.each_model import seconds
from benchmarks.measure import Cost, cost, line, said
from benchmarks.runs import Clinic
from benchmarks.scoring import score
from benchmarks.suggestions import suggest
from benchmarks.survival import curves
from pipelines import sample, snapshots
from pipelines.engine.duckdb import Engine
from tests.conftest import SAMPLE
from tests.test_forget import deliver

CORES = {"in_duckdb": in_duckdb, "in_pandas": in_pandas, "in_meshwork": in_meshwork}


def only_the_core(source: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for path in (path for export in EXPORTS for path in files(source, export)):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The tables of a small clinic, with rows that are wrong, rows that come twice and a file that restates another."""
    out = tmp_path_factory.mktemp("cores")
    sample.write(out / "all", clients=25, weeks=40, seed=11, last_day=date(2026, 3, 1))
    exports = only_the_core(out / "all", out / "exports")
    restated = files(exports, "attendance")[0].read_text("utf-8").replace(",listened,", ",shared,")
    (exports / "attendance_restated.csv").write_text(restated, "utf-8")
    for name, core in CORES.items():
        (out / name).mkdir()
        core.main(exports, out / name)
    return out


@pytest.mark.parametrize("peer", ["in_duckdb", "in_pandas"])
def test_the_core_by_hand_makes_the_tables_of_meshwork(made, peer):
    assert compare.differences(made / peer, made / "in_meshwork") == []


@pytest.mark.parametrize(
    ("table", "change", "sentence"),
    [
        ("spell", "* REPLACE (confirmed_days + 1 AS confirmed_days) FROM here", r"spell: ([\d,]+) of \1 rows differ"),
        ("usual", "* REPLACE (coalesce(usual, 0) AS usual) FROM here", r"usual: [\d,]+ of [\d,]+ rows differ"),
        ("usual", "* REPLACE (usual + 0.000001 AS usual) FROM here", ""),
        ("caseload", "* FROM here LIMIT 3", r"caseload: [\d,]+ of [\d,]+ rows differ"),
        ("client_week", "* EXCLUDE (meetings) FROM here", "client_week has other columns"),
        ("client_week", "* FROM here WHERE false", r"client_week: ([\d,]+) of \1 rows differ"),
    ],
)
def test_tables_that_differ_are_named(made, tmp_path, table, change, sentence):
    changed = shutil.copytree(made / "in_meshwork", tmp_path / "changed")
    here = duckdb.read_parquet(f"{made}/in_meshwork/{table}.parquet")
    here.query("here", f"SELECT {change}").write_parquet(f"{changed}/{table}.parquet")
    found = compare.differences(made / "in_meshwork", changed)
    assert len(found) == bool(sentence)
    assert all(re.fullmatch(sentence, each) for each in found)


def test_the_core_is_what_the_dashboard_shows(published_home, tmp_path):
    (tmp_path / "out").mkdir()
    in_duckdb.main(only_the_core(SAMPLE, tmp_path / "exports"), tmp_path / "out")
    with Engine(snapshots.readable(published_home()), read_only=True) as published:
        for published_query, core_query in [
            (
                "SELECT client_id, start_date, end_date, confirmed_days, ended_by FROM sobriety_spells",
                "SELECT * FROM '{}/spell.parquet'",
            ),
            (
                "SELECT client_id, week, meetings, checkins FROM client_week WHERE complete",
                "SELECT client_id, week, meetings, checkins FROM '{}/client_week.parquet'",
            ),
            (
                "SELECT period, breakdown, member, numerator FROM caseload_week"
                " WHERE measure = 'census' AND breakdown IN ('all', 'site')",
                "SELECT week, breakdown, member, census FROM '{}/caseload.parquet'",
            ),
        ]:
            core = duckdb.sql(core_query.format(tmp_path / "out")).fetchall()
            assert Counter(core) == Counter(published.rows(published_query))


def test_news_is_held_back_from_the_exports(tmp_path):
    sample.write(tmp_path / "exports", clients=60, weeks=30, seed=3)
    rows = Counter(rows_of(tmp_path / "exports"))
    clients = {row.split(",")[0] for path, row in rows if path.startswith(news.DATED)}
    news.hold_back(tmp_path / "exports", tmp_path / "news", 3)
    parts = [rows_of(tmp_path / "news" / str(n)) for n in range(3)]
    assert Counter(rows_of(tmp_path / "exports")) + Counter(row for part in parts for row in part) == rows
    named = [{row.split(",")[0] for _, row in part} for part in parts]
    for part, its in zip(parts, named, strict=True):
        assert len(part) == round(news.SHARE * rows.total())
        assert 0 < len(its) <= len(clients) / news.ONE_IN + 1
    assert not set.intersection(*named)


def rows_of(folder: Path) -> list[tuple[str, str]]:
    """The rows of a folder's files, each with the export that it is of."""
    return [
        (path.stem.split("_")[0], row)
        for path in sorted(folder.glob("*.csv"))
        for row in path.read_text("utf-8").splitlines()[1:]
    ]


def test_the_dearest_models_are_listed_and_the_others_summed():
    models = {f"model_{n:02}": float(n) for n in range(1, DEAREST + 3)}
    once = models | {READING: 5.0, REST: 6.0, PUBLISHING: 7.0}
    twice = {what: 2 * its for what, its in once.items()}
    _, *rows = dearest.table([twice, once], floor=0.5)
    assert rows[0] == "| `model_12` | 12.00 | 18.00 | 24.00 |"
    assert rows[DEAREST] == "| the other 2 models | 3.00 | 4.50 | 6.00 |"
    assert rows[DEAREST + 1] == "| all models | 78.00 | 117.00 | 156.00 |"
    assert [row.split(" |")[0] for row in rows[DEAREST + 2 :]] == [f"| {READING}", f"| {REST}", f"| {PUBLISHING}"]


@pytest.mark.slow
def test_every_model_of_a_run_is_timed(tmp_path):
    deliver(tmp_path / "exports", "", "A-001", "A-002")
    its = seconds(tmp_path / "exports")
    assert {"client_now", "week_score", "caseload_week", READING, REST, PUBLISHING} <= its.keys()
    assert all(each >= 0 for each in its.values())


def test_the_exponent_is_the_power_that_fits_best():
    assert growth.exponent([(10, 3), (100, 30), (1000, 300)]) == pytest.approx(1)
    assert growth.exponent([(10, 1), (1000, 10)]) == pytest.approx(0.5)
    assert growth.exponent([(10, 4), (100, 4), (1000, 4)]) == pytest.approx(0)
    assert growth.per_row([(10, 1), (1_000_000, 2), (2_000_000, 12)]) == pytest.approx(10)


def test_the_chart_of_growth_says_in_words_what_it_shows():
    lines = {"first run": [(34_000, 8), (1_000_000, 40)], "news": [(34_000, 7), (1_000_000, 39)]}
    svg = ElementTree.fromstring(growth.draw(lines))
    tag = "{http://www.w3.org/2000/svg}"
    said_in_words = (
        "First run: 8 s at 34 thousand rows, 40 s at 1.0 million. News: 7 s at 34 thousand rows, 39 s at 1.0 million."
    )
    assert svg.findtext(f"{tag}title") == said_in_words
    assert len(svg.findall(f"{tag}polyline")) == 2
    heights = [float(text.get("y")) for text in svg.findall(f"{tag}text") if text.text in lines]
    assert abs(heights[0] - heights[1]) >= growth.APART
    within = [float(n) for circle in svg.findall(f"{tag}circle") for n in (circle.get("cx"), circle.get("cy"))]
    assert all(0 <= n <= growth.WIDTH for n in within)


def clinic_of(rows: int, first: float) -> Clinic:
    once, twice = [Cost(first, 100), Cost(2 * first, 100)], [Cost(0.5, 20)]
    return Clinic(rows // 200, rows, Path(), Path(), twice, twice, once, twice, twice, once, once, [])


def test_growth_needs_two_sizes_and_is_that_of_the_cheapest_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "DOCS", tmp_path)
    monkeypatch.setattr(page, "CHART", tmp_path / "growth.svg")
    assert page.grown([clinic_of(10_000, 3.0)]) == []
    assert not page.CHART.exists()
    _, picture, text = page.grown([clinic_of(1_000_000, 30.0), clinic_of(10_000, 3.0)])
    assert picture.startswith("![First run: 3 s at 10 thousand rows, 30 s at 1.0 million.")
    assert picture.endswith("](growth.svg)\n")
    assert "to the power of 0.50" in text
    assert "each row more costs 27 µs" in " ".join(text.split())
    assert page.CHART.exists()


def test_a_line_holds_the_least_the_median_and_the_ratio():
    costs = [Cost(4.0, 90), Cost(2.0, 100), Cost(3.0, 80)]
    assert line("run", costs, floor=0.5) == "| run | 2.00 | 3.00 | 4.0 | 100 |"
    assert line("run", costs, floor=0) == "| run | 2.00 | 3.00 |  | 100 |"


def test_a_process_costs_the_time_of_its_processor_and_not_of_the_clock():
    whole = cost("-c", "import time; time.sleep(0.2); print(7.5)")
    assert whole.seconds < 0.2
    assert whole.memory > 1
    assert said("-c", "print(7.5, 40)").seconds == 7.5
    assert said("-c", "print(7.5, 40)").printed == "40"
    assert said("-c", "print(7.5)").printed == ""


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "raise ValueError('a bug')"])
def test_a_process_that_fails_is_not_measured(program):
    with pytest.raises(RuntimeError, match=r"ended with 3|a bug"):
        cost("-c", program)


def test_clients_are_multiplied_for_the_survival_curves(published_home):
    home = published_home()
    once, _ = curves(home, 1)
    more, took = curves(home, 3 * once)
    assert more >= 3 * once
    assert took > 0


def test_meetings_are_multiplied_for_the_suggestions(published_home):
    slugs, took = suggest(published_home(), 1_000)
    assert len(slugs) == len({*slugs}) == 10
    assert took > 0


def test_simulated_clients_are_scored():
    weeks, took = score(clients=20, weeks=40)
    assert 0 < weeks <= 20 * 40
    assert took > 0
