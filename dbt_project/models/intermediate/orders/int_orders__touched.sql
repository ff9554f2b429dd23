-- Orders with a row that came, was replaced or became known since the publication this night starts from, with a
-- product or a contact of which one did, or whose record is another customer's now. Empty where everything is built.
-- basket_id: its number where it is a basket.
with product as (
    select product_id from {{ ref('stg_transactions__product') }}
    where is_changed
),

contact as (
    select record_key from {{ ref('stg_crm__contact') }}
    where is_changed
),

moved as (
    select record_key from {{ source('resolve', 'moved_record') }}
    where source = 'transactions'
),

line as (
    select
        order_id,
        basket_id,
        product_id,
        is_changed or record_key in (select moved.record_key from moved) as is_changed
    from {{ ref('stg_transactions__basket_line') }}
    union all
    select order_id, null as basket_id, product_id, is_changed from {{ ref('stg_transactions__order_line') }}
),

touched as (
    select order_id, basket_id from line
    where is_changed
    union all
    select line.order_id, line.basket_id
    from line
    inner join product on line.product_id = product.product_id
    union all
    select order_id, null as basket_id from {{ ref('stg_transactions__purchase') }}
    where is_changed or record_key in (select moved.record_key from moved)
    union all
    select order_id, null as basket_id from {{ ref('stg_transactions__order') }}
    where
        is_changed
        or record_key in (select contact.record_key from contact)
        or record_key in (select moved.record_key from moved)
    union all
    select placed.order_id, null as basket_id
    from {{ ref('int_exports__orders_latest') }} as placed
    left join {{ source('resolve', 'moved_record') }} as moved
        on placed.source = moved.source and placed.record_key = moved.record_key
    where placed.is_changed or moved.record_key is not null
    union all
    -- An order that events told of may stand elsewhere now, or nowhere.
    select order_id, null as basket_id from {{ ref('int_exports__purchases') }}
    where is_changed
    union all
    select concat(source, ':', coalesce(order_id, event_id)) as order_id, null as basket_id
    from {{ ref('stg_export__event') }}
    where is_changed and {{ is_about_an_order('event_name') }}
)

select distinct order_id, basket_id
from touched
where {{ starts_from_publication() }}
