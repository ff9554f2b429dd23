{{ config(materialized='view') }}
-- A session goes on while less than 30 minutes lie between events. Grain: (visitor_id, started_at).
with begun as (
    select
        *,
        case when lag(ended_at) over in_turn > {{ session_end_before('started_at') }} then 0 else 1 end as is_first
    from {{ ref('int_web__half_hours_counted') }}
    window in_turn as (partition by visitor_id order by started_at asc)
),

numbered as (
    select
        *,
        sum(is_first) over (
            partition by visitor_id order by started_at asc rows between unbounded preceding and current row
        ) as session_number
    from begun
)

select
    visitor_id,
    min(started_at) as started_at,
    max(ended_at) as ended_at,
    {{ last_value_by('user_id', ['started_at']) }} filter (where user_id is not null) as user_id,
    max(case when is_first = 1 then context end) as context,
    cast(sum(events) as integer) as events,
    cast(sum(page_views) as integer) as page_views,
    cast(sum(product_views) as integer) as product_views,
    cast(sum(cart_additions) as integer) as cart_additions,
    cast(sum(checkouts) as integer) as checkouts,
    cast(sum(orders) as integer) as orders
from numbered
group by visitor_id, session_number
