"""The commands. Exit codes: 0 done; 1 done, but something was not taken; 2 could not run, nothing changed."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from meshwork import __version__
from pipelines import loopback
from pipelines.home import default as default_home
from pipelines.owner_only import UMASK, close_to_others

if TYPE_CHECKING:
    from dashboard.access.sign_in import SignIn
    from pipelines.ingest.intake import Intake
    from pipelines.running import Watcher
    from pipelines.settings import Settings

DONE, NOT_ALL_TAKEN, COULD_NOT_RUN = 0, 1, 2
INTERRUPTED = "It was interrupted."
UNCHANGED = "What was published before has not changed."
DIGEST = "a digest for each therapist"  # as the audit says it

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_path = click.Path(path_type=Path)


class _Day(click.ParamType):  # type: ignore[type-arg]
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date (YYYY-MM-DD)", param, ctx)


class _Month(click.ParamType):  # type: ignore[type-arg]
    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        if value == "last":
            return (date.today().replace(day=1) - timedelta(days=1)).replace(day=1)
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is neither a month (YYYY-MM) nor `last`", param, ctx)


def _home(ctx: click.Context, param: click.Parameter, given: Path | None) -> Path:
    """The full path of the home, which every command prints: a mistaken one is seen at once."""
    folder = given.absolute() if given else default_home()
    click.echo(f"Home: {folder}", err=True)
    return folder


def _homes(ctx: click.Context, param: click.Parameter, given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The homes of a network's clinics, each once; the default home if none is given."""
    found = tuple(_home(ctx, param, each) for each in given or (None,))
    again = [home for n, home in enumerate(found) if home.resolve() in {each.resolve() for each in found[:n]}]
    if again:
        raise click.BadParameter(f"{again[0]} is given twice.", ctx, param)
    return found


_words_option = click.option(
    "--accept-words",
    type=_file,
    help="A file of words that are not names, one per line: for texts of tasks and topics, and for names of sites and "
    "programs.",
)
_home_option = click.option(
    "--home",
    type=_path,
    callback=_home,
    help="The folder of the store, the snapshots and the journal  [default: $MESHWORK_HOME; else var here, if "
    "that is a home; else this user's folder for data]",
)


def _engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which engine builds the tables; the command gets the master of `spark`, or None."""

    @click.option(
        "--engine",
        type=click.Choice(["duckdb", "spark"]),
        default="duckdb",
        show_default=True,
        help="What builds the tables: DuckDB on this machine, or Apache Spark (docs/scale.md says when).",
    )
    @click.option(
        "--master",
        metavar="URL",
        help="Which Spark: local[2], spark://host:7077, yarn, or sc://host for Spark Connect [default: local[*]].",
    )
    @wraps(command)
    def chosen(*, engine: str, master: str | None, **options: Any) -> None:
        if master and engine != "spark":
            raise click.UsageError("--master is for --engine spark.")
        command(**options, spark=(master or "local[*]") if engine == "spark" else None)

    return chosen


class _Commands(click.Group):
    """Commands that, when interrupted, exit with the contract's code for "could not run, nothing changed"."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _stop(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="meshwork")
def main() -> None:
    """Meshwork: exports in, published tables and a dashboard out."""
    os.umask(UMASK)
    from pipelines.at_rest import refuse_where_asked

    with _errors_as_sentences():
        refuse_where_asked(os.environ)


