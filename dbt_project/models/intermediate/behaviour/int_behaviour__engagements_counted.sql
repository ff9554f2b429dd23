-- What customers do and say on social networks: how much, in what mood, and of which topic most; of equal ones the
-- first by name. Grain: (as_of, customer_id), customers with an engagement.
with engagement as (
    select
        origin.as_of,
        said.*,
        {{ business_day('origin.as_of') }} - said.business_date as days_before
    from {{ ref('fct_social_engagement') }} as said
    inner join {{ source('run', 'origin') }} as origin on said.happened_at < origin.as_of
    where said.customer_id is not null
),

topic as (
    select as_of, customer_id, topic
    from engagement
    where days_before <= 365 and topic is not null
    group by as_of, customer_id, topic
    qualify row_number() over (partition by as_of, customer_id order by count(*) desc, topic asc) = 1
),

counted as (
    select
        as_of,
        customer_id,
        count(*) filter (where days_before <= 90) as social_engagements_90d,
        count(sentiment) filter (where days_before <= 90) as social_texts_scored_90d,
        {{ quotient(
            'sum(sentiment) filter (where days_before <= 90)', 'count(sentiment) filter (where days_before <= 90)', 4
        ) }} as social_sentiment_90d,
        {{ whole_days_between('max(happened_at)', 'as_of') }} as days_since_last_social_engagement
    from engagement
    group by as_of, customer_id
)

select counted.*, topic.topic as social_topic_365d
from counted
left join topic on counted.as_of = topic.as_of and counted.customer_id = topic.customer_id
