-- How long and how broadly customers looked at products in 28 days, and what they searched for. A look lasts until the
-- visitor's next event of the session; the last one of a session is not timed. Only deliveries since then are read: an
-- event is never known before it happened. Grain: (as_of, customer_id), customers with a visit in the window.
with origin as (
    select as_of, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
),

bound as (
    select min({{ business_day_start('business_date - 28') }}) as starts_at
    from origin
),

event as (
    select
        visitor_id,
        event_name,
        product_id,
        event_at,
        lead(event_at) over (partition by visitor_id order by event_at asc, event_id asc) as next_at
    from {{ ref('int_web__interactions_deduped') }}
    where
        known_at >= (select bound.starts_at from bound)
        and event_at >= (select bound.starts_at from bound)
),

visited as (
    select
        session.as_of,
        session.customer_id,
        session.days_before,
        event.event_name,
        product.product_category,
        case
            when event.next_at <= session.ended_at
                then {{ whole_seconds_between('event.event_at', 'event.next_at') }}
        end as seconds
    from {{ ref('int_behaviour__visits_by_origin') }} as session
    inner join event
        on session.visitor_id = event.visitor_id and event.event_at between session.started_at and session.ended_at
    left join {{ ref('int_orders__products_versioned') }} as product
        on event.product_id = product.product_id and product.known_until is null
    where session.days_before <= 28 and event.event_at < session.as_of
)

{% set is_view = "event_name = 'Product Viewed'" %}
{% set is_search = "event_name = 'Products Searched'" %}
select
    as_of,
    customer_id,
    coalesce(sum(seconds) filter (where {{ is_view }} and days_before <= 7), 0) as product_detail_seconds_7d,
    coalesce(sum(seconds) filter (where {{ is_view }}), 0) as product_detail_seconds_28d,
    count(distinct product_category) filter (where {{ is_view }}) as categories_viewed_28d,
    count(*) filter (where {{ is_search }} and days_before <= 7) as searches_7d,
    count(*) filter (where {{ is_search }}) as searches_28d
from visited
group by as_of, customer_id
