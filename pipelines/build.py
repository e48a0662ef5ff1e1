"""Builds the tables in the order of their references, and checks what was built."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from pipelines.engine import Builder
from pipelines.engine.duckdb import WORDS
from pipelines.model import Model, models

CHECKS = Path(__file__).parent / "checks"


def fingerprint() -> str:
    """A digest of every model, definition and word: the same only while all of them are the same."""
    digest = hashlib.sha256(WORDS.read_bytes())
    for model in models().values():
        digest.update(f"{model.name}\n{model.text}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Step:
    """Tables that are made together, those that must be there before, and what makes them in an engine."""

    tables: tuple[str, ...]
    reads: frozenset[str]
    make: Callable[[Builder], object]


def build(
    engine: Builder,
    *,
    given: Collection[str] = (),
    only: Collection[str] | None = None,
    by_code: Iterable[Step] = (),
    besides: Iterable[Step] = (),
    progress: Callable[[str], None] = lambda name: None,
) -> set[str]:
    """Build the tables, each after those that it reads, and give their names.

    `given`: tables that the engine already holds. `only`: the tables wanted; those that they need are built too.
    `by_code`: the steps of tables that no query makes, which take the place of the rows declared for them. `besides`:
    steps that no table waits for, each taken once those that it reads are there. Raises the engine's error if a query
    fails.
    """
    steps = {name: _step_of(model) for name, model in models().items()}
    steps |= {name: step for step in by_code for name in step.tables}
    wanted = _with_needs(steps if only is None else only, steps, given)
    before = {
        steps[name]: [steps[read] for read in sorted(steps[name].reads & wanted)] for name in models() if name in wanted
    }
    before |= {step: [steps[read] for read in sorted(step.reads & wanted)] for step in besides}
    in_order = list(TopologicalSorter(before).static_order())
    with engine.workers() as workers:
        if workers > 1:
            _make_at_once(engine, before, in_order, workers, progress)
        else:
            for step in in_order:
                progress(step.tables[0])
                step.make(engine)
    return wanted


def _step_of(model: Model) -> Step:
    def make(engine: Builder) -> None:
        if model.is_query:
            engine.make(model.name, model.text)
        else:
            engine.load(model.name, model.rows())

    return Step((model.name,), model.reads, make)


def _make_at_once(
    engine: Builder,
    before: Mapping[Step, Collection[Step]],
    in_order: Sequence[Step],
    workers: int,
    progress: Callable[[str], None],
) -> None:
    """`before`: of each step, those that come before it. Of those that are ready, the one that most have to wait for in
    a row is made first.
    """
    then = dict.fromkeys(in_order, 0)
    for step in reversed(in_order):
        for earlier in before[step]:
            then[earlier] = max(then[earlier], then[step] + 1)
    waiting: list[Step] = []
    running: dict[Future[object], Step] = {}
    ahead = TopologicalSorter(before)
    ahead.prepare()
    with ThreadPoolExecutor(workers) as pool:
        while ahead.is_active():
            waiting = sorted([*waiting, *ahead.get_ready()], key=then.__getitem__)
            while waiting and len(running) < workers:
                step = waiting.pop()
                progress(step.tables[0])
                running[pool.submit(step.make, engine)] = step
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                done.result()
                ahead.done(running.pop(done))


def _with_needs(only: Collection[str], steps: Mapping[str, Step], given: Collection[str]) -> set[str]:
    wanted: set[str] = set()
    ahead = list(only)
    while ahead:
        name = ahead.pop()
        if name not in wanted and name not in given and name in steps:
            wanted.add(name)
            ahead.extend(steps[name].reads)
    return wanted


def check(engine: Builder) -> dict[str, int]:
    """Run every check, a query for rows that must not exist. Returns those that found some, with how many."""
    found = {}
    for path in sorted(CHECKS.glob("*.sql")):
        rows = engine.value(f"SELECT count(*) FROM ({path.read_text('utf-8')})")
        if rows:
            found[path.stem] = int(rows)
    return found
