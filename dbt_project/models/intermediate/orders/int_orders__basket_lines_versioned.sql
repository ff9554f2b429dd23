{{ config(materialized='view') }}
-- Each line (order_id, product_id) as it was known from known_at until replaced_at, when another version was delivered;
-- null: still. Of versions known at one instant the last stays, and that of a corrected file before any other. A line
-- without a product cannot be told from another and is never replaced. Few lines are ever delivered twice: only those
-- are put in order.
with delivered as (
    select *
    from {{ ref('stg_transactions__basket_line') }}
    where {{ is_touched('basket_id', 'int_orders__touched') }}
),

repeated as (
    select order_id, product_id
    from delivered
    where product_id is not null
    group by order_id, product_id
    having count(*) > 1
),

versioned as (
    select
        line.*,
        lead(line.known_at) over (
            partition by line.order_id, line.product_id
            order by line.known_at asc, line.is_replaced desc, line.content_sha256 asc, line.source_line asc
        ) as replaced_at
    from delivered as line
    inner join repeated on line.order_id = repeated.order_id and line.product_id = repeated.product_id
    qualify replaced_at is null or replaced_at > line.known_at
)

select line.*, cast(null as timestamp) as replaced_at
from delivered as line
left join repeated on line.order_id = repeated.order_id and line.product_id = repeated.product_id
where repeated.order_id is null

union all

select * from versioned
