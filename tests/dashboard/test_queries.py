"""The queries, run on a snapshot that the real pipeline published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dashboard.queries import caseload, intake, published
from dashboard.queries.reach import EVERYTHING
from dashboard.queries.snapshot import Caseload, Snapshot, SnapshotError, frame, records
from pipelines.engine.duckdb import Engine


@pytest.fixture(scope="module")
def everyone(snapshot):
    return [
        client
        for therapist in caseload.therapists(snapshot)
        for client in caseload.caseload(snapshot, Caseload(therapist.therapist_id), caseload.Filters())
    ]


def test_every_client_in_care_is_in_one_caseload(everyone, tables):
    assert len(everyone) == tables.value("SELECT count(*) FROM client_now")
    assert len({client.client_id for client in everyone}) == len(everyone)


def test_a_caseload_is_in_the_order_to_call_and_holds_no_one_elses_clients(snapshot, tables):
    for therapist in caseload.therapists(snapshot):
        clients = caseload.caseload(snapshot, Caseload(therapist.therapist_id), caseload.Filters())
        assert [client.client_id for client in clients] == [
            row[0]
            for row in tables.rows(
                "SELECT client_id FROM client_now WHERE coalesce(therapist_id, 'unknown') = ? ORDER BY priority",
                [therapist.therapist_id],
            )
        ]
        assert len(clients) == therapist.clients


def test_those_to_call_first_lead_the_caseload(everyone):
    assert any(client.call_first for client in everyone)
    for client in everyone:
        assert client.call_first == (client.open_crises > 0 or client.flagged or client.sobriety_status == "recent_use")


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        (caseload.Filters(flagged=True), lambda client: client.flagged),
        (caseload.Filters(sobriety_unknown=True), lambda client: client.sobriety_status == "unknown"),
        (caseload.Filters(level_of_care="1.7"), lambda client: client.level_of_care == "1.7"),
        (caseload.Filters(site="Harbor"), lambda client: client.site == "Harbor"),
        (
            caseload.Filters(flagged=True, level_of_care="1.5"),
            lambda client: client.flagged and client.level_of_care == "1.5",
        ),
    ],
)
def test_filters_give_exactly_the_clients_they_name(snapshot, everyone, filters, holds):
    wanted = {client.client_id for client in everyone if holds(client)}
    assert wanted
    assert {client.client_id for client in caseload.caseload(snapshot, Caseload(), filters, limit=10_000)} == wanted


def test_the_weeks_are_those_of_client_week_and_unknown_before_the_stay(everyone, tables):
    last = tables.value("SELECT max(week) FROM client_week WHERE complete")
    for client in everyone[::7]:
        assert len(client.meetings) == len(client.exposure) == 26
        weeks = tables.rows(
            "SELECT meetings, exposure FROM client_week WHERE client_id = ? AND week > ?::DATE - 182 AND week <= ?"
            " ORDER BY week",
            [client.client_id, last, last],
        )
        drawn = [(met, share) for met, share in zip(client.meetings, client.exposure, strict=True) if met is not None]
        assert drawn == weeks


def test_the_facts_of_a_flag_are_dated_by_its_week(everyone, tables):
    last = tables.value("SELECT max(week) FROM client_week WHERE complete")
    for client in everyone:
        assert client.weeks_since_flag == ((last - client.flag_week).days // 7 if client.flagged else 0)


def test_counts_are_those_of_the_whole_caseload(snapshot, everyone):
    counts = caseload.counts(snapshot, Caseload())
    assert counts.clients == len(everyone)
    assert counts.to_call == sum(client.call_first for client in everyone)
    assert counts.flagged == sum(client.flagged for client in everyone)
    assert counts.sobriety_unknown == sum(client.sobriety_status == "unknown" for client in everyone)
    assert counts.not_judged == sum(not client.judged for client in everyone)


def test_the_choices_of_a_filter_are_the_clinics_whoever_the_therapist_is(snapshot, everyone):
    for therapist in caseload.therapists(snapshot):
        counts = caseload.counts(snapshot, Caseload(therapist.therapist_id))
        assert counts.sites == sorted({client.site for client in everyone if client.site})
        assert counts.levels_of_care == sorted({client.level_of_care for client in everyone if client.level_of_care})


def test_a_long_caseload_is_cut_and_shows_how_long_it_is(snapshot, everyone):
    clients = caseload.caseload(snapshot, Caseload(), caseload.Filters(), limit=5)
    assert len(clients) == 5
    assert clients[0].clients_matching == len(everyone)


def test_every_measure_is_explained(snapshot):
    measures = published.measures(snapshot)
    for measure in measures.values():
        assert measure.title
        assert measure.definition
        assert measure.source
        assert measure.scale in ("count", "rate", "share")
        assert measure.good in ("up", "down", "neutral")


def test_the_snapshot_describes_itself(snapshot, tables):
    about = published.published(snapshot)
    assert about.as_of == tables.value("SELECT max(as_of) FROM runs")
    assert (about.rows_rejected, about.rows_later) == (tables.value("SELECT count(*) FROM rejected_rows"), 0)
    assert about.date_basis == "real"


def test_rows_dated_after_the_data_are_marked(snapshot, tmp_path):
    """Otherwise data up to a day long past would seem full of errors."""
    copy = Path(shutil.copyfile(snapshot.path, tmp_path / "000001.duckdb"))
    after = "is after the as-of date 2026-06-30"
    reasons = [
        f'meeting_date "2026-10-01" {after}',
        f'assigned_on "2026-10-01" {after}; completed_on "2026-10-02" {after}',
        f'meeting_date "2026-10-01" {after}; fellowship is missing',
    ]
    with Engine(copy) as engine:
        engine.run("DELETE FROM rejected_rows")
        for reason in reasons:
            engine.run("INSERT INTO rejected_rows (run_id, reason) SELECT max(run_id), ? FROM runs", [reason])
        engine.run("UPDATE files SET rejected = 0")
        engine.run("UPDATE files SET rejected = 3 WHERE file = (SELECT min(file) FROM files)")
    about = published.published(Snapshot(copy, EVERYTHING))
    assert (about.rows_rejected, about.rows_later) == (1, 2)


def test_files_account_for_their_rows_and_the_troubled_come_first(snapshot):
    files = intake.files(snapshot)
    for file in files:
        assert file.rows_read == file.accepted + file.known + file.rejected
    assert files[0].rejected > 0
    assert [file.rejected > 0 for file in files] == sorted((file.rejected > 0 for file in files), reverse=True)


def test_rejected_rows_by_export_and_cut(snapshot):
    in_all = intake.rejected(snapshot)
    attendance = intake.rejected(snapshot, "attendance")
    assert attendance == [
        intake.RejectedRow(**(vars(row) | {"rejected_in_all": len(attendance)}))
        for row in in_all
        if row.export == "attendance"
    ]
    assert intake.rejected(snapshot, limit=1)[0].rejected_in_all == len(in_all)


def test_coverage_holds_the_week_that_a_site_did_not_report(snapshot):
    weeks = intake.coverage(snapshot)
    assert weeks["site"].nunique() == 3
    assert weeks["week"].nunique() <= 52
    assert (~weeks["reported"]).sum() >= 1


def test_an_error_reveals_nothing_of_a_row(snapshot, monkeypatch, tmp_path):
    (tmp_path / "broken.sql").write_text("SELECT client_id::INTEGER FROM client_now")
    monkeypatch.setattr("dashboard.queries.snapshot.SQL", tmp_path)
    with pytest.raises(SnapshotError) as error:
        records(snapshot, "broken")
    assert str(error.value) == f"Snapshot {snapshot.stem}, broken: The engine stopped with ConversionException."
    assert error.value.__cause__ is None


def test_nothing_but_the_snapshot_can_be_reached(snapshot, monkeypatch, tmp_path):
    (tmp_path / "outside.sql").write_text(f"SELECT * FROM read_text('{tmp_path / 'outside.sql'}')")
    monkeypatch.setattr("dashboard.queries.snapshot.SQL", tmp_path)
    with pytest.raises(SnapshotError):
        frame(snapshot, "outside")
