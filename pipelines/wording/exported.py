"""What each export is about, and what cannot be known without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pipelines.definitions import rules

ABOUT = {
    "attendance": "meetings attended",
    "checkins": "check-ins",
    "episodes": "admissions, discharges, therapists, programs and levels of care",
    "sessions": "sessions kept and missed",
    "absences": "absences and closures",
    "tasks": "tasks",
    "contracts": "contracts",
    "crises": "crises",
    "questionnaires": "answers to questionnaires",
    "meetings": "meetings to suggest",
}


def not_known(needs: Collection[str], came_in: Collection[str], came_empty: Collection[str]) -> str:
    """What a page that needs these exports cannot show, and why, in a few sentences; nothing if all came with rows.

    `came_empty`: those that came with a header and no row, which says that nothing is recorded.
    """
    lacking = [export for export in ABOUT if export in needs and export not in came_in]
    missing = _listed(export for export in lacking if export not in came_empty)
    empty = _listed(export for export in lacking if export in came_empty)
    sentences = [
        f"Not known, because it was not exported: {missing}." if missing else "",
        f"Exported without any row: {empty}." if empty else "",
        care_inferred() if "episodes" in lacking else "",
    ]
    return " ".join(filter(None, sentences))


def _listed(exports: Iterable[str]) -> str:
    return "; ".join(ABOUT[each] if ABOUT[each] == each else f"{ABOUT[each]} ({each})" for each in exports)


def care_inferred() -> str:
    """How care is counted if no export says when it began and ended."""
    return (
        "A client counts as in care from the first record on, until there has been none for "
        f"{rules()['silent_days']:.0f} days."
    )
