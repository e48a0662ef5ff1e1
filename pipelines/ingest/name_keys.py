"""What stands for the name of a file of which a part is not kept, because it may be somebody's.

Its number in the folder changes with the files beside it. So the ledger of files also keeps a digest of the whole name,
with a salt of its own, because a plain digest of a name that can be guessed would tell it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from pipelines.engine.duckdb import Engine


def of(engine: Engine, name: Path) -> str:
    """The key of a name: the one that an earlier run gave it, else a new one."""
    keys = engine.rows("SELECT DISTINCT name_key FROM store.files WHERE name_key IS NOT NULL ORDER BY name_key")
    here = (key for (key,) in keys if key == _key(key.partition(":")[0], name))
    return next(here, None) or _key(secrets.token_hex(16), name)


def _key(salt: str, name: Path) -> str:
    return f"{salt}:{hashlib.sha256(salt.encode() + os.fsencode(name)).hexdigest()}"
