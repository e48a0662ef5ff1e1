"""Damaged files of every kind: read, or refused by name; never a traceback, a long wait or much memory."""

from __future__ import annotations

import gzip
import io
import json
import random
import resource
import time
import zipfile

import openpyxl
import pandas as pd
import pytest

from pipelines.contract import exports
from pipelines.ingest.layout import OWN
from pipelines.ingest.read import UnreadableError, read

pytestmark = pytest.mark.slow

SEEDS = 300
SECONDS, MEGABYTES = 10, 500
HEADER = ["client_id", "meeting_date", "fellowship", "start_time", "meeting_id", "note"]
ROWS = [(f"AB-{n:03}", f"2026-10-{n % 28 + 1:02}", "AA", "18:00", "café", 'say "so", then\nmore') for n in range(60)]
MEETINGS = [{"slug": f"m{n}", "name": "N", "day": n % 7, "time": "10:00", "types": ["O"]} for n in range(60)]
STRAY = [b'"', b"\0", b"\r", b"\n", b"<", b"&", b"]", b"{", b'"' * 50, b"\xff\xfe"]


def sound(kind: str) -> bytes:
    frame, stream = pd.DataFrame(ROWS, columns=HEADER), io.BytesIO()
    match kind:
        case "csv":
            return frame.to_csv(index=False).encode()
        case "csv.gz":
            return gzip.compress(frame.to_csv(index=False).encode(), mtime=0)
        case "parquet":
            frame.assign(n=range(60)).to_parquet(stream)
        case "json":
            return json.dumps(MEETINGS, indent=1).encode()
        case "xlsx":
            book = openpyxl.Workbook()
            for row in (HEADER, *ROWS):
                book.active.append(row)
            book.save(stream)
    return stream.getvalue()


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with bytes changed, cut, put in, repeated, or broken off."""
    found = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        if not found:
            break
        at = chance.randrange(len(found))
        match chance.choices("cdibrs", weights=[8, 3, 3, 2, 2, 2])[0]:
            case "c":
                found[at] = chance.randrange(256)
            case "d":
                del found[at : at + chance.choice([1, 4, 100, 1000])]
            case "i":
                found[at:at] = chance.randbytes(chance.choice([1, 4, 50]))
            case "b":
                found = found[:at]
            case "r":
                again = chance.randrange(len(found))
                found[at:at] = found[again : again + 200]
            case "s":
                found[at:at] = chance.choice(STRAY)
    return bytes(found)


def damaged_within(content: bytes, chance: random.Random) -> bytes:
    """A workbook in which one part is damaged, in an intact archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(stream, "w") as archive:
        hit = chance.choice(whole.namelist())
        for name in whole.namelist():
            archive.writestr(name, damaged(whole.read(name), chance) if name == hit else whole.read(name))
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "xlsx", "parquet", "json"])
def test_a_damaged_file_is_read_or_refused(tmp_path, kind):
    export = exports()["meetings" if kind == "json" else "attendance"]
    path, content = tmp_path / f"{export.name}.{kind}", sound(kind)
    outcomes = {"read": 0, "refused": 0}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(SEEDS):
        chance = random.Random(f"{kind} {seed}")
        within = kind == "xlsx" and seed % 2
        path.write_bytes(damaged_within(content, chance) if within else damaged(content, chance))
        began = time.process_time()
        try:
            for batch in read(path, export, OWN).batches:
                batch.table()
            outcomes["read"] += 1
        except UnreadableError:
            outcomes["refused"] += 1
        assert time.process_time() - began < SECONDS, f"{kind}, seed {seed}"
    assert outcomes["refused"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES << 10


LINE = ",".join(HEADER)
ROW = "AB-001,2026-10-05,AA,18:00,x,"
BOMBS = {
    "5,000 columns": ("csv", [LINE, *(f",x{n}" for n in range(5_000)), "\n"]),
    "100,000 columns": ("csv", [LINE, *(f",x{n}" for n in range(100_000)), "\n"]),
    "10 MB in a cell": ("csv", [f"{LINE}\n{ROW}", *["x" * 1024] * 10_240, f"\n{ROW}\n"]),
    "10 MB of quoted breaks": ("csv", [f'{LINE}\n{ROW}"', *["\n" * 1024] * 10_240, '"\n']),
    "10 MB of open quotes": ("csv", [f"{LINE}\n", *['"\n' * 1024] * 5_120]),
    "a bomb": ("csv.gz", [f"{LINE}\n", *["\n" * 1024] * 300_000]),
    "deep": ("json", ["[" * 1024] * 10_240),
    "many braces": ("json", ["[{", *['{"a":' * 1024] * 1024]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_asks_for_too_much_is_bounded(tmp_path, name):
    kind, pieces = BOMBS[name]
    export = exports()["meetings" if kind == "json" else "attendance"]
    path = tmp_path / f"{export.name}.{kind}"
    with gzip.open(path, "wt", compresslevel=1) if kind == "csv.gz" else path.open("w") as stream:
        stream.writelines(pieces)
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = broken = 0
    refused = False
    try:
        for batch in read(path, export, OWN).batches:
            rows += len(batch.lines)
            broken += len(batch.broken)
    except UnreadableError:
        refused = True
    assert refused or (rows, broken) == (1, 1), "the long cell costs its own row"
    assert time.process_time() - began < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES << 10
