"""The digest: a page for each therapist with whom to call and what changed. Files are written, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, StrictUndefined

from pipelines import publish, snapshots
from pipelines.definitions import rules
from pipelines.file_names import parts
from pipelines.home import JOURNAL
from pipelines.journal.store import Journal
from pipelines.settings import Settings
from pipelines.wording import dates, involvement, labels, worklist
from pipelines.worklist import Done, Place, Reasons, place

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Call:
    """A client to call, and why, in words."""

    client_id: str
    why: str
    level: str


@dataclass(frozen=True)
class Digest:
    """A therapist's week. `news`: the clients with new information, by its kind."""

    clinic: str
    therapist: str
    as_of: date
    date_basis: str
    clients: list[Call]
    snoozed: int
    news: dict[str, list[str]]


def write(home: Path, out: Path, settings: Settings, today: date) -> list[Path]:
    """Write an HTML page and a JSON file for each therapist with clients in care, and give their paths.

    Raises NothingPublishedError, AnotherVersionError, EngineError, JournalUnavailableError or OSError.
    """
    snapshot = snapshots.readable(home)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    made = list(digests(snapshot, _done(home, settings), today))
    names = parts(digest.therapist for digest in made)
    for digest in made:
        stem = f"worklist_{names[digest.therapist]}_{digest.as_of}"
        for suffix, text in ((".html", as_html(digest)), (".json", as_json(digest))):
            path = out / f"{stem}{suffix}"
            path.touch(mode=0o600)
            path.write_text(text, "utf-8")
            written.append(path)
    return written


def digests(snapshot: Path, done: Done, today: date) -> Iterable[Digest]:
    """The digest of each therapist with clients in care."""
    with publish.reading(snapshot) as engine:
        rows = engine.records((HERE / "digest.sql").read_text("utf-8"), [rules()["news_days"]])
        (about,) = engine.records(
            "SELECT clinic.name, clinic.date_basis, (SELECT max(as_of) FROM runs) AS as_of FROM clinic", []
        )
    for therapist, clients in groupby(rows, key=lambda row: str(row["therapist_id"])):
        mine = list(clients)
        places = {row["client_id"]: place(_reasons(row), done, today) for row in mine}
        yield Digest(
            clinic=about["name"],
            therapist=therapist,
            as_of=about["as_of"],
            date_basis=labels.DATE_BASIS[about["date_basis"]],
            clients=[_call(row) for row in mine if places[row["client_id"]] is Place.TO_CALL],
            snoozed=sum(each is Place.SNOOZED for each in places.values()),
            news={event: [row["client_id"] for row in mine if row["news"] == event] for event in worklist.EVENTS},
        )


def as_html(digest: Digest) -> str:
    """The page, self-contained: it loads nothing."""
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    say = SimpleNamespace(
        therapist=labels.therapist,
        progress=worklist.progress,
        long_date=dates.long_date,
        news=worklist.news,
        rules=rules,
    )
    return pages.from_string((HERE / "digest.html").read_text("utf-8")).render(**vars(digest), say=say)


def as_json(digest: Digest) -> str:
    """The same for a program."""
    return json.dumps(asdict(digest) | {"as_of": digest.as_of.isoformat()}, indent=2, ensure_ascii=False) + "\n"


def _done(home: Path, settings: Settings) -> Done:
    if not settings.journal_url and not (home / JOURNAL).exists():
        return Done()
    return Done.of(Journal.of(home, settings).entries())


def _reasons(row: dict[str, Any]) -> Reasons:
    return Reasons(
        row["client_id"],
        row["call_first"],
        row["flag_week"],
        row["crisis_since"],
        row["last_use_on"],
        row["last_session"],
    )


def _call(row: dict[str, Any]) -> Call:
    about = worklist.about(row["flag_kind"], row["open_crises"] or 0, row["recent_use"])
    why = f"{about[:1].upper()}{about[1:]}" if about else "Follow-up due"
    return Call(row["client_id"], why, involvement.level(row["usual"], row["recent"]))
