-- Each order of the shop as it was known from known_at until replaced_at (null: still). The newest updated_at holds: an
-- older state delivered later changes nothing, and neither does the same state delivered again. Of states known at one
-- instant the newest stays, and that of a corrected file before any other.
with newest as (
    select *, {{ row_hash(['record_key', 'is_counted', 'payment_method', 'currency']) }} as state
    from {{ ref('stg_transactions__order') }}
    where {{ is_touched('order_id', 'int_orders__touched') }}
    qualify
        updated_at = max(updated_at) over (partition by order_id order by known_at asc)
        and row_number() over (
            partition by order_id, known_at
            order by updated_at desc, is_replaced asc, content_sha256 desc, source_line desc
        ) = 1
),

changed as (
    select *
    from newest
    qualify lag(state) over (partition by order_id order by known_at asc) is distinct from state
)

select
    order_id,
    record_key,
    is_guest,
    is_counted,
    payment_method,
    currency,
    known_at,
    lead(known_at) over (partition by order_id order by known_at asc) as replaced_at
from changed
