"""Writes pulled rows as a delivery: the file its contract promises, whole, and a manifest that says what is in it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from regulars.durable import sha256_of, write_text, write_whole
from regulars.failpoint import failpoint
from regulars.pull.service import value_at
from regulars.sources import SourceEntity, manifest_beside

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

_ROWS_AT_ONCE = 10_000
_COMPRESSION_LEVEL = 6


@dataclass(frozen=True)
class Delivery:
    """What stands in a file that was written."""

    rows: int
    sha256: str


def deliver(
    path: Path, fill: Callable[[Path], int], delivered_at: datetime | None, stretch: tuple[datetime | None, datetime]
) -> Delivery:
    """Put a file at ``path`` that ``fill`` writes, in one step, and its manifest beside it.

    An older manifest goes first: a file without one is read, and one beside a file it does not fit refuses it.
    """
    manifest = manifest_beside(path)
    rows: list[int] = []

    def write(part: Path) -> None:
        part.touch(mode=0o600)
        rows.append(fill(part))
        manifest.unlink(missing_ok=True)

    write_whole(path, write)
    written = Delivery(rows[0], sha256_of(path))
    said: dict[str, object] = {"rows": written.rows, "sha256": written.sha256}
    if delivered_at:
        said["delivered_at"] = f"{delivered_at.isoformat()}Z"
    said["pulled"] = [end and f"{end.isoformat()}Z" for end in stretch]
    write_text(manifest, json.dumps(said) + "\n")
    failpoint("pull.after_file")
    return written


def is_pulled(path: Path) -> bool:
    """Whether a pull wrote ``path``, and no source system dropped it."""
    manifest = manifest_beside(path)
    try:
        return "pulled" in json.loads(manifest.read_text())
    except (OSError, ValueError):
        return False


def write_rows(entity: SourceEntity, part: Path, rows: Iterable[Row], places: dict[str, str]) -> int:
    """Write ``rows`` as files of ``entity`` are written; gives how many. ``places``: where a row has a column, in dots,
    when it is not called so. The same rows give the same bytes.
    """
    if entity.format == "parquet":
        return _write_parquet(entity, part, rows, places)
    ending = entity.pattern.rpartition(".")[2]
    with _packed(part, ending) as file, io.TextIOWrapper(file, "utf-8", "backslashreplace", "") as text:
        write = _jsonl_lines(text) if entity.format == "jsonl" else _csv_lines(text, entity, places)
        count = 0
        for row in rows:
            write(row)
            count += 1
            failpoint("pull.mid_rows")
    return count


def _csv_lines(text: IO[str], entity: SourceEntity, places: dict[str, str]) -> Callable[[Row], object]:
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in entity.read_columns])
    texts = _texts_of(entity, places)
    return lambda row: writer.writerow(texts(row))


def _jsonl_lines(text: IO[str]) -> Callable[[Row], object]:
    return lambda row: text.write(f"{json.dumps(row, ensure_ascii=False, default=float)}\n")


def _write_parquet(entity: SourceEntity, part: Path, rows: Iterable[Row], places: dict[str, str]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in entity.read_columns]
    schema = pa.schema([(name, pa.string()) for name in names])
    count, texts = 0, _texts_of(entity, places)
    with pq.ParquetWriter(part, schema, write_page_checksum=True) as writer:
        for some in _batches(iter(rows)):
            columns = zip(*map(texts, some), strict=True)
            batch: pa.Table = pa.table(dict(zip(names, map(list, columns), strict=True)), schema)
            writer.write_table(batch)
            count += batch.num_rows
    return count


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield some


def _texts_of(entity: SourceEntity, places: dict[str, str]) -> Callable[[Row], list[str | None]]:
    """What gives the texts of a row in the order of the contract."""
    paths = [places.get(column.name, column.name) for column in entity.read_columns]
    if any("." in path for path in paths):
        return lambda row: [_text(value_at(row, path)) for path in paths]
    return lambda row: [_text(row.get(path)) for path in paths]


def _text(value: Any) -> str | None:
    """A value in the form contracts ask for; what is no single value is left for landing to judge, as JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        # Half of a surrogate pair, which JSON may hold and UTF-8 may not.
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False, default=float)


@contextmanager
def _packed(part: Path, ending: str) -> Iterator[IO[bytes]]:
    """The file to write into, packed as its name says, without a time stamp."""
    with part.open("wb") as file:
        if ending == "gz":
            with gzip.GzipFile("", "wb", _COMPRESSION_LEVEL, file, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif ending == "zst":
            import zstandard

            with zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False) as packed:
                yield packed
        else:
            yield file
