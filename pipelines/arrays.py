"""Arrow's arrays and tables, made of Python's values.

`pa.array` imports pandas to check for pandas objects, which would cost every run a quarter of a second. So values
become text first, and Arrow casts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa

_KINDS = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), date: pa.date32()}


def column(values: Iterable[Any], kind: pa.DataType | None = None) -> pa.Array:
    """The values as an array, of their own kind if none is given. None is null."""
    values = list(values)
    kind = kind or kind_of(values)
    if pa.types.is_list(kind):
        return _lists(values, kind.value_type)
    written = values if pa.types.is_string(kind) else [None if each is None else str(each) for each in values]
    texts = pa.lib.StringBuilder()
    texts.append_values(written)
    return texts.finish().cast(kind)


def table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """The rows as a table. Each holds a value, or None, for every column of the schema."""
    return pa.table([column((row[field.name] for row in rows), field.type) for field in schema], schema=schema)


def kind_of(values: Iterable[Any]) -> pa.DataType:
    """The Arrow type of these values: string if there are none, a list of strings if any is a list."""
    kinds = {type(each) for each in values if each is not None} or {str}
    if list in kinds:
        return pa.list_(pa.string())
    return _KINDS[float if kinds == {int, float} else kinds.pop()]


def _lists(values: Sequence[Sequence[Any] | None], kind: pa.DataType) -> pa.Array:
    given = [each or [] for each in values]
    ends = column(accumulate(map(len, given), initial=0), pa.int32())
    missing = column((each is None for each in values), pa.bool_())
    return pa.ListArray.from_arrays(ends, column(chain.from_iterable(given), kind), mask=missing)
