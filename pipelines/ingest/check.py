"""Checking: rows of text → typed columns, and what is wrong with each row, by SQL generated from the contract."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import pyarrow as pa

from pipelines import arrays
from pipelines.contract import (
    FILLING,
    NOBODY,
    PSEUDONYM,
    PSEUDONYM_IN_WORDS,
    TOTALS,
    UNKNOWN,
    UNKNOWN_TEXTS,
    Column,
    Export,
)
from pipelines.engine.duckdb import Engine, literal
from pipelines.ingest import identifiers, persons
from pipelines.ingest.dictionary import Dictionary
from pipelines.ingest.identifiers import Texts
from pipelines.ingest.layout import Layout
from pipelines.ingest.plausible import EARLIEST
from pipelines.ingest.read.reading import MARK
from pipelines.ingest.texts import HELD, TEXTS, Held

_T = TypeVar("_T")

AFTER_AS_OF = "is after the as-of date"
# What is trimmed from both ends of a cell: whatever Python counts as a space, and zero-width characters.
BLANKS = "'" + "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff'"
SPREADSHEET_ERROR = r"#(REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA)"

TRUE, FALSE = ("yes", "true", "1", "1.0", "y"), ("no", "false", "0", "0.0", "n")
# What is often written for yes or no; which of the two it means is for the clinic to decide.
_NEARLY_BOOLEAN = (
    "checked", "unchecked", "positive", "negative", "pos", "neg", "ja", "nein", "si", "oui", "non", "x", "t", "f",
    "on", "off", "ok", "none", "present", "absent", "detected", "not detected", "done", "not done", "declined",
    "refused",
)  # fmt: skip

_MONTHS = (
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|"
    "dec(ember)?)"
)

# A wrong word is repeated if the dictionary knows it and this many rows, of more than one client, hold it, so that it
# must be the clinic's own word; or if it is nearly one of the codes.
COMMON_WORDS, COMMON_ROWS = 20, 3
WORDS_OF_ITS_OWN = Dictionary()


@dataclass(frozen=True)
class Rows:
    """The rows of a file to be checked: the export and the layout by which they are read, the places of our columns,
    and where they are held.
    """

    export: Export
    layout: Layout
    places: Mapping[str, int]
    held: Held = HELD

    @property
    def columns(self) -> list[Column]:
        """The columns that hold anything: those in the file, and those whose value the layout gives."""
        there = {*self.places, *self.layout.constants}
        return [column for column in self.export.columns if column.name in there]


@dataclass(frozen=True)
class Judged:
    """Of a column: whether the engine's own cast reads each text as it must be read, whether any text is wrong, and
    whether any is blank, which the cast is then to read as null.
    """

    plain: bool = True
    wrong: bool = False
    blank: bool = False


def judge(engine: Engine, as_of: date, *files: Rows) -> dict[int, dict[str, Judged]]:
    """Check each distinct text of each column once, because a file has many rows but few distinct texts. Returns what
    was found of each file, by its number.

    Makes the table `judged`: `file`, `name` of the column, `text`, `cell`: the text in our words, or null; `value`:
    what it means, as a text; `plain`, `wrong`. A column that is not there holds what the layout says, in every row.
    Columns that are checked alike, of whichever file, share their expressions, because planning one takes longer than
    checking a text.
    """
    here = [(rows, column) for rows in files for column in rows.columns]
    words, words_of = _once(_as_text(rows, column) for rows, column in here)
    types, type_of = _once((_typed(column, rows.layout), column.sql_type) for rows, column in here)
    faults, faults_of = _once(
        _wrong(column, f"value_{n}", rows.layout, as_of) for n, (rows, column) in zip(type_of, here, strict=True)
    )
    columns = ", ".join(
        f"({rows.held.file}, {rows.places.get(column.name, -1)}, {literal(column.name)}, "
        f"{', '.join(map(str, numbers))})"
        for (rows, column), *numbers in zip(here, words_of, type_of, faults_of, strict=True)
    )
    texts = f"SELECT file, place, text FROM {TEXTS}"
    constant = {rows.held.file for rows, column in here if column.name not in rows.places}
    if constant:  # only then, because the engine would prepare all expressions a second time
        texts += f" UNION ALL SELECT unnest({sorted(constant)}), -1, NULL"
    typed = ", ".join(f"CASE WHEN type = {n} THEN {each} END AS value_{n}" for n, (each, _) in enumerate(types))
    value = _by("type", (f"CAST(value_{n} AS VARCHAR)" for n in range(len(types))))
    plain = _by("type", (f"{_cast('text', kind)} IS NOT DISTINCT FROM value_{n}" for n, (_, kind) in enumerate(types)))
    engine.run(f"""
        CREATE OR REPLACE TEMP TABLE judged AS
        WITH trimmed AS (
            SELECT file, name, words, type, faults, text, nullif(trim(text, {BLANKS}), '') AS cell
            FROM ({texts}) AS texts
            JOIN (VALUES {columns}) AS columns(file, place, name, words, type, faults) USING (file, place)
        ),
        worded AS (
            SELECT * REPLACE ({_by("words", words)} AS cell) FROM trimmed
        ),
        typed AS (
            SELECT *, {typed} FROM worded
        )
        SELECT
            file,
            name,
            text,
            cell,
            {value} AS value,
            {plain} AS plain,
            coalesce({_by("faults", faults)}, false) AS wrong
        FROM typed
    """)
    judged = {rows.held.file: dict.fromkeys(rows.export.header, Judged()) for rows in files}
    for file, name, *found in engine.rows(
        "SELECT file, name, bool_and(plain), bool_or(wrong), coalesce(bool_or(text = ''), false) FROM judged"
        " GROUP BY file, name"
    ):
        judged[file][name] = Judged(*found)
    return judged


def check(
    engine: Engine, rows: Rows, judged: Mapping[str, Judged], as_of: date, dictionary: Dictionary = WORDS_OF_ITS_OWN
) -> None:
    """Make of a file's rows the view `typed`, and of what is wrong with them the table `rejected`.

    `typed`: `line`, and each column of the export in its type. `rejected`: `line`, `fault_column` (the first that is
    wrong) and `fault` (all that is wrong, for a receptionist). `judged`: what `judge` found of the file. `dictionary`:
    the words that are nobody's name and that a fault may repeat.
    """
    common = wrong_words(engine, rows, judged, dictionary)
    engine.run(f"""
        CREATE OR REPLACE TEMP VIEW typed AS {typed_query(rows, judged)};
        CREATE OR REPLACE TEMP TABLE rejected AS {faults_query(rows, judged, as_of, common)}
    """)


def typed_query(rows: Rows, judged: Mapping[str, Judged]) -> str:
    """The query that gives a file's rows as they are stored; those with a fault too."""
    cells, joins = [], []
    for column in rows.export.columns:
        cell, join = _cell(rows, column, judged[column.name])
        cells.append(
            f"coalesce({cell}, {literal(column.default)}) AS {column.name}"
            if column.default
            else f"{cell} AS {column.name}"
        )
        joins += join
    return f"SELECT line, {', '.join(cells)} FROM {rows.held.raw} {' '.join(joins)}"


