"""What each export is about, and what cannot be known without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pipelines.definitions import rules

ABOUT = {
    "episodes": "admissions, discharges, therapists, programs and levels of care",
    "sessions": "sessions kept and missed",
    "absences": "absences and closures",
    "tasks": "tasks",
    "contracts": "contracts",
    "crises": "crises",
    "questionnaires": "answers to questionnaires",
    "meetings": "meetings to suggest",
}


def not_known(needs: Iterable[str], came_in: Collection[str]) -> str:
    """What a page that needs these exports cannot show, and why, in a sentence or two; nothing where all came in."""
    missing = [export for export in ABOUT if export in needs and export not in came_in]
    if not missing:
        return ""
    listed = "; ".join(ABOUT[each] if ABOUT[each] == each else f"{ABOUT[each]} ({each})" for each in missing)
    sentence = f"Not known, because it was not exported: {listed}."
    return f"{sentence} {care_inferred()}" if "episodes" in missing else sentence


def care_inferred() -> str:
    """How care is counted where no export says when it began and ended."""
    return (
        "A client counts as in care from the first record on, until there has been none for "
        f"{rules()['silent_days']:.0f} days."
    )
