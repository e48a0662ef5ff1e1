"""A clinic's figure on a scale that all clinics share, with the band in which chance alone would leave it."""

from __future__ import annotations

from markupsafe import Markup


def strip(
    value: float | None,
    band: tuple[float, float, float] | None,
    *,
    domain: tuple[float, float],
    reading: str,
    words: str,
) -> Markup:
    """`band`: its lower end, the value of the others together, its upper end. `reading`: how the figure is marked."""
    bottom, top = domain

    def along(number: float) -> float:
        return 50.0 if top <= bottom else 100 * min(max((number - bottom) / (top - bottom), 0.0), 1.0)

    parts = []
    if band is not None:
        lower, others, upper = map(along, band)
        parts.append(f'<b class="range" style="left:{lower:.1f}%;width:{upper - lower:.1f}%"></b>')
        parts.append(f'<b class="others" style="left:{others:.1f}%"></b>')
    if value is not None:
        parts.append(f'<i class="{reading}" style="left:{along(value):.1f}%"></i>')
    # The parts hold numbers and fixed words only: nothing in them needs escaping.
    return Markup('<span class="mw-strip" role="img" aria-label="{}">{}</span>').format(words, Markup("".join(parts)))


def shared_scale(values: list[float], *, share: bool) -> tuple[float, float]:
    """A scale for all of them: of shares no wider than none to all."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 0.1 * high or 0.1
    return max(low - room, 0.0), min(high + room, 1.0) if share else high + room
