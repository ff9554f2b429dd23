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
    from {{ ref('int_web__interactions_unioned') }}
    group by context
),

-- Users of exports by the number that stands for them.
export_user as (
    select user_number, min(record_key) as record_key
    from {{ ref('int_exports__visitors_identified') }}
    group by user_number
),

dated as (
    select
        session.*,
        coalesce(export_user.record_key, cast(session.user_id as varchar), known.record_key) as record_key,
        {{ business_day('session.started_at') }} as business_date
    from {{ ref('int_web__sessions_summed') }} as session
    left join export_user on session.user_id = export_user.user_number
    left join {{ ref('int_exports__visitors_identified') }} as known
        on
            session.visitor_id = known.visitor_id
            and session.started_at >= known.identified_at
            and (known.identified_until is null or session.started_at < known.identified_until)
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
