"""SQL that writes what happens in one block of days as lines of an export of events, and the truth they hold.

Statements read the tables of a block: interaction, placed, line, refund, contact and clock (zone, first_day), and add
to event (day, line), fact_order and seen. One visit of ten is nobody's to follow.
"""

from __future__ import annotations

from regulars.demo.simulate import rees46_sql


def _instant(milliseconds: str) -> str:
    return f"strftime(epoch_ms({milliseconds}), '%Y-%m-%dT%H:%M:%S.%gZ')"


def _money(cents: str) -> str:
    return f"(({cents}) * 0.01::decimal(3, 2))"


def _day(milliseconds: str) -> str:
    """The number of the business day an instant lies in."""
    return f"date_diff('day', clock.first_day, timezone(clock.zone, timezone('UTC', epoch_ms({milliseconds})))::date)"


_ORDERS = """create or replace temp table bought as
    with change as (
        select order_id, min(shipping_cents) as shipping_cents,
            max(updated_ms) filter (where status = 'cancelled') as cancelled_ms,
            max(day) filter (where status = 'cancelled') as cancelled_day
        from placed group by order_id
    ),
    item as (
        select order_id, sum(net_cents)::bigint as net_cents, sum(discount_cents)::bigint as discount_cents,
            list(struct_pack(product_id, quantity, price_cents, net_cents) order by line_number) as items
        from line group by order_id
    )
    select * from change join item using (order_id)
    left join (select order_id, cents as refund_cents, refunded_ms, day as refunded_day from refund) using (order_id)"""

_TOLD = """create or replace temp table told as
    select interaction.* exclude (day), interaction.day, bought.* exclude (order_id), contact.email,
        hash(visit) % 10 = 0 as is_denied, hash(visit, place) as luck, false as is_again
    from interaction left join bought using (order_id) left join contact using (user_id)
    order by visit, place"""

_AGAIN = """insert into told
    select * replace (true as is_again, 1 as luck, place + 500 as place, original_ms + 180000 as original_ms,
        sent_ms + 180000 as sent_ms, received_ms + 180000 as received_ms, happened_ms + 180000 as happened_ms)
    from told where order_id is not null and hash(order_id) % 50 = 0"""


def _listed(item: str) -> str:
    return f"'[' || array_to_string(list_transform(items, lambda item: {item}), ',') || ']'"


_PRODUCT = f"""concat('{{"product_id":"', item.product_id, '","price":', {_money("item.price_cents")}, ',"quantity":',
    item.quantity, '}}')"""

_SEGMENT_CONTEXT = """concat('"context":{"page":{"path":"', path, '"',
        ',"referrer":"https://' || referrer || '/"', '},"device":{"type":"', device, '"},"os":{"name":"web"}',
        ',"campaign":{"name":"' || campaign || '"}', ',"location":{"country":"', country, '"},"consent":',
        '{"categoryPreferences":{"Analytics":', not is_denied, '}}}')"""

_SEGMENT_ORDER = f"""concat(',"total":', {_money("net_cents + shipping_cents")}, ',"revenue":', {_money("net_cents")},
        ',"shipping":', {_money("shipping_cents")}, ',"tax":0,"discount":', {_money("discount_cents")},
        ',"currency":"EUR","products":', {_listed(_PRODUCT)})"""

_SEGMENT_LINE = f"""concat('{{"type":"', type, '","messageId":"', visit, '-', place, '","anonymousId":"',
        anonymous_id, '"', ',"userId":"' || user_id || '"', ',"event":"' || event || '"',
        ',"channel":"browser","properties":{{',
        concat_ws(',', '"product_id":"' || product_id || '"', '"price":' || {_money("price_cents")},
            '"quantity":' || quantity, '"cart_id":"c' || cart || '"', '"order_id":"' || order_id || '"'),
        case when order_id is not null then {_SEGMENT_ORDER} end, '}}',
        case when type = 'identify' then concat(',"traits":{{"email":"', email, '"}}') end, ',', {_SEGMENT_CONTEXT},
        ',"originalTimestamp":"', {_instant("original_ms")}, '","sentAt":"', {_instant("sent_ms")},
        '","receivedAt":"', {_instant("received_ms")}, '","timestamp":"', {_instant("happened_ms")}, '"}}')"""


