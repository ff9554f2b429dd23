{{ config(materialized='view') }}
-- The lines of orders of the shop while their order counts: known from known_at, when line and order had both been
-- delivered, until replaced_at, when either changed; null: still. A cancelled order has no line from then on.
select
    placed.record_key,
    line.order_id,
    line.line_number,
    line.product_id,
    line.quantity,
    line.net_revenue,
    line.discount,
    placed.currency,
    line.ordered_at,
    {{ later('line.known_at', 'placed.known_at') }} as known_at,
    {{ earlier('line.replaced_at', 'placed.replaced_at') }} as replaced_at,
    line.content_sha256,
    line.source_line
from {{ ref('int_orders__order_lines_versioned') }} as line
inner join {{ ref('int_orders__orders_versioned') }} as placed
    on
        line.order_id = placed.order_id
        and (placed.replaced_at is null or line.known_at < placed.replaced_at)
        and (line.replaced_at is null or line.replaced_at > placed.known_at)
where placed.is_counted
