"""Amounts as people read them, on the screen and in the report alike."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from pipelines.definitions import rules


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 client`, `2 clients`, `1,204 clients`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def agreed(meetings: float) -> str:
    """Meetings a week as they were agreed, not rounded: `3`, `2.5`."""
    return f"{meetings:g}"


def amount(value: float | None, scale: str) -> str:
    """A measure's value as it is read: `1,204`, `3.1`, `45 %`."""
    if value is None or value != value:  # NaN, of a table
        return "–"
    if scale == "share":
        return share(value)
    return f"{value:,.0f}" if scale == "count" else f"{value:.1f}"


def share(value: float) -> str:
    """`45 %`; `over 99 %` and `under 1 %` if all or none would be untrue."""
    if 0 < value <= 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= value < 1 else f"{100 * value:.0f} %"


def of(part: int, whole: int) -> str:
    """`13 of 14 (93 %)`; without the share if it is of few, because it would mean little."""
    if not whole:
        return "–"
    return f"{part} of {whole}" + (f" ({share(part / whole)})" if whole >= rules()["few_least"] else "")


def meetings_a_week(mean: float | None) -> str:
    """A mean of meetings a week, `–` if there is none to speak of; halves go up, as in the sentence of a flag."""
    return "–" if mean is None else str(Decimal(str(mean)).quantize(Decimal("0.1"), ROUND_HALF_UP))
