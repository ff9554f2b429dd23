{{ config(materialized='incremental', pre_hook="{{ forget_touched('order_id', 'int_orders__touched') }}") }}
select
    version.order_id,
    version.customer_id,
    version.source,
    version.ordered_at,
    version.business_date,
    version.known_at,
    version.net_revenue,
    version.currency,
    version.lines,
    version.units,
    version.discount,
    version.net_revenue = 0 as is_zero_revenue,
    placed.payment_method,
    placed.is_guest
from {{ ref('fct_order_version') }} as version
left join {{ ref('int_orders__orders_versioned') }} as placed
    on version.order_id = placed.order_id and placed.replaced_at is null
where version.known_until is null and {{ is_touched('version.order_id', 'int_orders__touched') }}
