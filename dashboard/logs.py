"""What the server logs, as lines of JSON for a collector of logs: when, how severe, from where, what.

Of an exception, its kind and the places in the code are kept, but not its words, which could quote a row.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any

FORMAT = "%(as_json)s"  # for every formatter: a record carries its own line


class Record(logging.LogRecord):
    """A record that carries its own line of JSON, and no exception for a formatter to write below it."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(self.created, UTC).isoformat(timespec="milliseconds"),
            "level": self.levelname.lower(),
            "logger": self.name,
            "message": self.getMessage(),
        }
        if self.exc_info and self.exc_info[0]:
            kind, _, trace = self.exc_info
            line["exception"] = kind.__name__
            line["places"] = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in extract_tb(trace)]
        self.as_json = json.dumps(line, ensure_ascii=False)
        self.exc_info = None


def as_json() -> None:
    """From now on every record of this process is written as a line of JSON."""
    logging.setLogRecordFactory(Record)
    logging.basicConfig(format=FORMAT, level=logging.INFO)
