"""Meshwork's own code as one digest: what one version kept, another may read, count or write differently."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from meshwork import __version__

_OURS = Path(__file__).parent
_KINDS = (".py", ".sql", ".toml", ".txt")


@cache
def digest() -> str:
    """A digest of the version, and of every file from which exports become tables and reports."""
    found = hashlib.sha256(__version__.encode())
    for folder, folders, files in os.walk(_OURS):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for name in sorted(each for each in files if each.endswith(_KINDS)):
            found.update(name.encode())
            found.update(Path(folder, name).read_bytes())
    return found.hexdigest()
