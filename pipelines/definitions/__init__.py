"""What the figures rest on, each declared once: measures, and the rules (numbers that decide what somebody reads)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_RULES = Path(__file__).parent / "rules.toml"


@cache
def rules() -> dict[str, int | float]:
    """The value of each rule by its name; SQL reads one as `rule('name')`."""
    return {name: rule["value"] for name, rule in tomllib.loads(_RULES.read_text("utf-8")).items()}
