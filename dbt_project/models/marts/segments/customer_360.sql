-- What the other marts say of a customer, side by side; nothing is computed here.
with record as (
    select customer_id, count(distinct concat(source, ' ', record_key)) as records
    from {{ ref('bridge_customer_identifier') }}
    group by customer_id
),

consent as (
    select
        customer_id,
        {{ joined_texts("concat(purpose, ' ', channel)") }} filter (where is_allowed) as consents_allowed,
        {{ joined_texts("concat(purpose, ' ', channel)") }} filter (where decision = 'deny') as consents_denied
    from {{ ref('customer_consent') }}
    group by customer_id
),

-- What is shown on the word of a provider, not of the customer.
enriched as (
    select
        version.customer_id,
        {{ joined_texts("concat(version.attribute, ' of ', " ~ business_day('version.said_at')
            ~ ", ' by ', configured.provider)") }} as enriched_attributes
    from {{ ref('customer_attribute_version') }} as version
    inner join {{ source('run', 'source_entity') }} as configured
        on version.entity = concat(configured.source, '__', configured.entity)
    where version.valid_to is null and configured.provider is not null
    group by version.customer_id
),

score as (
    select
        customer_id,
        max(probability) filter (where model = 'churn') as churn_probability,
        max(amount) filter (where model = 'ltv') as expected_net_revenue,
        max(horizon_days) as score_horizon_days,
        max(nullif(concat_ws('; ', reason_1, reason_2, reason_3), '')) filter (where model = 'churn') as churn_reasons
    from {{ ref('customer_score') }}
    group by customer_id
),

member as (
    select membership.customer_id, {{ joined_texts('segment.name') }} as segments
    from {{ ref('segment_membership') }} as membership
    inner join {{ ref('dim_segment') }} as segment on membership.segment_id = segment.segment_id
    group by membership.customer_id
)

select
    customer.customer_id,
    features.as_of,
    cast(record.records as integer) as records,
    customer.has_crm_record,
    customer.age_band,
    customer.income_band,
    customer.marital_status,
    customer.household_size,
    customer.home_ownership,
    customer.employer_industry,
    customer.kids_count,
    customer.country,
    customer.city,
    customer.preferred_channel,
    customer.preferred_category,
    customer.declared_interest,
    customer.declared_lifestyle,
    enriched.enriched_attributes,
    features.lifecycle_stage,
    rfm.rfm_segment,
    customer.first_order_at,
    customer.last_order_at,
    features.days_since_last_order,
    features.usual_gap_days,
    features.orders,
    features.net_revenue,
    rfm.net_revenue as net_revenue_365d,
    features.average_order_value,
    behaviour.orders_28d_change,
    behaviour.net_revenue_28d_change,
    behaviour.top_category_365d,
    behaviour.discount_share_365d,
    behaviour.returned_order_share_365d,
    behaviour.days_since_last_session,
    behaviour.sessions_28d,
    behaviour.sessions_28d_change,
    behaviour.engagement_score,
    behaviour.open_cart_value,
    behaviour.tickets_open,
    behaviour.tickets_90d,
    behaviour.last_satisfaction,
    behaviour.social_engagements_90d,
    behaviour.social_sentiment_90d,
    behaviour.social_topic_365d,
    behaviour.last_device_type,
    behaviour.last_referrer_host,
    behaviour.last_campaign,
    behaviour.usual_device_type_365d,
    behaviour.usual_visit_origin_365d,
    behaviour.usual_visit_hour_365d,
    score.churn_probability,
    score.expected_net_revenue,
    score.score_horizon_days,
    score.churn_reasons,
    consent.consents_allowed,
    consent.consents_denied,
    member.segments
from {{ ref('dim_customer') }} as customer
inner join {{ ref('customer_features') }} as features on customer.customer_id = features.customer_id
inner join {{ ref('customer_behaviour') }} as behaviour on customer.customer_id = behaviour.customer_id
left join {{ ref('customer_rfm') }} as rfm on customer.customer_id = rfm.customer_id
left join record on customer.customer_id = record.customer_id
left join consent on customer.customer_id = consent.customer_id
left join enriched on customer.customer_id = enriched.customer_id
left join score on customer.customer_id = score.customer_id
left join member on customer.customer_id = member.customer_id
