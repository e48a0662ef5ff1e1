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
from pipelines.wording import clients, dates, freshness, involvement, labels, worklist
from pipelines.worklist import Done, Place, Reasons, follow_up_due, place

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Call:
    """A client to call, and why, in the words of the screen. `marks`: what stands out, in a few words each."""

    client_id: str
    marks: list[str]
    why: str
    level: str
    flagged: bool


@dataclass(frozen=True)
class Digest:
    """A therapist's week. `stale`: that the data are old, if they are. `news`: clients with news, by kind."""

    clinic: str
    therapist: str
    as_of: date
    stale: str
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
    for therapist, caseload in groupby(rows, key=lambda row: str(row["therapist_id"])):
        mine = list(caseload)
        places = {row["client_id"]: place(_reasons(row), done, today) for row in mine}
        to_call = [row for row in mine if places[row["client_id"]] is Place.TO_CALL]
        yield Digest(
            clinic=about["name"],
            therapist=therapist,
            as_of=about["as_of"],
            stale=freshness.stale(about["as_of"], today, about["date_basis"]),
            date_basis=labels.DATE_BASIS[about["date_basis"]],
            clients=[_call(row, _follow_up(row, done, today)) for row in to_call],
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


def _follow_up(row: dict[str, Any], done: Done, today: date) -> str:
    since = follow_up_due(done.last.get(row["client_id"]), row["last_session"], today)
    return worklist.due(since, today) if since else ""


def _call(row: dict[str, Any], follow_up: str) -> Call:
    as_of, used_on = row["as_of"], row["last_use_on"]
    stands_out = clients.marks(
        row["open_crises"], row["flag_kind"], row["sobriety_status"], used_on, row["away_until"], as_of
    )
    return Call(
        row["client_id"],
        [*filter(None, [follow_up]), *(words for words, _ in stands_out)],
        " ".join(filter(None, _why(row))),
        involvement.level(row["usual"], row["recent"]),
        row["flagged"],
    )


def _why(row: dict[str, Any]) -> tuple[str, ...]:
    as_of = row["as_of"]
    crisis = clients.crisis(row["open_crises"], row["crisis_kind"], row["crisis_since"], as_of)
    if row["flagged_before"]:
        meetings = (row["usual"], row["recent"], row["recent_weeks"])
        return clients.flagged_before(
            crisis, row["reason"], *meetings, row["flag_week"], as_of, near_usual=row["near_usual"]
        )
    event = crisis or ("" if row["flagged"] else clients.last_use(row["last_use_on"], as_of))
    return (clients.first_call(event, row["reason"], row["judged"], row["judge_reason"]),)
