"""The exports that come in: each declared once, in a TOML file of its name beside this one.

Reading, checking, the template headers and the documentation page all read these declarations.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent

ColumnType = Literal["pseudonym", "date", "time", "code", "integer", "number", "boolean", "text"]

SQL_TYPES: Mapping[ColumnType, str] = {
    "pseudonym": "VARCHAR",
    "date": "DATE",
    "time": "VARCHAR",
    "code": "VARCHAR",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "text": "VARCHAR",
}


# Words that other programs write for an unknown value: read as blank in every column, in any case, except where the
# word is one of the column's codes (NA is a fellowship). A mapping profile adds a clinic's own under `unknown`.
UNKNOWN = (
    "n/a",
    "na",
    "n.a.",
    "#n/a",
    "<na>",
    "nan",
    "null",
    "(null)",
    "\\n",
    "-",
    "--",
    "\u2013",
    "\u2014",
    ".",
    "unknown",
    "undefined",
    "(blank)",
)
# Also blank in text columns. Elsewhere `none` may be an answer, so the user is asked.
UNKNOWN_TEXTS = (*UNKNOWN, "none", "nil")
# As pseudonyms, these would merge unrelated clients into one.
NOBODY = (
    *UNKNOWN_TEXTS,
    "unk",
    "anonymous",
    "anon",
    "missing",
    "blank",
    "empty",
    "tbd",
    "test",
    "client",
    "patient",
)
# How a pseudonym is written, in the regular expressions of Python and of the engine, and in words.
PSEUDONYM = "[A-Za-z0-9_-]{3,64}"
PSEUDONYM_IN_WORDS = "3 to 64 of A-Z a-z 0-9 _ -"
# What ids look like that are only filler: 000, ---, xxx.
FILLING = "0+|[-_]+|[xX]+"
# How a cell begins in a row of totals.
TOTALS = "(grand|sub)?[ _-]?(total|sum|average|count|mean)s?"


@dataclass(frozen=True)
class Column:
    """A column of an export.

    `future`: a date that may lie after the run's as-of date. `longest`: the most characters of a text. `extensible`:
    the clinic's setting that adds codes. `near`: words that others use for one of the codes, with the code: it is
    suggested, never assumed. `prose`: people's own words, among which a name may hide.
    """

    name: str
    type: ColumnType
    about: str
    required: bool = False
    codes: tuple[str, ...] = ()
    extensible: str = ""
    default: str | None = None
    min: float | None = None
    max: float | None = None
    future: bool = False
    longest: int = 200
    near: tuple[tuple[str, str], ...] = ()
    prose: bool = False

    @property
    def sql_type(self) -> str:
        """The type of the stored column."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Rule:
    """A condition on the columns of a row, in SQL (null counts as met), and the message if it fails."""

    column: str
    holds: str
    reason: str


@dataclass(frozen=True)
class KeyAlso:
    """A column that joins the key if it is filled and other columns have given values.

    Rows that differ in it are all kept. A row in which it does not join the key restates them all.
    """

    column: str
    where: tuple[tuple[str, str], ...]

    @property
    def term(self) -> str:
        """What joins the key, in SQL; null if nothing does."""
        holds = " AND ".join(f"{column} = '{value}'" for column, value in self.where)
        return f"CASE WHEN {holds} THEN {self.column} END"


@dataclass(frozen=True)
class Export:
    """An export: what a row is, its columns, its key and its rules."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    format: Literal["table", "meeting_guide"] = "table"
    rules: tuple[Rule, ...] = ()
    key_also: KeyAlso | None = None

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError for another."""
        return {column.name: column for column in self.columns}[name]

    @property
    def header(self) -> tuple[str, ...]:
        """The column names, in the order of the declaration."""
        return tuple(column.name for column in self.columns)


def _export(name: str, declared: Mapping[str, Any]) -> Export:
    return Export(
        name=name,
        row=declared["row"],
        key=tuple(declared["key"]),
        required=declared.get("required", False),
        format=declared.get("format", "table"),
        columns=tuple(
            Column(
                name=column,
                **{**about, "codes": tuple(about.get("codes", ())), "near": tuple(about.get("near", {}).items())},
            )
            for column, about in declared["columns"].items()
        ),
        rules=tuple(Rule(**rule) for rule in declared.get("rules", ())),
        key_also=_key_also(**declared["key_also"]) if "key_also" in declared else None,
    )


def _key_also(column: str, where: Mapping[str, str]) -> KeyAlso:
    return KeyAlso(column, tuple(where.items()))


def names() -> frozenset[str]:
    """The names of the exports, without reading their declarations."""
    return frozenset(path.stem for path in FOLDER.glob("*.toml"))


@cache
def _declared() -> dict[str, Export]:
    return {
        path.stem: _export(path.stem, tomllib.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.toml"))
    }


def exports(fellowships: Iterable[str] = (), instruments: Iterable[str] = ()) -> dict[str, Export]:
    """Every export by name. `fellowships`, `instruments`: the ones that a clinic adds to the declared lists."""
    added = {"fellowships": tuple(fellowships), "instruments": tuple(instruments)}
    if not any(added.values()):
        return dict(_declared())
    return {
        name: replace(
            export,
            columns=tuple(
                replace(column, codes=column.codes + added.get(column.extensible, ())) for column in export.columns
            ),
        )
        for name, export in _declared().items()
    }
