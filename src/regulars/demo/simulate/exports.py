"""The simulated shop as export files of other systems, quirks included: SQL makes each file from what the shop knows.

Everything in them is made up. What is so of orders, revenue and refunds is told beside them, so that whatever is made
of the files can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.config import World
from regulars.demo.simulate.blocks import rows_of
from regulars.demo.simulate.contacts import versions
from regulars.demo.simulate.drops import plan_of
from regulars.demo.simulate.event_export_sql import EVENT_FORMATS
from regulars.demo.simulate.event_exports import export_events
from regulars.demo.simulate.export_sql import FORMATS
from regulars.demo.simulate.shop import BLOCK_DAYS, Calendar, Shop
from regulars.demo.simulate.written import ORDER, ORDER_LINE, REFUND
from regulars.errors import UsageError, did_you_mean
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

_KEPT = {ORDER: "placed", ORDER_LINE: "line", REFUND: "refund"}

_STATES = """
create table shop_order as
select distinct on (order_id) *, cancelled_ms from (
    select *, case when status = 'cancelled' then updated_ms end as cancelled_ms from placed
) order by order_id, updated_ms desc;
create table shop_contact as
select distinct on (contact_id) * from contact order by contact_id, updated_ms desc;
"""
"""Everything as it is at the end of the last day."""


@dataclass(frozen=True)
class Told:
    """What is so in the export: orders that count, what was paid for their lines, and what of it was paid back;
    contacts that are no test, and those of them who refused e-mail; of events the sessions of visitors that may be
    followed.
    """

    orders: int
    revenue: Decimal
    refunds: Decimal
    contacts: int
    refusals: int
    sessions: int | None = None


def export(folder: Path, world: World, shop: Shop, days: int, *names: str) -> Told:
    """Write the first ``days`` days of ``shop`` into ``<folder>/<name>`` as the files of each format; gives what is so.

    The bytes depend on the shop, the days and the format alone. Raises UsageError for a format nobody writes.
    """
    known = [*FORMATS, *EVENT_FORMATS]
    for name in names:
        if name not in known:
            raise UsageError(f"There is no simulated export '{name}'. {did_you_mean(name, known)}")
        (folder / name).mkdir(parents=True, exist_ok=True)
    of_events = [name for name in names if name in EVENT_FORMATS]
    for name in of_events:
        orders, revenue, refunds, sessions = export_events(folder / name, world, shop, days, name)
        told = Told(orders, revenue, refunds, contacts=0, refusals=0, sessions=sessions)
    if len(of_events) == len(names):
        return told
    with warehouse.memory() as connection:
        connection.execute("set TimeZone = ?", [world.business_zone])
        _fill(connection, world, shop, days)
        wanted = [(name, *item) for name in names if name in FORMATS for item in FORMATS[name].items()]
        for name, file, query in wanted:
            place = quoted(folder / name / file)
            connection.execute(f"copy ({query}) to {place} (header, delimiter ',', quote '\"')")
        return _told(connection)


def _fill(connection: duckdb.DuckDBPyConnection, world: World, shop: Shop, days: int) -> None:
    """The tables contact, placed, line and refund of what was delivered by the end of the last day, then the states."""
    calendar = Calendar(world.alive_from, world.business_zone)
    plan = plan_of(shop, calendar)
    for block in range((days - 1) // BLOCK_DAYS + 1):
        rows = rows_of(plan, block)
        for entity, table in _KEPT.items():
            _add(connection, table, rows[entity], days)
    _add(connection, "contact", versions(shop, calendar, plan.crowd, plan.kept), days)
    connection.execute(_STATES)


def _add(connection: duckdb.DuckDBPyConnection, table: str, rows: object, days: int) -> None:
    connection.register("made", rows)
    connection.execute(f"create table if not exists {table} as select * from made limit 0")
    connection.execute(f"insert into {table} select * from made where day < ?", [days])
    connection.unregister("made")


def _told(connection: duckdb.DuckDBPyConnection) -> Told:
    row = connection.execute(
        """
        with counted as (select order_id from shop_order where status = 'completed')
        select
            (select count(*) from counted),
            (select coalesce(sum(net_cents), 0) * 0.01::decimal(3, 2) from line semi join counted using (order_id)),
            (select coalesce(sum(cents), 0) * 0.01::decimal(3, 2) from refund semi join counted using (order_id)),
            (select count(*) from shop_contact where is_test <> 'yes'),
            (select count(*) from shop_contact where is_test <> 'yes' and email_consent = 'no')
        """
    ).fetchone()
    return Told(*(row or (0, Decimal(0), Decimal(0), 0, 0)))
