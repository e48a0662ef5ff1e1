"""A PostgreSQL server of the tests' own, one for all tests of a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of the tests' own, which listens on a socket only."""
    if not SERVERS:
        pytest.skip("PostgreSQL is not installed here, so the journal in it was not tested.")
    place, binaries = Path(tempfile.mkdtemp()), SERVERS[-1].parent
    as_user: list[str] = []
    if os.getuid() == 0:  # the server refuses to run as root
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(place, "postgres")

    def server(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/")

    server(str(binaries / "initdb"), "-D", f"{place}/data", "-U", "meshwork", "--auth", "trust", "-E", "UTF8")
    options = f"-k {place} -c listen_addresses='' -c fsync=off"
    server(str(binaries / "pg_ctl"), "-D", f"{place}/data", "-o", options, "-l", f"{place}/log", "-w", "start")
    try:
        yield f"postgresql://meshwork@/postgres?host={place}"
    finally:
        server(str(binaries / "pg_ctl"), "-D", f"{place}/data", "-m", "immediate", "stop")
        shutil.rmtree(place)


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """The address of a database without a table."""
    engine = sa.create_engine(sa.make_url(postgres).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres
