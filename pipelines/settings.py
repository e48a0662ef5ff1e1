"""What a clinic sets for itself: `settings.toml` in its home folder. Everything has a default."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pipelines.definitions import rules
from pipelines.errors import ActionableError
from pipelines.home import SETTINGS

# The bounds of numbers. Thresholds are known only for these rates.
BOUNDS = {"false_alerts_per_year": (0.25, 4.0), "flags_share_of_caseload": (0.02, 1.0), "smallest_group": (5, 100)}
ROUNDINGS = (1, 5, 10)
_ORDERS = (("YYYY", "MM", "DD"), ("DD", "MM", "YYYY"), ("MM", "DD", "YYYY"))
DATE_FORMATS = tuple(mark.join(order) for mark in "-/." for order in _ORDERS)


class SettingsError(ActionableError):
    """Settings that cannot be used; the message is a sentence for the person who wrote them."""


@dataclass(frozen=True)
class Rebase:
    """A measure whose control limits are recalculated from a period on; for one group only, if one is named."""

    measure: str
    period: date
    breakdown: str | None = None
    member: str | None = None


@dataclass(frozen=True)
class Settings:
    """`date_basis`: whether dates are real, or shifted by one secret offset for the whole clinic.

    `fellowships`, `instruments`: those that the clinic adds to the contract's lists. `false_alerts_per_year`: how many
    flags on clients whose involvement has not changed the clinic accepts per client-year; `flags_share_of_caseload`:
    the most of a caseload that may be newly flagged in a week. `smallest_group`: the fewest clients or events that a
    figure of the report may count; `round_counts_to`: what the report's counts are rounded to, 1 for no rounding.
    `journal_url`: the PostgreSQL database that keeps the outreach journal; a file in the home if it is empty;
    `journal_notes`: whether entries may hold free text. `digest_folder`: where each run writes the therapists'
    worklists; if it is empty, none are written. `date_format`: how the clinic writes a day, one of DATE_FORMATS.
    `targets`: what a measure should reach, by its name.
    """

    name: str = "Your clinic"
    date_basis: Literal["real", "shifted"] = "real"
    fellowships: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    false_alerts_per_year: float = 0.8
    flags_share_of_caseload: float = 0.10
    smallest_group: int = field(default_factory=lambda: int(rules()["few_least"]))
    round_counts_to: int = 1
    journal_url: str = field(default="", repr=False)  # it may hold a password
    journal_notes: bool = False
    targets: tuple[tuple[str, float], ...] = ()
    rebase: tuple[Rebase, ...] = ()
    digest_folder: str = ""
    date_format: str = "YYYY-MM-DD"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _list_of(allowed: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(allowed, value))


def _within(least: float, most: float) -> Callable[[Any], bool]:
    return lambda value: _is_number(value) and least <= value <= most


def _is_one_of(values: Sequence[Any]) -> Callable[[Any], bool]:
    # True equals 1 but is not a number; 10.0 is one.
    return lambda value: not isinstance(value, bool) and value in values


_TEXT = ((_is_text, "a text"),)
_TEXTS = ((_list_of(_is_text), "a list of texts, in square brackets"),)
_NUMBER = {key: ((_within(*bounds), f"a number from {bounds[0]} to {bounds[1]}"),) for key, bounds in BOUNDS.items()}
# For each setting, what its value must be, in the words of an error.
_ALLOWED: Mapping[str, Sequence[tuple[Callable[[Any], bool], str]]] = {
    "name": _TEXT,
    "date_basis": ((_is_one_of(("real", "shifted")), "'real' or 'shifted'"),),
    "fellowships": _TEXTS,
    "instruments": _TEXTS,
    **_NUMBER,
    "smallest_group": (*_NUMBER["smallest_group"], (lambda value: isinstance(value, int), "a whole number")),
    "round_counts_to": ((_is_one_of(ROUNDINGS), " or ".join(map(str, ROUNDINGS))),),
    "journal_url": _TEXT,
    "journal_notes": ((lambda value: isinstance(value, bool), "true or false"),),
    "targets": (
        (
            lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
            "a table of measures and numbers",
        ),
    ),
    "rebase": ((_list_of(lambda each: isinstance(each, dict)), "tables, each beginning with [[rebase]]"),),
    "digest_folder": ((_is_text, "the path of a folder"),),
    "date_format": ((_is_one_of(DATE_FORMATS), f"one of {', '.join(DATE_FORMATS)}"),),
}


def load(home: Path) -> Settings:
    """The settings of a home folder; the defaults if it has none. Raises SettingsError."""
    path = home / SETTINGS
    if not path.exists():
        return Settings()
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path.name} cannot be read as TOML: {error}.") from None
    known = [each.name for each in fields(Settings)]
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            instead = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            raise SettingsError(f"{path.name}: there is no setting {key!r}; {instead}")
    for key, value in given.items():
        for allowed, what in _ALLOWED[key]:
            if not allowed(value):
                raise SettingsError(f"{path.name}: {key} must be {what}.")
    targets = given.pop("targets", {})
    try:
        rebase = tuple(Rebase(**each) for each in given.pop("rebase", ()))
    except TypeError:
        raise SettingsError(f"{path.name}: each rebase needs a measure and a period, and may name a group.") from None
    for each in rebase:
        if type(each.period) is not date:
            raise SettingsError(f"{path.name}: the period of a rebase must be a date, such as 2026-03-01.")
        if not all(text is None or isinstance(text, str) for text in (each.measure, each.breakdown, each.member)):
            raise SettingsError(f"{path.name}: the measure and the group of a rebase must be texts.")
    if "round_counts_to" in given:
        given["round_counts_to"] = int(given["round_counts_to"])
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Settings(**values, targets=tuple(sorted(targets.items())), rebase=rebase)
