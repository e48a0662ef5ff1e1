"""Layouts: how a clinic's own files are read as an export. A mapping profile (TOML) is a list of them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pipelines.contract import Export
from pipelines.errors import ActionableError
from pipelines.ingest.formats import FormatError, date_format, time_format


class ProfileError(ActionableError):
    """A mapping profile that cannot be used; the message is a sentence for the person who wrote it."""


@dataclass(frozen=True)
class Layout:
    """How one kind of file is read as an export; the default is the export's own layout.

    `columns`, `constants`: our column → theirs, or a value for every row. `values`: our column → their word → ours.
    `unknown`: their words for not known, beside the contract's. Formats are in the signs of `strptime`. `skip_rows`:
    lines above the header. `stop_at`: how the first cell of the row begins at which the rows end, such as `Total`.
    `only`: their column → the value that a row must have to be read. `ids`: their columns of numbers that identify a
    record, not a person; they are left out. `source`: the name of a meeting directory, whose files replace one another.
    """

    export: str | None = None
    files: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    date_format: str | None = None
    time_format: str | None = None
    decimal: str = "."
    skip_rows: int = 0
    stop_at: str = ""
    source: str = ""
    ids: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The key of this layout among others; empty for an export's own."""
        if self.export is None:
            return ""
        return hashlib.sha256(repr(self).encode()).hexdigest()


OWN = Layout()


@dataclass(frozen=True)
class Profile:
    """A clinic's layouts, in the order in which they are tried on a file's name."""

    layouts: tuple[Layout, ...] = ()

    def layouts_of(self, name: str) -> list[Layout]:
        """The layouts by which a file is read: the first that fits its name; and, if that one chooses among the file's
        rows, each other that fits and chooses others.
        """
        fitting = [
            layout for layout in self.layouts if any(fnmatch(name.lower(), each.lower()) for each in layout.files)
        ]
        return [layout for layout in fitting if layout.only] if fitting and fitting[0].only else fitting[:1]

    def layout_of(self, name: str) -> Layout | None:
        """The first layout one of whose patterns fits the file's name."""
        for layout in self.layouts:
            if any(fnmatch(name.lower(), pattern.lower()) for pattern in layout.files):
                return layout
        return None


def load(path: Path, exports: Mapping[str, Export]) -> Profile:
    """Read a profile. Raises ProfileError if it does not fit the contract."""
    try:
        declared = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"The profile {path.name} cannot be read: {error.__class__.__name__}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"The profile {path.name} is not TOML: {error}.") from None
    sources = declared.pop("source", [])
    tables = isinstance(sources, list) and all(isinstance(source, dict) for source in sources)
    if declared or not tables or not sources:
        raise ProfileError(f"The profile {path.name} must consist of one or more [[source]] tables.")
    return Profile(tuple(_layout(f"{path.name}, source {n}", source, exports) for n, source in enumerate(sources, 1)))


def _layout(where: str, source: dict[str, Any], exports: Mapping[str, Export]) -> Layout:
    allowed = {entry.name for entry in fields(Layout)}
    for key in source:
        if key not in allowed:
            raise ProfileError(f"{where}: there is no setting {key!r}; there are {', '.join(sorted(allowed))}.")
    _require_types(where, source)
    export = exports.get(source.get("export", ""))
    if export is None:
        raise ProfileError(f"{where}: `export` must be one of {', '.join(exports)}.")
    if not source.get("files"):
        raise ProfileError(f"{where}: `files` must name at least one pattern, such as ['MutualHelp*.csv'].")
    for table in ("columns", "values", "constants"):
        for column in source.get(table, {}):
            if column not in export.header:
                raise ProfileError(
                    f"{where}: {export.name} has no column {column!r}; it has {', '.join(export.header)}."
                )
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in source.items()}
    layout = Layout(**made | _formats(where, source))
    for column in export.columns if export.format == "table" else ():
        given = column.name in layout.columns or column.name in layout.constants
        if column.required and not given:
            raise ProfileError(f"{where}: {export.name} needs the column {column.name}; say which of yours it is.")
    return layout


def _formats(where: str, source: Mapping[str, str]) -> dict[str, str]:
    """The settings that say how a file is written, as the readers take them. Raises ProfileError for what cannot be."""
    made = {}
    for key, read in (("date_format", date_format), ("time_format", time_format)):
        if source.get(key):
            try:
                made[key] = read(source[key])
            except FormatError as error:
                raise ProfileError(f"{where}: `{key}` {error}.") from None
    if source.get("decimal", ".") not in (".", ","):
        raise ProfileError(f'{where}: `decimal` must be "." or ",".')
    if (delimiter := source.get("delimiter")) and (len(delimiter) > 1 or delimiter in '"\r\n'):
        raise ProfileError(f'{where}: `delimiter` must be a single sign, such as ";" or "|", or "\\t" for a tab.')
    try:
        "".encode(source.get("encoding") or "utf-8")
    except (LookupError, ValueError):
        raise ProfileError(
            f"{where}: `encoding` names no known encoding; usual ones are cp1252, cp437, mac_roman."
        ) from None
    return made


def _require_types(where: str, source: Mapping[str, Any]) -> None:
    """Raises ProfileError if a setting is not of its kind."""

    def texts(value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)

    def table(value: Any) -> bool:
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())

    for key, value in source.items():
        match key:
            case "files" | "unknown" | "ids":
                fits, kind = texts(value), "a list of texts"
            case "columns" | "constants" | "only":
                fits, kind = table(value), "a table of texts"
            case "values":
                fits, kind = isinstance(value, dict) and all(map(table, value.values())), "tables of texts"
            case "skip_rows":
                fits, kind = isinstance(value, int) and not isinstance(value, bool) and value >= 0, "a number of rows"
            case _:
                fits, kind = isinstance(value, str), "a text"
        if not fits:
            raise ProfileError(f"{where}: `{key}` must be {kind}.")
