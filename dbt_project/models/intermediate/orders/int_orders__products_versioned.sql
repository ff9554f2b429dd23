{{ config(materialized='view') }}
-- Each product as the catalogue had it from known_from (null: ever) until known_until (null: still). Before its first
-- delivery nothing is known of it; a delivery that changes nothing begins no new version.
with delivered as (
    select *, {{ row_hash(['department', 'product_category', 'brand']) }} as content
    from {{ ref('stg_transactions__product') }}
    qualify row_number() over (
        partition by product_id, known_at order by is_replaced asc, content_sha256 asc, source_line asc
    ) = 1
),

changed as (
    select product_id, department, product_category, brand, known_at as known_from
    from delivered
    qualify lag(content) over (partition by product_id order by known_at asc) is distinct from content
),

in_turn as (
    select distinct
        product_id,
        cast(null as varchar) as department,
        cast(null as varchar) as product_category,
        cast(null as varchar) as brand,
        cast(null as timestamp) as known_from
    from changed
    union all
    select * from changed
)

select
    *,
    lead(known_from) over (partition by product_id order by known_from asc nulls first) as known_until
from in_turn