def _of_server(event: str, order: str, at: str, cents: str) -> str:
    """A call the shop's own server makes about an order, for whom the order was."""
    return f"""concat('{{"type":"track","channel":"server","event":"{event}","messageId":"{order}-', order_id,
        '","anonymousId":"', anonymous_id, '"', ',"userId":"' || user_id || '"',
        ',"properties":{{"order_id":"', order_id, '","currency":"EUR"', ',"value":' || {cents}, '}}',
        ',"receivedAt":"', {_instant(at)}, '","timestamp":"', {_instant(at)}, '"}}')"""


_SEGMENT = (
    _ORDERS,
    _TOLD,
    _AGAIN,
    f"insert into event select day, {_SEGMENT_LINE} from told where day < $days",
    f"insert into event select day, {_SEGMENT_LINE} from told where luck % 200 = 0 and day < $days",
    f"""insert into event
        select day, replace({_SEGMENT_LINE}, '"path":"', '"path":"/old') from (
            select * replace (received_ms + 5 as received_ms, sent_ms + 5 as sent_ms)
            from told where luck % 2000 = 1 and day < $days and not is_again)""",
    f"""insert into event select cancelled_day, {_of_server("Order Cancelled", "cancel", "cancelled_ms", "null")}
        from told where event = 'Order Completed' and not is_again and cancelled_day < $days and day < $days""",
    f"""insert into event
        select refunded_day, {_of_server("Order Refunded", "refund", "refunded_ms", _money("refund_cents"))}
        from told where event = 'Order Completed' and not is_again and refunded_day < $days and day < $days""",
    "insert into seen select anonymous_id, happened_ms from told where not is_denied and day < $days",
    """insert into fact_order
        select order_id, net_cents, case when refunded_day < $days then least(refund_cents, net_cents) else 0 end
        from told where event = 'Order Completed' and not is_again and day < $days
        and coalesce(cancelled_day >= $days, true)""",
)

_GA4_NAME = """case event when 'Products Searched' then 'search' when 'Product Viewed' then 'view_item'
    when 'Product Added' then 'add_to_cart' when 'Checkout Started' then 'begin_checkout'
    when 'Order Completed' then 'purchase' else case type when 'identify' then 'login' else 'page_view' end end"""


def _param(key: str, form: str, value: str) -> str:
    """One pair of event_params; nothing where there is no value. Whole numbers are texts, as BigQuery writes int64."""
    quote = "" if form == "double_value" else '"'
    return f"""'{{"key":"{key}","value":{{"{form}":{quote}' || {value} || '{quote}}}}}'"""


_ITEM = f"""concat('{{"item_id":"', item.product_id, '","price":', {_money("item.price_cents")}, ',"quantity":"',
    item.quantity, '"}}')"""

_GA4_PAIRS = ", ".join(
    (
        _param("ga_session_id", "int_value", "session_id"),
        _param("page_location", "string_value", "'https://shop.example.com' || path || '?q=1'"),
        _param("page_referrer", "string_value", "'https://' || referrer || '/find?q=1'"),
        _param("engagement_time_msec", "int_value", "luck % 20000"),
        _param("value", "double_value", "(worth_cents::double / 100)"),
        _param("currency", "string_value", "case when worth_cents is not null then 'EUR' end"),
    )
)

_GA4_LINE = f"""concat('{{"event_date":"', strftime(clock.first_day + day::integer, '%Y%m%d'), '","event_timestamp":"',
        at_us, '","event_name":"', name, '","event_params":[', concat_ws(',', {_GA4_PAIRS}),
        '],"event_bundle_sequence_id":"', luck % 1000000000, '"',
        ',"user_id":"' || case when not is_denied then user_id end || '"',
        ',"user_pseudo_id":"' || case when not is_denied then anonymous_id end || '"',
        ',"privacy_info":{{"analytics_storage":"',
        case when is_denied then 'No' else 'Yes' end, '","ads_storage":"No","uses_transient_token":"No"}},"device":',
        '{{"category":"', device, '","operating_system":"Web","language":"de-de"}},"geo":{{"country":"', country, '"}}',
        ',"stream_id":"4711","platform":"WEB"',
        ',"collected_traffic_source":{{"manual_campaign_name":"' || campaign || '"}}',
        ecommerce, ',"items":[', item_list, '],"is_active_user":true,"batch_page_id":"', visit,
        '","batch_ordering_id":"', place, '","batch_event_index":"1"}}')"""

