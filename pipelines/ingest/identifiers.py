"""The identifier gate: a file whose headers or values may identify a person is refused whole, and none of it is kept.

`KINDS`, declared in identifiers.toml, is all that it looks for. Dates of service, codes, slugs and pseudonyms are none.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest import persons
from pipelines.ingest.dictionary import Dictionary
from pipelines.ingest.plain import plain, words
from pipelines.ingest.plausible import EARLIEST, OLDEST
from pipelines.ingest.texts import AT_ONCE, gather

DECLARED = Path(__file__).with_name("identifiers.toml")

# A header that counts, dates or flags something is not the thing itself: `email_sent`, `phone_calls`, `has_phone`.
BEFORE = re.compile(r"\b(is|has|had|needs?|by|via|any|count of|consent to|contacted|online or)\b")
AFTER = re.compile(
    r"\b(sent|verified|verification|confirmed|consent|consented|opt|opted|permission|allowed|preference|reminders?|"
    r"counts?|calls?|contacts?|contacted|minutes|mins|hours|days|visits|meetings?|sessions?|mode|support|checkins?|"
    r"attended|attendance|flag|ok|yn|type|kind|status|category|class|level|received|updated|on file|available|access|"
    r"owned|suspended|revoked|used|use|checks?|checked|tested|score|scale|issues?|goals?|changed|expires?|expiry|"
    r"expiration|app|manager|balance|online|screening|coaching|therapy|outreach|known|requested|involved|housing|set)\b"
)
SOBRIETY = re.compile(r"\b(sober|sobriety|recovery|clean|aa|na) (birth ?days?|dates?)\b")
# Words found in a line of headers but not in a line of values.
COMMON = re.compile(
    r"\b(id|ids|date|day|time|name|type|status|number|no|code|client|patient|member|therapist|session|meeting|phone|"
    r"email|address|zip|age|birth|dob|ssn|mrn|notes?|comments?|label|start|end|created|updated|row)\b"
)
# A long text is searched in pieces that overlap by more than the length of an identifier: some patterns take far more
# than twice as long on a text twice as long, and no file must be able to hold up a run.
PIECE, OVERLAP = 400, 100
LONGEST_HEADER = 200

# The years in which somebody may have been born whose birth a file's name or an old date gives away.
FIRST_BIRTH, LAST_BIRTH = 1915, 2009

# A text that `plain` changes.
NOT_PLAIN = r"[^\x20-\x7e]|  |`"


@dataclass(frozen=True)
class Finding:
    """Where a file may identify a person, and by what kind of identifier: never the value itself.

    `column`: the header as in the file, or `column 3` if the header itself could be a value. `line`: the physical line
    of the first, None if the header itself is the finding. `count`: the rows concerned, 1 for a header.
    """

    kind: str
    column: str
    line: int | None
    count: int

    def __str__(self) -> str:
        column = self.column if re.fullmatch(r"column \d+", self.column) else f'column "{self.column}"'
        kind = with_article(self.kind)
        if self.line is None:
            return f"{column}: the header says {kind}"
        rows = f" ({self.count} rows)" if self.count > 1 else ""
        return f"{column}, line {self.line}: looks like {kind}{rows}"


def with_article(kind: str) -> str:
    """A kind of identifier as a sentence names one: an age over 89, a name."""
    return f"{'an' if re.match('[aeio]|IP|SSN', kind) else 'a'} {kind}"


@dataclass(frozen=True)
class Shape:
    """A shape that a kind's values have, and in which columns, by their headers in words. See identifiers.toml."""

    pattern: str
    verify: str | None = None
    within: str = ""
    outside: str = "(?!)"
    share: float = 0.0
    several: int = 1
    apart: bool = False

    def concerns(self, header: str) -> bool:
        """Whether a column with that header, in words, is looked at."""
        return bool(re.search(self.within, header)) and not re.search(self.outside, header)


