{{ config(materialized='view') }}
-- What net revenue an origin knows is made of: its orders, and the refunds it knows of them, which take off when they
-- were paid. A refund has neither order_id nor ordered_at. Grain: as_of and order or refund.
with origin as (
    select as_of, known_by, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
)

select
    as_of,
    customer_id,
    true as is_order,
    order_id,
    ordered_at,
    days_before,
    net_revenue
from {{ ref('int_customers__orders_by_origin') }}

union all

select
    placed.as_of,
    placed.customer_id,
    false as is_order,
    null as order_id,
    null as ordered_at,
    cast(origin.business_date - refund.business_date as integer) as days_before,
    -refund.amount as net_revenue
from {{ ref('int_customers__orders_by_origin') }} as placed
inner join origin on placed.as_of = origin.as_of
inner join {{ ref('fct_refund_version') }} as refund
    on
        placed.order_id = refund.order_id
        and origin.as_of > refund.refunded_at
        and origin.known_by >= refund.known_from
        and (refund.known_until is null or origin.known_by < refund.known_until)
