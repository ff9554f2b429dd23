-- How much: net revenue over several windows, refunds taken off when they were paid, and what an order is worth as it
-- was placed.
-- Grain: (as_of, customer_id), customers with an order before as_of.
select
    as_of,
    customer_id,
    {{ whole_days_between('max(ordered_at)', 'as_of') }} as days_since_last_order,
    sum(net_revenue) as net_revenue,
    coalesce(sum(net_revenue) filter (where days_before <= 28), 0) as net_revenue_28d,
    coalesce(sum(net_revenue) filter (where days_before between 29 and 56), 0) as net_revenue_28d_lag_28d,
    coalesce(sum(net_revenue) filter (where days_before between 57 and 84), 0) as net_revenue_28d_lag_56d,
    coalesce(sum(net_revenue) filter (where days_before <= 84), 0) as net_revenue_84d,
    coalesce(sum(net_revenue) filter (where days_before <= 168), 0) as net_revenue_168d,
    {{ quotient(cents('sum(net_revenue)'), '100 * max(days_before) filter (where is_order)') }} as net_revenue_per_day,
    {{ quotient(
        cents('sum(net_revenue) filter (where is_order)'), '100 * count(*) filter (where is_order)'
    ) }} as average_order_value,
    {{ quotient(
        cents('sum(net_revenue) filter (where is_order and days_before <= 84)'),
        '100 * count(*) filter (where is_order and days_before <= 84)'
    ) }} as average_order_value_84d,
    max(net_revenue) filter (where is_order and days_before <= 84) as max_order_value_84d,
    {{ quantile('net_revenue', 0.5) }} filter (where is_order and days_before <= 168) as median_order_value_168d,
    {{ last_value_by('net_revenue', ['ordered_at', 'order_id']) }} filter (where is_order) as last_order_value
from {{ ref('int_customers__revenue_by_origin') }}
group by as_of, customer_id