@dataclass(frozen=True)
class Kind:
    """A kind of identifier: its name for a receptionist, a sentence, its words in a header, how its values look.

    `key`: by which the code asks for it, empty if it does not. `in_names`: whether it is looked for in names of files.
    """

    name: str
    about: str
    header: str
    shapes: tuple[Shape, ...]
    key: str = ""
    in_names: bool = True


# --- the gate ---------------------------------------------------------------------------------------------------------


def in_header(headers: Sequence[str]) -> list[Finding]:
    """What the headers reveal. Nothing is repeated of a file without a header line, whose first line holds values."""
    headers = [header[:LONGEST_HEADER] for header in headers]
    kinds = [None if header in _usual_headers() else _said_by(header) or _held_by(header) for header in headers]
    return [Finding(kind.name, label(headers, place), None, 1) for place, kind in enumerate(kinds) if kind is not None]


def in_values(
    engine: Engine, table: str, headers: Sequence[str], columns: Sequence[str], skip: Collection[str] = ()
) -> list[Finding]:
    """What the values of a table look like, column by column.

    `table` holds texts as they were read, in `columns` (aligned with the file's own `headers`; those in `skip` are not
    looked at), and `line`, their physical line.
    """
    gather(engine, table, columns, "values_looked_at")
    skipped = [n for n, column in enumerate(columns) if column in skip]
    return in_texts(engine, "values_looked_at", Texts(headers, skipped))[0]


class Texts(NamedTuple):
    """The distinct texts of a file: its headers, the places of the columns that are not looked at, and the number that
    it has in the table.

    `accepted`: texts, in lower case, that the clinic says are not names; each clears a value of exactly that wording in
    the columns at the places `accepting`.
    """

    headers: Sequence[str]
    skip: Collection[int] = ()
    file: int = 0
    accepting: Collection[int] = ()
    accepted: Collection[str] = ()


def in_texts(engine: Engine, table: str, *files: Texts) -> dict[int, list[Finding]]:
    """What the values of each file, by its number, look like, column by column.

    `table`: the distinct texts, as `gather` puts them there. Several files are searched at once, because preparing all
    patterns takes longer than searching a small file.
    """
    labels = {file.file: [header[:LONGEST_HEADER] for header in file.headers] for file in files}
    findings: dict[int, list[Finding]] = {file.file: [] for file in files}
    for number, place, kind, hits in _hits(engine, table, files, _concerned):
        line, rows = min(hit.line for hit in hits), sum(hit.rows for hit in hits)
        findings[number].append(Finding(kind.name, label(labels[number], place), line, rows))
    return findings


@dataclass(frozen=True)
class Telling:
    """The texts of a column in which something is found, by what kind of identifier the first is, and its line."""

    kind: str
    line: int
    texts: frozenset[str]


def telling(
    engine: Engine, table: str, headers: Sequence[str], columns: Sequence[str], *, alone: bool
) -> dict[str, Telling]:
    """The texts of a table in which something is found: header → those of the column.

    `table` and the rest: as in in_values. `alone`: each text is judged as if its column held no other, so that it is
    found in every file or in none; what is recognised only beside others like it is then not found.
    """
    gather(engine, table, columns, "values_looked_at")
    found: dict[int, list[tuple[Kind, set[_Value]]]] = {}
    shapes_of = _concerned_alone if alone else _concerned
    for _, place, kind, hits in _hits(engine, "values_looked_at", [Texts(headers)], shapes_of):
        found.setdefault(place, []).append((kind, hits))
    told = {}
    for place, kinds in found.items():
        kind, first = kinds[0]
        # In a column, no two texts first appear on the same line. The hit itself may be a piece, or in plain form.
        lines = {hit.line for _, hits in kinds for hit in hits}
        texts = engine.rows(
            "SELECT text FROM values_looked_at WHERE place = ? AND list_contains(?, line) AND text IS NOT NULL",
            [place, sorted(lines)],
        )
        told[headers[place]] = Telling(kind.name, min(hit.line for hit in first), frozenset(text for (text,) in texts))
    return told