@main.command(short_help="Take in what is new, and publish it.")
@click.option("--exports", "folder", type=_folder, required=True, help="The folder of exports.")
@_home_option
@click.option("--as-of", type=_Day(), help="The day up to which the data go [default: the latest in them].")
@click.option("--profile", type=_file, help="A mapping profile (TOML) for exports in a layout of your own.")
@_words_option
@click.option("--json", "as_json", is_flag=True, help="Print the run's counts as one JSON object.")
@_engine_options
def run(
    folder: Path,
    home: Path,
    as_of: date | None,
    profile: Path | None,
    accept_words: Path | None,
    as_json: bool,
    spark: str | None,
) -> None:
    """Take in what is new; if anything is, rebuild the tables and publish a snapshot."""
    from pipelines.run import run as run_once
    from pipelines.wording.dates import long_date

    _close(home)
    with _errors_as_sentences(publishing=True), _progress() as watcher:
        clinic = _clinic(home)
        finished = run_once(
            folder, home, as_of=as_of, profile=profile, accept_words=accept_words, watcher=watcher, spark=spark
        )
    if as_json:
        name = finished.snapshot.relative_to(home).as_posix()
        _print_json(finished.intake, run_id=finished.run_id, snapshot=name, published=finished.published)
    else:
        _print_intake(finished.intake)
        number, reach = finished.snapshot.stem, f"the data go to {long_date(finished.intake.as_of)}"
        new = f"Published snapshot {number}: {reach}."
        click.echo(new if finished.published else f"Nothing is new, so snapshot {number} stays in force: {reach}.")
    not_written = _digest_if_wanted(home, finished.snapshot, clinic, quiet=as_json)
    for problem in filter(None, [not_written, finished.journal_problem, finished.clock_problem]):
        click.echo(problem, err=True)
    all_done = finished.intake.clean and not finished.journal_problem and not not_written
    sys.exit(DONE if all_done else NOT_ALL_TAKEN)


def _digest_if_wanted(home: Path, snapshot: Path, clinic: Settings, *, quiet: bool) -> str:
    """Write the therapists' worklists after a run, if the settings name a folder. Returns why it could not be done."""
    from pipelines.errors import ActionableError

    if not clinic.digest_folder:
        return ""
    from pipelines import digest as digests

    try:
        _note_export(home, DIGEST)
        written = digests.write(home, home / clinic.digest_folder, clinic, date.today())
    except (ActionableError, OSError, KeyboardInterrupt) as error:
        return f"Snapshot {snapshot.stem} is published, but the worklists were not written. {_sentence(error)}"
    if not quiet:
        click.echo(f"{len(written)} files of worklists are in {home / clinic.digest_folder}.")
    return ""


@main.command(short_help="Make a lost store anew from all the deliveries so far.")
@click.option("--exports", "folder", type=_folder, required=True, help="The folder with all the deliveries so far.")
@_home_option
@click.option("--as-of", type=_Day(), help="The day up to which the data go [default: the latest in them].")
@click.option("--profile", type=_file, help="A mapping profile (TOML) for exports in a layout of your own.")
@_engine_options
def rebuild(folder: Path, home: Path, as_of: date | None, profile: Path | None, spark: str | None) -> None:
    """Make a damaged or lost store anew from all the deliveries so far."""
    from pipelines.rebuild import rebuild as rebuild_once

    with _errors_as_sentences(publishing=True), _progress() as watcher:
        rebuilt = rebuild_once(folder, home, as_of=as_of, profile=profile, watcher=watcher, spark=spark)
    _print_intake(rebuilt.finished.intake)
    click.echo(f"The store was made anew, and snapshot {rebuilt.finished.snapshot.stem} is published.")
    for file in rebuilt.missing:
        click.echo(f"  Not in this folder, though an earlier run read it: {file}")
    sys.exit(NOT_ALL_TAKEN if rebuilt.missing or not rebuilt.finished.intake.clean else DONE)


@main.command()
@click.option("--exports", "folder", type=_folder, required=True, help="The folder of exports.")
@click.option("--as-of", type=_Day(), help="The day up to which the data go [default: the latest in them].")
@click.option("--profile", type=_file, help="A mapping profile (TOML) for exports in a layout of your own.")
@_words_option
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def check(folder: Path, as_of: date | None, profile: Path | None, accept_words: Path | None, as_json: bool) -> None:
    """Read and check exports; write nothing."""
    from pipelines.refresh import check as check_once

    with _errors_as_sentences(), _progress() as watcher:
        intake, reasons = check_once(folder, as_of=as_of, profile=profile, accept_words=accept_words, watcher=watcher)
    if as_json:
        _print_json(intake)
    else:
        _print_intake(intake, kept=False)
        for reason in reasons:
            click.echo(f"  {reason}")
    sys.exit(DONE if intake.clean else NOT_ALL_TAKEN)


