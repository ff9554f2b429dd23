"""Reads JSONL: one JSON object a line; SQL takes the values out by path. An empty line is no row."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from regulars.json_sql import LINE
from regulars.land.reading import LONGEST_FIELD, Reading, RefusedRow, escaped, table_of, without_mark
from regulars.nested import plain_lines
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import pyarrow as pa


def read_jsonl(content: bytes, entity: SourceEntity) -> Reading:
    """Read the lines that can be text at all; whether they are JSON is judged with their types."""
    content = without_mark(content)
    longest = LONGEST_FIELD * len(entity.columns)

    @cache
    def lines() -> list[bytes]:
        return content.split(b"\n")

    def raw_row(line: int) -> str:
        return escaped(lines()[line - 1])

    plain = plain_lines(content, longest)
    if plain is not None:
        return Reading(plain.append_column("_line", _numbers(plain.num_rows)), [], raw_row)
    return Reading(*_read_carefully(lines(), longest), raw_row)


def _numbers(count: int) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.arange(1, count + 1))


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
