-- How often: order days, weeks with an order, orders. Weeks are counted back from as_of, seven business days each.
-- Grain: (as_of, customer_id), customers with an order before as_of.
select
    as_of,
    customer_id,
    sum(orders) as orders,
    coalesce(sum(orders) filter (where days_before <= 28), 0) as orders_28d,
    coalesce(sum(orders) filter (where days_before <= 84), 0) as orders_84d,
    count(*) filter (where days_before <= 14) as order_days_14d,
    count(*) filter (where days_before <= 28) as order_days_28d,
    count(*) filter (where days_before <= 56) as order_days_56d,
    count(*) filter (where days_before <= 84) as order_days_84d,
    count(*) filter (where days_before <= 168) as order_days_168d,
    count(distinct week) filter (where days_before <= 56) as order_weeks_56d,
    count(distinct week) filter (where days_before <= 84) as order_weeks_84d,
    count(distinct week) filter (where days_before <= 168) as order_weeks_168d,
    {{ quotient('count(*)', 'max(days_before)') }} as order_day_share
from (
    select *, {{ whole_quotient('days_before - 1', 7) }} as week
    from {{ ref('int_customers__order_days_by_origin') }}
) as order_day
group by as_of, customer_id
