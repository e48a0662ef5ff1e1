"""A report's sentences about itself, in every format."""

from __future__ import annotations

from pipelines.report.document import Report
from pipelines.report.figures import WITHHELD
from pipelines.report.source import Intake

DATES = {"real": "real dates of service", "shifted": "all shifted by one secret offset for the whole clinic"}
INTAKE_TITLE = "The exports"
INTAKE_NOTE = (
    "The exports behind the figures. Their numbers of rows are not given: from one report to the next, they would "
    "count who came and who left. The clinic keeps the rejected rows with their lines and reasons."
)
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
    differ = "Some of the clinic's figures" if report.changed else "No figure of the clinic"
    return f"{opening} Taken in since: rows of {', '.join(report.corrections)}. {differ} would now differ."


def rejected(intake: Intake) -> str:
    """Whether rows of an export were rejected; never how many rows there are, which would count clients and events."""
    return "some" if intake.rejected else "none"
