"""What a clinic sets for itself: `settings.toml` in its home folder. Everything has a default."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import ActionableError

# What a number may be. Thresholds are known for these rates only.
BOUNDS = {"false_alerts_per_year": (0.25, 4.0), "flags_share_of_caseload": (0.02, 1.0), "smallest_group": (5, 100)}
ROUNDINGS = (1, 5, 10)
_ORDERS = (("YYYY", "MM", "DD"), ("DD", "MM", "YYYY"), ("MM", "DD", "YYYY"))
DATE_FORMATS = tuple(mark.join(order) for mark in "-/." for order in _ORDERS)


class SettingsError(ActionableError):
    """Settings that cannot be used; the message is a sentence for the person who wrote them."""


@dataclass(frozen=True)
class Rebase:
    """A measure whose control limits are recalculated from a period on; for one group only, where one is named."""

    measure: str
    period: date
    breakdown: str | None = None
    member: str | None = None


@dataclass(frozen=True)
class Settings:
    """`date_basis`: whether dates are real, or shifted by one secret offset for the whole clinic.

    `fellowships`, `instruments`: those that the clinic adds to the contract's lists. `false_alerts_per_year`: decline
    flags of clients whose involvement has not changed that the clinic accepts, a client-year;
    `flags_share_of_caseload`: of a caseload newly flagged in a week, at most. `smallest_group`: the fewest clients or
    events that a figure of the report may count; `round_counts_to`: what the report's counts are rounded to, 1 where
    they are not. `journal_url`: of the PostgreSQL database that keeps the outreach journal, a file in the home where
    it is empty; `journal_notes`: whether entries may hold free text. `digest_folder`: where each run writes the
    therapists' worklists, nowhere where it is empty. `date_format`: how the clinic writes a day, one of DATE_FORMATS.
    `targets`: what a measure should reach, by its name.
    """

    name: str = "Your clinic"
    date_basis: Literal["real", "shifted"] = "real"
    fellowships: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    false_alerts_per_year: float = 0.8
    flags_share_of_caseload: float = 0.10
    smallest_group: int = 11
    round_counts_to: int = 1
    journal_url: str = field(default="", repr=False)  # it may hold a password
    journal_notes: bool = False
    targets: tuple[tuple[str, float], ...] = ()
    rebase: tuple[Rebase, ...] = ()
    digest_folder: str = ""
    date_format: str = "YYYY-MM-DD"


def load(home: Path) -> Settings:
    """The settings of a home folder; the defaults where it has none. Raises SettingsError."""
    path = home / "settings.toml"
    if not path.exists():
        return Settings()
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path.name} cannot be read as TOML: {error}.") from None
    known = [each.name for each in fields(Settings)]
    for key in given:
        if key not in known:
            raise SettingsError(f"{path.name}: there is no setting {key!r}; there are {', '.join(known)}.")
    if given.get("date_basis", "real") not in ("real", "shifted"):
        raise SettingsError(f"{path.name}: date_basis must be 'real' or 'shifted'.")
    if not all(
        isinstance(each, str)
        for each in (given.get("name", ""), *given.get("fellowships", ()), *given.get("instruments", ()))
    ):
        raise SettingsError(f"{path.name}: name must be a text, and fellowships and instruments lists of texts.")
    if not isinstance(given.get("digest_folder", ""), str):
        raise SettingsError(f"{path.name}: digest_folder must be the path of a folder.")
    if not isinstance(given.get("journal_url", ""), str) or not isinstance(given.get("journal_notes", False), bool):
        raise SettingsError(f"{path.name}: journal_url must be a text and journal_notes true or false.")
    for key, (least, most) in BOUNDS.items():
        number = given.get(key, least)
        if isinstance(number, bool) or not isinstance(number, int | float) or not least <= number <= most:
            raise SettingsError(f"{path.name}: {key} must be a number from {least} to {most}.")
    if not isinstance(given.get("smallest_group", 11), int):
        raise SettingsError(f"{path.name}: smallest_group must be a whole number.")
    if given.get("round_counts_to", 1) not in ROUNDINGS:
        raise SettingsError(f"{path.name}: round_counts_to must be {' or '.join(map(str, ROUNDINGS))}.")
    if given.get("date_format", DATE_FORMATS[0]) not in DATE_FORMATS:
        raise SettingsError(f"{path.name}: date_format must be one of {', '.join(DATE_FORMATS)}.")
    targets = given.pop("targets", {})
    if not isinstance(targets, dict) or not all(isinstance(value, int | float) for value in targets.values()):
        raise SettingsError(f"{path.name}: targets must be a table of measures and numbers.")
    try:
        rebase = tuple(Rebase(**each) for each in given.pop("rebase", ()))
    except TypeError:
        raise SettingsError(f"{path.name}: each rebase needs a measure and a period, and may name a group.") from None
    if not all(isinstance(each.period, date) for each in rebase):
        raise SettingsError(f"{path.name}: the period of a rebase must be a date, such as 2026-03-01.")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Settings(**values, targets=tuple(sorted(targets.items())), rebase=rebase)
