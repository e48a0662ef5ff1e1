"""The core by Meshwork: its own reading, gate, checks, store and models, which hold more than is compared."""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.core import TABLES
from pipelines import build
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import store
from pipelines.ingest.folder import take_in
from pipelines.ingest.layout import Profile
from pipelines.model import given

QUERIES = {
    "client_week": """
        SELECT
            client_id, week, in_care_days, CAST(round(7 * exposure) AS BIGINT) AS exposure_days,
            meetings, checkins, sessions_attended
        FROM care_week
    """,
    "usual": """
        SELECT client_id, week, usual, usual_weeks, recent, recent_weeks FROM involvement_week WHERE stay IS NOT NULL
    """,
    "spell": "SELECT client_id, start_date, end_date, confirmed_days, ended_by FROM sobriety_spells",
    "caseload": """
        SELECT
            client.period AS week,
            client_group.breakdown,
            client_group.member,
            count(*) FILTER (WHERE client.in_care_at_end) AS census,
            count(*) FILTER (WHERE client.exposure_days > 0) AS exposed,
            sum(client.exposure_days) AS exposure_days,
            coalesce(sum(client.meetings) FILTER (WHERE client.exposure_days > 0), 0) AS meetings,
            sum(client.checkins) AS checkins
        FROM caseload_client AS client
        JOIN client_group ON client.client_id = client_group.client_id AND client.span = client_group.span
        WHERE client.kind = 'week' AND client_group.breakdown IN ('all', 'site')
        GROUP BY client.period, client_group.breakdown, client_group.member
    """,
}
MODELS = ("care_week", "involvement_week", "sobriety_spells", "caseload_client", "client_group")


def main(folder: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as name, Engine(Path(name) / "work.duckdb") as engine:
        store.open_in(engine, exports(), Path(name) / "store.duckdb")
        intake = take_in(engine, folder, exports(), Profile(), run_id=1, today=date.today())
        engine.load("clock", given("clock", [{"as_of": intake.as_of}]))
        build.build(engine, given={"clock"}, only=MODELS)
        for table in TABLES:
            engine.run(f"COPY ({QUERIES[table]}) TO '{out / table}.parquet'")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
