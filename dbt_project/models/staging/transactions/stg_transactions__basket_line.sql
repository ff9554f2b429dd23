-- A line of a basket at the till, in every version that was delivered. Zero quantity and zero revenue are real.
select
    cast(household_id as varchar) as record_key,
    cast(basket_id as varchar) as order_id,
    basket_id,
    product_id,
    store_id,
    quantity,
    sales_value as net_revenue,
    {{ money('coalesce(retail_disc, 0) + coalesce(coupon_disc, 0) + coalesce(coupon_match_disc, 0)') }} as discount,
    {{ money('coalesce(retail_disc, 0)') }} as retail_discount,
    transaction_timestamp as ordered_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed
from {{ source('landed', 'transactions__basket_line') }}
where _known_at <= {{ known_by() }}
