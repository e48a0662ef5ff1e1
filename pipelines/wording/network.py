"""What the page of a network says: which clinics are compared, when, and how each lies beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipelines.definitions import rules
from pipelines.wording.amounts import amount, count
from pipelines.wording.measure import Measure

PROBLEMS = {
    "missing": "Its home folder is not there: it was moved, or its disk is not connected.",
    "unreadable": "Its home folder may not be read by this server.",
    "empty": "Nothing is published yet.",
    "damaged": "No published snapshot is whole. The clinic's next run publishes a new one.",
    "settings": "Its settings.toml cannot be used, so nobody knows what may be shown. `meshwork doctor` says why.",
    "reports": "A report that it published is damaged, so nobody knows what may be shown. Restore it from a backup.",
    "version": "Another version of Meshwork made its snapshot. Run again there with this version.",
    "no_month": "No month is complete yet.",
}
DATE_BASIS = "Figures of whole clinics, from pseudonymised records; not de-identified data."
SHIFTED = (
    "Its dates are shifted, so its months are not those of the calendar: it is shown with its own last month, and "
    "is neither compared with the others nor in the totals."
)
READINGS = (
    "The word under a figure is what the clinic’s own control chart says at the end of that time: Improvement or "
    "Concern if the clinic is getting better or worse by more than chance, Change if neither direction is better, As "
    "usual if there is no sign of a change. Higher and Lower mark clinics that stand out beside the others."
)
CAUTION = "Clinics treat different clients: a difference is a question, not a ranking."
WITHHELD = "withheld"
NO_DATA = "no data"
ALL = "All clinics"
PLACES = {1: "Higher", -1: "Lower"}  # than chance would leave a clinic, beside the others


def compared(clinics: int, month: date | None) -> str:
    """Which months are compared."""
    if month is None:
        return "No month of the calendar can be compared yet."
    if clinics == 1:
        return f"One clinic can be shown, in {month:%B %Y}."
    return f"{count(clinics, 'clinic')} side by side in {month:%B %Y}, the last month that all of them have complete."


def behind(names: Sequence[str], month: date) -> str:
    """Whose data end first, if other clinics have later months."""
    return f"All are compared in {month:%B %Y}, the last complete month of {_and(names)}."


def own_month(month: date | None) -> str:
    """The month of a clinic whose dates are shifted."""
    return f"its own {month:%B %Y}; dates are shifted" if month else ""


def rare(quarter: str) -> str:
    """When what happens rarely is counted."""
    return f"Retention and flags acted on are too few by month, so they are those of {quarter}."


def no_total(unreadable: Sequence[str]) -> str:
    """Why there is no total of the network, if a clinic is missing."""
    return (
        f"There are no totals while {_and(unreadable)} cannot be read: beside the totals of all clinics, totals of "
        "some would give away what is withheld."
    )


def withholding(smallest: int) -> str:
    """What is withheld."""
    return (
        f"Figures about 1 to {smallest - 1} clients or events are withheld, and so is a total from which one could be "
        "worked out. Totals are sums of what is counted, never averages of averages."
    )


def funnel(clinics: int) -> str:
    """What the band beside a clinic's figure is."""
    wide = f"{rules()['funnel_sigmas']} standard deviations to either side"
    allowed = (
        "The band allows for how much clinics differ anyway, as far as the others show it."
        if clinics >= rules()["funnel_clinics"]
        else f"With fewer than {rules()['funnel_clinics']} clinics nobody can tell how much clinics differ anyway, so "
        "one outside its band differs by more than chance, but perhaps only in whom it treats."
    )
    return (
        "The mark is the other clinics taken together. The band is where a clinic of its size would lie by "
        f"chance: the limits of a funnel plot, {wide}, which about one figure in 400 exceeds by chance. "
        f"{allowed}"
    )


def apart(name: str, measure: Measure, value: float, others: float, lower: float, upper: float) -> str:
    """How far a clinic lies from the others: `Riverside: 1.9 meetings a week, where 2.1–2.9 are expected …`."""
    off = abs(value - others)
    far = f"{100 * off:.0f} points" if measure.scale == "share" else amount(off, measure.scale)
    over = "more" if value > others else "less"
    return (
        f"{name}: {amount(value, measure.scale)}, {far} {over} than the others together "
        f"({amount(others, measure.scale)}). Chance alone keeps a clinic of its size within "
        f"{_between(lower, upper, measure)}."
    )


def beside(name: str, shown: str, band: tuple[float, float, float] | None, measure: Measure) -> str:
    """A clinic beside the others, for anyone who cannot see the picture; `band`: what is expected of it."""
    if band is None:
        return f"{name}: {shown}."
    lower, others, upper = band
    within = _between(lower, upper, measure)
    return f"{name}: {shown}; the others {amount(others, measure.scale)}, within {within} by chance."


def flags_differ(choices: Sequence[tuple[str, float]]) -> str:
    """That clinics chose differently how many false alerts they accept; `choices`: each clinic's."""
    if len({chosen for _, chosen in choices}) < 2:
        return ""
    said = ", ".join(f"{name} {chosen:g}" for name, chosen in choices)
    return f"The clinics accept different numbers of false alerts a client-year ({said}): do not compare their flags."


def _and(names: Sequence[str]) -> str:
    """`Riverside`, `Riverside and Northgate`, `Riverside, Northgate and Harbour`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _between(lower: float, upper: float, measure: Measure) -> str:
    """`2.1–2.9`, `41–53 %`."""
    return f"{amount(lower, measure.scale).removesuffix(' %')}–{amount(upper, measure.scale)}"
