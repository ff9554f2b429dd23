-- A row of an export of orders, as every system's was landed. Keys carry their source, since numbers of two systems
-- have nothing to do with each other; a row is one piece unless it says more. Where a system has no order number, an
-- order is a customer's day.
select
    _source as source,
    _entity as entity,
    concat(_source, ':', order_ref, case when order_per = 'day' then '-' || {{ business_day('ordered_at') }} end)
        as order_id,
    _source || ':' || contact_ref as contact_key,
    ordered_at,
    cancelled_at,
    refunded_at,
    status,
    is_test,
    payment_method,
    upper(currency) as currency,
    coalesce(line_sku, line_name) as product_ref,
    coalesce(line_quantity, 1) as quantity,
    {{ money('coalesce(line_total, line_price * coalesce(line_quantity, 1))') }} as line_gross,
    coalesce(line_discount, 0) as line_discount,
    order_subtotal,
    order_discount,
    order_shipping,
    order_tax,
    order_total,
    refunded_amount,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_changed as is_changed
from {{ source('landed', 'export__order_row') }}
