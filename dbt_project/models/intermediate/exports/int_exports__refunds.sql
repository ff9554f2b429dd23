{{ config(materialized='view') }}
-- What an export says was paid back for an order that counts, as one refund of the order: of its lines' worth and no
-- more, since shipping and tax were never counted. It is booked when the export says it was paid; one that does not say
-- so books it with the order. Grain: order_id.
select
    {{ surrogate_of(['placed.order_id']) }} as refund_id,
    placed.order_id,
    cast(null as bigint) as line_number,
    {{ money('least(placed.refunded_amount, version.net_revenue)') }} as amount,
    cast(null as varchar) as reason,
    false as is_return,
    coalesce(placed.refunded_at, placed.ordered_at) as refunded_at,
    {{ later('placed.known_at', 'placed.refunded_at') }} as known_at,
    cast(null as timestamp) as replaced_at
from {{ ref('int_exports__orders_latest') }} as placed
inner join {{ ref('fct_order_version') }} as version
    on placed.order_id = version.order_id and version.known_until is null
where placed.refunded_amount > 0 and version.net_revenue > 0
