"""The server's log as lines of JSON: what a collector reads, and nothing of a row."""

from __future__ import annotations

import io
import json
import logging
import sys
from datetime import datetime

import pytest

from dashboard import logs
from pipelines import snapshots
from pipelines.engine.duckdb import Engine
from tests.dashboard.conftest import serving
from tests.dashboard.wire import Visitor


@pytest.fixture
def lines():
    """Logs a record as JSON, through a formatter as the server's; gives what was written."""
    logger, before, stream = logging.getLogger("meshwork.test"), logging.getLogRecordFactory(), io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(logs.FORMAT))
    logger.addHandler(handler)
    logger.propagate = False
    logging.setLogRecordFactory(logs.Record)

    def written(log) -> list[str]:
        log(logger)
        return stream.getvalue().splitlines()

    yield written
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)


def test_an_entry_is_one_line_with_its_time_level_logger_and_message(lines):
    (line,) = lines(lambda logger: logger.warning('no file "%s"\nand no folder', "roles.toml"))
    entry = json.loads(line)
    assert datetime.fromisoformat(entry.pop("time")).utcoffset() is not None
    assert entry == {
        "level": "warning",
        "logger": "meshwork.test",
        "message": 'no file "roles.toml"\nand no folder',
    }


def test_of_an_exception_the_kind_and_the_places_are_logged_and_not_its_words(lines):
    def fails(logger: logging.Logger) -> None:
        try:
            raise ValueError("MW-SECRET used on 3 May")
        except ValueError:
            logger.exception("A page failed")

    (line,) = lines(fails)
    entry = json.loads(line)
    assert (entry["message"], entry["exception"]) == ("A page failed", "ValueError")
    assert [place.split(":")[0] for place in entry["places"]] == ["test_logs.py"]
    assert "SECRET" not in line


@pytest.mark.slow
def test_every_line_that_the_server_logs_is_json(published_home, tmp_path):
    home, log_file = published_home(), tmp_path / "log"
    snapshot = snapshots.readable(home)
    snapshot.chmod(0o600)
    with Engine(snapshot) as engine:
        engine.run("DROP TABLE measures")  # as if another version had made it: a visit logs that it cannot be shown
    snapshots.digest_file(snapshot).unlink()
    command = [sys.executable, "-m", "pipelines", "dashboard", "--home", str(home), "--log-json"]
    with serving(command, log_file) as address:
        visitor = Visitor(address)
        visitor.open("trends")
        visitor.leave()
    said, _, logged = log_file.read_text("utf-8").partition("(Ctrl+C stops it).\n")
    entries = [json.loads(line) for line in logged.splitlines()]
    assert said, "what the command itself says comes before"
    assert [entry["level"] for entry in entries if entry["logger"] == "__main__"] == ["error"]