def _cell(rows: Rows, column: Column, judged: Judged) -> tuple[str, list[str]]:
    """A cell in its column's type, and how to look its text up if the engine's own cast is not enough."""
    text = _text(rows, column)
    if judged.plain:
        return _cast(text, column.sql_type, judged.blank), []
    looked_up = f"(SELECT text, value FROM judged WHERE {_of(rows, column)}) AS as_{column.name}"
    join = f"LEFT JOIN {looked_up} ON as_{column.name}.text IS NOT DISTINCT FROM {text}"
    return f"CAST(as_{column.name}.value AS {column.sql_type})", [join]


def faults_query(rows: Rows, judged: Mapping[str, Judged], as_of: date, common: Mapping[str, Collection[str]]) -> str:
    """The query that gives a file's rows with a fault.

    A fault repeats a cell only if it holds a number so short, or a day so recent, that it identifies nobody, a word
    that others are known to use for one of the codes, or one of the column's `common` wrong words (of wrong_words): a
    name or a date of birth typed into the wrong column must not come out again.
    """
    cells, joins, faults = ["line"], [], []
    for column in rows.export.columns:
        name = column.name
        if rows.export.rules:
            cell, join = _cell(rows, column, judged[name])
            cells.append(f"{cell} AS {name}")
            joins += join
        if judged[name].wrong:
            said = f"({_sentences(rows, column, as_of, common.get(name, ()))}) AS wrong_{name}"
            joins.append(f"LEFT JOIN {said} ON wrong_{name}.text IS NOT DISTINCT FROM {_text(rows, column)}")
            cells.append(f"wrong_{name}.fault AS {name}_fault")
            faults.append((name, f"{name}_fault IS NOT NULL", f"{name}_fault"))
    for rule in rows.export.rules:
        broken = f"NOT ({rule.holds})"
        faults.append((rule.column, broken, f"CASE WHEN {broken} THEN {literal(f'{rule.column} {rule.reason}')} END"))
    if not faults:
        return "SELECT CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS fault_column, '' AS fault WHERE false"
    first = " ".join(f"WHEN {wrong} THEN {literal(name)}" for name, wrong, _ in faults)
    return f"""
    SELECT line, CASE {first} END AS fault_column, concat_ws('; ', {", ".join(said for _, _, said in faults)}) AS fault
    FROM (SELECT {", ".join(cells)} FROM {rows.held.raw} {" ".join(joins)})
    WHERE fault_column IS NOT NULL"""


