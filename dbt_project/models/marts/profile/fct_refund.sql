select
    refund.refund_id,
    refund.order_id,
    refund.line_number,
    refund.customer_id,
    refund.refunded_at,
    refund.business_date,
    refund.known_from as known_at,
    refund.amount,
    refund.currency,
    refund.is_return,
    refund.reason,
    placed.order_id is not null as is_counted
from {{ ref('fct_refund_version') }} as refund
left join {{ ref('fct_order') }} as placed on refund.order_id = placed.order_id
where refund.known_until is null