def in_name(name: str) -> Kind | None:
    """The kind of identifier that the name of a file or a folder holds, None if it holds none.

    A person's full name, a date on which somebody may have been born, a number or an address; days of service are none.
    """
    stem = re.sub(r"(\.(csv|gz|parquet|xlsx|json|xls|txt|tsv))+$", "", plain(name), flags=re.IGNORECASE)
    texts = {stem, *re.split("/", stem), " ".join(re.split(r"[\W_]+", stem)), *re.split(r"[_ /]+", stem)}
    parts = [part for part in re.split(r"[\W_\d]+|(?<=[a-z])(?=[A-Z])", stem) if part]
    for first, last in pairwise(parts):
        if persons.is_full_name(first, last) and not persons.is_public(f"{first} {last}"):
            return NAME
    digits = re.findall(r"(?<!\d)\d{4}[-_.]?\d{2}[-_.]?\d{2}(?!\d)|(?<!\d)\d{1,2}[-_.]\d{1,2}[-_.]\d{4}(?!\d)", stem)
    for each in digits:
        year = re.match(r"(19\d\d|200\d)", each) or re.search(r"(19\d\d|200\d)$", each)
        if year and FIRST_BIRTH <= int(year[1]) <= LAST_BIRTH:
            return BIRTH
    for kind in KINDS:
        for shape in kind.shapes:
            values = [_Value(text, 1, 1) for text in texts]
            general = not shape.within and not shape.share and shape.several == 1
            if general and kind.in_names and _of_shape(shape, values):
                return kind
    if any(_is_bare_ssn(found) for found in re.finditer(r"(?<!\d)\d{9}(?!\d)", stem)):
        return NATIONAL_NUMBER
    return None


def looks_like_hash(text: str) -> str:
    """Whether an id looks like a hash (32, 40 or 64 hexadecimal digits): it may be derived from what it should hide.

    `text`: the id, as an expression of the engine; so is what is returned.
    """
    return f"regexp_full_match(trim({text}), '([0-9a-fA-F]{{32}}|[0-9a-fA-F]{{40}}|[0-9a-fA-F]{{64}})')"


class _Value(NamedTuple):
    """A distinct value of a column, in plain form; how many rows hold it, and the first line that does."""

    text: str
    rows: int
    line: int


_Concerned = tuple[tuple[Shape, ...], ...]


@lru_cache(maxsize=1000)
def _concerned(header: str) -> _Concerned:
    """For each kind, the shapes that are looked for in a column with that header, in words."""
    return tuple(tuple(shape for shape in kind.shapes if shape.concerns(header)) for kind in KINDS)


@lru_cache(maxsize=1000)
def _concerned_alone(header: str) -> _Concerned:
    """The same, with each text judged by itself: without the shapes that only several values show."""
    return tuple(
        tuple(replace(shape, share=0.0, apart=False) for shape in shapes if shape.several == 1)
        for shapes in _concerned(header)
    )


# A column: the number of its file, and its place there.
_Column = tuple[int, int]


def _hits(
    engine: Engine, table: str, files: Sequence[Texts], shapes_of: Callable[[str], _Concerned]
) -> Iterator[tuple[int, int, Kind, set[_Value]]]:
    """For each column of each file, and each kind of which it holds any: the values of its shapes.

    `shapes_of`: a header, in words → the shapes of each kind that are looked for in the column. A value counts as of
    the first kind that it looks like.
    """
    headers = {file.file: [header[:LONGEST_HEADER] for header in file.headers] for file in files}
    cleared = {(file.file, place): file.accepted for file in files for place in file.accepting if file.accepted}
    for first in range(0, max(map(len, headers.values())), AT_ONCE):
        looked_at = {
            (file.file, place): shapes_of(words(header))
            for file in files
            for place, header in enumerate(headers[file.file][first : first + AT_ONCE], first)
            if place not in file.skip
        }
        candidates = _candidates(engine, table, looked_at)
        for (number, place), shapes in looked_at.items():
            reported: set[_Value] = set()
            for kind, concerned, found in zip(KINDS, shapes, candidates[number, place], strict=True):
                accepted = cleared.get((number, place), ()) if kind is NAME else ()
                values = [value for value in found if value.text.lower() not in accepted] if accepted else found
                hits = {hit for shape in concerned for hit in _of_shape(shape, values)} - reported
                if hits:
                    reported |= hits
                    yield number, place, kind, hits


