{{ config(materialized='view') }}
-- The lines of orders that events tell of, as an export of orders would have them; an order that lists none is one
-- line. source_line keeps lines of one event apart and in turn. Grain: content_sha256, source_line.
with line as (
    select
        *,
        {{ json_rows('items', [
            'sku', 'product_id', 'item_id', 'name', 'item_name', 'price', 'quantity', 'item_revenue'
        ]) }} as item,
        {{ json_row_numbers('items') }} as line_number
    from {{ ref('int_exports__purchases') }}
    where not is_elsewhere
)

select
    'web' as source,
    line.entity,
    line.order_id,
    line.record_key as contact_key,
    line.ordered_at,
    line.cancelled_at,
    line.refunded_at,
    cast(null as varchar) as status,
    cast(null as varchar) as is_test,
    cast(null as varchar) as payment_method,
    line.currency,
    coalesce(line.item.sku, line.item.product_id, line.item.item_id, line.item.name, line.item.item_name)
        as product_ref,
    coalesce({{ number_or_null('line.item.quantity', 'bigint') }}, 1) as quantity,
    {{ money(
        'coalesce(' ~ number_or_null('line.item.item_revenue', 'decimal(18, 2)') ~ ', '
        ~ number_or_null('line.item.price', 'decimal(18, 4)') ~ ' * coalesce('
        ~ number_or_null('line.item.quantity', 'decimal(12, 3)') ~ ', 1))'
    ) }} as line_gross,
    {{ money('0') }} as line_discount,
    line.revenue as order_subtotal,
    line.order_discount,
    line.order_shipping,
    line.order_tax,
    line.order_total,
    line.refunded_amount,
    line.known_at,
    line.content_sha256,
    line.source_line * 100000 + line.line_number as source_line,
    line.is_changed
from line
