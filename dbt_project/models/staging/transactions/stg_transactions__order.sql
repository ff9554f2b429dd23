-- An order of the shop, in every version that was delivered. A guest is a customer of their own, one for each order.
select
    cast(order_id as varchar) as order_id,
    coalesce(cast(contact_id as varchar), concat('guest-', order_id)) as record_key,
    contact_id is null as is_guest,
    status not in ('cancelled', 'test') as is_counted,
    payment_method,
    currency,
    updated_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed
from {{ source('landed', 'transactions__order') }}
where _known_at <= {{ known_by() }}