def _candidates(engine: Engine, table: str, columns: Mapping[_Column, _Concerned]) -> dict[_Column, list[list[_Value]]]:
    """For each column, and each kind, the distinct values that one of the kind's shapes may find.

    `table`: of the texts. `columns`: how each is looked at. The engine searches, which is quick; the few values that it
    finds are checked afterwards, and so are all values that are not in plain form. A pattern is slow to compile, so
    each is compiled once for all the columns that it is searched in.
    """
    candidates: dict[_Column, list[list[_Value]]] = {column: [[] for _ in shapes] for column, shapes in columns.items()}
    if not columns:
        return candidates
    numbers: dict[str, int] = {}
    sought: dict[_Column, dict[int, list[int]]] = {}  # a column → the patterns' numbers → the kinds
    for column, shapes in columns.items():
        sought[column] = {}
        for kind, concerned in enumerate(shapes):
            if concerned:
                pattern = "|".join(f"(?:{_unnamed(shape.pattern)})" for shape in concerned)
                sought[column].setdefault(numbers.setdefault(pattern, len(numbers)), []).append(kind)
    # Which patterns a column is searched for, as bits: of a list the engine would make a join.
    of_columns = ", ".join(
        f"({file}, {place}, '{''.join('01'[n in patterns] for n in range(len(numbers)))}')"
        for (file, place), patterns in sought.items()
    )
    searches = ", ".join(
        f"CASE WHEN get_bit(bits, {n}) = 1 THEN regexp_matches(text, ?) ELSE false END" for n in numbers.values()
    )
    starts = f"range(1, greatest(length(text), 1) + 1, {PIECE})"
    query = f"""
    -- A join with the pieces' places would hold the whole of a long text as often as it has pieces.
    WITH pieces AS (
        SELECT
            file,
            place,
            CAST(bits AS BIT) AS bits,
            unnest([substr(text, start, {PIECE + OVERLAP}) FOR start IN {starts}]) AS piece,
            rows,
            line
        FROM {table}
        JOIN (VALUES {of_columns}) AS columns(file, place, bits) USING (file, place)
        WHERE text IS NOT NULL
    ),
    texts AS (
        SELECT *, trim(piece, ' ' || chr(9) || chr(10) || chr(13)) AS text
        FROM pieces
    ),
    searched AS MATERIALIZED (
        SELECT *, regexp_matches(text, ?) AS unusual, CAST([{searches}] AS BOOLEAN[]) AS found
        FROM texts
    )
    SELECT file, place, text, rows, line, unusual, list_where(range({len(numbers)}), found)
    FROM searched
    WHERE unusual OR list_contains(found, true)
    """
    for file, place, text, count, line, unusual, found in engine.rows(
        query, [NOT_PLAIN, *(f"(?i){pattern}" for pattern in numbers)]
    ):
        value = _Value(plain(text) if unusual else text, count, line)
        kinds_of = sought[file, place]
        for kind in (kind for n in (kinds_of if unusual else found) for kind in kinds_of[n]):
            candidates[file, place][kind].append(value)
    return candidates


def _unnamed(pattern: str) -> str:
    """The pattern with its groups' names taken out: two shapes of a kind may use one name."""
    return re.sub("[?]P<[a-z]+>", "?:", pattern)


def _of_shape(shape: Shape, values: Sequence[_Value]) -> list[_Value]:
    """The values of that shape; none if they are too few of those that the pattern finds."""
    if not values:  # the usual case: no pattern is compiled for nothing
        return []
    search = re.compile(shape.pattern, re.IGNORECASE)
    verify = VERIFIERS[shape.verify] if shape.verify else bool
    found = [value for value in values if search.search(value.text)]
    hits = [value for value in found if any(verify(match) for match in search.finditer(value.text))]
    enough = len(hits) >= max(shape.several, shape.share * len(found))
    return hits if enough and not (shape.apart and _is_running([hit.text for hit in hits])) else []


