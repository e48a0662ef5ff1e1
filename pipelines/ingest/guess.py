"""A first mapping profile for a foreign folder: which file is which export, and what its columns and words mean.

What is found by name or by content is written down with the reason; what is not certain is written as a comment that
asks. Nothing is guessed silently, and no value is written that might identify anybody.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipelines.contract import PSEUDONYM, PSEUDONYM_IN_WORDS, TOTALS, UNKNOWN, Column, Export
from pipelines.engine.duckdb import Engine, literal
from pipelines.ingest import identifiers, persons
from pipelines.ingest.check import FALSE, TRUE, code_key
from pipelines.ingest.dictionary import Dictionary
from pipelines.ingest.layout import OWN, Layout
from pipelines.ingest.plain import words
from pipelines.ingest.read import SUFFIXES, Batch, Broken, Content, Reading, UnreadableError, read, scan
from pipelines.ingest.read.delimited import MISREAD
from pipelines.ingest.stage import stage
from pipelines.ingest.texts import TEXTS

KNOWN = Path(__file__).with_name("guesses.toml")
# An export without columns, with which a foreign file is opened whatever its columns are.
_FOREIGN = Export(name="", row="", key=(), columns=())

DATE_FORMATS = (
    "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%m-%d-%Y", "%d-%m-%Y",
    "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%H.%M", "%H%M")
# Columns by which systems keep several forms in one table.
_FORM_COLUMNS = (
    "redcap repeat instrument", "repeat instrument", "redcap event name", "event name", "form", "form name",
)  # fmt: skip
# This share of a column must be an export's own words for it to be recognised by its content.
_SHARE_BY_CONTENT = 0.8
_MOST_VALUES = 40
# Lines above a header, searched for one that names so many columns of an export; and lines below the totals.
_MOST_TITLES, _NAMED, _MOST_AFTER_TOTALS = 16, 2, 10
# Words and numbers by which systems say that a value is unknown.
_LIKE_UNKNOWN = (*UNKNOWN, "unk", "unkn", "not known", "not recorded", "not documented", "-9", "-99", "-999")


@dataclass
class Guess:
    """What a file may be: the export, our column → its header, the settings, and what a person must look at.

    `file`: its name as a pattern, with `*` in place of what may be somebody's. `layout`: where its rows begin and end.
    """

    file: str
    export: Export
    layout: Layout = OWN
    columns: dict[str, str] = field(default_factory=dict)
    only: dict[str, str] = field(default_factory=dict)
    date_format: str = ""
    date_question: str = ""
    time_format: str = ""
    decimal: str = ""
    unknown: set[str] = field(default_factory=set)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """The columns that the export must have and for which none was found."""
        return [column.name for column in self.export.columns if column.required and column.name not in self.columns]

    @property
    def certain(self) -> bool:
        """Whether it can be used without a person looking at it first."""
        return not (self.missing or self.questions or self.date_question)


def guess(folder: Path, exports: Mapping[str, Export]) -> tuple[list[Guess], list[str]]:
    """A guess for each of the folder's tables, and a sentence for each file without one."""
    guesses: list[Guess] = []
    without: list[str] = []
    tables = {name: export for name, export in exports.items() if export.format == "table"}
    for n, path in enumerate(sorted(folder.rglob("*"))):
        if not path.is_file() or path.name[0] in ".~" or not path.name.lower().endswith(SUFFIXES[:-1]):
            continue
        if kind := identifiers.in_name(path.relative_to(folder).as_posix()):
            without.append(f"a file whose name may identify a person ({kind.name}): give it another name.")
            continue
        name = Dictionary().masked(path.name, n).replace(f"[{n}]", "*")
        try:
            with Engine() as engine:
                found = _of_file(engine, path, name, tables)
        except UnreadableError as error:
            without.append(f"{name}: the file {error}.")
            continue
        guesses += found
        if not found:
            without.append(f"{name}: its columns are those of no export.")
    return guesses, without


