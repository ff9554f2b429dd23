select
    business_date,
    coalesce(device_type, 'unknown') as device_type,
    cast(count(*) as integer) as sessions,
    cast(count(*) filter (where product_views > 0) as integer) as sessions_with_product_view,
    cast(count(*) filter (where cart_additions > 0) as integer) as sessions_with_cart_addition,
    cast(count(*) filter (where checkouts > 0) as integer) as sessions_with_checkout,
    cast(count(*) filter (where orders > 0) as integer) as sessions_with_order
from {{ ref('fct_session') }}
where not is_bot
group by business_date, coalesce(device_type, 'unknown')
