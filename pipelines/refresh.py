"""What a run does if anything may be new: it takes in what is new, builds the tables and publishes a snapshot."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines import (
    arrays,
    audit,
    build,
    catalogue,
    distributed,
    fit,
    flags,
    kept,
    last_run,
    publish,
    rejections,
    settings,
    snapshots,
)
from pipelines.contract import Export, exports
from pipelines.engine import Builder
from pipelines.engine.duckdb import DamagedFileError, Engine, EngineError, UnknownNameError, value_in
from pipelines.errors import ActionableError
from pipelines.home import ACCEPTED_WORDS, JOURNAL, KEPT, SETTINGS, STORE
from pipelines.ingest import checked_by, dictionary, store
from pipelines.ingest.completeness import columns_filled
from pipelines.ingest.folder import take_in
from pipelines.ingest.intake import Intake, Run
from pipelines.ingest.layout import Profile
from pipelines.ingest.layout import load as load_profile
from pipelines.last_run import Seen, Sight
from pipelines.log_rank import SURVIVAL_TEST
from pipelines.model import given as given_table
from pipelines.model import models
from pipelines.rejections import Rejection
from pipelines.running import Asked, Finished, Watcher, clock_problem
from pipelines.turns import TURNS

SET_ASIDE = "store.damaged.duckdb"
REMEDY = (
    "What is published is not touched. `meshwork rebuild --exports FOLDER` makes a new store of all the deliveries so "
    "far: give it the folder that holds them all."
)
IN_MEMORY = 200_000  # rows up to which it costs less to make all tables anew, in memory, than to keep and compare them
BYTES_OF_A_ROW = 65  # in an export, about
MOST_MEMORY = "900MB"  # for a run's rows; ten million rows need no more, and the rest is left to other programs
TABLES_TO_EXPORTS = 6  # the size of a run's tables on the disk, as a multiple of its exports: at a million rows
LEAST_SPACE = 40_000_000  # bytes on the disk that the smallest run takes


class StoreDamagedError(ActionableError):
    """The store of a home cannot be read, or is gone."""


class NoSpaceError(ActionableError):
    """The disk is too full for a run."""


class ChecksFailedError(ActionableError):
    """The built tables hold rows that must not exist; nothing was published."""


def refresh(asked: Asked, clinic: settings.Settings, sight: Sight) -> Finished:
    """Take in a folder and publish, for whoever is `working_in` the home. Raises what a run raises."""
    _require_space(asked.folder, asked.home)
    with _store_named(asked.home):
        try:
            return _refresh(asked, clinic, sight)
        except DamagedFileError:
            if not kept.discard(asked.private):
                raise
            return _refresh(asked, clinic, sight)


@contextmanager
def _store_named(home: Path) -> Iterator[None]:
    try:
        yield
    except DamagedFileError:
        raise StoreDamagedError(f"The store {home / STORE} is damaged. {REMEDY}") from None


@dataclass(frozen=True)
class Again:
    """A snapshot that was built anew. `brought_back`: somebody had gone back to an earlier snapshot, and this one holds
    what came after it.
    """

    snapshot: Path
    brought_back: bool


def publish_again(home: Path, private: Path, building: Callable[[str], None] = lambda model: None) -> Again:
    """Build all tables anew from what the snapshot in force was built from, and publish them; for whoever is
    `working_in` the home.

    If it replaced rows of before, what came after that snapshot is built from too: those rows are gone. Raises
    ChecksFailedError, SettingsError, EngineError, JournalUnavailableError or OSError.
    """
    clinic = settings.load(home)
    new = private / "snapshot.duckdb"
    shutil.copyfile(home / STORE, private / STORE)
    served = snapshots.in_force(home)
    with _engine(private, in_memory=not keeps_tables(home)) as engine:
        declared = exports(clinic.fellowships, clinic.instruments)
        store.open_in(engine, declared, private / STORE)
        # If it stands in for a damaged one, what came after it is wanted back.
        gone_back_to = None if served.damaged or served.pointer_lost else served.snapshot
        brought_back = gone_back_to is not None and not _go_back(engine, gone_back_to, declared)
        as_of = engine.value("SELECT max_by(as_of, run_id) FROM store.runs")
        outreach, problem = _outreach(home, clinic, None)
        if problem:
            from pipelines.journal.store import JournalUnavailableError

            raise JournalUnavailableError(problem)
        clinics_own = _clinics_own(outreach, catalogue.load(home))
        copies = publish.begin(engine, new)
        build_tables(engine, as_of, clinic, clinics_own, served.snapshot, building, besides=copies)
        publish.complete(engine, new, _built_from(engine, as_of, clinic, clinics_own))
        engine.detach("store")
    return Again(snapshots.publish(home, new), brought_back)


def _go_back(engine: Engine, snapshot: Path, declared: Mapping[str, Export]) -> bool:
    """Take out of a copy of the store, attached to the engine, what came after a snapshot. Returns whether that could
    be done: not if it replaced rows, or listed other meetings.
    """
    engine.attach(snapshot, "earlier", read_only=True)
    try:
        last = {"last": engine.value("SELECT max(run_id) FROM earlier.runs")}
        if not engine.value("SELECT count(*) FROM store.runs WHERE run_id > $last", last):
            return True
        columns = ", ".join(store.LEDGERS["replaced"])
        replaced = f"SELECT {columns} FROM store.replaced EXCEPT ALL SELECT {columns} FROM earlier.replaced"
        lists = [name for name, export in declared.items() if export.format == "meeting_guide"]
        listed = (
            "SELECT digest FROM store.files WHERE list_contains($lists, export) AND run_id > $last"
            " AND digest NOT IN (SELECT digest FROM store.files WHERE run_id <= $last)"
        )
        if engine.rows(replaced) or engine.rows(listed, last | {"lists": lists}):
            return False
        for name in declared:
            engine.run(f"DELETE FROM store.{name} WHERE delivered > $last", last)
        for ledger in publish.LEDGERS:
            engine.run(f"DELETE FROM store.{ledger}; INSERT INTO store.{ledger} BY NAME SELECT * FROM earlier.{ledger}")
        return True
    except UnknownNameError:  # another version made the snapshot, so nobody can know what it was built from
        return False
    finally:
        engine.detach("earlier")


def _refresh(asked: Asked, clinic: settings.Settings, sight: Sight) -> Finished:
    home, private, today = asked.home, asked.private, date.today()
    new = private / "snapshot.duckdb"
    declared = exports(clinic.fellowships, clinic.instruments)
    profile = load_profile(asked.profile, declared) if asked.profile else Profile()
    accepted = dictionary.accepted_in(home / ACCEPTED_WORDS) | _words_in(asked.accept_words)
    tasks = catalogue.load(home)
    spark = distributed.Spark(asked.spark, home) if asked.spark else None
    before = snapshots.in_force(home).snapshot
    if not asked.from_ledgers:
        _copy_store(home, private)
    keeps = keeps_tables(home, asked.folder)
    with _engine(private, in_memory=not keeps) as engine:
        store.open_in(engine, declared, private / STORE)
        if asked.from_ledgers:
            recall(engine, home, before)
        runs_since = last_run.runs_since(home)
        store.note_runs(engine, runs_since)
        run_id = 1 + (engine.value("SELECT max(run_id) FROM store.runs") or 0)
        intake = take_in(
            engine,
            asked.folder,
            declared,
            profile,
            run_id=run_id,
            today=today,
            as_of=asked.as_of,
            dictionary=dictionary.Dictionary(accepted | catalogue.words(tasks)),
            progress=asked.watcher.reading,
        )
        outreach, journal_problem = _outreach(home, clinic, before)
        clinics_own = _clinics_own(outreach, tasks)
        built_from = _built_from(engine, intake.as_of, clinic, clinics_own)
        latest = max(filter(None, [intake.as_of, engine.value("SELECT max(as_of) FROM store.runs")]))
        up_to_date = before is not None and _is_up_to_date(home, before, built_from, spark)
        published = asked.from_ledgers or not up_to_date or not store.same_files_again(engine, run_id)
        with nullcontext() if up_to_date or spark or not keeps else kept.opened(engine, home, private) as keeper:
            if before is None or not up_to_date:
                copies, building = publish.begin(engine, new), asked.watcher.building
                build_tables(engine, intake.as_of, clinic, clinics_own, before, building, keeper, spark, copies)
            elif published:
                publish.begin_again(engine, new, before)
            finished = datetime.now().replace(microsecond=0)
            this_run = Run(run_id, intake.as_of, asked.started, finished, intake.status)
            if published:
                store.note_runs(engine, [this_run])
                publish.complete(engine, new, built_from)
        engine.detach("store")
    if asked.accept_words is not None:
        _keep_words(home, private, accepted)
    snapshot = _put_in_force(asked, new) if published or before is None else before
    waits = asked.as_of is None and any(checked_by.waits(count.checked_by, today) for count in intake.files)
    seen = Seen(run_id, intake, latest, today if waits else None)
    # A journal that could not be read, or lost entries, is looked at again by the next run.
    known = replace(sight, follows_from=None) if journal_problem else sight
    # Once a snapshot is in force the run is done; the rest saves work to the next one, which can do without.
    with suppress(OSError) if published else nullcontext():
        if keeps:
            kept.leave(home, private)
        else:
            kept.remove(home)
        if spark and not up_to_date:
            spark.make_current(built_from)
        last_run.keep(home, known, seen, [] if published else [*runs_since, this_run])
    return Finished(run_id, intake, snapshot, published, journal_problem, clock_problem(latest, today))


def _copy_store(home: Path, private: Path) -> None:
    """Put a copy of the home's store where the run works, if there is one. Raises StoreDamagedError if it was lost."""
    if (home / STORE).exists():
        shutil.copyfile(home / STORE, private / STORE)
    elif snapshots.there(home):
        raise StoreDamagedError(f"The store {home / STORE} is missing, though snapshots are there. {REMEDY}")