def _text(rows: Rows, column: Column) -> str:
    """A cell as it was read."""
    return f"c{rows.places[column.name]}" if column.name in rows.places else "CAST(NULL AS VARCHAR)"


def _of(rows: Rows, column: Column) -> str:
    return f"file = {rows.held.file} AND name = {literal(column.name)}"


def _sentences(rows: Rows, column: Column, as_of: date, common: Collection[str]) -> str:
    """The query that gives each wrong text of a column, and what is wrong with it in words."""
    faults = " ".join(f"WHEN {wrong} THEN {why}" for wrong, why in _faults(column, rows.layout, as_of, common, "typed"))
    typed = f"SELECT *, CAST(value AS {column.sql_type}) AS typed FROM judged WHERE {_of(rows, column)} AND wrong"
    return f"SELECT text, CASE {faults} END AS fault FROM ({typed})"


def _once(each: Iterable[_T]) -> tuple[list[_T], list[int]]:
    """The distinct ones, in order of first appearance; and for each in turn, which of those it is."""
    numbers: dict[_T, int] = {}
    which = [numbers.setdefault(one, len(numbers)) for one in each]
    return list(numbers), which


def _by(number: str, expressions: Iterable[str]) -> str:
    """The expression whose number a row holds."""
    return f"CASE {number} {' '.join(f'WHEN {n} THEN {each}' for n, each in enumerate(expressions))} END"


def _wrong(column: Column, value: str, layout: Layout, as_of: date) -> str:
    return " OR ".join(f"({each})" for each, _ in _faults(column, layout, as_of, (), value))


def _cast(text: str, sql_type: str, blank: bool = True) -> str:
    """A text as the engine itself reads it in a type; blank ones, if there are any, are null."""
    given = f"nullif({text}, '')" if blank else text
    return f"TRY_CAST({given} AS {sql_type})"


def wrong_words(
    engine: Engine, rows: Rows, judged: Mapping[str, Judged], dictionary: Dictionary = WORDS_OF_ITS_OWN
) -> dict[str, list[str]]:
    """The words of the columns of codes, yes/no, numbers, dates or times that are none, and identify nobody: the
    commonest of those that the dictionary knows, and those that are nearly a code.

    Being in many rows is not enough: a therapist's name may be in the rows of all of that therapist's clients.
    """
    columns = [
        column
        for column in rows.export.columns
        if column.name in rows.places and judged[column.name].wrong and column.type not in ("text", "pseudonym")
    ]
    if not columns:
        return {}
    client = f"c{rows.places['client_id']}" if "client_id" in rows.places else "line"
    wrong = "\nUNION ALL\n".join(
        f"SELECT name, lower(cell) AS text, {client} AS client"
        f" FROM judged JOIN {rows.held.raw} ON text = c{rows.places[column.name]}"
        f" WHERE {_of(rows, column)} AND value IS NULL"
        for column in columns
    )
    nearly = " OR ".join(
        f"(name = {literal(column.name)} AND {test})" for column in columns for _, test in _alike("text", column)
    )
    common = engine.rows(f"""
        SELECT name, text, {nearly or "false"} AS alike
        FROM ({wrong})
        WHERE regexp_full_match(text, '[a-z][a-z ./:_-]{{0,24}}([0-9](\\.[0-9])?)?')
        GROUP BY name, text
        HAVING
            (count(*) >= {COMMON_ROWS} AND count(DISTINCT client) > 1 AND NOT regexp_matches(text, '[0-9.:]'))
            OR alike
        QUALIFY row_number() OVER (PARTITION BY name ORDER BY count(*) DESC, text) <= {COMMON_WORDS}
        ORDER BY name, count(*) DESC, text
    """)
    words = [
        (name, text)
        for name, text, alike in common
        if not persons.may_name(text)
        # Only the house number may be missing from a street.
        and (alike or (dictionary.knows_all(text) and identifiers.in_name(f"1 {text}") is None))
    ]
    if not words:
        return {}
    names = sorted({name for name, _ in words})
    once = arrays.column([1] * len(words))
    texts = {
        "file": arrays.column([0] * len(words)),
        "place": arrays.column([names.index(name) for name, _ in words]),
        "text": arrays.column([text for _, text in words]),
    }
    engine.load("wrong_words", pa.table({**texts, "rows": once, "line": once}))
    found = identifiers.in_texts(engine, "wrong_words", Texts(names))[0]
    identifying = {finding.column for finding in found}
    return {name: [text for of_name, text in words if of_name == name] for name in names if name not in identifying}


