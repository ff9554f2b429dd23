-- How often and how deep customers visit. Grain: (as_of, customer_id), customers with a visit.
select
    as_of,
    customer_id,
    {{ whole_days_between('max(started_at)', 'as_of') }} as days_since_last_session,
    count(*) filter (where days_before <= 28) as sessions_28d,
    count(*) filter (where days_before between 29 and 56) as sessions_28d_lag_28d,
    count(distinct business_date) filter (where days_before <= 28) as session_days_28d,
    count(distinct visitor_id) filter (where days_before <= 365) as visitors_365d,
    coalesce(sum(product_views) filter (where days_before <= 7), 0) as product_views_7d,
    coalesce(sum(product_views) filter (where days_before <= 28), 0) as product_views_28d,
    coalesce(sum(cart_additions) filter (where days_before <= 7), 0) as cart_additions_7d,
    coalesce(sum(cart_additions) filter (where days_before <= 28), 0) as cart_additions_28d
from {{ ref('int_behaviour__visits_by_origin') }}
group by as_of, customer_id
