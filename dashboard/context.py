"""What every page is drawn from: which home, which snapshot, and who is looking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard.queries.published import Published
from dashboard.queries.snapshot import EVERYONE, Scope, Snapshot


@dataclass(frozen=True)
class Viewer:
    """Who looks at the pages, `None` where nobody has to sign in, and whose clients they may see."""

    who: str | None = None
    scope: Scope = EVERYONE


@dataclass(frozen=True)
class Context:
    """A page is a function of this. The snapshot is read once a run, so no page mixes two."""

    home: Path
    snapshot: Snapshot
    published: Published
    viewer: Viewer
