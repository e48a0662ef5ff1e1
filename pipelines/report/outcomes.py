"""The outcomes on a report's first page, as a board asks for them, each in a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """A measure that a board asks for.

    `words`: the sentence, with rules by their names; `beside`: a measure without which it is never shown.
    """

    measure: str
    words: str
    beside: str = ""
    beside_words: str = ""


OUTCOMES = (
    Outcome("served", "{shown} clients were in care {within}."),
    Outcome("admissions", "{shown} admissions {within}."),
    Outcome("retained_90", "{shown} of those whose 91st day fell {within} had stayed in care that long."),
    Outcome(
        "sober",
        "{shown} of those whose sobriety was known were sober when last known {within}.",
        beside="sobriety_known",
        beside_words="It was known of {shown} of the clients.",
    ),
    Outcome("meetings_per_client_week", "Clients went to {shown} mutual-help meetings a week {within}."),
    Outcome("sponsor_30", "{shown} had a sponsor by day 30, of those whose 31st day fell {within}."),
    Outcome("sessions_kept", "{shown} of the scheduled therapy sessions {within} took place."),
    Outcome(
        "flags_acted_on",
        "{shown} of the flags of declining involvement {within} were acted on within {acted_within_days} days.",
    ),
    Outcome(
        "flags_back_at_usual",
        "{shown} of those flagged were back at their usual within {back_within_weeks_late} weeks, {within}.",
    ),
)
NAMES = tuple(outcome.measure for outcome in OUTCOMES)
