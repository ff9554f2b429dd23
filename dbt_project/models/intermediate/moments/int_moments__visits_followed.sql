-- What was known of a visit after each of its events, as long as nothing was ordered in it, and whether it ended in an
-- order. A moment belongs to the period in which its visit ended. Bots are left out, and of a large shop's visitors all
-- but a sample. Its twin, event by event, is ml.scoring.visit. Grain: (as_of, session_id, moment).
with visitor_session as (
    select
        *,
        count(*) over before_it as visits_90d,
        count(*) filter (where orders > 0) over before_it as visits_ordering_90d
    from {{ ref('fct_session') }}
    where not is_bot
    window before_it as (
        partition by visitor_id order by started_at asc
        range between interval '90' day preceding and interval '1' microsecond preceding
    )
),

visit as (
    select period.as_of, session.*
    from {{ source('run', 'period') }} as period
    inner join visitor_session as session on period.as_of <= session.ended_at and period.until > session.ended_at
    left join {{ ref('int_moments__objectors') }} as objector
        on period.as_of = objector.as_of and session.customer_id = objector.customer_id
    where
        period.target = 'visit_order'
        and objector.customer_id is null
        and {{ surrogate_of(['session.visitor_id']) }} % period.every_nth = 0
),

event as (
    select
        visit.*,
        interaction.event_id,
        interaction.event_at,
        interaction.type,
        interaction.event_name,
        interaction.amount,
        interaction.user_id,
        interaction.known_at,
        interaction.event_name = 'Product Viewed' and row_number() over (
            partition by visit.as_of, visit.session_id, interaction.event_name, interaction.product_id
            order by interaction.event_at asc, interaction.event_id asc
        ) = 1 as is_first_view
    from visit
    inner join {{ ref('int_web__interactions_deduped') }} as interaction
        on
            visit.visitor_id = interaction.visitor_id
            and visit.started_at <= interaction.event_at
            and visit.ended_at >= interaction.event_at
),

moment as (
    select
        as_of,
        session_id,
        visitor_id,
        event_id,
        event_at,
        orders > 0 as is_ordered,
        row_number() over so_far as moment,
        count(*) filter (where type = 'page') over so_far as page_views,
        count(*) filter (where event_name = 'Products Searched') over so_far as searches,
        count(*) filter (where event_name = 'Product Viewed') over so_far as product_views,
        count(*) filter (where is_first_view) over so_far as products_viewed,
        count(*) filter (where event_name = 'Product Added') over so_far as cart_additions,
        coalesce(sum(amount) filter (where event_name = 'Product Added') over so_far, 0) as cart_value,
        count(*) filter (where event_name = 'Checkout Started') over so_far as checkouts,
        count(user_id) over so_far as events_known,
        count(*) filter (where event_name = 'Order Completed') over so_far as orders_so_far,
        {{ whole_seconds_between('started_at', 'event_at') }} as seconds_since_start,
        {{ whole_seconds_between('lag(event_at, 1, event_at) over so_far', 'event_at') }} as seconds_since_event,
        campaign,
        device_type,
        visits_90d,
        visits_ordering_90d
    from event
    window so_far as (
        partition by as_of, session_id order by event_at asc, event_id asc
        rows between unbounded preceding and current row
    )
)

select
    as_of,
    session_id,
    visitor_id,
    event_id,
    event_at,
    cast(moment as bigint) as events,
    page_views,
    searches,
    product_views,
    products_viewed,
    cart_additions,
    {{ money('cart_value') }} as cart_value,
    case when checkouts > 0 then 3 when cart_additions > 0 then 2 when product_views > 0 then 1 else 0 end
        as funnel_step,
    cart_additions > 0 as is_cart_filled,
    checkouts > 0 as is_at_checkout,
    count(*) filter (where cart_additions > 0) over so_far as events_with_cart,
    coalesce({{ whole_seconds_between('min(event_at) filter (where cart_additions > 0) over so_far', 'event_at') }}, 0)
        as seconds_with_cart,
    events_known > 0 as is_known,
    seconds_since_start,
    seconds_since_event,
    campaign is not null as is_from_campaign,
    coalesce(device_type = 'mobile', false) as is_mobile,
    visits_90d,
    visits_ordering_90d,
    case when cart_additions > 0 then visits_ordering_90d else 0 end as visits_ordering_with_cart_90d,
    is_ordered
from moment
where orders_so_far = 0
window so_far as (
    partition by as_of, session_id order by moment asc
    rows between unbounded preceding and current row
)
