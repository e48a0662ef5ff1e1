"""Names of files that are called after people, sites and other names of a clinic: all different, on every system."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

LONGEST = 80  # letters: file systems allow 255 bytes for the whole name


def parts(names: Iterable[str]) -> dict[str, str]:
    """For each name a part of a file's name: its letters and digits.

    Some systems do not distinguish capitals from small letters. If two names would be one file, or a name has no
    letters at all, a few digits computed from the name tell them apart, the same ones in every run.
    """
    plain = {name: re.sub(r"[^\w-]+", "-", name).strip("-")[:LONGEST] for name in names}
    shared = Counter(map(_seen_by_a_file_system, plain.values()))
    return {
        name: part
        if part and shared[_seen_by_a_file_system(part)] == 1
        else "-".join(filter(None, (part, _mark(name))))
        for name, part in plain.items()
    }


def _seen_by_a_file_system(part: str) -> str:
    return unicodedata.normalize("NFKC", part).casefold()


def _mark(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:6]