def _as_text(rows: Rows, column: Column) -> str:
    """A trimmed cell in our words, null if it means unknown; a constant if the column is not there."""
    layout = rows.layout
    if column.name not in rows.places:
        return literal(layout.constants[column.name])
    cases = [
        f"WHEN lower(cell) = {literal(theirs.strip().lower())} THEN {literal(ours) if ours else 'NULL'}"
        for theirs, ours in layout.values.get(column.name, {}).items()
    ]
    nothing = [*_unknown(rows.export, column), *(each.strip().lower() for each in layout.unknown)]
    if nothing:
        cases.append(f"WHEN lower(cell) IN ({', '.join(map(literal, nothing))}) THEN NULL")
    return f"CASE {' '.join(cases)} ELSE cell END" if cases else "cell"


def _unknown(export: Export, column: Column) -> list[str]:
    """The words that mean unknown in a column, by the contract. Texts of a public directory are taken as they are."""
    if export.format != "table" or (column.type == "pseudonym" and column.required):
        return []
    words = UNKNOWN_TEXTS if column.type in ("text", "pseudonym") else UNKNOWN
    codes = {code_key(code) for code in (*column.codes, *dict(column.near))}
    return [word for word in words if code_key(word) not in codes]


def _typed(column: Column, layout: Layout) -> str:
    """A cell in its column's type; null if it cannot be read."""
    match column.type:
        case "pseudonym":
            reserved = " AND ".join(f"NOT ({test})" for test in (_is_nobody("cell"), _is_total("cell")))
            return f"CASE WHEN regexp_full_match(cell, '{PSEUDONYM}') AND {reserved} THEN cell END"
        case "date":
            midnight = "regexp_full_match(substr(cell, 11), '([ T]00:00(:00(\\.0+)?)?)?')"
            iso = (
                f"CASE WHEN substr(cell, 5, 1) = '-' AND substr(cell, 8, 1) = '-' AND {midnight}"
                f" THEN TRY_CAST(left(cell, 10) AS DATE) END"
            )
            if not layout.date_format:
                return iso
            return f"coalesce(CAST(try_strptime(cell, {literal(layout.date_format)}) AS DATE), {iso})"
        case "time":
            clock = (
                "CASE WHEN regexp_full_match(cell, '([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.0+)?)?')"
                " THEN lpad(split_part(cell, ':', 1), 2, '0') || ':' || split_part(cell, ':', 2) END"
            )
            if not layout.time_format:
                return clock
            return f"coalesce(left(try_strptime(cell, {literal(layout.time_format)})::TIME::VARCHAR, 5), {clock})"
        case "code":
            cases = " ".join(f"WHEN {literal(code_key(code))} THEN {literal(code)}" for code in column.codes)
            return f"CASE replace(replace(lower(cell), ' ', '_'), '-', '_') {cases} END"
        case "boolean":
            true, false = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
            return f"CASE WHEN lower(cell) IN ({true}) THEN true WHEN lower(cell) IN ({false}) THEN false END"
        case "integer" | "number":
            number = "cell" if layout.decimal == "." else f"replace(cell, {literal(layout.decimal)}, '.')"
            decimals = "(\\.0+)?" if column.type == "integer" else "(\\.[0-9]+)?"
            read = f"regexp_full_match({number}, '-?[0-9]+{decimals}') AND isfinite(TRY_CAST({number} AS DOUBLE))"
            if layout.decimal != ".":
                read += f" AND NOT {_is_grouped('cell')}"
            return f"CASE WHEN {read} THEN TRY_CAST(TRY_CAST({number} AS DOUBLE) AS {column.sql_type}) END"
        case "text":
            error = f"regexp_full_match(cell, {literal(SPREADSHEET_ERROR)})"
            return f"CASE WHEN length(cell) <= {column.longest} AND NOT {error} THEN cell END"


