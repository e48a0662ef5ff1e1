"""A draft: what a report would be now, made once for each state of what it follows from."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines import own_code, report, snapshots
from pipelines.engine.duckdb import Engine
from pipelines.report import compile as compiling
from pipelines.report import draft, ledger

pytestmark = pytest.mark.slow

MONTH = date(2026, 10, 1)


@pytest.fixture(scope="module")
def home(published_home):
    return published_home()


@pytest.fixture(scope="module")
def first(home):
    """The report as it is made the first time, which leaves a draft."""
    return read(home)


def read(home, **how):
    snapshot = snapshots.readable(home)
    with Engine(snapshot, read_only=True) as engine:
        return report.read(engine.records, MONTH, snapshot.stem, home, **{"drafts": True, **how})


@pytest.fixture
def unmade(monkeypatch):
    """No report is made anew."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(compiling, "read", refuse)


def test_a_report_looked_at_again_is_the_draft(home, first, unmade):
    assert read(home) == first
    assert not first.published_before


def test_a_draft_gives_the_same_bytes(home, first):
    again = read(home)
    for made in report.FORMATS.values():
        assert made(again) == made(first)


@pytest.mark.parametrize("how", [{"smallest": 12}, {"round_to": 5}, {"drafts": False}])
def test_other_settings_are_another_report(home, first, unmade, how):
    with pytest.raises(AssertionError):
        read(home, **how)


@pytest.mark.parametrize("changed", ["snapshot", "ledger", "code"])
def test_a_draft_is_another_once_what_it_follows_from_has_changed(home, tmp_path, monkeypatch, changed):
    snapshot = snapshots.readable(home)
    beside = snapshots.digest_file(snapshot)
    (tmp_path / "snapshots").mkdir()
    own = snapshots.digest_file(tmp_path / "snapshots" / snapshot.name)
    own.write_bytes(beside.read_bytes())
    before = draft.place(tmp_path, MONTH, snapshot.stem, 11, 1)
    assert before == draft.place(tmp_path, MONTH, snapshot.stem, 11, 1)
    if changed == "snapshot":
        own.write_text("another", "ascii")
    elif changed == "ledger":
        (tmp_path / ledger.FOLDER).mkdir()
        ledger.entry(tmp_path, date(2026, 9, 1)).write_text("{}", "utf-8")
    else:
        monkeypatch.setattr(own_code, "digest", lambda: "another")
    assert before != draft.place(tmp_path, MONTH, snapshot.stem, 11, 1)


def test_a_draft_is_not_published(home, first):
    assert ledger.kept_months(home) == frozenset()
    assert ledger.published(home).figures == {}


def test_one_draft_of_a_month_is_kept_and_its_owners_alone(home, first):
    read(home, smallest=12)
    (left,) = (home / ledger.FOLDER / draft.FOLDER).iterdir()
    assert left.stat().st_mode & 0o077 == 0


def test_a_damaged_draft_is_made_again(home):
    made = read(home)
    (left,) = (home / ledger.FOLDER / draft.FOLDER).iterdir()
    left.write_text("{", "utf-8")
    assert read(home) == made


def test_a_draft_holds_nothing_of_what_is_withheld(home, first):
    assert all(
        (figure.numerator, figure.denominator, figure.value) == (None, None, None)
        for figure in first.figures
        if figure.withheld
    )
