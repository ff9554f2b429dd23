"""What the web analytics of a simulated shop exports: files as Google Analytics, Segment or REES46 write them, one a
day.

They have what such files are known for: events sent twice, an id with another payload, purchases counted again when a
page is loaded again, visits nobody may follow, whole numbers as text, days that were exported before they were over.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.config import World
from regulars.demo.simulate import ga4_parquet, rees46_sql
from regulars.demo.simulate.blocks import Plan, rows_of
from regulars.demo.simulate.contacts import FIRST_CONTACT_ID
from regulars.demo.simulate.drops import plan_of
from regulars.demo.simulate.event_export_sql import EVENT_FORMATS, TABLES, TRUTH
from regulars.demo.simulate.shop import BLOCK_DAYS, Calendar, Shop
from regulars.demo.simulate.written import INTERACTION, ORDER, ORDER_LINE, REFUND

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_REWRITTEN_DAYS = 3
"""So many of the last days are there a second time, as they were before they were over."""


def export_events(folder: Path, world: World, shop: Shop, days: int, form: str) -> tuple[int, Decimal, Decimal, int]:
    """Write what happens in the first ``days`` days of ``shop`` as ``form`` exports it.

    Gives what such an export can know: orders that count, what was paid for their lines, what was paid back of it, and
    sessions of visitors that may be followed.
    """
    import pyarrow as pa

    calendar = Calendar(world.alive_from, world.business_zone)
    plan = plan_of(shop, calendar)
    with warehouse.memory() as connection:
        connection.register("contact", _contacts(plan))
        connection.register("clock", pa.table({"first_day": [calendar.first_day], "zone": [world.business_zone]}))
        for statement in TABLES:
            connection.execute(statement)
        for block in range(-(-days // BLOCK_DAYS)):
            _add(connection, plan, block, days, form)
            for day in range(block * BLOCK_DAYS, min((block + 1) * BLOCK_DAYS, days)):
                for name, lines in _files(connection, calendar, day, days, form):
                    (folder / name).write_bytes(lines)
        row = connection.execute(TRUTH).fetchone()
    return row or (0, Decimal(0), Decimal(0), 0)


def _add(connection: duckdb.DuckDBPyConnection, plan: Plan, block: int, days: int, form: str) -> None:
    """Add the lines that follow from what happens in ``block``."""
    rows = rows_of(plan, block)
    for name, entity in {"interaction": INTERACTION, "placed": ORDER, "line": ORDER_LINE, "refund": REFUND}.items():
        connection.register(name, rows[entity])
    for statement in EVENT_FORMATS[form]:
        connection.execute(statement, {"days": days} if "$days" in statement else {})


def _files(
    connection: duckdb.DuckDBPyConnection, calendar: Calendar, day: int, days: int, form: str
) -> Iterator[tuple[str, bytes]]:
    found = connection.execute("select line from event where day = ? order by all", [day]).fetchall()
    connection.execute("delete from event where day = ?", [day])
    if not found:
        # Nobody exports a day on which nothing happened.
        return
    lines, date = [line for (line,) in found], calendar.day(day)
    if form == "segment":
        yield f"{date}.jsonl.gz", _packed(lines)
        return
    if form == "rees46":
        yield f"{date}.csv.gz", _packed([rees46_sql.HEADER, *lines])
        return
    is_parquet = form == "ga4_parquet"
    ending = "parquet" if is_parquet else "jsonl.gz"
    write = partial(ga4_parquet.extracted, connection) if is_parquet else _packed
    if day >= days - _REWRITTEN_DAYS:
        # Of a day that is not over the later half is missing, and what is there may be said in another way once more.
        early = [line.replace('"engagement_time_msec"', '"engagement_time"') for line in lines[::2]]
        yield f"events_intraday_{date:%Y%m%d}.{ending}", write(early)
    yield f"events_{date:%Y%m%d}.{ending}", write(lines)


def _packed(lines: list[str]) -> bytes:
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), compresslevel=1, mtime=0)


def _contacts(plan: Plan) -> pa.Table:
    """The e-mail address of each contact record's person."""
    import numpy as np
    import pyarrow as pa

    first, second = (plan.kept.of_person(second=is_second) for is_second in (False, True))
    person = np.concatenate([np.arange(len(first)), np.arange(len(second))[second >= 0]])
    record = np.concatenate([first, second[second >= 0]])
    return pa.table({"user_id": FIRST_CONTACT_ID + record, "email": pa.array(plan.mail).take(pa.array(person))})
