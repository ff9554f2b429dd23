-- A line of an order of the shop, in every version that was delivered.
select
    cast(order_id as varchar) as order_id,
    line_number,
    product_id,
    quantity,
    net_revenue,
    discount,
    ordered_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed
from {{ source('landed', 'transactions__order_line') }}
where _known_at <= {{ known_by() }}
