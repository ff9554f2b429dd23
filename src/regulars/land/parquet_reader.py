"""Reads Parquet into text, each type in the one form that the typing of all formats takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from regulars.land.decompress import MOST_BYTES
from regulars.land.header import as_promised, drift_of
from regulars.land.reading import LONGEST_RAW, FileRefused, Reading
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_ROWS = 100_000_000
_MAGIC = b"PAR1"


def read_parquet(content: bytes, entity: SourceEntity) -> Reading:
    """Read a Parquet file by the names of its columns; row n stands in "line" n.

    Raises FileRefused for what is not Parquet, is cut off or damaged, has nested columns, or lacks a promised one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not content.startswith(_MAGIC):
        raise FileRefused("not_parquet", "the file does not begin as Parquet does")
    if not content.endswith(_MAGIC):
        raise FileRefused("truncated_parquet", "the file does not end as Parquet does; have it delivered again")
    try:
        extract = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        names = extract.schema_arrow.names
        labels = dict(zip(as_promised(names, entity) if entity.kind else names, names, strict=True))
        drift = drift_of(list(labels), entity)
        there = [column for column in entity.read_columns if column.header in labels]
        _refuse_excess(extract.metadata)
        read = extract.read(columns=[labels[column.header] for column in there], use_threads=False)
        texts = {column.name: _as_text(read[labels[column.header]], column.name) for column in there}
    except (pa.ArrowException, OSError) as broken:
        raise FileRefused("corrupt_parquet", f"{str(broken).splitlines()[0][:200]}; have it delivered again") from None
    nothing = pa.nulls(read.num_rows, pa.string())
    texts = {column.name: texts.get(column.name, nothing) for column in entity.read_columns}
    rows = pa.table({**texts, "_line": pa.array(range(1, read.num_rows + 1), pa.int64())})

    def raw_row(line: int) -> str:
        return json.dumps(rows.slice(line - 1, 1).drop_columns("_line").to_pylist()[0])[:LONGEST_RAW]

    return Reading(rows, [], raw_row, drift)


def _refuse_excess(metadata: pa.parquet.FileMetaData) -> None:
    unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if unpacked > MOST_BYTES or metadata.num_rows > _MOST_ROWS:
        raise FileRefused("too_large", f"{metadata.num_rows:,} rows, {unpacked:,} bytes when unpacked")


def _as_text(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        return _as_text(values.cast(kind.value_type), name)
    if pa.types.is_nested(kind):
        raise FileRefused("nested_column", f"column '{name}' is {kind}; a single value is promised")
    if pa.types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        exact = values.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False)
        return pc.strftime(exact, format=f"%Y-%m-%dT%H:%M:%S{zone}")
    return values.cast(pa.string())