def _clinics_own(outreach: pa.Table | None, tasks: pa.Table | None) -> dict[str, pa.Table]:
    """The clinic's own tables that take the place of the models of their names, as far as it has them."""
    tables = {"outreach": outreach, "task_catalogue": tasks}
    return {name: table for name, table in tables.items() if table is not None}


def _is_up_to_date(home: Path, before: Path, built_from: str, spark: distributed.Spark | None) -> bool:
    """Whether the tables of the snapshot in force, and those on Spark's disk, are the ones that would be built now."""
    intact = snapshots.current(home) == before  # nothing newer is damaged, and the pointer was not lost
    intact = intact and snapshots.digest_file(before).exists()  # without it, damage to come would not show
    return intact and publish.built_from(before) == built_from and (spark is None or spark.holds(built_from))


def _keep_words(home: Path, private: Path, accepted: Iterable[str]) -> None:
    """Keep the accepted words for the runs to come."""
    (private / ACCEPTED_WORDS).write_text("".join(f"{text}\n" for text in sorted(accepted)), "utf-8")
    (private / ACCEPTED_WORDS).replace(home / ACCEPTED_WORDS)


def _put_in_force(asked: Asked, new: Path) -> Path:
    """Put the run's store and snapshot in the place of those before. Returns the snapshot's path in the home."""
    if asked.from_ledgers and (asked.home / STORE).exists():
        (asked.home / STORE).replace(asked.home / SET_ASIDE)
    (asked.private / STORE).replace(asked.home / STORE)
    return snapshots.publish(asked.home, new)


