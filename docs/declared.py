"""The pages of `docs/` that are made from declarations: the contract, the measures, the rules, the gate's corpus."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pipelines.contract import UNKNOWN, Column, Export, exports
from pipelines.ingest import bounds
from pipelines.ingest.identifiers import KINDS
from pipelines.model import models

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "tests" / "spec" / "definitions.toml"
GATE = ROOT / "tests" / "ingest" / "gate.toml"


def exports_page() -> str:
    """The exports that come in, as Markdown."""
    parts = [
        "# The exports",
        "A folder of files; a file's name begins with the name of its export (`attendance.csv`, "
        "`attendance_2026-10_northside.csv`, `attendance/2026-10.parquet`). `.csv`, `.csv.gz`, `.parquet` and "
        "`.xlsx` (first visible sheet) are read, with any usual delimiter. A text that is not UTF-8, UTF-16 or UTF-32 "
        "is read as Windows-1252. If its letters do not look like that (those of DOS or an old Mac do not), the run "
        "says so: "
        '`encoding = "cp437"` or `"mac_roman"` in a mapping profile reads them. Only `attendance` and `checkins` are '
        "required. `meshwork templates --out DIR` writes an empty file of each.",
        "Dates are `YYYY-MM-DD`, times `HH:MM`; yes/no columns take yes, no, true, false, 1, 0, y, n. Codes may be in "
        "any case. A blank cell is unknown, and unknown is never read as no. These words count as blank: "
        f"{', '.join(f'`{word}`' for word in UNKNOWN)}. Other columns are ignored and reported, unless they look like "
        "identifiers: then the whole file is refused.",
        "Headers may be in any spelling: `Client ID` and `ClientID` are `client_id`. A file is refused if two headers "
        f"name one column, if it has more than {bounds.COLUMNS:,} columns, or if compressed data grow more than "
        f"{bounds.EXPANSION} times and beyond {bounds.EXPANDED_ANYWAY >> 20} MB. A cell of more than "
        f"{bounds.CELL_CHARACTERS:,} characters rejects its row. Everything in the folder is read, or listed with why "
        "it is not; a file that changes while it is read is refused until it is complete.",
        "A mapping profile reads exports in a layout of your own; `data/sample/profiles` holds an example, and "
        "`meshwork profile` writes a first one. `date_format` and `time_format` say how dates and times are written: "
        "`MM/DD/YYYY` and `h:mm AM/PM`, or the signs of strptime (`%m/%d/%Y`, `%I:%M %p`). They may hold no time zone, "
        'because the day would depend on it. With `decimal = ","`, a number such as 1.000 rejects its row: it may mean '
        "one or a thousand. Beside columns, words and formats, a profile may give `skip_rows` (lines above the "
        "header), `stop_at` (how the first cell of a row of totals begins), `only` (the value that a column must have "
        "for a row to be read), `ids` (columns of numbers that identify records, which are left out) and, for a "
        "meeting directory, `source` and `fellowship`.",
    ]
    parts += [_export(export) for export in exports().values()]
    return "\n\n".join(parts) + "\n"


def _export(export: Export) -> str:
    lines = [f"## {export.name}", "", f"A row is {export.row}.{' Required.' if export.required else ''}", ""]
    lines += ["| column | type | meaning |", "|---|---|---|"]
    for column in export.columns:
        name = f"**{column.name}**" if column.required else column.name
        lines.append(f"| {name} | {_type(column)} | {column.about} |")
    key = ", ".join(export.key)
    if also := export.key_also:
        key += f"; and {also.column}, where " + " and ".join(f"{column} is {value}" for column, value in also.where)
    lines += ["", f"Key: {key}. A row of a later file that restates a key with other values replaces it."]
    lines += [f"A row is rejected if {rule.column} {rule.reason}." for rule in export.rules]
    return "\n".join(lines)


def _type(column: Column) -> str:
    match column.type:
        case "code":
            kind = ", ".join(column.codes)
        case "integer" | "number" if column.min is not None:
            kind = f"{column.type}, {column.min:g}" + (f" to {column.max:g}" if column.max is not None else " or more")
        case "date" if column.future:
            kind = "date, may be to come"
        case _:
            kind = {"boolean": "yes/no"}.get(column.type, column.type)
    return f"{kind}; blank is {column.default}" if column.default else kind


def measures_page() -> str:
    """The measures of a client and of a caseload, as Markdown."""
    parts = [
        "# The measures",
        "What each figure means, in the words of the screen. Each names the SQL that makes it and the rules on which "
        "it rests. [Definitions by example](definitions.md) shows them on small tables.",
        "# Of one client",
        *(_client_measure(row) for row in models()["client_measures"].rows().to_pylist()),
        "# Of a caseload",
        "The figures of `caseload_week` and `caseload_month`. A figure is its numerator divided by its denominator.",
        *(_measure(row) for row in models()["measures"].rows().to_pylist()),
    ]
    return "\n\n".join(parts) + "\n"


def _client_measure(row: dict[str, Any]) -> str:
    head = f"`{row['published_in']}`, in {row['unit']}. {row['definition']}"
    return "\n".join([f"## {row['title']}", "", head, "", *_rests_on(row)])


def _measure(row: dict[str, Any]) -> str:
    lines = [f"## {row['title']}", "", f"`{row['name']}`, in {row['unit']}. {row['definition']}", ""]
    lines.append(f"- Numerator: {row['numerator']}")
    if row["denominator"]:
        lines.append(f"- Denominator: {row['denominator']}")
    return "\n".join(lines + _rests_on(row))


def _rests_on(row: dict[str, Any]) -> list[str]:
    """The source, the SQL and the rules of a measure."""
    rules = ", ".join(f"[{rule}](definitions.md#{rule})" for rule in row["rules"] or ())
    return [
        f"- Source: {row['source']}",
        f"- SQL: {_sql(row['made_in'])}",
        *([f"- Rules: {rules}"] if rules else []),
    ]


def _sql(model: str) -> str:
    path = models()[model].path
    return f"[{path.name}](../{path.relative_to(ROOT).as_posix()})"


def definitions_page() -> str:
    """The rules, and the definitions by example, as Markdown."""
    titles = {
        row["name"]: row for table in ("client_measures", "measures") for row in models()[table].rows().to_pylist()
    }
    parts = [
        "# Definitions by example",
        "For each definition a sentence, the tables that are given, and the rows that the model then holds. Each is "
        "run by a test (`tests/spec/definitions.toml`). A dot is a blank cell: unknown. What each measure means is in "
        "[The measures](measures.md); the numbers that decide are [the rules](#the-rules), below.",
    ]
    before = ""
    for example in tomllib.loads(EXAMPLES.read_text("utf-8"))["example"]:
        measure = titles[example["of"]]
        if example["of"] != before:
            parts.append(f"## {measure['title']}")
            parts.append(f"`{measure.get('published_in') or measure['name']}`, made in {_sql(measure['made_in'])}.")
        before = example["of"]
        parts.append(f"**{example['sentence']}**")
        parts.append(f"Given, as of {example['as_of']}:")
        parts += [f"```\n{name}\n{_drawn(rows)}\n```" for name, rows in example["given"].items()]
        parts.append(f"Then `{example['model']}` holds:")
        parts.append(f"```\n{_drawn(example['then']['rows'])}\n```")
    parts.append("## The rules")
    parts.append("The numbers that decide what somebody reads, each once (`pipelines/definitions/rules.toml`).")
    for rule in models()["rules"].rows().to_pylist():
        value = f"**{rule['value']:g} {rule['unit']}.**"
        parts.append(f"### {rule['name']}\n\n{value} {rule['decides']} *Why:* {rule['reason']}")
    return "\n\n".join(parts) + "\n"


def _drawn(table: str) -> str:
    """A table as it is drawn, without the types of its columns."""
    return re.sub(r":[A-Z]+", lambda kind: " " * len(kind[0]), table.strip("\n"))


def identifiers_page() -> str:
    """What the identifier gate looks for and how well it finds it, as Markdown."""
    parts = [
        "# The identifier gate",
        "A file in which one of these is found, in a header or in a value, is refused whole; the others go on. The "
        "message names the column, the line and the kind, never the value, and nothing of the file is kept. They are "
        "the identifiers of HIPAA Safe Harbor (45 CFR 164.514(b)(2)(i)) except dates of service and city, county and "
        "state: what comes in are pseudonymised records or a limited data set, not Safe-Harbor de-identified data.",
        "| kind | what is looked for |\n|---|---|\n" + "\n".join(f"| {kind.name} | {kind.about} |" for kind in KINDS),
        "A name that is on no list is recognised by what it is not: in people's own words "
        f"({', '.join(_prose())}) a word with a capital that is in no dictionary, or in another script, is asked "
        "about. Its row is rejected; what is not a name is accepted with `meshwork run --accept-words FILE`, a word or "
        "a phrase per line, for that run and those after it. They are kept in `accepted_words.txt` in the home; if a "
        "line is taken out there, the next run rejects its rows and takes them out of the store and the tables. The "
        "words of the clinic's catalogue of tasks are known.",
        "A site that looks like a name (Glen Allen is a town), or a text with a title (Dr. Seuss), refuses its file, "
        "until just that wording is accepted in the same way; nearly all towns and counties of the United States are "
        "known. In a column of clients' ids, or of therapists or other persons, nothing is accepted.",
        "Names of files and folders are looked at too. One that may identify a person is refused and not shown. In "
        "place of a word that is in no dictionary, or of a long number, the number of the file among the folder's "
        "entries is kept.",
        "Messages about rejected rows and unused columns say no more. Of a cell they repeat a number of few digits "
        "(7+, 3/10), a day of recent years, a word that is nearly a code, and one that the dictionary knows and the "
        "rows of several clients hold; of a header, words of the dictionary and abbreviations. Anything else is in "
        "the file, in the line and the column that the message names.",
        "A column of numbers that could be SSNs refuses its file, even if they number records: then "
        '`ids = ["their header"]` in a mapping profile leaves the column out.',
        "A pseudonym must not be derived from information about the person; ids that look like hashes are warned "
        "about.",
        *_gate_figures(),
    ]
    return "\n\n".join(parts) + "\n"


def _prose() -> list[str]:
    """The columns of people's own words, each with its export."""
    columns = [(column, export) for export in exports().values() for column in export.columns if column.prose]
    return [f"`{column.name}` of {export.name}" for column, export in columns]


