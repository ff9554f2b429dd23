"""Rows with lists and objects in them, of Parquet or JSONL, as JSON text: one way to take values out of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.json_sql import LINE

if TYPE_CHECKING:
    import pyarrow as pa


_MOST_BYTES = 2**31 - 1


def plain_lines(content: bytes, longest: int) -> pa.Table | None:
    """One text column of JSON objects, a row each, without a Python object for any of them. None where a line is longer
    than ``longest`` bytes, begins no object, or is no text: such content is to be read line by line.
    """
    import numpy as np
    import pyarrow as pa

    if not content or len(content) > _MOST_BYTES:
        return None
    letters = np.frombuffer(content, np.uint8)
    bounds = np.concatenate(([0], np.flatnonzero(letters == ord("\n")) + 1))
    if bounds[-1] < len(content):
        bounds = np.append(bounds, len(content))
    if (letters[bounds[:-1]] != ord("{")).any() or np.diff(bounds).max() > longest:
        return None
    # A line keeps its end, which is white space to JSON.
    ends = pa.py_buffer(bounds.astype(np.int32))
    lines = pa.StringArray.from_buffers(len(bounds) - 1, ends, pa.py_buffer(content))
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        return None
    return pa.table({LINE: lines})


def as_json_lines(rows: pa.Table) -> pa.Table:
    """One text column of JSON objects, a row each, with the columns of ``rows`` by name.

    Lists written as ``column.list.element``, as BigQuery does where no other form is asked for, become plain lists.
    """
    import pyarrow as pa

    plain = pa.table({name: plain_lists(rows[name].combine_chunks()) for name in rows.column_names})
    with warehouse.memory() as connection:
        connection.register("plain", plain)
        lines = connection.sql(f"select to_json(plain)::varchar as {LINE} from plain").to_arrow_table()
    return lines


def plain_lists(values: pa.Array) -> pa.Array:
    """``values`` without the steps ``list`` and ``element`` at any depth."""
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks() if values.num_chunks else pa.array([], values.type)
    if pa.types.is_struct(values.type):
        names = [field.name for field in values.type]
        is_null = values.is_null()
        if names == ["list"] and pa.types.is_list(values.field(0).type):
            return plain_lists(values.field(0))
        fields = [plain_lists(values.field(number)) for number in range(len(names))]
        return pa.StructArray.from_arrays(fields, names, mask=is_null)
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        elements = values.values
        if pa.types.is_struct(elements.type) and [field.name for field in elements.type] == ["element"]:
            elements = elements.field(0)
        return type(values).from_arrays(values.offsets, plain_lists(elements), mask=values.is_null())
    return values
