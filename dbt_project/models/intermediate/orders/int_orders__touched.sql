-- Orders with a line that came, was replaced or became known since the publication this night starts from, or with a
-- product whose catalogue did. Empty where everything is built. basket_id: the order's number where it is a basket.
with product as (
    select product_id from {{ ref('stg_transactions__product') }}
    where is_changed
),

line as (
    select order_id, basket_id from {{ ref('stg_transactions__basket_line') }}
    where is_changed
    union all
    select line.order_id, line.basket_id
    from {{ ref('stg_transactions__basket_line') }} as line
    inner join product on line.product_id = product.product_id
    union all
    select order_id, null as basket_id from {{ ref('stg_transactions__purchase') }}
    where is_changed
)

select distinct order_id, basket_id
from line
where {{ starts_from_publication() }}