def _said_by(header: str) -> Kind | None:
    """The kind that a header's words name, unless they only say something about it."""
    text = words(header)
    for kind in KINDS if not SOBRIETY.search(text) else ():
        found = re.search(kind.header, text)
        if found and not BEFORE.search(text[: found.start()]) and not AFTER.search(text[found.end() :]):
            return kind
    return None


def _held_by(header: str) -> Kind | None:
    """The kind of a header that is itself a value: a client's name above a column, or a file without a header line."""
    value = [_Value(plain(header), 1, 1)]
    for kind in KINDS:
        if any(_of_shape(shape, value) for shape in kind.shapes if not shape.within and not shape.share):
            return kind
    return None


def is_of_persons(header: str) -> bool:
    """Whether a column's header says that it identifies people, so that every name in it is a person's."""
    return bool(re.search(_persons(), words(header)))


@cache
def _persons() -> str:
    columns = _declared()["columns"]
    return "|".join(_whole(columns[name]) for name in ("client_id", "who"))


def label(headers: Sequence[str], place: int) -> str:
    """The header to be shown, or `column 3` if it could be a value: in a file without a header line, or with a word
    that is in no dictionary, such as a name.
    """
    texts, ours = [words(header) for header in headers], _our_headers()
    known = sum(text in ours or bool(COMMON.search(text)) for text in texts)
    dated = any(re.match(r"\s*(\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})", header) for header in headers)
    own = texts[place]
    named = any(persons.may_be_given(w) or persons.may_be_surname(w) for w in own.split() if not COMMON.search(w))
    value = [_Value(plain(headers[place]), 1, 1)]
    # Every kind is tried, whatever columns it belongs in.
    found = any(_of_shape(shape, value) for kind in KINDS for shape in kind.shapes)
    value_like = not own or named or found or bool(re.search(r"\d{3}", own)) or not Dictionary().knows_all(own)
    is_header_line = 2 * known >= min(len(texts), 4) and not dated
    return headers[place] if own in ours or (is_header_line and not value_like) else f"column {place + 1}"


@cache
def _usual_headers() -> frozenset[str]:
    """The contract's own headers of tables. They identify nobody, and are nearly all headers that occur."""
    return frozenset(column for export in exports().values() if export.format == "table" for column in export.header)


@cache
def _our_headers() -> frozenset[str]:
    return frozenset(words(column) for export in exports().values() for column in export.header)


# --- what settles a pattern's find ------------------------------------------------------------------------------------


def _digits(found: re.Match[str]) -> str:
    return re.sub(r"\D", "", found[0])


def _is_bare_ssn(found: re.Match[str]) -> bool:
    """Nine digits that the Social Security Administration could have issued; `2026` and a counter is a numbering."""
    digits = found[0]
    issued = digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"
    return issued and not re.match(r"20[0-3]\d0", digits)


def _is_bare_phone(found: re.Match[str]) -> bool:
    """Ten digits whose exchange does not begin with 0, as that of a counter does; nor `2026` and a counter."""
    digits = _digits(found)[-10:]
    return digits[3] != "0" and not re.match(r"20[0-3]\d0", digits)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + n % 2) for n, digit in enumerate(reversed(digits))]
    return len(set(digits)) > 1 and sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_iban(found: re.Match[str]) -> bool:
    """ISO 13616: the remainder of the rearranged digits by 97 is 1."""
    compact = found[0].replace(" ", "")
    return int("".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])) % 97 == 1


def _is_vin(found: re.Match[str]) -> bool:
    """ISO 3779, with the check digit of North America in place 9."""
    vin = found["vin"].upper()
    numbers = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum(weight * (numbers.get(sign) or int(sign)) for weight, sign in zip(weights, vin, strict=True)) % 11
    return not vin.isdigit() and vin[8] == "0123456789X"[rest]


