-- An order as events tell of it, whatever its number: the purchase known first counts, however often it was sent, and
-- the latest update replaces what it says. It is the customer's who was logged in, or was known to be behind the
-- visitor then; else the visitor's; a purchase of nobody is a guest's. Where an event tells one line of an order, it
-- lists all that is told so. is_elsewhere: a shop's own system has the order, so it counts there. Grain: order_id.
with told as (
    select
        *,
        concat(source, ':', coalesce(order_id, event_id)) as order_key,
        bool_or(is_changed) over (partition by source, coalesce(order_id, event_id)) as is_order_changed
    from {{ ref('stg_export__event') }}
    where {{ is_about_an_order('event_name') }} and not is_envelope
),

placed as (
    select *
    from told
    where event_name = 'Order Completed' and not is_replaced
    qualify row_number() over (
        partition by order_key order by known_at asc, event_at asc, content_sha256 asc, source_line asc
    ) = 1
),

latest as (
    select *
    from told
    where event_name in ('Order Completed', 'Order Updated') and not is_replaced
    qualify row_number() over (
        partition by order_key
        order by
            event_name desc,
            case when event_name = 'Order Updated' then event_at end desc,
            known_at asc, event_at asc, content_sha256 asc, source_line asc
    ) = 1
),

-- Lines of an order in the turn they were bought; one sent twice counts once.
listed as (
    select
        order_key,
        {{ json_list_of(
            {'product_id': 'product_ref', 'price': 'cast(price as varchar)', 'quantity': 'quantity'},
            ['event_at', 'event_id']
        ) }} as items
    from (
        select *
        from told
        where is_line and event_name = 'Order Completed' and not is_replaced
        qualify row_number() over (
            partition by order_key, event_id order by known_at asc, content_sha256 asc, source_line asc
        ) = 1
    ) as line
    group by order_key
),

-- One refund sent twice counts once.
refunded as (
    select order_key, event_id, max(event_at) as refunded_at, max(coalesce(value, order_revenue, order_total)) as amount
    from told
    where event_name = 'Order Refunded' and not is_replaced
    group by order_key, event_id
),

paid_back as (
    select
        order_key,
        max(refunded_at) as refunded_at,
        -- without an amount the whole order was paid back: more than any is worth
        case when bool_or(amount is null) then 9999999999999 else sum(amount) end as refunded_amount
    from refunded
    group by order_key
),

cancelled as (
    select order_key, min(event_at) as cancelled_at
    from told
    where event_name = 'Order Cancelled' and not is_replaced
    group by order_key
),

elsewhere as (
    select order_id as order_ref, bool_or(is_changed) as is_changed
    from {{ ref('stg_transactions__order') }}
    group by order_id
    union all
    select {{ number_of_source("order_id") }} as order_ref, bool_or(is_changed) as is_changed
    from {{ ref('stg_export__order_row') }}
    group by order_ref
),

identified_anew as (
    select distinct visitor_id
    from {{ ref('stg_export__event') }}
    where record_key is not null and is_changed
)

select
    placed.order_key as order_id,
    latest.entity,
    coalesce(placed.record_key, known.record_key, placed.visitor_key) as record_key,
    placed.event_at as ordered_at,
    cancelled.cancelled_at,
    paid_back.refunded_at,
    {{ money('paid_back.refunded_amount') }} as refunded_amount,
    latest.currency,
    coalesce(listed.items, latest.items) as items,
    coalesce(latest.order_revenue, latest.value) as revenue,
    latest.order_discount,
    latest.order_shipping,
    latest.order_tax,
    latest.order_total,
    latest.content_sha256,
    latest.source_line,
    placed.known_at,
    placed.is_order_changed
    or coalesce(elsewhere.is_changed, false)
    or coalesce(placed.visitor_id in (select identified_anew.visitor_id from identified_anew), false) as is_changed,
    elsewhere.order_ref is not null as is_elsewhere
from placed
inner join latest on placed.order_key = latest.order_key
left join listed on placed.order_key = listed.order_key
left join paid_back on placed.order_key = paid_back.order_key
left join cancelled on placed.order_key = cancelled.order_key
left join elsewhere on {{ plain_number('placed.order_id') }} = {{ plain_number('elsewhere.order_ref') }}
left join {{ ref('int_exports__visitors_identified') }} as known
    on
        placed.visitor_id = known.visitor_id
        and placed.event_at >= known.identified_at
        and (known.identified_until is null or placed.event_at < known.identified_until)
