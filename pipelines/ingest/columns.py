"""Which of a file's columns holds which of an export's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipelines.contract import Export
from pipelines.ingest.layout import Layout
from pipelines.ingest.plain import words


def normal(header: str) -> str:
    """A header as it is compared: `Client ID`, `ClientID` and `client_id` are one name; signs alone are themselves."""
    return words(header) or header.strip()


def named(export: Export, layout: Layout) -> dict[str, str]:
    """Our columns, each with the header that the file should have for it."""
    if layout.export and export.format == "table":
        return dict(layout.columns)
    return {column: column for column in export.header}


def required(export: Export, layout: Layout) -> dict[str, str]:
    """The columns that the file must have, each with its header."""
    ours = named(export, layout)
    return {
        column.name: ours.get(column.name, column.name)
        for column in export.columns
        if column.required and column.name not in layout.constants
    }


def positions(export: Export, layout: Layout, headers: Sequence[str]) -> dict[str, int]:
    """Our column → its place among the file's, for those that are there."""
    places: dict[str, int] = {}
    for n, header in enumerate(headers):
        places.setdefault(normal(header), n)
    return {ours: places[normal(theirs)] for ours, theirs in named(export, layout).items() if normal(theirs) in places}


def twice(headers: Sequence[str], places: Mapping[str, int]) -> tuple[str, str, str] | None:
    """A column that is read and that two headers name, and the two; None if each is named once.

    `Client ID` and `client_id` are the same name: nobody can know which of the two holds the clients.
    """
    names = [normal(header) for header in headers]
    for ours, place in places.items():
        again = [header for n, header in enumerate(headers) if n != place and names[n] == names[place]]
        if again:
            return ours, headers[place], again[0]
    return None


def reads_like_header(cells: Iterable[str], export: Export, layout: Layout) -> bool:
    """Whether a line holds the headers of all columns that the file must have."""
    here = {normal(cell) for cell in cells}
    return all(normal(theirs) in here for theirs in required(export, layout).values())