def as_toml(guesses: Sequence[Guess], without: Sequence[str]) -> str:
    """The profile, with what a person must look at as comments."""
    lines = [
        "# A first mapping profile. Look through it, and answer the lines that ask (they begin with `# ?`).",
        "# `meshwork check --exports DIR --profile FILE` then says what is still wrong; nothing is stored by it.",
    ]
    lines += [f"# Not in it: {sentence}" for sentence in without]
    for each in guesses:
        lines += ["", "[[source]]", f"export = {_toml_text(each.export.name)}", f"files = [{_toml_text(each.file)}]"]
        if each.layout.skip_rows:
            lines.append(f"skip_rows = {each.layout.skip_rows}  # lines above the header")
        if each.layout.stop_at:
            lines.append(f"stop_at = {_toml_text(each.layout.stop_at)}  # and what follows it is not read")
        if each.date_question:
            lines.append(f"# ? {each.date_question}")
        elif each.date_format:
            lines.append(f"date_format = {_toml_text(each.date_format)}")
        if each.time_format:
            lines.append(f"time_format = {_toml_text(each.time_format)}")
        if each.decimal:
            lines.append(f"decimal = {_toml_text(each.decimal)}")
        if each.unknown:
            listed = ", ".join(map(_toml_text, sorted(each.unknown)))
            lines.append(f"unknown = [{listed}]  # read as blank")
        lines += [f"# ? {question}" for question in each.questions]
        lines += [f"# ? {each.export.name} needs the column {name}, and none was found." for name in each.missing]
        lines.append("[source.columns]")
        lines += [f"{ours} = {_toml_text(theirs)}" for ours, theirs in each.columns.items()]
        if each.only:
            lines.append("[source.only]")
            lines += [f"{_toml_text(theirs)} = {_toml_text(value)}" for theirs, value in each.only.items()]
        for column, mapped in each.values.items():
            if mapped:
                lines.append(f"[source.values.{column}]  # what these words mean is a guess: check it")
                lines += [f"{_toml_text(theirs)} = {_toml_text(ours)}" for theirs, ours in mapped.items()]
    return "\n".join(lines) + "\n"


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@cache
def _known() -> dict[str, dict[str, list[str]]]:
    known: dict[str, dict[str, list[str]]] = tomllib.loads(KNOWN.read_text("utf-8"))
    return known


def _of_file(engine: Engine, path: Path, name: str, tables: Mapping[str, Export]) -> list[Guess]:
    """What a file may be; several guesses if it keeps several forms."""
    layout, reading = _staged(engine, path, tables)
    if not reading.headers:
        return []
    found = identifiers.in_header(reading.headers)
    found += identifiers.in_texts(engine, TEXTS, identifiers.Texts(reading.headers))[0]
    gate = [f"holds what may identify a person, and will be refused: {finding}" for finding in found]
    gate += [remark for remark in reading.remarks if remark == MISREAD]
    for header in _FORM_COLUMNS:
        place = next((n for n, each in enumerate(reading.headers) if words(each) == header), None)
        if place is None:
            continue
        forms = [
            form
            for (form,) in engine.rows(f"SELECT DISTINCT trim(c{place}) FROM raw WHERE trim(c{place}) <> '' ORDER BY 1")
        ]
        if len(forms) > 1:
            made = []
            for form in forms:
                of_form = f"SELECT * FROM raw WHERE trim(c{place}) = {literal(form)}"
                engine.run(f"CREATE OR REPLACE TEMP TABLE form_rows AS {of_form}")
                one = _guess(engine, "form_rows", name, layout, reading.headers, tables, gate, form)
                if one is not None:
                    if _may_be_repeated(form):
                        one.only = {reading.headers[place]: form}
                    else:
                        one.questions.append(
                            f"It is one form of several, whose name in {_toml_text(reading.headers[place])} is not "
                            "repeated here: give it under [source.only]."
                        )
                    made.append(one)
            return made
    one = _guess(engine, "raw", name, layout, reading.headers, tables, gate, "")
    return [one] if one is not None else []


