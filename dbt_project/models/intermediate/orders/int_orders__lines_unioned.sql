-- The order lines of every source in one shape, each version with the catalogue of its time: as it was known from
-- known_from until known_until; null: still, so these are today's lines. Of the orders touched, where a night starts
-- from a publication.
select
    'transactions' as source,
    'basket_line' as entity,
    line.record_key,
    line.order_id,
    line.product_id,
    product.department,
    product.product_category,
    product.brand,
    line.store_id,
    line.quantity,
    line.net_revenue,
    line.discount,
    line.retail_discount,
    line.ordered_at,
    line.known_at,
    {{ later('line.known_at', 'product.known_from') }} as known_from,
    {{ earlier('line.replaced_at', 'product.known_until') }} as known_until,
    line.content_sha256,
    line.source_line
from {{ ref('int_orders__basket_lines_versioned') }} as line
left join {{ ref('int_orders__products_versioned') }} as product
    on
        line.product_id = product.product_id
        and (product.known_until is null or product.known_until > line.known_at)
        and (product.known_from is null or line.replaced_at is null or product.known_from < line.replaced_at)

union all

select
    'transactions' as source,
    'purchase' as entity,
    record_key,
    order_id,
    null as product_id,
    null as department,
    null as product_category,
    null as brand,
    null as store_id,
    quantity,
    net_revenue,
    {{ money('0') }} as discount,
    {{ money('0') }} as retail_discount,
    ordered_at,
    known_at,
    known_at as known_from,
    null as known_until,
    content_sha256,
    source_line
from {{ ref('stg_transactions__purchase') }}
where {{ is_touched('order_id', 'int_orders__touched') }}