_GA4_TOLD = f"""create or replace temp table ga4 as
    select told.*, {_GA4_NAME} as name, happened_ms * 1000 + place as at_us, visit as session_id,
        {_day("happened_ms")} as event_day,
        case event when 'Order Completed' then net_cents
            when 'Product Added' then price_cents * quantity end as worth_cents,
        case when event = 'Order Completed' then concat(',"ecommerce":{{"transaction_id":"', order_id,
            '","purchase_revenue":', net_cents::double / 100,
            ',"shipping_value":', {_money("shipping_cents")}, '}}') end as ecommerce,
        case when event = 'Order Completed' then array_to_string(list_transform(items, lambda item: {_ITEM}), ',')
            when product_id is not null then concat('{{"item_id":"', product_id, '","price":', {_money("price_cents")},
                ',"quantity":"', coalesce(quantity, 1), '"}}') end as item_list
    from told cross join clock"""

_GA4_BACK = f"""create or replace temp table back as
    select ga4.* replace (
        'refund' as name, at_ms * 1000 as at_us, null as session_id, cents as worth_cents,
        null as referrer, null as item_list,
        concat(',"ecommerce":{{"transaction_id":"', order_id, '"}}') as ecommerce, place + 900 as place,
        {_day("at_ms")} as event_day)
    from (
        select *, coalesce(cancelled_ms, refunded_ms) as at_ms,
            case when cancelled_ms is not null then net_cents else refund_cents end as cents
        from ga4 where event = 'Order Completed' and not is_again and coalesce(cancelled_ms, refunded_ms) is not null
    ) as ga4 cross join clock"""

_GA4_ROWS = "(select * replace (event_day as day) from {0} where event_day < $days) as ga4 cross join clock"

_GA4 = (
    _ORDERS,
    _TOLD,
    _AGAIN,
    _GA4_TOLD,
    _GA4_BACK,
    f"insert into event select day, {_GA4_LINE} from {_GA4_ROWS.format('ga4')}",
    f"insert into event select day, {_GA4_LINE} from {_GA4_ROWS.format('ga4')} where luck % 400 = 0",
    f"""insert into event select day, {_GA4_LINE} from {_GA4_ROWS.format("back")}
        where order_id in (select order_id from ga4 where event_day < $days)""",
    "insert into seen select anonymous_id, happened_ms from ga4 where not is_denied and event_day < $days",
    """insert into fact_order
        select ga4.order_id, ga4.net_cents, least(coalesce(back.worth_cents, 0), ga4.net_cents)
        from ga4 left join (select order_id, worth_cents from back where event_day < $days) as back using (order_id)
        where event = 'Order Completed' and not is_again and event_day < $days""",
)

TABLES = (
    "create table event (day bigint, line varchar)",
    "create table seen (visitor varchar, at_ms bigint)",
    "create table fact_order (order_id bigint, net_cents bigint, refunded_cents bigint)",
)

TRUTH = """
    with told as (
        select at_ms - lag(at_ms) over (partition by visitor order by at_ms) as gap from seen
    )
    select (select count(*) from fact_order) as orders,
        (select coalesce(sum(net_cents), 0) * 0.01::decimal(3, 2) from fact_order) as revenue,
        (select coalesce(sum(refunded_cents), 0) * 0.01::decimal(3, 2) from fact_order) as refunds,
        count(*) filter (where gap is null or gap >= 1800000) as sessions
    from told
"""

EVENT_FORMATS = {"segment": _SEGMENT, "ga4": _GA4, "ga4_parquet": _GA4, "rees46": (_ORDERS, _TOLD, *rees46_sql.ROWS)}
"""By the name of a format the statements that add a block of days."""