@main.command()
@click.option("--export", help="Only the rows of this export.")
@click.option("--csv", "csv_file", type=_path, help="Write them to a CSV file.")
@_home_option
def rejected(export: str | None, csv_file: Path | None, home: Path) -> None:
    """List the rows that were rejected, with reasons."""
    from pipelines.contract import exports
    from pipelines.rejections import Rejection, published
    from pipelines.spreadsheet import write

    if export is not None:
        _require_one_of(export, exports())
    with _errors_as_sentences():
        rows = published(home, export)
        if csv_file is not None:
            _note_export(home, "rejected rows as CSV")
            with csv_file.open("w", encoding="utf-8", newline="") as stream:
                write(stream, [Rejection._fields, *rows])
            click.echo(f"{len(rows):,} rejected rows written to {csv_file}.")
            return
    for row in rows:
        click.echo(str(row))
    if not rows:
        click.echo("No row was rejected.")


@main.command(short_help="Write a page for each therapist: whom to call, and why.")
@click.option("--out", type=_path, required=True, help="The folder to write into.")
@_home_option
def digest(out: Path, home: Path) -> None:
    """Write a page for each therapist: whom to call and what changed. Nothing is sent."""
    from pipelines import digest as digests

    with _errors_as_sentences():
        _note_export(home, DIGEST)
        for path in digests.write(home, out, _clinic(home), date.today()):
            click.echo(path)


