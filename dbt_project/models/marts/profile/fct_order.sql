{{ config(materialized='incremental', pre_hook="{{ forget_touched('order_id', 'int_orders__touched') }}") }}
select
    order_id,
    customer_id,
    source,
    ordered_at,
    business_date,
    known_at,
    net_revenue,
    currency,
    lines,
    units,
    discount,
    net_revenue = 0 as is_zero_revenue
from {{ ref('fct_order_version') }}
where known_until is null and {{ is_touched('order_id', 'int_orders__touched') }}
