-- In which context customers come: that of the last visit, and what was usual in 365 days; of what was as usual the
-- first by name. Grain: (as_of, customer_id), customers with a visit.
with visit as (
    select
        *,
        {{ visit_origin('campaign', 'referrer_host') }} as visit_origin,
        {{ business_hour('started_at') }} as visit_hour
    from {{ ref('int_behaviour__visits_by_origin') }}
),

{% for word in ['visit_hour', 'visit_origin', 'device_type'] -%}
{{ word }} as (
    select as_of, customer_id, {{ word }} as usual
    from visit
    where days_before <= 365 and {{ word }} is not null
    group by as_of, customer_id, {{ word }}
    qualify row_number() over (partition by as_of, customer_id order by count(*) desc, {{ word }} asc) = 1
),

{% endfor -%}
last_visit as (
    select *
    from visit
    qualify row_number() over (partition by as_of, customer_id order by started_at desc, session_id asc) = 1
)

select
    last_visit.as_of,
    last_visit.customer_id,
    last_visit.device_type as last_device_type,
    last_visit.referrer_host as last_referrer_host,
    last_visit.campaign as last_campaign,
    device_type.usual as usual_device_type_365d,
    visit_origin.usual as usual_visit_origin_365d,
    visit_hour.usual as usual_visit_hour_365d
from last_visit
left join visit_hour on last_visit.as_of = visit_hour.as_of and last_visit.customer_id = visit_hour.customer_id
left join visit_origin on last_visit.as_of = visit_origin.as_of and last_visit.customer_id = visit_origin.customer_id
left join device_type on last_visit.as_of = device_type.as_of and last_visit.customer_id = device_type.customer_id
