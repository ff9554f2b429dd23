{{ config(materialized='view') }}
-- The figures that are looked at for outliers: orders, lines and customers of the last 365 days. Grain: (measure, key,
-- line_number).
with placed as (
    select fct_order.*
    from {{ ref('fct_order') }} as fct_order
    cross join {{ source('run', 'context') }} as context
    where fct_order.business_date > context.business_date - 365
)

select 'order_net_revenue' as measure, order_id as key, cast(null as integer) as line_number, net_revenue as value
from placed
where not is_zero_revenue

union all

select
    'line_quantity' as measure,
    line.order_id as key,
    line.line_number,
    cast(line.quantity as decimal(18, 2)) as value
from {{ ref('fct_order_line') }} as line
inner join placed on line.order_id = placed.order_id
where line.quantity > 0

union all

select
    'customer_net_revenue_365d' as measure,
    cast(customer_id as varchar) as key,
    null as line_number,
    net_revenue as value
from {{ ref('customer_rfm') }}

union all

select
    'customer_orders_365d' as measure,
    cast(customer_id as varchar) as key,
    null as line_number,
    cast(orders as decimal(18, 2)) as value
from {{ ref('customer_rfm') }}
