-- The order lines of every source in one shape, each version with the catalogue of its time: as it was known from
-- known_from until known_until; null: still, so these are today's lines. Of the orders touched, where a night starts
-- from a publication.
with line as (
    select
        'basket_line' as entity, record_key, order_id, cast(null as bigint) as line_number, product_id, store_id,
        quantity, net_revenue, discount, retail_discount, null as currency, ordered_at, known_at,
        replaced_at, content_sha256, source_line
    from {{ ref('int_orders__basket_lines_versioned') }}
    union all
    select
        'order_line' as entity, record_key, order_id, line_number, product_id, null as store_id,
        quantity, net_revenue, discount, {{ money('0') }} as retail_discount, currency, ordered_at, known_at,
        replaced_at, content_sha256, source_line
    from {{ ref('int_orders__order_lines_counted') }}
)

select
    'transactions' as source,
    line.entity,
    line.record_key,
    line.order_id,
    line.line_number,
    line.product_id,
    product.department,
    product.product_category,
    product.brand,
    line.store_id,
    line.quantity,
    line.net_revenue,
    line.discount,
    line.retail_discount,
    coalesce(line.currency, context.reporting_currency) as currency,
    line.ordered_at,
    line.known_at,
    {{ later('line.known_at', 'product.known_from') }} as known_from,
    {{ earlier('line.replaced_at', 'product.known_until') }} as known_until,
    line.content_sha256,
    line.source_line
from line
cross join {{ source('run', 'context') }} as context
left join {{ ref('int_orders__products_versioned') }} as product
    on
        line.product_id = product.product_id
        and (product.known_until is null or product.known_until > line.known_at)
        and (product.known_from is null or line.replaced_at is null or product.known_from < line.replaced_at)

union all

-- A purchase has neither product nor discount.
select
    'transactions' as source,
    'purchase' as entity,
    purchase.record_key,
    purchase.order_id,
    null as line_number,
    null as product_id,
    null as department,
    null as product_category,
    null as brand,
    null as store_id,
    purchase.quantity,
    purchase.net_revenue,
    {{ money('0') }} as discount,
    {{ money('0') }} as retail_discount,
    context.reporting_currency as currency,
    purchase.ordered_at,
    purchase.known_at,
    purchase.known_at as known_from,
    null as known_until,
    purchase.content_sha256,
    purchase.source_line
from {{ ref('stg_transactions__purchase') }} as purchase
cross join {{ source('run', 'context') }} as context
where {{ is_touched('order_id', 'int_orders__touched') }}

union all

-- An export has no catalogue, and its latest file is all that is known of an order.
select
    source,
    entity,
    record_key,
    order_id,
    null as line_number,
    product_id,
    null as department,
    null as product_category,
    null as brand,
    null as store_id,
    quantity,
    net_revenue,
    discount,
    {{ money('0') }} as retail_discount,
    currency,
    ordered_at,
    known_at,
    known_at as known_from,
    null as known_until,
    content_sha256,
    source_line
from {{ ref('int_exports__lines_priced') }}
