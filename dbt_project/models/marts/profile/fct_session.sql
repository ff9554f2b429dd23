{{ config(
    materialized='incremental',
    pre_hook="{{ forget_sessions_of_touched_visitors() }}",
    post_hook="{{ follow_customers('session_id') }}"
) }}
-- The first event tells device and origin of a session; few combinations of them ever occur, so they are looked up.
with context as (
    select
        {{ row_hash(['device_type', 'referrer_host', 'campaign']) }} as context,
        min(device_type) as device_type,
        min(referrer_host) as referrer_host,
        min(campaign) as campaign
    from {{ ref('stg_web__interaction') }}
    group by context
),

dated as (
    select
        *,
        cast(user_id as varchar) as record_key,
        {{ business_day('started_at') }} as business_date
    from {{ ref('int_web__sessions_summed') }}
)

select
    {{ surrogate_of(['session.visitor_id', 'session.started_at']) }} as session_id,
    session.visitor_id,
    session.record_key,
    record.customer_id,
    session.started_at,
    session.ended_at,
    session.business_date,
    session.events,
    session.page_views,
    session.product_views,
    session.cart_additions,
    session.checkouts,
    session.orders,
    context.device_type,
    context.referrer_host,
    context.campaign,
    sum(session.events) over (partition by session.visitor_id, session.business_date)
    > {{ most_events_of_a_person_in_a_day() }} as is_bot
from dated as session
inner join context on session.context = context.context
left join {{ source('resolve', 'customer_record') }} as record
    on record.source = 'web' and session.record_key = record.record_key
