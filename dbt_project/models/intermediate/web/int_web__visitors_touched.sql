-- From when on the sessions of a visitor are built again: from the first event touched, the session it lies in or may
-- join, or the first session of that business day, since a day's sessions are a bot's together. What lies before began
-- on an earlier day, had ended for 30 minutes, and stays. Grain: visitor_id.
with touched as (
    select
        visitor_id,
        min(event_at) as first_at
    from {{ ref('int_web__interactions_touched') }}
    group by visitor_id
),

joined as (
    select
        touched.visitor_id,
        {{ earlier('touched.first_at', 'min(session.started_at)') }} as first_at
    from touched
    left join {{ source('base', 'session') }} as session
        on
            touched.visitor_id = session.visitor_id
            and session.ended_at > {{ session_end_before('touched.first_at') }}
    group by touched.visitor_id, touched.first_at
)

select
    joined.visitor_id,
    {{ earlier('joined.first_at', 'min(session.started_at)') }} as from_at
from joined
left join {{ source('base', 'session') }} as session
    on joined.visitor_id = session.visitor_id and session.business_date = {{ business_day('joined.first_at') }}
group by joined.visitor_id, joined.first_at