@main.command()
@click.option("--month", type=_Month(), help="The month; `last` is the one before this.")
@click.option("--all-months", is_flag=True, help="Every month that is published, in place of one.")
@click.option("--out", type=_path, required=True, help="The folder to write into.")
@click.option("--format", "formats", default="pdf,html,xlsx,csv", show_default=True, help="Which formats.")
@click.option("--by", type=click.Choice(["site"]), help="Also one report of each site, with the clinic's outcomes.")
@_home_option
def report(month: date | None, all_months: bool, out: Path, formats: str, by: str | None, home: Path) -> None:
    """Write the monthly report."""
    from pipelines import report as monthly
    from pipelines import snapshots
    from pipelines.wording import freshness

    if (month is None) != all_months:
        raise click.UsageError("Give a month (--month YYYY-MM), or --all-months.")
    wanted = [name.strip() for name in formats.split(",")]
    unknown = [name for name in wanted if name not in monthly.FORMATS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is not one of {', '.join(monthly.FORMATS)}", param_hint="--format")
    with _errors_as_sentences():
        chosen = _clinic(home)
        served = snapshots.in_force(home)
        _note_export(home, f"report of {f'{month:%Y-%m}' if month else 'every month'} as {', '.join(wanted)}")
        for path in monthly.write(
            home,
            month,
            out,
            wanted,
            chosen.smallest_group,
            round_to=chosen.round_counts_to,
            by_site=by == "site",
        ):
            click.echo(path)
    if served.snapshot is not None and (served.damaged or served.pointer_lost):
        shown = snapshots.number(served.snapshot)
        click.echo(freshness.fallback(served.damaged, pointer_lost=served.pointer_lost, shown=shown), err=True)
        sys.exit(NOT_ALL_TAKEN)


@main.command()
@click.option("--out", type=_path, required=True, help="The folder to write into.")
@click.option("--clients", type=click.IntRange(min=1), default=180, show_default=True)
@click.option("--weeks", type=click.IntRange(min=1), default=52, show_default=True)
@click.option("--seed", type=int, default=2026, show_default=True)
@click.option("--journal", is_flag=True, help="Also what its therapists did about the flags of a run of these exports.")
def sample(out: Path, clients: int, weeks: int, seed: int, journal: bool) -> None:
    """Write the exports of a fictional clinic."""
    from pipelines import sample as synthetic

    with _errors_as_sentences(), _progress_line() as show:
        synthetic.write(
            out,
            clients=clients,
            weeks=weeks,
            seed=seed,
            journal=journal,
            progress=lambda done: show(f"Writing {done:,} of {clients:,} clients"),
        )
    click.echo(f"The exports of a fictional clinic with {clients:,} clients over {weeks} weeks are in {out}.")


@main.command(short_help="Make a pseudonymised export of a file that names clients.")
@click.option("--in", "source", type=_file, required=True, help="The file in which clients are identified.")
@click.option("--export", "name", required=True, help="The export to make.")
@click.option("--out", type=_path, required=True, help="The CSV file to write.")
@click.option("--key-file", type=_path, required=True, help="The clinic's secret; made if it does not exist.")
@click.option("--profile", type=_file, help="A mapping profile (TOML) for a file in a layout of your own.")
@click.option(
    "--move-dates",
    type=click.Choice(["clinic", "client"]),
    is_flag=False,
    flag_value="clinic",
    help="Move dates back by a secret number of weeks: one for the clinic, or one for each client.",
)
@click.option("--crosswalk", type=_path, help="A CSV of whose pseudonym is whose, to add to. It stays in the clinic.")
def deidentify(
    source: Path,
    name: str,
    out: Path,
    key_file: Path,
    profile: Path | None,
    move_dates: Literal["clinic", "client"] | None,
    crosswalk: Path | None,
) -> None:
    """Make a pseudonymised export of a file in which clients are identified."""
    from pipelines import deidentify as making
    from pipelines.contract import exports
    from pipelines.ingest.layout import OWN, load

    tables = {each.name: each for each in exports().values() if each.format == "table"}
    _require_one_of(name, tables)
    with _errors_as_sentences(), _progress_line() as show:
        layout = load(profile, tables).layout_of(source.name) if profile else OWN
        if layout is None or layout.export not in (None, name):
            raise click.BadParameter(f"none of its sources reads {source.name} as {name}", param_hint="--profile")
        making.require_apart(source=source, out=out, key_file=key_file, crosswalk=crosswalk, profile=profile)
        key, made = making.key_of(key_file)
        done = making.deidentify(
            source,
            tables[name],
            out,
            key,
            layout=layout,
            move_dates=move_dates,
            crosswalk=crosswalk,
            progress=lambda rows: show(f"Reading {source.name}: {rows:,} rows"),
            left_out=lambda sentence: click.echo(f"  {sentence}"),
        )
    if made:
        click.echo(
            f"A key was made: {key_file}. Keep it secret and safe: without it the pseudonyms cannot be made again."
        )
    elif key.guessable:
        click.echo(f"The key in {key_file} is so short that it can be guessed; use one of 16 characters or more.")
    of_nobody = f", {done.of_nobody:,} of them because they name no client" if done.of_nobody else ""
    click.echo(
        f"{done.rows_read:,} rows read, {done.written:,} written to {out} with {done.clients:,} clients, "
        f"{done.not_taken:,} not taken{of_nobody}."
    )
    click.echo("What was done to each column:")
    for column, treatment in done.columns:
        click.echo(f"  {column}: {treatment}")
    if move_dates == "client":
        click.echo(
            "Each client's dates were moved by a different number of weeks. Comparisons of a client with the client's "
            "own past still hold; weeks and months of the clinic, closures and absences of a site do not."
        )
    sys.exit(NOT_ALL_TAKEN if done.not_taken else DONE)


@main.command(short_help="Remove a client from everything that is kept.")
@click.argument("client")
@_home_option
def forget(client: str, home: Path) -> None:
    """Remove a client from the store, every kept snapshot and the journal, and prove it."""
    import getpass

    from pipelines import forget as forgetting

    with _errors_as_sentences(), _progress() as watcher:
        try:
            gone = forgetting.forget(home, client, getpass.getuser(), watcher.building)
        except forgetting.UnfinishedError as error:
            click.echo(f"{error} {_sentence(error.__cause__)} Run it again: it does what is left.", err=True)
            _print_delivering(error.files)
            sys.exit(NOT_ALL_TAKEN)
    click.echo(
        f"Removed: {gone.stored:,} rows of the store, {gone.published:,} of the kept snapshots, {gone.noted:,} entries "
        "of the journal. All of these files were written anew."
    )
    if gone.snapshot:
        click.echo(f"Published snapshot {gone.snapshot.stem}: none of its figures counts the client.")
    if gone.brought_back:
        click.echo(
            "You had gone back to an earlier snapshot. What was delivered after it replaced rows and could not be left "
            "out: it is in the new snapshot."
        )
    if gone.left:
        click.echo(f"The client is still found in {', '.join(gone.left)}. Delete what is there, then run this again.")
    else:
        how = "in every text of every table and in the bytes of" if gone.bytes_too else "in every table of"
        click.echo(f"Searched {how} {gone.searched:,} files: nothing of the client is left in {home}.")
    click.echo("The audit keeps the pseudonym. Restart a dashboard that is running: it holds the old files open.")
    click.echo("Not reached from here: backups, reports and lists that were written, and the exports themselves.")
    _print_delivering(gone.files)
    sys.exit(NOT_ALL_TAKEN if gone.left else DONE)


def _print_delivering(files: Sequence[str]) -> None:
    for name in files:
        click.echo(f"  {name} delivered rows of the client.")


@main.command()
@click.option("--exports", "folder", type=_folder, required=True, help="A folder of files in a layout of their own.")
@click.option("--out", type=_path, required=True, help="The mapping profile (TOML) to write.")
def profile(folder: Path, out: Path) -> None:
    """Write a first mapping profile for foreign files."""
    from pipelines.contract import exports
    from pipelines.ingest.guess import as_toml, guess

    if out.exists():
        raise click.BadParameter(f"{out} already exists: give another name", param_hint="--out")
    with _errors_as_sentences():
        guesses, without = guess(folder, exports())
        out.write_text(as_toml(guesses, without), "utf-8")
    for each in guesses:
        state = "" if each.certain else " It has questions for you."
        click.echo(f"{each.file} is read as {each.export.name}: {len(each.columns)} columns found.{state}")
    for sentence in without:
        click.echo(f"Not in the profile: {sentence}")
    click.echo(f"The profile is {out}. Look through it before you use it.")
    sys.exit(DONE if guesses and not without and all(each.certain for each in guesses) else NOT_ALL_TAKEN)


@main.command()
@click.option("--out", type=_path, required=True, help="The folder to write into.")
def templates(out: Path) -> None:
    """Write an empty CSV of each export, with its header."""
    from pipelines.contract import exports

    with _errors_as_sentences():
        out.mkdir(parents=True, exist_ok=True)
        for export in exports().values():
            if export.format == "table":
                (out / f"{export.name}.csv").write_text(",".join(export.header) + "\n", "utf-8")
    click.echo(f"The templates are in {out}.")


@main.command(short_help="Show the dashboard of a fictional clinic.")
@click.option("--port", type=click.IntRange(1, 65535), help="[default: the first free one from 8501]")
def demo(port: int | None) -> None:
    """Show the dashboard of a fictional clinic, in a folder that is deleted when it stops."""
    from pipelines import settings
    from pipelines.journal import file as journal_file
    from pipelines.journal.store import Journal
    from pipelines.run import run as run_once

    samples = Path(__file__).parents[1] / "data" / "sample"
    with TemporaryDirectory(prefix="meshwork-demo-") as folder:
        home = Path(folder)
        with _errors_as_sentences(), _progress() as watcher:
            journal_file.read(Journal.of(home, settings.load(home)), samples / "journal" / "outreach.csv")
            run_once(samples, home, watcher=watcher)
        _serve([home], port)


@main.group()
def outreach() -> None:
    """The journal of contacts: take it out, or take one in."""


@outreach.command("export")
@click.option("--out", type=_path, required=True, help="The CSV file to write.")
@_home_option
def export_outreach(out: Path, home: Path) -> None:
    """Write the journal as a CSV: pseudonyms, days and what was done; no notes."""
    from pipelines import settings
    from pipelines.journal import file as journal_file
    from pipelines.journal.store import Journal

    if not home.is_dir():
        raise click.BadParameter(f"there is no folder {home}.", param_hint="--home")
    with _errors_as_sentences():
        _note_export(home, "the journal of contacts")
        written = journal_file.write(Journal.of(home, settings.load(home)), out)
    click.echo(f"{written:,} entries written to {out}.")


@outreach.command("import")
@click.option("--file", "path", type=_file, required=True, help="A CSV that `outreach export` wrote.")
@_home_option
def import_outreach(path: Path, home: Path) -> None:
    """Add the entries of another journal; those that are here already are left as they are."""
    from pipelines import settings
    from pipelines.journal import file as journal_file
    from pipelines.journal.store import Journal

    with _errors_as_sentences():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = journal_file.read(Journal.of(home, settings.load(home)), path)
    click.echo(f"Entries added: {taken.added:,}; known: {taken.known:,}; not taken: {len(taken.problems):,}.")
    for problem in taken.problems:
        click.echo(f"  {problem}")
    sys.exit(NOT_ALL_TAKEN if taken.problems else DONE)


@main.group()
def audit() -> None:
    """Who saw which client, and who took what out."""


@audit.command()
@click.option("--head", metavar="N:DIGEST", help="A head that was kept elsewhere; it must still be in the audit.")
@_home_option
def verify(head: str | None, home: Path) -> None:
    """Say whether the audit is whole: no entry changed, removed, inserted or cut off."""
    from pipelines import audit as log
    from pipelines.wording.amounts import count

    with _errors_as_sentences():
        verdict = log.verify(home, head)
    for sentence in (*verdict.problems, *verdict.remarks):
        click.echo(sentence)
    if verdict.problems:
        click.echo("The audit is NOT whole.")
    elif verdict.entries:
        noted = count(verdict.entries, "entry", "entries")
        click.echo(f"The audit is whole: {noted}. Its head, to be kept elsewhere: {verdict.head}")
    else:
        click.echo("Nothing has been noted yet.")
    sys.exit(NOT_ALL_TAKEN if verdict.problems else DONE)


@main.command()
@_home_option
def doctor(home: Path) -> None:
    """Say what is wrong with this installation, and what to do. Nothing is changed."""
    from pipelines.doctor import examine

    with _errors_as_sentences():
        findings = examine(home, date.today())
    for finding in findings:
        click.echo(f"{'LOOK' if finding.is_wrong else 'ok':<5}{finding.part:<12} {finding.sentence}")
        if finding.is_wrong:
            click.echo(f"{'':<17} → {finding.remedy}")
    sys.exit(NOT_ALL_TAKEN if any(finding.is_wrong for finding in findings) else DONE)


@main.command(short_help="Write the whole home, with the journal, into one file.")
@click.option("--out", type=_path, required=True, help="The file to write.")
@_home_option
def backup(out: Path, home: Path) -> None:
    """Write the whole home, the journal of contacts included, into one file."""
    from pipelines import backup as copies

    with _errors_as_sentences():
        _note_export(home, "a backup of the home")
        made = copies.write(home, out)
    click.echo(f"{made.files:,} files of {home} are in {out} ({made.size / 1e6:,.1f} MB). Keep it as safe as the home.")


@main.command()
@click.option("--from", "path", type=_file, required=True, help="A file that `meshwork backup` wrote.")
@_home_option
def restore(path: Path, home: Path) -> None:
    """Put a backup back, as a new home."""
    from pipelines import backup as copies

    with _errors_as_sentences():
        found = copies.restore(path, home)
    click.echo(f"{found.files:,} files were restored to {home}, each compared with its digest.")


@main.command()
@_home_option
def rollback(home: Path) -> None:
    """Publish the snapshot before the current one again."""
    from pipelines.snapshots import roll_back

    with _errors_as_sentences():
        snapshot = roll_back(home)
    click.echo(f"Snapshot {snapshot.stem} is in force again.")


@main.command(short_help="Serve the dashboard.")
@click.option(
    "--home",
    "homes",
    type=_path,
    multiple=True,
    callback=_homes,
    help="As of the other commands. Given several times: the homes of a network's clinics, shown side by side.",
)
@click.option(
    "--sign-in",
    "sign_in_folder",
    type=_folder,
    help="The folder of the sign-in.toml by which people come to a network  [default: the first home that has one].",
)
@click.option("--port", type=click.IntRange(1, 65535), help="[default: the first free one from 8501]")
@click.option("--listen", "address", default=loopback.ADDRESS, show_default=True, help="The address to listen on.")
@click.option("--public-name", metavar="NAME", help="The name by which browsers reach it through a proxy.")
@click.option(
    "--behind-proxy", is_flag=True, help="Say that a proxy in front lets in only people who may see every client."
)
@click.option("--log-json", is_flag=True, help="Log lines of JSON.")
def dashboard(
    homes: tuple[Path, ...],
    sign_in_folder: Path | None,
    port: int | None,
    address: str,
    public_name: str | None,
    behind_proxy: bool,
    log_json: bool,
) -> None:
    """Serve the dashboard on 127.0.0.1, or elsewhere where people sign in (docs/security.md)."""
    from dashboard.access import exposure, roles

    several = len(homes) > 1
    if sign_in_folder and not several:
        raise click.UsageError("--sign-in is for several homes: one has its own sign-in.toml.")
    there = [home for home in homes if home.is_dir()] if several else [*homes]
    with _errors_as_sentences():
        signing_in = exposure.how_people_sign_in(there or homes, sign_in_folder)
        exposure.require_protected(
            (address, public_name or loopback.ADDRESS),
            signed_in=signing_in is not None,
            behind_proxy=behind_proxy,
            network=several,
        )
        unseen = exposure.first_without_roles(there)
    if signing_in and unseen:
        click.echo(
            f"People sign in, but {unseen / roles.FILE} gives nobody a role: nobody will see anything.", err=True
        )
    for home in there:
        _close(home)
    _serve(homes, port, address, public_name, signing_in=signing_in, behind_proxy=behind_proxy, log_json=log_json)


def _serve(
    homes: Sequence[Path],
    port: int | None,
    address: str = loopback.ADDRESS,
    public_name: str | None = None,
    *,
    signing_in: SignIn | None = None,
    behind_proxy: bool = False,
    log_json: bool = False,
) -> None:
    from dashboard.server import free_port, serve

    with _errors_as_sentences():
        port = free_port(address, port)
    click.echo(f"Meshwork is at http://{f'[{address}]' if ':' in address else address}:{port} (Ctrl+C stops it).")
    sys.stdout.flush()
    serve(homes, port, address, public_name, signing_in=signing_in, behind_proxy=behind_proxy, log_json=log_json)


def _require_one_of(export: str, known: Collection[str]) -> None:
    if export not in known:
        raise click.BadParameter(f"{export!r} is not one of {', '.join(known)}", param_hint="--export")


def _clinic(home: Path) -> Settings:
    """The clinic's settings; from here on, days are written as it writes them. Raises SettingsError."""
    from pipelines import settings
    from pipelines.wording import dates

    clinic = settings.load(home)
    dates.follow(clinic.date_format)
    return clinic


def _close(home: Path) -> None:
    """Close a home that was made before files were closed to others, and say so."""
    closed = close_to_others(home) if home.is_dir() else 0
    if closed:
        click.echo(
            f"{home}: {closed:,} of its files and folders could be read or changed by other users of this machine. "
            "Now only their owner can.",
            err=True,
        )


def _note_export(home: Path, about: str) -> None:
    """Note in the audit that somebody takes something out, before it is done. Raises AuditError."""
    import getpass

    from pipelines import audit as log

    if home.is_dir():  # else there is nothing to take out
        log.note(home, log.Act(getpass.getuser(), "operator", "export", about=about))


@contextmanager
def _errors_as_sentences(*, publishing: bool = False) -> Iterator[None]:
    """What can go wrong ends as a sentence and exit code 2, never as a trace with values in it.

    `publishing`: it is said, too, that what was published before stays as it is.
    """
    from pipelines.errors import ActionableError

    try:
        yield
    except (ActionableError, OSError, KeyboardInterrupt) as error:
        _stop(f"{_sentence(error)} {UNCHANGED}" if publishing else _sentence(error))


def _sentence(error: BaseException | None) -> str:
    """Why something could not be done."""
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        where = f" ({error.filename})" if error.filename else ""
        return "The disk is full." if full else f"{error.strerror or 'The system refused'}{where}."
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else str(error)


def _stop(sentence: str) -> NoReturn:
    click.echo(f"Meshwork could not do that. {sentence}", err=True)
    sys.exit(COULD_NOT_RUN)


@contextmanager
def _progress_line() -> Iterator[Callable[[str], None]]:
    """Returns what shows a text on the progress line of a terminal; silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("Starting")
        yield lambda text: bar.update(line, description=text)


@contextmanager
def _progress() -> Iterator[Watcher]:
    """Shows the file being read and the table being built."""
    from pipelines.running import Watcher

    with _progress_line() as show:
        yield Watcher(
            reading=lambda file, rows: show(f"Reading {file}: {rows:,} rows"),
            building=lambda model: show(f"Building {model}"),
        )


def _print_intake(intake: Intake, *, kept: bool = True) -> None:
    totals = intake.totals
    click.echo(f"{'file':<44} {'read':>10} {'accepted':>10} {'known':>10} {'rejected':>10}")
    for count in (*intake.files, totals):
        click.echo(
            f"{count.file:<44} {count.rows_read:>10,} {count.accepted:>10,} {count.known:>10,} {count.rejected:>10,}"
        )
        if count.note:
            click.echo(f"  {'REFUSED: ' if count.status == 'refused' else ''}{count.note}")
    for entry in intake.not_read:
        click.echo(f"Not read: {entry.name} ({entry.why})")
    if totals.rejected and kept:
        click.echo("Rejected rows are kept with their reasons: `meshwork rejected` lists them.")
    if any(count.rejected == count.rows_read > 0 for count in intake.files):
        click.echo("Is a file laid out in another way? `meshwork profile` writes a first mapping profile for it.")


def _print_json(intake: Intake, **about: Any) -> None:
    from pipelines.ingest.intake import COUNTS

    refused = [count.file for count in intake.files if count.status == "refused"]
    click.echo(
        json.dumps(
            {
                **about,
                "as_of": intake.as_of.isoformat(),
                **{name: getattr(intake.totals, name) for name in COUNTS},
                "refused": refused,
                "not_exports": [entry.name for entry in intake.not_read],
                "not_read": [asdict(entry) for entry in intake.not_read],
                "files": [asdict(count) for count in intake.files],
            },
            indent=2,
        )
    )