def _is_ip(found: re.Match[str]) -> bool:
    """An address in four or in sixteen bytes, and not a `::` between words."""
    try:
        ipaddress.ip_address(found["ip"])
    except ValueError:
        return False
    return any(map(str.isdigit, found["ip"]))


_COUNTED = re.compile(
    r"(step|tradition|chapter|week|day|session|module|level|phase|part|unit|page|promise|lesson|site|clinic|building|"
    r"group|room|floor|team|ward|district|region|top|the|these|my|our|last|next|first|"
    r"(mon|tues?|wed(nes)?|thur?s?|fri|sat(ur)?|sun)(day)?)s?\W*"
)
_NO_STREET = re.compile(
    r"\b((step|day|week|month|year|hour|hr|minute|min|mile|block|meeting|session|tradition|promise|principle|habit|sense|"
    r"concept|question|person|client|member|time|group)s?|people|of|in|on|at|the|a|and|or|per|from|before|after|for|with|"
    r"to|until|since|by|am|pm|half|is|was)\b"
)


def _is_street(found: re.Match[str]) -> bool:
    """A house number before a street's name: not the seventh step, thirty minutes' drive, or what a group is called.

    A suffix that is also a plain word (a way, a place, to close) must be capitalised, or the value must hold nothing
    else.
    """
    before = found.string[: found.start("number")].lower().split()
    street, suffix = found["street"], found["suffix"]
    if (before and _COUNTED.fullmatch(before[-1])) or _NO_STREET.search(street.lower()):
        return False
    sure = re.fullmatch(r"street|avenue|ave|road|rd|boulevard|blvd|lane|ln|parkway|pkwy|highway|hwy", suffix.lower())
    capital = suffix[0].isupper() and not street[0].islower()
    alone = found[0].strip(" ,.") == found.string.strip(" ,.") and len(street.split()) <= 2
    return bool(sure) or capital or alone


def _is_before_service(found: re.Match[str]) -> bool:
    """A full date before the earliest date of service, except those that systems write for a missing date."""
    year = re.search(r"\d{4}", found[0])
    unset = re.match(r"19[678]0-01-01|0?1/0?1/19[678]0", found[0])
    return year is not None and FIRST_BIRTH <= int(year[0]) < EARLIEST.year and not unset


_BIRTH_YEAR, _MONTH, _DAY = r"(?:19[2-9]\d|200\d)", "(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"


# Of three or more births, at most this share may fall into one month or one year; nearly all running numbers do.
_TOGETHER = 2 / 3


def _is_running(births: Sequence[str]) -> bool:
    """Whether ids that read as dates or months of birth may be consecutive numbers: C-011921, C-011922, C-011923."""
    digits = [re.sub(r"\D", "", text) for text in births]
    # The year comes first, or last after the month.
    dates = [(d[:4], d[4:6]) if re.match(_BIRTH_YEAR + _MONTH, d) else (d[-4:], d[:2]) for d in digits]
    commonest = max(max(Counter(part).values()) for part in zip(*dates, strict=True))
    return len(dates) >= 3 and commonest > _TOGETHER * len(dates)


def _digits_are(pattern: str) -> Callable[[re.Match[str]], bool]:
    return lambda found: bool(re.fullmatch(pattern, _digits(found)))


def _is_titled(found: re.Match[str]) -> bool:
    """A title before a word that is in no dictionary, except in the name of a street or a place.

    A title before a known surname is found by names_a_person.
    """
    before = found.string[: found.start("title")].split()
    of_street = found["title"] == "Dr" and before and (before[-1][0].isupper() or before[-1][0].isdigit())
    unknown = not Dictionary().knows(found["surname"].split()[-1])
    return unknown and not of_street and not persons.is_public(found.string)