def _staged(engine: Engine, path: Path, tables: Mapping[str, Export]) -> tuple[Layout, Reading]:
    """Put a file's rows into `raw`, from its header down to its totals. Returns the layout that says where they are."""
    content = scan(path)
    layout = replace(OWN, skip_rows=_lines_above_header(path, content, tables))
    reading = read(path, _FOREIGN, layout, content)
    if not reading.headers:
        return layout, reading
    broken: list[Broken] = []

    def batches() -> Iterator[Batch]:
        for batch in reading.batches:
            broken.extend(batch.broken)
            yield batch

    stage(engine, replace(reading, batches=batches(), regular=None))
    stop_at = _footer(engine, len(reading.headers), broken)
    if stop_at:
        layout = replace(layout, stop_at=stop_at)
        reading = read(path, _FOREIGN, layout, content)
        stage(engine, reading)
    return layout, reading


def _lines_above_header(path: Path, content: Content, tables: Mapping[str, Export]) -> int:
    """How many lines precede the first one that names columns of an export; 0 if none does."""
    for n in range(_MOST_TITLES if not path.name.lower().endswith(".parquet") else 1):
        try:
            headers = read(path, _FOREIGN, replace(OWN, skip_rows=n), content).headers
        except UnreadableError:
            continue
        places = set(range(len(headers)))
        if any(len(_columns(export, headers, places)) >= _NAMED for export in tables.values()):
            return n
    return 0


def _footer(engine: Engine, width: int, broken: Sequence[Broken]) -> str:
    """How the row of totals begins at which a file ends; empty if there is none, or more rows follow it."""
    cells = ", ".join(f"nullif(trim(c{n}), '')" for n in range(width))
    totals = re.compile(rf"{TOTALS}\b", re.IGNORECASE)
    beginnings = engine.rows(
        f"SELECT line, coalesce({cells}, '') AS begins FROM raw"
        f" WHERE regexp_matches(lower(begins), '^{TOTALS}\\b') ORDER BY line LIMIT 1"
    )
    beginnings += [(row.line, row.begins.strip()) for row in broken]
    line, word = min(
        ((line, found[0]) for line, begins in beginnings if (found := totals.match(begins))), default=(0, "")
    )
    after = engine.value("SELECT count(*) FROM raw WHERE line > ?", [line]) + sum(row.line > line for row in broken)
    return word if after <= _MOST_AFTER_TOTALS else ""


def _guess(
    engine: Engine,
    table: str,
    file: str,
    layout: Layout,
    headers: Sequence[str],
    tables: Mapping[str, Export],
    gate: Sequence[str],
    form: str,
) -> Guess | None:
    filled = {
        n for n in range(len(headers)) if engine.value(f"SELECT count(*) FROM {table} WHERE trim(c{n}) <> ''")
    }  # of a form among several only its own columns
    about = words(f"{Path(file).name.split('.')[0]} {form}")
    by_name = {name: _columns(export, headers, filled) for name, export in tables.items()}
    by_content = {
        name: _by_content(engine, table, export, headers, filled, by_name[name]) if by_name[name] else {}
        for name, export in tables.items()
    }
    matches = [_match(export, by_name[name] | by_content[name], about) for name, export in tables.items()]
    best = max(matches)
    if best.columns < 2 or best.score < 0.5:
        return None
    export = tables[best.name]
    found = by_name[best.name] | by_content[best.name]
    columns = {column.name: found[column.name] for column in export.columns if column.name in found}
    made = Guess(file, export, layout, columns, questions=list(gate))
    made.questions += [
        f"{_toml_text(header)} was taken for {ours} by what it holds: is it?"
        for ours, header in by_content[best.name].items()
    ]
    rivals = [each.name for each in matches if each.name != best.name and each[:3] == best[:3]]
    if rivals:
        made.questions.append(f"It may be {best.name} or {' or '.join(rivals)}.")
    places = {ours: headers.index(theirs) for ours, theirs in made.columns.items()}
    _formats(engine, table, made, places)
    _decimal(engine, table, made, places)
    for column in export.columns:
        if column.name in places and column.type in ("code", "boolean"):
            _words(engine, table, made, column, places[column.name])
    if "client_id" in places:
        _ids(engine, table, made, places["client_id"])
    return made


class _Match(NamedTuple):
    """How well a table fits an export; a better match is greater. `is_whole`: every required column was found.

    `score`: the share of the required columns that was found, and 2 if the file's name says so. `columns`: how many
    columns were found.
    """

    is_whole: bool
    score: float
    columns: int
    name: str


