"""The work beside the meetings: sponsor, tasks, contract, crises, what was explained; and the catalogue of tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.queries.snapshot import Snapshot, records


@dataclass(frozen=True)
class Work:
    """A client's work beside the meetings, as work.sql gives it; None is unknown. Contacts and meetings are a week."""

    client_id: str
    has_sponsor: bool | None
    sponsor_is_therapist: bool | None
    no_sponsor_since: date | None
    sponsor_answered_on: date | None
    last_sponsor_contact: date | None
    contacts_usual: float | None
    contacts_recent: float | None
    step: int | None
    early: bool
    preoccupation: str
    control_attempts: str
    consequences: str
    contract_status: str
    behaviour: str | None
    signed_on: date | None
    ends_on: date | None
    broken_on: date | None
    accountability: str | None
    agreed_meetings: float | None
    attended_meetings: float | None
    days_in_care: int
    last_use_on: date | None
    days_without_sponsor: int | None
    days_to_contract_end: int | None


@dataclass(frozen=True)
class Task:
    """A task that is open or overdue. `place`: in step, ahead or behind; None if a step is not known."""

    task: str
    step: int | None
    place: str | None
    state: str
    assigned_on: date
    due_on: date | None


@dataclass(frozen=True)
class Crisis:
    """An open crisis."""

    kind: str
    opened_on: date


@dataclass(frozen=True)
class Topic:
    """A topic for the first weeks; `explained_on` is None if no session is recorded."""

    title: str
    explained_on: date | None


@dataclass(frozen=True)
class CatalogueTask:
    """A task of the catalogue, with the lines of its printed sheet."""

    name: str
    step: int
    title: str
    purpose: str
    prompts: list[str]


def work(snapshot: Snapshot, client_id: str) -> Work:
    """The work of a client in care. Raises SnapshotError."""
    (row,) = records(snapshot, "work", client_id=client_id)
    return Work(**row)


def tasks(snapshot: Snapshot, client_id: str) -> list[Task]:
    """The client's open tasks. Raises SnapshotError."""
    return [Task(**row) for row in records(snapshot, "work_tasks", client_id=client_id)]


def crises(snapshot: Snapshot, client_id: str) -> list[Crisis]:
    """The client's open crises. Raises SnapshotError."""
    return [Crisis(**row) for row in records(snapshot, "work_crises", client_id=client_id)]


def topics(snapshot: Snapshot, client_id: str) -> list[Topic]:
    """What has been explained to the client, and what not. Raises SnapshotError."""
    return [Topic(**row) for row in records(snapshot, "work_topics", client_id=client_id)]


def catalogue(snapshot: Snapshot) -> list[CatalogueTask]:
    """The catalogue of tasks, by step. Raises SnapshotError."""
    return [CatalogueTask(**row) for row in records(snapshot, "task_catalogue")]
