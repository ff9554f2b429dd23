"""Reads Parquet into text, each type in the one form that the typing of all formats takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from regulars.json_sql import split_path
from regulars.land.decompress import MOST_BYTES
from regulars.land.header import as_promised, drift_of
from regulars.land.reading import LONGEST_RAW, FileRefused, Reading
from regulars.nested import as_json_lines
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_ROWS = 100_000_000
_MAGIC = b"PAR1"


def read_parquet(content: bytes, entity: SourceEntity) -> Reading:
    """Read a Parquet file by the names of its columns; row n stands in "line" n.

    Raises FileRefused for what is not Parquet, is cut off or damaged, has nested columns where none has a path, or
    lacks a promised one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not content.startswith(_MAGIC):
        raise FileRefused("not_parquet", "the file does not begin as Parquet does")
    if not content.endswith(_MAGIC):
        raise FileRefused("truncated_parquet", "the file does not end as Parquet does; have it delivered again")
    try:
        extract = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        wanted, drift = _wanted(extract.schema_arrow.names, entity)
        _refuse_excess(extract.metadata)
        read = extract.read(columns=list(dict.fromkeys(wanted.values())), use_threads=False)
        texts = {name: _as_text(read[found], name, is_nested_fine=entity.is_json) for name, found in wanted.items()}
    except (pa.ArrowException, OSError) as broken:
        raise FileRefused("corrupt_parquet", f"{str(broken).splitlines()[0][:200]}; have it delivered again") from None
    if not entity.is_json:
        nothing = pa.nulls(read.num_rows, pa.string())
        texts = {column.name: texts.get(column.name, nothing) for column in entity.read_columns}
    read = pa.table(texts)
    rows = as_json_lines(read) if entity.is_json else read
    rows = rows.append_column("_line", pa.array(range(1, read.num_rows + 1), pa.int64()))

    def raw_row(line: int) -> str:
        return json.dumps(read.slice(line - 1, 1).to_pylist()[0], default=str)[:LONGEST_RAW]

    return Reading(rows, [], raw_row, drift)


def _wanted(found: list[str], entity: SourceEntity) -> tuple[dict[str, str], str]:
    """By the name it is given the column of the file to read, and what differs from the contract in words.

    Of a file with objects in its columns only those are asked for that a row may not lack: which others there are
    depends on the age of the export.
    """
    if not entity.is_json:
        labels = dict(zip(as_promised(found, entity) if entity.kind else found, found, strict=True))
        drift = drift_of(list(labels), entity)
        return {column.name: labels[column.header] for column in entity.read_columns if column.header in labels}, drift
    required = [column for column in entity.read_columns if column.required and not column.digest_of]
    missing = [path for column in required for path in column.paths if _top(path) not in found]
    if missing:
        raise FileRefused("missing_column", f"there is no column '{missing[0]}'; the file has {', '.join(found)}")
    named = {_top(path) for column in entity.read_columns for path in column.paths}
    return {name: name for name in found if name in named}, ""


def _top(path: str) -> str:
    return split_path(path)[0].split(".")[0]


def _refuse_excess(metadata: pa.parquet.FileMetaData) -> None:
    unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if unpacked > MOST_BYTES or metadata.num_rows > _MOST_ROWS:
        raise FileRefused("too_large", f"{metadata.num_rows:,} rows, {unpacked:,} bytes when unpacked")


def _as_text(values: pa.ChunkedArray, name: str, *, is_nested_fine: bool) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        return _as_text(values.cast(kind.value_type), name, is_nested_fine=is_nested_fine)
    if pa.types.is_nested(kind) and is_nested_fine:
        return values
    if pa.types.is_nested(kind):
        raise FileRefused("nested_column", f"column '{name}' is {kind}; a single value is promised")
    if pa.types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        exact = values.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False)
        return pc.strftime(exact, format=f"%Y-%m-%dT%H:%M:%S{zone}")
    return values.cast(pa.string())
