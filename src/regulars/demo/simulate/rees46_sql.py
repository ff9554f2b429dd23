"""SQL that writes what happens in one block of days as REES46 exports it: a row a product that was viewed, put into the
cart, taken out of it or bought, with nothing that numbers it.

As real files do it: times of whole seconds, no category or brand for some, prices of nothing, what one session bought
in as many rows, at once or one after another, rows twice, in one file or in two.
"""

from __future__ import annotations

HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"

_ROWS = """create or replace temp table rees46 as
    with acted as (
        select visit, luck, anonymous_id, product_id, happened_ms, 'view' as event_type,
            case when luck % 100 > 0 then price_cents else 0 end as cents
        from told where event = 'Product Viewed'
        union all
        select visit, luck, anonymous_id, product_id, happened_ms, 'cart', price_cents
        from told where event = 'Product Added'
        union all
        select visit, luck, anonymous_id, product_id, happened_ms + 1000, 'remove_from_cart', price_cents
        from told where event = 'Product Added' and luck % 9 = 0
            and visit not in (select visit from told where order_id is not null)
        union all
        select visit, luck + turn, anonymous_id, item.product_id, happened_ms
            + case order_id % 3 when 0 then 0 when 1 then 1000 else 1200000 end * (turn - 1), 'purchase', item.net_cents
        from (
            select *, unnest(items) as item, generate_subscripts(items, 1) as turn
            from told where order_id is not null
        )
    ),
    timed as (
        select *, happened_ms - happened_ms % 1000 as at_ms,
            500000000 + hash(anonymous_id) % 1000000000000 + case when luck % 100 = 1 then 1 else 0 end as user_number,
            md5(visit::varchar)::uuid as user_session
        from acted
    )
    select visit, luck, event_type, product_id, cents, at_ms, user_number, date_diff('day', clock.first_day,
            timezone(clock.zone, timezone('UTC', epoch_ms(at_ms)))::date) as event_day,
        concat_ws(',', strftime(epoch_ms(at_ms), '%Y-%m-%d %H:%M:%S UTC'), event_type, product_id,
            2053013550000000000 + product_id % 40,
            case when product_id % 3 > 0 then 'home.shelf' || product_id % 40 else '' end,
            case when product_id % 4 > 0 then 'maker' || product_id % 7 else '' end,
            cents * 0.01::decimal(3, 2), user_number, user_session) as line
    from timed cross join clock"""

ROWS = (
    _ROWS,
    "insert into event select event_day, line from rees46 where event_day < $days",
    "insert into event select event_day, line from rees46 where event_day < $days and luck % 50 = 0",
    "insert into event select event_day + 1, line from rees46 where event_day + 1 < $days and luck % 50 = 1",
    "insert into seen select user_number::varchar, at_ms from rees46 where event_day < $days",
    """insert into fact_order
        select visit, sum(cents), 0
        from (
            select distinct visit, product_id, cents, at_ms
            from rees46 where event_type = 'purchase' and event_day < $days
        ) group by visit""",
)
"""Statements that add to event (day, line), fact_order and seen; they read told and clock."""
