-- Who a visitor of an export is known to be from identified_at until identified_until (null: still): from the event that
-- names a user until one that names another. Grain: visitor_id, identified_at.
with named as (
    select
        visitor_id,
        event_at as identified_at,
        min(record_key) as record_key
    from {{ ref('stg_export__event') }}
    where visitor_id is not null and record_key is not null and not is_replaced
    group by visitor_id, event_at
),

changed as (
    select *
    from named
    qualify lag(record_key) over (partition by visitor_id order by identified_at asc) is distinct from record_key
)

select
    visitor_id,
    record_key,
    {{ user_number('record_key') }} as user_number,
    identified_at,
    lead(identified_at) over (partition by visitor_id order by identified_at asc) as identified_until
from changed
