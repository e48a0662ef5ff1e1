"""Checking: rows of text → typed columns and what is wrong with each row, in SQL made from the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.contract import Column, Export
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import normal

EARLIEST = date(1990, 1, 1)
LONGEST_TEXT = 200
AFTER_AS_OF = "is after the as-of date"
BLANKS = r"' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"

_TRUE, _FALSE = ("yes", "true", "1", "1.0", "y"), ("no", "false", "0", "0.0", "n")


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def positions(export: Export, layout: Layout, headers: Sequence[str]) -> dict[str, int]:
    """Which of a file's columns holds each of ours: our column → its place, for those that are there."""
    places: dict[str, int] = {}
    for n, header in enumerate(headers):
        places.setdefault(normal(header), n)
    named = layout.columns if layout.export else {column: column for column in export.header}
    return {ours: places[normal(theirs)] for ours, theirs in named.items() if normal(theirs) in places}


def checking_query(export: Export, layout: Layout, places: dict[str, int], raw: str, as_of: date) -> str:
    """The query that checks the rows of table `raw`.

    It gives `line`, each column of the export in its type, `fault_column` (the first that is wrong, or null) and
    `fault` (all that is wrong, for a receptionist). A fault repeats a cell only where it holds nothing but digits
    and signs in a column of dates, times or numbers: a name typed into the wrong column must not come out again.
    """
    texts = ",\n        ".join(f"{_as_text(column, layout, places)} AS {column.name}" for column in export.columns)
    typed = ",\n        ".join(f"{_typed(column, layout)} AS {column.name}" for column in export.columns)
    given = ",\n        ".join(f"{column.name} AS {column.name}_text" for column in export.columns)
    faults = [f"CASE {_fault(column, layout, as_of)} END" for column in export.columns] + [
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


def _as_text(column: Column, layout: Layout, places: dict[str, int]) -> str:
    """The cell, trimmed, in our words; null where it is blank, means unknown, or the column is not there."""
    if column.name not in places:
        constant = layout.constants.get(column.name)
        return "CAST(NULL AS VARCHAR)" if constant is None else quoted(constant)
    cell = f"nullif(trim(c{places[column.name]}, {BLANKS}), '')"
    words = {**dict.fromkeys(layout.unknown, ""), **layout.values.get(column.name, {})}
    if not words:
        return cell
    cases = " ".join(
        f"WHEN {quoted(theirs.strip().lower())} THEN {quoted(ours) if ours else 'NULL'}"
        for theirs, ours in words.items()
    )
    return f"CASE lower({cell}) {cases} ELSE {cell} END"


def _typed(column: Column, layout: Layout) -> str:
    cell = column.name
    match column.type:
        case "pseudonym":
            return f"CASE WHEN regexp_full_match({cell}, '[A-Za-z0-9_-]{{3,64}}') THEN {cell} END"
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
            true, false = (", ".join(map(quoted, words)) for words in (_TRUE, _FALSE))
            return f"CASE WHEN lower({cell}) IN ({true}) THEN true WHEN lower({cell}) IN ({false}) THEN false END"
        case "integer" | "number":
            number = cell if layout.decimal == "." else f"replace({cell}, {quoted(layout.decimal)}, '.')"
            decimals = "(\\.0+)?" if column.type == "integer" else "(\\.[0-9]+)?"
            kind = column.sql_type
            cast = f"TRY_CAST(TRY_CAST({number} AS DOUBLE) AS {kind})"
            return f"CASE WHEN regexp_full_match({number}, '-?[0-9]+{decimals}') THEN {cast} END"
        case "text":
            return f"CASE WHEN length({cell}) <= {LONGEST_TEXT} THEN {cell} END"


def _code_key(code: str) -> str:
    return code.lower().replace(" ", "_").replace("-", "_")


def _fault(column: Column, layout: Layout, as_of: date) -> str:
    """The WHEN branches that say what is wrong with a cell, after its column's name."""
    name = column.name
    whens = []
    if column.required:
        whens.append(f"WHEN {name}_text IS NULL THEN {quoted(f'{name} is missing')}")
    wrong = f"WHEN {name}_text IS NOT NULL AND {name} IS NULL THEN "
    match column.type:
        case "pseudonym":
            whens.append(wrong + quoted(f"{name} is not a pseudonym (3 to 64 of A-Z a-z 0-9 _ -)"))
        case "date":
            whens.append(wrong + _echoing(name, f"is not a date ({layout.date_format or 'YYYY-MM-DD'})"))
            whens.append(f"WHEN {name} < DATE '{EARLIEST}' THEN " + _echoing(name, f"is before {EARLIEST.year}"))
            if not column.future:
                whens.append(f"WHEN {name} > DATE '{as_of}' THEN " + _echoing(name, f"{AFTER_AS_OF} {as_of}"))
        case "time":
            whens.append(wrong + _echoing(name, "is not a time of day (HH:MM)"))
        case "code":
            whens.append(wrong + quoted(f"{name} is not one of {', '.join(column.codes)}"))
        case "boolean":
            whens.append(wrong + quoted(f"{name} is not yes or no"))
        case "integer" | "number":
            kind = "a whole number" if column.type == "integer" else "a number"
            least, most = (f"{bound:g}" if bound is not None else None for bound in (column.min, column.max))
            span = f" from {least} to {most}" if least and most else f" of {least} or more" if least else ""
            whens.append(wrong + _echoing(name, f"is not {kind}{span}"))
            outside = [f"{name} {sign} {bound}" for sign, bound in (("<", least), (">", most)) if bound is not None]
            if outside:
                whens.append(f"WHEN {' OR '.join(outside)} THEN " + _echoing(name, f"is not {kind}{span}"))
        case "text":
            whens.append(wrong + quoted(f"{name} is longer than {LONGEST_TEXT} characters"))
    return " ".join(whens) or "WHEN false THEN ''"


def _echoing(name: str, what: str) -> str:
    shown = (
        f"CASE WHEN regexp_full_match({name}_text, '[-0-9./: ]{{1,20}}') THEN ' \"' || {name}_text || '\"' ELSE '' END"
    )
    return f"{quoted(name)} || {shown} || {quoted(' ' + what)}"
