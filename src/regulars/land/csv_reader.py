"""Reads CSV: at once where a file is provably plain, else line by line, so that each refused row has its line.

Only a comma separates, only a double quote quotes, only a line end outside quotes ends a row. An empty line is no row.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import TYPE_CHECKING

from regulars.land.header import drift_of, header_names
from regulars.land.reading import (
    LONGEST_FIELD,
    FileRefused,
    Reading,
    RefusedRow,
    escaped,
    table_of,
    without_mark,
)
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

_OPEN_QUOTE = "unterminated_quote"
_CSV_ERRORS = {
    "unexpected end of data": _OPEN_QUOTE,
    "field larger": "field_too_long",
    "new-line character": "stray_carriage_return",
    "": "bad_quote",
}

# The quote stands before what looks behind it: a pattern that begins with a plain byte is sought much faster.
_QUOTED_FIELD = re.compile(rb'"(?<![^,\n]")[^"]*(?:""[^"]*)*"(?=,|\r?\n)')


def read_csv(content: bytes, entity: SourceEntity, *, is_proven_whole: bool) -> Reading:
    """Read a CSV with a header by the names in it.

    ``is_proven_whole``: a checksum shows that nothing was cut off; otherwise a last row without a line end is refused.
    Raises FileRefused when the header is not that of the entity or nothing is there at all.
    """
    content = without_mark(content)
    if not content.strip():
        raise FileRefused("empty_file", "there is no header")
    names = header_names(_text(content.split(b"\n", 1)[0]), entity)
    drift = drift_of(names, entity)

    @cache
    def lines() -> list[bytes]:
        return content.removesuffix(b"\n").split(b"\n")

    def raw_row(line: int) -> str:
        return escaped(lines()[line - 1].removesuffix(b"\r"))

    plain = _read_plain(content, names, entity)
    if plain is not None:
        return Reading(plain, [], raw_row, drift)
    is_cut = not content.endswith(b"\n") and not is_proven_whole
    rows, refused = _read_carefully(lines(), names, entity, is_cut=is_cut)
    return Reading(rows, refused, raw_row, drift)


def _read_plain(content: bytes, names: list[str], entity: SourceEntity) -> pa.Table | None:
    """The rows where nothing can be misread. None: read carefully."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    begins = _first_lines(content)
    if begins is None:
        return None
    wanted = list(dict.fromkeys(column.header for column in entity.read_columns if column.header in names))
    if not begins.size:
        return table_of([column.name for column in entity.read_columns], [[] for _ in entity.read_columns], [])
    try:
        rows = pa_csv.read_csv(
            pa.BufferReader(content),
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=max(len(content), 1), skip_rows=1, column_names=names
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=wanted, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    may_be_long = len(content) > LONGEST_FIELD
    if rows.num_rows != begins.size or (may_be_long and any(_longest(rows[name]) > LONGEST_FIELD for name in wanted)):
        return None
    nothing = pa.nulls(rows.num_rows, pa.string())
    named = pa.table(
        {column.name: rows[column.header] if column.header in names else nothing for column in entity.read_columns}
    )
    return named.append_column("_line", pa.array(begins))


def _first_lines(content: bytes) -> npt.NDArray[np.int64] | None:
    """The line in which each row below the header begins; None where quotes or line ends can be misread.

    They cannot where every quote belongs to a field that is quoted from end to end: going on from the first of them,
    what stands between two such fields is outside quotes.
    """
    import numpy as np

    returns, line_ends = content.count(b"\r"), content.count(b"\n")
    if not content.endswith(b"\n") or b"\0" in content:
        return None
    if returns and not content.count(b"\r\n") == returns == line_ends:
        return None
    byte = np.frombuffer(content, np.uint8)
    ends, quotes = np.flatnonzero(byte == ord("\n")), np.flatnonzero(byte == ord('"'))
    quoted = np.array([found.span() for found in _QUOTED_FIELD.finditer(content)] if quotes.size else [], np.int64)
    begin, end = quoted.reshape(-1, 2).T
    if quotes.size != np.sum(np.searchsorted(quotes, end) - np.searchsorted(quotes, begin)):
        return None
    is_row_end = np.searchsorted(begin, ends) == np.searchsorted(end, ends, side="right")
    is_broken = not is_row_end.all()
    if returns and is_broken:
        return None
    if is_broken and np.diff(ends[is_row_end], prepend=-1).max() > LONGEST_FIELD:
        return None
    return np.flatnonzero(is_row_end)[:-1] + 2


def _longest(values: pa.ChunkedArray) -> int:
    import pyarrow.compute as pc

    return pc.max(pc.binary_length(values)).as_py() or 0


def _read_carefully(
    lines: list[bytes], names: list[str], entity: SourceEntity, *, is_cut: bool
) -> tuple[pa.Table, list[RefusedRow]]:
    wanted = [column.name for column in entity.read_columns]
    places = [names.index(column.header) if column.header in names else None for column in entity.read_columns]
    columns: list[list[str | None]] = [[] for _ in wanted]
    numbers: list[int] = []
    refused: list[RefusedRow] = []
    at = 1
    while at < len(lines):
        first, (fields, reason, at) = at, _record(lines, at, len(names))
        if is_cut and fields and at == len(lines):
            reason = reason or "no_line_end"
        if reason:
            # Each line that a broken row swallows may be a row of its own: all of them count.
            refused += [RefusedRow(line + 1, reason, escaped(lines[line])) for line in range(first, at)]
        elif fields:
            numbers.append(first + 1)
            for values, place in zip(columns, places, strict=True):
                values.append(None if place is None else fields[place])
    return table_of(wanted, columns, numbers), refused


def _record(lines: list[bytes], first: int, width: int) -> tuple[list[str], str, int]:
    """The fields of the record that begins in ``first``, why it is refused, and where the next one begins."""
    if not lines[first].removesuffix(b"\r"):
        return [], "", first + 1
    text, at = "", first
    while at < len(lines) and (at == first or len(text) <= LONGEST_FIELD):
        line = _text(lines[at])
        if line is None:
            return [], "bad_encoding", at + 1
        text, at = text + line, at + 1
        if at - 1 > first and '"' not in line:
            text += "\n"
            continue
        fields, reason = _fields(text, width)
        if reason != _OPEN_QUOTE:
            return fields, reason, at
        text += "\n"
    return [], _OPEN_QUOTE, len(lines)


def _fields(text: str, width: int) -> tuple[list[str], str]:
    if "\0" in text:
        return [], "nul_byte"
    if len(text) > LONGEST_FIELD * width:
        return [], "field_too_long"
    try:
        fields = next(csv.reader([text], strict=True))
    except csv.Error as broken:
        said = str(broken)
        return [], next(reason for fragment, reason in _CSV_ERRORS.items() if fragment in said)
    if len(fields) != width:
        return [], "ragged_row"
    return fields, "field_too_long" if max(map(len, fields)) > LONGEST_FIELD else ""


def _text(line: bytes) -> str | None:
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        return None
