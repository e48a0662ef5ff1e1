"""What a clinic sets for itself: `settings.toml` in its home folder. Everything has a default."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal


class SettingsError(ValueError):
    """Settings that cannot be used; the message is a sentence for the person who wrote them."""


@dataclass(frozen=True)
class Settings:
    """`date_basis`: whether dates are real, or shifted by one secret offset for the whole clinic.

    `fellowships`: those that the clinic adds to the contract's list.
    """

    name: str = "Your clinic"
    date_basis: Literal["real", "shifted"] = "real"
    fellowships: tuple[str, ...] = ()


def load(home: Path) -> Settings:
    """The settings of a home folder; the defaults where it has none. Raises SettingsError."""
    path = home / "settings.toml"
    if not path.exists():
        return Settings()
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path.name} cannot be read as TOML: {error}.") from None
    known = [entry.name for entry in fields(Settings)]
    for key in given:
        if key not in known:
            raise SettingsError(f"{path.name}: there is no setting {key!r}; there are {', '.join(known)}.")
    if given.get("date_basis", "real") not in ("real", "shifted"):
        raise SettingsError(f"{path.name}: date_basis must be 'real' or 'shifted'.")
    if not all(isinstance(each, str) for each in (given.get("name", ""), *given.get("fellowships", ()))):
        raise SettingsError(f"{path.name}: name must be a text and fellowships a list of texts.")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Settings(**values)
