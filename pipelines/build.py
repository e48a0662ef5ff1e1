"""Builds the tables in the order of their references, and checks what was built."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

from pipelines.engine import Builder
from pipelines.engine.duckdb import WORDS
from pipelines.model import models

CHECKS = Path(__file__).parent / "checks"


def fingerprint() -> str:
    """A digest of every model, definition and word: the same only while all of them are the same."""
    digest = hashlib.sha256(WORDS.read_bytes())
    for model in models().values():
        digest.update(f"{model.name}\n{model.text}\n".encode())
    return digest.hexdigest()


def build(
    engine: Builder,
    *,
    given: Collection[str] = (),
    only: Collection[str] | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> list[str]:
    """Build the tables and give their names in the order built.

    `given`: tables that the engine holds already. `only`: the tables wanted; what they need is built too. Raises the
    engine's error where a query fails.
    """
    wanted = models().keys() if only is None else _with_needs(only, given)
    built = [name for name in models() if name in wanted and name not in given]
    for name in built:
        progress(name)
        model = models()[name]
        if model.is_query:
            engine.make(name, model.text)
        else:
            engine.load(name, model.rows())
    return built


def _with_needs(only: Collection[str], given: Collection[str]) -> set[str]:
    known = models()
    wanted: set[str] = set()
    ahead = list(only)
    while ahead:
        name = ahead.pop()
        if name in wanted or name in given or name not in known:
            continue
        wanted.add(name)
        ahead.extend(known[name].reads)
    return wanted


def check(engine: Builder) -> dict[str, int]:
    """Run every check, a query for rows that must not exist. Gives those that found some, with how many."""
    found = {}
    for path in sorted(CHECKS.glob("*.sql")):
        rows = engine.value(f"SELECT count(*) FROM ({path.read_text('utf-8')})")
        if rows:
            found[path.stem] = int(rows)
    return found
