"""Checking: rows of text → typed columns and what is wrong with each row, in SQL made from the contract."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

import pyarrow as pa

from pipelines.contract import NOBODY, TOTALS, UNKNOWN, UNKNOWN_TEXTS, Column, Export
from pipelines.engine.duckdb import Engine
from pipelines.ingest import identifiers, persons
from pipelines.ingest.layout import Layout
from pipelines.ingest.read.reading import MARK

EARLIEST = date(1990, 1, 1)
AFTER_AS_OF = "is after the as-of date"
# What is no part of a cell at its ends: blanks, line and page breaks, vertical tabs, and the signs that take no room.
BLANKS = " || ".join(
    f"chr({ord(sign)})" for sign in " \t\n\r\v\f\x85\xa0\u2007\u2028\u2029\u200b\u202f\u2060\u3000\ufeff"
)
SPREADSHEET_ERROR = r"#(REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA)"

TRUE, FALSE = ("yes", "true", "1", "1.0", "y"), ("no", "false", "0", "0.0", "n")
# What is often written for yes or no; which of the two it means is for the clinic to decide.
_NEARLY_BOOLEAN = (
    "checked", "unchecked", "positive", "negative", "pos", "neg", "ja", "nein", "si", "oui", "non", "x", "t", "f",
    "on", "off", "ok", "none", "present", "absent", "detected", "not detected", "done", "not done", "declined",
    "refused",
)  # fmt: skip

# A wrong word is repeated where so many rows, of more than one client, hold it that it must be the clinic's own word.
COMMON_WORDS, COMMON_ROWS = 20, 3


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def checking_query(
    export: Export,
    layout: Layout,
    places: Mapping[str, int],
    raw: str,
    as_of: date,
    common: Mapping[str, Collection[str]] | None = None,
) -> str:
    """The query that checks the rows of table `raw`.

    It gives `line`, each column of the export in its type, `fault_column` (the first that is wrong, or null) and
    `fault` (all that is wrong, for a receptionist). A fault repeats a cell only where it holds nothing but a few digits
    and signs, a word that others are known to use for one of the codes, or one of the column's `common` wrong words (of
    wrong_words): a name typed into the wrong column must not come out again.
    """
    common = common or {}
    texts = ",\n        ".join(
        f"{_as_text(export, column, layout, places)} AS {column.name}" for column in export.columns
    )
    typed = ",\n        ".join(f"{_typed(column, layout)} AS {column.name}" for column in export.columns)
    given = ",\n        ".join(f"{column.name} AS {column.name}_text" for column in export.columns)
    faults = [f"CASE {_fault(column, layout, as_of, common.get(column.name, ()))} END" for column in export.columns] + [
        f"CASE WHEN NOT ({rule.holds}) THEN {quoted(f'{rule.column} {rule.reason}')} END" for rule in export.rules
    ]
    named = [column.name for column in export.columns] + [rule.column for rule in export.rules]
    columns = ", ".join(
        f"coalesce({column.name}, {quoted(column.default)}) AS {column.name}" if column.default else column.name
        for column in export.columns
    )
    first = " ".join(f"WHEN fault_{n} IS NOT NULL THEN {quoted(name)}" for n, name in enumerate(named))
    all_faults = ", ".join(f"fault_{n}" for n in range(len(named)))
    return f"""
    WITH texts AS (
        SELECT line,
        {texts}
        FROM {raw}
    ),
    typed AS (
        SELECT line,
        {given},
        {typed}
        FROM texts
    ),
    judged AS (
        SELECT *, {", ".join(f"{fault} AS fault_{n}" for n, fault in enumerate(faults))}
        FROM typed
    )
    SELECT line, {columns}, CASE {first} END AS fault_column, nullif(concat_ws('; ', {all_faults}), '') AS fault
    FROM judged"""


def wrong_words(
    engine: Engine, export: Export, layout: Layout, places: Mapping[str, int], raw: str
) -> dict[str, list[str]]:
    """The commonest words of each column of codes, yes/no, numbers or dates that are none, and identify nobody."""
    found = {}
    for column in export.columns:
        if column.name not in places or column.type in ("text", "pseudonym"):
            continue
        client = f"c{places['client_id']}" if "client_id" in places else "line"
        rows = engine.rows(f"""
            WITH texts AS (
                SELECT {_as_text(export, column, layout, places)} AS {column.name}, {client} AS client FROM {raw}
            ),
            typed AS (
                SELECT lower({column.name}) AS text, client, {_typed(column, layout)} AS value FROM texts
            )
            SELECT text FROM typed
            WHERE value IS NULL AND regexp_full_match(text, '[a-z][a-z /_-]{{0,24}}')
            GROUP BY text
            HAVING count(*) >= {COMMON_ROWS} AND count(DISTINCT client) > 1
            ORDER BY count(*) DESC, text
            LIMIT {COMMON_WORDS}
        """)
        words = [text for (text,) in rows if not may_name(text)]
        if words:
            engine.load("wrong_words", pa.table({"line": pa.array(range(len(words)), pa.int64()), "c0": words}))
            if not identifiers.in_values(engine, "wrong_words", [column.name], ["c0"]):
                found[column.name] = words
    return found


def may_name(text: str) -> bool:
    """Whether a word of a text is a person's name, be it also another word."""
    return any(persons.may_be_given(word) or persons.may_be_surname(word) for word in re.split("[^a-z]+", text) if word)


