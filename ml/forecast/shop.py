"""The shop's own log of orders and refunds, as a night knows it, shaped as every log is (`ml.forecast.log`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from regulars import warehouse

if TYPE_CHECKING:
    import duckdb

_PURCHASES = """
select customer_id as customer, * exclude (customer_id)
from work.intermediate.int_forecast__purchases
order by all
"""


@contextmanager
def shop_log(candidate: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory whose ``purchase`` are the candidate's; ``customer`` is the customer_id."""
    bought = candidate.sql(_PURCHASES).to_arrow_table()
    with warehouse.memory() as connection:
        connection.execute("set threads = 1")  # So that sums of doubles are the same in every run.
        connection.register("bought", bought)
        connection.execute("create table purchase as from bought")
        connection.unregister("bought")
        yield connection


def wall_time(instant: datetime, zone: str) -> datetime:
    """What the clocks of ``zone`` show at ``instant`` (UTC, without a zone)."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instant_of(wall: datetime, zone: str) -> datetime:
    """The instant (UTC, without a zone) at which the clocks of ``zone`` show ``wall``, for the first time."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