def _is_grouped(text: str) -> str:
    """Whether a point may part the thousands of a number whose decimals follow a comma: 1.000 is one, or a thousand. A
    workbook's own numbers have a point whatever the profile says, and 2.5 is not grouped.
    """
    return f"regexp_full_match({text}, '-?[0-9]{{1,3}}(\\.[0-9]{{3}})+')"


def _is_nobody(text: str) -> str:
    listed = ", ".join(map(literal, NOBODY))
    return f"(lower({text}) IN ({listed}) OR regexp_full_match({text}, '{FILLING}'))"


def _is_total(text: str) -> str:
    return f"regexp_full_match(lower({text}), '{TOTALS}')"


def code_key(code: str) -> str:
    """A word as it is compared with codes."""
    return code.lower().replace(" ", "_").replace("-", "_")


def _faults(column: Column, layout: Layout, as_of: date, common: Collection[str], value: str) -> list[tuple[str, str]]:
    """What may be wrong with a cell, each as a condition and a sentence; the first that holds counts.

    `value`: the cell in its column's type, as an expression.
    """
    name, text = column.name, "cell"
    faults = [(f"starts_with({text}, {literal(MARK)})", f"{literal(name + ' ')} || substr({text}, 2)")]
    if column.required:
        faults.append((f"{text} IS NULL", literal(f"{name} is missing")))
    wrong = f"{text} IS NOT NULL AND {value} IS NULL"
    match column.type:
        case "pseudonym":
            total = "is of a row of totals, not of a client"
            repeated = [(_is_nobody(text), "means that there is nobody"), (_is_total(text), total)]
            cases = [f"WHEN {test} THEN {_saying(name, 'true', why)}" for test, why in repeated]
            cases.append(f"WHEN regexp_matches(lower({text}), '^{TOTALS}\\b') THEN {literal(f'{name} {total}')}")
            no_pseudonym = literal(f"{name} is not a pseudonym ({PSEUDONYM_IN_WORDS})")
            faults.append((wrong, f"CASE {' '.join(cases)} ELSE {no_pseudonym} END"))
        case "date":
            shown = f"{_date_shown(text, as_of)} OR {_word_shown(text, common)}"
            form = layout.date_format or "YYYY-MM-DD"
            number = f"is not a date ({form}), but a number by which spreadsheets keep one"
            faults.append((f"{wrong} AND regexp_full_match({text}, '[0-9]{{5}}(\\.0)?')", literal(f"{name} {number}")))
            faults.append((wrong, _saying(name, shown, f"is not a date ({form})")))
            if "%Y" in (layout.date_format or ""):
                two_digits = f"has a year of two digits, and the format has one of four ({layout.date_format})"
                faults.append((f"year({value}) < 100", literal(f"{name} {two_digits}")))
            faults.append((f"{value} < DATE '{EARLIEST}'", literal(f"{name} is before {EARLIEST.year}")))
            if not column.future:
                faults.append((f"{value} > DATE '{as_of}'", _saying(name, shown, f"{AFTER_AS_OF} {as_of}")))
        case "time":
            shown = f"{_time_shown(text)} OR {_word_shown(text, common)}"
            faults.append((wrong, _saying(name, shown, "is not a time of day (HH:MM)")))
        case "code":
            shown = f"{_answer_shown(text)} OR {_word_shown(text, [*dict(column.near), *common])}"
            codes = ", ".join(column.codes)
            faults.append((wrong, _saying(name, shown, f"is not one of {codes}") + f" || {_meant(text, column)}"))
        case "boolean":
            shown = f"{_answer_shown(text)} OR {_word_shown(text, [*_NEARLY_BOOLEAN, *common])}"
            faults.append((wrong, _saying(name, shown, "is not yes or no")))
        case "integer" | "number":
            kind = "a whole number" if column.type == "integer" else "a number"
            least, most = (f"{bound:g}" if bound is not None else None for bound in (column.min, column.max))
            span = f" from {least} to {most}" if least and most else f" of {least} or more" if least else ""
            shown = f"{_number_shown(text)} OR {_word_shown(text, ['none', 'nil', *common])}"
            if layout.decimal != ".":
                either = "may be a number with decimals or with thousands: write it without the point"
                faults.append((_is_grouped(text), _saying(name, shown, either)))
            outside = [f"{value} {sign} {bound}" for sign, bound in (("<", least), (">", most)) if bound is not None]
            faults += [(each, _saying(name, shown, f"is not {kind}{span}")) for each in (wrong, *outside)]
        case "text":
            error = f"{literal(name)} || ' holds a spreadsheet''s error (' || {text} || ')'"
            too_long = literal(f"{name} is longer than {column.longest} characters")
            is_error = f"regexp_full_match({text}, {literal(SPREADSHEET_ERROR)})"
            faults.append((wrong, f"CASE WHEN {is_error} THEN {error} ELSE {too_long} END"))
    return faults