def _match(export: Export, found: Collection[str], about: str) -> _Match:
    """How well the columns found, and the words `about` the file, fit an export."""
    required = [column.name for column in export.columns if column.required]
    hits = sum(name in found for name in required)
    in_name = any(re.search(rf"\b{re.escape(word)}\b", about) for word in _known()[export.name]["files"])
    return _Match(hits == len(required), 2 * in_name + hits / len(required), len(found), export.name)


def _ids(engine: Engine, table: str, made: Guess, place: int) -> None:
    """Ask about ids that are not pseudonyms."""
    short = engine.value(
        f"SELECT count(DISTINCT c{place}) FROM {table} WHERE NOT regexp_full_match(trim(c{place}), '{PSEUDONYM}')"
    )
    if short:
        made.questions.append(
            f"{short:,} ids are no pseudonyms ({PSEUDONYM_IN_WORDS}): `meshwork deidentify` makes some."
        )


def _columns(export: Export, headers: Sequence[str], filled: set[int]) -> dict[str, str]:
    """Our column → the header that names it: the first of its known names that is present and not yet taken.

    A header that only ends in a known name must not begin with somebody's.
    """
    texts = {n: words(header) for n, header in enumerate(headers)}
    whose = {n: text for n, text in texts.items() if any(map(_is_a_name, text.split()))}
    taken: dict[str, str] = {}
    used: set[int] = set()
    for exact in (True, False):
        for column in export.columns:
            names = [words(column.name), *_known()[export.name].get(column.name, [])]
            for name in names:
                fit = next(
                    (
                        n
                        for n, text in texts.items()
                        if n not in used
                        and n in filled
                        and (text == name if exact else n not in whose and text.endswith(f" {name}"))
                    ),
                    None,
                )
                if column.name not in taken and fit is not None:
                    taken[column.name] = headers[fit]
                    used.add(fit)
    return {column.name: taken[column.name] for column in export.columns if column.name in taken}


def _is_a_name(word: str) -> bool:
    """Whether a word is a person's name and nothing else."""
    return persons.is_given_name(word) or persons.is_surname(word)


def _by_content(
    engine: Engine, table: str, export: Export, headers: Sequence[str], filled: set[int], named: Mapping[str, str]
) -> dict[str, str]:
    """For required columns that no header names: the one remaining header whose values are its codes, or dates."""
    free = [
        n
        for n in sorted(filled)
        if headers[n] not in named.values()
        and headers.count(headers[n]) == 1
        and not any(map(_is_a_name, words(headers[n]).split()))
        and Dictionary().knows_all(words(headers[n]))
    ]
    found: dict[str, str] = {}
    for column in export.columns:
        if not column.required or column.name in named or column.type not in ("code", "date"):
            continue
        fitting = [n for n in free if headers[n] not in found.values() and _holds(column, _distinct(engine, table, n))]
        if len(fitting) == 1:
            found[column.name] = headers[fitting[0]]
    return found


def _holds(column: Column, values: Sequence[tuple[str, int]]) -> bool:
    """Whether values, with their rows, are a column's: most of them its codes, or all of them dates."""
    if column.type == "date":
        return bool(_fits([text for text, _ in values], DATE_FORMATS))
    known = {code_key(word) for word in (*column.codes, *dict(column.near))}
    rows = sum(count for _, count in values)
    ours = sum(count for text, count in values if code_key(text) in known)
    return ours >= _SHARE_BY_CONTENT * rows > 0


def _distinct(engine: Engine, table: str, place: int) -> list[tuple[str, int]]:
    return [
        (text, count)
        for text, count in engine.rows(
            f"SELECT trim(c{place}) AS text, count(*) FROM {table} WHERE trim(c{place}) <> ''"
            " GROUP BY text ORDER BY count(*) DESC, text"
        )
    ]


def _said(made: Guess, values: Sequence[tuple[str, int]], codes: Collection[str] = ()) -> list[str]:
    """The values that say something; the others are noted as words for unknown."""
    unknown = {text for text, _ in values if text.lower() in _LIKE_UNKNOWN and code_key(text) not in codes}
    made.unknown |= {text for text in unknown if text.lower() not in UNKNOWN}
    return [text for text, _ in values if text not in unknown]


