"""Reads JSONL: one JSON object a line; SQL takes the values out by path. An empty line is no row."""

from __future__ import annotations

from regulars.land.reading import LONGEST_FIELD, Reading, RefusedRow, escaped, table_of, without_mark
from regulars.sources import SourceEntity

LINE = "json_line"
"""The one text column of a reading of JSONL."""


def read_jsonl(content: bytes, entity: SourceEntity) -> Reading:
    """Read the lines that can be text at all; whether they are JSON is judged with their types."""
    lines = without_mark(content).split(b"\n")
    longest = LONGEST_FIELD * len(entity.columns)
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
    return Reading(table_of([LINE], [texts], numbers), refused, lambda line: escaped(lines[line - 1]))


def _text(line: bytes, longest: int) -> tuple[str, str]:
    try:
        text = line.strip().decode()
    except UnicodeDecodeError:
        return "", "bad_encoding"
    return text, "field_too_long" if len(text) > longest else ""
