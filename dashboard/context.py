"""What every page is drawn from: which home, which snapshot, and who is looking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard.queries.published import Published
from dashboard.queries.snapshot import EVERYONE, Caseload, Snapshot


@dataclass(frozen=True)
class Viewer:
    """Who looks at the pages, and whose clients they are about.

    `who`: whom the journal names for what is noted, None if nobody has to sign in. `name`, `role`: whom the audit
    names, and as what; `reason`: why a client's page was opened, if that has to be said.
    """

    who: str | None = None
    caseload: Caseload = EVERYONE
    name: str = "nobody signed in"
    role: str = "everyone"
    reason: str | None = None


@dataclass(frozen=True)
class Context:
    """A page is a function of this. The snapshot is read once a run, so no page mixes two.

    `caseload_at`: the address of the viewer's list of clients; empty if there is none, and so no link to it.
    """

    home: Path
    snapshot: Snapshot
    published: Published
    viewer: Viewer
    caseload_at: str = "./"