def keeps_tables(home: Path, folder: Path | None = None) -> bool:
    """Whether a home and a folder of exports have so many rows that a run keeps its tables for the next one."""
    stored = value_in(home / STORE, "SELECT sum(accepted) FROM files") or 0
    return max(stored, _bytes_in(folder) // BYTES_OF_A_ROW) > IN_MEMORY


def _engine(private: Path, *, in_memory: bool) -> Engine:
    return Engine(at_once=True) if in_memory else Engine(private / "work.duckdb", memory=MOST_MEMORY)


def _bytes_in(folder: Path | None) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder else 0


def _words_in(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else dictionary.accepted_in(path)


def _outreach(home: Path, clinic: settings.Settings, before: Path | None) -> tuple[pa.Table | None, str]:
    """The journal's entries, None without a journal yet; and the problem with it, if there is one.

    A run does not wait for a journal that cannot be reached, and no contact that an earlier run has read is lost: the
    rows of the snapshot before take their place. Entries are only ever added, so a missing one was lost.
    """
    published = _published_outreach(before)
    rows, known, problem = None, set(), ""
    if clinic.journal_url or (home / JOURNAL).exists():
        from pipelines.journal.store import Journal, JournalUnavailableError, read

        try:
            contacts = Journal.of(home, clinic)
            rows = read(contacts)
            known = {entry.entry_id for entry in contacts.everything()} if published else set()
        except JournalUnavailableError as error:
            return published, str(error)
    if published is not None and published.num_rows:
        gone = (row not in known for row in published["entry_id"].to_pylist())
        lost = published.filter(arrays.column(gone, pa.bool_()))
        if lost.num_rows:
            problem = (
                f"{lost.num_rows:,} contacts that an earlier run read are no longer in the journal, and were kept as "
                "that run read them. Was its file deleted or replaced by an old one? Put its backup back."
            )
            rows = lost if rows is None else pa.concat_tables([rows, lost.cast(rows.schema)])
    return rows, problem


def recall(engine: Engine, home: Path, snapshot: Path | None) -> None:
    """Record in an empty store what the last whole snapshot knows of earlier runs, and the forgotten clients.

    The files count as not checked yet, so each is read again, as of the run that first delivered it, because that
    decides which row restates which.
    """
    if snapshot is not None:
        engine.attach(snapshot, "earlier", read_only=True)
        for ledger in publish.RECALLED.keys() & set(engine.tables("earlier")):
            engine.run(f"INSERT INTO store.{ledger} BY NAME SELECT * FROM earlier.{ledger}")
        engine.run("UPDATE store.files SET checked_by = NULL")
        engine.detach("earlier")
    for client_id in audit.clients(home, "forget"):
        store.forget(engine, client_id, date.today())


def _published_outreach(snapshot: Path | None) -> pa.Table | None:
    if snapshot is None:
        return None
    try:
        with Engine(snapshot, read_only=True) as engine:
            return engine.arrow("SELECT * FROM outreach")
    except EngineError:
        return None


def space_needed(home: Path, folder: Path | None = None) -> int:
    """How many bytes must be free on the disk for a run over the folder, or one without a new file.

    A run holds a copy of the store, the tables that it builds beside those of the run before, and the new snapshot at
    once.
    """
    stored = [path for path in (home / STORE, home / KEPT, *snapshots.there(home)[-1:]) if path.exists()]
    return LEAST_SPACE + sum(path.stat().st_size for path in stored) + TABLES_TO_EXPORTS * _bytes_in(folder)


def _require_space(folder: Path, home: Path) -> None:
    """Refuse to begin if the disk would be full before the end. Raises NoSpaceError.

    What a run kept for the next one is deleted first.
    """
    needed, free = space_needed(home, folder), shutil.disk_usage(home).free
    if free < needed and (home / KEPT).exists():
        kept.remove(home)
        needed, free = space_needed(home, folder), shutil.disk_usage(home).free
    if free < needed:
        raise NoSpaceError(
            f"A run needs at least {needed / 1e6:,.0f} MB free on the disk of {home}; there are {free / 1e6:,.0f} MB."
        )


def _built_from(engine: Engine, as_of: date, clinic: settings.Settings, own: Mapping[str, pa.Table]) -> str:
    """A digest of all that the tables depend on: stored rows, the as-of date, the clinic's settings and tables, the
    models.

    A run that accepts no row can only take some away, and then a stored table has fewer.
    """
    changed = engine.value("SELECT max(run_id) FROM store.files WHERE accepted > 0")
    counts = (f"SELECT '{name}', count(*) FROM store.{name}" for name in (*exports(), "forgotten"))
    inputs = repr(
        (
            changed,
            engine.rows(" UNION ALL ".join(counts)),
            as_of,
            clinic,
            [(name, table.to_pylist()) for name, table in own.items()],
            build.fingerprint(),
        )
    )
    return hashlib.sha256(inputs.encode()).hexdigest()


def build_tables(
    engine: Engine,
    as_of: date,
    clinic: settings.Settings,
    own: Mapping[str, pa.Table],
    before: Path | None = None,
    building: Callable[[str], None] = lambda model: None,
    keeper: kept.Keeper | None = None,
    spark: distributed.Spark | None = None,
    besides: Iterable[build.Step] = (),
) -> None:
    """Build every model from the store attached to the engine, and check the result. Raises ChecksFailedError.

    `own`: tables of the clinic's own that take the place of the models of their names. `before`: the snapshot in force,
    whose flags and fits are kept. `keeper`: what builds the tables upon those of the run before. `spark`: what builds
    all but the staging tables. The engine itself builds them if there is neither. `besides`: what is done with the
    tables as soon as they are there.
    """
    _require_measures(clinic)
    own_builder: Builder = keeper or engine
    standing = flags.published(before)
    brought = {name: given_table(name, rows) for name, rows in _from_settings(as_of, clinic).items()} | dict(own)
    brought |= {name: table for name, table in standing.items() if name not in fit.TABLES}
    brought["column_filled"] = given_table("column_filled", columns_filled(engine, exports(clinic.fellowships)))
    for name, table in brought.items():
        own_builder.load(name, table)
    staged = [name for name, model in models().items() if model.is_staged]
    given = brought.keys() | build.build(own_builder, given=brought.keys(), only=staged, progress=building)
    by_code = [fit.step(as_of, standing), TURNS, flags.REASONS, SURVIVAL_TEST]
    with spark.builder(engine, given) if spark else nullcontext(own_builder) as builder:
        build.build(builder, given=given, by_code=by_code, besides=besides, progress=building)
        failed = build.check(builder)
    if failed:
        listed = ", ".join(f"{name} ({rows} rows)" for name, rows in failed.items())
        raise ChecksFailedError(f"The tables do not hold together, so nothing was published: {listed}.")


def _from_settings(as_of: date, clinic: settings.Settings) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables that follow from the as-of date and the clinic's settings."""
    return {
        "clock": [{"as_of": as_of}],
        "clinic": [{"name": clinic.name, "date_basis": clinic.date_basis}],
        "decline_choice": [
            {"false_alerts_per_year": clinic.false_alerts_per_year, "caseload_share": clinic.flags_share_of_caseload}
        ],
        "target": [{"measure": measure, "value": float(value)} for measure, value in clinic.targets],
        "rebase": [asdict(each) for each in clinic.rebase],
    }


def _require_measures(clinic: settings.Settings) -> None:
    """Raises SettingsError if the settings name an unknown measure."""
    known = models()["measures"].rows()["name"].to_pylist()
    for measure in [*(name for name, _ in clinic.targets), *(each.measure for each in clinic.rebase)]:
        if measure not in known:
            raise settings.SettingsError(f"{SETTINGS}: there is no measure {measure!r}; docs/measures.md lists them.")


def check(
    folder: Path,
    *,
    as_of: date | None = None,
    profile: Path | None = None,
    accept_words: Path | None = None,
    watcher: Watcher | None = None,
) -> tuple[Intake, list[Rejection]]:
    """Read and check a folder of exports as a first run would, and write nothing."""
    declared: Mapping[str, Export] = exports()
    with Engine() as engine:
        store.open_in(engine, declared)
        intake = take_in(
            engine,
            folder,
            declared,
            load_profile(profile, declared) if profile else Profile(),
            run_id=1,
            today=date.today(),
            as_of=as_of,
            dictionary=dictionary.Dictionary(_words_in(accept_words) | catalogue.words(None)),
            progress=(watcher or Watcher()).reading,
        )
        return intake, rejections.of_run(engine)
