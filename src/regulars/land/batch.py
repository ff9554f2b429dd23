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
from regulars.land.typed_sql import LATEST_AFTER_DELIVERY_HOURS, reason_sql, typed_sql
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_FILES = 100
_ROWS = 100_000
_WRITERS = 4

_ACCEPTED_SQL = "select * exclude (is_refused) from typed where not is_refused order by _file, _line"


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


def take(
    batch: Batch, home: Home, world: World, connection: duckdb.DuckDBPyConnection
) -> list[tuple[NewContent, Taken]]:
    """Type and store the contents of ``batch``; gives what became of each, in their order.

    Accepted and refused rows stand in files named by the content, so doing it again gives the same files.
    """
    accepted, refusals = _typed(batch, world, connection)
    counts = Counter(accepted["_file"].to_pylist())
    outcome, kept = [], []
    offset = 0
    for number, (new, reading) in enumerate(batch.contents):
        mistyped = [RefusedRow(line, reason, reading.raw_row(line)) for line, reason in refusals[number]]
        refused = sorted([*reading.refused, *mistyped], key=lambda row: row.line)
        mine = accepted.slice(offset, counts[number]).drop_columns("_file")
        offset += counts[number]
        outcome.append((new, _judged(new, reading, mine.num_rows, refused)))
        kept.append((new, Storage(home, new.entity), mine, refused))
    # While one file waits for the disk another is compressed.
    with ThreadPoolExecutor(_WRITERS) as pool:
        for _ in pool.map(lambda part: _store(*part), kept):
            failpoint("land.after_parquet_written")
    return outcome


def _typed(
    batch: Batch, world: World, connection: duckdb.DuckDBPyConnection
) -> tuple[pa.Table, dict[int, list[tuple[int, str]]]]:
    """The accepted rows by file and line, and by file the line and reason of each refused one."""
    import pyarrow as pa

    rows = [
        reading.rows.append_column("_file", pa.array([number] * reading.rows.num_rows, pa.int64()))
        for number, (_, reading) in enumerate(batch.contents)
    ]
    connection.register("extract", pa.concat_tables(rows))
    connection.register("delivered", _delivered(batch, world))
    connection.execute(f"create or replace temporary table typed as {typed_sql(batch.entity, world.business_zone)}")
    refusals: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for file, line, reason in connection.execute(reason_sql(batch.entity)).fetchall():
        refusals[file].append((line, reason))
    accepted = connection.sql(_ACCEPTED_SQL).to_arrow_table()
    connection.unregister("extract")
    connection.unregister("delivered")
    return accepted, refusals


def _delivered(batch: Batch, world: World) -> pa.Table:
    import pyarrow as pa

    grace = timedelta(hours=LATEST_AFTER_DELIVERY_HOURS)
    contents = [new for new, _ in batch.contents]
    ends = [max(new.known_at, world.as_of(new.arrival.business_date)) for new in contents]
    return pa.table(
        {
            "_file": pa.array(range(len(contents)), pa.int64()),
            "_content": pa.array([new.sha256 for new in contents], pa.string()),
            "known_at": pa.array([new.known_at for new in contents], pa.timestamp("us")),
            "latest": pa.array([end + grace for end in ends], pa.timestamp("us")),
        }
    )


def _store(new: NewContent, storage: Storage, accepted: pa.Table, refused: list[RefusedRow]) -> None:
    import pyarrow as pa

    entity, tail = new.entity, ["_content", "_line", "_known_at"]
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
    write_table(accepted.select([*landed, *tail]), storage.accepted(new.sha256, new.partition))


def _judged(new: NewContent, reading: Reading, accepted_rows: int, refused: list[RefusedRow]) -> Taken:
    read_rows = reading.rows.num_rows + len(reading.refused)
    if read_rows != accepted_rows + len(refused):
        told = f"{read_rows:,} rows read, but {accepted_rows:,} accepted and {len(refused):,} refused"
        raise RegularsError(
            told, where=new.arrival.name, next_step="nothing was claimed; report this with the file's name"
        )
    reasons = Counter(row.reason for row in refused)
    if len(refused) <= new.entity.max_bad_rate * read_rows:
        return Taken("landed", reading.drift, read_rows, accepted_rows, reasons)
    first = refused[0]
    told = (
        f"{BAD_RATE}: {len(refused):,} of {read_rows:,} rows refused, at most {new.entity.max_bad_rate:.1%} may be; "
        f"the first in line {first.line}, {first.reason}"
    )
    return Taken("held", told, read_rows, accepted_rows, reasons)