VERIFIERS: Mapping[str, Callable[[re.Match[str]], bool]] = {
    "bare_ssn": _is_bare_ssn,
    "bare_phone": _is_bare_phone,
    "long_distance": lambda found: 7 <= len(_digits(found)) <= 15,
    "national_phone": lambda found: 9 <= len(_digits(found)) <= 11,
    "card": lambda found: bool(re.match(r"4|5[1-5]|2[2-7]|3[47]|6011|65", _digits(found))) and _luhn(_digits(found)),
    "imei": lambda found: _luhn(_digits(found)),
    "iban": _is_iban,
    "vin": _is_vin,
    "ip": _is_ip,
    "street": _is_street,
    "before_service": _is_before_service,
    "birth_digits": _digits_are(f"{_BIRTH_YEAR}{_MONTH}{_DAY}|{_MONTH}{_DAY}{_BIRTH_YEAR}"),
    # A running number may begin with the year, but with none before the earliest date of service.
    "old_birth_digits": _digits_are(rf"19[2-8]\d{_MONTH}{_DAY}"),
    "birth_month": _digits_are(rf"{_MONTH}{_BIRTH_YEAR}|19[2-8]\d{_MONTH}"),
    "age_over_89": lambda found: 89 < int(found["age"]) <= OLDEST,
    "birth_over_89": lambda found: 89 < date.today().year - int(found["year"]) <= OLDEST,
    "person": lambda found: persons.names_a_person(found.string),
    "titled": _is_titled,
    "given_name": lambda found: persons.is_given_name(found[0]),
    "lone_name": lambda found: persons.is_given_name(found[0]) or persons.is_surname(found[0]),
    "given_and_initial": lambda found: (
        found[0][0].isupper() and persons.is_given_name(found["given"]) and not persons.is_public(found[0])
    ),
    "joined_name": lambda found: (
        persons.is_full_name(found["first"], found["last"])
        and not persons.is_public(f"{found['first']} {found['last']}")
    ),
    "kin": lambda found: (
        persons.is_given_name(found["given"])
        and not persons.is_public(found.string)
        and not re.match(r" [A-Z]", found.string[found.end() :])  # the name of a place, or one with a surname
    ),
    "run_together": lambda found: any(
        persons.is_full_name(found["word"][:n], found["word"][n:]) for n in range(4, len(found["word"]) - 3)
    ),
    "initial_and_surname": lambda found: (
        # The words before it may make it the name of an author: Susan B. Anthony.
        persons.is_surname(found["surname"])
        and not persons.is_public(found.string[max(0, found.start() - 20) : found.end()])
    ),
    "half_known_name": lambda found: persons.is_half_known(found[1], found[2]),
}


@cache
def _declared() -> Mapping[str, Any]:
    return tomllib.loads(DECLARED.read_text("utf-8"))


def _whole(pattern: str) -> str:
    """A declared pattern with its parts put in."""
    return re.sub("<<([a-z_]+)>>", lambda part: str(_declared()["parts"][part[1]]), pattern)


def _kinds() -> tuple[Kind, ...]:
    """The kinds as declared, with the parts of their patterns put in."""
    declared, whole = _declared(), _whole

    def any_of(columns: Sequence[str]) -> str:
        return "|".join(whole(declared["columns"][name]) for name in columns)

    def shape(pattern: str, *, within: Sequence[str] = (), outside: Sequence[str] = (), **more: Any) -> Shape:
        return Shape(whole(pattern), within=any_of(within), outside=any_of(outside) or "(?!)", **more)

    return tuple(
        Kind(
            name=kind["name"],
            about=kind["about"],
            header=whole(rf"\b(?:{'|'.join(kind['header'])})\b") if "header" in kind else "(?!)",
            shapes=tuple(shape(**each) for each in kind["value"]),
            key=kind.get("key", ""),
            in_names=kind.get("in_names", True),
        )
        for kind in declared["kind"]
    )


KINDS = _kinds()
NAME, BIRTH, NATIONAL_NUMBER = (
    next(kind for kind in KINDS if kind.key == key) for key in ("name", "birth", "national_number")
)