def _as_text(export: Export, column: Column, layout: Layout, places: Mapping[str, int]) -> str:
    """The cell, trimmed, in our words; null where it is blank, means unknown, or the column is not there."""
    if column.name not in places:
        constant = layout.constants.get(column.name)
        return "CAST(NULL AS VARCHAR)" if constant is None else quoted(constant)
    cell = f"nullif(trim(c{places[column.name]}, {BLANKS}), '')"
    words = {**dict.fromkeys(_unknown(export, column), ""), **dict.fromkeys(layout.unknown, "")}
    words |= layout.values.get(column.name, {})
    if not words:
        return cell
    cases = " ".join(
        f"WHEN {quoted(theirs.strip().lower())} THEN {quoted(ours) if ours else 'NULL'}"
        for theirs, ours in words.items()
    )
    return f"CASE lower({cell}) {cases} ELSE {cell} END"


def _unknown(export: Export, column: Column) -> list[str]:
    """The words that mean unknown in a column, by the contract. A public directory's texts are taken as they are."""
    if export.format != "table" or (column.type == "pseudonym" and column.required):
        return []
    words = UNKNOWN_TEXTS if column.type in ("text", "pseudonym") else UNKNOWN
    codes = {_code_key(code) for code in (*column.codes, *dict(column.near))}
    return [word for word in words if _code_key(word) not in codes]


def _typed(column: Column, layout: Layout) -> str:
    cell = column.name
    match column.type:
        case "pseudonym":
            reserved = ", ".join(map(quoted, (*NOBODY, *TOTALS)))
            return (
                f"CASE WHEN regexp_full_match({cell}, '[A-Za-z0-9_-]{{3,64}}') AND lower({cell}) NOT IN ({reserved})"
                f" THEN {cell} END"
            )
        case "date":
            midnight = f"regexp_full_match(substr({cell}, 11), '([ T]00:00(:00(\\.0+)?)?)?')"
            iso = (
                f"CASE WHEN substr({cell}, 5, 1) = '-' AND substr({cell}, 8, 1) = '-' AND {midnight}"
                f" THEN TRY_CAST(left({cell}, 10) AS DATE) END"
            )
            if not layout.date_format:
                return iso
            return f"coalesce(CAST(try_strptime({cell}, {quoted(layout.date_format)}) AS DATE), {iso})"
        case "time":
            clock = (
                f"CASE WHEN regexp_full_match({cell}, '([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.0+)?)?')"
                f" THEN lpad(split_part({cell}, ':', 1), 2, '0') || ':' || split_part({cell}, ':', 2) END"
            )
            if not layout.time_format:
                return clock
            return f"coalesce(left(try_strptime({cell}, {quoted(layout.time_format)})::TIME::VARCHAR, 5), {clock})"
        case "code":
            cases = " ".join(f"WHEN {quoted(_code_key(code))} THEN {quoted(code)}" for code in column.codes)
            return f"CASE replace(replace(lower({cell}), ' ', '_'), '-', '_') {cases} END"
        case "boolean":
            true, false = (", ".join(map(quoted, words)) for words in (TRUE, FALSE))
            return f"CASE WHEN lower({cell}) IN ({true}) THEN true WHEN lower({cell}) IN ({false}) THEN false END"
        case "integer" | "number":
            number = cell if layout.decimal == "." else f"replace({cell}, {quoted(layout.decimal)}, '.')"
            decimals = "(\\.0+)?" if column.type == "integer" else "(\\.[0-9]+)?"
            kind = column.sql_type
            cast = f"TRY_CAST(TRY_CAST({number} AS DOUBLE) AS {kind})"
            return f"CASE WHEN regexp_full_match({number}, '-?[0-9]+{decimals}') THEN {cast} END"
        case "text":
            error = f"regexp_full_match({cell}, {quoted(SPREADSHEET_ERROR)})"
            return f"CASE WHEN length({cell}) <= {column.longest} AND NOT {error} THEN {cell} END"


def _code_key(code: str) -> str:
    return code.lower().replace(" ", "_").replace("-", "_")


