-- What customers save and send back, and how many orders they placed in the period before the last.
-- Grain: (as_of, customer_id), customers with an order before as_of.
with origin as (
    select as_of, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
),

returned as (
    select distinct origin.as_of, refund.order_id
    from {{ ref('fct_refund') }} as refund
    inner join origin on refund.refunded_at < origin.as_of
    where refund.is_return
),

placed as (
    select
        origin.as_of,
        ordered.customer_id,
        ordered.net_revenue,
        ordered.discount,
        returned.order_id is not null as is_returned,
        origin.business_date - ordered.business_date as days_before
    from {{ ref('fct_order') }} as ordered
    inner join origin on ordered.ordered_at < origin.as_of
    left join returned on origin.as_of = returned.as_of and ordered.order_id = returned.order_id
)

select
    as_of,
    customer_id,
    count(*) filter (where days_before between 29 and 56) as orders_28d_lag_28d,
    {{ quotient(
        'count(*) filter (where is_returned and days_before <= 365)', 'count(*) filter (where days_before <= 365)'
    ) }} as returned_order_share_365d,
    {{ quotient(
        cents('sum(discount) filter (where days_before <= 365)'),
        cents('sum(discount + net_revenue) filter (where days_before <= 365)'),
    ) }} as discount_share_365d
from placed
group by as_of, customer_id
