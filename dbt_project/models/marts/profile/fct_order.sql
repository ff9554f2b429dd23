{{ config(materialized='incremental', pre_hook="{{ forget_touched('order_id', 'int_orders__touched') }}") }}
with placed as (
    select order_id, payment_method, is_guest from {{ ref('int_orders__orders_versioned') }}
    where replaced_at is null
    union all
    select order_id, payment_method, null as is_guest from {{ ref('int_exports__orders_latest') }}
)

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
left join placed on version.order_id = placed.order_id
where version.known_until is null and {{ is_touched('version.order_id', 'int_orders__touched') }}
