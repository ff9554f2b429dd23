{{ config(materialized='view') }}
-- Each line (order_id, product_id) as it was known from known_at until replaced_at, when another version was delivered;
-- null: still. Of versions delivered at one instant the last stays. A line without a product cannot be told from
-- another and is never replaced.
select
    *,
    case
        when product_id is not null then lead(known_at) over (
            partition by order_id, product_id
            order by known_at asc, content_sha256 asc, source_line asc
        )
    end as replaced_at
from {{ ref('stg_transactions__basket_line') }}
qualify replaced_at is null or replaced_at > known_at
