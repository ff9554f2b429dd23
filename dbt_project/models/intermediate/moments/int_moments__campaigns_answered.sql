-- Who was sent a campaign, what was known of them when it began, and whether they redeemed a coupon of it within half
-- of the period: it is sent in the first half, so that everybody has as many days to answer.
-- Grain: (as_of, campaign_id, customer_id).
with contact as (
    select
        period.as_of,
        sent.campaign_id,
        sent.customer_id,
        min(sent.event_at) as contacted_at,
        min(sent.event_at) + (min(period.known_by) - period.as_of) as known_by,
        min(sent.event_at) + (min(period.until) - period.as_of) / 2 as answer_until
    from {{ source('run', 'period') }} as period
    inner join {{ ref('fct_event') }} as sent
        on
            period.as_of <= sent.event_at
            and sent.event_at < period.as_of + (period.until - period.as_of) / 2
            and sent.event_name = 'Campaign Received'
    left join {{ ref('int_moments__objectors') }} as objector
        on period.as_of = objector.as_of and sent.customer_id = objector.customer_id
    where
        period.target = 'response'
        and sent.campaign_id is not null
        and objector.customer_id is null
        and {{ surrogate_of(['sent.customer_id']) }} % period.every_nth = 0
    group by period.as_of, sent.campaign_id, sent.customer_id
),

answered as (
    select
        contact.as_of,
        contact.campaign_id,
        contact.customer_id,
        count(*) filter (where past.event_name = 'Campaign Received') as campaigns_before,
        count(distinct past.campaign_id) filter (where past.event_name = 'Coupon Redeemed')
            as campaigns_redeemed_before,
        count(*) filter (where past.event_name = 'Coupon Redeemed') as coupons_before,
        max(past.event_at) filter (where past.event_name = 'Coupon Redeemed') as last_redeemed_at
    from contact
    inner join {{ ref('fct_event') }} as past
        on
            contact.customer_id = past.customer_id
            and contact.contacted_at > past.event_at
            and contact.known_by >= past.known_at
    group by contact.as_of, contact.campaign_id, contact.customer_id
),

redeemed as (
    select distinct contact.as_of, contact.campaign_id, contact.customer_id
    from contact
    inner join {{ ref('fct_event') }} as event
        on
            contact.customer_id = event.customer_id
            and contact.campaign_id = event.campaign_id
            and event.event_name = 'Coupon Redeemed'
            and contact.contacted_at <= event.event_at
            and contact.answer_until > event.event_at
),

ordered as (
    select
        contact.as_of,
        contact.campaign_id,
        contact.customer_id,
        count(*) filter (where version.ordered_at >= contact.contacted_at - interval '28' day) as orders_28d,
        count(*) as orders_84d,
        sum(version.net_revenue) as net_revenue_84d,
        sum(version.retail_discount) as retail_discount_84d,
        sum(version.lines) as lines_84d,
        sum(version.private_label_revenue) as private_label_revenue_84d,
        max(version.ordered_at) as last_order_at
    from contact
    inner join {{ ref('fct_order_version') }} as version
        on
            contact.customer_id = version.customer_id
            and contact.contacted_at > version.ordered_at
            and version.ordered_at >= contact.contacted_at - interval '84' day
            and contact.known_by >= version.known_from
            and (version.known_until is null or contact.known_by < version.known_until)
    group by contact.as_of, contact.campaign_id, contact.customer_id
)

select
    contact.as_of,
    contact.campaign_id,
    contact.customer_id,
    count(*) over (partition by contact.as_of, contact.campaign_id) as recipients,
    coalesce(answered.campaigns_before, 0) as campaigns_before,
    coalesce(answered.campaigns_redeemed_before, 0) as campaigns_redeemed_before,
    coalesce(answered.coupons_before, 0) as coupons_before,
    {{ whole_days_between('answered.last_redeemed_at', 'contact.contacted_at') }} as days_since_last_redemption,
    coalesce(ordered.orders_28d, 0) as orders_28d,
    coalesce(ordered.orders_84d, 0) as orders_84d,
    {{ money('coalesce(ordered.net_revenue_84d, 0)') }} as net_revenue_84d,
    {{ money('coalesce(ordered.retail_discount_84d, 0)') }} as retail_discount_84d,
    {{ money('coalesce(ordered.private_label_revenue_84d, 0)') }} as private_label_revenue_84d,
    cast(coalesce(ordered.lines_84d, 0) as bigint) as lines_84d,
    {{ whole_days_between('ordered.last_order_at', 'contact.contacted_at') }} as days_since_last_order,
    redeemed.customer_id is not null as has_redeemed
from contact
left join answered
    on
        contact.as_of = answered.as_of
        and contact.campaign_id = answered.campaign_id
        and contact.customer_id = answered.customer_id
left join redeemed
    on
        contact.as_of = redeemed.as_of
        and contact.campaign_id = redeemed.campaign_id
        and contact.customer_id = redeemed.customer_id
left join ordered
    on
        contact.as_of = ordered.as_of
        and contact.campaign_id = ordered.campaign_id
        and contact.customer_id = ordered.customer_id
