-- What is in the basket, over 84 days. Null without an order in the window; the fuel and store counts are zero then.
-- Grain: (as_of, customer_id), customers with an order before as_of.
with summed as (
    select
        as_of,
        customer_id,
        count(*) filter (where days_before <= 84) as orders,
        sum(net_revenue) filter (where days_before <= 84) as net_revenue,
        sum(lines) filter (where days_before <= 84) as lines,
        sum(departments) filter (where days_before <= 84) as departments,
        sum(retail_discount) filter (where days_before <= 84) as retail_discount,
        sum(private_label_revenue) filter (where days_before <= 84) as private_label_revenue,
        coalesce(sum(fuel_revenue) filter (where days_before <= 84), 0) as fuel_revenue,
        count(distinct store_id) filter (where days_before <= 84) as stores
    from {{ ref('int_customers__orders_by_origin') }}
    group by as_of, customer_id
)

select
    as_of,
    customer_id,
    {{ quotient('lines', 'orders') }} as lines_per_order_84d,
    {{ quotient('departments', 'orders') }} as departments_per_order_84d,
    departments as department_visits_84d,
    {{ quotient(cents('retail_discount'), cents('net_revenue')) }} as retail_discount_over_net_revenue_84d,
    {{ quotient(cents('private_label_revenue'), cents('net_revenue')) }} as private_label_share_84d,
    {{ quotient(cents('fuel_revenue'), cents('net_revenue')) }} as fuel_share_84d,
    fuel_revenue as fuel_revenue_84d,
    stores as stores_84d
from summed
