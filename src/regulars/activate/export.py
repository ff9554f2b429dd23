"""The list of segments, and one segment as a CSV for whoever acts on it.

The CSV names customers by their surrogate id and by the keys of their source records; it holds no contact data.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from regulars.durable import write_whole
from regulars.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import duckdb

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ROWS_AT_ONCE = 10_000

_LIST_SQL = """
select
    segment.segment_id,
    segment.name,
    segment.kind,
    segment.rule,
    count(member.customer_id) as customers,
    coalesce(sum(rfm.net_revenue), 0)::decimal(18, 2) as net_revenue_365d
from marts.dim_segment as segment
left join marts.segment_membership as member on segment.segment_id = member.segment_id
left join marts.customer_rfm as rfm on member.customer_id = rfm.customer_id and member.as_of = rfm.as_of
group by segment.segment_id, segment.name, segment.kind, segment.rule
order by segment.segment_id
"""


class SegmentRow(NamedTuple):
    """One segment: members, and their net revenue in 365 days (the reporting currency; 0.00 for no member)."""

    segment_id: str
    name: str
    kind: str
    rule: str
    customers: int
    net_revenue_365d: Decimal


def list_segments(connection: duckdb.DuckDBPyConnection) -> list[SegmentRow]:
    """Every segment of a publication or a candidate, sorted by id; also those without a member."""
    return [SegmentRow(*row) for row in connection.execute(_LIST_SQL).fetchall()]


def export_segment(connection: duckdb.DuckDBPyConnection, segment_id: str, out: Path | None = None) -> int:
    """Write one segment as CSV (UTF-8, sorted by customer) to the file ``out``, or to standard output; gives its rows.

    Columns: customer_id; for each source ``<source>_record_key`` (empty for none, several joined by ``|``); entered_at
    in UTC; mode. Cells a spreadsheet would take for a formula begin with an apostrophe. Raises UsageError for an
    unknown segment and for a folder in place of a file; then no file is touched.
    """
    _check_known(connection, segment_id)
    sources = [
        name
        for (name,) in connection.execute(
            "select distinct source from marts.bridge_customer_identifier order by source"
        ).fetchall()
    ]
    header = ["customer_id", *(f"{source}_record_key" for source in sources), "entered_at", "mode"]
    cursor = connection.execute(_members_sql(len(sources)), [*sources, segment_id])
    if out is None:
        return _write_rows(sys.stdout, header, _rows_of(cursor))
    if out.is_dir():
        raise UsageError(
            "This is a folder, not a file", where=str(out), next_step=f"name a file, such as {out / segment_id}.csv"
        )
    written = 0

    def fill(part: Path) -> None:
        nonlocal written
        with part.open("w", newline="", encoding="utf-8") as lines:
            written = _write_rows(lines, header, _rows_of(cursor))

    write_whole(out, fill)
    return written


def _check_known(connection: duckdb.DuckDBPyConnection, segment_id: str) -> None:
    known = {name for (name,) in connection.execute("select segment_id from marts.dim_segment").fetchall()}
    if segment_id not in known:
        raise UsageError(
            f"There is no segment '{segment_id}'. {did_you_mean(segment_id, known)}",
            next_step="`regulars segment list` shows them all",
        )


def _members_sql(sources: int) -> str:
    """Members of a segment; question marks for the names of the sources, then for the segment."""
    keys = "".join(
        f"\n    string_agg(distinct record.record_key, '|' order by record.record_key)"
        f" filter (where record.source = ?) as record_key_{number},"
        for number in range(sources)
    )
    return f"""
select
    member.customer_id,{keys}
    member.entered_at,
    member.mode
from marts.segment_membership as member
left join marts.bridge_customer_identifier as record on member.customer_id = record.customer_id
where member.segment_id = ?
group by member.customer_id, member.entered_at, member.mode
order by member.customer_id
"""


def _rows_of(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield from rows


def _write_rows(lines: IO[str], header: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> int:
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(_cell(name) for name in header)
    written = 0
    for row in rows:
        writer.writerow(_cell(value) for value in row)
        written += 1
    return written


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
