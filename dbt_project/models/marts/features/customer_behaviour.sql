-- Counted once: orders and net revenue of the last 28 days are those of customer_features. Where nobody searched, the
-- source does not say what is searched for.
with searched as (
    select coalesce(sum(searches_28d), 0) > 0 as is_told
    from {{ ref('int_behaviour__views_timed') }}
)

select
    customer.customer_id,
    customer.as_of,
    visit.days_since_last_session,
    visit.sessions_28d,
    visit.sessions_28d_lag_28d,
    visit.sessions_28d - visit.sessions_28d_lag_28d as sessions_28d_change,
    visit.session_days_28d,
    visit.visitors_365d,
    cast(visit.product_views_7d as bigint) as product_views_7d,
    cast(visit.product_views_28d as bigint) as product_views_28d,
    cast(case when visit.customer_id is not null then coalesce(viewed.product_detail_seconds_7d, 0) end as bigint)
        as product_detail_seconds_7d,
    cast(case when visit.customer_id is not null then coalesce(viewed.product_detail_seconds_28d, 0) end as bigint)
        as product_detail_seconds_28d,
    case when visit.customer_id is not null then coalesce(viewed.categories_viewed_28d, 0) end as categories_viewed_28d,
    cast(visit.cart_additions_7d as bigint) as cart_additions_7d,
    cast(visit.cart_additions_28d as bigint) as cart_additions_28d,
    case when visit.customer_id is not null and searched.is_told then coalesce(viewed.searches_7d, 0) end
        as searches_7d,
    case when visit.customer_id is not null and searched.is_told then coalesce(viewed.searches_28d, 0) end
        as searches_28d,
    cast({{ engagement_score(
        'visit.days_since_last_session', 'visit.product_views_28d', 'visit.cart_additions_28d',
        'coalesce(viewed.categories_viewed_28d, 0)'
    ) }} as integer) as engagement_score,
    cart.items as open_cart_items,
    cart.value as open_cart_value,
    cart.days_since as days_since_open_cart,
    cast(coalesce(placed.orders_28d_lag_28d, 0) as bigint) as orders_28d_lag_28d,
    cast(customer.orders_28d - coalesce(placed.orders_28d_lag_28d, 0) as bigint) as orders_28d_change,
    {{ money('customer.net_revenue_28d - customer.net_revenue_28d_lag_28d') }} as net_revenue_28d_change,
    placed.returned_order_share_365d,
    placed.discount_share_365d,
    preferred.top_category_365d,
    preferred.top_category_share_365d,
    cast(coalesce(preferred.categories_365d, 0) as bigint) as categories_365d,
    cast(coalesce(ticket.tickets_90d, 0) as bigint) as tickets_90d,
    cast(coalesce(ticket.tickets_open, 0) as bigint) as tickets_open,
    ticket.days_since_last_ticket,
    ticket.last_satisfaction,
    said.social_engagements_90d,
    said.social_texts_scored_90d,
    said.social_sentiment_90d,
    said.social_topic_365d,
    said.days_since_last_social_engagement,
    context.last_device_type,
    context.last_referrer_host,
    context.last_campaign,
    context.usual_device_type_365d,
    context.usual_visit_origin_365d,
    cast(context.usual_visit_hour_365d as integer) as usual_visit_hour_365d
from {{ ref('customer_features') }} as customer
cross join searched
left join {{ ref('int_behaviour__visits_counted') }} as visit
    on customer.customer_id = visit.customer_id and customer.as_of = visit.as_of
left join {{ ref('int_behaviour__views_timed') }} as viewed
    on customer.customer_id = viewed.customer_id and customer.as_of = viewed.as_of
left join {{ ref('int_behaviour__contexts_chosen') }} as context
    on customer.customer_id = context.customer_id and customer.as_of = context.as_of
left join {{ ref('int_behaviour__carts_latest') }} as cart
    on customer.customer_id = cart.customer_id and customer.as_of = cart.as_of
left join {{ ref('int_behaviour__orders_weighed') }} as placed
    on customer.customer_id = placed.customer_id and customer.as_of = placed.as_of
left join {{ ref('int_behaviour__categories_preferred') }} as preferred
    on customer.customer_id = preferred.customer_id and customer.as_of = preferred.as_of
left join {{ ref('int_behaviour__tickets_counted') }} as ticket
    on customer.customer_id = ticket.customer_id and customer.as_of = ticket.as_of
left join {{ ref('int_behaviour__engagements_counted') }} as said
    on customer.customer_id = said.customer_id and customer.as_of = said.as_of
