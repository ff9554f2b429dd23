-- A purchase of the CDNOW sample. It has no order number: an order is a customer's day.
select
    cast(customer_id as varchar) as record_key,
    concat('cdnow-', customer_id, '-', purchased_on) as order_id,
    cds as quantity,
    amount as net_revenue,
    cast(purchased_on as timestamp) as ordered_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_changed as is_changed
from {{ source('landed', 'transactions__purchase') }}
where _known_at <= {{ known_by() }}
