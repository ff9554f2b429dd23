{{ config(materialized='view') }}
-- The lines of orders that events tell of, as an export of orders would have them; an order that lists none is one line.
-- source_line keeps lines of one event apart and in turn. Grain: content_sha256, source_line.
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
    entity,
    order_id,
    record_key as contact_key,
    ordered_at,
    cancelled_at,
    refunded_at,
    cast(null as varchar) as status,
    cast(null as varchar) as is_test,
    cast(null as varchar) as payment_method,
    currency,
    coalesce(item.sku, item.product_id, item.item_id, item.name, item.item_name) as product_ref,
    coalesce({{ number_or_null('item.quantity', 'bigint') }}, 1) as quantity,
    {{ money(
        'coalesce(' ~ number_or_null('item.item_revenue', 'decimal(18, 2)') ~ ', '
        ~ number_or_null('item.price', 'decimal(18, 4)') ~ ' * coalesce('
        ~ number_or_null('item.quantity', 'decimal(12, 3)') ~ ', 1))'
    ) }} as line_gross,
    {{ money('0') }} as line_discount,
    revenue as order_subtotal,
    order_discount,
    order_shipping,
    order_tax,
    order_total,
    refunded_amount,
    known_at,
    content_sha256,
    source_line * 100000 + line_number as source_line,
    is_changed
from line
