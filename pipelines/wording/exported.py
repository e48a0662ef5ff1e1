"""What an export tells, and what nobody can know without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pipelines.definitions import rules

TELLS = {
    "episodes": "admissions, discharges, therapists, programs and levels of care",
    "sessions": "sessions kept and missed",
    "absences": "absences and closures",
    "tasks": "tasks",
    "contracts": "contracts",
    "crises": "crises",
    "questionnaires": "questionnaires",
    "meetings": "meetings to suggest",
}


def not_known(needs: Iterable[str], came_in: Collection[str]) -> str:
    """What a page that needs these exports cannot show, and why, in a sentence or two; nothing where all came in."""
    missing = [export for export in TELLS if export in needs and export not in came_in]
    if not missing:
        return ""
    said = f"Not known, because it was not exported: {'; '.join(f'{TELLS[each]} ({each})' for each in missing)}."
    return f"{said} {care_inferred()}" if "episodes" in missing else said


def care_inferred() -> str:
    """How care is counted where no export says when it began and ended."""
    return (
        "A client counts as in care from the first record on, until there has been none for "
        f"{rules()['silent_days']:.0f} days."
    )
