"""A table to take away: its figures, what they mean, and none about few people."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from pipelines import spreadsheet
from pipelines.definitions import rules
from pipelines.wording import labels


def left_out() -> str:
    """The sentence that figures about few people are left out."""
    most = rules()["few_least"] - 1
    return f"Figures for 1 to {most} clients or events are withheld, and others by which they could be worked out."


WITHHELD = "withheld"
DECIMALS = 4  # no page shows more


@dataclass(frozen=True)
class Row:
    """A row of a table: its names, and its figures.

    `about`: how many clients or events each figure is about, or null. Rows of one `part` (a month, say) add up to the
    `whole` one among them. A row without `about` is not a figure about people. `of_series`: its last figures, which are
    made of all rows of a `series`, as a mean is. `known`: another table of the page shows it, so leaving it out would
    hide nothing. `listed`: whether this table lists it; rows listed elsewhere on the page are here for what follows
    from them, and those listed nowhere count as left out.
    """

    names: Sequence[str]
    figures: Sequence[Any]
    about: Sequence[float | None] = ()
    part: str = ""
    whole: bool = False
    series: str = ""
    of_series: Sequence[Any] = ()
    known: bool = False
    listed: Literal["here", "elsewhere", "nowhere"] = "here"


@dataclass(frozen=True)
class Sheet:
    """`definition`: what the figures are. `note`: what is left out, or how the file is to be kept."""

    title: str
    definition: str
    columns: Sequence[str]
    rows: Sequence[Row]
    note: str = field(default_factory=left_out)


def of_frame(frame: pd.DataFrame, names: Sequence[str], about: Sequence[str]) -> list[Row]:
    """A row for each of the frame's: the columns `names`, then all others as figures about the columns `about`."""
    figures = [column for column in frame.columns if column not in names]
    return [
        Row(
            [labels.BREAKDOWNS["all"] if row[name] == "all" else str(_cell(row[name])) for name in names],
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
    untold = _untold(sheet.rows, left_out)
    for number, row in enumerate(sheet.rows):
        if row.listed == "here":
            of_row = [WITHHELD if number in left_out else figure for figure in row.figures]
            hidden = number in left_out or row.series in untold
            of_series = [WITHHELD if hidden else figure for figure in row.of_series]
            rows.append([*row.names, *map(_cell, (*of_row, *of_series))])
    spreadsheet.write(out, rows)
    return out.getvalue()


def _cell(figure: Any) -> Any:
    """A figure as a table to take along has it: days as such, and no more decimals than a page shows."""
    if pd.isna(figure):
        return ""
    if isinstance(figure, datetime):
        return f"{figure:%Y-%m-%d}"
    if isinstance(figure, float):
        rounded = round(float(figure), DECIMALS)
        return int(rounded) if rounded.is_integer() else rounded
    return figure


def told_in_part(sheet: Sheet) -> set[str]:
    """The first names of the rows from which the table leaves something out."""
    left_out = withheld(sheet.rows)
    untold = _untold(sheet.rows, left_out)
    return {
        row.names[0]
        for number, row in enumerate(sheet.rows)
        if row.listed == "here" and (number in left_out or row.series in untold)
    }


def _untold(rows: Sequence[Row], left_out: Collection[int]) -> set[str]:
    """The series with a row left out, which could be worked out from a mean and the other rows that it is made of."""
    return {rows[number].series for number in left_out} - {""}


def of_breakdowns(rows: Sequence[tuple[str, Row]]) -> list[Row]:
    """Rows of several breakdowns, each named after its breakdown; the members of each add up to the same wholes."""
    breakdowns = sorted({breakdown for breakdown, row in rows if not row.whole})
    found = [row if row.whole else replace(row, part=f"{row.part} {breakdown}") for breakdown, row in rows]
    wholes = [
        replace(row, part=f"{row.part} {breakdown}", listed="elsewhere")
        for breakdown in breakdowns
        for _, row in rows
        if row.whole
    ]
    return [*found, *wholes, *rests([*(row for row in found if not row.whole), *wholes])]


def rests(rows: Sequence[Row]) -> list[Row]:
    """What the wholes of a table hold beyond its rows: for each part, a row that is listed nowhere."""
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[row.part].append(row)
    found = []
    for part, its in parts.items():
        groups = [row.about for row in its if not row.whole]
        for whole in (row.about for row in its if row.whole):
            listed = [sum(map(_number, counts)) for counts in zip(*groups, strict=True)] or [0.0] * len(whole)
            about = [max(round(_number(of) - count, 6), 0.0) for of, count in zip(whole, listed, strict=True)]
            if any(about):
                found.append(Row([], [], about, part, listed="nowhere"))
    return found


def withheld(rows: Sequence[Row]) -> set[int]:
    """The rows, by their places, whose figures are left out.

    Rows about few (rule `few_least`) are left out. If the whole is shown, the rows left out must together count nobody,
    or no few; otherwise they could be worked out from it. So the smallest other rows go with them, and the whole itself
    if none is left.
    """
    left_out = {
        number for number, row in enumerate(rows) if row.listed == "nowhere" or any(_few(_number(n)) for n in row.about)
    }
    parts: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        parts[row.part].append(number)
    for numbers in parts.values():
        whole = [number for number in numbers if rows[number].whole]
        groups = sorted(
            (number for number in numbers if not rows[number].whole),
            key=lambda number: sum(map(_number, rows[number].about)),
        )
        while whole and not left_out.issuperset(whole):
            hidden = [rows[number].about for number in groups if number in left_out]
            if not any(_few(sum(map(_number, counts))) for counts in zip(*hidden, strict=True)):
                break
            others = (number for number in groups if number not in left_out and not rows[number].known)
            left_out.add(next(others, whole[0]))
    return left_out


def _number(count: float | None) -> float:
    return 0.0 if count is None or pd.isna(count) else float(count)


def _few(count: float) -> bool:
    return 0 < count < rules()["few_least"]
