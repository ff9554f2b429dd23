"""Reads JSONL: one JSON object a line; SQL takes the values out by path. An empty line is no row."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from regulars.json_sql import LINE
from regulars.land.reading import LONGEST_FIELD, Reading, RefusedRow, escaped, table_of, without_mark
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_BYTES_AT_ONCE = 2**31 - 1


def read_jsonl(content: bytes, entity: SourceEntity) -> Reading:
    """Read the lines that can be text at all; whether they are JSON is judged with their types."""
    content = without_mark(content)
    longest = LONGEST_FIELD * len(entity.columns)

    @cache
    def lines() -> list[bytes]:
        return content.split(b"\n")

    def raw_row(line: int) -> str:
        return escaped(lines()[line - 1])

    plain = _read_plain(content, longest)
    if plain is not None:
        return Reading(plain, [], raw_row)
    return Reading(*_read_carefully(lines(), longest), raw_row)


def _read_plain(content: bytes, longest: int) -> pa.Table | None:
    """The lines where each begins an object, without a Python object for any of them. None: read carefully."""
    import numpy as np
    import pyarrow as pa

    if not content or len(content) > _MOST_BYTES_AT_ONCE:
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
    return pa.table({LINE: lines, "_line": pa.array(np.arange(1, len(lines) + 1))})


def _read_carefully(lines: list[bytes], longest: int) -> tuple[pa.Table, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    texts: list[str | None] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, start=1):
        text, reason = _text(line, longest)
        if reason:
            refused.append(RefusedRow(number, reason, escaped(line)))
        elif text:
            texts.append(text)
            numbers.append(number)
    return table_of([LINE], [texts], numbers), refused


def _text(line: bytes, longest: int) -> tuple[str, str]:
    try:
        text = line.strip().decode()
    except UnicodeDecodeError:
        return "", "bad_encoding"
    return text, "field_too_long" if len(text) > longest else ""
