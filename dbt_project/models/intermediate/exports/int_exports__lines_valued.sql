{{ config(materialized='view') }}
-- The lines of orders of exports that count: what each asks for in cents, less its own discount, and by how much all of
-- an order's together are more than the order came to without shipping and tax added to it. An order that does not say
-- what it came to is worth its lines less its discount or, without priced lines, its total. Of the orders touched.
with line as (
    select
        said.source,
        said.entity,
        placed.record_key,
        said.order_id,
        said.product_ref,
        said.quantity,
        said.line_gross,
        coalesce({{ cents('said.line_gross - said.line_discount') }}, 0) as asked_cents,
        placed.order_subtotal,
        placed.order_total - coalesce(placed.order_shipping, 0) - coalesce(placed.order_tax, 0) as total,
        coalesce(placed.order_discount, 0) as order_discount,
        placed.currency,
        placed.ordered_at,
        placed.known_at,
        said.content_sha256,
        said.source_line
    from {{ ref('int_exports__order_rows_unioned') }} as said
    inner join {{ ref('int_exports__orders_latest') }} as placed
        on said.order_id = placed.order_id and said.content_sha256 = placed.content_sha256
    where placed.why_not is null and {{ is_touched('placed.order_id', 'int_orders__touched') }}
),

summed as (
    select
        *,
        sum(asked_cents) over (partition by order_id) as lines_cents,
        sum(abs(asked_cents)) over (partition by order_id) as weights,
        count(*) over (partition by order_id) as lines,
        count(line_gross) over (partition by order_id) as priced_lines
    from line
)

select
    *,
    case when weights = 0 then 1 else abs(asked_cents) end as weight,
    case when weights = 0 then lines else weights end as total_weight,
    lines_cents - case
        when order_subtotal is not null then {{ cents('order_subtotal') }}
        when priced_lines > 0 then lines_cents - {{ cents('order_discount') }}
        else coalesce({{ cents('total') }}, 0)
    end as off_cents
from summed
