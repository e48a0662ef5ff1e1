"""What each reach holds, table by table: no table that a query can name holds anything about somebody else's client."""

from __future__ import annotations

import pytest

from dashboard.queries import reach as module
from dashboard.queries.reach import COUNTED, GROUPS, LEDGERS, REFERENCE, Reach, opened
from dashboard.queries.snapshot import Snapshot, SnapshotError, answers
from pipelines.publish import published

SOMEBODY = ("T01", "T02")
REACHES = {
    "nobody's": Reach(),
    "a therapist's": Reach(therapists=SOMEBODY[:1]),
    "a supervisor's": Reach(therapists=SOMEBODY),
    "a director's": Reach(groups=True, counted=True, ledgers=True),
    "a director's, of one client": Reach(client_ids=("c-000",)),
    "reporting's": Reach(groups=True, counted=True),
    "a steward's": Reach(ledgers=True),
}


@pytest.fixture(scope="module")
def owner(tables) -> dict[str, str]:
    """The therapist of each client: the current one, or the last."""
    last = tables.rows(
        "SELECT client_id, max_by(coalesce(therapist_id, 'unknown'), week) FROM client_week GROUP BY ALL"
    )
    now = tables.rows("SELECT client_id, coalesce(therapist_id, 'unknown') FROM client_now")
    return dict(last) | dict(now)


@pytest.fixture(scope="module")
def therapists(owner) -> list[str]:
    return sorted(set(owner.values()) - {"unknown"})


@pytest.fixture(scope="module", params=REACHES)
def seen(request, snapshot, owner, therapists):
    """A reach's engine and the clients that belong in it."""
    names = dict(zip(SOMEBODY, therapists, strict=False))
    given = REACHES[request.param]
    one = (sorted(owner)[0],) if given.client_ids else ()
    reach = Reach(
        therapists=tuple(names[name] for name in given.therapists),
        client_ids=one,
        groups=given.groups,
        counted=given.counted,
        ledgers=given.ledgers,
    )
    engine = opened(snapshot.path, reach)
    yield engine, {client for client, whose in owner.items() if whose in reach.therapists} | set(one), reach
    engine.close()


def test_every_published_table_is_listed_so_that_nobody_forgets_a_new_one(tables):
    of_clients = {
        table for (table,) in tables.rows("SELECT table_name FROM duckdb_columns() WHERE column_name = 'client_id'")
    }
    others = {*published(), "built"} - of_clients
    assert others == REFERENCE | GROUPS | LEDGERS, "say in dashboard/queries/reach.py who sees the new table"
    assert set(COUNTED) <= of_clients


def test_no_text_of_any_table_holds_another_client(seen, owner, tables):
    engine, within, _ = seen
    for table in published():
        columns = tables.rows(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND data_type LIKE '%VARCHAR%'",
            [table],
        )
        for column, _kind in columns:
            texts = {str(text) for (text,) in engine.rows(f"SELECT DISTINCT {column} FROM {table}")}
            found = {client for client in owner if client not in within and any(client in text for text in texts)}
            assert not found, f"{table}.{column}"


def test_of_its_own_clients_a_reach_holds_all(seen, tables):
    engine, within, reach = seen
    if reach.counted:
        return
    for table in published():
        if "client_id" in {
            name for (name,) in tables.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table])
        }:
            mine = tables.value(f"SELECT count(*) FROM {table} WHERE list_contains(?, client_id)", [sorted(within)])
            assert engine.value(f"SELECT count(*) FROM {table}") == mine, table


def test_groups_and_ledgers_are_for_whom_they_are_for(seen, tables):
    engine, _, reach = seen
    for names, allowed in ((GROUPS, reach.groups), (LEDGERS, reach.ledgers), (REFERENCE, True)):
        for table in names:
            rows = tables.value(f"SELECT count(*) FROM {table}") if allowed else 0
            assert engine.value(f"SELECT count(*) FROM {table}") == rows, table


def test_who_counts_clients_learns_nothing_else_of_them(seen, tables):
    engine, _, reach = seen
    if not reach.counted:
        return
    assert engine.value("SELECT count(DISTINCT client_id) FROM client_now") == tables.value(
        "SELECT count(*) FROM client_now"
    )
    assert (
        engine.value("SELECT count(sober_since) + count(reason) + count(step) + count(last_checkin) FROM client_now")
        == 0
    )
    assert engine.value("SELECT count(note) FROM (SELECT who AS note FROM outreach)") == 0
    for table in ("decline_flags", "client_event", "client_task", "sobriety_spells", "outcomes", "meeting_suggestions"):
        assert engine.value(f"SELECT count(*) FROM {table}") == 0, table


def test_an_unlisted_table_is_seen_by_nobody(seen, tables, monkeypatch):
    for name in ("REFERENCE", "GROUPS", "LEDGERS"):
        monkeypatch.setattr(module, name, frozenset())
    columns = {"site": "VARCHAR"}
    everything = Reach(therapists=("T01",), groups=True, ledgers=True)
    assert module._seen("something_new", columns, everything).endswith("WHERE false")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH '/tmp/x.duckdb' AS x",
        "SET enable_external_access = true",
        "COPY client_now TO '/tmp/out.csv'",
    ],
)
def test_nothing_outside_can_be_reached(snapshot, statement):
    with pytest.raises(SnapshotError):
        answers(Snapshot(snapshot.path, Reach(therapists=("T01",))), "outside", statement, {})


def test_answers_of_two_reaches_are_kept_apart(snapshot, therapists):
    counted = [
        answers(Snapshot(snapshot.path, Reach(therapists=(name,))), "mine", "SELECT client_id FROM client_now", {})
        for name in (*therapists[:2], therapists[0])
    ]
    assert counted[0] == counted[2]
    assert not {row["client_id"] for row in counted[0]} & {row["client_id"] for row in counted[1]}


def test_whoever_opens_a_snapshot_says_how_far_its_viewer_sees(snapshot):
    with pytest.raises(TypeError, match="reach"):
        Snapshot(snapshot.path)
