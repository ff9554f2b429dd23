-- Business days with an order, latest first. gap_days is the distance to the order day before; null for the first.
-- Grain: (as_of, customer_id, days_before).
with order_day as (
    select
        as_of,
        customer_id,
        days_before,
        cast(count(*) as integer) as orders,
        {{ money('sum(net_revenue)') }} as net_revenue
    from {{ ref('int_customers__orders_by_origin') }}
    group by as_of, customer_id, days_before
)

select
    *,
    cast(row_number() over latest_first as integer) as latest_rank,
    lead(days_before) over latest_first - days_before as gap_days
from order_day
window latest_first as (partition by as_of, customer_id order by days_before asc)