def _gate_figures() -> list[str]:
    """How well the gate does over the corpus of the tests."""
    corpus = tomllib.loads(GATE.read_text("utf-8"))
    figures = corpus["figures"]
    found, files = (sum(counts[n] for counts in figures["found"].values()) for n in (0, 1))
    honest = sum(map(len, corpus["honest"].values()))
    refused = figures["falsely_refused"]
    rows = "\n".join(f"| {kind} | {hits} of {of} |" for kind, (hits, of) in figures["found"].items())
    return [
        "## How well it finds them",
        f"Over a corpus of small files (`tests/ingest/gate.toml`), measured by a test: of {files} that may identify a "
        f"person, {found} were found and {files - found} missed; of {honest} honest ones, refused or asked about: "
        f"{len(refused)}. The corpus is ours; on a clinic's own files it may do better or worse.",
        f"| kind | found |\n|---|---|\n{rows}",
        f"Missed: {'; '.join(f'`{file}`' for file in figures['missed'])}.",
        f"Refused or asked about, though honest: {'; '.join(f'`{file}`' for file in refused) or 'none'}.",
    ]


PAGES = {
    "definitions.md": definitions_page,
    "exports.md": exports_page,
    "identifiers.md": identifiers_page,
    "measures.md": measures_page,
}
