-- Order days and net revenue that halve with age: what is recent weighs more, without the edge of a window.
-- Grain: (as_of, customer_id), customers with an order before as_of.
with order_day as (
    select as_of, customer_id, days_before, {{ cents('net_revenue') }} as cents
    from {{ ref('int_customers__order_days_by_origin') }}
)

select
    as_of,
    customer_id,
    {{ quotient(halved_sum(1, 'days_before', 14, 1000000), 1000000) }} as order_days_halved_every_14d,
    {{ quotient(halved_sum(1, 'days_before', 28, 1000000), 1000000) }} as order_days_halved_every_28d,
    {{ quotient(halved_sum(1, 'days_before', 56, 1000000), 1000000) }} as order_days_halved_every_56d,
    {{ quotient(halved_sum('cents', 'days_before', 14, 10000), 1000000) }} as net_revenue_halved_every_14d,
    {{ quotient(halved_sum('cents', 'days_before', 28, 10000), 1000000) }} as net_revenue_halved_every_28d,
    {{ quotient(halved_sum('cents', 'days_before', 56, 10000), 1000000) }} as net_revenue_halved_every_56d,
    {{ quotient(halved_sum('cents', 'days_before', 112, 10000), 1000000) }} as net_revenue_halved_every_112d
from order_day
group by as_of, customer_id
