"""Engines: load rows, build tables, give rows back. Nothing else knows which engine runs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# Positional (`?`) or named (`$name`) values of a statement.
Parameters = list[Any] | dict[str, Any] | None


class Builder(Protocol):
    """What building the models asks of an engine: DuckDB on one machine, Spark on many."""

    def workers(self) -> AbstractContextManager[int]:
        """For the duration, this many threads may use the engine at once."""

    def make(self, table: str, query: str) -> None:
        """Create a table, or replace it, with the rows of a query."""

    def load(self, table: str, rows: pa.Table) -> None:
        """Create a table, or replace it, with an Arrow table's columns and rows."""

    def rows(self, sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """The rows of a query."""

    def value(self, sql: str, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None without a row."""

    def records(self, sql: str, parameters: Parameters = None) -> list[dict[str, Any]]:
        """The rows of a query, each as column → value."""

    def frame(self, sql: str, parameters: Parameters = None) -> pd.DataFrame:
        """The rows of a query as a data frame."""

    def arrow(self, sql: str, parameters: Parameters = None) -> pa.Table:
        """The rows of a query as an Arrow table."""
