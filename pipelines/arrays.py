"""Arrow's arrays and tables, made of Python's values.

Arrow's own functions for this load pandas, to see whether the values are its, and a cast loads all that Arrow can
compute: a third of a second that no run needs. Here the bytes of an array are laid out as Arrow has them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa

_KINDS = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), date: pa.date32()}
_NUMBERS = {pa.int64(): "q", pa.float64(): "d"}  # as `array` names them
_EPOCH = date(1970, 1, 1).toordinal()


def column(values: Iterable[Any], kind: pa.DataType | None = None) -> pa.Array:
    """The values as an array, of their own kind where none is given. None is null."""
    values = list(values)
    kind = kind or kind_of(values)
    if pa.types.is_string(kind):
        texts = pa.lib.StringBuilder()
        texts.append_values(values)
        return texts.finish()
    children = []
    if pa.types.is_list(kind):
        held: bytes | array[Any] = array("i", accumulate((len(each or ()) for each in values), initial=0))
        children = [column(chain.from_iterable(each or () for each in values), kind.value_type)]
    elif pa.types.is_boolean(kind):
        held = _bits(values)
    elif pa.types.is_date(kind):
        held = array("i", (each.toordinal() - _EPOCH if each else 0 for each in values))
    else:
        held = array(_NUMBERS[kind], (each or 0 for each in values))
    known = _bits([each is not None for each in values])
    return pa.Array.from_buffers(kind, len(values), [pa.py_buffer(known), pa.py_buffer(held)], children=children)


def table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """The rows as a table. Each holds a value, or None, for every column of the schema."""
    return pa.table([column((row[field.name] for row in rows), field.type) for field in schema], schema=schema)


def kind_of(values: Iterable[Any]) -> pa.DataType:
    """The type of an array that holds these values: texts, where there are none; of lists, lists of texts."""
    kinds = {type(each) for each in values if each is not None} or {str}
    if list in kinds:
        return pa.list_(pa.string())
    return _KINDS[float if kinds == {int, float} else kinds.pop()]


def _bits(flags: Sequence[bool | None]) -> bytes:
    """A bit for each flag, the first in the lowest place."""
    digits = "".join("1" if flag else "0" for flag in reversed(flags))
    return int(digits or "0", 2).to_bytes(-(-len(flags) // 8), "little")
