-- Order days and net revenue that halve with age: what is recent weighs more, without the edge of a window.
-- A refund takes off from the day it was paid. Grain: (as_of, customer_id), customers with an order before as_of.
with happened as (
    select as_of, customer_id, days_before, 1 as order_days, {{ cents('net_revenue') }} as cents
    from {{ ref('int_customers__order_days_by_origin') }}
    union all
    select as_of, customer_id, days_before, 0 as order_days, {{ cents('net_revenue') }} as cents
    from {{ ref('int_customers__revenue_by_origin') }}
    where not is_order
)

select
    as_of,
    customer_id,
    {{ quotient(halved_sum('order_days', 'days_before', 14, 1000000), 1000000) }} as order_days_halved_every_14d,
    {{ quotient(halved_sum('order_days', 'days_before', 28, 1000000), 1000000) }} as order_days_halved_every_28d,
    {{ quotient(halved_sum('order_days', 'days_before', 56, 1000000), 1000000) }} as order_days_halved_every_56d,
    {{ quotient(halved_sum('cents', 'days_before', 14, 10000), 1000000) }} as net_revenue_halved_every_14d,
    {{ quotient(halved_sum('cents', 'days_before', 28, 10000), 1000000) }} as net_revenue_halved_every_28d,
    {{ quotient(halved_sum('cents', 'days_before', 56, 10000), 1000000) }} as net_revenue_halved_every_56d,
    {{ quotient(halved_sum('cents', 'days_before', 112, 10000), 1000000) }} as net_revenue_halved_every_112d
from happened
group by as_of, customer_id
