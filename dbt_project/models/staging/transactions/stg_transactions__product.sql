-- A product of the catalogue, in every version that was delivered.
select
    product_id,
    department,
    product_category,
    product_type,
    brand,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed
from {{ source('landed', 'transactions__product') }}
where _known_at <= {{ known_by() }}
