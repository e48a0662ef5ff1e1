"""The pages of `docs/` that are made from declarations: `python -m pipelines.documentation` writes them again."""

from __future__ import annotations

from pathlib import Path

from pipelines.contract import Column, Export, exports
from pipelines.ingest.identifiers import KINDS
from pipelines.model import models

FOLDER = Path(__file__).parents[1] / "docs"


def exports_page() -> str:
    """The exports that come in, as Markdown."""
    parts = [
        "# The exports",
        "A folder of files; a file's name begins with the name of its export (`attendance.csv`, "
        "`attendance_2026-10_northside.csv`, `attendance/2026-10.parquet`). Read are `.csv`, `.csv.gz`, `.parquet` and "
        "`.xlsx` (first sheet), in any usual encoding and delimiter. Only `attendance` and `checkins` are required. "
        "`meshwork templates --out DIR` writes an empty file of each.",
        "Dates are `YYYY-MM-DD`, times `HH:MM`; yes/no columns take yes, no, true, false, 1, 0, y, n. Codes may be in "
        "any case. A blank cell is unknown, and unknown is never read as no. Other columns are ignored and reported, "
        "unless they look like identifiers: then the whole file is refused. A mapping profile reads exports in "
        "a layout of your own; `data/sample/profiles` holds an example.",
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
        key += f"; and {also.column}, where {also.where_column} is {also.equals}"
    lines += ["", f"Key: {key}. A row of a later file that restates a key with other values replaces it."]
    lines += [f"A row is rejected where {rule.column} {rule.reason}." for rule in export.rules]
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
    """The measures of a caseload, as Markdown."""
    parts = [
        "# The measures",
        "What each figure of `caseload_week` and `caseload_month` means. The same words stand on the screen. A figure "
        "is its numerator divided by its denominator; the SQL is in `pipelines/models`, in the file that each "
        "names.",
    ]
    for row in models()["measures"].rows().to_pylist():
        lines = [f"## {row['title']}", "", f"`{row['name']}`, in {row['unit']}. {row['definition']}", ""]
        lines.append(f"- Numerator: {row['numerator']}")
        if row["denominator"]:
            lines.append(f"- Denominator: {row['denominator']}")
        lines += [f"- Source: {row['source']}", f"- SQL: `{row['made_in']}.sql`"]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def identifiers_page() -> str:
    """What the identifier gate looks for, as Markdown."""
    parts = [
        "# The identifier gate",
        "A file in which one of these is found, in a header or in a value, is refused whole; the others go on. The "
        "message names the column, the line and the kind, never the value, and nothing of the file is kept. They are "
        "the identifiers of HIPAA Safe Harbor (45 CFR 164.514(b)(2)(i)) except dates of service and city, county and "
        "state: what comes in are pseudonymised records or a limited data set, not Safe-Harbor de-identified data.",
        "| kind | what is looked for |\n|---|---|\n" + "\n".join(f"| {kind.name} | {kind.about} |" for kind in KINDS),
        "Not found: names in other than Latin letters, and a name of which neither part is a known one. A pseudonym "
        "must not be derived from information about the person; ids that look like hashes are warned about.",
    ]
    return "\n\n".join(parts) + "\n"


PAGES = {"exports.md": exports_page, "identifiers.md": identifiers_page, "measures.md": measures_page}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
