"""Files of one entity, typed together: one query for many small files costs what it costs for one."""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from regulars.config import Home, World
from regulars.errors import RegularsError
from regulars.failpoint import failpoint
from regulars.land.content import NewContent
from regulars.land.reading import Reading, RefusedRow, table_of
from regulars.land.receipts import BAD_RATE, Taken
from regulars.land.storage import Storage, write_table
from regulars.land.texts import with_derived
from regulars.land.typed_sql import LATEST_AFTER_DELIVERY_HOURS, reason_sql, typed_sql
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_FILES = 100
_ROWS = 100_000
"""A batch of so many is full; its last file may go beyond."""

_ROWS_A_QUERY = 2 * _ROWS
_WRITERS = 4


@dataclass
class Batch:
    """Contents of one entity that have been read and wait for their types."""

    entity: SourceEntity
    contents: list[tuple[NewContent, Reading]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.contents) >= _FILES or sum(reading.rows.num_rows for _, reading in self.contents) >= _ROWS

    def has(self, sha256: str) -> bool:
        """Whether this very content waits here."""
        return any(new.sha256 == sha256 for new, _ in self.contents)


@dataclass(frozen=True)
class TypedContent:
    """A content with its accepted rows, its refused ones in the order of their lines, and what becomes of it."""

    new: NewContent
    accepted: pa.Table
    refused: list[RefusedRow]
    taken: Taken


def typed(batch: Batch, world: World, connection: duckdb.DuckDBPyConnection) -> list[TypedContent]:
    """The contents of ``batch`` with their types, in their order."""
    import numpy as np

    accepted, refusals = _accepted_and_refused(batch, world, connection)
    counts = np.bincount(accepted["_file"].to_numpy(), minlength=len(batch.contents)).tolist()
    contents = []
    offset = 0
    for number, (new, reading) in enumerate(batch.contents):
        mistyped = [RefusedRow(line, reason, reading.raw_row(line)) for line, reason in refusals[number]]
        refused = sorted([*reading.refused, *mistyped], key=lambda row: row.line)
        mine = accepted.slice(offset, counts[number]).drop_columns("_file")
        offset += counts[number]
        contents.append(TypedContent(new, mine, refused, _judged(new, reading, mine.num_rows, refused)))
    return contents


def store(contents: list[TypedContent], home: Home) -> list[tuple[NewContent, Taken]]:
    """Store ``contents``; gives what became of each.

    Accepted and refused rows stand in files named by the content, so doing it again gives the same files.
    """
    # While one file waits for the disk another is compressed.
    with ThreadPoolExecutor(_WRITERS) as pool:
        for _ in pool.map(lambda content: _store(content, home), contents):
            failpoint("land.after_parquet_written")
    return [(content.new, content.taken) for content in contents]


def _accepted_and_refused(
    batch: Batch, world: World, connection: duckdb.DuckDBPyConnection
) -> tuple[pa.Table, dict[int, list[tuple[int, str]]]]:
    """The accepted rows by file and line, and by file the line and reason of each refused one."""
    import pyarrow as pa

    extract = pa.concat_tables(_with_delivery(*each, world) for each in enumerate(batch.contents))
    accepted: list[pa.Table] = []
    refusals: dict[int, list[tuple[int, str]]] = defaultdict(list)
    # One file of millions of rows needs no more memory than many small ones.
    for offset in range(0, extract.num_rows or 1, _ROWS_A_QUERY):
        rows, refused = _typed_rows(extract.slice(offset, _ROWS_A_QUERY), batch.entity, world, connection)
        accepted.append(rows)
        for file, line, reason in refused:
            refusals[file].append((line, reason))
    return pa.concat_tables(accepted), refusals


def _typed_rows(
    extract: pa.Table, entity: SourceEntity, world: World, connection: duckdb.DuckDBPyConnection
) -> tuple[pa.Table, list[tuple[int, int, str]]]:
    import pyarrow.compute as pc

    connection.register("extract", extract)
    typed = connection.sql(typed_sql(entity, world.business_zone)).to_arrow_table()
    is_refused, typed = typed["is_refused"], typed.drop_columns("is_refused")
    refused = []
    if pc.any(is_refused).as_py():
        connection.register("refused", typed.filter(is_refused).select(["_file", "_line"]))
        refused = connection.execute(reason_sql(entity)).fetchall()
        connection.unregister("refused")
        typed = typed.filter(pc.invert(is_refused))
    connection.unregister("extract")
    return with_derived(typed, entity), refused


def _with_delivery(number: int, content: tuple[NewContent, Reading], world: World) -> pa.Table:
    """What was read of a file, each row with what its delivery says."""
    import pyarrow as pa

    new, reading = content
    end = max(new.known_at, world.as_of(new.arrival.business_date))
    instants = {"known_at": new.known_at, "latest": end + timedelta(hours=LATEST_AFTER_DELIVERY_HOURS)}
    rows = reading.rows.append_column("_file", pa.repeat(pa.scalar(number, pa.int64()), reading.rows.num_rows))
    for name, instant in instants.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(instant, pa.timestamp("us")), rows.num_rows))
    return rows


def _store(content: TypedContent, home: Home) -> None:
    import pyarrow as pa

    new, accepted, refused = content.new, content.accepted, content.refused
    entity, storage, tail = new.entity, Storage(home, new.entity), ["_content", "_line", "_known_at"]
    accepted = accepted.append_column("_content", pa.repeat(pa.scalar(new.sha256), accepted.num_rows))
    if refused:
        texts: list[list[str | None]] = [[row.reason for row in refused], [row.raw for row in refused]]
        rows = table_of(["reason", "raw"], texts, [row.line for row in refused])
        rows = rows.append_column("_content", pa.array([new.sha256] * len(refused), pa.string()))
        write_table(rows.select(["_content", "_line", "reason", "raw"]), storage.quarantined(new.sha256))
    else:
        # What an earlier contract refused may be sound by the one of today.
        storage.quarantined(new.sha256).unlink(missing_ok=True)
    if entity.is_personal:
        personal = [*entity.key, *(column.name for column in entity.personal_columns)]
        write_table(accepted.select([*personal, *tail]), storage.personal(new.sha256))
    landed = [column.name for column in entity.landed_columns]
    unique = ["_line", *(entity.key if len(entity.key) == 1 else ())]
    write_table(accepted.select([*landed, *tail]), storage.accepted(new.sha256, new.partition), unique)


def _judged(new: NewContent, reading: Reading, accepted_rows: int, refused: list[RefusedRow]) -> Taken:
    read_rows = reading.rows.num_rows + len(reading.refused)
    if read_rows != accepted_rows + len(refused):
        told = f"{read_rows:,} rows read, but {accepted_rows:,} accepted and {len(refused):,} refused"
        raise RegularsError(
            told, where=new.arrival.name, next_step="nothing was claimed; report this with the file's name"
        )
    reasons = Counter(row.reason for row in refused)
    if not new.entity.has_too_many_bad(len(refused), read_rows):
        return Taken("landed", reading.drift, read_rows, accepted_rows, reasons)
    first = refused[0]
    told = (
        f"{BAD_RATE}: {len(refused):,} of {read_rows:,} rows refused, at most {new.entity.max_bad_rate:.1%} may be; "
        f"the first in line {first.line}, {first.reason}"
    )
    return Taken("held", told, read_rows, accepted_rows, reasons)