def _saying(name: str, shown: str, what: str) -> str:
    """A sentence about a cell, with the cell if it may be shown."""
    return f"{literal(name)} || CASE WHEN {shown} THEN ' \"' || cell || '\"' ELSE '' END || {literal(' ' + what)}"


def _answer_shown(text: str) -> str:
    """Whether a cell holds a number of the kind that codes answers and levels: not a day, and not an age over 89."""
    return f"regexp_full_match({text}, '-?[0-8]?[0-9](\\.[0-9])?')"


def _number_shown(text: str) -> str:
    """Whether a cell holds a number of so few digits that it identifies nobody, or is written so: 7+, 3-4, 3/10."""
    number, about = "[-+]?([0-9]{1,3}([.,][0-9]{1,2})?|[0-9][.,][0-9]{3})%?", "[0-9]{1,2}(\\+|-[0-9]{1,2}|/10)"
    return f"regexp_full_match({text}, '{number}|{about}')"


def _time_shown(text: str) -> str:
    """Whether a cell holds a time as clocks show it, or nearly, and am or pm."""
    clock = "[0-9]{1,2}(:[0-9]{1,2}(:[0-5][0-9])?|\\.[0-5][0-9])?|([01]?[0-9]|2[0-3])[0-5][0-9]"
    return f"regexp_full_match(regexp_replace(lower({text}), ' ?[ap]\\.?m\\.?$', ''), '{clock}')"


def _date_shown(text: str, as_of: date) -> str:
    """Whether a cell holds a day, or nearly one, of a year in which nobody now in care was born."""
    recent = "|".join(str(as_of.year + n) for n in range(-9, 10))
    sign, number = "[-./, ]", "[0-9]{1,2}"
    day = f"({number}{sign}{{1,3}}){{0,2}}({recent})|({recent})({sign}{{1,3}}{number}){{1,2}}"
    clock = "[ t]{1,2}[0-9]{1,2}(:[0-9]{2}){1,2}(\\.[0-9]{1,6})?"
    return f"regexp_full_match(regexp_replace(lower({text}), '{_MONTHS}', ''), '{sign}{{0,2}}({day})({clock})?')"


def _word_shown(text: str, words: Collection[str]) -> str:
    listed = ", ".join(literal(word.lower()) for word in words) or "NULL"
    return f"coalesce(lower({text}) IN ({listed}), false)"


def _meant(text: str, column: Column) -> str:
    """The code that a wrong word is near to, as a question, which the clinic's mapping profile is to answer."""
    known = " ".join(f"WHEN lower({text}) = {literal(word.lower())} THEN {literal(code)}" for word, code in column.near)
    alike = " ".join(f"WHEN {test} THEN {literal(code)}" for code, test in _alike(text, column))
    if not known + alike:
        return "''"
    return f"coalesce('; did you mean ' || CASE {known} {alike} END || '? Map it in a mapping profile', '')"


def _alike(text: str, column: Column) -> list[tuple[str, str]]:
    """Each code of a column, and whether a word is nearly it: misspelled, or with a word for its kind before it."""
    return [
        (code, f"jaro_winkler_similarity(lower({text}), {literal(code.lower())}) >= 0.9")
        for code in column.codes
        if len(code) > 3
    ] + [
        (code, f"regexp_full_match(lower({text}), '(asam )?(level|loc)[ :-]*{re.escape(code)}0?')")
        for code in column.codes
        if re.fullmatch(r"\d(\.\d)?", code)
    ]