def _fault(column: Column, layout: Layout, as_of: date, common: Collection[str]) -> str:
    """The WHEN branches that say what is wrong with a cell, after its column's name."""
    name = column.name
    text = f"{name}_text"
    whens = [f"WHEN starts_with({text}, {quoted(MARK)}) THEN {quoted(name + ' ')} || substr({text}, 2)"]
    if column.required:
        whens.append(f"WHEN {text} IS NULL THEN {quoted(f'{name} is missing')}")
    wrong = f"WHEN {text} IS NOT NULL AND {name} IS NULL THEN "
    match column.type:
        case "pseudonym":
            for words, why in (
                (NOBODY, "means that there is nobody"),
                (TOTALS, "is of a row of totals, not of a client"),
            ):
                listed = ", ".join(map(quoted, words))
                fault = f"{quoted(name + ' ' + chr(34))} || {text} || {quoted(chr(34) + ' ' + why)}"
                whens.append(f"WHEN lower({text}) IN ({listed}) THEN {fault}")
            whens.append(wrong + quoted(f"{name} is not a pseudonym (3 to 64 of A-Z a-z 0-9 _ -)"))
        case "date":
            shown = _date_shown(text, as_of)
            whens.append(wrong + _saying(name, shown, f"is not a date ({layout.date_format or 'YYYY-MM-DD'})"))
            whens.append(f"WHEN {name} < DATE '{EARLIEST}' THEN " + quoted(f"{name} is before {EARLIEST.year}"))
            if not column.future:
                whens.append(f"WHEN {name} > DATE '{as_of}' THEN " + _saying(name, shown, f"{AFTER_AS_OF} {as_of}"))
        case "time":
            whens.append(wrong + _saying(name, _number_shown(text), "is not a time of day (HH:MM)"))
        case "code":
            shown = f"{_number_shown(text)} OR {_word_shown(text, [*dict(column.near), *common])}"
            codes = ", ".join(column.codes)
            whens.append(wrong + _saying(name, shown, f"is not one of {codes}") + f" || {_meant(text, column)}")
        case "boolean":
            shown = f"{_number_shown(text)} OR {_word_shown(text, [*_NEARLY_BOOLEAN, *common])}"
            whens.append(wrong + _saying(name, shown, "is not yes or no"))
        case "integer" | "number":
            kind = "a whole number" if column.type == "integer" else "a number"
            least, most = (f"{bound:g}" if bound is not None else None for bound in (column.min, column.max))
            span = f" from {least} to {most}" if least and most else f" of {least} or more" if least else ""
            shown = f"{_number_shown(text)} OR {_word_shown(text, ['none', 'nil', *common])}"
            whens.append(wrong + _saying(name, shown, f"is not {kind}{span}"))
            outside = [f"{name} {sign} {bound}" for sign, bound in (("<", least), (">", most)) if bound is not None]
            if outside:
                whens.append(f"WHEN {' OR '.join(outside)} THEN " + _saying(name, shown, f"is not {kind}{span}"))
        case "text":
            error = f"WHEN regexp_full_match({text}, {quoted(SPREADSHEET_ERROR)}) THEN "
            whens.append(error + f"{quoted(name)} || ' holds a spreadsheet''s error (' || {text} || ')'")
            whens.append(wrong + quoted(f"{name} is longer than {column.longest} characters"))
    return " ".join(whens)


def _saying(name: str, shown: str, what: str) -> str:
    """A sentence about a cell, with the cell where it may be shown."""
    return f"{quoted(name)} || CASE WHEN {shown} THEN ' \"' || {name}_text || '\"' ELSE '' END || {quoted(' ' + what)}"


def _number_shown(text: str) -> str:
    """Whether a cell holds so few digits, and signs, that they identify nobody."""
    few = f"length(regexp_replace({text}, '[^0-9]', '', 'g')) <= 6"
    return f"(regexp_full_match({text}, '[-+0-9.,/:% ]{{1,20}}') AND {few})"


def _date_shown(text: str, as_of: date) -> str:
    """Whether a cell holds digits and signs that are not a date on which somebody may have been born."""
    recent = "|".join(str(as_of.year + n) for n in range(-9, 10))
    return (
        f"(regexp_full_match({text}, '[-0-9./: T]{{1,20}}')"
        f" AND (regexp_matches({text}, '(^|[^0-9])({recent})([^0-9]|$)')"
        f" OR length(regexp_replace({text}, '[^0-9]', '', 'g')) <= 5))"
    )


def _word_shown(text: str, words: Collection[str]) -> str:
    listed = ", ".join(quoted(word.lower()) for word in words) or "NULL"
    return f"coalesce(lower({text}) IN ({listed}), false)"


def _meant(text: str, column: Column) -> str:
    """The code that a wrong word is near to, as a question; it is for the clinic's mapping profile to answer."""
    known = " ".join(f"WHEN lower({text}) = {quoted(word.lower())} THEN {quoted(code)}" for word, code in column.near)
    alike = " ".join(
        f"WHEN jaro_winkler_similarity(lower({text}), {quoted(code.lower())}) >= 0.9 THEN {quoted(code)}"
        for code in column.codes
        if len(code) > 3
    )
    if not known + alike:
        return "''"
    return f"coalesce('; did you mean ' || CASE {known} {alike} END || '? Map it in a mapping profile', '')"
