"""A report's sentences about itself, in every format."""

from __future__ import annotations

from pipelines.report.document import Report
from pipelines.report.figures import WITHHELD

DATES = {"real": "real dates of service", "shifted": "all shifted by one secret offset for the whole clinic"}
SIGNALS = {
    "outside": "{} the usual range",
    "trend": "moving one way for months, now {} where it was",
    "near": "two of three months far {} the mean",
    "run": "months in a row {} the mean",
}


def footnote(report: Report) -> str:
    """What the dash in a table means."""
    rounded = f" Counts are rounded to {report.rounded_to}." if report.rounded_to > 1 else ""
    return (
        f"{WITHHELD} is a withheld figure, never zero: it counts fewer than {report.smallest} clients or events, or "
        f"all but fewer than {report.smallest} of those it is a part of, or it would give such a figure away.{rounded}"
    )


def again(report: Report) -> str:
    """A note that the report was published before, and of later rows; empty otherwise."""
    if not report.published_before:
        return ""
    opening = "This is the report as it was first published; its figures are those of that day."
    if not report.corrections:
        return f"{opening} Nothing was taken in since."
    rows = ", ".join(f"{each.accepted:,} of {each.export}" for each in report.corrections)
    differ = "No figure of the clinic" if not report.changed else f"{report.changed} of the clinic's figures"
    return f"{opening} Rows taken in since: {rows}. {differ} would now differ."
