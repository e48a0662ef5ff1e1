"""A table to take along: its figures, what they mean, and none about 1 to 10 people."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines import spreadsheet
from pipelines.wording.control import FEW

WITHHELD = f"Figures for 1 to {FEW - 1} clients or events are left out, and others by which they could be worked out."


@dataclass(frozen=True)
class Row:
    """A row of a table: its names, and its figures.

    `about`: how many clients or events each figure is about, or null. Rows of one `part` (a month, say) add up to the
    `whole` one among them. A row without `about` is no figure of people.
    """

    names: Sequence[str]
    figures: Sequence[Any]
    about: Sequence[float | None] = ()
    part: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Sheet:
    """`definition`: what the figures are. `note`: what is left out, or how the file is to be kept."""

    title: str
    definition: str
    columns: Sequence[str]
    rows: Sequence[Row]
    note: str = WITHHELD


def of_frame(frame: pd.DataFrame, names: Sequence[str], about: Sequence[str]) -> list[Row]:
    """A row for each of the frame's: the columns `names`, then all others as figures about the columns `about`."""
    figures = [column for column in frame.columns if column not in names]
    return [
        Row(
            [str(row[name]) for name in names],
            [row[figure] for figure in figures],
            [row[count] for count in about],
            whole=row[names[0]] == "all",
        )
        for row in frame.to_dict("records")
    ]


def as_csv(sheet: Sheet, about: str) -> str:
    """The table as text, after its title, its definition, and `about`: up to which day the data go."""
    out = io.StringIO()
    rows: list[Sequence[Any]] = [
        [f"{sheet.title}. {sheet.definition}".strip()],
        [f"{about} {sheet.note}"],
        sheet.columns,
    ]
    left_out = withheld(sheet.rows)
    for number, row in enumerate(sheet.rows):
        figures = ["" if number in left_out or pd.isna(figure) else figure for figure in row.figures]
        rows.append([*row.names, *figures])
    spreadsheet.write(out, rows)
    return out.getvalue()


def withheld(rows: Sequence[Row]) -> set[int]:
    """The rows, by their places, whose figures are left out.

    Rows about 1 to 10 are. Where the whole is shown, those left out of it must count nobody or 11 and more together, or
    they could be worked out from it: so the smallest other rows go with them, and the whole itself where none is left.
    """
    left_out = {number for number, row in enumerate(rows) if any(_few(count) for count in row.about)}
    parts: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        parts[row.part].append(number)
    for numbers in parts.values():
        whole = [number for number in numbers if rows[number].whole]
        groups = sorted(
            (number for number in numbers if not rows[number].whole),
            key=lambda number: sum(count or 0 for count in rows[number].about),
        )
        while whole and not left_out.issuperset(whole):
            hidden = [rows[number].about for number in groups if number in left_out]
            if not any(_few(sum(count or 0 for count in counts)) for counts in zip(*hidden, strict=True)):
                break
            left_out.add(next((number for number in groups if number not in left_out), whole[0]))
    return left_out


def _few(count: float | None) -> bool:
    return count is not None and not pd.isna(count) and 0 < count < FEW
