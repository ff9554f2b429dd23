-- A refund of the shop, in every version that was delivered.
select
    refund_id,
    cast(order_id as varchar) as order_id,
    line_number,
    amount,
    reason,
    coalesce(is_return = 'yes', false) as is_return,
    refunded_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced
from {{ source('landed', 'transactions__refund') }}
where _known_at <= {{ known_by() }}
