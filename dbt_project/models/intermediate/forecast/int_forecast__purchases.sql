-- What customers bought and were paid back, by the clock of the business, each version with the instants that know it:
-- known_from <= as_of < known_until. A night knows what came by its cut-off, so versions begin that much earlier. A
-- refund is known as long as its order is. Who objects to profiling is left out. Grain: (order or refund, known_from).
with cut_off as (
    select max(known_by - as_of) as delay
    from {{ source('run', 'origin') }}
),

objector as (
    select distinct customer_id
    from {{ ref('int_consent__objectors') }}
),

happened as (
    select
        customer_id, ordered_at as happened_at, net_revenue as amount, true as is_order, lines, departments,
        known_from, known_until
    from {{ ref('fct_order_version') }}
    union all
    select
        placed.customer_id, refund.refunded_at as happened_at, -refund.amount as amount, false as is_order,
        1 as lines, 0 as departments,
        greatest(placed.known_from, refund.known_from) as known_from,
        least(placed.known_until, refund.known_until) as known_until
    from {{ ref('fct_order_version') }} as placed
    inner join {{ ref('fct_refund_version') }} as refund
        on
            placed.order_id = refund.order_id
            and (placed.known_until is null or refund.known_from < placed.known_until)
            and (refund.known_until is null or placed.known_from < refund.known_until)
)

select
    happened.customer_id,
    {{ business_time('happened.happened_at') }} as ordered_at,
    {{ money('happened.amount') }} as amount,
    happened.is_order,
    cast(happened.lines as integer) as lines,
    cast(happened.departments as integer) as categories,
    {{ business_time('happened.known_from - cut_off.delay') }} as known_from,
    {{ business_time('happened.known_until - cut_off.delay') }} as known_until
from happened
cross join cut_off
left join objector on happened.customer_id = objector.customer_id
where objector.customer_id is null
