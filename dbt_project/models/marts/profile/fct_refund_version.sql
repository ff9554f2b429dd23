-- Refunds of orders that count or have counted; the customer and the currency are those of the order.
with placed as (
    select order_id, customer_id, currency
    from {{ ref('fct_order_version') }}
    qualify row_number() over (partition by order_id order by known_from desc) = 1
),

paid as (
    select refund_id, order_id, line_number, amount, reason, is_return, refunded_at, known_at, replaced_at
    from {{ ref('int_orders__refunds_versioned') }}
    union all
    select refund_id, order_id, line_number, amount, reason, is_return, refunded_at, known_at, replaced_at
    from {{ ref('int_exports__refunds') }}
)

select
    refund.refund_id,
    refund.known_at as known_from,
    refund.replaced_at as known_until,
    refund.order_id,
    cast(refund.line_number as integer) as line_number,
    placed.customer_id,
    refund.refunded_at,
    {{ business_day('refund.refunded_at') }} as business_date,
    refund.amount,
    placed.currency,
    refund.is_return,
    refund.reason
from paid as refund
inner join placed on refund.order_id = placed.order_id