def _fits(texts: Sequence[str], formats: Sequence[str]) -> list[str]:
    """The formats in which all of the texts can be read."""
    fitting = []
    for each in formats:
        try:
            for text in texts:
                datetime.strptime(text, each)
        except ValueError:
            continue
        fitting.append(each)
    return fitting


def _formats(engine: Engine, table: str, made: Guess, places: Mapping[str, int]) -> None:
    """The format of the dates and the times; a question if several fit, or none."""
    for kind, formats in (("date", DATE_FORMATS), ("time", TIME_FORMATS)):
        columns = [column for column in made.export.columns if column.type == kind and column.name in places]
        texts = sorted({text for each in columns for text in _said(made, _distinct(engine, table, places[each.name]))})
        if kind == "date":  # at midnight, as databases write days
            texts = sorted({re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", text) for text in texts})
        fitting = _fits(texts, formats) if texts else []
        if not texts or formats[0] in fitting:
            continue
        if kind == "time":
            if fitting:
                made.time_format = fitting[0]
            else:
                made.questions.append("The times are written in no known format, or in several.")
        elif len(fitting) == 1:
            made.date_format = fitting[0]
        elif fitting:
            choice = " or ".join(f"`date_format = {_toml_text(each)}`" for each in fitting)
            made.date_question = (
                f"The dates can be read in {len(fitting)} ways (03/04 is a day in March or in April): {choice}?"
            )
        else:
            made.date_question = "The dates are written in no known format, or in several: say `date_format = …`."


def _decimal(engine: Engine, table: str, made: Guess, places: Mapping[str, int]) -> None:
    """The sign before the decimals of the numbers; a question if it may separate thousands."""
    columns = [each for each in made.export.columns if each.type in ("integer", "number") and each.name in places]
    texts = [text for each in columns for text in _said(made, _distinct(engine, table, places[each.name]))]
    commas = [text for text in texts if re.fullmatch(r"-?\d+(,\d+)+", text)]
    if not commas or any(re.fullmatch(r"-?\d+\.\d+", text) for text in texts):
        return
    if any(re.fullmatch(r"-?\d{1,3}(,\d{3})+", text) for text in commas):
        made.questions.append('Is the comma in numbers that of decimals? Then say `decimal = ","`.')
    else:
        made.decimal = ","


def _may_be_repeated(text: str) -> bool:
    """Whether a word in a column of codes is nobody's name: signs, a short number, or words of the dictionary."""
    if re.fullmatch(r"[^\w]{1,3}|-?[0-8]?\d(\.\d)?", text):
        return True
    spelled = re.fullmatch(r"[A-Za-z][A-Za-z /_.-]{0,24}(\d(\.\d)?)?", text)
    return spelled is not None and not persons.may_name(text) and Dictionary().knows_all(words(text))


def _words(engine: Engine, table: str, made: Guess, column: Column, place: int) -> None:
    """What the words of a column may mean: those close to a code are mapped, the others asked about."""
    codes = {code_key(code): code for code in column.codes}
    near = {word.lower(): code for word, code in column.near}
    mapped: dict[str, str] = {}
    asked, withheld = [], []
    values = _distinct(engine, table, place)
    answers = set(_said(made, values, {*codes, *near}))
    for text, rows in values[:_MOST_VALUES]:
        word = text.lower()
        if text not in answers:
            continue
        if code_key(word) in codes or (column.type == "boolean" and word in (*TRUE, *FALSE)):
            continue
        if word in near:
            mapped[text] = near[word]
        elif column.type == "boolean" and word in ("checked", "unchecked"):
            mapped[text] = "yes" if word == "checked" else "no"
        elif _may_be_repeated(text):
            asked.append(f"{_toml_text(text)} ({rows:,} rows)")
        else:
            withheld.append(rows)
    if mapped:
        made.values[column.name] = mapped
    if withheld:
        words_not = f"{len(withheld):,} words that are" if len(withheld) > 1 else "a word that is"
        asked.append(f"{words_not} not repeated here ({sum(withheld):,} rows)")
    if asked:
        meant = ", ".join(column.codes) if column.codes else "yes, no"
        made.questions.append(
            f"What do these words of {column.name} mean: {', '.join(asked)}? One of {meant}; "
            f"map them under [source.values.{column.name}]."
        )
